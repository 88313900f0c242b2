//! Pages that replace, break or remove browser APIs.

use super::{pays_and_sees_it, sees, value};
use gopay_e2e::{Device, Shop, WidgetBuild};

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_rejects_with_a_text_is_a_shop_that_cannot_be_reached_until_it_is_mended() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("fetch_rejects_with_a_text").await;

    assert_eq!(payer.waits_to_hear("gopay-problem").await["code"], "merchant-unreachable");
    payer.waits_for_state("charging").await;
    payer.reads("card", "Toko belum bisa dihubungi").await;
    payer.reads("button", "Coba lagi").await;
    assert!(shop.sandbox.charges_of(&order.order_id).await.is_empty(), "nothing can have gone out");

    value(&payer, "window.broken = false").await;
    payer.waits_for_state("pending").await;

    value(&payer, "window.broken = true").await;
    payer.presses_button("Saya sudah bayar").await;
    payer.reads("problem", "Toko belum bisa dihubungi").await;
    value(&payer, "window.broken = false").await;
    shop.sandbox.is_paid(&order.order_id).await;
    payer.waits_for_state("settlement").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_throws_is_a_shop_that_cannot_be_reached_until_it_is_mended() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("fetch_throws").await;

    assert_eq!(payer.waits_to_hear("gopay-problem").await["code"], "merchant-unreachable");
    payer.reads("card", "Toko belum bisa dihubungi").await;
    value(&payer, "window.broken = false").await;
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_answers_with_an_object_of_its_own_is_as_good() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("fetch_answers_by_hand").await;
    payer.sees_qr_code().await;
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_ne!(value(&payer, "return window.answered").await, 0, "nothing went by it");
    assert!(payer.heard("gopay-problem").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_of_a_page_that_throw_are_left_out_and_those_that_are_none_are_named_to_the_shop() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("resource_counter").await;
    let puts_on = |headers: &str| format!("begin({{}}); document.querySelector('gopay-checkout').headers = {headers}");

    value(&payer, &puts_on("{ 'no header name': 'x' }")).await;
    assert_eq!(payer.waits_to_hear("gopay-problem").await["code"], "config");
    payer.waits_for_state("problem").await;
    assert!(shop.sandbox.charges_of(&order.order_id).await.is_empty(), "nothing can have gone out");
    value(&payer, "document.querySelector('gopay-checkout').remove()").await;

    value(&payer, &puts_on("() => { throw 'no session'; }")).await;
    payer.sees_qr_code().await;
    pays_and_sees_it(&shop, &payer, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_off_with_an_error_of_the_pages_own_leaves_a_payment_that_polling_settles() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("resource_counter").await;
    let breaks = "const pageFetch = window.fetch;
        window.broken = 0;
        window.fetch = async (request, options) => {
            const answer = await pageFetch(request, options);
            if (!String(request.url ?? request).endsWith('/events')) return answer;
            const broken = new ReadableStream({ pull(to) { window.broken += 1; to.error('broken'); } });
            return new Response(broken, { status: answer.status, headers: answer.headers });
        };
        begin({})";
    value(&payer, breaks).await;
    payer.waits_for_state("pending").await;
    sees(&payer, "the stream was tried, and broke", "return window.broken > 0", true).await;
    pays_and_sees_it(&shop, &payer, &order).await;
    assert!(payer.heard("gopay-problem").await.is_empty(), "a payer need not know of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_never_settles_is_said_with_an_offer_to_try_and_goes_on_once_it_does() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("fetch_never_settles").await;
    payer.waits_for_state("charging").await;

    assert_eq!(payer.waits_to_hear("gopay-problem").await["code"], "merchant-unreachable");
    payer.reads("card", "Toko belum bisa dihubungi").await;
    payer.reads("button", "Coba lagi").await;

    value(&payer, "window.broken = false").await;
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ad_blocker_that_takes_the_event_stream_leaves_a_payment_that_polling_settles() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("events_blocked").await;
    payer.waits_for_state("pending").await;
    sees(&payer, "the stream was tried, and blocked", "return window.blocked > 0", true).await;
    pays_and_sees_it(&shop, &payer, &order).await;
    assert!(payer.heard("gopay-problem").await.is_empty(), "a payer need not know of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn frozen_prototypes_do_not_stop_a_payment() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("frozen_prototypes").await;
    payer.sees_qr_code().await;
    pays_and_sees_it(&shop, &payer, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_without_event_source_broadcast_channel_and_locks_pays_all_the_same() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("bare_browser").await;
    let gone = "return ['EventSource', 'BroadcastChannel'].every((it) => !(it in window)) && !('locks' in navigator)";
    assert_eq!(value(&payer, gone).await, true);
    payer.sees_qr_code().await;
    pays_and_sees_it(&shop, &payer, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_refused_locks_does_not_wait_for_a_leader_that_never_comes() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("locks_refused").await;
    payer.waits_for_state("pending").await;
    value(&payer, "becomesVisible()").await;
    // A follower polls every sixty seconds: longer than this test waits.
    pays_and_sees_it(&shop, &payer, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_that_throws_on_every_access_is_not_missed() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("storage_throws").await;
    payer.sees_qr_code().await;
    payer.reloads().await;
    payer.sees_qr_code().await;
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_was_taken_from_another_frame_is_as_good() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("fetch_of_another_frame").await;
    payer.sees_qr_code().await;
    pays_and_sees_it(&shop, &payer, &order).await;
    assert!(payer.heard("gopay-problem").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_of_the_pages_own_keeps_what_it_promises() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("promise_replaced").await;
    assert_eq!(value(&payer, "return window.Promise.name").await, "ShopPromise");
    payer.sees_qr_code().await;
    pays_and_sees_it(&shop, &payer, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strict_policy_with_trusted_types_has_nothing_to_refuse() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("strict_policy").await;
    payer.sees_qr_code().await;
    pays_and_sees_it(&shop, &payer, &order).await;
    let violations = value(&payer, "return window.violations").await;
    let refused = violations.as_array().expect("a list").iter().filter_map(serde_json::Value::as_str);
    let refused: Vec<_> = refused.filter(|it| !WidgetBuild::from_env().is_its_probe(it)).collect();
    assert!(refused.is_empty(), "{refused:?}");
}
