//! Web Locks: what a browser shares between all tabs of an origin. Where it has none, as on plain http pages, or refuses them, as
//! in a sandboxed frame, each tab goes on alone.

use super::promise::on_settled;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::AbortSignal;

#[wasm_bindgen]
extern "C" {
    // web-sys has Web Locks among its unstable parts.
    #[wasm_bindgen(catch, js_namespace = ["navigator", "locks"], js_name = request)]
    fn request_lock(name: &str, options: &Object, granted: &JsValue) -> Result<JsValue, JsValue>;
}

/// A lock, given back when dropped.
pub(super) struct HeldLock {
    // Not `Function::default()`: that is `new Function()`, which a strict page forbids.
    release: Option<Function>,
}

impl HeldLock {
    /// Gives the lock back when `signal` is aborted, too.
    pub(super) fn end_with(&self, signal: &AbortSignal) {
        signal.set_onabort(self.release.as_ref());
    }
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        if let Some(release) = &self.release {
            let _released = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Callback for a lock; gets none where `ifAvailable` was set and another holds it.
pub(super) type Granted = Box<dyn FnOnce(Option<HeldLock>)>;

/// Callback for a lock that was refused, stolen, or not waited for any longer.
pub(super) type Lost = Box<dyn FnOnce(&JsValue) -> WithoutLock>;

/// What to do without the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WithoutLock {
    /// Nothing.
    GiveUp,
    /// The work that the lock was for, unless it has begun: the lock counts as granted.
    Proceed,
}

/// Requests the lock `name`, with one of the options of `navigator.locks.request()`. Calls back later, never before this returns.
pub(super) fn request(name: &str, option: (&str, &JsValue), granted: Granted, lost: Lost) {
    let options = Object::new();
    // Fails only for a frozen object, and this one is ours.
    let _set = Reflect::set(&options, &option.0.into(), option.1);
    let granted = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        if lock.is_null() {
            granted(None);
            return lock;
        }
        let mut release = None;
        let held = Promise::new(&mut |resolve, _| release = Some(resolve));
        granted(Some(HeldLock { release }));
        held.into()
    });
    let held = request_lock(name, &options, &granted).unwrap_or_else(|error| Promise::reject(&error).into());
    let ended = move |end: Result<JsValue, JsValue>| {
        if let Err(error) = end
            && lost(&error) == WithoutLock::Proceed
        {
            let _granted = granted.unchecked_ref::<Function>().call0(&JsValue::UNDEFINED);
        }
    };
    on_settled(&held, Box::new(ended));
}
