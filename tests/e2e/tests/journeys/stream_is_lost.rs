//! Some networks let no event stream through.

use gopay_e2e::{Device, Shop};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_whose_network_blocks_the_event_stream_sees_it_paid_by_asking() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let blocked = json!({"urls": ["*/events"], "urlPatterns": [{"urlPattern": "*://*/*/events", "block": true}]});
    payer.browser().devtools("Network.enable", json!({})).await.expect("the browser can watch its network");
    payer.browser().devtools("Network.setBlockedURLs", blocked).await.expect("the browser can block addresses");

    payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;
    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;

    let exchanges = payer.browser().network().await;
    assert!(exchanges.iter().all(|it| !it.url.ends_with("/events")), "the stream was blocked: {exchanges:?}");
    assert!(exchanges.iter().any(|it| it.url.contains("/api/gopay/orders/")), "the status was asked for");
}
