//! App handoff without an app: it is not installed, or an in-app browser keeps it from opening.

use gopay_e2e::{Device, Payer, Shop};
use serde_json::json;

/// A payer whose deeplink has a scheme that nothing on this machine opens, as charges had until 2022.
async fn payer_without_app<'a>(shop: &'a Shop, device: Device) -> Payer<'a> {
    shop.sandbox.behaves(json!({"deeplink": "gojek_scheme"})).await;
    shop.welcomes(device).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_whose_app_does_not_open_is_shown_other_ways_and_pays_by_the_qr_code() {
    let shop = Shop::opens().await;
    let payer = payer_without_app(&shop, Device::Phone).await;
    let order = payer.buys("kopi-gayo").await;
    assert!(payer.sees_deeplink().await.starts_with("gojek://"));
    payer.taps_pay_button_in_vain().await;
    payer.reads("status", "Aplikasi GoPay tidak terbuka?").await;
    payer.reads("copy", "Salin tautan").await;
    assert_eq!(payer.text_of("leave").await, "", "this is a browser already");
    payer.keeps_screenshot("app-never-opens").await;
    payer.presses_button("Tampilkan kode QR").await;
    payer.reads("save", "Simpan kode QR").await;
    payer.keeps_screenshot("app-never-opens").await;
    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1, "one order, one charge");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_instagrams_own_browser_the_payer_is_told_how_to_leave_it_and_can_still_pay_there() {
    let shop = Shop::opens().await;
    let payer = payer_without_app(&shop, Device::PhoneInInstagram).await;
    let order = payer.buys("teh-melati").await;
    payer.sees_deeplink().await;
    payer.taps_pay_button_in_vain().await;
    payer.reads("status", "Halaman ini terbuka di dalam Instagram.").await;
    payer.keeps_screenshot("in-instagram").await;
    payer.presses_button("Tampilkan kode QR").await;
    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1, "one order, one charge");
}
