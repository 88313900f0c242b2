//! Browser engines, one file each: starting the driver, emulating a [`Device`], and what only the driver reports.

pub(crate) mod chromium;
pub(crate) mod firefox;
pub(crate) mod webkit;

use crate::device::Device;
use crate::supervised;
use std::env;
use std::path::Path;
use tokio::process::Command;

/// Environment variable with the engine of this run: `chromium` (also where it is not set), `firefox` or `webkit`.
const VARIABLE: &str = "GOPAY_E2E_ENGINE";

/// Browser engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium, with chromedriver. Chrome, Edge, Samsung Internet and Android's `WebView` have the same engine.
    Chromium,
    /// Firefox, with geckodriver.
    Firefox,
    /// WebKit as GTK has it, with `WebKitWebDriver`. Safari and every browser on an iPhone have the same engine.
    Webkit,
}

impl Engine {
    const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::Webkit];

    /// Reads the engine of this run from `GOPAY_E2E_ENGINE`.
    ///
    /// # Panics
    /// If there is no engine of that name.
    #[must_use]
    pub fn from_env() -> Self {
        let Ok(name) = env::var(VARIABLE) else { return Self::Chromium };
        let found = Self::ALL.into_iter().find(|engine| engine.as_str() == name);
        found.unwrap_or_else(|| panic!("{VARIABLE} is {name:?}: expected chromium, firefox or webkit"))
    }

    /// Its name in `GOPAY_E2E_ENGINE`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }
}

/// Options that a browser is started with.
#[derive(Clone, Copy)]
pub(crate) struct LaunchOptions<'a> {
    pub(crate) device: Device,
    /// Like `Asia/Jakarta`; without one, this machine's.
    pub(crate) time_zone: Option<&'a str>,
    /// An empty folder, deleted with the browser.
    pub(crate) profile: &'a Path,
}

impl LaunchOptions<'_> {
    /// The program that `variable` names, or else `program` of PATH.
    fn command(self, variable: &str, program: &str) -> Command {
        let named = env::var(variable).unwrap_or_else(|_| program.to_owned());
        let mut command = supervised::program(&named, self.profile);
        // Most payers are there. What a screen says must not depend on where the tests run.
        command.env("TZ", self.time_zone.unwrap_or("Asia/Jakarta"));
        command
    }
}

/// Timeout for page loads and scripts, in milliseconds; the drivers' defaults are minutes.
const TIMEOUT_MS: u32 = 30_000;
