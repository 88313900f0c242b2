//! Wrong attribute: the shop must see at once which one.

use gopay_e2e::{Device, Shop, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_attribute_is_a_visible_problem_and_a_console_line_that_says_how_to_mend_it() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying("start=now");
    let order = payer.buys("kopi-gayo").await;
    payer.waits_for_state("problem").await;
    payer.reads("status", "Pembayaran belum siap").await;
    assert!(!payer.text_of("problem").await.is_empty(), "the part `problem` is visible");
    payer.keeps_screenshot("wrong-attribute").await;

    let mut lines = Vec::new();
    eventually("the console names attribute, value and expectation", async || {
        lines.extend(payer.browser().console().await);
        let names_all = |line: &&String| ["start", "now", "auto or press"].iter().all(|it| line.contains(it));
        lines.iter().find(names_all).map(|_| ()).ok_or_else(|| lines.clone())
    })
    .await;
    assert_eq!(payer.waits_to_hear("gopay-problem").await["code"], "config");
    assert!(shop.sandbox.charges_of(&order.order_id).await.is_empty(), "nothing was charged");
}
