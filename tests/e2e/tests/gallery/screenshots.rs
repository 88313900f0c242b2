//! Visual regression: every screen of the gallery against its picture in `baselines/`, made with Debian's Chromium and its
//! `DejaVu Sans`. `GOPAY_E2E_BASELINES=draw` makes them anew, and docs/widget.png and docs/gallery.png with them; look at them
//! before you commit them. With `E2E_SCREENSHOTS` what differs is saved there.

use super::{has_all_styles, in_chromium, shows};
use fantoccini::Locator;
use gopay_e2e::{Device, Payer, Shop, eventually};
use image::{RgbImage, imageops, load_from_memory};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Tolerated difference of a pixel's colour: anti-aliasing of letters varies a little, and baselines have fewer colours.
const SAME: u8 = 40;

/// Tolerated number of pixels of ten thousand that differ by more: less than a word of a hint, or than a drawing.
const TOLERATED: usize = 10;

/// Levels of each colour channel in a baseline: so it needs no more than a palette.
const LEVELS: [u16; 3] = [32, 16, 8];

/// Each set of baselines: its folder, the gallery's choices, and the width of the element: on a page of 360 pixels with the
/// usual margins, and on one of 1280, where it has two columns and its greatest width; the window that an enlarged code fills.
const SETS: [(&str, &str, u32, (u32, u32)); 3] = [
    ("light-360", "theme=light&lang=id", 328, (360, 640)),
    ("dark-360", "theme=dark&lang=en", 328, (360, 640)),
    ("light-1280", "theme=light&lang=id", 704, (1280, 720)),
];

/// Makes every screen as wide, and keeps still what changes by itself: the seconds, and the time at which later.css comes to
/// the loader's placeholder.
const STILL: &str = "
    const still = new CSSStyleSheet();
    still.replaceSync('.clock { visibility: hidden }');
    const page = new CSSStyleSheet();
    page.replaceSync(`section { width: ${WIDTH}px !important; max-inline-size: none }`);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, page];
    for (const it of document.querySelectorAll('gopay-checkout')) {
        it.shadowRoot.adoptedStyleSheets = [...it.shadowRoot.adoptedStyleSheets, still];
    }
    const box = document.querySelector('.loading')?.shadowRoot;
    if (box) box.adoptedStyleSheets = [box.adoptedStyleSheets[0]];";

/// Names of the screens that are shown.
const NAMES: &str = "return [...document.querySelectorAll('section')].map((it) => it.firstChild.textContent)";

/// Pictures of all screens that are shown, with their names.
async fn pictures(payer: &Payer<'_>, width: u32) -> Vec<(String, RgbImage)> {
    has_all_styles(payer).await;
    let drawn = "return Promise.all([...document.querySelectorAll('gopay-checkout')].flatMap((it) => [...it.shadowRoot.querySelectorAll('img')])
        .map((it) => it.decode().catch(() => 0))).then(() => 0)";
    payer.evaluates(drawn).await.expect("pictures");
    payer.evaluates(&STILL.replace("${WIDTH}", &width.to_string())).await.expect("stylesheets");
    rests(payer).await;
    let names = payer.evaluates(NAMES).await.expect("names");
    let names: Vec<String> = serde_json::from_value(names).expect("names");
    let cards = payer.browser().client().find_all(Locator::Css("section > :last-child")).await.expect("cards");
    let mut pictures = Vec::new();
    for (at, (name, card)) in names.into_iter().zip(cards).enumerate() {
        // A picture ends where the window does.
        let card_at = format!("const it = document.querySelectorAll('section > :last-child')[{at}];");
        let scrolled = format!("{card_at} it.scrollIntoView(); return it.getBoundingClientRect().top");
        let still = format!("{card_at} return it.getBoundingClientRect().top");
        // A button of a card that was pressed a moment ago may scroll the page.
        let png = eventually("the page stands still for a picture", async || {
            let before = payer.evaluates(&scrolled).await?;
            let png = card.screenshot().await.map_err(|error| error.to_string())?;
            let after = payer.evaluates(&still).await?;
            if before == after { Ok(png) } else { Err(format!("from {before} to {after}")) }
        })
        .await;
        pictures.push((name, picture(&png)));
    }
    pictures
}

/// Waits until what moves once has moved.
async fn rests(payer: &Payer<'_>) {
    let finished = "return Promise.all([...document.querySelectorAll('gopay-checkout')].flatMap((it) => it.shadowRoot.getAnimations())
        .filter((it) => it.effect.getTiming().iterations === 1).map((it) => it.finished)).then(() => 0)";
    payer.evaluates(finished).await.expect("it comes to rest");
}

fn picture(png: &[u8]) -> RgbImage {
    load_from_memory(png).expect("an image").to_rgb8()
}

/// Picture of the whole window, in which the QR code is enlarged.
async fn enlarged(shop: &Shop, payer: &Payer<'_>, choices: &str, (width, height): (u32, u32)) -> RgbImage {
    let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
    payer.browser().devtools("Emulation.setDeviceMetricsOverride", metrics).await.expect("a size");
    shows(shop, payer, &format!("screen=enlarged&{choices}")).await;
    has_all_styles(payer).await;
    super::enlarged::is_open(payer).await;
    picture(&payer.browser().client().screenshot().await.expect("a screenshot"))
}

/// Draws the pictures of the documents: three screens side by side, and the gallery as it is opened.
async fn draw_for_documents(shop: &Shop, payer: &Payer<'_>) {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let mut cards = Vec::new();
    for (left, screen, width) in [(20, "pending-qr", 448), (488, "pending-deeplink", 328), (836, "settlement", 448)] {
        shows(shop, payer, &format!("screen={screen}&lang=id&theme=light")).await;
        let wide = format!(
            "document.body.style.background = 'rgb(237, 241, 244)'; document.querySelector('section').style.width = '{width}px'"
        );
        payer.evaluates(&wide).await.expect("a page");
        has_all_styles(payer).await;
        rests(payer).await;
        let card = payer.browser().client().find(Locator::Css("gopay-checkout")).await.expect("it stands alone");
        cards.push((left, picture(&card.screenshot().await.expect("a screenshot of it"))));
    }
    // As high as the highest card, with the same margin on each side.
    let height = cards.iter().map(|(_, card)| card.height()).max().unwrap_or_default() + 40;
    let mut whole = RgbImage::from_pixel(1304, height, image::Rgb([237, 241, 244]));
    for (left, card) in &cards {
        imageops::overlay(&mut whole, card, *left, 20);
    }
    save(&whole, &docs.join("widget.png"));
    let metrics = json!({"width": 1280, "height": 860, "deviceScaleFactor": 1, "mobile": false});
    payer.browser().devtools("Emulation.setDeviceMetricsOverride", metrics).await.expect("Chromium emulates a size");
    shows(shop, payer, "lang=id&theme=light&width=328&size=50").await;
    has_all_styles(payer).await;
    rests(payer).await;
    payer.evaluates("scrollTo(0, 0)").await.expect("a page");
    let page = payer.browser().client().screenshot().await.expect("a screenshot");
    save(&picture(&page), &docs.join("gallery.png"));
}

fn differing_of_ten_thousand(now: &RgbImage, before: &RgbImage) -> Option<usize> {
    let differs = |(now, before): (&u8, &u8)| now.abs_diff(*before) > SAME;
    let pixels = now.pixels().zip(before.pixels());
    let differing = pixels.filter(|(now, before)| now.0.iter().zip(&before.0).any(differs)).count();
    (now.dimensions() == before.dimensions()).then(|| differing * 10_000 / now.pixels().len().max(1))
}

/// Writes a PNG with a palette, of as many colours as that has.
fn save(picture: &RgbImage, file: &Path) {
    let drawn = LEVELS.into_iter().find_map(|levels| {
        let step = 255.0 / f32::from(levels - 1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is rounded to 0..=255")]
        let coarse = |channel: u8| ((f32::from(channel) / step).round() * step).round() as u8;
        let colours: Vec<[u8; 3]> = picture.pixels().map(|pixel| pixel.0.map(coarse)).collect();
        let palette: Vec<_> = colours.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let index = |colour: &[u8; 3]| palette.binary_search(colour).ok().and_then(|at| u8::try_from(at).ok());
        let indices: Option<Vec<u8>> = colours.iter().map(index).collect();
        indices.map(|indices| (palette.concat(), indices))
    });
    let (palette, indices) = drawn.expect("eight levels are few colours");
    let mut encoded = Vec::new();
    let mut encoder = png::Encoder::new(&mut encoded, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette);
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    let written = encoder.write_header().and_then(|mut it| it.write_image_data(&indices));
    written.expect("it is encoded into memory");
    fs::create_dir_all(file.parent().expect("a folder")).expect("a folder can be made");
    fs::write(file, encoded).expect("the folder is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_looks_as_it_was_found_good_on_a_phone_and_on_a_computer_in_both_languages_and_themes() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gallery/baselines");
    let draws = env::var("GOPAY_E2E_BASELINES").as_deref() == Ok("draw");
    let metrics = json!({"width": 1280, "height": 1200, "deviceScaleFactor": 1, "mobile": false});
    payer.browser().devtools("Emulation.setDeviceMetricsOverride", metrics.clone()).await.expect("a size");
    let calm = json!({"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]});
    payer.browser().devtools("Emulation.setEmulatedMedia", calm).await.expect("Chromium emulates it");
    let mut wrong = Vec::new();
    for (set, choices, width, window) in SETS {
        let mut all = Vec::new();
        for only in ["", "screen=offline&"] {
            shows(&shop, &payer, &format!("{only}{choices}")).await;
            all.extend(pictures(&payer, width).await);
        }
        all.push(("enlarged".to_owned(), enlarged(&shop, &payer, choices, window).await));
        payer.browser().devtools("Emulation.setDeviceMetricsOverride", metrics.clone()).await.expect("a size");
        let screens = payer.evaluates("return window.SCREENS").await.expect("the gallery's list");
        let names: BTreeSet<_> = all.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            screens.as_array().expect("a list").iter().filter_map(Value::as_str).collect(),
            "all screens"
        );
        for (name, now) in &all {
            let file = folder.join(set).join(format!("{name}.png"));
            if draws {
                save(now, &file);
            }
            let before = fs::read(&file).unwrap_or_else(|_| panic!("no baseline {}", file.display()));
            let before = picture(&before);
            match differing_of_ten_thousand(now, &before) {
                Some(differing) if differing <= TOLERATED => continue,
                Some(differing) => wrong.push(format!("{set}/{name}: {differing} of ten thousand pixels differ")),
                None => wrong.push(format!("{set}/{name}: {:?}, before {:?}", now.dimensions(), before.dimensions())),
            }
            if let Some(folder) = env::var_os("E2E_SCREENSHOTS").map(PathBuf::from) {
                save(now, &folder.join(set).join(format!("{name}.png")));
            }
        }
    }
    if draws {
        draw_for_documents(&shop, &payer).await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
