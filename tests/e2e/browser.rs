//! A browser over WebDriver: what a page cannot tell of itself, and what a person would see of it.

use crate::device::Device;
use crate::display::Display;
use crate::driver::Driver;
use crate::engine::{Engine, Surroundings, chromium, firefox, webkit};
use fantoccini::error::{CmdError, ErrorStatus, WebDriver};
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

/// In an engine that does not tell what was written to the console, the page keeps it: see `pages/plays_along.js`.
const KEPT_LINES: &str = "return (window.consoleLines ?? []).splice(0)";

/// What every page of the shop begins with in such an engine.
const PLAYS_ALONG: &str = include_str!("pages/plays_along.js");

/// Everything that the page has asked for, itself included. Also what was refused or never answered.
const ASKED_FOR: &str = "return [location.href, ...performance.getEntriesByType('resource').map((it) => it.name)]";

/// A browser of one payer. Gone when dropped.
pub struct Browser {
    engine: Engine,
    client: Client,
    // In this order: first whoever uses display and profile, then these.
    _driver: Driver,
    _display: Option<Display>,
    _profile: TempDir,
}

impl Browser {
    /// Opens one of the engine that this run was asked to use, with a profile of its own.
    pub async fn opens(device: Device) -> Self {
        Self::opens_in(device, None).await
    }

    /// Opens one in this time zone, like `Asia/Jakarta`.
    pub async fn opens_in(device: Device, time_zone: Option<&str>) -> Self {
        let engine = Engine::asked_for();
        let profile = tempfile::Builder::new().prefix("gopay-e2e-").tempdir().expect("a temporary folder");
        let surroundings = Surroundings { device, time_zone, profile: profile.path() };
        let (driver, display, capabilities) = match engine {
            Engine::Chromium => (chromium::starts(surroundings).await, None, chromium::capabilities(surroundings)),
            Engine::Firefox => (firefox::starts(surroundings).await, None, firefox::capabilities(surroundings)),
            Engine::Webkit => {
                let display = Display::starts().await;
                (webkit::starts(surroundings, &display).await, Some(display), webkit::capabilities(surroundings))
            }
        };
        let connect = ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(&driver.url()).await;
        let client = connect.unwrap_or_else(|error| panic!("no {} opens: {error}", engine.as_str()));
        let browser = Self { engine, client, _driver: driver, _display: display, _profile: profile };
        match engine {
            Engine::Chromium => {}
            Engine::Firefox => firefox::plays(&browser, device).await,
            Engine::Webkit => webkit::plays(&browser, device).await,
        }
        browser
    }

    /// The WebDriver session itself.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Runs `script` in the page; `arguments[0]` … are `arguments`. A promise that it returns is waited for.
    ///
    /// In a task of the page's own: in the driver's, WebKit sees to microtasks within each call of a custom element, as no
    /// page ever has it. And what it returns comes as text: two of three drivers also hand over what a value has
    /// inherited, which on a page that has given every object something has no end.
    ///
    /// # Errors
    /// When the page is just being left, or the script throws.
    pub async fn runs(&self, script: &str, arguments: Vec<Value>) -> Result<Value, CmdError> {
        let tells = format!(
            "const run = async () => {{
                await null;
                return (function () {{ {script}\n }}).apply(null, arguments);
            }};
            return run().then(
                (value) => value instanceof Element ? value : JSON.stringify({{ value }}),
                (error) => JSON.stringify({{ error: `${{error}}` }}),
            )"
        );
        let told = self.client.execute(&tells, arguments).await?;
        let Some(text) = told.as_str() else { return Ok(told) };
        let mut told: Value = serde_json::from_str(text)?;
        match told["error"].as_str() {
            Some(error) => Err(CmdError::Standard(WebDriver::new(ErrorStatus::JavascriptError, error.to_owned()))),
            None => Ok(told["value"].take()),
        }
    }

    /// Goes to a page that is not the shop's, and listens to its console from now on.
    pub async fn goes_to_other_page(&self, url: &str) {
        self.client.goto(url).await.expect("the page loads");
        match self.engine {
            Engine::Chromium => {}
            Engine::Firefox | Engine::Webkit => {
                self.runs(PLAYS_ALONG, Vec::new()).await.expect("it plays along");
            }
        }
    }

    /// Console lines since the last call: those of the page that is open now. Chromium tells its own too.
    pub async fn console(&self) -> Vec<String> {
        match self.engine {
            Engine::Chromium => chromium::console(self).await,
            Engine::Firefox | Engine::Webkit => {
                let lines = self.runs(KEPT_LINES, Vec::new()).await.expect("the page keeps them");
                lines.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
            }
        }
    }

    /// Every address that the open page has asked for, itself included. Chromium tells all since the last call, and what
    /// it asks beside the page too.
    pub async fn addresses(&self) -> Vec<String> {
        match self.engine {
            Engine::Chromium => chromium::addresses(self).await,
            Engine::Firefox | Engine::Webkit => {
                let addresses = self.runs(ASKED_FOR, Vec::new()).await.expect("the page knows them");
                addresses.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
            }
        }
    }

    /// The browser notices that there is no network, or that there is one again. (That nothing gets through is
    /// [`Network::is_cut`](crate::Network::is_cut).)
    pub(crate) async fn is_offline(&self, offline: bool) {
        match self.engine {
            Engine::Chromium => chromium::is_offline(self, offline).await,
            Engine::Firefox => firefox::is_offline(self, offline).await,
            Engine::Webkit => webkit::is_offline(self, offline).await,
        }
    }

    /// Sends a command of the `DevTools` protocol, which Chromium alone has.
    ///
    /// # Errors
    /// When the browser refuses it, or is another.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<Value, CmdError> {
        self.asks_driver("goog/cdp/execute", json!({"cmd": command, "params": parameters})).await
    }

    /// A command that only this engine's driver knows.
    pub(crate) async fn asks_driver(&self, path: &'static str, body: Value) -> Result<Value, CmdError> {
        self.client.issue_cmd(Vendor { path, body }).await
    }
}

#[derive(Debug)]
struct Vendor {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Vendor {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, url::ParseError> {
        base_url.join(&format!("session/{}/{}", session_id.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _request_url: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
