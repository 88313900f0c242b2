//! Payment by QR code, at a desk with a phone in the hand.

use gopay_e2e::{Device, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_at_a_desk_scans_the_code_and_the_page_says_paid_without_a_reload() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.buys("kopi-gayo").await;
    payer.evaluates("window.neverReloaded = true").await.expect("the page runs it");

    payer.sees_qr_code().await;
    payer.reads("amount", "Rp44.000").await;
    let timer = payer.text_of("timer").await;
    let minutes = timer.split_whitespace().rev().nth(1).and_then(|minutes| minutes.parse::<u32>().ok());
    assert!(minutes.is_some_and(|minutes| (10..=15).contains(&minutes)), "15 minutes run: {timer:?}");
    payer.keeps_screenshot("pays-by-qr").await;

    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;
    payer.reads("status", "Pembayaran berhasil").await;
    payer.keeps_screenshot("pays-by-qr").await;

    assert_eq!(payer.evaluates("return window.neverReloaded").await, Ok(true.into()));
    let settlement = payer.waits_to_hear("gopay-settlement").await;
    let charge = payer.waits_to_hear("gopay-charge").await;
    assert_eq!(settlement["order_id"], order.order_id.as_str());
    assert_eq!(settlement["transaction_id"], charge["transaction_id"]);
    assert_eq!(settlement["gross_amount"], "44000.00");
    assert_eq!(charge["channel"], "qr");
}
