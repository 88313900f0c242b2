//! Keyboard: everything can be reached, and the focus is where the payer expects it.

use super::{in_chromium, shows};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use gopay_e2e::{Device, Payer, Shop, eventually};
use serde_json::json;

pub(crate) const TAB: char = '\u{e004}';
pub(crate) const ENTER: char = '\u{e007}';
pub(crate) const ESCAPE: char = '\u{e00c}';

/// Text of the focused element in the widget.
const FOCUSED: &str =
    "return document.activeElement.shadowRoot?.activeElement?.innerText ?? document.activeElement.tagName";

/// Presses a key.
pub(crate) async fn presses(payer: &Payer<'_>, key: char) {
    let keys =
        KeyActions::new("keyboard".to_owned()).then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key });
    payer.browser().client().perform_actions(keys).await.expect("a key");
}

/// Waits until the script returns `wanted`.
pub(crate) async fn sees(payer: &Payer<'_>, what: &str, script: &str, wanted: &str) {
    eventually(what, async || {
        let seen = payer.evaluates(script).await?;
        if seen == wanted { Ok(()) } else { Err(seen.to_string()) }
    })
    .await;
}

async fn tabs_to(payer: &Payer<'_>, wanted: &str) {
    presses(payer, TAB).await;
    assert_eq!(payer.evaluates(FOCUSED).await, Ok(json!(wanted)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_without_a_mouse_reaches_everything_in_order_and_keeps_the_focus() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Phone).await;
    shows(&shop, &payer, "screen=pending-deeplink&lang=id").await;
    for words in ["Bayar dengan GoPay", "Saya sudah bayar", "Tampilkan kode QR", "Batalkan pembayaran"] {
        tabs_to(&payer, words).await;
    }
    // What is only to be read takes no key press.
    let steps = "return [...document.querySelector('gopay-checkout').shadowRoot.querySelectorAll('[part=help] li')]
        .filter((it) => it.checkVisibility({ visibilityProperty: true })).length + ' steps'";
    sees(&payer, "the instructions are open", steps, "3 steps").await;

    shows(&shop, &payer, "screen=pending-deeplink&lang=id").await;
    for words in ["Bayar dengan GoPay", "Saya sudah bayar", "Tampilkan kode QR"] {
        tabs_to(&payer, words).await;
    }
    presses(&payer, ENTER).await;
    // The button is gone: on with what it did.
    let headline =
        "return document.activeElement.shadowRoot?.activeElement?.querySelector('.headline')?.innerText ?? ''";
    sees(&payer, "the focus is at what came of it", headline, "Scan kode QR ini").await;
    tabs_to(&payer, "Saya sudah bayar").await;
    let outline = "return getComputedStyle(document.activeElement.shadowRoot.activeElement).outlineStyle";
    assert_eq!(payer.evaluates(outline).await, Ok(json!("solid")), "the focus is seen");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_focus_stays_where_it_is_when_something_happens_that_nobody_pressed() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Phone).await;
    shows(&shop, &payer, "screen=pending-deeplink&lang=id").await;
    tabs_to(&payer, "Bayar dengan GoPay").await;
    // The gallery keeps the app from opening, as a phone without it does.
    presses(&payer, ENTER).await;
    let headline = "return document.querySelector('gopay-checkout').shadowRoot.querySelector('.headline').innerText";
    sees(&payer, "other ways are offered", headline, "Aplikasi GoPay tidak terbuka?").await;
    assert_eq!(payer.evaluates(FOCUSED).await, Ok(json!("Bayar dengan GoPay")));
}
