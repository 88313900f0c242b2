//! Firefox: has a headless mode. It emulates devices by preferences, and by its responsive design mode, which only its
//! chrome context can switch on.

use super::{LaunchOptions, TIMEOUT_MS};
use crate::browser::send_command;
use crate::device::Device;
use crate::webdriver::WebDriverProcess;
use fantoccini::Client;
use serde_json::{Map, Value, json};
use std::env;

const ON_ANDROID: &str = "Mozilla/5.0 (Android 14; Mobile; rv:153.0) Gecko/153.0 Firefox/153.0";

pub(crate) async fn starts(launch: LaunchOptions<'_>) -> WebDriverProcess {
    let mut command = launch.command("GECKODRIVER", "geckodriver");
    // The chrome context has to be allowed twice: here and, for Firefox itself, below.
    command.arg("--allow-system-access").arg("--profile-root").arg(launch.profile);
    // "1732460000000 geckodriver INFO Listening on 127.0.0.1:12345"
    WebDriverProcess::reports_port(command, "Listening on 127.0.0.1:").await
}

pub(crate) fn capabilities(launch: LaunchOptions<'_>) -> Map<String, Value> {
    let (width, height) = launch.device.size();
    let mut options = json!({
        "args": ["-headless", "-width", width.to_string(), "-height", height.to_string()],
        "prefs": {
            "intl.accept_languages": "id-ID, id",
            // No requests but the page's own.
            "app.update.disabledForTesting": true,
            "browser.safebrowsing.malware.enabled": false,
            "browser.safebrowsing.phishing.enabled": false,
            "network.captive-portal-service.enabled": false,
            "network.connectivity-service.enabled": false,
        },
    });
    let user_agent = match launch.device {
        Device::Desktop => None,
        Device::Phone => Some(ON_ANDROID),
        // It is an Android WebView, which is Chromium whoever says so.
        Device::PhoneInInstagram => Some(super::chromium::INSTAGRAM_ON_ANDROID),
        Device::IpadThatSaysMac => Some(super::webkit::SAFARI_ON_IPAD),
    };
    if let Some(user_agent) = user_agent {
        options["prefs"]["general.useragent.override"] = json!(user_agent);
        options["prefs"]["dom.w3c_touch_events.enabled"] = json!(1);
    }
    if let Ok(firefox) = env::var("FIREFOX") {
        options["binary"] = json!(firefox);
    }
    let mut capabilities = Map::new();
    capabilities.insert("moz:firefoxOptions".to_owned(), options);
    capabilities.insert("timeouts".to_owned(), json!({"pageLoad": TIMEOUT_MS, "script": TIMEOUT_MS}));
    capabilities
}

/// Emulates touch points, which no preference sets.
pub(crate) async fn emulates(client: &Client, device: Device) {
    let touches = match device {
        Device::Desktop => return,
        Device::Phone | Device::PhoneInInstagram | Device::IpadThatSaysMac => 5,
    };
    let script = format!(
        "const {{ browsingContext }} = gBrowser.selectedBrowser;
        browsingContext.inRDMPane = true;
        browsingContext.setRDMPaneMaxTouchPoints({touches});"
    );
    runs_in_chrome(client, &script).await;
}

/// Makes Firefox offline, or online again.
pub(crate) async fn is_offline(client: &Client, offline: bool) {
    runs_in_chrome(client, &format!("gBrowser.selectedBrowser.browsingContext.forceOffline = {offline};")).await;
}

/// Runs a script in the chrome context, with the privileges of Firefox itself.
async fn runs_in_chrome(client: &Client, script: &str) {
    send_command(client, "moz/context", json!({"context": "chrome"})).await.expect("Firefox has a chrome context");
    let ran = client.execute(script, Vec::new()).await;
    send_command(client, "moz/context", json!({"context": "content"})).await.expect("and the page's");
    ran.expect("the script runs");
}
