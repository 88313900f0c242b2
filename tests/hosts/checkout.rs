//! What a payer does on any of the pages, and what page and shop may rely on.

use gopay_e2e::{Payer, Shop, eventually};

/// What the page adds to every request: see `examples/hosts/shop.ts`.
const PAGE_HEADER: &str = "\"x-requested-with\": \"kedai-senja\"";

/// Where the page gives its property `headers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// It does, and has its element wait for a press (`start="press"`).
    GivesProperties,
    /// It has nothing but attributes.
    HasAttributes,
}

/// Opens the page, buys, pays with a phone that reads the code, and is thanked; once, and without a word in the console.
pub async fn pays(shop: &Shop, payer: &Payer<'_>, address: &str, page: Page) {
    payer.goes_to(address).await;
    payer.presses_beside("#buy").await;
    if page == Page::GivesProperties {
        payer.waits_for_state("ready").await;
        let start = payer.looks("return typeof document.querySelector('gopay-checkout').start").await;
        assert_eq!(start, Ok("function".into()), "the attribute has not taken the method's place");
        payer.presses_button("Bayar dengan GoPay").await;
    }
    payer.sees_qr_code().await;
    payer.reads("amount", "Rp44.000").await;
    let order_id = payer.looks("return (document.querySelector('[order-id]')).getAttribute('order-id')").await;
    let order_id = order_id.expect("a page with a checkout").as_str().unwrap_or_default().to_owned();
    if page == Page::GivesProperties {
        let exchanges = shop.network.exchanges();
        let charge = exchanges.iter().find(|it| it.path == "/api/gopay/charge").expect("it was charged");
        assert!(charge.headers.contains(PAGE_HEADER), "the page's header is missing: {}", charge.path);
    }

    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;
    payer.reads("status", "Pembayaran berhasil").await;
    eventually("the page has heard gopay-settlement, with its amount", async || {
        let thanks = payer.looks("return document.querySelector('#thanks')?.textContent ?? null").await?;
        let says = thanks.as_str().is_some_and(|text| text.replace('\u{a0}', " ").contains("Rp 44.000"));
        if says { Ok(()) } else { Err(thanks.to_string()) }
    })
    .await;
    assert_eq!(shop.sandbox.charges_of(&order_id).await.len(), 1, "one order, one charge");
    let mut console = payer.browser().console().await;
    // While a page is worked at, Vite's own client says that it is there.
    console.retain(|line| !line.contains("/@vite/client ") && !line.contains("Download the React DevTools"));
    assert!(console.is_empty(), "{console:?}");
}
