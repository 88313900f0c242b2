//! Summary: the way to pay, the order, and the amount. Our "GoPay" is a word, not a logo: a shop with a
//! licence puts its own logo into the slot.

use super::ViewModel;
use gopay_contract::GrossAmount;
use leptos::prelude::*;

/// The summary; empty where the attributes are unusable.
pub(super) fn summary(model: &ViewModel) -> impl IntoView + use<> {
    let words = model.words();
    let amount = model.screen.gross_amount.map_or_else(|| "Rp…".to_owned(), GrossAmount::to_rupiah_text);
    let order = model.screen.order_id.as_ref();
    let class = order.map(|_| "summary");
    // In braces: Leptos creates wholly literal elements by `innerHTML`, which Trusted Types refuse.
    let order = order.map(|order| {
        view! {
            <slot name={"logo"}><b class="brand">{"GoPay"}</b></slot>
            <p class="order">{[words.order, " ", order.as_str()].concat()}</p>
            <p class="total">{words.total}</p>
            <p part="amount" class="amount">{amount}</p>
        }
    });
    view! { <div class=class>{order}</div> }
}
