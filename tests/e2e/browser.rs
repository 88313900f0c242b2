//! Browser over WebDriver: scripts, console, requested URLs, network state.

use crate::browser_pool::{self, OpenBrowser};
use crate::device::Device;
use crate::engine::{Engine, chromium, firefox, webkit};
use fantoccini::Client;
use fantoccini::error::{CmdError, ErrorStatus, WebDriver};
use fantoccini::wd::WebDriverCompatibleCommand;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use url::Url;

/// Reads the console lines that `pages/engine_shim.js` has recorded, in engines whose driver does not report them.
const CONSOLE_LINES: &str = "return (window.consoleLines ?? []).splice(0)";

/// Script that every page of the shop begins with in such an engine.
const ENGINE_SHIM: &str = include_str!("pages/engine_shim.js");

/// Lists every URL that the page has requested, its own included; also those that were refused or never answered.
const REQUESTED_URLS: &str = "return [location.href, ...performance.getEntriesByType('resource').map((it) => it.name)]";

/// A browser of one payer.
pub struct Browser {
    engine: Engine,
    /// `None` only while it is dropped.
    open: Option<OpenBrowser>,
    /// True if it has been changed in a way that the next test would notice.
    is_dirty: AtomicBool,
}

impl Browser {
    /// Opens a clean browser of this run's engine.
    pub async fn opens(device: Device) -> Self {
        Self::opens_in(device, None).await
    }

    /// Opens one in this time zone, like `Asia/Jakarta`.
    pub async fn opens_in(device: Device, time_zone: Option<&str>) -> Self {
        let open = Some(browser_pool::acquire(device, time_zone).await);
        let browser = Self { engine: Engine::from_env(), open, is_dirty: AtomicBool::new(false) };
        if browser.engine == Engine::Chromium {
            // Earlier log entries belong to another test.
            browser.console().await;
            browser.addresses().await;
        }
        browser
    }

    /// The WebDriver session itself.
    ///
    /// # Panics
    /// Never: it is open until it is dropped.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.open.as_ref().expect("it is open until it is dropped").client
    }

    /// Runs `script` in the page; `arguments[0]` … are `arguments`. A promise that it returns is waited for.
    ///
    /// The script runs in a task of the page: in the driver's own task WebKit runs microtasks within each call of a custom
    /// element, as on no real page. Its result is serialised in the page: two of three drivers also return inherited
    /// properties, which never ends on a page that extends `Object.prototype`.
    ///
    /// # Errors
    /// When the page is just being left, or the script throws.
    pub async fn runs(&self, script: &str, arguments: Vec<Value>) -> Result<Value, CmdError> {
        let wrapped = format!(
            "const run = async () => {{
                await null;
                return (function () {{ {script}\n }}).apply(null, arguments);
            }};
            return run().then(
                (value) => value instanceof Element ? value : JSON.stringify({{ value }}),
                (error) => JSON.stringify({{ error: `${{error}}` }}),
            )"
        );
        let returned = self.client().execute(&wrapped, arguments).await?;
        let Some(text) = returned.as_str() else { return Ok(returned) };
        let mut outcome: Value = serde_json::from_str(text)?;
        match outcome["error"].as_str() {
            Some(error) => Err(CmdError::Standard(WebDriver::new(ErrorStatus::JavascriptError, error.to_owned()))),
            None => Ok(outcome["value"].take()),
        }
    }

    /// Goes to a page that is not the shop's, and listens to its console from now on.
    pub async fn goes_to_other_page(&self, url: &str) {
        self.client().goto(url).await.expect("the page loads");
        match self.engine {
            Engine::Chromium => {}
            Engine::Firefox | Engine::Webkit => {
                self.runs(ENGINE_SHIM, Vec::new()).await.expect("the shim runs");
            }
        }
    }

    /// Console lines of the open page since the last call. Chromium adds its own.
    pub async fn console(&self) -> Vec<String> {
        match self.engine {
            Engine::Chromium => chromium::console(self).await,
            Engine::Firefox | Engine::Webkit => {
                let lines = self.runs(CONSOLE_LINES, Vec::new()).await.expect("the page records them");
                lines.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
            }
        }
    }

    /// URLs that the open page has requested, its own included. Chromium lists all since the last call, and its own requests
    /// too.
    pub async fn addresses(&self) -> Vec<String> {
        match self.engine {
            Engine::Chromium => chromium::addresses(self).await,
            Engine::Firefox | Engine::Webkit => {
                let addresses = self.runs(REQUESTED_URLS, Vec::new()).await.expect("the page knows them");
                addresses.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
            }
        }
    }

    /// Takes a picture of what is on the screen, as PNG.
    ///
    /// # Errors
    /// When the page is just being left.
    pub async fn screenshot(&self) -> Result<Vec<u8>, CmdError> {
        match self.engine {
            Engine::Chromium | Engine::Firefox => self.client().screenshot().await,
            Engine::Webkit => webkit::screenshot(self.client()).await,
        }
    }

    /// Sets whether the browser believes to be offline. ([`FaultProxy::set_cut`](crate::FaultProxy::set_cut) blocks the traffic
    /// itself.)
    pub(crate) async fn is_offline(&self, offline: bool) {
        self.is_dirty.store(true, Ordering::Relaxed);
        match self.engine {
            Engine::Chromium => chromium::is_offline(self, offline).await,
            Engine::Firefox => firefox::is_offline(self.client(), offline).await,
            Engine::Webkit => webkit::is_offline(self.client(), offline).await,
        }
    }

    /// Sends a command of the `DevTools` protocol, which Chromium alone has.
    ///
    /// # Errors
    /// When the browser refuses it, or is another.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<Value, CmdError> {
        self.is_dirty.store(true, Ordering::Relaxed);
        self.sends_command("goog/cdp/execute", json!({"cmd": command, "params": parameters})).await
    }

    /// Sends a command that only this engine's driver knows.
    pub(crate) async fn sends_command(&self, path: &'static str, body: Value) -> Result<Value, CmdError> {
        send_command(self.client(), path, body).await
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let is_dirty = thread::panicking() || *self.is_dirty.get_mut();
        if let Some(open) = self.open.take().filter(|_| !is_dirty) {
            browser_pool::release(open);
        }
    }
}

/// Sends a command that only this engine's driver knows.
pub(crate) async fn send_command(client: &Client, path: &'static str, body: Value) -> Result<Value, CmdError> {
    client.issue_cmd(Vendor { path, body }).await
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
