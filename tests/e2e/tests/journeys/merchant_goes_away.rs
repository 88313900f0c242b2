//! The shop's server is restarted in the middle of a payment.

use gopay_e2e::{Device, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_that_goes_away_and_comes_back_loses_no_payment() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;

    shop.goes_down().await;
    // The merchant is down when this notification comes.
    shop.sandbox.is_paid(&order.order_id).await;
    let problem = payer.waits_to_hear("gopay-problem").await;
    assert_eq!((&problem["code"], &problem["retryable"]), (&"merchant-unreachable".into(), &true.into()), "{problem}");
    payer.reads("problem", "Toko belum bisa dihubungi").await;
    payer.keeps_screenshot("merchant-goes-away").await;
    assert!(payer.heard("gopay-settlement").await.is_empty());

    shop.comes_back().await;
    payer.waits_for_state("settlement").await;
    payer.reads("status", "Pembayaran berhasil").await;
}
