//! Summary: the shop's header slot, the amount, and the order.

use super::ViewModel;
use gopay_contract::GrossAmount;
use leptos::prelude::*;

/// The summary; empty where the attributes are unusable.
pub(super) fn summary(model: &ViewModel) -> impl IntoView + use<> {
    let words = model.words();
    let amount = model.screen.gross_amount.map_or_else(|| "Rp…".to_owned(), GrossAmount::to_rupiah_text);
    let order = model.screen.order_id.as_ref();
    let class = order.map(|_| "summary");
    let order = order.map(|order| {
        view! {
            <p class="total">{words.total}</p>
            <p part="amount" class="amount">{amount}</p>
            <p class="order">{[words.order, " ", order.as_str()].concat()}</p>
        }
    });
    // In braces: Leptos creates wholly literal elements by `innerHTML`, which Trusted Types refuse.
    view! {
        <div class=class>
            <slot name={"header"}></slot>
            {order}
        </div>
    }
}
