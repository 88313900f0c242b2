//! Other people's pages: what they do to the widget, and what payer and shop can rely on nevertheless. Each page is a
//! folder of `pages/`.

mod after_removal;
mod lives;
mod one_charge;
mod patched;
mod scripts;
mod truth;

use gopay_e2e::{Order, Payer, Shop, eventually};
use serde_json::Value;

/// Why a page cannot stand between the widget and its files.
pub(crate) const FETCHED: &str = "a page's fetch sees the files of the wasm build only; the other comes by import";

/// The order is paid, and the page says so.
pub(crate) async fn pays_and_sees_it(shop: &Shop, payer: &Payer<'_>, order: &Order) {
    payer.waits_for_state("pending").await;
    shop.sandbox.is_paid(&order.order_id).await;
    payer.waits_for_state("settlement").await;
    payer.waits_to_hear("gopay-settlement").await;
}

/// Looks until the script's value is this one.
pub(crate) async fn sees(payer: &Payer<'_>, what: &str, script: &str, wanted: impl Into<Value>) {
    let wanted = wanted.into();
    eventually(what, async || {
        let seen = payer.looks(script).await?;
        if seen == wanted { Ok(()) } else { Err(seen.to_string()) }
    })
    .await;
}

/// The value of a script, now.
pub(crate) async fn value(payer: &Payer<'_>, script: &str) -> Value {
    payer.looks(script).await.expect("the script runs")
}
