//! Each page, built as its own people build it, and paid.

use gopay_e2e::{Device, Shop, eventually};
use gopay_hosts::{DevServer, Fresh, Host, Page, leptos_page, pays};
use std::path::Path;

/// Serves the built page to a payer at a desk, who pays on it.
async fn is_paid_on(built: &Path, page: Page) {
    let shop = Shop::opens().await;
    shop.serves("host", built);
    let payer = shop.welcomes(Device::Desktop).await;
    pays(&shop, &payer, &shop.address("/host/"), page).await;
}

/// The same, but served as while the page is worked at.
async fn is_paid_while_worked_at(host: Host) {
    let shop = Shop::opens().await;
    let server = DevServer::starts(Fresh::folder(), host, &shop).await;
    let payer = shop.welcomes(Device::Desktop).await;
    pays(&shop, &payer, &server.address(), Page::GivesProperties).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_page_sets_properties_hears_the_settlement_and_is_paid_once() {
    is_paid_on(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/hosts/plain"), Page::GivesProperties).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tarball_in_a_fresh_react_page_type_checks_builds_and_is_paid_once_in_strict_mode() {
    is_paid_on(&Fresh::folder().builds(Host::React), Page::GivesProperties).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tarball_in_a_fresh_vue_page_type_checks_builds_and_is_paid_once() {
    is_paid_on(&Fresh::folder().builds(Host::Vue), Page::GivesProperties).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tarball_in_a_fresh_svelte_page_type_checks_builds_and_is_paid_once() {
    is_paid_on(&Fresh::folder().builds(Host::Svelte), Page::GivesProperties).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tarball_in_a_fresh_page_that_webpack_builds_opens_a_dialog_and_is_paid_once() {
    is_paid_on(&Fresh::folder().builds(Host::Webpack), Page::GivesProperties).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_react_page_is_paid_while_vite_serves_it_unbuilt() {
    is_paid_while_worked_at(Host::React).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vue_page_is_paid_while_vite_serves_it_unbuilt() {
    is_paid_while_worked_at(Host::Vue).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_svelte_page_is_paid_while_vite_serves_it_unbuilt() {
    is_paid_while_worked_at(Host::Svelte).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_built_page_shows_its_developer_what_happens() {
    let shop = Shop::opens().await;
    shop.serves("host", &Fresh::folder().builds(Host::React));
    let payer = shop.welcomes(Device::Desktop).await;
    payer.goes_to(&shop.address("/host/?gopay-debug")).await;
    payer.presses_beside("#buy").await;
    payer.presses_button("Bayar dengan GoPay").await;
    payer.sees_qr_code().await;
    let told = "return document.querySelector('gopay-debug')?.shadowRoot.textContent ?? ''";
    eventually("the panel tells of the press", async || {
        let told = payer.looks(told).await?;
        if told.as_str().is_some_and(|told| told.contains("input PayPressed")) { Ok(()) } else { Err(told.to_string()) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leptos_page_with_the_component_is_built_and_paid_once() {
    is_paid_on(&leptos_page(), Page::HasAttributes).await;
}
