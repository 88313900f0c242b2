//! Summary: the way to pay, the order, and the amount. Our "GoPay" is a word, not a logo: a shop with a licence puts its own
//! logo into the slot.

use super::ViewModel;
use crate::payment::StateName;
use gopay_contract::GrossAmount;
use leptos::prelude::*;

/// The summary; empty where the attributes are unusable.
pub(super) fn summary(model: &ViewModel) -> impl IntoView + use<> {
    let words = model.words();
    let amount = model.screen.gross_amount.map(GrossAmount::to_rupiah_text);
    // It is still to come, unless a problem has stopped the payment before it was known.
    let is_to_come = model.screen.state != StateName::Problem;
    let amount = amount.unwrap_or_else(|| if is_to_come { "Rp…" } else { "" }.to_owned());
    let total = if amount.is_empty() { "" } else { words.total };
    let order = model.screen.order_id.as_ref();
    let class = order.map(|_| "summary");
    // In braces: Leptos creates wholly literal elements by `innerHTML`, which Trusted Types refuse.
    let order = order.map(|order| {
        view! {
            <slot name={"logo"}>{text("brand", "GoPay".to_owned())}</slot>
            {text("order", [words.order, " ", order.as_str()].concat())}
            {text("total", total.to_owned())}
            {text("amount", amount)}
        }
    });
    view! { <div class=class>{order}</div> }
}

/// A line of one type for all: each type of an element is code of its own.
pub(super) fn text(part: &'static str, text: String) -> impl IntoView + use<> {
    view! { <p part=part class=part>{text}</p> }
}
