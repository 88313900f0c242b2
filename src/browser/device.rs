//! What the browser tells of the device; `payment/channel.rs` makes of it what it can.

use crate::payment::Device;
use wasm_bindgen::JsValue;

pub(crate) fn read() -> Device {
    let Some(window) = web_sys::window() else { return Device::default() };
    let navigator = window.navigator();
    // Client hints are Chromium's alone; web-sys has them among its unstable parts.
    let hinted_mobile =
        get(&navigator, "userAgentData").and_then(|data| get(&data, "mobile")).and_then(|m| m.as_bool());
    Device {
        user_agent: navigator.user_agent().unwrap_or_default(),
        hinted_mobile,
        touch_points: u32::try_from(navigator.max_touch_points()).unwrap_or(0),
    }
}

fn get(target: &JsValue, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(target, &JsValue::from_str(name))
        .ok()
        .filter(|value| !value.is_undefined() && !value.is_null())
}
