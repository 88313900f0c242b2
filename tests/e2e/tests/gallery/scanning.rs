//! Scanning: the QR code on the screen is read by two decoders, at every width, density, theme and brightness, and through
//! the styles of an extension that darkens pages.

use super::in_chromium;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use gopay_e2e::{Decoder, Device, Payer, Shop};
use image::{GrayImage, load_from_memory};
use serde_json::json;

/// Widths of the card in CSS pixels: the narrowest, a phone's, and one from which on the code has its full size.
const WIDTHS: [u32; 3] = [280, 360, 448];

/// Modules of white that belong to a code on each side.
const QUIET_ZONE: f64 = 4.0;

/// Modules of a long QRIS code, of QR version 8.
const MODULES: f64 = 49.0;

/// In a script: the element, the QR code, and the place of the quiet zone with a little of what is around it.
const CODE: &str = "const widget = document.querySelector('gopay-checkout');
    const code = widget.shadowRoot.querySelector('[part~=qr]');
    const { left, top, width, height } = code.parentElement.getBoundingClientRect();
    const around = { x: left + scrollX - 8, y: top + scrollY - 8, width: width + 16, height: height + 16 };";

/// A picture of the QR code and of what is around it, as it is on a screen of this density.
async fn picture(payer: &Payer<'_>) -> GrayImage {
    let mut clip = payer.evaluates(&format!("{CODE} return around")).await.expect("a QR code");
    clip["scale"] = json!(1);
    let options = json!({"format": "png", "clip": clip, "captureBeyondViewport": true});
    let taken = payer.browser().devtools("Page.captureScreenshot", options).await.expect("a screenshot");
    let png = BASE64.decode(taken["data"].as_str().expect("Base64")).expect("Base64");
    load_from_memory(&png).expect("an image").to_luma8()
}

/// The same on a screen of half the brightness.
fn dimmed(picture: &GrayImage) -> GrayImage {
    let mut dimmed = picture.clone();
    dimmed.pixels_mut().for_each(|pixel| pixel.0[0] /= 2);
    dimmed
}

async fn is_read_by_both_decoders(payer: &Payer<'_>, qris: &str, what: &str) {
    for density in [1, 3] {
        let metrics = json!({"width": 1280, "height": 900, "deviceScaleFactor": density, "mobile": false});
        payer.browser().devtools("Emulation.setDeviceMetricsOverride", metrics).await.expect("Chromium emulates it");
        for width in WIDTHS {
            let wide = format!("{CODE} widget.style.inlineSize = '{width}px'; return code.decode().then(() => 0)");
            payer.evaluates(&wide).await.expect("it is as wide");
            let bright = picture(payer).await;
            for (brightness, seen) in [(100, &bright), (50, &dimmed(&bright))] {
                for decoder in Decoder::ALL {
                    let read = decoder.reads(seen);
                    assert_eq!(
                        read.as_deref(),
                        Ok(qris),
                        "{what}, {width} px × {density}, {brightness} %, {decoder:?}"
                    );
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_decoders_read_the_code_at_every_width_and_density_in_both_themes_and_at_half_the_brightness() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("recorded_traffic").await;
    payer.sees_qr_code().await;
    let qris = shop.sandbox.qris_of(&order.order_id).await;
    for theme in ["light", "dark"] {
        let themed = format!("{CODE} widget.setAttribute('theme', '{theme}')");
        payer.evaluates(&themed).await.expect("an attribute");
        is_read_by_both_decoders(&payer, &qris, theme).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_decoders_read_the_code_through_the_styles_of_an_extension_that_darkens_pages() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("darkened").await;
    payer.sees_qr_code().await;
    let qris = shop.sandbox.qris_of(&order.order_id).await;
    is_read_by_both_decoders(&payer, &qris, "darkened").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_module_of_a_long_qris_code_has_five_pixels_and_at_the_narrowest_card_nearly_four() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.opens("recorded_traffic").await;
    payer.sees_qr_code().await;
    for (width, least) in [(280, 3.8), (291, 4.0), (360, 5.1), (448, 5.1)] {
        let side = format!("{CODE} widget.style.inlineSize = '{width}px'; return code.clientWidth");
        let side = payer.evaluates(&side).await.expect("a QR code").as_f64().expect("a number");
        // The picture brings a quiet zone of its own.
        let module = side / (MODULES + 2.0 * QUIET_ZONE);
        assert!(module >= least, "{width} px: {module} px for a module");
    }
}
