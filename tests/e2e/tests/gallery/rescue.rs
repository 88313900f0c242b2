//! App handoff that failed: the link was tapped and the GoPay app did not open, in a phone's own browser and in an app's.

use super::keyboard::sees;
use super::{in_chromium, shows};
use gopay_e2e::{Device, Shop};
use serde_json::json;

const STATUS: &str = "return document.querySelector('gopay-checkout').shadowRoot.querySelector('[part=status]').innerText.replace(/\\s+/g, ' ')";

#[tokio::test(flavor = "multi_thread")]
async fn in_instagrams_browser_the_payer_hears_how_to_leave_it_and_can() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::PhoneInInstagram).await;
    shows(&shop, &payer, "screen=not-opened&lang=id").await;
    let told = "Aplikasi GoPay tidak terbuka? Halaman ini terbuka di dalam Instagram. Ketuk menu di pojok layar, lalu pilih Buka di browser.";
    sees(&payer, "the app is named", STATUS, told).await;
    let leave =
        "return document.querySelector('gopay-checkout').shadowRoot.querySelector('[part=leave]').getAttribute('href')";
    let href = payer.evaluates(leave).await.expect("a link");
    let page = shop.address("/gallery/?screen=not-opened&lang=id").replacen("http://", "intent://", 1);
    assert_eq!(href, json!(format!("{page}#Intent;scheme=http;action=android.intent.action.VIEW;end")));

    let allowed = json!({"permissions": ["clipboardSanitizedWrite", "clipboardReadWrite"]});
    payer.browser().devtools("Browser.grantPermissions", allowed).await.expect("Chromium grants it");
    payer.presses_button("Salin tautan").await;
    let copied = "Aplikasi GoPay tidak terbuka? Tautan disalin. Tempel di Chrome atau Safari.";
    sees(&payer, "the link is copied", STATUS, copied).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_may_be_copied_the_payer_sees_the_address() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Phone).await;
    shows(&shop, &payer, "screen=not-opened&lang=id").await;
    payer
        .evaluates("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
        .await
        .expect("it is a page");
    payer.presses_button("Salin tautan").await;
    let address = shop.address("/gallery/?screen=not-opened&lang=id");
    let shown = format!("Aplikasi GoPay tidak terbuka? Tekan lama tautan ini untuk menyalinnya. {address}");
    sees(&payer, "the address is shown", STATUS, &shown).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_qr_code_is_a_way_on_and_can_be_saved_for_the_apps_gallery() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Phone).await;
    shows(&shop, &payer, "screen=not-opened&lang=id").await;
    payer.presses_button("Tampilkan kode QR").await;
    let told = "Simpan kode QR Di aplikasi GoPay, ketuk Bayar, lalu pilih kode QR ini dari galeri.";
    sees(&payer, "what to do with it", STATUS, told).await;
    let saves = "const root = document.querySelector('gopay-checkout').shadowRoot;
        const link = root.querySelector('[download]');
        return link.href === root.querySelector('img').src && link.download";
    assert_eq!(payer.evaluates(saves).await, Ok(json!("qr-order-101.png")));
}
