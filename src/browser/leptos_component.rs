//! The checkout as a Leptos component, for a Leptos page that wants no custom element.

use super::Mounted;
use leptos::html::{self, Div};
use leptos::prelude::*;
use leptos::tachys::html::attribute::custom::CustomAttribute;
use leptos::{IntoView, component};
use std::cell::RefCell;
use std::rc::Rc;

/// A checkout for one order. The props are the attributes of `<gopay-checkout>`, read in the same way; events are
/// dispatched on its `<div>` and bubble. Removed, it ends all it has started.
#[component]
#[expect(unreachable_pub, reason = "re-exported at the crate's root; the macro hides that from the lint")]
pub fn Checkout(
    /// The shop's order.
    #[prop(into)]
    order_id: String,
    /// POST: ask the merchant for a charge.
    #[prop(into)]
    charge_url: String,
    /// GET: ask the merchant for the status.
    #[prop(into)]
    status_url: String,
    /// GET: the merchant pushes statuses.
    #[prop(into, optional)]
    events_url: Option<String>,
    /// POST: the payer may cancel.
    #[prop(into, optional)]
    cancel_url: Option<String>,
    /// Sent to these four URLs and to nothing else.
    #[prop(into, optional)]
    order_token: Option<String>,
    /// What the page promises the payer, in whole rupiah.
    #[prop(into, optional)]
    gross_amount: Option<u64>,
    /// Where the GoPay app returns the payer.
    #[prop(into, optional)]
    callback_url: Option<String>,
    /// `auto`, `qr` or `deeplink`.
    #[prop(into, optional)]
    channel: Option<String>,
    /// `auto` or `press`.
    #[prop(into, optional)]
    start: Option<String>,
    /// `id` or `en`.
    #[prop(into, optional)]
    lang: Option<String>,
    /// `auto`, `light` or `dark`.
    #[prop(into, optional)]
    theme: Option<String>,
    /// `same-origin`, `include` or `omit`.
    #[prop(into, optional)]
    credentials: Option<String>,
    /// Hosts that QR pictures and deeplinks may point to, beside Midtrans' and GoPay's.
    #[prop(into, optional)]
    trusted_hosts: Option<String>,
) -> impl IntoView {
    let node = NodeRef::<Div>::new();
    let mounted = StoredValue::new_local(Rc::new(RefCell::new(None::<Mounted>)));
    Effect::new(move |_| {
        if let Some(div) = node.get() {
            mounted.with_value(|mounted| *mounted.borrow_mut() = Some(Mounted::on(div.into())));
        }
    });
    on_cleanup(move || {
        // The value itself may outlive this owner for a moment; the checkout must not.
        if let Some(mut mounted) = mounted.try_with_value(|mounted| mounted.borrow_mut().take()).flatten() {
            mounted.unmount();
        }
    });
    html::div()
        .node_ref(node)
        .attr("order-id", order_id)
        .attr("charge-url", charge_url)
        .attr("status-url", status_url)
        .attr("events-url", events_url)
        .attr("cancel-url", cancel_url)
        .attr("order-token", order_token)
        .attr("gross-amount", gross_amount.map(|rupiah| rupiah.to_string()))
        .attr("callback-url", callback_url)
        .attr("channel", channel)
        .attr("start", start)
        .attr("lang", lang)
        .attr("theme", theme)
        .attr("credentials", credentials)
        .attr("trusted-hosts", trusted_hosts)
}
