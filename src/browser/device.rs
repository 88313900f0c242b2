//! Facts about the device from the browser, for `payment/device.rs`.

use crate::payment::Device;
use wasm_bindgen::JsValue;

pub(crate) fn read() -> Device {
    let Some(window) = web_sys::window() else { return Device::default() };
    let navigator = window.navigator();
    // Only Chromium has client hints; in web-sys they are unstable.
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

/// Any number, from `Math.random()`: the seed of the jitter that spreads payers' requests over time. Not secret.
pub(crate) fn seed() -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 2^32, the end not included")]
    let seed = (js_sys::Math::random() * 4_294_967_296.0) as u32;
    seed
}

/// A side of the screen in whole CSS pixels; 0 if unknown.
fn side(screen: &JsValue, name: &str) -> u32 {
    get(screen, name).and_then(|side| side.as_f64()).unwrap_or_default() as u32
}

fn get(target: &JsValue, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(target, &JsValue::from_str(name))
        .ok()
        .filter(|value| !value.is_undefined() && !value.is_null())
}
