//! Layout shift: nothing moves by itself, because a button that moves under a finger is pressed by mistake.

use super::in_chromium;
use gopay_e2e::{Device, Shop};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_on_the_page_moves_from_the_first_screen_to_the_paid_one() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    for (device, on_its_side) in [(Device::Desktop, false), (Device::Phone, false), (Device::Phone, true)] {
        for end in ["settlement", "expire"] {
            let payer = shop.welcomes(device).await;
            if on_its_side {
                let metrics = json!({"width": 800, "height": 360, "screenWidth": 800, "screenHeight": 360,
                    "deviceScaleFactor": 2, "mobile": true});
                payer.browser().devtools("Emulation.setDeviceMetricsOverride", metrics).await.expect("it is turned");
            }
            let order = payer.opens("layout_shift").await;
            payer.waits_for_state("pending").await;
            payer.refreshes().await;
            payer.waits_for_state("pending").await;
            if end == "settlement" {
                shop.sandbox.is_paid(&order.order_id).await;
            } else {
                shop.sandbox.ends(&order.order_id, end).await;
            }
            payer.waits_for_state(end).await;
            // The browser tells what has moved once it has drawn it.
            let drawn = "return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => drawn(shifts)))))";
            assert_eq!(payer.evaluates(drawn).await, Ok(json!([])), "{device:?}, on its side: {on_its_side}, {end}");
        }
    }
}
