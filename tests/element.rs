//! The mounted element in a real browser: what it shows, and that its removal ends everything it started.
//!
//! The merchant here is the page's own `fetch` property, which the public contract has: it can do what no server can,
//! such as never settling or rejecting with a text.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use gopay_checkout::Checkout;
use gopay_checkout::browser::Mounted;
use leptos::prelude::*;
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
// What is listened to on window and document, and which timers are set, while `seen` looks.
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
export function turn() { return new Promise((resolve) => setTimeout(resolve, 0)); }
"#)]
extern "C" {
    fn shop(answers: js_sys::Array) -> JsValue;
    fn hear(element: &HtmlElement, seen: &JsValue);
    fn count(seen: &JsValue) -> js_sys::Function;
    fn attempt(work: &JsValue) -> String;
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
    assert!(page.words("[part=help]").contains("Masukkan PIN"));
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
    assert_eq!((link.text_content().as_deref(), link.get_attribute("target")), (Some("Bayar dengan GoPay"), None));
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
async fn removal_in_the_middle_of_a_charge_ends_the_request_and_tells_nothing() {
    let page = Page::new(&["never"], &[]);
    let mut mounted = Mounted::on(page.element.clone());
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
    let mut mounted = Mounted::on(page.element.clone());
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
        let mut mounted = Mounted::on(page.element.clone());
        page.until(state, |page| page.state() == state).await;
        assert!(open() >= 5.0, "it listens while it is there: {}", open());
        mounted.unmount();
        let left = open();
        undo.call0(&JsValue::UNDEFINED).unwrap();
        assert!(left.abs() < f64::EPSILON, "{left} left after {state}");
    }
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
async fn an_element_inserted_in_a_listener_of_another_outlives_it() {
    let first = Page::new(&[&charge("pending")], &[("channel", "deeplink")]);
    let second = Page::new(&[&charge("pending"), &charge("settlement")], &[]);
    let mounted: std::rc::Rc<std::cell::RefCell<Option<Mounted>>> = std::rc::Rc::default();
    let (inner, element) = (mounted.clone(), second.element.clone());
    let insert = Closure::<dyn FnMut()>::new(move || *inner.borrow_mut() = Some(Mounted::on(element.clone())));
    // The one event that is told while a handler of the first is still running.
    first.element.add_event_listener_with_callback("gopay-open", insert.as_ref().unchecked_ref()).unwrap();
    let mut outer = Mounted::on(first.element.clone());
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
    let panics = Closure::once_into_js(move || failing.attend::<()>(|| panic!("on purpose, by a test")));
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
        let mut mounted = Mounted::on(page.element.clone());
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
    let mut mounted = Mounted::on(page.element.clone());
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

#[wasm_bindgen_test]
async fn as_a_leptos_component_it_does_the_same_and_ends_with_its_owner() {
    let page = Page::new(&["never"], &[]);
    let root: HtmlElement = document().create_element("div").unwrap().unchecked_into();
    page.element.append_child(&root).unwrap();
    let handle = leptos::mount::mount_to(root.clone(), || {
        view! { <Checkout order_id="order-101" charge_url="/charge" status_url="/orders/{order_id}" gross_amount=44000u64 /> }
    });
    let found = || root.query_selector("[state]").unwrap();
    page.until("mounted", |_| found().is_some_and(|div| div.shadow_root().is_some())).await;
    let div = found().unwrap();
    assert_eq!(div.get_attribute("state").as_deref(), Some("charging"));
    let card = || div.shadow_root().unwrap().query_selector("[part=card]").unwrap();
    assert!(card().is_some());
    drop(handle);
    turns(5).await;
    assert!(card().is_none(), "the card went with its owner");
}
