//! Accessibility: axe-core finds no violation, in any screen, language and theme.

use super::{EVERYTHING, finds_nothing, in_chromium, shows};
use gopay_e2e::{Device, Payer, Shop};
use serde_json::json;
use std::fs;
use std::path::Path;

/// Asserts that axe-core finds no violation within `root`.
pub(crate) async fn has_no_violation(payer: &Payer<'_>, what: &str, root: &str) {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../node_modules/axe-core/axe.min.js");
    let axe = fs::read_to_string(&axe).expect("`npm ci` brings axe-core");
    payer.browser().client().execute(&axe, Vec::new()).await.expect("axe runs");
    // Wait for animations: colours in transition have other contrasts.
    let script = format!(
        "await_ = Promise.all(document.getAnimations().filter((it) => it.effect.getTiming().iterations === 1).map((it) => it.finished));
        return await_.then(() => axe.run({root:?})).then(({{ violations }}) => violations.flatMap(({{ id, nodes }}) =>
            nodes.map(({{ target, failureSummary }}) => `${{id}} ${{JSON.stringify(target)}} ${{failureSummary}}`)))"
    );
    finds_nothing(payer, what, &format!("let await_; {script}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_screen_in_any_language_and_theme_has_an_obstacle() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    for lang in ["id", "en"] {
        for theme in ["light", "dark"] {
            let choices = format!("lang={lang}&theme={theme}");
            shows(&shop, &payer, &choices).await;
            has_no_violation(&payer, &choices, "#screens").await;
            for alone in ["offline", "enlarged"] {
                shows(&shop, &payer, &format!("{choices}&screen={alone}")).await;
                super::has_all_styles(&payer).await;
                has_no_violation(&payer, &format!("{alone}, {choices}"), "#screens").await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_example_theme_takes_a_contrast_away() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    for (look, theme) in [("kopi", "light"), ("kotak", "light"), ("malam", "dark")] {
        shows(&shop, &payer, &format!("shop={look}&theme={theme}")).await;
        has_no_violation(&payer, look, "#screens").await;
    }
}

/// Lists what can be pressed and has another name than the words that are seen on it, and fields of a form.
const NAMED_OTHERWISE: &str = "
    return everything(document.getElementById('screens')).filter((it) => it.getRootNode() !== document
        && (it.matches('input, select, textarea') || (it.matches('a, button') && (!it.innerText.trim()
            || ['aria-label', 'aria-labelledby', 'title'].some((name) => it.hasAttribute(name))))))
        .map((it) => it.outerHTML)";

#[tokio::test(flavor = "multi_thread")]
async fn whoever_speaks_to_the_device_calls_each_button_by_the_words_on_it() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    shows(&shop, &payer, "lang=id").await;
    finds_nothing(&payer, "every button and link", &format!("{EVERYTHING}{NAMED_OTHERWISE}")).await;
}

/// Lists texts in the cards that shine through, and secondary texts in another colour than the rest.
const SHINES_THROUGH: &str = "
    return everything(document.getElementById('screens')).filter((it) => it.getRootNode() !== document && it.matches('p, b, ol, .card'))
        .filter((it) => getComputedStyle(it).opacity !== '1'
            || (it.matches('.hint') && getComputedStyle(it).color !== getComputedStyle(it.closest('.card')).color))
        .map((it) => `${it.className}: ${getComputedStyle(it).opacity} ${getComputedStyle(it).color}`)";

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_less_transparency_or_more_contrast_gets_whole_colours() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    for (feature, value) in [("prefers-reduced-transparency", "reduce"), ("prefers-contrast", "more")] {
        let wish = json!({"features": [{"name": feature, "value": value}]});
        payer.browser().devtools("Emulation.setEmulatedMedia", wish).await.expect("Chromium emulates it");
        for theme in ["light", "dark"] {
            shows(&shop, &payer, &format!("theme={theme}&lang=id")).await;
            super::has_all_styles(&payer).await;
            finds_nothing(&payer, &format!("{feature}, {theme}"), &format!("{EVERYTHING}{SHINES_THROUGH}")).await;
            has_no_violation(&payer, feature, "#screens").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_moves_for_who_asks_for_less_motion() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    shows(&shop, &payer, "lang=id").await;
    super::has_all_styles(&payer).await;
    let moving = "return [...document.querySelectorAll('gopay-checkout')]
        .flatMap((it) => it.shadowRoot.getAnimations().map((moving) => `${moving.animationName ?? moving.transitionProperty} in ${it.state}`))";
    let found = payer.evaluates(moving).await.expect("a list");
    assert_ne!(found, json!([]), "a skeleton breathes where nobody asks");
    let wish = json!({"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]});
    payer.browser().devtools("Emulation.setEmulatedMedia", wish).await.expect("Chromium emulates it");
    finds_nothing(&payer, "with less motion", moving).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dialog_has_a_name_keeps_the_focus_closes_on_escape_and_can_be_taken_up_again() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    shows(&shop, &payer, "screen=&lang=id&theme=light").await;
    for _ in 0..2 {
        payer
            .evaluates("document.getElementById('told').textContent = ''; document.getElementById('dialog').focus()")
            .await
            .expect("a button");
        super::keyboard::presses(&payer, super::keyboard::ENTER).await;
        let open = "return document.querySelector('dialog[open] gopay-checkout')?.state ?? null";
        super::keyboard::sees(&payer, "the payment is in the dialog", open, "pending").await;
        has_no_violation(&payer, "the dialog", "dialog").await;
        let name = payer.evaluates("return document.querySelector('dialog').ariaLabel").await;
        assert_eq!(name, Ok("Pembayaran GoPay".into()));
        // Round twice: the focus leaves it for the browser's own buttons alone.
        for _ in 0..14 {
            super::keyboard::presses(&payer, super::keyboard::TAB).await;
            let at = payer
                .evaluates(
                    "return document.activeElement.closest('dialog') ? 'dialog' : document.activeElement.tagName",
                )
                .await;
            assert!(at == Ok("dialog".into()) || at == Ok("BODY".into()), "{at:?}");
        }
        super::keyboard::presses(&payer, super::keyboard::ESCAPE).await;
        let told = "return document.getElementById('told').textContent.trim()";
        super::keyboard::sees(&payer, "the page is told", told, "onPending:order-101 onClose:pending").await;
        let back = payer.evaluates("return [document.querySelector('dialog'), document.activeElement.id]").await;
        assert_eq!(back, Ok(serde_json::json!([null, "dialog"])), "the focus is where it was");
    }
}
