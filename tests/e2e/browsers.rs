//! Browsers that are open: whoever is done with one hands it on to the next, because to open one takes longer than most
//! journeys. Every shop is another origin, so storage, locks and channels are each one's own.

use crate::device::Device;
use crate::display::Display;
use crate::driver::Driver;
use crate::engine::{Engine, Surroundings, chromium, firefox, webkit};
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use std::sync::{LazyLock, Mutex, PoisonError};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Where browsers live: each test has a runtime of its own, and they outlive it.
static HOUSE: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

/// The one that was handed back last. Only one: two at a time would wait for each other.
static HANDED_BACK: Mutex<Option<OpenBrowser>> = Mutex::new(None);

/// A browser with its driver.
pub(crate) struct OpenBrowser {
    device: Device,
    time_zone: Option<String>,
    pub(crate) client: Client,
    // In this order: first whoever uses display and profile, then these.
    _driver: Driver,
    _display: Option<Display>,
    _profile: TempDir,
}

/// Takes the one that is there, if it is such a device, or opens one.
pub(crate) async fn take(device: Device, time_zone: Option<&str>) -> OpenBrowser {
    let there = HANDED_BACK.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(there) = there.filter(|it| it.device == device && it.time_zone.as_deref() == time_zone)
        && there.forgets().await.is_ok()
    {
        return there;
    }
    let opening = OpenBrowser::opens(device, time_zone.map(str::to_owned));
    HOUSE.spawn(opening).await.expect("a browser opens")
}

/// Keeps this one for whoever comes next.
pub(crate) fn hand_back(browser: OpenBrowser) {
    let before = HANDED_BACK.lock().unwrap_or_else(PoisonError::into_inner).replace(browser);
    drop(before);
}

impl OpenBrowser {
    async fn opens(device: Device, time_zone: Option<String>) -> Self {
        let engine = Engine::asked_for();
        let profile = tempfile::Builder::new().prefix("gopay-e2e-").tempdir().expect("a temporary folder");
        let surroundings = Surroundings { device, time_zone: time_zone.as_deref(), profile: profile.path() };
        let (driver, display, capabilities) = match engine {
            Engine::Chromium => (chromium::starts(surroundings).await, None, chromium::capabilities(surroundings)),
            Engine::Firefox => (firefox::starts(surroundings).await, None, firefox::capabilities(surroundings)),
            Engine::Webkit => {
                let display = Display::starts(profile.path()).await;
                (webkit::starts(surroundings, &display).await, Some(display), webkit::capabilities(surroundings))
            }
        };
        let connect = ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(&driver.url()).await;
        let client = connect.unwrap_or_else(|error| panic!("no {} opens: {error}", engine.as_str()));
        match engine {
            Engine::Chromium => {}
            Engine::Firefox => firefox::plays(&client, device).await,
            Engine::Webkit => webkit::plays(&client, device).await,
        }
        Self { device, time_zone, client, _driver: driver, _display: display, _profile: profile }
    }

    /// One empty tab, as when it was opened.
    async fn forgets(&self) -> Result<(), CmdError> {
        let mut tabs = self.client.windows().await?.into_iter();
        let kept = tabs.next();
        for tab in tabs {
            self.client.switch_to_window(tab).await?;
            self.client.close_window().await?;
        }
        if let Some(kept) = kept {
            self.client.switch_to_window(kept).await?;
        }
        self.client.goto("about:blank").await
    }
}
