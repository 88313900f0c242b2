//! Enlarged QR code: how large it gets, what reads it, on paper, and without the stylesheet that it needs.

use super::{has_all_styles, in_chromium, shows};
use gopay_e2e::{Decoder, Device, Payer, Shop, eventually};
use image::load_from_memory;
use serde_json::json;

/// In a script: the button and the quiet zone, which is the popover.
const CODE: &str = "const root = document.querySelector('gopay-checkout').shadowRoot;
    const button = root.querySelector('[part~=enlarge]');
    const zone = root.querySelector('.quiet-zone');
    const image = zone.querySelector('img');";

/// Waits until the code is enlarged and its image is there.
pub(crate) async fn is_open(payer: &Payer<'_>) {
    let open =
        format!("{CODE} return zone.matches(':popover-open') && image.complete && image.decode().then(() => true)");
    eventually("the code is enlarged", async || {
        let seen = payer.evaluates(&open).await?;
        if seen == true { Ok(()) } else { Err(seen.to_string()) }
    })
    .await;
}

async fn window(payer: &Payer<'_>, (width, height): (u32, u32), density: u32) {
    let metrics = json!({"width": width, "height": height, "deviceScaleFactor": density, "mobile": false});
    payer.browser().devtools("Emulation.setDeviceMetricsOverride", metrics).await.expect("Chromium emulates a size");
}

#[tokio::test(flavor = "multi_thread")]
async fn enlarged_the_code_takes_the_shorter_side_of_any_window_and_two_decoders_read_it() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("recorded_traffic").await;
    payer.sees_qr_code().await;
    has_all_styles(&payer).await;
    let qris = shop.sandbox.qris_of(&order.order_id).await;
    payer.presses_button("Layar penuh").await;
    is_open(&payer).await;
    // A phone's scroll bars take no room.
    payer.evaluates("document.documentElement.style.overflow = 'hidden'").await.expect("it is a page");
    // Upright there are two lines below it, on its side they are beside it; the quiet zone is 12 pixels on each side.
    for (size, side) in [((360, 640), 336), ((640, 360), 336), ((1280, 720), 696), ((768, 1024), 744)] {
        for density in [1, 3] {
            window(&payer, size, density).await;
            let shown = format!(
                "{CODE} return [Math.min(image.clientWidth, image.clientHeight), zone.scrollHeight - innerHeight, getComputedStyle(zone).backgroundColor]"
            );
            assert_eq!(payer.evaluates(&shown).await, Ok(json!([side, 0, "rgb(255, 255, 255)"])), "{size:?}");
            let png = payer.browser().client().screenshot().await.expect("a screenshot");
            let seen = load_from_memory(&png).expect("an image").to_luma8();
            for decoder in Decoder::ALL {
                assert_eq!(decoder.reads(&seen).as_deref(), Ok(&*qris), "{size:?} × {density}, {decoder:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_keeps_its_place_behind_an_enlarged_code_and_paper_shows_neither_it_nor_its_button() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    shows(&shop, &payer, "screen=pending-qr&lang=id&width=448").await;
    has_all_styles(&payer).await;
    let height = "return document.querySelector('gopay-checkout').offsetHeight";
    let before = payer.evaluates(height).await;
    payer.presses_button("Layar penuh").await;
    is_open(&payer).await;
    assert_eq!(payer.evaluates(height).await, before);
    payer.browser().devtools("Emulation.setEmulatedMedia", json!({"media": "print"})).await.expect("paper");
    let printed = format!("{CODE} return [zone, button].map((it) => it.checkVisibility())");
    assert_eq!(payer.evaluates(&printed).await, Ok(json!([false, false])));
    payer.evaluates(&format!("{CODE} zone.hidePopover()")).await.expect("it was open");
    assert_eq!(payer.evaluates(&printed).await, Ok(json!([true, false])), "the code, without a button");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_styles_that_follow_the_code_is_there_and_no_button() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.browser().devtools("Network.enable", json!({})).await.expect("Chromium has it");
    payer.browser().devtools("Network.setBlockedURLs", json!({"urls": ["*.later.js"]})).await.expect("it is blocked");
    let order = payer.opens("recorded_traffic").await;
    payer.sees_qr_code().await;
    let shown = format!("{CODE} return [button, zone.querySelector('p'), image].map((it) => it.checkVisibility())");
    assert_eq!(payer.evaluates(&shown).await, Ok(json!([false, false, true])));
    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;
    assert_eq!(payer.waits_to_hear("gopay-settlement").await["order_id"], order.order_id.as_str());
}
