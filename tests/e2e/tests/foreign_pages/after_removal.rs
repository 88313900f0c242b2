//! Taken off the page, the widget leaves nothing behind: no request, timer, listener, stream, channel or lock.

use super::{FETCHED, sees, value};
use gopay_e2e::{Device, Order, Payer, Shop, WidgetBuild, eventually};
use serde_json::{Value, json};

async fn begins(payer: &Payer<'_>, attributes: Value) -> (Order, Value) {
    let order = payer.opens("counted").await;
    let before = value(payer, "return running()").await;
    assert_eq!(before["timers"], 0, "{before}");
    payer.browser().runs("begin(arguments[0])", vec![attributes]).await.expect("it is put on the page");
    (order, before)
}

async fn leaves_nothing(payer: &Payer<'_>, before: &Value, state: &str) {
    payer.waits_for_state(state).await;
    let during = value(payer, "return running()").await;
    assert_ne!(during, *before, "somebody who counts nothing finds nothing");
    value(payer, "document.querySelector('gopay-checkout').remove()").await;
    eventually(&format!("nothing is left, having been {state}"), async || {
        let left = payer.looks("return running()").await?;
        if left == *before { Ok(()) } else { Err(left.to_string()) }
    })
    .await;
    // Whatever could still wake it, wakes it now; then the page itself asks for something, and nobody else has.
    let provoked = "return (async () => {
        const before = traffic.requests.length;
        for (const name of ['focus', 'pageshow', 'online', 'offline', 'pagehide']) window.dispatchEvent(new Event(name));
        document.dispatchEvent(new Event('visibilitychange'));
        await fetch('/healthz');
        return traffic.requests.slice(before).map((it) => it.what);
    })()";
    assert_eq!(value(payer, provoked).await, json!(["GET /healthz"]), "it was {state}, with {during}");
    let after = value(payer, "return running()").await;
    assert_eq!(after, *before);
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_while_something_is_on_its_way_nothing_is_left() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;

    let (_, before) = begins(&payer, json!({"start": "press"})).await;
    leaves_nothing(&payer, &before, "ready").await;

    shop.sandbox.suffers(json!({"fault": "latency", "on": ["charge"], "milliseconds": 5_000})).await;
    let (_, before) = begins(&payer, json!({})).await;
    leaves_nothing(&payer, &before, "charging").await;
    shop.sandbox.recovers().await;

    let (_, before) = begins(&payer, json!({"channel": "qr"})).await;
    payer.sees_qr_code().await;
    leaves_nothing(&payer, &before, "pending").await;

    let (_, before) = begins(&payer, json!({"channel": "deeplink"})).await;
    payer.sees_deeplink().await;
    leaves_nothing(&payer, &before, "pending").await;

    // "Saya sudah bayar", and no answer yet.
    let (_, before) = begins(&payer, json!({"events-url": null})).await;
    payer.sees_qr_code().await;
    value(&payer, "traffic.held = /GET .*orders/").await;
    payer.presses_button("Saya sudah bayar").await;
    leaves_nothing(&payer, &before, "checking").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_when_all_is_over_nothing_is_left() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;

    let (order, before) = begins(&payer, json!({})).await;
    payer.waits_for_state("pending").await;
    shop.sandbox.is_paid(&order.order_id).await;
    leaves_nothing(&payer, &before, "settlement").await;

    for how in ["expire", "cancel", "deny"] {
        let (order, before) = begins(&payer, json!({})).await;
        payer.waits_for_state("pending").await;
        shop.sandbox.ends(&order.order_id, how).await;
        leaves_nothing(&payer, &before, how).await;
    }

    let (order, before) = begins(&payer, json!({})).await;
    payer.waits_for_state("pending").await;
    shop.sandbox.is_paid(&order.order_id).await;
    payer.waits_for_state("settlement").await;
    shop.sandbox.is_told_to_refund(&order.order_id).await;
    // Nobody watches a settled payment: the page has to ask.
    eventually("the refund is known", async || {
        value(&payer, "document.querySelector('gopay-checkout').refresh()").await;
        let state = payer.state().await;
        if state == "refund" { Ok(()) } else { Err(state) }
    })
    .await;
    leaves_nothing(&payer, &before, "refund").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_while_its_files_are_on_their_way_it_ends_the_charge_and_asks_nothing_more() {
    if !WidgetBuild::Wasm.is_tried(FETCHED) {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("counted").await;
    let before = value(&payer, "return running()").await;
    value(&payer, "traffic.held = /wasm/; begin({})").await;
    sees(&payer, "they are on their way", "return traffic.count(/wasm/)", 1).await;
    value(&payer, "document.querySelector('gopay-checkout').remove(); traffic.release()").await;
    sees(&payer, "they are there", "return traffic.open().length", 0).await;
    // A second element proves that the first had all it needed to begin.
    value(&payer, "begin({ 'order-id': 'another-order' })").await;
    payer.waits_for_state("problem").await;
    value(&payer, "document.querySelector('gopay-checkout').remove()").await;
    sees(&payer, "nothing is left", "return running()", before).await;
    assert_eq!(value(&payer, "return traffic.count(/charge/)").await, 2, "the early one, and the second's");
    let asked = format!("return traffic.count(/orders\\/{}/)", order.order_id);
    assert_eq!(value(&payer, &asked).await, 0, "nobody follows the first");
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_while_it_waits_for_files_that_failed_nothing_is_left() {
    if !WidgetBuild::Wasm.is_tried(FETCHED) {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.opens("counted").await;
    let before = value(&payer, "return running()").await;
    let fails = "const watched = window.fetch;
        window.fetch = (request, options) => String(request.url ?? request).endsWith('.wasm')
            ? Promise.reject('no') : watched(request, options);
        begin({})";
    value(&payer, fails).await;
    sees(&payer, "it waits to try again", "return running().then((it) => it.timers)", 1).await;
    leaves_nothing(&payer, &before, "loading").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_from_a_problem_nothing_is_left() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;

    // What cannot begin starts nothing in the first place.
    let (_, before) = begins(&payer, json!({"status-url": null})).await;
    payer.waits_for_state("problem").await;
    assert_eq!(value(&payer, "return running()").await, before);

    let (_, before) = begins(&payer, json!({"order-token": null})).await;
    leaves_nothing(&payer, &before, "problem").await;

    // A shop that cannot be reached just now is tried again, until nobody is there any more.
    let (_, before) = begins(&payer, json!({"charge-url": "http://127.0.0.1:1/charge"})).await;
    payer.waits_to_hear("gopay-problem").await;
    leaves_nothing(&payer, &before, "charging").await;
}
