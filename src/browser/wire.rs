//! How requests leave: `src/wire.js`, which the loader has too. The loader sends the first charge while this code is
//! still on its way, and what is sent twice must be written once.

use super::clock;
use crate::payment::{Heard, Moment, Problem, ProblemCode, Trouble, read_answer};
use js_sys::{Array, Promise};
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, HtmlElement};

#[wasm_bindgen]
extern "C" {
    /// Whoever sends requests.
    #[derive(Clone)]
    pub type Wire;

    /// Resolves to status, `Date`, `Retry-After` and body; rejects with a text, see [`trouble`].
    #[wasm_bindgen(method)]
    pub(crate) fn ask(
        this: &Wire,
        element: &HtmlElement,
        method: &str,
        url: &str,
        own: &Array,
        body: Option<String>,
        signal: &AbortSignal,
    ) -> Promise;

    /// Resolves to a `Response`; rejects likewise.
    #[wasm_bindgen(method)]
    pub(crate) fn open(
        this: &Wire,
        element: &HtmlElement,
        method: &str,
        url: &str,
        own: &Array,
        body: Option<String>,
        signal: &AbortSignal,
    ) -> Promise;

    /// A first charge that the loader has sent already.
    #[derive(Clone)]
    pub type Early;

    /// Its `Idempotency-Key`.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn key(this: &Early) -> String;

    /// What [`Wire::ask`] resolves to.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn answer(this: &Early) -> Promise;

    /// When it was sent, on the page's steady clock.
    #[wasm_bindgen(method, getter)]
    fn sent(this: &Early) -> f64;

    /// Nobody waits for it any more.
    #[wasm_bindgen(method)]
    pub(crate) fn abort(this: &Early);
}

impl Early {
    /// When it was sent.
    pub(crate) fn moment(&self) -> Moment {
        clock::moment(self.sent())
    }
}

#[cfg(feature = "component")]
#[wasm_bindgen(module = "/src/wire.js")]
extern "C" {
    /// The same, where there is no loader to bring it.
    #[wasm_bindgen(thread_local_v2, js_name = wire)]
    pub(crate) static WIRE: Wire;
}

/// Waits for the answer of [`Wire::ask`], and reads it.
pub(crate) async fn heard(promise: Promise) -> Result<Heard, Trouble> {
    let answered: Array = JsFuture::from(promise).await.map_err(|why| trouble(&why))?.unchecked_into();
    let text = |at| answered.get(at).as_string();
    let server_now = Some(text(1).and_then(|date| clock::http_date(&date)).unwrap_or_else(clock::payers_clock));
    let retry_after_ms = text(2).and_then(|text| match text.trim().parse::<i64>() {
        Ok(seconds) => Some(seconds.saturating_mul(1000)),
        Err(_) => Some(clock::http_date(&text)?.0 - server_now?.0),
    });
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an HTTP status; saturates")]
    let status = answered.get(0).as_f64().unwrap_or_default() as u16;
    read_answer(status, &text(3).unwrap_or_default())
        .map(|answer| Heard { answer, server_now })
        .map_err(|trouble| Trouble { retry_after_ms, ..trouble })
}

/// Why there is no answer, from the word that `wire.js` rejects with.
pub(crate) fn trouble(why: &JsValue) -> Trouble {
    match why.as_string().as_deref() {
        Some("build") => Problem::new(ProblemCode::Config, "the request to the merchant cannot be built").into(),
        Some("cut") => Trouble::no_answer("the merchant's answer broke off"),
        _ => Trouble::no_answer("the request to the merchant failed in the network"),
    }
}
