//! What a payment has out: the requests that wait for an answer, how each is ended, and the keys of the charges among them.

use super::wire::{Early, Wire};
use crate::payment::{Attempt, RequestId};
use std::cell::RefCell;
use web_sys::AbortController;

/// A request that is out, and how it is ended.
pub(super) enum Out {
    /// Sent here.
    Own(AbortController),
    /// Sent by the loader.
    Early(Early),
}

impl Out {
    /// Nobody waits for it any more.
    pub(super) fn abort(&self) {
        match self {
            Self::Own(controller) => controller.abort(),
            Self::Early(early) => early.abort(),
        }
    }
}

/// All of them, of one payment.
pub(super) struct Requests {
    out: RefCell<Vec<(RequestId, Out)>>,
    /// Of the last attempt at a charge.
    key: RefCell<(Attempt, String)>,
    /// The first charge, if the loader has sent it, until the payment asks for it.
    early: RefCell<Option<Early>>,
}

impl Requests {
    pub(super) const fn new() -> Self {
        Self {
            out: RefCell::new(Vec::new()),
            key: RefCell::new((Attempt(0), String::new())),
            early: RefCell::new(None),
        }
    }

    /// The loader has sent the first charge.
    pub(super) fn begin_with(&self, early: Early) {
        *self.early.borrow_mut() = Some(early);
    }

    /// The charge that the loader has sent, once: from now on it is this attempt's, and so is its key.
    pub(super) fn early(&self, attempt: Attempt) -> Option<Early> {
        let early = self.early.borrow_mut().take()?;
        *self.key.borrow_mut() = (attempt, early.key());
        Some(early)
    }

    /// The `Idempotency-Key` of an attempt: the same for its repetitions, a new one for the next.
    pub(super) fn key_of(&self, attempt: Attempt, wire: &Wire) -> String {
        let mut key = self.key.borrow_mut();
        if key.0 != attempt || key.1.is_empty() {
            *key = (attempt, wire.uuid());
        }
        key.1.clone()
    }

    /// One more is out.
    pub(super) fn add(&self, request: RequestId, out: Out) {
        self.out.borrow_mut().push((request, out));
    }

    /// It is answered, or nobody waits for it; nothing where that was so already.
    pub(super) fn forget(&self, request: RequestId) -> Option<Out> {
        let mut out = self.out.try_borrow_mut().ok()?;
        let at = out.iter().position(|(id, _)| *id == request)?;
        Some(out.swap_remove(at).1)
    }

    /// Ends all of them. After a panic one of these may be borrowed for ever; the other still ends.
    pub(super) fn end_all(&self) {
        if let Ok(Some(early)) = self.early.try_borrow_mut().map(|mut early| early.take()) {
            early.abort();
        }
        if let Ok(mut all) = self.out.try_borrow_mut() {
            for (_, out) in all.drain(..) {
                out.abort();
            }
        }
    }
}
