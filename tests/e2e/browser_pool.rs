//! Pool of open browsers: opening one takes longer than most tests. Every shop is another origin, so tests share no storage,
//! locks or channels.

use crate::device::Device;
use crate::display::Display;
use crate::engine::{Engine, LaunchOptions, chromium, firefox, webkit};
use crate::webdriver::WebDriverProcess;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use std::sync::{LazyLock, Mutex, PoisonError};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Runtime of the browsers: each test has a runtime of its own, and browsers outlive it.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

/// The browser that was released last. One is enough: tests take turns.
static IDLE: Mutex<Option<OpenBrowser>> = Mutex::new(None);

/// A browser with its driver.
pub(crate) struct OpenBrowser {
    device: Device,
    time_zone: Option<String>,
    pub(crate) client: Client,
    // Dropped in this order: the driver uses display and profile.
    _driver: WebDriverProcess,
    _display: Option<Display>,
    _profile: TempDir,
}

/// Takes the idle browser, if it emulates the same device, or opens one.
pub(crate) async fn acquire(device: Device, time_zone: Option<&str>) -> OpenBrowser {
    let idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(idle) = idle.filter(|it| it.device == device && it.time_zone.as_deref() == time_zone)
        && idle.resets().await.is_ok()
    {
        return idle;
    }
    let opening = OpenBrowser::opens(device, time_zone.map(str::to_owned));
    RUNTIME.spawn(opening).await.expect("a browser opens")
}

/// Returns a browser to the pool.
pub(crate) fn release(browser: OpenBrowser) {
    let before = IDLE.lock().unwrap_or_else(PoisonError::into_inner).replace(browser);
    drop(before);
}

impl OpenBrowser {
    async fn opens(device: Device, time_zone: Option<String>) -> Self {
        let engine = Engine::from_env();
        let profile = tempfile::Builder::new().prefix("gopay-e2e-").tempdir().expect("a temporary folder");
        let launch = LaunchOptions { device, time_zone: time_zone.as_deref(), profile: profile.path() };
        let (driver, display, capabilities) = match engine {
            Engine::Chromium => (chromium::starts(launch).await, None, chromium::capabilities(launch)),
            Engine::Firefox => (firefox::starts(launch).await, None, firefox::capabilities(launch)),
            Engine::Webkit => {
                let display = Display::starts(profile.path()).await;
                (webkit::starts(launch, &display).await, Some(display), webkit::capabilities(launch))
            }
        };
        let connect = ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(&driver.url()).await;
        let client = connect.unwrap_or_else(|error| panic!("no {} opens: {error}", engine.as_str()));
        match engine {
            Engine::Chromium => {}
            Engine::Firefox => firefox::emulates(&client, device).await,
            Engine::Webkit => webkit::emulates(&client, device).await,
        }
        Self { device, time_zone, client, _driver: driver, _display: display, _profile: profile }
    }

    /// Closes all tabs but one, and empties that.
    async fn resets(&self) -> Result<(), CmdError> {
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
