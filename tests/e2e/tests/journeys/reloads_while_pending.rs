//! Reload while the payment is pending.

use gopay_e2e::{Device, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_while_pending_shows_the_same_transaction_and_makes_no_second_charge() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;
    let before = payer.waits_to_hear("gopay-charge").await;

    payer.reloads().await;
    payer.sees_qr_code().await;
    let after = payer.waits_to_hear("gopay-charge").await;
    assert_eq!(after["transaction_id"], before["transaction_id"]);

    let charges = shop.sandbox.charges_of(&order.order_id).await;
    assert_eq!(charges.len(), 1, "{charges:?}");
    assert_eq!(charges[0]["transaction_id"], before["transaction_id"]);

    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;
    payer.reloads().await;
    payer.waits_for_state("settlement").await;
    payer.keeps_screenshot("reloads").await;
}
