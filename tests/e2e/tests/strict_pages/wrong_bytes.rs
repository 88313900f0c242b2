//! Files with one wrong byte: nothing of such a file runs. The other build runs instead; where that is wrong too, the payer
//! and the shop see a problem.

use super::host::{Break, Delivery, Host, Page};
use super::{core_file, is_refused, noticed, pays_on, pays_with_both_fetched};
use axum::http::StatusCode;
use gopay_e2e::{Device, Shop, WidgetBuild};

async fn refused(delivery: Delivery, before: &'static str) {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = shop.takes_order("gula-aren").await;
    let page = Page { before, delivery, ..Page::default() };
    let host = Host::opens(&shop, &order, page).await;
    payer.goes_to(&host.page_address()).await;
    is_refused(&payer).await;

    let seen = payer.evaluates("return document.querySelector('gopay-checkout').shadowRoot.textContent").await;
    assert!(seen.expect("it has a text").to_string().contains("Muat ulang halaman"));
    let fallback = "return document.querySelector('gopay-checkout').innerText";
    assert_eq!(payer.evaluates(fallback).await.expect("a text"), "Cara bayar lain", "and the page's other way stays");
    let images = "return document.querySelector('gopay-checkout').shadowRoot.querySelectorAll('img').length";
    assert_eq!(payer.evaluates(images).await.expect("a number"), 0, "nothing to pay with where nobody follows");
    let asked = host.asked();
    assert!(!asked.iter().any(|path| path.contains("/orders/")), "nothing of it ran: {asked:?}");
    let told = noticed(&payer, "problems").await;
    assert!(told.len() == 1 && told[0].starts_with("internal: ") && told[0].contains(" is not ours"), "{told:?}");
}

/// The JavaScript build runs, although the WebAssembly was allowed.
async fn leads_to_the_javascript_build(delivery: Delivery) {
    pays_with_both_fetched(Page { delivery, ..Page::default() }).await;
}

fn files(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| core_file(name)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_byte_in_the_wasm_leads_to_the_javascript_build() {
    leads_to_the_javascript_build(Delivery::Wrong(files(&["wasm"]))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_byte_in_the_glue_leads_to_the_javascript_build() {
    leads_to_the_javascript_build(Delivery::Wrong(files(&["glue"]))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wasm_that_a_blocker_refuses_leads_to_the_javascript_build() {
    for status in [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND, StatusCode::SERVICE_UNAVAILABLE] {
        leads_to_the_javascript_build(Delivery::Broken(files(&["wasm"]), Break::Status(status))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wasm_that_is_another_file_or_half_of_it_leads_to_the_javascript_build() {
    for how in [Break::Html, Break::Cut] {
        leads_to_the_javascript_build(Delivery::Broken(files(&["wasm"]), how)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wasm_that_never_comes_to_its_end_leads_to_the_javascript_build() {
    for how in [Break::Half, Break::Silent] {
        leads_to_the_javascript_build(Delivery::Broken(files(&["wasm"]), how)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_glue_that_does_not_come_leads_to_the_javascript_build() {
    for how in [Break::Status(StatusCode::NOT_FOUND), Break::Html, Break::Silent] {
        leads_to_the_javascript_build(Delivery::Broken(files(&["glue"]), how)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_javascript_build_that_does_not_come_is_not_needed() {
    let delivery = Delivery::Broken(files(&["plain"]), Break::Status(StatusCode::NOT_FOUND));
    pays_on(Page { delivery, ..Page::default() }, WidgetBuild::Wasm).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn styles_that_follow_are_paid_without_where_they_have_a_wrong_byte_or_do_not_come() {
    let missing = Delivery::Broken(files(&["later"]), Break::Status(StatusCode::NOT_FOUND));
    for delivery in [Delivery::Wrong(files(&["later"])), missing] {
        pays_on(Page { delivery, ..Page::default() }, WidgetBuild::Wasm).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_byte_in_both_builds_is_refused() {
    refused(Delivery::Wrong(files(&["wasm", "plain"])), "").await;
    refused(Delivery::Wrong(files(&["glue", "plain"])), "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_byte_in_the_javascript_build_is_refused() {
    refused(Delivery::Wrong(files(&["plain"])), "delete window.WebAssembly;").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_comes_at_the_second_try_is_looked_at_like_the_first() {
    refused(Delivery::LateAndWrong(core_file("plain")), "delete window.WebAssembly;").await;
}
