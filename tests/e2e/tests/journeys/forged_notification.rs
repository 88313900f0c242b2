//! Forged notification: a stranger claims that an order is paid.

use gopay_e2e::{Device, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_notification_is_refused_and_nothing_changes_on_the_screen() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;

    let charge = payer.charge().await;
    let answer = shop.is_lied_to(&charge).await;
    assert!(answer.is_client_error(), "the merchant answered {answer}");

    payer.refreshes().await;
    assert_eq!(payer.state().await, "pending");
    assert!(payer.heard("gopay-settlement").await.is_empty());
    payer.sees_qr_code().await;

    // And the truth still gets through.
    shop.sandbox.is_paid(&order.order_id).await;
    payer.waits_for_state("settlement").await;
}
