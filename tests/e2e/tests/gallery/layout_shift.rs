//! Layout shift: nothing moves by itself while something can be pressed, because a button that moves under a finger is
//! pressed by mistake. When a payment has ended, the card gives back the room of the code; its buttons come after that.

use super::in_chromium;
use gopay_e2e::{Device, Shop};
use serde_json::json;

/// The shifts so far: the browser reports what has moved once it has drawn it.
const DRAWN: &str = "return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => drawn(shifts)))))";

/// Buttons of the widget that could be pressed in a frame in which they moved, until the animations have ended.
const PRESSABLE_WHILE_MOVING: &str = "
    const root = document.querySelector('gopay-checkout').shadowRoot;
    const frame = () => new Promise(requestAnimationFrame);
    return (async () => {
        const found = [];
        let before = new Map();
        do {
            await frame();
            const now = new Map([...root.querySelectorAll('button, a')]
                .filter((it) => it.checkVisibility({ visibilityProperty: true }))
                .map((it) => [it, it.getBoundingClientRect().top]));
            for (const [it, top] of now) if (before.has(it) && Math.abs(before.get(it) - top) > 1) found.push(it.innerText);
            before = now;
        } while (root.getAnimations().some((it) => it.effect.getTiming().iterations === 1));
        return found;
    })()";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_on_the_page_moves_from_the_first_screen_until_the_payment_has_ended() {
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
            assert_eq!(payer.evaluates(DRAWN).await, Ok(json!([])), "{device:?}, on its side: {on_its_side}");
            if end == "settlement" {
                shop.sandbox.is_paid(&order.order_id).await;
            } else {
                shop.sandbox.ends(&order.order_id, end).await;
            }
            payer.waits_for_state(end).await;
            let moved = payer.evaluates(PRESSABLE_WHILE_MOVING).await;
            assert_eq!(moved, Ok(json!([])), "{device:?}, on its side: {on_its_side}, {end}");
            // The room is given back, and the rest is quiet.
            let room =
                "return document.querySelector('gopay-checkout').shadowRoot.querySelector('.figure').offsetHeight";
            let height = payer.evaluates(room).await.expect("a number").as_f64();
            // Beside the words of a wide card the drawing is as high as they are.
            let most = if device == Device::Desktop { 260.0 } else { 160.0 };
            assert!(height.is_some_and(|height| height < most), "{device:?}, {end}: {height:?} for a drawing");
        }
    }
}
