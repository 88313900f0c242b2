//! Offline: the payer's phone has no signal for a while.

use gopay_e2e::{Device, Shop};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_without_network_is_told_so_and_sees_the_payment_when_it_is_back() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;

    payer.loses_network().await;
    payer.reads("problem", "Tidak ada koneksi internet").await;
    payer.keeps_screenshot("network-goes").await;
    assert_eq!(payer.state().await, "pending", "the code can still be scanned by a phone that has network");
    let problem = payer.waits_to_hear("gopay-problem").await;
    assert_eq!((&problem["code"], &problem["retryable"]), (&json!("offline"), &json!(true)));

    shop.sandbox.is_paid(&order.order_id).await;
    payer.has_network_again().await;
    payer.waits_for_state("settlement").await;
    payer.reads("status", "Pembayaran berhasil").await;
}
