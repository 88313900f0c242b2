//! The push stream: server-sent events, read with fetch so that `Authorization` can be sent.

use super::fetch::FetchError;
use super::merchant_client::MerchantClient;
use super::promise::on_settled;
use super::web_lock::{self, HeldLock, WithoutLock};
use crate::payment::{Input, RequestId, ServerResponse, read_answer};
use crate::sse_parser::SseParser;
use gloo_net::http::Response;
use gopay_contract::TransactionId;
use js_sys::Reflect;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, TextDecodeOptions, TextDecoder};

// web-sys' own bindings to these catch nothing, and the page's fetch may have made the stream.
#[wasm_bindgen]
extern "C" {
    type Body;

    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn get_reader(this: &Body) -> Result<Reader, JsValue>;

    #[derive(Clone)]
    type Reader;

    #[wasm_bindgen(method, catch)]
    fn read(this: &Reader) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn cancel(this: &Reader) -> Result<JsValue, JsValue>;
}

/// Web Locks of the streams that all pages of an origin may hold. Browsers open six connections to a server that speaks HTTP/1.1:
/// with a stream in each, not even a page would load.
const SLOTS: [&str; 3] = ["gopay-stream 1", "gopay-stream 2", "gopay-stream 3"];

/// `id:` of the last handled event, kept from one stream of a transaction to the next.
pub(crate) type LastEventId = Rc<RefCell<Option<String>>>;

/// An open push stream. Feeds `StreamLost` when it ends by itself; closed when dropped.
pub(crate) struct PushStream {
    controller: AbortController,
    connection: Rc<Connection>,
}

impl PushStream {
    /// Opens the stream and feeds the statuses that come over it. Where all slots are taken, it counts as lost.
    pub(crate) fn open(
        merchant: &MerchantClient,
        request: RequestId,
        transaction: &TransactionId,
        last_event_id: LastEventId,
        feed: Rc<dyn Fn(Input)>,
    ) -> Option<Self> {
        let controller = AbortController::new().ok()?;
        let known = last_event_id.borrow().clone();
        let connection = Rc::new(Connection {
            request,
            parser: RefCell::default(),
            decoder: TextDecoder::new().ok()?,
            last_event_id,
            feed,
            slot: RefCell::new(None),
            reader: RefCell::new(None),
            is_closed: Cell::new(false),
        });
        let answered = Rc::clone(&connection);
        let callback = Box::new(move |response| answered.opened(response));
        let send = merchant.stream(transaction, known, controller.signal(), callback);
        Rc::clone(&connection).open_in(0, Box::new(send));
        Some(Self { controller, connection })
    }
}

impl Drop for PushStream {
    fn drop(&mut self) {
        self.controller.abort();
        // A page's own fetch may ignore the signal, and WebKit may lose a signal that follows another: cancel the reader too.
        self.connection.close();
    }
}

struct Connection {
    request: RequestId,
    parser: RefCell<SseParser>,
    decoder: TextDecoder,
    last_event_id: LastEventId,
    feed: Rc<dyn Fn(Input)>,
    slot: RefCell<Option<HeldLock>>,
    reader: RefCell<Option<Reader>>,
    /// Closed on purpose: nothing is fed any more.
    is_closed: Cell<bool>,
}

impl Connection {
    /// Calls `send` once this slot, or a later one, is free.
    fn open_in(self: Rc<Self>, slot: usize, send: Box<dyn FnOnce()>) {
        let Some(name) = SLOTS.get(slot) else { return self.lost() };
        let granted = move |lock: Option<HeldLock>| {
            if self.is_closed.get() {
                return;
            }
            if lock.is_none() {
                return self.open_in(slot + 1, send);
            }
            *self.slot.borrow_mut() = lock;
            send();
        };
        web_lock::request(name, ("ifAvailable", &JsValue::TRUE), Box::new(granted), Box::new(|_| WithoutLock::Proceed));
    }

    fn close(&self) {
        self.is_closed.set(true);
        self.cancel();
    }

    fn cancel(&self) {
        // After a panic they may be borrowed for ever.
        drop(self.slot.try_borrow_mut().ok().and_then(|mut slot| slot.take()));
        let reader = self.reader.try_borrow_mut().ok().and_then(|mut reader| reader.take());
        if let Some(Ok(cancelled)) = reader.map(|reader| reader.cancel()) {
            // A rejection that nothing handles would be reported to the page.
            on_settled(&cancelled, Box::new(|_| {}));
        }
    }

    fn feed(&self, input: Input) {
        if !self.is_closed.get() {
            (self.feed)(input);
        }
    }

    /// Ends the stream from this side, or learns that it has ended.
    fn lost(&self) {
        self.cancel();
        self.feed(Input::StreamLost(self.request));
    }

    fn opened(self: Rc<Self>, response: Result<Response, FetchError>) {
        let Ok(response) = response else { return self.lost() };
        let body = match response.status() {
            401 | 403 | 404 | 419 => return self.feed(Input::StreamRefused(self.request)),
            200..300 => response.body(),
            _ => None,
        };
        let reader = body.and_then(|body| body.unchecked_into::<Body>().get_reader().ok());
        let Some(reader) = reader else { return self.lost() };
        *self.reader.borrow_mut() = Some(reader);
        self.feed(Input::StreamOpened(self.request));
        self.read_on();
    }

    /// Waits for the next chunk, unless the stream was closed meanwhile.
    fn read_on(self: Rc<Self>) {
        if self.is_closed.get() {
            return self.cancel();
        }
        let reader = self.reader.borrow().clone();
        match reader.map(|reader| reader.read()) {
            Some(Ok(piece)) => on_settled(&piece, Box::new(move |piece| self.received(piece))),
            _ => self.lost(),
        }
    }

    fn received(self: Rc<Self>, piece: Result<JsValue, JsValue>) {
        match piece.ok().and_then(|piece| self.decode(&piece)) {
            Some(text) if self.take_in(&text) => self.read_on(),
            _ => self.lost(),
        }
    }

    /// Text of a chunk; `None` after the last one, or if it is no chunk of bytes.
    fn decode(&self, piece: &JsValue) -> Option<String> {
        let property = |name: &str| Reflect::get(piece, &name.into()).ok();
        if property("done")?.is_truthy() {
            return None;
        }
        let options = TextDecodeOptions::new();
        options.set_stream(true);
        self.decoder.decode_with_buffer_source_and_options(property("value")?.unchecked_ref(), &options).ok()
    }

    /// Feeds the statuses in `text`. Returns false for an event that is no status.
    fn take_in(&self, text: &str) -> bool {
        self.feed(Input::StreamHeartbeat(self.request));
        let Some(messages) = self.parser.borrow_mut().push(text) else { return false };
        for message in messages.iter().filter(|message| message.event == "status") {
            match read_answer(200, &message.data) {
                Ok(answer) => {
                    self.feed(Input::StatusPushed(self.request, ServerResponse { answer, server_now: None }));
                }
                Err(error) => {
                    self.feed(Input::PushUnreadable(self.request, error));
                    return false;
                }
            }
        }
        // Only now: the server shall send an unreadable event again.
        *self.last_event_id.borrow_mut() = self.parser.borrow().last_event_id().map(str::to_owned);
        true
    }
}
