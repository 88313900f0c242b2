//! `?result=success` in an address proves nothing: anybody can type it.

use gopay_e2e::{Device, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_says_success_does_not_make_an_order_paid() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Phone).await;
    let order = payer.buys("kopi-gayo").await;
    payer.sees_deeplink().await;

    payer.goes_to(&shop.address(&format!("/selesai/?order_id={}&result=success", order.order_id))).await;
    payer.sees_deeplink().await;
    payer.refreshes().await;
    assert_eq!(payer.state().await, "pending");
    assert!(!payer.text_of("card").await.contains("berhasil"));
    assert!(payer.heard("gopay-settlement").await.is_empty());
    let charges = shop.sandbox.charges_of(&order.order_id).await;
    assert_eq!((charges.len(), &charges[0]["transaction_status"]), (1, &"pending".into()));
}
