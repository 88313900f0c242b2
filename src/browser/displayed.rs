//! Waits until a Leptos application's checkout is displayed: it has a box, on a page that is not prerendered. For the custom
//! element the loader waits (`displayed` in `src/loader/placeholder.js`).

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlElement, ResizeObserver, ResizeObserverEntry};

/// Waits until an element is displayed. Dropped, it waits no more.
pub(crate) struct Waiting {
    observer: ResizeObserver,
    _on_resize: Closure<dyn FnMut(Array)>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// True if `element` is displayed now.
pub(crate) fn is_displayed(element: &HtmlElement) -> bool {
    // web-sys knows neither name. A browser without the second waits for the next frame.
    let is_prerendering = Reflect::get(&element.owner_document().into(), &"prerendering".into());
    let check = Reflect::get(element, &"checkVisibility".into()).and_then(JsCast::dyn_into::<Function>);
    let is_visible = check.and_then(|check| check.call0(element));
    is_prerendering.is_ok_and(|is| is.is_falsy()) && is_visible.is_ok_and(|is| is.is_truthy())
}

/// Calls `displayed` when a frame is drawn in which `element` has a box, perhaps more than once; at once where the browser
/// cannot tell.
pub(crate) fn when_displayed(element: &HtmlElement, displayed: impl Fn() + 'static) -> Option<Waiting> {
    let on_resize = Closure::new(move |entries: Array| {
        let entry: Option<ResizeObserverEntry> = entries.get(0).dyn_into().ok();
        if entry.is_some_and(|entry| entry.content_rect().width() > 0.0) {
            displayed();
        }
    });
    let observer = ResizeObserver::new(on_resize.as_ref().unchecked_ref()).ok()?;
    observer.observe(element);
    Some(Waiting { observer, _on_resize: on_resize })
}
