//! Visual regression: screenshots against those in `baselines/`, made with Debian's Chromium and its `DejaVu Sans`.
//! `GOPAY_E2E_BASELINES=draw` makes them anew; look at them before you commit them.

use super::{in_chromium, shows};
use fantoccini::Locator;
use gopay_e2e::{Device, Shop};
use image::{RgbImage, load_from_memory};
use std::path::Path;
use std::{env, fs};

/// Tolerated difference of a pixel's colour: anti-aliasing of letters varies a little.
const SAME: u8 = 40;

/// Tolerated number of pixels of a thousand that differ by more.
const TOLERATED: usize = 5;

fn differing_of_a_thousand(now: &RgbImage, before: &RgbImage) -> usize {
    assert_eq!(now.dimensions(), before.dimensions(), "of another size");
    let differs = |(now, before): (&u8, &u8)| now.abs_diff(*before) > SAME;
    let pixels = now.pixels().zip(before.pixels());
    let differing = pixels.filter(|(now, before)| now.0.iter().zip(&before.0).any(differs)).count();
    differing * 1_000 / (now.pixels().len().max(1))
}

#[tokio::test(flavor = "multi_thread")]
async fn it_looks_as_it_was_found_good() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gallery/baselines");
    for (screen, choices) in [
        ("pending-qr", "theme=light&width=448&lang=id"),
        ("pending-deeplink", "theme=dark&width=328&lang=id"),
        ("not-opened", "theme=light&width=280&lang=en"),
        ("settlement", "theme=light&width=448&lang=id"),
        ("expire", "theme=dark&width=448&lang=en"),
    ] {
        shows(&shop, &payer, &format!("screen={screen}&{choices}")).await;
        let finished = "return Promise.all(document.querySelector('gopay-checkout').shadowRoot.getAnimations().map((it) => it.finished)).then(() => 0)";
        payer.evaluates(finished).await.expect("it comes to rest");
        let card = payer.browser().client().find(Locator::Css("gopay-checkout")).await.expect("it stands alone");
        let png = card.screenshot().await.expect("a screenshot of it");
        let file = folder.join(format!("{screen}.png"));
        if env::var("GOPAY_E2E_BASELINES").as_deref() == Ok("draw") {
            fs::write(&file, &png).expect("the folder is there");
        }
        let before = fs::read(&file).expect("a baseline that was committed");
        let [now, before] = [png, before].map(|png| load_from_memory(&png).expect("an image").to_rgb8());
        let differing = differing_of_a_thousand(&now, &before);
        assert!(differing <= TOLERATED, "{screen}: {differing} of a thousand pixels differ from {}", file.display());
    }
}
