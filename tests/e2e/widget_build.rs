//! Which of the widget's two builds the pages run.

use std::env;
use std::io::{self, Write};

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

    /// Whether this run is with this build. If it is not, says that something is not tried, and `why`; `cargo xtask test`
    /// counts that as skipped.
    #[must_use]
    pub fn is_tried(self, why: &str) -> bool {
        let asked_for = Self::asked_for();
        if asked_for != self {
            // Past what the test runner captures.
            let said = writeln!(io::stderr(), "skipped with the {asked_for:?} build: {why}");
            said.expect("somebody reads it");
        }
        asked_for == self
    }

    /// What the page notices of the loader's one look for WebAssembly, where a policy forbids it: that and nothing else.
    #[must_use]
    pub fn is_its_probe(self, noticed: &str) -> bool {
        match self {
            Self::Wasm => false,
            Self::Js => noticed.contains("wasm-eval") || noticed.contains("WebAssembly"),
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
