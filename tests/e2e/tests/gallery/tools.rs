//! The gallery's own tools: search, comparison, code to copy and the theme editor.

use super::accessibility::has_no_violation;
use super::{in_chromium, shows};
use gopay_e2e::{Device, Shop};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Names of the screens that are shown.
const SHOWN: &str =
    "return [...document.querySelectorAll('section:not([hidden])')].map((it) => it.firstChild.textContent)";

/// Sets a field as a person does.
fn types(id: &str, value: &str) -> String {
    format!(
        "const it = document.querySelector({id:?}); it.value = {value:?};
        for (const name of ['input', 'change']) it.dispatchEvent(new Event(name, {{ bubbles: true }}))"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_editor_sets_every_custom_property_on_all_screens_and_writes_the_css() {
    if !in_chromium() {
        return;
    }
    let element = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../npm/element.json");
    let element: Value = serde_json::from_str(&fs::read_to_string(element).expect("a file")).expect("JSON");
    let rows = element["custom_properties"].as_array().expect("a list");
    let names = rows.iter().flat_map(|row| row["names"].as_array().expect("a list"));
    let documented: BTreeSet<_> = names.filter_map(|it| it["name"].as_str()).map(str::to_owned).collect();
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    shows(&shop, &payer, "theme=light").await;
    let offered = "return [...document.querySelectorAll('#properties [name]')].map((it) => `--gopay-${it.name}`)";
    let offered: BTreeSet<String> =
        serde_json::from_value(payer.evaluates(offered).await.expect("fields")).expect("texts");
    assert_eq!(offered, documented);

    payer.evaluates(&types("#property-accent", "#123456")).await.expect("a field");
    payer.evaluates(&types("#property-radius", "0.5")).await.expect("a field");
    let set = "return [...new Set([...document.querySelectorAll('section > gopay-checkout')]
        .map((it) => getComputedStyle(it).getPropertyValue('--gopay-accent')))]";
    assert_eq!(payer.evaluates(set).await, Ok(json!(["#123456"])));
    // With one colour come all: the others would follow the device's dark mode.
    let css = "gopay-checkout {\n  --gopay-accent: #123456;\n  --gopay-on-accent: #ffffff;\n  --gopay-surface: #ffffff;\n  \
        --gopay-text: #14202b;\n  --gopay-text-quiet: #52606d;\n  --gopay-line: #dde3e9;\n  --gopay-success: #0a7d33;\n  \
        --gopay-warning-text: #6b4300;\n  --gopay-warning-surface: #fff4e0;\n  --gopay-radius: 0.5rem;\n}\n";
    let written = "return document.querySelector('#css').textContent";
    assert_eq!(payer.evaluates(written).await, Ok(json!(css)));
    // The address brings it back.
    let query = payer.evaluates("return location.search.slice(1)").await.expect("a text");
    shows(&shop, &payer, query.as_str().expect("a text")).await;
    assert_eq!(payer.evaluates(written).await, Ok(json!(css)));
    payer.evaluates("document.querySelector('#reset').click()").await.expect("a button");
    assert_eq!(payer.evaluates(set).await, Ok(json!([""])));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_widgets_own_colours_and_every_example_are_readable_and_what_is_not_is_said_beside_the_css() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let bad = "return [...document.querySelectorAll('#contrasts .bad')].map((it) => it.parentElement.textContent)";
    for theme in ["light", "dark"] {
        shows(&shop, &payer, &format!("only=settlement&theme={theme}")).await;
        assert_eq!(payer.evaluates(bad).await, Ok(json!([])), "{theme}");
    }
    for (example, theme) in [("kopi", "light"), ("kotak", "light"), ("malam", "dark")] {
        shows(&shop, &payer, &format!("only=settlement&theme={theme}&shop={example}")).await;
        assert_eq!(payer.evaluates(bad).await, Ok(json!([])), "{example}");
    }
    // An example's values are in the CSS, and a colour may be written.
    let css = "return document.querySelector('#css').textContent";
    let has = |css: Result<Value, _>, part: &str| css.is_ok_and(|it| it.as_str().unwrap_or_default().contains(part));
    assert!(has(payer.evaluates(css).await, "--gopay-surface: #171226;"));
    payer.evaluates(&types(".written[aria-label^='Teks:']", "333")).await.expect("a field");
    assert!(has(payer.evaluates(css).await, "/* Kontras di bawah 4,5: Teks / Kartu"));
    assert!(has(payer.evaluates(css).await, "--gopay-text: #333333;"));
    let said = "return document.querySelector('#unreadable').textContent";
    assert!(has(payer.evaluates(said).await, "1 kontras di bawah 4,5"));
    payer.evaluates("document.querySelector('.changed:has(#property-text) .reset').click()").await.expect("a button");
    assert_eq!(payer.evaluates(said).await, Ok(json!("")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_is_found_by_its_words_and_compared_in_every_language_theme_and_width() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    shows(&shop, &payer, "lang=id").await;
    payer.evaluates(&types("[name=search]", "Pembayaran berhasil")).await.expect("a field");
    assert_eq!(payer.evaluates(SHOWN).await, Ok(json!(["settlement"])));
    payer.evaluates(&types("[name=search]", "")).await.expect("a field");
    payer.evaluates("document.querySelector('[name=group][value=final]').click()").await.expect("a button");
    assert_eq!(payer.evaluates(SHOWN).await, Ok(json!(["settlement", "expire", "cancel", "deny", "refund"])));

    shows(&shop, &payer, "only=settlement&compare=on").await;
    assert_eq!(payer.evaluates("return document.querySelectorAll('section').length").await, Ok(json!(12)));
    let tools = "return document.querySelector('.tools').checkVisibility()";
    assert_eq!(payer.evaluates(tools).await, Ok(json!(true)), "one screen, and the tools are still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_of_a_screen_is_what_a_merchant_writes() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    shows(&shop, &payer, "only=pending-deeplink&theme=dark&lang=en").await;
    payer.evaluates("document.querySelector('section button').click()").await.expect("a button");
    let code = payer.evaluates("return document.querySelector('#code:popover-open > pre').textContent").await;
    let code = code.expect("it is open").as_str().unwrap_or_default().to_owned();
    for part in
        ["gopay-checkout.js\"></script>", "channel=\"deeplink\"", "lang=\"en\"", "theme=\"dark\"", "events-url="]
    {
        assert!(code.contains(part), "{part}: {code}");
    }
    assert!(!code.contains("trusted-hosts") && !code.contains("merchant="), "nothing of the gallery: {code}");
    has_no_violation(&payer, "the code", "#code").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tools_have_no_obstacle() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    for device in [Device::Desktop, Device::Phone] {
        let payer = shop.welcomes(device).await;
        for lang in ["id", "en"] {
            shows(&shop, &payer, &format!("only=settlement&lang={lang}")).await;
            payer.evaluates("document.querySelector('#editor').open = true").await.expect("an editor");
            has_no_violation(&payer, lang, "body").await;
            let over = payer
                .evaluates("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
                .await;
            assert_eq!(over, Ok(json!(0)), "{device:?}, {lang}: nothing sticks out");
        }
    }
}
