//! Blocked push stream: some networks let no event stream through.

use gopay_e2e::{Device, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_whose_network_blocks_the_event_stream_sees_it_paid_by_polling() {
    let shop = Shop::opens().await;
    shop.proxy.block("/events");
    let payer = shop.welcomes(Device::Desktop).await;
    payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;
    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;

    let exchanges = shop.proxy.exchanges();
    let (streams, others): (Vec<_>, Vec<_>) = exchanges.iter().partition(|it| it.path.ends_with("/events"));
    assert!(!streams.is_empty(), "the stream was tried");
    assert!(streams.iter().all(|it| it.status.is_none()), "and blocked: {streams:?}");
    let asked = others.iter().any(|it| it.path.starts_with("/api/gopay/orders/") && it.status == Some(200));
    assert!(asked, "the status was asked for");
}
