//! Notices that the payer goes to the app and comes back, and that the network goes and comes: reasons to ask at once.

use super::listener::Listener;
use crate::payment::Input;
use std::rc::Rc;
use web_sys::VisibilityState;

/// Listens for as long as the result is kept.
pub(crate) fn listen(feed: &Rc<dyn Fn(Input)>) -> Vec<Listener> {
    let Some(window) = web_sys::window() else { return Vec::new() };
    let Some(document) = window.document() else { return Vec::new() };
    let on = |target: &web_sys::EventTarget, event, input: fn() -> Input| {
        let feed = Rc::clone(feed);
        Listener::new(target, event, move |_| feed(input()))
    };
    let visibility = Rc::clone(feed);
    let watched = document.clone();
    vec![
        Listener::new(&document, "visibilitychange", move |_| {
            let hidden = watched.visibility_state() == VisibilityState::Hidden;
            visibility(if hidden { Input::Hidden } else { Input::CameBack });
        }),
        // A page that the browser had put aside whole (bfcache) comes back with its timers stopped.
        on(&window, "pageshow", || Input::CameBack),
        on(&window, "focus", || Input::CameBack),
        on(&window, "online", || Input::CameBack),
        on(&window, "offline", || Input::WentOffline),
    ]
}

/// Whether the page is hidden now, as one opened in a background tab is.
pub(crate) fn is_hidden() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .is_some_and(|document| document.visibility_state() == VisibilityState::Hidden)
}

/// The query of the page's URL: the GoPay app adds to it.
pub(crate) fn query() -> String {
    web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default()
}
