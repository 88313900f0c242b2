//! Chromium over WebDriver: what a page cannot tell of itself, and what a person would see of it.

use crate::chromedriver::Chromedriver;
use crate::device::Device;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, error::CmdError};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::env;
use tempfile::TempDir;
use url::Url;

/// A browser of one payer. Gone when dropped.
pub struct Browser {
    client: Client,
    // In this order: first whoever uses the profile, then the profile.
    _driver: Chromedriver,
    _profile: TempDir,
}

/// What a page asked over the network, and what it was answered.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// What was asked for.
    pub url: String,
    /// The HTTP status of the answer.
    pub status: u64,
    /// All headers of request and answer, as JSON.
    pub headers: String,
    /// The answer's body, where the browser still has it.
    pub body: Option<String>,
}

impl Browser {
    /// Opens one, with a profile of its own.
    pub async fn opens(device: Device) -> Self {
        let driver = Chromedriver::starts().await;
        let profile = tempfile::Builder::new().prefix("gopay-e2e-").tempdir().expect("a temporary folder");
        let capabilities = capabilities(device, &profile.path().display().to_string());
        let connect = ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(&driver.url()).await;
        let client = connect.expect("chromedriver opens Chromium");
        Self { client, _driver: driver, _profile: profile }
    }

    /// The WebDriver session itself.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Runs `script` in the page; `arguments[0]` … are `arguments`.
    ///
    /// # Errors
    /// When the page is just being left, or the script throws.
    pub async fn runs(&self, script: &str, arguments: Vec<Value>) -> Result<Value, CmdError> {
        self.client.execute(script, arguments).await
    }

    /// Sends a command of the `DevTools` protocol of Chrome.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<Value, CmdError> {
        let body = json!({"cmd": command, "params": parameters});
        self.client.issue_cmd(Vendor { path: "goog/cdp/execute", body }).await
    }

    /// Console lines since the last call.
    pub async fn console(&self) -> Vec<String> {
        let lines = self.log("browser").await;
        lines.iter().map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// What went over the network since the last call, with the bodies that the browser still holds: those of the page
    /// that is open now.
    pub async fn network(&self) -> Vec<Exchange> {
        let mut exchanges = Vec::new();
        for entry in self.log("performance").await {
            let entry: Value = serde_json::from_str(entry["message"].as_str().unwrap_or_default()).unwrap_or_default();
            let message = &entry["message"];
            if message["method"] != "Network.responseReceived" {
                continue;
            }
            let parameters = &message["params"];
            let response = &parameters["response"];
            let url = response["url"].as_str().unwrap_or_default().to_owned();
            // The browser's own pages: the empty tab that it opens with.
            if url.starts_with("chrome") {
                continue;
            }
            let held = self.devtools("Network.getResponseBody", json!({"requestId": parameters["requestId"]})).await;
            let body = held.ok().and_then(|held| {
                let text = held["body"].as_str()?.to_owned();
                if held["base64Encoded"] == true {
                    return Some(String::from_utf8_lossy(&BASE64.decode(text).ok()?).into_owned());
                }
                Some(text)
            });
            exchanges.push(Exchange {
                url,
                status: response["status"].as_u64().unwrap_or_default(),
                headers: format!("{} {}", response["headers"], response["requestHeaders"]),
                body,
            });
        }
        exchanges
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        let log = self.client.issue_cmd(Vendor { path: "se/log", body: json!({"type": kind}) }).await;
        log.expect("chromedriver keeps this log").as_array().cloned().unwrap_or_default()
    }
}

fn capabilities(device: Device, profile: &str) -> Map<String, Value> {
    let (width, height) = device.size();
    let mut options = json!({"args": [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--lang=id-ID",
        format!("--window-size={width},{height}"),
        format!("--user-data-dir={profile}"),
    ]});
    if let Ok(chrome) = env::var("CHROME") {
        options["binary"] = json!(chrome);
    }
    if let Some(emulation) = device.emulation() {
        options["mobileEmulation"] = emulation;
    }
    let mut capabilities = Map::new();
    capabilities.insert("goog:chromeOptions".to_owned(), options);
    capabilities.insert("goog:loggingPrefs".to_owned(), json!({"browser": "ALL", "performance": "ALL"}));
    capabilities
}

/// A command that only chromedriver knows.
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
