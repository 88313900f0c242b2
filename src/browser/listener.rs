//! DOM event listener that is removed when dropped.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventTarget};

#[must_use = "the listener is removed when this is dropped"]
pub(crate) struct Listener {
    target: EventTarget,
    event: &'static str,
    capture: bool,
    closure: Closure<dyn FnMut(Event)>,
}

impl Listener {
    pub(crate) fn new(target: &EventTarget, event: &'static str, listen: impl FnMut(Event) + 'static) -> Self {
        Self::add(target, event, false, Closure::new(listen))
    }

    /// Adds a capturing listener, which also gets events below `target` that do not bubble.
    pub(crate) fn capturing(target: &EventTarget, event: &'static str, listen: impl FnMut(Event) + 'static) -> Self {
        Self::add(target, event, true, Closure::new(listen))
    }

    fn add(target: &EventTarget, event: &'static str, capture: bool, closure: Closure<dyn FnMut(Event)>) -> Self {
        let listener = closure.as_ref().unchecked_ref();
        // Fails only for a null listener.
        let _added = target.add_event_listener_with_callback_and_bool(event, listener, capture);
        Self { target: target.clone(), event, capture, closure }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let listener = self.closure.as_ref().unchecked_ref();
        let _removed = self.target.remove_event_listener_with_callback_and_bool(self.event, listener, self.capture);
    }
}
