//! Widths: nothing is cut off or scrolls sideways, and every target is large enough.

use super::{EVERYTHING, finds_nothing, in_chromium, shows};
use gopay_e2e::{Device, Shop};

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
