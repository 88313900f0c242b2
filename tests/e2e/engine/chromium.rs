//! Chromium: has a headless mode and device emulation; chromedriver reports console and network.

use super::{LaunchOptions, TIMEOUT_MS};
use crate::browser::Browser;
use crate::device::Device;
use crate::webdriver::WebDriverProcess;
use serde_json::{Map, Value, json};
use std::env;

const CHROME_ON_ANDROID: &str =
    "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36";
pub(super) const INSTAGRAM_ON_ANDROID: &str = "Mozilla/5.0 (Linux; Android 15; SM-A556E Build/AP3A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/139.0.7258.94 Mobile Safari/537.36 Instagram 394.0.0.46.81 Android (35/15; 450dpi; 1080x2340; samsung)";

pub(crate) async fn starts(launch: LaunchOptions<'_>) -> WebDriverProcess {
    // "ChromeDriver was started successfully on port 12345."
    let command = launch.command("CHROMEDRIVER", "chromedriver");
    WebDriverProcess::reports_port(command, "started successfully on port ").await
}

pub(crate) fn capabilities(launch: LaunchOptions<'_>) -> Map<String, Value> {
    let (width, height) = launch.device.size();
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
        format!("--user-data-dir={}", launch.profile.display()),
    ]});
    if let Ok(chrome) = env::var("CHROME") {
        options["binary"] = json!(chrome);
    }
    if let Some(emulation) = emulation(launch.device) {
        options["mobileEmulation"] = emulation;
    }
    let mut capabilities = Map::new();
    capabilities.insert("goog:chromeOptions".to_owned(), options);
    capabilities.insert("goog:loggingPrefs".to_owned(), json!({"browser": "ALL", "performance": "ALL"}));
    capabilities.insert("timeouts".to_owned(), json!({"pageLoad": TIMEOUT_MS, "script": TIMEOUT_MS}));
    capabilities
}

/// Chromedriver's `mobileEmulation`, if the device is not simply what Chromium is.
fn emulation(device: Device) -> Option<Value> {
    let (width, height) = device.size();
    let metrics =
        |mobile| json!({"width": width, "height": height, "pixelRatio": 2.0, "touch": true, "mobile": mobile});
    let phone = |user_agent| {
        json!({
            "deviceMetrics": metrics(true),
            "userAgent": user_agent,
            "clientHints": {"platform": "Android", "mobile": true},
        })
    };
    match device {
        Device::Desktop => None,
        Device::Phone => Some(phone(CHROME_ON_ANDROID)),
        Device::PhoneInInstagram => Some(phone(INSTAGRAM_ON_ANDROID)),
        // Safari has no client hints; Chromium cannot leave them out, so they say what Safari's absence means.
        Device::IpadThatSaysMac => Some(json!({
            "deviceMetrics": metrics(false),
            "userAgent": super::webkit::SAFARI_ON_IPAD,
            "clientHints": {"platform": "macOS", "mobile": false},
        })),
    }
}

/// Console lines since the last call: the page's, and Chromium's own.
pub(crate) async fn console(browser: &Browser) -> Vec<String> {
    let lines = log(browser, "browser").await;
    lines.iter().map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
}

/// URLs requested since the last call, answered or not.
pub(crate) async fn addresses(browser: &Browser) -> Vec<String> {
    let mut addresses = Vec::new();
    for entry in log(browser, "performance").await {
        let entry: Value = serde_json::from_str(entry["message"].as_str().unwrap_or_default()).unwrap_or_default();
        let message = &entry["message"];
        if message["method"] == "Network.requestWillBeSent" {
            let url = message["params"]["request"]["url"].as_str().unwrap_or_default();
            // The empty tab that it opens with is no request of the page.
            if !url.starts_with("chrome") {
                addresses.push(url.to_owned());
            }
        }
    }
    addresses
}

/// Makes Chromium offline, or online again.
pub(crate) async fn is_offline(browser: &Browser, offline: bool) {
    let conditions = json!({"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
    browser.devtools("Network.enable", json!({})).await.expect("the browser can watch its network");
    browser.devtools("Network.emulateNetworkConditions", conditions).await.expect("the browser can go offline");
}

async fn log(browser: &Browser, kind: &str) -> Vec<Value> {
    let log = browser.sends_command("se/log", json!({"type": kind})).await;
    log.expect("chromedriver keeps this log").as_array().cloned().unwrap_or_default()
}
