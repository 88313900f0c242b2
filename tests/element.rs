//! The mounted element in a real browser: what it shows, and that its removal ends everything it started.
//!
//! The merchant here is the page's own `fetch` property, which the public contract has: it can do what no server can,
//! such as never settling or rejecting with a text.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use gopay_checkout::browser::Mounted;
use gopay_checkout::components::{InAppContext, ViewModel, card};
use gopay_checkout::config::Theme;
use gopay_checkout::payment::{Channel, Input, Screen, StateName, Trust};
use gopay_checkout::text::Lang;
use leptos::tachys::view::{Mountable, Render};
use wasm_bindgen::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = r#"
export function shop(answers) {
  const seen = { calls: [], aborted: 0, events: [] };
  seen.fetch = (request) => {
    seen.calls.push({ method: request.method, url: request.url, key: request.headers.get("Idempotency-Key"),
      authorization: request.headers.get("Authorization"), last: request.headers.get("Last-Event-ID") });
    request.signal.addEventListener("abort", () => { seen.aborted += 1; });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (request.url.endsWith("/events")) {
      return Promise.resolve(new Response("id: 7\nevent: status\ndata: " + seen.pushed + "\n\n"));
    }
    if (answer === "never") return new Promise(() => {});
    if (answer === "reject-text") return Promise.reject("blocked by an extension");
    if (answer === "401") return Promise.resolve(new Response("", { status: 401 }));
    if (answer === "redirected") {
      const page = new Response("<title>Masuk</title>");
      const to = { redirected: { value: true }, url: { value: "https://toko.example/login?next=v1.token" } };
      return Promise.resolve(Object.defineProperties(page, to));
    }
    if (answer === "throw") throw { odd: true };
    return Promise.resolve(new Response(answer, { status: 200, headers: { Date: new Date().toUTCString() } }));
  };
  return seen;
}
export function hear(element, seen) {
  for (const name of ["charge", "status", "settlement", "expire", "problem", "channel", "open"]) {
    element.addEventListener("gopay-" + name, (event) => seen.events.push(event.type + ":" + JSON.stringify(event.detail)));
  }
}
// Records listeners on window and document, and timers.
export function count(seen) {
  seen.open = new Set();
  const undo = [];
  for (const target of [window, document]) {
    const { addEventListener: add, removeEventListener: remove } = target;
    target.addEventListener = (type, listener, ...rest) => { seen.open.add(listener); return add.call(target, type, listener, ...rest); };
    target.removeEventListener = (type, listener, ...rest) => { seen.open.delete(listener); return remove.call(target, type, listener, ...rest); };
    undo.push(() => { delete target.addEventListener; delete target.removeEventListener; });
  }
  const { setTimeout: set, clearTimeout: clear } = window;
  window.setTimeout = (run, ms) => { const id = set(() => { seen.open.delete(id); run(); }, ms); seen.open.add(id); return id; };
  window.clearTimeout = (id) => { seen.open.delete(id); clear(id); };
  undo.push(() => { window.setTimeout = set; window.clearTimeout = clear; });
  return () => undo.forEach((f) => f());
}
export function attempt(work) { try { work(); return "went well"; } catch (error) { return "trapped"; } }
// The loader's card, with what can be paid marked, and what becomes of that.
export function paint_early(element, seen, path, tag, name, url) {
  const root = element.attachShadow({ mode: "open" });
  let inside = root.appendChild(document.createElement("div"));
  for (const part of path) {
    inside.append(document.createElement("p"));
    inside = inside.appendChild(document.createElement("div"));
    inside.className = part;
  }
  const early = document.createElement(tag);
  early.className = tag === "a" ? "button" : "qr";
  early.setAttribute(name, url);
  early.dataset.early = "";
  inside.append("before", early, "after");
  seen.early = early;
  seen.moved = 0;
  seen.set = 0;
  const observer = new MutationObserver((records) => {
    for (const { type, removedNodes, attributeName } of records) {
      if (type === "childList") seen.moved += [...removedNodes].filter((node) => node.contains(early)).length;
      else if (attributeName === name) seen.set += 1;
    }
  });
  observer.observe(root, { childList: true, attributes: true, subtree: true });
}
export function throw_when_set(text) { Object.defineProperty(text, "nodeValue", { set() { throw new Error("on purpose, by a test"); } }); }
export function click_that_throws(button) {
  const event = new MouseEvent("click", { bubbles: true, composed: true });
  Object.defineProperty(event, "target", { get() { throw new Error("on purpose, by a test"); } });
  setTimeout(() => button.dispatchEvent(event), 0);
}
export function in_seconds(seconds) { return new Date(Date.now() + (seconds + 7 * 3600) * 1000).toISOString().slice(0, 19).replace("T", " "); }
export function quietly() { addEventListener("error", (event) => { event.preventDefault(); event.stopImmediatePropagation(); }, { capture: true }); }
// A charge that the loader has sent, of a page that is hidden by now; and which inputs the core is fed.
export function hide(element, seen) {
  seen.inputs = [];
  element.debugInput = (input) => seen.inputs.push(input);
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
  return { key: "k", sent: performance.now(), tapped: 0, left: false, wait() {}, abort() {} };
}
export function show() { delete document.visibilityState; }
export function turn() { return new Promise((resolve) => setTimeout(resolve, 0)); }
"#)]
extern "C" {
    fn shop(answers: js_sys::Array) -> JsValue;
    fn hear(element: &HtmlElement, seen: &JsValue);
    fn count(seen: &JsValue) -> js_sys::Function;
    fn attempt(work: &JsValue) -> String;
    fn paint_early(element: &HtmlElement, seen: &JsValue, path: js_sys::Array, tag: &str, name: &str, url: &str);
    fn throw_when_set(text: &web_sys::Node);
    fn click_that_throws(button: &Element);
    fn in_seconds(seconds: f64) -> String;
    fn quietly();
    fn hide(element: &HtmlElement, seen: &JsValue) -> JsValue;
    fn show();
    fn turn() -> js_sys::Promise;
}

const QR: &str = "https://api.sandbox.midtrans.com/v2/gopay/t-1/qr-code";
const DEEPLINK: &str =
    "https://gopay.co.id/app/merchanttransfer?tref=A1%2F&callback_url=someapps%3A%2F%2Fcallback%3Forder_id%3D1";

fn charge(status: &str) -> String {
    format!(
        r#"{{"status_code":"201","order_id":"order-101","transaction_id":"t-1","gross_amount":"44000.00",
        "transaction_status":"{status}","actions":[{{"name":"generate-qr-code","url":"{QR}"}},
        {{"name":"deeplink-redirect","url":"{DEEPLINK}"}}]}}"#
    )
}

/// An element in the page, and the shop behind it.
struct Page {
    element: HtmlElement,
    shop: JsValue,
}

impl Page {
    fn new(answers: &[&str], attributes: &[(&str, &str)]) -> Self {
        let element: HtmlElement = document().create_element("div").unwrap().unchecked_into();
        for (name, value) in [
            ("order-id", "order-101"),
            ("charge-url", "/charge"),
            ("status-url", "/orders/{order_id}?t={transaction_id}"),
        ] {
            element.set_attribute(name, value).unwrap();
        }
        for (name, value) in attributes {
            element.set_attribute(name, value).unwrap();
        }
        let shop = shop(answers.iter().map(|answer| JsValue::from_str(answer)).collect());
        js_sys::Reflect::set(&element, &"fetch".into(), &get(&shop, "fetch")).unwrap();
        hear(&element, &shop);
        document().body().unwrap().append_child(&element).unwrap();
        Self { element, shop }
    }

    fn calls(&self) -> Vec<String> {
        list(&get(&self.shop, "calls"))
            .iter()
            .map(|call| format!("{} {}", text(&get(call, "method")), text(&get(call, "url"))))
            .collect()
    }

    fn events(&self) -> Vec<String> {
        list(&get(&self.shop, "events")).iter().map(text).collect()
    }

    fn aborted(&self) -> f64 {
        get(&self.shop, "aborted").as_f64().unwrap()
    }

    fn state(&self) -> String {
        self.element.get_attribute("state").unwrap_or_default()
    }

    fn find(&self, selector: &str) -> Option<Element> {
        self.element.shadow_root()?.query_selector(selector).unwrap()
    }

    fn words(&self, selector: &str) -> String {
        self.find(selector).and_then(|found| found.text_content()).unwrap_or_default()
    }

    /// Lets the browser go on until `done`; fails, with what is there, when it never is.
    async fn until(&self, what: &str, done: impl Fn(&Self) -> bool) {
        for _ in 0..5_000 {
            if done(self) {
                return;
            }
            JsFuture::from(turn()).await.unwrap();
        }
        panic!("never {what}: state {:?}, calls {:?}, events {:?}", self.state(), self.calls(), self.events());
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.element.remove();
    }
}

fn document() -> web_sys::Document {
    web_sys::window().unwrap().document().unwrap()
}

fn get(target: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(target, &name.into()).unwrap()
}

fn list(value: &JsValue) -> Vec<JsValue> {
    js_sys::Array::from(value).to_vec()
}

fn text(value: &JsValue) -> String {
    value.as_string().unwrap_or_default()
}

async fn turns(count: usize) {
    for _ in 0..count {
        JsFuture::from(turn()).await.unwrap();
    }
}

#[wasm_bindgen_test]
async fn a_pending_charge_shows_a_hot_linked_qr_code_with_its_alt_text() {
    let page = Page::new(&[&charge("pending")], &[("gross-amount", "44000"), ("channel", "qr")]);
    let _mounted = Mounted::on(page.element.clone());
    page.until("pending", |page| page.state() == "pending" && page.find("img").is_some()).await;
    let qr = page.find("img[part~=qr]").unwrap();
    assert_eq!(qr.get_attribute("src").as_deref(), Some(QR));
    let alt = qr.get_attribute("alt").unwrap();
    assert!(alt.contains("Rp44.000") && alt.contains("order-101"), "{alt}");
    assert_eq!(page.words("[part=amount]"), "Rp44.000");
    assert!(page.words("[part=help]").contains("masukkan PIN"));
    assert!(page.events()[0].starts_with("gopay-charge:"), "{:?}", page.events());
}

#[wasm_bindgen_test]
async fn a_deeplink_is_a_real_link_with_the_url_unmodified_and_a_switch_beside_it() {
    let page = Page::new(&[&charge("pending")], &[("channel", "deeplink")]);
    let _mounted = Mounted::on(page.element.clone());
    page.until("a link", |page| page.find("a[part~=button]").is_some()).await;
    let link = page.find("a[part~=button]").unwrap();
    assert_eq!(link.get_attribute("href").as_deref(), Some(DEEPLINK));
    assert_eq!(link.get_attribute("rel").as_deref(), Some("noopener"));
    assert_eq!(link.get_attribute("target").as_deref(), Some("_top"));
    assert_eq!(link.text_content().as_deref(), Some("Bayar dengan GoPay"));
    page.find("button[part~=switch]").unwrap().unchecked_into::<HtmlElement>().click();
    page.until("a QR code", |page| page.find("img[part~=qr]").is_some()).await;
    let told = r#"gopay-channel:{"order_id":"order-101","channel":"qr"}"#;
    page.until("the page to be told", |page| page.events().iter().any(|event| event == told)).await;
}

#[wasm_bindgen_test]
async fn an_unusable_attribute_is_a_visible_problem_and_nothing_is_asked() {
    let page = Page::new(&["never"], &[("gross-amount", "44.000")]);
    let _mounted = Mounted::on(page.element.clone());
    page.until("told", |page| !page.events().is_empty()).await;
    assert_eq!(page.state(), "problem");
    assert!(page.words("[part=status]").contains("Pembayaran belum siap"));
    let told = &page.events()[0];
    for part in ["\"code\":\"config\"", "gross-amount", "44.000", "44000"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(page.calls().is_empty());
}

#[wasm_bindgen_test]
async fn the_order_token_goes_to_the_merchant_and_each_attempt_has_its_key() {
    let page = Page::new(&[&charge("pending")], &[("order-token", "v1.token")]);
    let _mounted = Mounted::on(page.element.clone());
    page.until("a charge", |page| !page.calls().is_empty()).await;
    let call = &list(&get(&page.shop, "calls"))[0];
    assert_eq!(text(&get(call, "authorization")), "Bearer v1.token");
    assert_eq!(text(&get(call, "key")).len(), 36);
    assert!(page.calls()[0].starts_with("POST ") && page.calls()[0].ends_with("/charge"), "{:?}", page.calls());
}

#[wasm_bindgen_test]
async fn a_fresh_token_is_sent_with_the_next_request_and_nothing_begins_again() {
    let page = Page::new(&[&charge("pending")], &[("order-token", "v1.old")]);
    let mounted = Mounted::on(page.element.clone());
    page.until("pending", |page| page.state() == "pending" && page.events().len() == 2).await;
    let (calls, events) = (page.calls().len(), page.events());
    page.element.set_attribute("order-token", "v1.new").unwrap();
    page.element.set_attribute("credentials", "include").unwrap();
    mounted.attributes_changed();
    turns(20).await;
    assert_eq!((page.calls().len(), page.events(), page.state().as_str()), (calls, events, "pending"));
    mounted.refresh();
    page.until("asked", |page| page.calls().len() == calls + 1).await;
    let call = list(&get(&page.shop, "calls")).pop().unwrap();
    assert_eq!(text(&get(&call, "authorization")), "Bearer v1.new");
}

#[wasm_bindgen_test]
async fn removal_in_the_middle_of_a_charge_ends_the_request_and_tells_nothing() {
    let page = Page::new(&["never"], &[]);
    let mounted = Mounted::on(page.element.clone());
    page.until("a charge", |page| page.calls().len() == 1).await;
    mounted.unmount();
    turns(20).await;
    assert!((page.aborted() - 1.0).abs() < f64::EPSILON, "{}", page.aborted());
    assert_eq!((page.calls().len(), page.events().len()), (1, 0));
    assert!(page.find("[part=card]").is_none());
}

#[wasm_bindgen_test]
async fn after_removal_nobody_asks_any_more() {
    let page = Page::new(&[&charge("pending")], &[]);
    let mounted = Mounted::on(page.element.clone());
    page.until("pending", |page| page.state() == "pending").await;
    mounted.unmount();
    let before = page.calls().len();
    web_sys::window().unwrap().dispatch_event(&web_sys::Event::new("focus").unwrap()).unwrap();
    web_sys::window().unwrap().dispatch_event(&web_sys::Event::new("online").unwrap()).unwrap();
    turns(20).await;
    assert_eq!(page.calls().len(), before);
}

#[wasm_bindgen_test]
async fn removal_takes_every_listener_and_timer_along() {
    for state in ["charging", "pending", "settlement"] {
        let answer = if state == "charging" { "never".to_owned() } else { charge(state) };
        let page = Page::new(&[&answer], &[("events-url", "/events")]);
        let undo = count(&page.shop);
        let open = || get(&get(&page.shop, "open"), "size").as_f64().unwrap_or_default();
        let mounted = Mounted::on(page.element.clone());
        page.until(state, |page| page.state() == state).await;
        assert!(open() >= 5.0, "it listens while it is there: {}", open());
        mounted.unmount();
        let left = open();
        undo.call0(&JsValue::UNDEFINED).unwrap();
        assert!(left.abs() < f64::EPSILON, "{left} left after {state}");
    }
}

#[wasm_bindgen_test]
async fn a_page_that_hides_after_an_early_charge_was_sent_is_hidden_after_it() {
    let page = Page::new(&["never"], &[]);
    let early = hide(&page.element, &page.shop);
    turns(5).await;
    let _mounted = Mounted::new(page.element.clone(), Some(early.unchecked_into()));
    show();
    let inputs: Vec<_> = list(&get(&page.shop, "inputs")).iter().filter_map(JsValue::as_f64).collect();
    let place_of = |input: &Input| inputs.iter().position(|it| (it - f64::from(input.number())).abs() < 0.5).unwrap();
    assert!(place_of(&Input::Started) < place_of(&Input::Hidden), "time does not run backwards: {inputs:?}");
}

#[wasm_bindgen_test]
async fn the_ids_of_one_transactions_events_are_not_sent_for_another() {
    let second = charge("pending").replace("\"t-1\"", "\"t-2\"");
    let page = Page::new(&[&charge("pending"), &second], &[("events-url", "/events")]);
    js_sys::Reflect::set(&page.shop, &"pushed".into(), &charge("expire").replace('\n', "").into()).unwrap();
    let mounted = Mounted::on(page.element.clone());
    page.until("expired", |page| page.state() == "expire").await;
    mounted.retry();
    let streams = |page: &Page| -> Vec<_> {
        let calls = list(&get(&page.shop, "calls"));
        let streams = calls.iter().filter(|call| text(&get(call, "url")).ends_with("/events"));
        streams.map(|call| get(call, "last").as_string()).collect()
    };
    page.until("a second stream", |page| streams(page).len() >= 2).await;
    assert_eq!(streams(&page)[..2], [None, None]);
}

#[wasm_bindgen_test]
async fn coming_back_to_the_window_asks_at_once() {
    let page = Page::new(&[&charge("pending"), &charge("settlement")], &[]);
    let _mounted = Mounted::on(page.element.clone());
    page.until("pending", |page| page.state() == "pending").await;
    web_sys::window().unwrap().dispatch_event(&web_sys::Event::new("focus").unwrap()).unwrap();
    page.until("settled", |page| page.state() == "settlement").await;
    assert!(page.calls()[1].ends_with("/orders/order-101?t=t-1"), "{:?}", page.calls());
    assert!(page.words("[part=status]").contains("Pembayaran berhasil"));
    page.until("told", |page| page.events().iter().any(|event| event.starts_with("gopay-settlement:"))).await;
}

#[wasm_bindgen_test]
async fn a_fetch_that_rejects_with_a_text_or_throws_is_an_unreachable_merchant() {
    for odd in ["reject-text", "throw"] {
        let page = Page::new(&[odd], &[]);
        let _mounted = Mounted::on(page.element.clone());
        page.until("told", |page| page.events().iter().any(|event| event.contains("merchant-unreachable"))).await;
        assert_eq!(page.state(), "charging", "it goes on trying");
        assert!(page.find("button[part~=button]").is_some(), "and says how to try now");
    }
}

#[wasm_bindgen_test]
async fn a_problem_says_what_only_the_browser_knows_of_its_cause() {
    let token = ("order-token", "v1.token");
    for (answer, attributes, says, says_not) in [
        ("reject-text", &[][..], "CORS must allow Authorization, Content-Type, Idempotency-Key", "token"),
        ("401", &[], "no order-token is set", "CORS"),
        ("401", &[token], "401", "no order-token"),
        ("redirected", &[token], "the request was redirected", "v1.token"),
    ] {
        let page = Page::new(&[answer], attributes);
        let _mounted = Mounted::on(page.element.clone());
        page.until("told", |page| !page.events().is_empty()).await;
        let told = &page.events()[0];
        assert!(told.contains(says) && !told.contains(says_not), "{answer}: {told}");
    }
}

#[wasm_bindgen_test]
async fn an_element_inserted_in_a_listener_of_another_outlives_it() {
    let first = Page::new(&[&charge("pending")], &[("channel", "deeplink")]);
    let second = Page::new(&[&charge("pending"), &charge("settlement")], &[]);
    let mounted: std::rc::Rc<std::cell::RefCell<Option<Mounted>>> = std::rc::Rc::default();
    let (inner, element) = (mounted.clone(), second.element.clone());
    let insert = Closure::<dyn FnMut()>::new(move || *inner.borrow_mut() = Some(Mounted::on(element.clone())));
    // The one event that is told while a handler of the first is still running.
    first.element.add_event_listener_with_callback("gopay-open", insert.as_ref().unchecked_ref()).unwrap();
    let outer = Mounted::on(first.element.clone());
    first.until("a link", |page| page.find("a[part~=button]").is_some()).await;
    first.find("a[part~=button]").unwrap().set_attribute("href", "#paid").unwrap();
    first.find("a[part~=button]").unwrap().unchecked_into::<HtmlElement>().click();
    second.until("pending", |page| page.state() == "pending").await;
    outer.unmount();
    mounted.borrow().as_ref().unwrap().refresh();
    second.until("settled", |page| page.words("[part=status]").contains("Pembayaran berhasil")).await;
}

#[wasm_bindgen_test]
async fn two_elements_on_a_page_know_nothing_of_each_other() {
    let first = Page::new(&[&charge("settlement")], &[]);
    let second = Page::new(&["never"], &[]);
    let _mounted = (Mounted::on(first.element.clone()), Mounted::on(second.element.clone()));
    first.until("settled", |page| page.state() == "settlement").await;
    assert_eq!(second.state(), "charging");
}

#[wasm_bindgen_test]
async fn of_two_elements_on_one_order_one_asks_and_both_show_the_truth() {
    let listens = Page::new(&[&charge("pending"), &charge("settlement")], &[]);
    let leads = Page::new(&[&charge("pending"), &charge("pending"), &charge("settlement")], &[]);
    // Both are looked at; the one that comes last takes the lead.
    let _mounted = (Mounted::on(listens.element.clone()), Mounted::on(leads.element.clone()));
    leads.until("asked by the one that leads", |page| page.calls().len() == 2).await;
    assert_eq!(listens.calls().len(), 1, "the other only listens");
    leads.until("settled for the one that leads", |page| page.state() == "settlement").await;
    listens.until("settled for the one that listens", |page| page.state() == "settlement").await;
    assert_eq!(listens.calls().len(), 2, "it was told that there is something new, and asked for itself");
}

#[wasm_bindgen_test]
async fn a_panic_ends_one_element_says_so_there_and_leaves_the_others_alive() {
    let fails = Page::new(&[&charge("pending")], &[]);
    let goes_on = Page::new(&[&charge("pending"), &charge("settlement")], &[("charge-url", "/another/charge")]);
    let (failing, going_on) = (Mounted::on(fails.element.clone()), Mounted::on(goes_on.element.clone()));
    fails.until("pending", |page| page.state() == "pending").await;
    goes_on.until("pending", |page| page.state() == "pending").await;
    let panics = Closure::once_into_js(move || failing.run_guarded::<()>(|| panic!("on purpose, by a test")));
    assert_eq!(attempt(&panics), "trapped");
    fails.until("told to the payer", |page| page.state() == "problem").await;
    assert!(fails.words("[part=status]").contains("Terjadi kesalahan") && fails.find("img").is_none());
    assert_eq!(fails.words("button[part=button]"), "Muat ulang halaman");
    fails.until("told", |page| page.events().iter().any(|event| event.contains("\"code\":\"internal\""))).await;
    going_on.refresh();
    goes_on.until("settled", |page| page.words("[part=status]").contains("Pembayaran berhasil")).await;
    let asked = fails.calls().len();
    web_sys::window().unwrap().dispatch_event(&web_sys::Event::new("focus").unwrap()).unwrap();
    turns(20).await;
    assert_eq!(fails.calls().len(), asked, "what failed asks no more");
}

/// Places in which a panic happens.
#[derive(Clone, Copy, Debug)]
enum Where {
    Effect,
    Handler,
    Timer,
}

/// Two elements, and a panic in one of them: that one ends, the other is paid.
async fn ends_alone(panics_in: Where) {
    quietly();
    let pending = charge("pending").replacen('{', &format!(r#"{{"expiry_time":"{}","#, in_seconds(200.0)), 1);
    let fails = Page::new(&[&pending], &[("channel", "deeplink")]);
    let goes_on = Page::new(&[&pending, &charge("settlement")], &[("charge-url", "/another/charge")]);
    let (failing, going_on) = (Mounted::on(fails.element.clone()), Mounted::on(goes_on.element.clone()));
    fails.until("a link", |page| page.find("a[part~=button]").is_some()).await;
    goes_on.until("pending", |page| page.state() == "pending").await;
    match panics_in {
        Where::Effect => {
            throw_when_set(&fails.find("[part~=help] span").unwrap().first_child().unwrap());
            fails.element.set_attribute("lang", "en").unwrap();
            assert_eq!(attempt(&Closure::once_into_js(move || failing.attributes_changed())), "trapped");
        }
        Where::Handler => click_that_throws(&fails.find("button[part=switch]").unwrap()),
        Where::Timer => throw_when_set(&fails.find("time").unwrap().first_child().unwrap()),
    }
    fails.until("told to the payer", |page| page.state() == "problem").await;
    assert!(fails.find("a[part~=button]").is_none() && fails.find("button[part=button]").is_some());
    fails.until("told", |page| page.events().iter().any(|event| event.contains("\"code\":\"internal\""))).await;
    going_on.refresh();
    goes_on.until("settled", |page| page.state() == "settlement").await;
    assert!(goes_on.words("[part=status]").contains("Pembayaran berhasil"));
}

#[wasm_bindgen_test]
async fn a_panic_in_an_effect_ends_that_element_alone() {
    ends_alone(Where::Effect).await;
}

#[wasm_bindgen_test]
async fn a_panic_in_an_event_handler_ends_that_element_alone() {
    ends_alone(Where::Handler).await;
}

#[wasm_bindgen_test]
async fn a_panic_in_a_timer_ends_that_element_alone() {
    ends_alone(Where::Timer).await;
}

#[wasm_bindgen_test]
async fn what_the_loader_painted_is_taken_over_where_it_stands() {
    for (channel, path, tag, name, url) in [
        ("qr", ["card", "figure", "quiet-zone"].as_slice(), "img", "src", QR),
        ("deeplink", ["card", "actions"].as_slice(), "a", "href", DEEPLINK),
    ] {
        let page = Page::new(&[&charge("pending")], &[("channel", channel)]);
        let path = path.iter().map(|part| JsValue::from_str(part)).collect();
        paint_early(&page.element, &page.shop, path, tag, name, url);
        let early: Element = get(&page.shop, "early").unchecked_into();
        let mounted = Mounted::on(page.element.clone());
        page.until("taken over", |page| page.find("[data-early]").is_none()).await;
        assert!(page.find(tag).is_some_and(|shown| shown == early), "{channel}: it is the same element");
        for seen in ["moved", "set"] {
            assert_eq!(get(&page.shop, seen).as_f64(), Some(0.0), "{channel}: {seen}");
        }
        let parts = page.element.shadow_root().unwrap().query_selector_all("[part=card] > *").unwrap();
        let classes: Vec<_> =
            (0..parts.length()).map(|at| parts.item(at).unwrap().unchecked_into::<Element>().class_name()).collect();
        assert_eq!(
            classes,
            ["", "summary", "figure", "status", "timer notranslate left-", "spoken", "actions", "help", ""],
            "{channel}: in their order, and nothing beside them"
        );
        assert!(!page.words("[part=card]").contains("before") && !page.words("[part=card]").contains("after"));
        drop(mounted);
        assert!(page.find("*").is_none(), "{channel}: it ends as what we made ourselves");
    }
}

#[wasm_bindgen_test]
async fn what_the_loader_painted_and_is_not_so_goes() {
    let page = Page::new(&[&charge("pending")], &[("channel", "qr")]);
    let path = ["card", "figure", "quiet-zone"].map(JsValue::from_str).into_iter().collect();
    paint_early(&page.element, &page.shop, path, "img", "src", "data:,");
    let _mounted = Mounted::on(page.element.clone());
    page.until("another picture", |page| page.find("[data-early]").is_none() && page.find("img").is_some()).await;
    let pictures = page.element.shadow_root().unwrap().query_selector_all("img").unwrap();
    assert_eq!((pictures.length(), page.find("img").unwrap().get_attribute("src").as_deref()), (1, Some(QR)));
}

#[wasm_bindgen_test]
fn a_picture_that_is_loaded_anew_is_another_element_and_one_that_ticks_is_the_same() {
    let page = Page::new(&["never"], &[]);
    let model = |tries, seconds_left| ViewModel {
        screen: Screen {
            qr: Trust::default().qr(QR).map(|url| (url, tries)),
            ..Screen::empty(StateName::Pending, Channel::Qr)
        },
        seconds_left: Some(seconds_left),
        lang: Lang::Id,
        theme: Theme::Auto,
        place: InAppContext::default(),
        copied: None,
        utc_offset: gopay_contract::JakartaTime::UTC_OFFSET,
    };
    let picture = || page.element.query_selector("img").unwrap().unwrap();
    let mut view = card(&model(0, 100)).build();
    view.mount(&page.element, None);
    let first = picture();
    card(&model(0, 99)).rebuild(&mut view);
    assert!(picture() == first);
    card(&model(1, 98)).rebuild(&mut view);
    assert!(picture() != first);
}

#[wasm_bindgen_test]
async fn a_stream_that_is_opened_again_says_where_it_left_off() {
    let page = Page::new(&[&charge("pending")], &[("events-url", "/events")]);
    js_sys::Reflect::set(&page.shop, &"pushed".into(), &charge("pending").replace('\n', " ").into()).unwrap();
    let _mounted = Mounted::on(page.element.clone());
    let streams = |page: &Page| {
        list(&get(&page.shop, "calls"))
            .into_iter()
            .filter(|call| text(&get(call, "url")).ends_with("/events"))
            .collect::<Vec<_>>()
    };
    page.until("opened again", |page| streams(page).len() == 2).await;
    let last: Vec<_> = streams(&page).iter().map(|call| get(call, "last").as_string()).collect();
    assert_eq!(last, [None, Some("7".to_owned())]);
}

#[wasm_bindgen_test]
async fn mounting_again_into_the_same_element_leaves_one_card() {
    let page = Page::new(&[&charge("pending")], &[]);
    for _ in 0..3 {
        let mounted = Mounted::on(page.element.clone());
        page.until("a card", |page| page.find("[part=card]").is_some()).await;
        mounted.unmount();
    }
    let _mounted = Mounted::on(page.element.clone());
    page.until("a card", |page| page.find("[part=card]").is_some()).await;
    let cards = page.element.shadow_root().unwrap().query_selector_all("[part=card]").unwrap().length();
    assert_eq!(cards, 1);
}

#[wasm_bindgen_test]
async fn another_language_is_painted_without_another_charge() {
    let page = Page::new(&[&charge("pending")], &[("channel", "deeplink")]);
    let mounted = Mounted::on(page.element.clone());
    page.until("a link", |page| page.find("a[part~=button]").is_some()).await;
    page.element.set_attribute("lang", "en").unwrap();
    mounted.attributes_changed();
    page.until("in English", |page| page.words("a[part~=button]") == "Pay with GoPay").await;
    assert_eq!(page.calls().len(), 1);
    page.element.set_attribute("order-id", "order-1").unwrap();
    mounted.attributes_changed();
    page.until("asked for the other order", |page| page.calls().len() == 2).await;
}

#[wasm_bindgen_test]
async fn the_deeplink_tells_the_page_first_and_the_page_may_prevent_it() {
    let page = Page::new(&[&charge("pending")], &[("channel", "deeplink")]);
    let _mounted = Mounted::on(page.element.clone());
    page.until("a link", |page| page.find("a[part~=button]").is_some()).await;
    let prevent = Closure::<dyn FnMut(web_sys::Event)>::new(|event: web_sys::Event| event.prevent_default());
    page.element.add_event_listener_with_callback("gopay-open", prevent.as_ref().unchecked_ref()).unwrap();
    page.find("a[part~=button]").unwrap().unchecked_into::<HtmlElement>().click();
    assert!(page.events().iter().any(|event| event.starts_with("gopay-open:") && event.contains(DEEPLINK)));
}

#[wasm_bindgen_test]
async fn the_stylesheet_is_constructed_and_shared() {
    let (first, second) = (Page::new(&["never"], &[]), Page::new(&["never"], &[]));
    let _mounted = (Mounted::on(first.element.clone()), Mounted::on(second.element.clone()));
    let sheet =
        |page: &Page| js_sys::Array::from(&get(&page.element.shadow_root().unwrap(), "adoptedStyleSheets")).get(0);
    assert!(!sheet(&first).is_undefined() && sheet(&first) == sheet(&second));
    assert_eq!(first.element.shadow_root().unwrap().query_selector_all("style,[style]").unwrap().length(), 0);
}
