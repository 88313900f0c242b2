//! `Checkout` in a Leptos application, in a real browser: its callbacks, its props while it is mounted, its placeholder and
//! its end.
//!
//! The merchant is put in the place of the page's `fetch`; it knows each order by its id, which stands in all URLs.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use gopay_checkout::Checkout;
use gopay_checkout::payment::{HostEvent, StateName};
use js_sys::Reflect;
use leptos::mount::{UnmountHandle, mount_to};
use leptos::prelude::*;
use leptos::tachys::view::any_view::AnyView;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, Event, HtmlElement};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = r#"
const browsers = window.fetch;
const orders = new Map();
/** Makes the merchant know this order; `status` "never" is an answer that never comes. */
export function order(id, settings) {
  const known = { id, status: "pending", amount: "44000.00", qr: "https://api.midtrans.com/v2/gopay/t-1/qr-code",
    calls: [], tokens: [], aborted: 0, ...settings };
  orders.set(id, known);
  window.fetch = async (request) => {
    const [, id, endpoint] = /\/(order-[a-z0-9]+)\/([a-z]+)$/.exec(request.url) ?? [];
    const order = orders.get(id);
    if (!order) return browsers.call(window, request);
    order.calls.push(`${request.method} ${endpoint}`);
    order.tokens.push(request.headers.get("Authorization"));
    request.signal.addEventListener("abort", () => { order.aborted += 1; });
    if (order.status === "never") return new Promise(() => {});
    return new Response(JSON.stringify({ status_code: "200", order_id: id, transaction_id: `t-${id}`,
      gross_amount: order.amount, transaction_status: order.status, fraud_status: "accept",
      actions: [{ name: "generate-qr-code", url: order.qr },
        { name: "deeplink-redirect", url: "https://gopay.co.id/app/merchanttransfer?tref=A1" }] }));
  };
  return known;
}
/** The names of all host events that arrive at `root`. */
export function dispatched(root) {
  const names = [];
  for (const name of ["charge", "status", "settlement", "expire", "cancel", "deny", "refund", "channel", "problem"]) {
    root.addEventListener(`gopay-${name}`, (event) => names.push(event.type));
  }
  return names;
}
/** Returns whether it is displayed: it has a box. */
export const isSeen = (element) => element.getClientRects().length > 0;
/** Number of times that the page has tried to load this URL. */
export const loads = (url) => performance.getEntriesByName(url, "resource").length;
export const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
"#)]
extern "C" {
    fn order(id: &str, settings: &JsValue) -> JsValue;
    fn dispatched(root: &Element) -> js_sys::Array;
    #[wasm_bindgen(js_name = isSeen)]
    fn is_seen(element: &Element) -> bool;
    fn loads(url: &str) -> usize;
    fn turn() -> js_sys::Promise;
}

/// An order of the shop, as the merchant knows it.
#[derive(Clone)]
struct Order {
    id: &'static str,
    known: JsValue,
}

impl Order {
    fn new(id: &'static str) -> Self {
        Self { id, known: order(id, &js_sys::Object::new()) }
    }

    /// Sets the answers of the merchant from now on.
    fn set(&self, name: &str, value: &str) {
        assert!(Reflect::set(&self.known, &name.into(), &value.into()).unwrap());
    }

    fn texts(&self, name: &str) -> Vec<Option<String>> {
        let list = Reflect::get(&self.known, &name.into()).unwrap();
        js_sys::Array::from(&list).iter().map(|text| text.as_string()).collect()
    }

    /// Every request about it: method and endpoint.
    fn calls(&self) -> Vec<String> {
        self.texts("calls").into_iter().flatten().collect()
    }

    /// The `Authorization` of each.
    fn tokens(&self) -> Vec<Option<String>> {
        self.texts("tokens")
    }

    fn aborted(&self) -> f64 {
        Reflect::get(&self.known, &"aborted".into()).unwrap().as_f64().unwrap()
    }

    fn charge_url(&self) -> String {
        format!("/{}/charge", self.id)
    }
}

/// A Leptos application in the page.
struct Page {
    root: HtmlElement,
    app: Option<Box<dyn std::any::Any>>,
}

impl Page {
    fn shows(app: impl FnOnce() -> AnyView + 'static) -> Self {
        let document = web_sys::window().unwrap().document().unwrap();
        let root: HtmlElement = document.create_element("div").unwrap().unchecked_into();
        document.body().unwrap().append_child(&root).unwrap();
        let handle: UnmountHandle<_> = mount_to(root.clone(), app);
        Self { root, app: Some(Box::new(handle)) }
    }

    /// The component's own element, of the order that it is for.
    fn checkout(&self, order: &Order) -> Option<Element> {
        self.root.query_selector(&format!("[order-id='{}']", order.id)).unwrap()
    }

    fn state(&self, order: &Order) -> Option<StateName> {
        let state = self.checkout(order)?.get_attribute("state")?;
        StateName::ALL.into_iter().find(|it| it.as_str() == state)
    }

    fn find(&self, order: &Order, selector: &str) -> Option<Element> {
        self.checkout(order)?.shadow_root()?.query_selector(selector).unwrap()
    }

    fn words(&self, order: &Order, selector: &str) -> String {
        self.find(order, selector).and_then(|found| found.text_content()).unwrap_or_default()
    }

    /// Lets the browser go on until `done`; fails, with what is there, when it never is.
    async fn until(&self, what: &str, done: impl Fn(&Self) -> bool) {
        for _ in 0..5_000 {
            if done(self) {
                return;
            }
            JsFuture::from(turn()).await.unwrap();
        }
        panic!("never {what}: {}", self.root.inner_html());
    }

    async fn until_state(&self, order: &Order, state: StateName) {
        self.until(state.as_str(), |page| page.state(order) == Some(state)).await;
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        drop(self.app.take());
        self.root.remove();
    }
}

/// Somebody comes back to the window: each checkout asks at once.
fn comes_back() {
    let window = web_sys::window().unwrap();
    window.dispatch_event(&Event::new("focus").unwrap()).unwrap();
}

async fn turns(count: usize) {
    for _ in 0..count {
        JsFuture::from(turn()).await.unwrap();
    }
}

/// Calls of the nine callbacks: the name of the DOM event, and the event.
#[derive(Clone, Default)]
struct Received(Rc<RefCell<Vec<(&'static str, HostEvent)>>>);

impl Received {
    fn by(&self, name: &'static str) -> Callback<HostEvent> {
        let heard = StoredValue::new_local(self.clone());
        Callback::new(move |event| heard.with_value(|heard| heard.0.borrow_mut().push((name, event))))
    }

    fn names(&self) -> Vec<&'static str> {
        self.0.borrow().iter().map(|(name, _)| *name).collect()
    }
}

/// A page that listens by all nine callbacks.
fn listening(order: &Order, heard: &Received) -> Page {
    let (order, heard) = (order.clone(), heard.clone());
    Page::shows(move || {
        view! {
            <Checkout
                order_id=order.id
                charge_url=order.charge_url()
                status_url="/{order_id}/status"
                gross_amount=44000u64
                channel="deeplink"
                on_charge=heard.by("gopay-charge")
                on_status=heard.by("gopay-status")
                on_settlement=heard.by("gopay-settlement")
                on_expire=heard.by("gopay-expire")
                on_cancel=heard.by("gopay-cancel")
                on_deny=heard.by("gopay-deny")
                on_refund=heard.by("gopay-refund")
                on_channel=heard.by("gopay-channel")
                on_problem=heard.by("gopay-problem")
            />
        }
        .into_any()
    })
}

/// Waits until the callbacks have heard these, and nothing else; the DOM events are the same.
async fn receives(page: &Page, heard: &Received, dispatched: &js_sys::Array, names: &[&str]) {
    page.until(&format!("{names:?}"), |_| heard.names().len() >= names.len()).await;
    turns(5).await;
    assert_eq!(heard.names(), names);
    let dispatched: Vec<_> = dispatched.iter().map(|name| name.as_string().unwrap()).collect();
    assert_eq!(dispatched, names);
    for (name, event) in heard.0.borrow().iter() {
        assert_eq!(*name, event.name(), "{event:?}");
    }
}

#[wasm_bindgen_test]
async fn each_end_of_a_payment_is_told_to_its_own_callback_and_to_no_other() {
    for (id, status, state, name) in [
        ("order-settlement", "settlement", StateName::Settlement, "gopay-settlement"),
        ("order-expire", "expire", StateName::Expire, "gopay-expire"),
        ("order-cancel", "cancel", StateName::Cancel, "gopay-cancel"),
        ("order-deny", "deny", StateName::Deny, "gopay-deny"),
        ("order-refund", "refund", StateName::Refund, "gopay-refund"),
    ] {
        let (order, heard) = (Order::new(id), Received::default());
        let page = listening(&order, &heard);
        let told = dispatched(&page.root);
        receives(&page, &heard, &told, &["gopay-charge", "gopay-status"]).await;
        order.set("status", status);
        comes_back();
        page.until_state(&order, state).await;
        receives(&page, &heard, &told, &["gopay-charge", "gopay-status", "gopay-status", name]).await;
        let heard = heard.0.borrow();
        let Some((_, HostEvent::Ended { transaction_status, gross_amount, .. })) = heard.last() else {
            panic!("{heard:?}")
        };
        assert_eq!((transaction_status.as_str(), gross_amount.rupiah()), (status, 44_000));
    }
}

#[wasm_bindgen_test]
async fn a_switch_of_the_channel_is_told_to_on_channel_and_to_no_other() {
    let (order, heard) = (Order::new("order-channel"), Received::default());
    let page = listening(&order, &heard);
    let told = dispatched(&page.root);
    page.until_state(&order, StateName::Pending).await;
    page.until("a switch", |page| page.find(&order, "[part=switch]").is_some()).await;
    page.find(&order, "[part=switch]").unwrap().unchecked_into::<HtmlElement>().click();
    receives(&page, &heard, &told, &["gopay-charge", "gopay-status", "gopay-channel"]).await;
}

#[wasm_bindgen_test]
async fn a_problem_is_told_to_on_problem_and_to_no_other() {
    let (order, heard) = (Order::new("order-problem"), Received::default());
    order.set("amount", "45000.00");
    let page = listening(&order, &heard);
    let told = dispatched(&page.root);
    receives(&page, &heard, &told, &["gopay-problem"]).await;
    let HostEvent::Problem(problem) = heard.0.borrow()[0].1.clone() else { panic!("{:?}", heard.names()) };
    assert_eq!(problem.code.as_str(), "amount-mismatch");
}

#[wasm_bindgen_test]
async fn a_callback_may_be_a_closure_and_may_remove_the_component() {
    let order = Order::new("order-closure");
    let shown = RwSignal::new(true);
    let page = {
        let order = order.clone();
        Page::shows(move || {
            let checkout = move || {
                shown.get().then(|| {
                    view! {
                        <Checkout
                            order_id=order.id
                            charge_url=order.charge_url()
                            status_url="/{order_id}/status"
                            on_charge=move |_| shown.set(false)
                        />
                    }
                })
            };
            checkout.into_any()
        })
    };
    page.until("removed by its own callback", |page| !shown.get_untracked() && page.checkout(&order).is_none()).await;
    let before = order.calls().len();
    comes_back();
    turns(20).await;
    assert_eq!(order.calls().len(), before, "nobody asks any more");
}

/// The props that change.
#[derive(Clone, Copy)]
struct Props {
    order_id: RwSignal<String>,
    order_token: RwSignal<Option<String>>,
    gross_amount: RwSignal<Option<u64>>,
    lang: RwSignal<Option<String>>,
}

/// A page whose props change.
fn changing(order: &Order) -> (Page, Props) {
    let props = Props {
        order_id: RwSignal::new(order.id.to_owned()),
        order_token: RwSignal::new(Some("v1.first".to_owned())),
        gross_amount: RwSignal::new(Some(44_000)),
        lang: RwSignal::new(None),
    };
    let page = Page::shows(move || {
        view! {
            <Checkout
                order_id=props.order_id
                order_token=props.order_token
                gross_amount=props.gross_amount
                lang=props.lang
                charge_url=Signal::derive(move || format!("/{}/charge", props.order_id.get()))
                status_url="/{order_id}/status"
                channel="deeplink"
            />
        }
        .into_any()
    });
    (page, props)
}

#[wasm_bindgen_test]
async fn another_order_id_begins_again_with_that_order_and_abandons_the_one_before() {
    let (first, second) = (Order::new("order-one"), Order::new("order-two"));
    first.set("status", "never");
    let (page, props) = changing(&first);
    page.until("charged", |_| first.calls() == ["POST charge"]).await;
    props.order_id.set(second.id.to_owned());
    page.until_state(&second, StateName::Pending).await;
    assert_eq!(second.calls()[0], "POST charge");
    assert!((first.aborted() - 1.0).abs() < f64::EPSILON, "the request about the first is ended");
    comes_back();
    turns(20).await;
    assert_eq!(first.calls(), ["POST charge"], "nobody asks about the first any more");
}

#[wasm_bindgen_test]
async fn another_order_token_is_sent_from_the_next_request_on() {
    let order = Order::new("order-token");
    let (page, props) = changing(&order);
    page.until_state(&order, StateName::Pending).await;
    props.order_token.set(Some("v1.second".to_owned()));
    turns(5).await;
    comes_back();
    page.until("asked with the other token", |_| order.tokens().last() == Some(&Some("Bearer v1.second".to_owned())))
        .await;
    assert_eq!(order.tokens()[0].as_deref(), Some("Bearer v1.first"));
}

#[wasm_bindgen_test]
async fn another_gross_amount_is_held_against_the_charge_again() {
    let order = Order::new("order-amount");
    let (page, props) = changing(&order);
    page.until_state(&order, StateName::Pending).await;
    props.gross_amount.set(Some(45_000));
    page.until_state(&order, StateName::Problem).await;
    assert!(page.find(&order, "a[part~=button]").is_none(), "what costs another amount cannot be paid");
    props.gross_amount.set(None);
    page.until_state(&order, StateName::Pending).await;
}

#[wasm_bindgen_test]
async fn another_lang_is_painted_and_nothing_is_asked() {
    let order = Order::new("order-lang");
    let (page, props) = changing(&order);
    page.until("a link", |page| page.words(&order, "a[part~=button]") == "Bayar dengan GoPay").await;
    let before = order.calls();
    props.lang.set(Some("en".to_owned()));
    page.until("in English", |page| page.words(&order, "a[part~=button]") == "Pay with GoPay").await;
    assert_eq!(order.calls(), before);
}

#[wasm_bindgen_test]
async fn cleanup_of_the_owner_ends_every_request() {
    let order = Order::new("order-cleanup");
    order.set("status", "never");
    let shown = RwSignal::new(true);
    let page = {
        let order = order.clone();
        Page::shows(move || {
            let checkout = move || {
                shown.get().then(|| {
                    view! {
                        <Checkout order_id=order.id charge_url=order.charge_url() status_url="/{order_id}/status" />
                    }
                })
            };
            checkout.into_any()
        })
    };
    page.until("charged", |_| order.calls().len() == 1).await;
    let div = page.checkout(&order).unwrap();
    assert_eq!(div.get_attribute("state").as_deref(), Some("charging"));
    shown.set(false);
    page.until("removed", |page| page.checkout(&order).is_none()).await;
    assert!((order.aborted() - 1.0).abs() < f64::EPSILON, "{}", order.aborted());
    assert!(div.shadow_root().unwrap().query_selector("[part=card]").unwrap().is_none());
    comes_back();
    turns(20).await;
    assert_eq!(order.calls(), ["POST charge"]);
}

#[wasm_bindgen_test]
async fn an_application_that_is_unmounted_takes_its_checkout_along() {
    let order = Order::new("order-unmount");
    let (mut page, _) = changing(&order);
    page.until_state(&order, StateName::Pending).await;
    let div = page.checkout(&order).unwrap();
    drop(page.app.take());
    turns(5).await;
    let before = order.calls();
    comes_back();
    turns(20).await;
    assert_eq!(order.calls(), before);
    assert!(div.shadow_root().unwrap().query_selector("[part=card]").unwrap().is_none());
}

#[wasm_bindgen_test]
async fn children_are_shown_until_the_checkout_is() {
    let order = Order::new("order-children");
    order.set("status", "never");
    let page = {
        let order = order.clone();
        Page::shows(move || {
            view! {
                <Checkout order_id=order.id charge_url=order.charge_url() status_url="/{order_id}/status">
                    <p id="placeholder">"Sebentar …"</p>
                </Checkout>
            }
            .into_any()
        })
    };
    let placeholder = page.root.query_selector("#placeholder").unwrap().unwrap();
    assert!(page.checkout(&order).is_none() && is_seen(&placeholder));
    page.until("a card", |page| page.find(&order, "[part=card]").is_some_and(|card| is_seen(&card))).await;
    assert!(placeholder.is_connected() && !is_seen(&placeholder));
}

#[wasm_bindgen_test]
async fn without_children_a_line_in_the_language_of_the_payer_is_shown_until_then() {
    for (lang, line) in [("id", "Menyiapkan"), ("en", "Preparing")] {
        let order = Order::new("order-line");
        let page = {
            let order = order.clone();
            Page::shows(move || {
                view! {
                    <Checkout order_id=order.id charge_url=order.charge_url() status_url="/{order_id}/status" lang=lang />
                }
                .into_any()
            })
        };
        let shown = page.root.text_content().unwrap();
        assert!(shown.contains(line), "{lang}: {shown}");
    }
}

#[wasm_bindgen_test]
async fn two_components_on_one_page_are_independent() {
    let (first, second) = (Order::new("order-left"), Order::new("order-right"));
    let (heard_first, heard_second) = (Received::default(), Received::default());
    let (page, other) = (listening(&first, &heard_first), listening(&second, &heard_second));
    page.until_state(&first, StateName::Pending).await;
    other.until_state(&second, StateName::Pending).await;
    first.set("status", "settlement");
    comes_back();
    page.until_state(&first, StateName::Settlement).await;
    page.until("told", |_| heard_first.names().contains(&"gopay-settlement")).await;
    assert!(!heard_second.names().contains(&"gopay-settlement"));
    assert_eq!(other.state(&second), Some(StateName::Pending));
    drop(page);
    second.set("status", "settlement");
    comes_back();
    other.until_state(&second, StateName::Settlement).await;
    other.until("told", |_| heard_second.names().contains(&"gopay-settlement")).await;
}

#[wasm_bindgen_test]
async fn a_qr_picture_that_fails_is_loaded_again_and_then_replaced_by_the_link() {
    let order = Order::new("order-picture");
    // The page's own origin may serve it, and has no such file.
    let missing = format!("{}/no-such-picture", web_sys::window().unwrap().location().origin().unwrap());
    order.set("qr", &missing);
    let page = {
        let order = order.clone();
        Page::shows(move || {
            view! {
                <Checkout order_id=order.id charge_url=order.charge_url() status_url="/{order_id}/status" channel="qr" />
            }
            .into_any()
        })
    };
    page.until("the link", |page| page.find(&order, "a[part~=button]").is_some()).await;
    assert_eq!(loads(&missing), 2, "the second try is not taken for the first, which has failed");
}

#[wasm_bindgen_test]
async fn nothing_is_charged_until_the_component_is_displayed() {
    let order = Order::new("order-hidden");
    let (is_shown, show) = signal(false);
    let of = order.clone();
    let page = Page::shows(move || {
        view! {
            <section hidden=move || !is_shown.get()>
                <Checkout order_id=of.id charge_url=of.charge_url() status_url="/{order_id}/status" channel="qr"/>
            </section>
        }
        .into_any()
    });
    turns(20).await;
    assert_eq!(order.calls(), Vec::<String>::new(), "nobody sees it");
    show.set(true);
    page.until_state(&order, StateName::Pending).await;
    assert_eq!(order.calls(), ["POST charge"]);
}
