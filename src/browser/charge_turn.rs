//! One charge of an order at a time, in all tabs of a browser (contract §3.6): a Web Lock, which the loader's early charge holds
//! too. Where the browser has no locks, as on plain http pages, only the merchant enforces it.

use super::fetch::ResponseCallback;
use super::leader_lock::{put, request_lock};
use super::promise::settle;
use gopay_contract::OrderId;
use js_sys::{Function, Object, Promise};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortSignal;

/// Calls `send` once no other charge of the order is in flight to `url`, or never, if `signal` is aborted before. The charge ends when
/// its callback is called, or when `signal` is aborted.
pub(super) fn send_in_turn(
    order_id: &OrderId,
    url: &str,
    signal: &AbortSignal,
    callback: ResponseCallback,
    send: impl FnOnce(&AbortSignal, ResponseCallback) + 'static,
) {
    let name = ["gopay-charge ", order_id.as_str(), " ", url].concat();
    let options = Object::new();
    put(&options, "signal", signal);
    let aborted = signal.clone();
    let signal = signal.clone();
    let granted = Closure::once_into_js(move || -> JsValue {
        // Not `Function::default()`: that is `new Function()`, which a strict page forbids.
        let mut release = None::<Function>;
        let held = Promise::new(&mut |resolve, _| release = Some(resolve));
        // A page's own fetch may ignore the abort.
        signal.set_onabort(release.as_ref());
        send(
            &signal,
            Box::new(move |response| {
                if let Some(release) = release {
                    let _released = release.call0(&JsValue::UNDEFINED);
                }
                callback(response);
            }),
        );
        held.into()
    });
    let held = request_lock(&name, &options, &granted).unwrap_or_else(|error| Promise::reject(&error).into());
    // Where the lock is refused, as in a sandboxed frame or without Web Locks, it is sent all the same.
    let refused = move |end: Result<JsValue, JsValue>| {
        if end.is_err() && !aborted.aborted() {
            let _sent = granted.unchecked_ref::<Function>().call0(&JsValue::UNDEFINED);
        }
    };
    settle(&held, Box::new(refused));
}
