//! Microtasks, and callbacks for promises. `wasm-bindgen-futures` does the same with an executor that every payer
//! would fetch: docs/hosting.md.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = queueMicrotask)]
    fn queue_microtask(run: &JsValue);

    type Awaited;

    #[wasm_bindgen(catch, js_namespace = Promise, js_name = resolve)]
    fn awaited(value: &JsValue) -> Result<Awaited, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn then(this: &Awaited, fulfilled: &JsValue, rejected: &JsValue) -> Result<JsValue, JsValue>;

    type Callback;

    #[wasm_bindgen(method)]
    fn bind(this: &Callback, context: &JsValue, fulfilled: bool) -> JsValue;
}

/// Runs `work` in a microtask, once everything that is running now has ended.
pub(super) fn soon(work: impl FnOnce() + 'static) {
    queue_microtask(&Closure::once_into_js(work));
}

/// Callback for the outcome of a promise.
pub(super) type Settled = Box<dyn FnOnce(Result<JsValue, JsValue>)>;

/// Calls `settled` once, later, with the outcome of `value`: a promise, an object with a `then`, or a plain value. Pages hand over any of them where a promise is expected.
pub(super) fn on_settled(value: &JsValue, settled: Settled) {
    let callback = move |fulfilled: bool, value: JsValue| settled(if fulfilled { Ok(value) } else { Err(value) });
    // One function for both ways to settle: it is called once, and everything in it is freed then.
    let callback: Callback = Closure::once_into_js(callback).unchecked_into();
    let by = |fulfilled| callback.bind(&JsValue::UNDEFINED, fulfilled);
    // Fails only for a page's own broken `Promise`: then the request's time limit applies.
    let _waiting = awaited(value).and_then(|promise| promise.then(&by(true), &by(false)));
}
