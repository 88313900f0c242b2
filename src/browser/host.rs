//! Tells the page: the reflected `state`, typed events, the console. Nothing after the element is gone.

use super::wire::soon;
use crate::payment::{News, Problem, ProblemCode, StateName, UnixMillis};
use gopay_contract::{JakartaTime, OrderId};
use js_sys::{Array, Object, Reflect};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
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

    /// The element itself.
    pub(crate) fn element(&self) -> &HtmlElement {
        &self.element
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

    /// Tells `news`, in a microtask after the state has settled: a listener may remove the element, or insert another.
    pub(crate) fn tell(&self, order_id: Option<&OrderId>, news: &News) {
        let detail = Object::new();
        if let Some(order_id) = order_id {
            put(&detail, "order_id", order_id.as_str());
        }
        let event = describe(news, &detail);
        let host = self.clone();
        soon(move || {
            soon(move || {
                if host.alive.get() {
                    host.dispatch(event, &detail, false);
                }
            });
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
