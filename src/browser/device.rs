//! What the browser tells of the device; `payment/channel.rs` makes of it what it can.

use crate::payment::Device;
use wasm_bindgen::JsValue;

pub(crate) fn read() -> Device {
    let Some(window) = web_sys::window() else { return Device::default() };
    let navigator = window.navigator();
    // Client hints are Chromium's alone; web-sys has them among its unstable parts.
    let hint = |name| get(&navigator, "userAgentData").and_then(|hints| get(&hints, name));
    Device {
        user_agent: navigator.user_agent().unwrap_or_default(),
        hinted_mobile: hint("mobile").and_then(|mobile| mobile.as_bool()),
        hinted_platform: hint("platform").and_then(|platform| platform.as_string()).unwrap_or_default(),
        platform: navigator.platform().unwrap_or_default(),
        touch_points: u32::try_from(navigator.max_touch_points()).unwrap_or(0),
        shorter_side: get(&window, "screen").map_or(0, |screen| side(&screen, "width").min(side(&screen, "height"))),
    }
}

/// In whole CSS pixels: a cast from a number makes nothing of what is no size.
fn side(screen: &JsValue, name: &str) -> u32 {
    get(screen, name).and_then(|side| side.as_f64()).unwrap_or_default() as u32
}

fn get(target: &JsValue, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(target, &JsValue::from_str(name))
        .ok()
        .filter(|value| !value.is_undefined() && !value.is_null())
}
