//! Pending requests of one payment, and the idempotency keys of its charges.

use super::clock;
use super::fetch::{FetchError, HttpResponse, ResponseCallback};
use super::promise::on_settled;
use crate::payment::{Attempt, Moment, RequestId};
use js_sys::Array;
use std::cell::RefCell;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, Blob, Url};

#[wasm_bindgen]
extern "C" {
    /// A first charge that the loader has sent already.
    #[derive(Clone)]
    pub type EarlyCharge;

    /// Its `Idempotency-Key`.
    #[wasm_bindgen(method, getter)]
    fn key(this: &EarlyCharge) -> String;

    /// A promise of its outcome, as `ask` in `src/loader/wire.js` returns it. It never rejects.
    #[wasm_bindgen(method, getter)]
    fn answer(this: &EarlyCharge) -> JsValue;

    /// Time at which it was sent, on the page's monotonic clock.
    #[wasm_bindgen(method, getter)]
    fn sent(this: &EarlyCharge) -> f64;

    /// Time at which the payer tapped the early deeplink, on the page's monotonic clock; else 0.
    #[wasm_bindgen(method, getter)]
    pub(super) fn tapped(this: &EarlyCharge) -> f64;

    /// True if the page was hidden since then, as it is behind the GoPay app.
    #[wasm_bindgen(method, getter)]
    pub(super) fn left(this: &EarlyCharge) -> bool;

    /// Ends it.
    #[wasm_bindgen(method)]
    pub(super) fn abort(this: &EarlyCharge);
}

impl EarlyCharge {
    /// Time at which it was sent.
    pub(super) fn sent_at(&self) -> Moment {
        clock::moment(self.sent())
    }

    /// Calls `callback` with its outcome, which may be there already.
    pub(super) fn receive(&self, callback: ResponseCallback) {
        on_settled(&self.answer(), Box::new(move |answer| callback(read_early(&answer.unwrap_or_default()))));
    }
}

fn read_early(answer: &JsValue) -> Result<HttpResponse, FetchError> {
    if let Some(error) = answer.as_string() {
        return Err(match error.as_str() {
            "build" => FetchError::CannotBuild,
            "cut" => FetchError::BodyCut,
            _ => FetchError::Network,
        });
    }
    let answer: &Array = answer.unchecked_ref();
    let number = |at| answer.get(at).as_f64().unwrap_or_default();
    let text = |at| answer.get(at).as_string();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an HTTP status; saturates")]
    let status = number(0) as u16;
    let body = text(3).unwrap_or_default();
    Ok(HttpResponse {
        status,
        date: text(1),
        retry_after: text(2),
        body,
        is_redirected: false,
        received_at: clock::moment(number(4)),
    })
}

/// A request that waits for its answer.
pub(super) enum PendingRequest {
    /// Sent by the core.
    Own(AbortController),
    /// Sent by the loader.
    EarlyCharge(EarlyCharge),
}

impl PendingRequest {
    /// Ends it.
    pub(super) fn abort(&self) {
        match self {
            Self::Own(controller) => controller.abort(),
            Self::EarlyCharge(early) => early.abort(),
        }
    }
}

/// The pending requests of one payment.
pub(super) struct PendingRequests {
    pending: RefCell<Vec<(RequestId, PendingRequest)>>,
    /// The last attempt at a charge, and its idempotency key.
    key: RefCell<(Attempt, String)>,
    /// The first charge, if the loader has sent it, until the payment takes it.
    early: RefCell<Option<EarlyCharge>>,
}

impl PendingRequests {
    pub(super) const fn new() -> Self {
        Self {
            pending: RefCell::new(Vec::new()),
            key: RefCell::new((Attempt(0), String::new())),
            early: RefCell::new(None),
        }
    }

    /// Keeps the charge that the loader has sent, for [`Self::take_early`].
    pub(super) fn keep_early(&self, early: EarlyCharge) {
        *self.early.borrow_mut() = Some(early);
    }

    /// Takes the charge that the loader has sent. It becomes this attempt's, and so does its key.
    pub(super) fn take_early(&self, attempt: Attempt) -> Option<EarlyCharge> {
        let early = self.early.borrow_mut().take()?;
        *self.key.borrow_mut() = (attempt, early.key());
        Some(early)
    }

    /// The `Idempotency-Key` of an attempt: the same for its repetitions, a new one for the next attempt.
    pub(super) fn key_of(&self, attempt: Attempt) -> String {
        let mut key = self.key.borrow_mut();
        if key.0 != attempt || key.1.is_empty() {
            *key = (attempt, uuid());
        }
        key.1.clone()
    }

    /// Adds a request that was sent.
    pub(super) fn add(&self, id: RequestId, request: PendingRequest) {
        self.pending.borrow_mut().push((id, request));
    }

    /// Removes a request that was answered or aborted; `None` if it was removed before.
    pub(super) fn remove(&self, id: RequestId) -> Option<PendingRequest> {
        let mut pending = self.pending.try_borrow_mut().ok()?;
        let at = pending.iter().position(|(pending, _)| *pending == id)?;
        Some(pending.swap_remove(at).1)
    }

    /// Aborts all of them. After a panic one of these cells may be borrowed for ever; the other is still emptied.
    pub(super) fn abort_all(&self) {
        if let Ok(Some(early)) = self.early.try_borrow_mut().map(|mut early| early.take()) {
            early.abort();
        }
        if let Ok(mut pending) = self.pending.try_borrow_mut() {
            for (_, request) in pending.drain(..) {
                request.abort();
            }
        }
    }
}

/// A random UUID. `crypto.randomUUID()` is missing on plain http pages; the address of a blob ends with one everywhere.
fn uuid() -> String {
    let address = Blob::new().and_then(|blob| Url::create_object_url_with_blob(&blob)).unwrap_or_default();
    // Fails for no text.
    let _revoked = Url::revoke_object_url(&address);
    address.get(address.len().saturating_sub(36)..).unwrap_or_default().to_owned()
}
