//! Denied charge: GoPay refuses to create the transaction.

use gopay_e2e::{Device, Shop};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_that_gopay_denies_says_so_and_the_next_try_is_a_new_charge() {
    let shop = Shop::opens().await;
    shop.sandbox.suffers(json!({"fault": "deny_next_charge"})).await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.buys("kopi-gayo").await;
    payer.waits_for_state("deny").await;
    payer.reads("status", "Pembayaran ditolak").await;
    payer.keeps_screenshot("denied").await;
    assert_eq!(payer.waits_to_hear("gopay-deny").await["order_id"], order.order_id.as_str());

    payer.presses_button("Bayar lagi").await;
    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;
}
