//! Emits host events: what the page learns by `gopay-…` DOM events, the reflected `state` attribute and the console.
//! Nothing is emitted once the element is gone.

use super::promise::soon;
use crate::payment::{HostEvent, Problem, ProblemCode, StateName, UnixMillis};
use gopay_contract::{JakartaTime, OrderId, TransactionId, TransactionStatus};
use js_sys::{Array, Object, Reflect};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web_sys::{CustomEvent, CustomEventInit, HtmlElement, console};

/// The element as the page has it.
#[derive(Clone)]
pub(crate) struct Host {
    element: HtmlElement,
    alive: Rc<Cell<bool>>,
    /// Value of the attribute `state`.
    state: Rc<Cell<StateName>>,
    /// Callback of a Leptos application, called with each event after it was dispatched.
    #[cfg(not(feature = "element"))]
    callback: Option<HostEventCallback>,
}

/// Callback of a Leptos application for host events.
#[cfg(not(feature = "element"))]
pub(crate) type HostEventCallback = Rc<dyn Fn(&HostEvent)>;

impl Host {
    pub(crate) fn new(
        element: HtmlElement,
        state: Rc<Cell<StateName>>,
        #[cfg(not(feature = "element"))] callback: Option<HostEventCallback>,
    ) -> Self {
        Self {
            element,
            alive: Rc::new(Cell::new(true)),
            state,
            #[cfg(not(feature = "element"))]
            callback,
        }
    }

    /// The element itself.
    pub(crate) fn element(&self) -> &HtmlElement {
        &self.element
    }

    /// Ends all emitting, also of events that are queued already.
    pub(crate) fn silence(&self) {
        self.alive.set(false);
    }

    /// Reflects `state` in the attribute of that name, for CSS.
    pub(crate) fn reflect(&self, state: StateName) {
        self.state.set(state);
        if self.element.get_attribute("state").as_deref() != Some(state.as_str()) {
            // Fails only for a name that is no attribute name.
            let _set = self.element.set_attribute("state", state.as_str());
        }
    }

    /// Emits `event`, in a microtask after the state has settled: a listener may remove the element, or insert another.
    pub(crate) fn emit(&self, order_id: Option<&OrderId>, event: &HostEvent) {
        let detail = Object::new();
        if let Some(order_id) = order_id {
            put(&detail, "order_id", order_id.as_str());
        }
        fill(&detail, event);
        let name = event.name();
        let host = self.clone();
        #[cfg(not(feature = "element"))]
        let event = event.clone();
        soon(move || {
            soon(move || {
                if host.alive.get() {
                    host.dispatch(name, &detail, false);
                    #[cfg(not(feature = "element"))]
                    if let Some(callback) = &host.callback {
                        callback(&event);
                    }
                }
            });
        });
    }

    /// Emits `gopay-open` while the payer's tap is still being handled; false if the page prevents it.
    pub(crate) fn emit_open(&self, order_id: &OrderId, url: &str) -> bool {
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

/// Warns the shop's developer in the console.
pub(crate) fn warn(message: &str) {
    console::warn_1(&["gopay-checkout: ", message].concat().into());
}

/// Writes a problem to the console: as an error where only the shop can mend it, else as a warning.
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

/// Fills an event's `detail`.
fn fill(detail: &Object, event: &HostEvent) {
    match event {
        HostEvent::Charge { transaction_id, gross_amount, expiry_time, channel, resumed } => {
            put(detail, "transaction_id", transaction_id.as_str());
            put(detail, "gross_amount", gross_amount.to_wire_text());
            put_expiry(detail, *expiry_time);
            put(detail, "channel", channel.as_str());
            put(detail, "resumed", *resumed);
        }
        HostEvent::Status { transaction_id, transaction_status, previous } => {
            fill_status(detail, transaction_id, transaction_status, previous.as_ref());
        }
        HostEvent::Ended { transaction_id, transaction_status, previous, gross_amount } => {
            fill_status(detail, transaction_id, transaction_status, previous.as_ref());
            put(detail, "gross_amount", gross_amount.to_wire_text());
        }
        HostEvent::Channel(channel) => put(detail, "channel", channel.as_str()),
        HostEvent::Problem(problem) => fill_problem(detail, problem),
    }
}

fn fill_status(
    detail: &Object,
    transaction_id: &TransactionId,
    transaction_status: &TransactionStatus,
    previous: Option<&TransactionStatus>,
) {
    put(detail, "transaction_id", transaction_id.as_str());
    put(detail, "transaction_status", transaction_status.as_str());
    put(detail, "previous", previous.map_or(JsValue::NULL, |status| status.as_str().into()));
}

fn fill_problem(detail: &Object, problem: &Problem) {
    put(detail, "code", problem.code.as_str());
    put(detail, "message", problem.message.as_str());
    put(detail, "retryable", problem.is_retryable());
    put(detail, "http_status", problem.http_status.map_or(JsValue::NULL, JsValue::from));
    let code = problem.midtrans_status_code.map_or(JsValue::NULL, |code| code.0.to_string().into());
    put(detail, "midtrans_status_code", code);
    let messages: Array = problem.validation_messages.iter().map(|text| JsValue::from_str(text)).collect();
    put(detail, "validation_messages", messages);
}
