//! Amount first, then what for.

use super::Picture;
use gopay_contract::GrossAmount;
use leptos::prelude::*;
use leptos::tachys::html::attribute::custom::CustomAttribute;
use leptos::{IntoView, html};

pub(super) fn view(picture: Picture) -> impl IntoView {
    let amount = picture.part(|screen| screen.gross_amount);
    let order = picture.part(|screen| screen.order_id.clone());
    // Where not even the attributes can be used there is nothing to sum up.
    let known = Memo::new(move |_| order.with(Option::is_some));
    move || {
        known.get().then(|| {
            html::div().attr("class", "summary").child((
                html::p().attr("class", "total").child(move || picture.words().total),
                html::p()
                    .attr("part", "amount")
                    .attr("class", "amount")
                    .child(move || amount.get().map_or_else(|| "Rp…".to_owned(), GrossAmount::to_rupiah_text)),
                html::p()
                    .attr("class", "order")
                    .child(move || order.get().map(|order| format!("{} {order}", picture.words().order))),
            ))
        })
    }
}
