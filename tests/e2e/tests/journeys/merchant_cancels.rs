//! Cancel, by the merchant and by the payer.

use gopay_e2e::{Device, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_the_merchant_cancels_is_seen_as_cancelled() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;

    shop.sandbox.is_told_to_cancel(&order.order_id).await;
    payer.waits_for_state("cancel").await;
    payer.reads("status", "Pembayaran dibatalkan").await;
    payer.keeps_screenshot("merchant-cancels").await;
    let heard = payer.waits_to_hear("gopay-cancel").await;
    assert_eq!((&heard["previous"], &heard["order_id"]), (&"pending".into(), &order.order_id.as_str().into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_who_presses_cancel_has_cancelled_at_midtrans_too() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;

    payer.presses_button("Batalkan pembayaran").await;
    payer.waits_for_state("cancel").await;
    let charges = shop.sandbox.charges_of(&order.order_id).await;
    assert_eq!((charges.len(), &charges[0]["transaction_status"]), (1, &"cancel".into()));
}
