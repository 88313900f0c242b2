//! What leaves the page and what comes back: `src/wire.js`, which the loader has too. The loader sends the first charge
//! while this code is still on its way, and what is sent twice must be written once.

use super::clock;
use crate::payment::{Heard, Moment, Problem, ProblemCode, Trouble, UnixMillis, read_answer};
use js_sys::{Array, Function, Object};
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{AbortSignal, HtmlElement};

#[wasm_bindgen]
extern "C" {
    /// The object of that name in `src/wire.js`.
    #[derive(Clone)]
    pub type Wire;

    /// Sends a request; `hear` gets what [`heard`] reads.
    #[wasm_bindgen(method)]
    pub(crate) fn ask(
        this: &Wire,
        element: &HtmlElement,
        method: &str,
        url: &str,
        own: &Array,
        body: Option<String>,
        signal: &AbortSignal,
        hear: &Function,
    );

    /// Opens a push stream, and reads it until `signal` or its end.
    #[wasm_bindgen(method)]
    pub(crate) fn watch(
        this: &Wire,
        element: &HtmlElement,
        url: &str,
        own: &Array,
        signal: &AbortSignal,
        hear: &Closure<dyn FnMut(String, JsValue) -> bool>,
    );

    /// Of interest to `src/debug.js` alone: the machine is told something, by its number in [`Input::NAMES`].
    ///
    /// [`Input::NAMES`]: crate::payment::Input::NAMES
    #[wasm_bindgen(method)]
    pub(crate) fn step(this: &Wire, element: &HtmlElement, input: u8);

    /// A random UUID.
    #[wasm_bindgen(method)]
    pub(crate) fn uuid(this: &Wire) -> String;

    /// Asks for a Web Lock.
    #[wasm_bindgen(method)]
    pub(crate) fn lock(this: &Wire, name: &str, options: &Object, granted: &JsValue, ended: &JsValue);

    /// A first charge that the loader has sent already.
    #[derive(Clone)]
    pub type Early;

    /// Its `Idempotency-Key`.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn key(this: &Early) -> String;

    /// As [`Wire::ask`] hears.
    #[wasm_bindgen(method)]
    pub(crate) fn wait(this: &Early, hear: &Function);

    /// When it was sent, on the page's steady clock.
    #[wasm_bindgen(method, getter)]
    fn sent(this: &Early) -> f64;

    /// Nobody waits for it any more.
    #[wasm_bindgen(method)]
    pub(crate) fn abort(this: &Early);

    #[wasm_bindgen(js_name = queueMicrotask)]
    fn queue_microtask(run: &JsValue);
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

/// Runs `work` once everything that is running now has ended.
pub(crate) fn soon(work: impl FnOnce() + 'static) {
    queue_microtask(&Closure::once_into_js(work));
}

/// Reads what [`Wire::ask`] tells.
pub(crate) fn heard(answered: &JsValue) -> Result<Heard, Trouble> {
    if let Some(why) = answered.as_string() {
        return Err(match why.as_str() {
            "build" => Problem::new(ProblemCode::Config, "the request to the merchant cannot be built").into(),
            "cut" => Trouble::no_answer("the merchant's answer broke off"),
            _ => Trouble::no_answer("the request to the merchant failed in the network"),
        });
    }
    let answered: &Array = answered.unchecked_ref();
    let text = |at| answered.get(at).as_string();
    // An early charge may have been answered while this code was still on its way; the server's clock has gone on since.
    let since = answered.get(4).as_f64().map_or(0, |came| clock::now().since(clock::moment(came)));
    let date = text(1).and_then(|date| clock::http_date(&date)).map(|UnixMillis(ms)| UnixMillis(ms + since));
    let server_now = Some(date.unwrap_or_else(clock::payers_clock));
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
