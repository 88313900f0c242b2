//! Amount first, then what for; above it what the shop puts there.

use super::Seen;
use super::element::{Element, Text, element};
use gopay_contract::GrossAmount;

/// Where not even the attributes can be used there is nothing to sum up.
pub(super) fn view(seen: &Seen) -> Element {
    let summary = element("div").child(element("slot").attr("name", "header"));
    let Some(order) = &seen.screen.order_id else { return summary };
    let words = seen.words();
    let amount =
        seen.screen.gross_amount.map_or(Text::Borrowed("Rp…"), |amount| GrossAmount::to_rupiah_text(amount).into());
    summary
        .class("summary")
        .child(element("p").class("total").text(words.total))
        .child(element("p").part("amount").text(amount))
        .child(element("p").class("order").text([words.order, " ", order.as_str()].concat()))
}
