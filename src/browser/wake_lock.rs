//! Screen wake lock: the screen stays on while a QR code waits to be scanned.

use super::promise::on_settled;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    // web-sys has wake locks among its unstable parts.
    #[wasm_bindgen(catch, js_namespace = ["navigator", "wakeLock"], js_name = request)]
    fn request_wake_lock(kind: &str) -> Result<JsValue, JsValue>;

    type Sentinel;

    #[wasm_bindgen(method, catch)]
    fn release(this: &Sentinel) -> Result<JsValue, JsValue>;
}

/// The screen stays on until this is dropped, where the browser has wake locks and grants one. A hidden page loses it.
pub(super) struct WakeLock(JsValue);

impl WakeLock {
    pub(super) fn request() -> Self {
        let request = request_wake_lock("screen").unwrap_or(JsValue::UNDEFINED);
        // A rejection that nothing handles would be reported to the page.
        on_settled(&request, Box::new(|_| {}));
        Self(request)
    }
}

impl Drop for WakeLock {
    fn drop(&mut self) {
        let granted = |sentinel: Result<JsValue, JsValue>| {
            if let Ok(sentinel) = sentinel {
                // Browsers release it themselves when the page is hidden: then this does nothing.
                let _released = sentinel.unchecked_ref::<Sentinel>().release();
            }
        };
        on_settled(&self.0, Box::new(granted));
    }
}
