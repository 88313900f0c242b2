//! Widths: nothing is cut off or scrolls sideways, and every target is large enough.

use super::{EVERYTHING, finds_nothing, in_chromium, shows};
use gopay_e2e::{Device, Shop};
use serde_json::json;

/// Lists elements whose content is wider than they are.
const TOO_WIDE: &str = "
    return everything(document.getElementById('screens')).filter((it) => it.scrollWidth > it.clientWidth + 1
        && it.clientWidth > 0 && getComputedStyle(it).display !== 'inline')
        .map((it) => `${it.className || it.tagName}: ${it.scrollWidth} in ${it.clientWidth}: ${it.innerText}`)";

/// Lists buttons and links smaller than 44 pixels.
const TOO_SMALL: &str = "
    return everything(document.getElementById('screens')).filter((it) => it.matches('a, button, summary') && it.checkVisibility({ visibilityProperty: true })
        && (it.getBoundingClientRect().height < 44 || it.getBoundingClientRect().width < 44))
        .map((it) => `${it.innerText}: ${it.getBoundingClientRect().width} x ${it.getBoundingClientRect().height}`)";

#[tokio::test(flavor = "multi_thread")]
async fn at_280_pixels_nothing_is_cut_off_and_every_target_is_as_large_as_a_finger() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    for lang in ["id", "en"] {
        for width in [280, 328, 448] {
            let choices = format!("lang={lang}&width={width}");
            shows(&shop, &payer, &choices).await;
            finds_nothing(&payer, &choices, &format!("{EVERYTHING}{TOO_WIDE}")).await;
            finds_nothing(&payer, &choices, &format!("{EVERYTHING}{TOO_SMALL}")).await;
        }
    }
}

/// Lists elements whose content is higher than they are and cut off.
const CUT_OFF: &str = "
    return everything(document.getElementById('screens')).filter((it) => it.scrollHeight > it.clientHeight + 1
        && getComputedStyle(it).overflowY !== 'visible')
        .map((it) => `${it.className || it.tagName}: ${it.scrollHeight} in ${it.clientHeight}: ${it.innerText}`)";

/// Sets the text spacing of WCAG 2.2, 1.4.12, within every card.
const SPACED: &str = "
    const spaced = new CSSStyleSheet();
    spaced.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-block-end: 2em !important }');
    for (const { shadowRoot } of document.querySelectorAll('gopay-checkout')) {
        shadowRoot.adoptedStyleSheets = [...shadowRoot.adoptedStyleSheets, spaced];
    }";

#[tokio::test(flavor = "multi_thread")]
async fn at_a_zoom_of_400_percent_one_column_is_read_without_scrolling_sideways() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    // 1280 × 1024 at 400 %.
    let zoomed = json!({"width": 320, "height": 256, "deviceScaleFactor": 4, "mobile": false});
    payer.browser().devtools("Emulation.setDeviceMetricsOverride", zoomed).await.expect("Chromium emulates a size");
    for screen in ["pending-qr", "pending-deeplink", "not-opened", "settlement", "deny", "status-unreachable"] {
        shows(&shop, &payer, &format!("screen={screen}&lang=id")).await;
        let sideways = "return document.documentElement.scrollWidth - innerWidth";
        let over = payer.evaluates(sideways).await.expect("a number").as_i64();
        assert!(over.is_some_and(|over| over <= 0), "{screen}: {over:?} px stick out");
        finds_nothing(&payer, screen, &format!("{EVERYTHING}{TOO_WIDE}")).await;
        finds_nothing(&payer, screen, &format!("{EVERYTHING}{TOO_SMALL}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_wider_text_spacing_nothing_is_cut_off() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    for lang in ["id", "en"] {
        let choices = format!("lang={lang}&width=328");
        shows(&shop, &payer, &choices).await;
        payer.evaluates(SPACED).await.expect("a stylesheet");
        finds_nothing(&payer, &choices, &format!("{EVERYTHING}{TOO_WIDE}")).await;
        finds_nothing(&payer, &choices, &format!("{EVERYTHING}{CUT_OFF}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn text_of_twice_the_size_fits_in_both_languages() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    for lang in ["id", "en"] {
        let choices = format!("lang={lang}&width=448");
        shows(&shop, &payer, &choices).await;
        payer.evaluates("document.documentElement.style.fontSize = '200%'").await.expect("it is a page");
        finds_nothing(&payer, &format!("200 %, {choices}"), &format!("{EVERYTHING}{TOO_WIDE}")).await;
    }
}
