//! WebKit: GTK's `MiniBrowser` on a virtual display. `pages/engine_shim.js` adds in the page what neither it nor its driver
//! offers: touch points, and a record of the console.

use super::{LaunchOptions, TIMEOUT_MS};
use crate::device::Device;
use crate::display::Display;
use crate::webdriver::WebDriverProcess;
use fantoccini::Client;
use fantoccini::error::CmdError;
use serde_json::{Map, Value, json};
use std::env;

/// User agent of Safari on an iPad, since iPadOS 13 that of a Mac.
pub(super) const SAFARI_ON_IPAD: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15";
const SAFARI_ON_IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
const INSTAGRAM_ON_IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22F76 Instagram 394.0.0.35.84 (iPhone15,2; iOS 18_5; id_ID; id; scale=3.00; 1179x2556; 764612137)";

/// Debian's path.
const MINI_BROWSER: &str = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";

pub(crate) async fn starts(launch: LaunchOptions<'_>, display: &Display) -> WebDriverProcess {
    let mut command = launch.command("WEBKIT_WEBDRIVER", "WebKitWebDriver");
    command
        .env("DISPLAY", display.name())
        .env("GDK_BACKEND", "x11")
        .env("HOME", launch.profile)
        .env("XDG_CACHE_HOME", launch.profile)
        .env("XDG_CONFIG_HOME", launch.profile)
        .env("XDG_DATA_HOME", launch.profile)
        .env("LANGUAGE", "id_ID")
        // Its own sandbox needs rights that a container does not give, and compositing a graphics card.
        .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
        .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1")
        .env("LIBGL_ALWAYS_SOFTWARE", "1");
    WebDriverProcess::on_free_port(command).await
}

pub(crate) fn capabilities(launch: LaunchOptions<'_>) -> Map<String, Value> {
    let mut arguments = vec!["--automation".to_owned()];
    let user_agent = match launch.device {
        Device::Desktop => None,
        Device::Phone => Some(SAFARI_ON_IPHONE),
        Device::PhoneInInstagram => Some(INSTAGRAM_ON_IPHONE),
        Device::IpadThatSaysMac => Some(SAFARI_ON_IPAD),
    };
    arguments.extend(user_agent.map(|user_agent| format!("--user-agent={user_agent}")));
    let binary = env::var("WEBKIT_MINIBROWSER").unwrap_or_else(|_| MINI_BROWSER.to_owned());
    let mut capabilities = Map::new();
    capabilities.insert("webkitgtk:browserOptions".to_owned(), json!({"binary": binary, "args": arguments}));
    // No limit for scripts: it would be a timer of the page, and some pages count theirs.
    capabilities.insert("timeouts".to_owned(), json!({"pageLoad": TIMEOUT_MS, "script": null}));
    capabilities
}

/// Sets the window to the device's size, or as near as it gets.
pub(crate) async fn emulates(client: &Client, device: Device) {
    let (width, height) = device.size();
    client.set_window_size(width, height).await.expect("the window changes its size");
}

/// Takes a screenshot. The driver waits until the page has painted once more: where nothing moves, that is never. So something
/// moves meanwhile that nobody sees.
pub(crate) async fn screenshot(client: &Client) -> Result<Vec<u8>, CmdError> {
    let moves = "document.documentElement.animate({ outline: ['0 solid transparent', '1px solid transparent'] },
        { duration: 100, iterations: Infinity, id: 'screenshot' })";
    client.execute(moves, Vec::new()).await?;
    let taken = client.screenshot().await;
    let rests =
        "for (const animation of document.getAnimations()) if (animation.id === 'screenshot') animation.cancel()";
    client.execute(rests, Vec::new()).await?;
    taken
}

/// Makes the page believe to be offline, or online again: WebKit has no command for it.
pub(crate) async fn is_offline(client: &Client, offline: bool) {
    let script =
        "Object.defineProperty(Navigator.prototype, 'onLine', { configurable: true, get: () => !arguments[0] });
        window.dispatchEvent(new Event(arguments[0] ? 'offline' : 'online'))";
    client.execute(script, vec![json!(offline)]).await.expect("the script runs");
}
