//! Tells the page: the reflected `state`, typed events, the console. Nothing after the element is gone.

use crate::payment::{News, Problem, ProblemCode, StateName, UnixMillis};
use crate::text::Lang;
use gopay_contract::{JakartaTime, OrderId};
use js_sys::{Array, Object, Reflect};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{CustomEvent, CustomEventInit, HtmlElement, console};

/// The element that the page knows.
#[derive(Clone)]
pub(crate) struct Host {
    element: HtmlElement,
    alive: Rc<Cell<bool>>,
}

impl Host {
    pub(crate) fn new(element: HtmlElement) -> Self {
        Self { element, alive: Rc::new(Cell::new(true)) }
    }

    /// From now on nothing is told any more, not even what is already queued.
    pub(crate) fn silence(&self) {
        self.alive.set(false);
    }

    /// Reflects `state`, for CSS and for whoever looks.
    pub(crate) fn reflect(&self, state: StateName) {
        if self.element.get_attribute("state").as_deref() != Some(state.as_str()) {
            // Fails only for a name that is no attribute name.
            let _set = self.element.set_attribute("state", state.as_str());
        }
    }

    /// Puts plain words in the place of a picture that can no longer be painted. No part of Leptos is asked to help.
    pub(crate) fn show_failure(&self) {
        let lang = self.element.closest("[lang]").ok().flatten().and_then(|found| found.get_attribute("lang"));
        let words = lang.as_deref().and_then(Lang::from_tag).unwrap_or(Lang::Id).words();
        let say = (words.problem)((ProblemCode::Internal, None));
        let _shown = self.element.shadow_root().and_then(|root| {
            let document = root.owner_document()?;
            let make = |tag: &str, part: &str, text: Option<&str>| {
                let made = document.create_element(tag).ok()?;
                made.set_attribute("part", part).ok()?;
                made.set_attribute("class", part).ok()?;
                made.set_text_content(text);
                Some(made)
            };
            let card = make("div", "card", None)?;
            card.set_attribute("data-state", "problem").ok()?;
            let status = make("div", "status", None)?;
            status.set_attribute("role", "alert").ok()?;
            let headline = make("p", "headline", Some(say.headline))?;
            let hint = make("p", "hint", Some(say.hint))?;
            let button = make("button", "button", Some(words.reload))?;
            let reload = Closure::once_into_js(|| {
                if let Some(window) = web_sys::window() {
                    let _reloading = window.location().reload();
                }
            });
            button.add_event_listener_with_callback("click", reload.unchecked_ref()).ok()?;
            status.append_child(&headline).ok()?;
            status.append_child(&hint).ok()?;
            card.append_child(&status).ok()?;
            card.append_child(&button).ok()?;
            root.replace_children_with_node_1(&card);
            Some(())
        });
    }

    /// Tells `news`, in a microtask after the state has settled: a listener may remove the element, or insert another.
    pub(crate) fn tell(&self, order_id: Option<&OrderId>, news: &News) {
        let detail = Object::new();
        if let Some(order_id) = order_id {
            put(&detail, "order_id", order_id.as_str());
        }
        let event = describe(news, &detail);
        let host = self.clone();
        spawn_local(async move {
            for _ in 0..2 {
                let _turn = JsFuture::from(js_sys::Promise::resolve(&JsValue::UNDEFINED)).await;
            }
            if host.alive.get() {
                host.dispatch(event, &detail, false);
            }
        });
    }

    /// `gopay-open`, while the payer's tap is still being handled: the page may prevent it. Whether it may go on.
    pub(crate) fn tell_open(&self, order_id: &OrderId, url: &str) -> bool {
        let detail = Object::new();
        put(&detail, "order_id", order_id.as_str());
        put(&detail, "url", url);
        self.dispatch("gopay-open", &detail, true)
    }

    fn dispatch(&self, name: &str, detail: &Object, cancelable: bool) -> bool {
        let init = CustomEventInit::new();
        init.set_bubbles(true);
        init.set_composed(true);
        init.set_cancelable(cancelable);
        init.set_detail(detail);
        CustomEvent::new_with_event_init_dict(name, &init)
            .and_then(|event| self.element.dispatch_event(&event))
            .unwrap_or(true)
    }
}

/// A problem in the console: loud where only the shop can mend it.
pub(crate) fn log(problem: &Problem) {
    let line = ["gopay-checkout: ", problem.code.as_str(), ": ", &problem.message].concat();
    match problem.code {
        ProblemCode::Config
        | ProblemCode::ServerKey
        | ProblemCode::UntrustedUrl
        | ProblemCode::AmountMismatch
        | ProblemCode::ChargeRejected
        | ProblemCode::MerchantRefused
        | ProblemCode::Internal => {
            console::error_1(&line.into());
        }
        ProblemCode::Offline | ProblemCode::MerchantUnreachable | ProblemCode::BadAnswer | ProblemCode::QrImage => {
            console::warn_1(&line.into());
        }
    }
}

fn put(detail: &Object, name: &str, value: impl Into<JsValue>) {
    // Fails only for a frozen object, and this one is ours.
    let _set = Reflect::set(detail, &name.into(), &value.into());
}

fn put_expiry(detail: &Object, expiry_time: Option<UnixMillis>) {
    if let Some(UnixMillis(ms)) = expiry_time {
        put(detail, "expiry_time", JakartaTime::from_unix_seconds(ms.div_euclid(1000)).to_text());
    }
}

/// Fills `detail`; gives back the event's name.
fn describe(news: &News, detail: &Object) -> &'static str {
    match news {
        News::Charge { transaction_id, gross_amount, expiry_time, channel, resumed } => {
            put(detail, "transaction_id", transaction_id.as_str());
            put(detail, "gross_amount", gross_amount.to_wire_text());
            put_expiry(detail, *expiry_time);
            put(detail, "channel", channel.as_str());
            put(detail, "resumed", *resumed);
            "gopay-charge"
        }
        News::Status { transaction_id, transaction_status, previous } => {
            put(detail, "transaction_id", transaction_id.as_str());
            put(detail, "transaction_status", transaction_status.as_str());
            put(detail, "previous", previous.as_ref().map_or(JsValue::NULL, |status| status.as_str().into()));
            "gopay-status"
        }
        News::Ended { transaction_id, transaction_status, previous, gross_amount } => {
            put(detail, "transaction_id", transaction_id.as_str());
            put(detail, "transaction_status", transaction_status.as_str());
            put(detail, "previous", previous.as_ref().map_or(JsValue::NULL, |status| status.as_str().into()));
            put(detail, "gross_amount", gross_amount.to_wire_text());
            match StateName::of(transaction_status) {
                StateName::Settlement => "gopay-settlement",
                StateName::Expire => "gopay-expire",
                StateName::Cancel => "gopay-cancel",
                StateName::Deny => "gopay-deny",
                StateName::Refund => "gopay-refund",
                StateName::Loading
                | StateName::Ready
                | StateName::Charging
                | StateName::Pending
                | StateName::Checking
                | StateName::Problem => "gopay-status",
            }
        }
        News::Channel(channel) => {
            put(detail, "channel", channel.as_str());
            "gopay-channel"
        }
        News::Problem(problem) => {
            describe_problem(problem, detail);
            "gopay-problem"
        }
    }
}

fn describe_problem(problem: &Problem, detail: &Object) {
    put(detail, "code", problem.code.as_str());
    put(detail, "message", problem.message.as_str());
    put(detail, "retryable", problem.is_retryable());
    put(detail, "http_status", problem.http_status.map_or(JsValue::NULL, JsValue::from));
    let code = problem.midtrans_status_code.map_or(JsValue::NULL, |code| code.0.to_string().into());
    put(detail, "midtrans_status_code", code);
    let messages: Array = problem.validation_messages.iter().map(|text| JsValue::from_str(text)).collect();
    put(detail, "validation_messages", messages);
}
