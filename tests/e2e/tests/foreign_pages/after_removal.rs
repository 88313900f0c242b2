//! Removal from the page: the widget leaves no request, timer, listener, stream, channel or lock behind.

use super::{opens_with_fetched_core, sees, value};
use gopay_e2e::{Device, Order, Payer, Shop, eventually};
use serde_json::{Value, json};

async fn begins(payer: &Payer<'_>, attributes: Value) -> (Order, Value) {
    let order = payer.opens("resource_counter").await;
    let before = value(payer, "return running()").await;
    assert_eq!(before["timers"], 0, "{before}");
    payer.browser().runs("begin(arguments[0])", vec![attributes]).await.expect("it is put on the page");
    (order, before)
}

async fn leaves_nothing(payer: &Payer<'_>, before: &Value, state: &str) {
    payer.waits_for_state(state).await;
    let during = value(payer, "return running()").await;
    assert_ne!(during, *before, "the counter counts something");
    value(payer, "document.querySelector('gopay-checkout').remove()").await;
    eventually(&format!("nothing is left, having been {state}"), async || {
        let left = payer.evaluates("return running()").await?;
        if left == *before { Ok(()) } else { Err(left.to_string()) }
    })
    .await;
    // Fires every event that could still wake it; then the page makes a request, which must be the only one.
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
async fn removed_where_the_pages_fetch_ignores_the_signal_its_stream_is_ended() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.opens("resource_counter").await;
    let ignores = "const pageFetch = window.fetch;
        window.streams = [];
        window.fetch = async (request, options) => {
            if (!String(request.url ?? request).endsWith('/events')) return pageFetch(request, options);
            const reader = (await pageFetch(request.url, { headers: request.headers })).body.getReader();
            const at = streams.push('open') - 1;
            return new Response(new ReadableStream({
                pull: async (to) => {
                    const { done, value } = await reader.read();
                    if (done) to.close(); else to.enqueue(value);
                },
                cancel: () => { streams[at] = 'ended'; return reader.cancel(); },
            }));
        };
        begin({ channel: 'qr' })";
    value(&payer, ignores).await;
    payer.sees_qr_code().await;
    sees(&payer, "the stream is open", "return streams", json!(["open"])).await;
    value(&payer, "document.querySelector('gopay-checkout').remove()").await;
    sees(&payer, "the stream is ended", "return streams", json!(["ended"])).await;
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
    // A settled payment has no push stream and no polls: the page has to call `refresh()`.
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
    let Some(shop) = opens_with_fetched_core().await else { return };
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("resource_counter").await;
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
    assert_eq!(value(&payer, &asked).await, 0, "the first was never polled");
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_while_it_waits_for_files_that_failed_nothing_is_left() {
    let Some(shop) = opens_with_fetched_core().await else { return };
    let payer = shop.welcomes(Device::Desktop).await;
    payer.opens("resource_counter").await;
    let before = value(&payer, "return running()").await;
    let fails = "document.head.insertAdjacentHTML('beforeend', '<link rel=gopay-checkout href=/nowhere/>'); begin({})";
    value(&payer, fails).await;
    sees(&payer, "it waits to try again", "return running().then((it) => it.timers)", 1).await;
    leaves_nothing(&payer, &before, "loading").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_from_a_problem_nothing_is_left() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;

    // With a wrong configuration it starts nothing.
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
