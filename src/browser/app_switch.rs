//! Page visibility and network state: the payer goes to the app and comes back, the network goes and comes back. Each return
//! is a reason to poll at once.

use super::listener::Listener;
use crate::payment::Input;
use std::rc::Rc;
use web_sys::VisibilityState;

/// Listens for as long as the result is kept.
pub(crate) fn listen(feed: &Rc<dyn Fn(Input)>) -> Vec<Listener> {
    let Some(window) = web_sys::window() else { return Vec::new() };
    let Some(document) = window.document() else { return Vec::new() };
    // A hidden page may get these events too: the payer does not see it all the same.
    let resumed = |event| {
        let feed = Rc::clone(feed);
        Listener::new(&window, event, move |_| {
            if !is_hidden() {
                feed(Input::Resumed);
            }
        })
    };
    let offline = Rc::clone(feed);
    let visibility = Rc::clone(feed);
    let watched = document.clone();
    vec![
        Listener::new(&document, "visibilitychange", move |_| {
            let hidden = watched.visibility_state() == VisibilityState::Hidden;
            visibility(if hidden { Input::Hidden } else { Input::Resumed });
        }),
        // A page that comes back from the bfcache has its timers stopped.
        resumed("pageshow"),
        resumed("focus"),
        resumed("online"),
        Listener::new(&window, "offline", move |_| offline(Input::WentOffline)),
    ]
}

/// Returns whether the page is hidden now, as one opened in a background tab is.
pub(crate) fn is_hidden() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .is_some_and(|document| document.visibility_state() == VisibilityState::Hidden)
}

/// The query of the page's URL: the GoPay app adds to it.
pub(crate) fn query() -> String {
    web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default()
}
