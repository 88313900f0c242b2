//! The test that every host page passes: buying, paying, and what page and shop may rely on.

use gopay_e2e::{Payer, Shop, eventually};

/// Header that the page adds to every request: see `examples/hosts/shop.ts`.
const PAGE_HEADER: &str = "\"x-requested-with\": \"kedai-senja\"";

/// Kinds of host pages, by how they configure the element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// Sets the property `headers`, and has the attribute `start="press"`.
    GivesProperties,
    /// Has attributes only.
    HasAttributes,
}

/// Opens the page, buys, pays by scanning the QR code, and sees the thanks. There is one charge, and no console output.
pub async fn pays(shop: &Shop, payer: &Payer<'_>, address: &str, page: Page) {
    payer.goes_to(address).await;
    payer.presses_beside("#buy").await;
    if page == Page::GivesProperties {
        payer.waits_for_state("ready").await;
        let start = payer.evaluates("return typeof document.querySelector('gopay-checkout').start").await;
        assert_eq!(start, Ok("function".into()), "the attribute has not taken the method's place");
        payer.presses_button("Bayar dengan GoPay").await;
    }
    payer.sees_qr_code().await;
    payer.reads("amount", "Rp44.000").await;
    let order_id = payer.evaluates("return (document.querySelector('[order-id]')).getAttribute('order-id')").await;
    let order_id = order_id.expect("a page with a checkout").as_str().unwrap_or_default().to_owned();
    if page == Page::GivesProperties {
        let exchanges = shop.proxy.exchanges();
        let charge = exchanges.iter().find(|it| it.path == "/api/gopay/charge").expect("it was charged");
        assert!(charge.headers.contains(PAGE_HEADER), "the page's header is missing: {}", charge.path);
    }

    pays_what_is_shown(shop, payer, &order_id).await;
}

/// Pays the order on the page by scanning the QR code, and sees the thanks. There is one charge, and no console output.
pub async fn pays_what_is_shown(shop: &Shop, payer: &Payer<'_>, order_id: &str) {
    payer.sees_qr_code().await;
    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;
    payer.reads("status", "Pembayaran berhasil").await;
    eventually("the page has heard gopay-settlement, with its amount", async || {
        let thanks = payer.evaluates("return document.querySelector('#thanks')?.textContent ?? null").await?;
        // With a space behind the currency, as `Intl` writes it, or without one.
        let says = thanks.as_str().is_some_and(|text| text.replace(['\u{a0}', ' '], "").contains("Rp44.000"));
        if says { Ok(()) } else { Err(thanks.to_string()) }
    })
    .await;
    assert_eq!(shop.sandbox.charges_of(order_id).await.len(), 1, "one order, one charge");
    let mut console = payer.browser().console().await;
    // Vite's development client and React log a line of their own.
    console.retain(|line| !line.contains("/@vite/client ") && !line.contains("Download the React DevTools"));
    assert!(console.is_empty(), "{console:?}");
}
