//! Every host page, built by its own tools, and paid.

use gopay_e2e::{Device, Shop, eventually};
use gopay_hosts::{DevServer, FreshInstall, Host, LeptosServer, Page, leptos_page, pays, pays_what_is_shown};
use std::path::Path;

/// Serves the built page to a payer on a desktop, who pays on it.
async fn is_paid_on(built: &Path, page: Page) {
    let shop = Shop::opens().await;
    shop.serves("host", built);
    let payer = shop.welcomes(Device::Desktop).await;
    pays(&shop, &payer, &shop.address("/host/"), page).await;
}

/// Serves the page by its development server to a payer, who pays on it.
async fn is_paid_on_dev_server(host: Host) {
    let shop = Shop::opens().await;
    let server = DevServer::starts(FreshInstall::shared(), host, &shop).await;
    let payer = shop.welcomes(Device::Desktop).await;
    pays(&shop, &payer, &server.address(), Page::GivesProperties).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_page_sets_properties_hears_the_settlement_and_is_paid_once() {
    is_paid_on(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/hosts/plain"), Page::GivesProperties).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tarball_in_a_fresh_react_page_type_checks_builds_and_is_paid_once_in_strict_mode() {
    is_paid_on(&FreshInstall::shared().builds(Host::React), Page::GivesProperties).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tarball_in_a_fresh_vue_page_type_checks_builds_and_is_paid_once() {
    is_paid_on(&FreshInstall::shared().builds(Host::Vue), Page::GivesProperties).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tarball_in_a_fresh_svelte_page_type_checks_builds_and_is_paid_once() {
    is_paid_on(&FreshInstall::shared().builds(Host::Svelte), Page::GivesProperties).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tarball_in_a_fresh_page_that_webpack_builds_opens_a_dialog_and_is_paid_once() {
    is_paid_on(&FreshInstall::shared().builds(Host::Webpack), Page::GivesProperties).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_react_page_is_paid_while_vite_serves_it_unbuilt() {
    is_paid_on_dev_server(Host::React).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vue_page_is_paid_while_vite_serves_it_unbuilt() {
    is_paid_on_dev_server(Host::Vue).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_svelte_page_is_paid_while_vite_serves_it_unbuilt() {
    is_paid_on_dev_server(Host::Svelte).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_built_page_shows_its_developer_what_happens() {
    let shop = Shop::opens().await;
    shop.serves("host", &FreshInstall::shared().builds(Host::React));
    let payer = shop.welcomes(Device::Desktop).await;
    payer.goes_to(&shop.address("/host/?gopay-debug")).await;
    payer.presses_beside("#buy").await;
    payer.presses_button("Bayar dengan GoPay").await;
    payer.sees_qr_code().await;
    let panel = "return document.querySelector('gopay-debug')?.shadowRoot.textContent ?? ''";
    eventually("the panel shows the input", async || {
        let text = payer.evaluates(panel).await?;
        if text.as_str().is_some_and(|text| text.contains("input PayPressed")) { Ok(()) } else { Err(text.to_string()) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leptos_page_with_the_component_is_built_and_paid_once() {
    is_paid_on(&leptos_page(), Page::HasAttributes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leptos_page_from_a_server_holds_the_placeholder_is_hydrated_without_a_complaint_and_paid_once() {
    let shop = Shop::opens().await;
    let server = LeptosServer::starts(&shop).await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.goes_to(&server.address("/")).await;
    payer.presses_beside("#buy").await;
    let page = payer.waits_to_be_at(&server.address("/bayar/kopi-")).await;
    let order_id = page.rsplit('/').next().expect("an address").to_owned();

    // The page for the browser that has bought it, and for any other.
    let cookie = payer.browser().client().get_named_cookie(&order_id).await.expect("it was given one");
    let cookie = format!("{order_id}={}", cookie.value());
    let html = |cookie: String| shop.http().get(&page).header("cookie", cookie).send();
    let theirs = html(cookie).await.expect("the server answers");
    assert_eq!(theirs.headers()["cache-control"], "no-store");
    let theirs = theirs.text().await.expect("a text");
    let placeholder = "<p>Pembayaran sedang disiapkan. <a href=\"/\">Kembali ke toko</a></p>";
    assert!(theirs.contains(placeholder), "{theirs}");
    let anothers = html(String::new()).await.expect("the server answers").text().await.expect("a text");
    assert!(anothers.contains("Pesanan ini tidak ada, atau dibuat di browser lain."), "{anothers}");
    assert!(!anothers.contains(placeholder) && !anothers.contains("order_token"), "{anothers}");

    // Opened anew, it is the server's page that the browser takes over.
    payer.goes_to(&page).await;
    pays_what_is_shown(&shop, &payer, &order_id).await;
    let placeholders = payer.evaluates("return document.querySelectorAll('main > div > p').length").await;
    assert_eq!(placeholders, Ok(1.into()), "the server's own, taken over and not made again");
}
