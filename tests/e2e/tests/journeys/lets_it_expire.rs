//! Expiry: the payer does not pay in time.

use gopay_e2e::{Device, Shop};

/// Seconds until after the expiry: Midtrans' default for GoPay is fifteen minutes.
const PAST_THE_END: u64 = 16 * 60;

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_midtrans_lets_expire_says_so_and_offers_a_new_one() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;

    shop.sandbox.waits(PAST_THE_END).await;
    payer.waits_for_state("expire").await;
    payer.reads("status", "Waktu pembayaran habis").await;
    payer.keeps_screenshot("expires").await;
    let expired = payer.waits_to_hear("gopay-expire").await;

    payer.presses_button("Bayar lagi").await;
    payer.waits_for_state("pending").await;
    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;
    let settlement = payer.waits_to_hear("gopay-settlement").await;
    assert_ne!(settlement["transaction_id"], expired["transaction_id"], "a new attempt is a new transaction");
    assert_eq!(settlement["order_id"], order.order_id.as_str(), "of the same order");
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 2);
}
