//! Doubled notification: Midtrans delivers at least once, not exactly once.

use gopay_e2e::{Device, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_doubled_notification_is_answered_kindly_and_told_to_the_page_once() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.buys("kopi-gayo").await;
    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;

    shop.sandbox.notifies_again(&order.order_id).await;
    shop.sandbox.notifies_again(&order.order_id).await;
    let deliveries = shop.sandbox.deliveries(&order.order_id).await;
    let settlements: Vec<_> = deliveries.iter().filter(|it| it.transaction_status == "settlement").collect();
    assert_eq!(settlements.len(), 3, "{deliveries:?}");
    assert!(settlements.iter().all(|it| it.answered == Some(200)), "{deliveries:?}");

    assert_eq!(payer.state().await, "settlement");
    assert_eq!(payer.heard("gopay-settlement").await.len(), 1);
}
