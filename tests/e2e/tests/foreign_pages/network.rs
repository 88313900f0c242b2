//! Intermediaries between a page and its shop: service workers, login pages, firewalls, proxies that cut streams,
//! portals of a wireless network.

use super::{pays_and_sees_it, sees, value};
use gopay_e2e::{Device, Order, Payer, Shop};
use serde_json::{Value, json};

/// Answers of others in the shop's place.
const LOGIN: &str = "() => fetch('/pages/between')";
const CHALLENGE: &str = "() => new Response('<!doctype html><title>Just a moment...</title>', { status: 403, headers: { 'Content-Type': 'text/html' } })";
const EXPIRED: &str = "() => new Response('<!doctype html><title>Page Expired</title>', { status: 419, headers: { 'Content-Type': 'text/html' } })";
const BUSY: &str = "() => new Response('<h1>Too Many Requests</h1>', { status: 429, headers: { 'Content-Type': 'text/html', 'Retry-After': '1' } })";
const GATEWAY: &str =
    "() => new Response('<h1>Bad Gateway</h1>', { status: 502, headers: { 'Content-Type': 'text/html' } })";
const PORTAL: &str =
    "() => new Response('<!doctype html><title>Masuk ke Wi-Fi</title>', { headers: { 'Content-Type': 'text/html' } })";

const CHARGE: &str = "/charge$/";
const STATUS: &str = "/^GET .*orders.[^/]+$/";
const EVENTS: &str = "/events$/";
const CANCEL: &str = "/cancel$/";

/// One odd answer to a charge: name, answer, the problem's code, and the button that helps.
const AT_THE_CHARGE: &[(&str, &str, &str, &str)] = &[
    ("a redirect to a page for signing in", LOGIN, "bad-answer", "Coba lagi"),
    ("a firewall's challenge, 403", CHALLENGE, "merchant-refused", "Muat ulang halaman"),
    ("a session that is over, 419", EXPIRED, "merchant-refused", "Muat ulang halaman"),
];

/// One odd answer to another request: name, request, answer, and the problem's code, if the page hears of it.
const AFTER_THE_CHARGE: &[(&str, &str, &str, Option<&str>)] = &[
    ("a poll, redirected to a page for signing in", STATUS, LOGIN, Some("bad-answer")),
    ("a poll, a firewall's challenge", STATUS, CHALLENGE, None),
    ("a poll, a session that is over", STATUS, EXPIRED, None),
    ("a poll, too many requests", STATUS, BUSY, Some("merchant-unreachable")),
    ("a poll, a gateway without a shop", STATUS, GATEWAY, Some("merchant-unreachable")),
    ("the stream, redirected to a page for signing in", EVENTS, LOGIN, None),
    ("the stream, a firewall's challenge", EVENTS, CHALLENGE, None),
    ("the stream, a session that is over", EVENTS, EXPIRED, None),
    ("the stream, a gateway without a shop", EVENTS, GATEWAY, None),
    ("the cancel, redirected to a page for signing in", CANCEL, LOGIN, Some("bad-answer")),
    ("the cancel, a firewall's challenge", CANCEL, CHALLENGE, Some("merchant-refused")),
    ("the cancel, a session that is over", CANCEL, EXPIRED, Some("merchant-refused")),
    ("the cancel, a gateway without a shop", CANCEL, GATEWAY, Some("merchant-unreachable")),
];

async fn answers(payer: &Payer<'_>, at: &str, times: &str, answer: &str) {
    value(payer, &format!("between.answers({at}, {times}, {answer})")).await;
}

async fn begins(payer: &Payer<'_>, more: Value) {
    payer.browser().runs("begin(arguments[0])", vec![more]).await.expect("it is put on the page");
}

/// Codes of the problems that the page has heard of.
async fn codes(payer: &Payer<'_>) -> Vec<Value> {
    payer.heard("gopay-problem").await.iter().map(|it| it["code"].clone()).collect()
}

async fn is_one_charge(shop: &Shop, order: &Order, name: &str) {
    let charges = shop.sandbox.charges_of(&order.order_id).await;
    assert_eq!(charges.len(), 1, "{name}: {charges:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_odd_answer_to_a_charge_is_said_and_the_button_beside_it_leads_to_a_payment() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    for (name, answer, code, button) in AT_THE_CHARGE {
        let order = payer.opens("between").await;
        answers(&payer, CHARGE, "1", answer).await;
        begins(&payer, json!({})).await;
        payer.waits_for_state("problem").await;
        assert_eq!(codes(&payer).await, [*code], "{name}");
        assert!(shop.sandbox.charges_of(&order.order_id).await.is_empty(), "{name}: nothing was charged");
        value(&payer, "window.before = true").await;
        payer.presses_button(button).await;
        if *button == "Muat ulang halaman" {
            sees(&payer, "the page is loaded anew", "return !window.before && 'begin' in window", true).await;
            begins(&payer, json!({})).await;
        }
        payer.sees_qr_code().await;
        pays_and_sees_it(&shop, &payer, &order).await;
        is_one_charge(&shop, &order, name).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_odd_answer_after_the_charge_takes_nothing_away_and_the_payment_is_seen() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    for (name, at, answer, code) in AFTER_THE_CHARGE {
        let order = payer.opens("between").await;
        answers(&payer, at, "1", answer).await;
        begins(&payer, if *at == STATUS { json!({"events-url": null}) } else { json!({}) }).await;
        payer.sees_qr_code().await;
        match *at {
            STATUS => {
                value(&payer, "document.querySelector('gopay-checkout').refresh()").await;
            }
            CANCEL => payer.presses_button("Batalkan pembayaran").await,
            _ => {}
        }
        sees(&payer, &format!("{name}: it was answered so"), "return between.answered", 1).await;
        match code {
            Some(code) => {
                let heard = payer.waits_to_hear("gopay-problem").await;
                assert_eq!(heard["code"], *code, "{name}");
            }
            None => assert_eq!(codes(&payer).await, [Value::Null; 0], "{name}"),
        }
        payer.sees_qr_code().await;
        pays_and_sees_it(&shop, &payer, &order).await;
        assert!(codes(&payer).await.len() <= 1, "{name}");
        assert_eq!(value(&payer, "return traffic.count(/charge/)").await, 1, "{name}");
        is_one_charge(&shop, &order, name).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_cut_again_and_again_is_opened_again_and_the_payment_is_seen() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    for how in ["ends", "breaks"] {
        let order = payer.opens("between").await;
        begins(&payer, json!({})).await;
        payer.sees_qr_code().await;
        for opened in 1..=3 {
            sees(&payer, "the stream is open", "return between.streams.length", 1).await;
            assert_eq!(value(&payer, "return traffic.count(/events$/)").await, opened, "{how}");
            value(&payer, &format!("between.cuts('{how}')")).await;
            assert_eq!(payer.state().await, "pending", "{how}");
        }
        pays_and_sees_it(&shop, &payer, &order).await;
        assert_eq!(codes(&payer).await, [Value::Null; 0], "{how}: a payer need not know of it");
        is_one_charge(&shop, &order, how).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_answers_for_everybody_is_said_and_the_shop_is_found_again_behind_it() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("between").await;
    answers(&payer, "/api/", "Infinity", PORTAL).await;
    begins(&payer, json!({})).await;
    payer.waits_for_state("problem").await;
    assert_eq!(codes(&payer).await, ["bad-answer"]);
    payer.presses_button("Coba lagi").await;
    sees(&payer, "it was tried again", "return between.answered", 2).await;
    payer.waits_for_state("problem").await;
    assert!(shop.sandbox.charges_of(&order.order_id).await.is_empty(), "nothing came through");

    value(&payer, "between.times = 0").await;
    payer.presses_button("Coba lagi").await;
    payer.sees_qr_code().await;
    sees(&payer, "the stream is open", "return between.streams.length", 1).await;

    // The payer leaves the network and comes back to it.
    value(&payer, "between.times = Infinity; between.cuts('breaks')").await;
    shop.sandbox.is_paid(&order.order_id).await;
    payer.reads("problem", "Ada gangguan di toko").await;
    payer.sees_qr_code().await;
    assert!(payer.heard("gopay-settlement").await.is_empty(), "a portal says nothing about a payment");
    value(&payer, "between.times = 0").await;
    payer.waits_for_state("settlement").await;
    is_one_charge(&shop, &order, "a portal").await;
}

/// Paths that the worker has answered from its cache.
const HITS: &str = "return fetch('/hits').then((answer) => answer.json())";

async fn opens_with_a_worker<'a>(shop: &'a Shop, query: &str) -> (Payer<'a>, Order) {
    let payer = shop.welcomes(Device::Desktop).await.trying(query);
    let order = payer.opens("cache_first").await;
    payer.sees_qr_code().await;
    // The second time the page, the script and the core come from the cache. (A driver's reload goes past workers in Firefox.)
    let address = value(&payer, "return location.href").await;
    payer.goes_to(&shop.address("/")).await;
    payer.goes_to(address.as_str().expect("an address")).await;
    payer.sees_qr_code().await;
    let files =
        "return fetch('/hits').then((answer) => answer.json()).then((hits) => hits.includes('/gopay-checkout.js'))";
    sees(&payer, "the script comes from the cache", files, true).await;
    (payer, order)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_worker_that_answers_polls_from_its_cache_does_not_hide_a_payment_that_is_pushed() {
    let shop = Shop::opens().await;
    let (payer, order) = opens_with_a_worker(&shop, "worker").await;
    let poll = format!("/api/gopay/orders/{}", order.order_id);
    let hit = format!(
        "document.querySelector('gopay-checkout').refresh();
        return fetch('/hits').then((answer) => answer.json()).then((hits) => hits.includes('{poll}'))"
    );
    sees(&payer, "a poll is answered from the cache", &hit, true).await;
    pays_and_sees_it(&shop, &payer, &order).await;
    is_one_charge(&shop, &order, "a worker").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_worker_that_answers_polls_from_its_cache_is_gone_past_where_nothing_is_pushed() {
    let shop = Shop::opens().await;
    let (payer, order) = opens_with_a_worker(&shop, "worker&without=events-url").await;
    let hit = format!("{HITS}.then((hits) => hits.includes('/api/gopay/orders/{}'))", order.order_id);
    sees(&payer, "a poll is answered from the cache", &hit, true).await;
    pays_and_sees_it(&shop, &payer, &order).await;
    is_one_charge(&shop, &order, "a worker").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_worker_that_lets_no_store_through_leaves_a_payment_that_polling_settles() {
    let shop = Shop::opens().await;
    let (payer, order) = opens_with_a_worker(&shop, "no-store&without=events-url").await;
    pays_and_sees_it(&shop, &payer, &order).await;
    let hits = value(&payer, HITS).await;
    assert!(!hits.to_string().contains("/api/"), "{hits}");
    is_one_charge(&shop, &order, "a worker").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_saves_data_has_its_qr_code_and_pays() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("saves_data").await;
    assert_eq!(value(&payer, "return navigator.connection.saveData").await, true);
    payer.sees_qr_code().await;
    pays_and_sees_it(&shop, &payer, &order).await;
    is_one_charge(&shop, &order, "saving data").await;
}
