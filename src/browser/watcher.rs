//! The push stream, read with fetch so that `Authorization` can be sent. Says `WatchLost` when it is gone; closes when
//! dropped.

use super::merchant::Merchant;
use crate::event_stream::EventStream;
use crate::payment::{Heard, Input, RequestId, read_answer};
use gloo_net::http::Response;
use gopay_contract::TransactionId;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, AbortSignal, ReadableStreamDefaultReader, TextDecodeOptions, TextDecoder};

/// The `id:` that was last seen, kept from one stream to the next.
pub(crate) type LastEventId = Rc<RefCell<Option<String>>>;

/// An open stream.
pub(crate) struct Watcher {
    controller: AbortController,
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
        let signal = controller.signal();
        let opening = merchant.events(transaction, last_event_id.borrow().as_deref(), &signal);
        let last_event_id = Rc::clone(last_event_id);
        spawn_local(async move {
            let stream = Stream { request, signal, last_event_id, feed };
            // Perhaps of another frame, or made by the page: gloo-net's wrapper asks for no more than the names.
            let response = JsFuture::from(opening).await.map(|it| Response::from(it.unchecked_into::<web_sys::Response>()));
            if response.as_ref().is_ok_and(|response| matches!(response.status(), 401 | 403 | 404)) {
                return stream.feed(Input::WatchRefused(request));
            }
            if let Ok(response) = response
                && response.ok()
                && let Some(body) = response.body()
            {
                // Without asking for another mode it is this reader; it may be another frame's.
                let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
                stream.feed(Input::WatchOpened(request));
                let _ended = stream.read(&reader).await;
            }
            stream.feed(Input::WatchLost(request));
        });
        Some(Self { controller })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.controller.abort();
    }
}

struct Stream {
    request: RequestId,
    signal: AbortSignal,
    last_event_id: LastEventId,
    feed: Rc<dyn Fn(Input)>,
}

impl Stream {
    fn feed(&self, input: Input) {
        if !self.signal.aborted() {
            (self.feed)(input);
        }
    }

    /// Reads until the stream ends, breaks, or says something that is no status.
    async fn read(&self, reader: &ReadableStreamDefaultReader) -> Result<(), JsValue> {
        let decoder = TextDecoder::new()?;
        let options = TextDecodeOptions::new();
        options.set_stream(true);
        let mut events = EventStream::default();
        while !self.signal.aborted() {
            let chunk = JsFuture::from(reader.read()).await?;
            if js_sys::Reflect::get(&chunk, &"done".into())?.is_truthy() {
                break;
            }
            let bytes: js_sys::Object = js_sys::Reflect::get(&chunk, &"value".into())?.unchecked_into();
            let text = decoder.decode_with_buffer_source_and_options(&bytes, &options)?;
            self.feed(Input::WatchHeartbeat(self.request));
            let Some(messages) = events.push(&text) else { break };
            if let Some(id) = events.last_event_id() {
                *self.last_event_id.borrow_mut() = Some(id.to_owned());
            }
            for message in messages.iter().filter(|message| message.event == "status") {
                match read_answer(200, &message.data) {
                    Ok(answer) => {
                        self.feed(Input::StatusPushed(self.request, Heard { answer, server_now: None }));
                    }
                    Err(trouble) => {
                        self.feed(Input::PushUnreadable(self.request, trouble));
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }
}
