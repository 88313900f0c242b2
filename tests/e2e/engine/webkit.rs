//! WebKit: GTK's small browser for it, on a display that nobody sees. What neither it nor its driver can play or tell,
//! `pages/plays_along.js` does inside the page, before all else: touch points, and what is written to the console.

use super::{PATIENCE, Surroundings};
use crate::device::Device;
use crate::display::Display;
use crate::driver::Driver;
use fantoccini::Client;
use serde_json::{Map, Value, json};
use std::env;

/// As an iPad's Safari says it since iPadOS 13.
pub(super) const SAFARI_ON_IPAD: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15";
const SAFARI_ON_IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
const INSTAGRAM_ON_IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22F76 Instagram 394.0.0.35.84 (iPhone15,2; iOS 18_5; id_ID; id; scale=3.00; 1179x2556; 764612137)";

/// Where Debian puts it.
const MINI_BROWSER: &str = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";

pub(crate) async fn starts(surroundings: Surroundings<'_>, display: &Display) -> Driver {
    let mut command = surroundings.command("WEBKIT_WEBDRIVER", "WebKitWebDriver");
    command
        .env("DISPLAY", display.name())
        .env("GDK_BACKEND", "x11")
        .env("HOME", surroundings.profile)
        .env("XDG_CACHE_HOME", surroundings.profile)
        .env("XDG_CONFIG_HOME", surroundings.profile)
        .env("XDG_DATA_HOME", surroundings.profile)
        .env("LANGUAGE", "id_ID")
        // Its own sandbox needs rights that a container does not give, and its pictures a graphics card.
        .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
        .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1")
        .env("LIBGL_ALWAYS_SOFTWARE", "1");
    Driver::is_told_its_port(command).await
}

pub(crate) fn capabilities(surroundings: Surroundings<'_>) -> Map<String, Value> {
    let mut arguments = vec!["--automation".to_owned()];
    let user_agent = match surroundings.device {
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
    capabilities.insert("timeouts".to_owned(), json!({"pageLoad": PATIENCE, "script": null}));
    capabilities
}

/// Its window is as large as the device's screen, or as small as it gets.
pub(crate) async fn plays(client: &Client, device: Device) {
    let (width, height) = device.size();
    client.set_window_size(width, height).await.expect("the window changes its size");
}

/// The page is told that there is no network, or that there is one again: WebKit itself learns it from the system alone.
pub(crate) async fn is_offline(client: &Client, offline: bool) {
    let tell = "Object.defineProperty(Navigator.prototype, 'onLine', { configurable: true, get: () => !arguments[0] });
        window.dispatchEvent(new Event(arguments[0] ? 'offline' : 'online'))";
    client.execute(tell, vec![json!(offline)]).await.expect("the page is told");
}
