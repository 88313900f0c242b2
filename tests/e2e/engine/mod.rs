//! The browsers that the journeys are made in, one file each: how it is started, how it plays a [`Device`], and what it
//! can tell that a page cannot.

pub(crate) mod chromium;
pub(crate) mod firefox;
pub(crate) mod webkit;

use crate::device::Device;
use crate::supervised;
use std::env;
use std::path::Path;
use tokio::process::Command;

/// Names the engine of this run: `chromium` (also where it is not set), `firefox` or `webkit`.
const ASKED_FOR: &str = "GOPAY_E2E_ENGINE";

/// What makes pages of what the widget sends.
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

    /// The one that this run was asked to use.
    ///
    /// # Panics
    /// When there is none of that name.
    #[must_use]
    pub fn asked_for() -> Self {
        let Ok(name) = env::var(ASKED_FOR) else { return Self::Chromium };
        let found = Self::ALL.into_iter().find(|engine| engine.as_str() == name);
        found.unwrap_or_else(|| panic!("{ASKED_FOR} is {name:?}: expected chromium, firefox or webkit"))
    }

    /// As `ASKED_FOR` has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }
}

/// What a browser is started with.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) device: Device,
    /// Like `Asia/Jakarta`; without one, this machine's.
    pub(crate) time_zone: Option<&'a str>,
    /// An empty folder that is gone with the browser.
    pub(crate) profile: &'a Path,
}

impl Surroundings<'_> {
    /// The program that `variable` names, or else `program` of PATH.
    fn command(self, variable: &str, program: &str) -> Command {
        let named = env::var(variable).unwrap_or_else(|_| program.to_owned());
        let mut command = supervised::program(&named, self.profile);
        if let Some(time_zone) = self.time_zone {
            command.env("TZ", time_zone);
        }
        command
    }
}

/// How long a driver waits for a page or a script, in milliseconds, where it would wait for minutes.
const PATIENCE: u32 = 30_000;
