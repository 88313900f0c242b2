//! The widget's two builds: WebAssembly and JavaScript.

use std::env;
use std::io::{self, Write};

/// Environment variable with the build of this run: `wasm` (also where it is not set) or `js`.
const VARIABLE: &str = "GOPAY_E2E_BUILD";

/// Build of the widget: the same Rust, compiled twice. The loader takes the first that the page allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WidgetBuild {
    /// WebAssembly.
    Wasm,
    /// JavaScript, where there is no WebAssembly: here, because the shop's policy does not allow it.
    Js,
}

impl WidgetBuild {
    /// Reads the build of this run from `GOPAY_E2E_BUILD`.
    ///
    /// # Panics
    /// If there is no build of that name.
    #[must_use]
    pub fn from_env() -> Self {
        match env::var(VARIABLE).as_deref() {
            Err(_) | Ok("wasm") => Self::Wasm,
            Ok("js") => Self::Js,
            Ok(name) => panic!("{VARIABLE} is {name:?}: expected wasm or js"),
        }
    }

    /// Returns whether this run uses this build. If not, prints that a test is skipped, and `why`; `cargo xtask test` counts
    /// these lines.
    #[must_use]
    pub fn is_tried(self, why: &str) -> bool {
        let selected = Self::from_env();
        if selected != self {
            // Directly to stderr: the test runner captures `eprintln!`.
            let said = writeln!(io::stderr(), "skipped with the {selected:?} build: {why}");
            said.expect("somebody reads it");
        }
        selected == self
    }

    /// Returns whether a console line or policy violation comes from the loader's one check for WebAssembly.
    #[must_use]
    pub fn is_its_probe(self, line: &str) -> bool {
        match self {
            Self::Wasm => false,
            Self::Js => line.contains("wasm-eval") || line.contains("WebAssembly"),
        }
    }

    /// Content Security Policy for every page of the shop: it allows everything but WebAssembly.
    pub(crate) const fn policy(self) -> Option<&'static str> {
        match self {
            Self::Wasm => None,
            Self::Js => Some("script-src 'self' 'unsafe-inline' http: data: blob:"),
        }
    }
}
