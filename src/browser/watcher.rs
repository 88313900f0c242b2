//! The push stream, read with fetch so that `Authorization` can be sent. Says `WatchLost` when it is gone; closes when
//! dropped.

use super::merchant::Merchant;
use crate::event_stream::EventStream;
use crate::payment::{Heard, Input, RequestId, read_answer};
use gopay_contract::TransactionId;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::AbortController;

/// The `id:` that was last seen, kept from one stream to the next.
pub(crate) type LastEventId = Rc<RefCell<Option<String>>>;

/// An open stream.
pub(crate) struct Watcher {
    controller: AbortController,
    _hear: Closure<dyn FnMut(String, JsValue) -> bool>,
}

impl Watcher {
    /// Opens the stream and feeds whatever comes over it.
    pub(crate) fn open(
        merchant: &Merchant,
        request: RequestId,
        transaction: &TransactionId,
        last_event_id: &LastEventId,
        feed: Rc<dyn Fn(Input)>,
    ) -> Option<Self> {
        let controller = AbortController::new().ok()?;
        let known = last_event_id.borrow().clone();
        let mut stream =
            Stream { request, events: EventStream::default(), last_event_id: Rc::clone(last_event_id), feed };
        let hear = Closure::new(move |what: String, text: JsValue| stream.hear(&what, &text));
        merchant.events(transaction, known.as_deref(), &controller.signal(), &hear);
        Some(Self { controller, _hear: hear })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // From now on `wire.js` tells nothing.
        self.controller.abort();
    }
}

struct Stream {
    request: RequestId,
    events: EventStream,
    last_event_id: LastEventId,
    feed: Rc<dyn Fn(Input)>,
}

impl Stream {
    /// Hears what `wire.js` tells of the stream; whether to read on.
    fn hear(&mut self, what: &str, text: &JsValue) -> bool {
        let request = self.request;
        match what {
            "refused" => (self.feed)(Input::WatchRefused(request)),
            "opened" => (self.feed)(Input::WatchOpened(request)),
            "text" => return self.read(&text.as_string().unwrap_or_default()),
            _ => (self.feed)(Input::WatchLost(request)),
        }
        true
    }

    /// Reads until something comes that is no status.
    fn read(&mut self, text: &str) -> bool {
        (self.feed)(Input::WatchHeartbeat(self.request));
        let Some(messages) = self.events.push(text) else { return false };
        if let Some(id) = self.events.last_event_id() {
            *self.last_event_id.borrow_mut() = Some(id.to_owned());
        }
        for message in messages.iter().filter(|message| message.event == "status") {
            match read_answer(200, &message.data) {
                Ok(answer) => {
                    (self.feed)(Input::StatusPushed(self.request, Heard { answer, server_now: None }));
                }
                Err(trouble) => {
                    (self.feed)(Input::PushUnreadable(self.request, trouble));
                    return false;
                }
            }
        }
        true
    }
}
