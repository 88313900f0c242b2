//! Host pages that interfere with the widget, and what payer and shop can rely on nevertheless. Each page is a folder in
//! `pages/`.

mod after_removal;
mod agents;
mod before_the_core;
mod displayed;
mod frameworks;
mod life;
mod lifecycle;
mod media;
mod network;
mod one_charge;
mod parents;
mod patched;
mod scripts;
mod shared_limits;
mod truth;

use gopay_e2e::{Order, Payer, Shop, WidgetBuild, eventually};
use serde_json::Value;

/// Opens a shop for a test that holds back or breaks requests for the core. Only the wasm build makes any that a page's
/// `fetch` sees; `None` with the JavaScript build, which is imported.
pub(crate) async fn opens_with_fetched_core() -> Option<Shop> {
    let is_fetched = WidgetBuild::Wasm.is_tried("a page's fetch sees the files of the wasm build only");
    if is_fetched { Some(Shop::opens().await) } else { None }
}

/// The order is paid, and the page says so.
pub(crate) async fn pays_and_sees_it(shop: &Shop, payer: &Payer<'_>, order: &Order) {
    payer.waits_for_state("pending").await;
    shop.sandbox.is_paid(&order.order_id).await;
    payer.waits_for_state("settlement").await;
    payer.waits_to_hear("gopay-settlement").await;
}

/// Waits until the script returns `wanted`.
pub(crate) async fn sees(payer: &Payer<'_>, what: &str, script: &str, wanted: impl Into<Value>) {
    let wanted = wanted.into();
    eventually(what, async || {
        let seen = payer.evaluates(script).await?;
        if seen == wanted { Ok(()) } else { Err(seen.to_string()) }
    })
    .await;
}

/// The value that a script returns.
pub(crate) async fn value(payer: &Payer<'_>, script: &str) -> Value {
    payer.evaluates(script).await.expect("the script runs")
}
