//! Resources that a page shares with others: the browser's connections to a server, and the screen.

use super::{pays_and_sees_it, sees, value};
use gopay_e2e::{Device, Order, Payer, Shop};
use serde_json::json;

/// Streams that are open, and locks of streams that are held.
const STREAMS: &str = "return navigator.locks.query().then(({ held }) => [
    traffic.open().filter((it) => it.what.endsWith('/events')).length,
    held.filter(({ name }) => name.startsWith('gopay-stream ')).length])";

#[tokio::test(flavor = "multi_thread")]
async fn eight_orders_on_a_page_hold_three_streams_and_all_learn_of_their_payment() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.opens("eight_orders").await;
    let all_wait = "return window.widgets?.every((widget) => widget.state === 'pending') ?? false";
    sees(&payer, "all wait for the payer", all_wait, true).await;
    sees(&payer, "three of them have a stream", STREAMS, json!([3, 3])).await;
    // The proxy speaks HTTP/1.1. Were all six connections streams, nothing more would come.
    assert_eq!(value(&payer, "return fetch('/healthz').then((answer) => answer.status)").await, 200);

    for at in 0..8 {
        let order_id = value(&payer, &format!("return widgets[{at}].orderId")).await;
        shop.sandbox.is_paid(order_id.as_str().expect("an order")).await;
        sees(&payer, "the order is paid", &format!("return widgets[{at}].state"), "settlement").await;
        let streams = value(&payer, STREAMS).await;
        assert!(streams[0].as_u64().is_some_and(|open| open <= 3), "{streams}");
    }
    sees(&payer, "no stream is left", STREAMS, json!([0, 0])).await;
}

/// Opens an order in each of so many tabs or windows, and another one beside them. Over HTTP/1.1 a browser has six connections to
/// a server for all of them.
async fn opens_one_more(payer: &Payer<'_>, others: usize, in_tabs: bool) -> Order {
    let client = payer.browser().client();
    for _ in 0..others {
        payer.opens("recorded_traffic").await;
        payer.sees_qr_code().await;
        let next = client.new_window(in_tabs).await.expect("another one").handle;
        client.switch_to_window(next).await.expect("it can be looked at");
    }
    let order = payer.opens("recorded_traffic").await;
    payer.sees_qr_code().await;
    order
}

/// Closes all tabs but this one.
async fn closes_all_others(payer: &Payer<'_>) {
    let client = payer.browser().client();
    let own = client.window().await.expect("a tab");
    for other in client.windows().await.expect("tabs").into_iter().filter(|other| *other != own) {
        client.switch_to_window(other).await.expect("it is open");
        client.close_window().await.expect("it can be closed");
    }
    client.switch_to_window(own).await.expect("it is open");
}

const VISIBILITY: &str = "return document.visibilityState";

#[tokio::test(flavor = "multi_thread")]
async fn beside_eight_tabs_that_wait_for_payment_a_ninth_loads_and_is_paid() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = opens_one_more(&payer, 8, true).await;
    shop.sandbox.is_paid(&order.order_id).await;
    // WebKit's driver opens tabs in the background, where a page polls twice a minute. The last one is shown when the
    // others are closed.
    if value(&payer, VISIBILITY).await == "hidden" {
        closes_all_others(&payer).await;
        sees(&payer, "it is shown", VISIBILITY, "visible").await;
    }
    payer.waits_for_state("settlement").await;
    payer.waits_to_hear("gopay-settlement").await;
}

/// Unlike the tabs of one window, all windows are visible, and want a stream.
#[tokio::test(flavor = "multi_thread")]
async fn beside_six_windows_that_wait_for_payment_a_seventh_loads_and_is_paid() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = opens_one_more(&payer, 6, false).await;
    assert_eq!(value(&payer, VISIBILITY).await, "visible");
    let held = "return navigator.locks.query().then(({ held }) =>
        held.filter(({ name }) => name.startsWith('gopay-stream ')).length)";
    sees(&payer, "three of them have a stream", held, 3).await;
    pays_and_sees_it(&shop, &payer, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_ends_makes_room_for_another_order() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.opens("eight_orders").await;
    sees(&payer, "three of them have a stream", STREAMS, json!([3, 3])).await;
    let watched = "return traffic.requests.filter((it) => it.what.endsWith('/events')).map((it) => it.what)";
    let first = value(&payer, watched).await;
    value(&payer, &format!("window.first = {first}; for (const widget of widgets) if (first.some((it) => it.includes(widget.orderId))) widget.remove()")).await;
    sees(&payer, "three others have one", STREAMS, json!([3, 3])).await;
    let others = "return traffic.open().filter((it) => it.what.endsWith('/events') && !first.includes(it.what)).length";
    assert_eq!(value(&payer, others).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_screen_stays_on_only_while_a_qr_code_is_there_to_be_scanned() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying("start=press");
    let order = payer.opens("recorded_traffic").await;
    payer.waits_for_state("ready").await;
    // A browser without a screen grants none.
    let stand_in = "window.awake = 0;
        const request = async (kind) => {
            if (kind !== 'screen') throw new TypeError(kind);
            window.awake += 1;
            return { release: async () => { window.awake -= 1; } };
        };
        Object.defineProperty(navigator, 'wakeLock', { configurable: true, value: { request } });
        window.shows = (visibility) => {
            Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => visibility });
            document.dispatchEvent(new Event('visibilitychange'));
        };
        document.querySelector('gopay-checkout').start()";
    value(&payer, stand_in).await;
    payer.sees_qr_code().await;
    let awake = "return awake";
    sees(&payer, "the QR code keeps it on", awake, 1).await;
    value(&payer, "shows('hidden')").await;
    sees(&payer, "a hidden page lets it go off", awake, 0).await;
    value(&payer, "shows('visible')").await;
    sees(&payer, "and keeps it on when it is back", awake, 1).await;
    payer.presses_button("Bayar di perangkat ini").await;
    sees(&payer, "a deeplink does not need it", awake, 0).await;
    payer.presses_button("Tampilkan kode QR").await;
    sees(&payer, "the QR code does", awake, 1).await;
    shop.sandbox.is_paid(&order.order_id).await;
    payer.waits_for_state("settlement").await;
    sees(&payer, "paid, it may go off", awake, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_element_that_is_removed_before_the_browser_has_answered_keeps_no_screen_on() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying("start=press");
    payer.opens("recorded_traffic").await;
    payer.waits_for_state("ready").await;
    let slow = "window.awake = 0;
        window.widget = document.querySelector('gopay-checkout');
        const request = () => new Promise((grant) => {
            window.grant = () => { window.awake += 1; grant({ release: async () => { window.awake -= 1; } }); };
        });
        Object.defineProperty(navigator, 'wakeLock', { configurable: true, value: { request } });
        widget.start()";
    value(&payer, slow).await;
    sees(&payer, "it is requested", "return typeof window.grant", "function").await;
    value(&payer, "widget.remove()").await;
    // A removed element ends in a microtask, unless it comes back.
    value(&payer, "return fetch('/healthz').then(() => { grant(); })").await;
    sees(&payer, "and released as soon as it is granted", "return awake", 0).await;
}
