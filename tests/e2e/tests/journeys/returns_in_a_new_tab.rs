//! Return from the app in a new tab: the phone opens `callback-url` there, and the old tab stays open.

use gopay_e2e::{Device, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_who_comes_back_in_a_new_tab_sees_it_paid_there_and_in_the_old_one() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Phone).await;
    let order = payer.buys("kopi-gayo").await;
    let deeplink = payer.sees_deeplink().await;

    // The app has the phone's screen, and asks the phone to open the shop's address when it is done.
    payer.gets_a_new_tab(&deeplink).await;
    payer.presses_in_gopay("success").await;
    let address = payer.waits_to_be_at(&shop.address("/selesai/")).await;
    assert!(address.contains("result=success"), "{address}");
    payer.waits_for_state("settlement").await;
    payer.reads("status", "Pembayaran berhasil").await;
    payer.keeps_screenshot("returns-in-a-new-tab").await;

    payer.closes_the_new_tab().await;
    payer.waits_for_state("settlement").await;
    let told = payer.heard("gopay-settlement").await;
    assert_eq!(told.len(), 1, "the old tab's page is told once: {told:?}");
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1, "one order, one charge");
}
