//! One wrong byte: nothing of the file runs, the payer is told, and so is the shop.

use super::host::{Delivery, Host, Page};
use super::{core_file, is_refused, noticed};
use gopay_e2e::{Device, Shop};

async fn refused(delivery: Delivery, before: &'static str) {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = shop.takes_order("gula-aren").await;
    let page = Page { before, delivery, ..Page::default() };
    let host = Host::opens(&shop, &order, page).await;
    payer.goes_to(&host.page_address()).await;
    is_refused(&payer).await;

    let seen = payer.looks("return document.querySelector('gopay-checkout').shadowRoot.textContent").await;
    assert!(seen.expect("it has a text").to_string().contains("Muat ulang halaman"));
    let fallback = "return document.querySelector('gopay-checkout').innerText";
    assert_eq!(payer.looks(fallback).await.expect("a text"), "Cara bayar lain", "and the page's other way stays");
    let picture = "return document.querySelector('gopay-checkout').shadowRoot.querySelectorAll('img').length";
    assert_eq!(payer.looks(picture).await.expect("a number"), 0, "nothing to pay with where nobody follows");
    let asked = host.asked();
    assert!(!asked.iter().any(|path| path.contains("/orders/")), "nothing of it ran: {asked:?}");
    let told = noticed(&payer, "problems").await;
    assert!(
        told.len() == 1 && told[0].starts_with("internal: ") && told[0].contains("does not match sha256-"),
        "{told:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_byte_in_the_wasm_is_refused() {
    refused(Delivery::Wrong(core_file("wasm")), "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_byte_in_the_glue_is_refused() {
    refused(Delivery::Wrong(core_file("glue")), "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_byte_in_the_javascript_build_is_refused() {
    refused(Delivery::Wrong(core_file("plain")), "delete window.WebAssembly;").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_glue_that_comes_at_the_second_try_is_looked_at_like_the_first() {
    refused(Delivery::LateAndWrong(core_file("glue")), "").await;
}
