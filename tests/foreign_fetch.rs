//! Pages whose `fetch` and `headers` throw, reject, or answer with objects of their own.
//! The checkout goes on wherever there is an answer to read, says what is wrong where there is none, and panics nowhere.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use gopay_checkout::browser::Mounted;
use js_sys::{Array, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::HtmlElement;

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = r#"
const answer = (transaction_status) => JSON.stringify({ status_code: "200", order_id: "order-101", transaction_id: "t-1",
  gross_amount: "44000.00", transaction_status, actions: transaction_status === "pending"
  ? [{ name: "deeplink-redirect", url: "https://gopay.co.id/app/merchanttransfer?tref=A1" }] : undefined });
const byHand = (more) => ({ status: 200, headers: new Headers(), text: async () => answer("pending"), ...more });
const pieces = (...texts) => {
  const all = texts.map((text) => (typeof text === "string" ? new TextEncoder().encode(text) : text));
  return { getReader: () => ({ read: async () => {
    const value = all.shift();
    if (value instanceof Error) throw value;
    return value ? { done: false, value } : new Promise(() => {});
  }, cancel: () => Promise.reject("not to be cancelled") }) };
};
const status = (transaction_status) => `event: status\ndata: ${answer(transaction_status)}\n\n`;

const FETCHES = {
  // There is an answer to read.
  "an object with three properties": () => byHand({}),
  "one whose text is no promise": () => byHand({ text: () => answer("pending") }),
  "one whose text is a thenable": () => byHand({ text: () => ({ then: (give) => give(answer("pending")) }) }),
  "one whose headers cannot be asked": () => byHand({ headers: {} }),
  "one whose headers throw": () => byHand({ headers: { get() { throw "no headers"; } } }),
  "one whose headers are numbers": () => byHand({ headers: { get: () => 7 } }),
  "no promise, but a thenable": () => ({ then: (give) => give(byHand({})) }),
  "a real response": () => Promise.resolve(new Response(answer("pending"))),
  // There is none.
  "a text": () => "pending",
  "nothing": () => undefined,
  "null": () => Promise.resolve(null),
  "a number": () => 200,
  "an empty object": () => ({}),
  "headers that throw": () => Object.defineProperty(byHand({}), "headers", { get() { throw {}; } }),
  "a status that throws": () => Object.defineProperty(byHand({}), "status", { get() { throw {}; } }),
  "a status without end": () => byHand({ status: 200n }),
  "a status that is a symbol": () => byHand({ status: Symbol("200") }),
  "a text that is no function": () => byHand({ text: "pending" }),
  "a text that throws": () => byHand({ text() { throw undefined; } }),
  "a text that rejects": () => byHand({ text: () => Promise.reject("cut") }),
  "a thenable that throws": () => ({ then() { throw null; } }),
  "a rejection with nothing": () => Promise.reject(),
  "a rejection with a response": () => Promise.reject(byHand({})),
  "an error at once": () => { throw new TypeError("blocked"); },
  "nothing thrown at once": () => { throw undefined; },
};

const BODIES = {
  "breaks off with an error": pieces(status("pending"), new Error("cut")),
  "has pieces that are no bytes": { getReader: () => ({ read: async () => ({ done: false, value: "text" }) }) },
  "has no pieces": { getReader: () => ({ read: async () => undefined }) },
  "reads nothing": { getReader: () => ({ read() { throw "no"; }, cancel() { throw "no"; } }) },
  "has a reader already": { getReader() { throw new TypeError("locked"); } },
  "is a text": "event: status",
};

const HEADERS = {
  "of the page": { "X-CSRF-Token": "abc", Accept: "text/html", Odd: 7, Missing: null },
  "of a function": () => ({ "X-CSRF-Token": "abc" }),
  "of a function that throws": () => { throw "no session"; },
  "that throw": new Proxy({}, { ownKeys() { throw "no keys"; } }),
  "with a name that is none": { "not a name": "abc" },
  "with a value that is none": { "X-Name": "caf\u00e9 \u{1f600}" },
};

export const names = (of) => Object.keys({ FETCHES, BODIES, HEADERS }[of]);
const tell = (element, seen) => element.addEventListener("gopay-problem", ({ detail }) => seen.problems.push(detail.code));

export function fetches(element, name) {
  const seen = { requests: [], problems: [] };
  element.fetch = FETCHES[name];
  tell(element, seen);
  return seen;
}

/** Pending, until the stream has been read; a status that is asked for says settlement. */
export function streams(element, name) {
  const seen = { requests: [], problems: [] };
  element.fetch = async ({ url, method }) => {
    seen.requests.push(url);
    if (url.endsWith("/events")) return { ok: true, status: 200, headers: new Headers(), text: async () => "", body: BODIES[name] };
    return new Response(answer(method === "POST" ? "pending" : "settlement"));
  };
  tell(element, seen);
  return seen;
}

export function adds(element, name) {
  const seen = { requests: [], problems: [] };
  element.headers = HEADERS[name];
  element.fetch = async ({ headers }) => {
    seen.requests.push(`${headers.get("X-CSRF-Token")} ${headers.get("Accept")} ${headers.get("Odd")} ${headers.get("Missing")}`);
    return new Response(answer("pending"));
  };
  tell(element, seen);
  return seen;
}

/** Its pieces come when the test lets them; `ended` says how it was left. */
export function pushes(element) {
  const seen = { requests: [], problems: [], ended: "no" };
  element.fetch = async ({ url }) => {
    if (!url.endsWith("/events")) return new Response(answer("pending"));
    const { read } = pieces(status("settlement").slice(0, 20), status("settlement").slice(20)).getReader();
    const reader = { read, cancel: async () => { seen.ended = "yes"; } };
    return { ok: true, status: 200, headers: { get: () => null }, text() {}, body: { getReader: () => reader } };
  };
  tell(element, seen);
  return seen;
}
export function turn() { return new Promise((resolve) => setTimeout(resolve, 0)); }
"#)]
extern "C" {
    fn names(of: &str) -> Array;
    fn fetches(element: &HtmlElement, name: &str) -> JsValue;
    fn streams(element: &HtmlElement, name: &str) -> JsValue;
    fn adds(element: &HtmlElement, name: &str) -> JsValue;
    fn pushes(element: &HtmlElement) -> JsValue;
    fn turn() -> js_sys::Promise;
}

/// A checkout whose merchant is the page's own `fetch`.
struct Page {
    element: HtmlElement,
    seen: JsValue,
    mounted: Option<Mounted>,
}

impl Page {
    fn new(attributes: &[(&str, &str)], prepare: impl FnOnce(&HtmlElement) -> JsValue) -> Self {
        let document = web_sys::window().unwrap().document().unwrap();
        let element: HtmlElement = document.create_element("div").unwrap().unchecked_into();
        // The link, not the QR code: no picture comes from a host that no test asks.
        let urls =
            [("order-id", "order-101"), ("charge-url", "/charge"), ("status-url", "/status"), ("channel", "deeplink")];
        for (name, value) in urls.iter().chain(attributes) {
            element.set_attribute(name, value).unwrap();
        }
        let seen = prepare(&element);
        document.body().unwrap().append_child(&element).unwrap();
        let mounted = Some(Mounted::on(element.clone()));
        Self { element, seen, mounted }
    }

    fn all(&self, what: &str) -> Vec<String> {
        Array::from(&Reflect::get(&self.seen, &what.into()).unwrap()).iter().filter_map(|it| it.as_string()).collect()
    }

    fn state(&self) -> String {
        self.element.get_attribute("state").unwrap_or_default()
    }

    /// Lets the browser go on until `done`; fails, with what is there, when it never is.
    async fn until(&self, what: &str, done: impl Fn(&Self) -> bool) {
        for _ in 0..5_000 {
            if done(self) {
                return;
            }
            JsFuture::from(turn()).await.unwrap();
        }
        panic!("never {what}: state {:?}, {:?}, {:?}", self.state(), self.all("problems"), self.all("requests"));
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.mounted.take();
        self.element.remove();
    }
}

fn all_names(of: &str) -> Vec<String> {
    names(of).iter().filter_map(|name| name.as_string()).collect()
}

#[wasm_bindgen_test]
async fn an_answer_is_read_by_what_it_has_and_where_it_has_too_little_the_merchant_is_unreachable() {
    let names = all_names("FETCHES");
    let (readable, unreadable) = names.split_at(names.iter().position(|name| name == "a text").unwrap());
    assert_eq!((readable.len(), unreadable.len()), (8, 17));
    for name in readable {
        let page = Page::new(&[], |element| fetches(element, name));
        page.until(&format!("pending with {name}"), |page| page.state() == "pending").await;
        assert_eq!(page.all("problems"), [""; 0], "{name}");
    }
    for name in unreadable {
        let page = Page::new(&[], |element| fetches(element, name));
        page.until(&format!("told of {name}"), |page| !page.all("problems").is_empty()).await;
        assert_eq!(
            (page.all("problems"), page.state()),
            (vec!["merchant-unreachable".to_owned()], "charging".to_owned()),
            "{name}"
        );
    }
}

#[wasm_bindgen_test]
async fn a_stream_that_is_none_is_lost_and_the_merchant_is_polled() {
    for name in all_names("BODIES") {
        let page = Page::new(&[("events-url", "/events")], |element| streams(element, &name));
        page.until(&format!("polled when the stream {name}"), |page| page.state() == "settlement").await;
        assert_eq!(page.all("problems"), [""; 0], "{name}");
    }
}

#[wasm_bindgen_test]
async fn a_stream_that_a_page_has_written_by_hand_settles_a_payment_and_is_ended() {
    let page = Page::new(&[("events-url", "/events")], pushes);
    page.until("settled", |page| page.state() == "settlement").await;
    page.until("ended", |page| Reflect::get(&page.seen, &"ended".into()).unwrap() == "yes").await;
}

#[wasm_bindgen_test]
async fn headers_of_the_page_go_along_below_our_own_and_those_that_throw_are_left_out() {
    for (name, expected) in [
        ("of the page", "abc application/json null null"),
        ("of a function", "abc application/json null null"),
        ("of a function that throws", "null application/json null null"),
        ("that throw", "null application/json null null"),
    ] {
        let page = Page::new(&[], |element| adds(element, name));
        page.until(&format!("pending with headers {name}"), |page| page.state() == "pending").await;
        assert_eq!(page.all("requests")[0], expected, "{name}");
    }
}

#[wasm_bindgen_test]
async fn headers_that_cannot_be_sent_are_a_problem_of_the_shops_configuration() {
    for name in ["with a name that is none", "with a value that is none"] {
        let page = Page::new(&[], |element| adds(element, name));
        page.until(&format!("told of headers {name}"), |page| !page.all("problems").is_empty()).await;
        assert_eq!((page.all("problems"), page.all("requests")), (vec!["config".to_owned()], Vec::new()), "{name}");
    }
}
