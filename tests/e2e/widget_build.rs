//! Which of the widget's two builds the pages run.

use std::env;

/// Names the build of this run: `wasm` (also where it is not set) or `js`.
const ASKED_FOR: &str = "GOPAY_E2E_BUILD";

/// The same Rust, compiled twice. The loader takes the first that the page lets it take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WidgetBuild {
    /// WebAssembly.
    Wasm,
    /// JavaScript, where there is no WebAssembly: here, because the shop's policy does not allow it.
    Js,
}

impl WidgetBuild {
    /// The one that this run was asked to use.
    ///
    /// # Panics
    /// When there is none of that name.
    #[must_use]
    pub fn asked_for() -> Self {
        match env::var(ASKED_FOR).as_deref() {
            Err(_) | Ok("wasm") => Self::Wasm,
            Ok("js") => Self::Js,
            Ok(name) => panic!("{ASKED_FOR} is {name:?}: expected wasm or js"),
        }
    }

    /// The policy that the shop sends with every page: all is allowed, as if there were none, but WebAssembly.
    pub(crate) const fn policy(self) -> Option<&'static str> {
        match self {
            Self::Wasm => None,
            Self::Js => Some("script-src 'self' 'unsafe-inline' http: data: blob:"),
        }
    }
}
