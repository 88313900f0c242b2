//! Payment by deeplink, on a phone with the GoPay app.

use gopay_e2e::{Device, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_on_a_phone_taps_the_button_pays_in_gopay_and_comes_back_to_success() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Phone).await;
    payer.buys("kopi-gayo").await;

    let link = payer.sees_deeplink().await;
    payer.keeps_screenshot("pays-by-deeplink").await;
    let charge = payer.charge().await;
    let actions = charge["actions"].as_array().expect("a pending charge has actions");
    let deeplink = actions.iter().find(|action| action["name"] == "deeplink-redirect").expect("one of them");
    assert_eq!(deeplink["url"], link.as_str(), "the link is the charge's own, letter for letter");

    payer.taps_pay_button().await;
    payer.keeps_screenshot("pays-by-deeplink").await;
    payer.presses_in_gopay("success").await;
    payer.waits_to_be_at(&shop.address("/selesai/")).await;
    payer.waits_for_state("settlement").await;
    payer.reads("status", "Pembayaran berhasil").await;
    payer.keeps_screenshot("pays-by-deeplink").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_fails_in_gopay_stays_open_and_can_be_paid_after_walking_back() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Phone).await;
    let order = payer.buys("teh-melati").await;
    payer.sees_deeplink().await;
    payer.taps_pay_button().await;
    payer.walks_back().await;

    // The same charge, and the same link.
    payer.sees_deeplink().await;
    payer.taps_pay_button().await;
    payer.presses_in_gopay("failure").await;
    payer.waits_to_be_at(&shop.address("/selesai/")).await;
    payer.sees_deeplink().await;
    payer.keeps_screenshot("fails-in-gopay").await;

    payer.taps_pay_button().await;
    payer.presses_in_gopay("success").await;
    payer.waits_for_state("settlement").await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1, "one order, one charge");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_on_a_phone_can_ask_for_the_code_and_go_back_to_the_button() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Phone).await;
    payer.buys("gula-aren").await;
    payer.sees_deeplink().await;
    payer.presses_button("Tampilkan kode QR").await;
    payer.sees_qr_code().await;
    payer.keeps_screenshot("switches").await;
    payer.presses_button("Bayar di perangkat ini").await;
    payer.sees_deeplink().await;
    let switched: Vec<_> = payer.heard("gopay-channel").await.iter().map(|it| it["channel"].clone()).collect();
    assert_eq!(switched, ["qr", "deeplink"]);
}
