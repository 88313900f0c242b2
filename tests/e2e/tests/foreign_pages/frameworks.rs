//! Pages that a framework renders: React 18, Vue, Angular, htmx, Idiomorph and Turbo, as npm has them. Their scripts are in
//! `tests/e2e/frameworks`. React 19, Vue, Svelte and webpack with the npm package are tested in `tests/hosts`.

use super::{pays_and_sees_it, sees, value};
use gopay_e2e::{Device, Shop, WidgetBuild, bundle_framework};
use serde_json::Value;

/// Things that a framework does with the element, by which the payment is not begun again: name, script, and step in the script.
const KEPT_BY_FRAMEWORK: &[(&str, &str, &str)] = &[
    ("React 18 in strict mode renders again", "react18", "rendered again, three times"),
    ("React 18 suspends the component, and resumes it", "react18", "suspended and resumed"),
    ("Vue 3 renders again", "vue", "rendered again, three times"),
    ("Angular detects changes, with zone.js", "angular", "changes detected, three times"),
    ("htmx swaps by a morph", "htmx", "morphed by idiomorph in a swap"),
    ("Idiomorph morphs", "idiomorph", "morphed, three times"),
    ("Idiomorph morphs, with new elements around", "idiomorph", "morphed beside new elements"),
    ("Turbo updates by a morph", "turbo", "morphed by a stream"),
];

/// Things that a framework does that remove the element: name, script, and step in the script.
const BEGUN_ANEW_BY_FRAMEWORK: &[(&str, &str, &str)] = &[
    ("Vue 3 keeps the component alive while another is shown", "vue", "kept alive while another is shown"),
    ("Angular removes it by a condition, and makes another", "angular", "taken away by a condition, and made anew"),
    ("htmx swaps for the same markup", "htmx", "swapped for the same markup"),
    ("Turbo updates without a morph", "turbo", "replaced by a stream"),
];

/// The policy that forbids WebAssembly forbids it too.
const EVAL: &str = "Angular's compiler needs eval in a page that is not built";

/// Plays a step on a page of the framework. Returns how many charges the page had sent before and after it.
async fn play(shop: &Shop, name: &str, script: &str, step: &str) -> (u64, u64) {
    bundle_framework(shop, script);
    let payer = shop.welcomes(Device::Desktop).await.trying(&format!("of={script}"));
    let order = payer.opens("framework").await;
    payer.sees_qr_code().await;
    let charges = "return traffic.count(/charge/)";
    let transaction = "return document.querySelector('gopay-checkout').transactionId";
    let (before, its) = (value(&payer, charges).await, value(&payer, transaction).await);
    value(&payer, &format!("return step({})", Value::from(step))).await;
    sees(&payer, name, "return document.querySelector('gopay-checkout').state", "pending").await;
    payer.sees_qr_code().await;
    assert_eq!(value(&payer, transaction).await, its, "{name}");
    pays_and_sees_it(shop, &payer, &order).await;
    assert!(payer.heard("gopay-problem").await.is_empty(), "{name}");
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1, "{name}");
    let after = value(&payer, charges).await;
    (before.as_u64().expect("a count"), after.as_u64().expect("a count"))
}

#[tokio::test(flavor = "multi_thread")]
async fn updated_by_a_framework_it_goes_on_without_another_charge() {
    if !WidgetBuild::Wasm.is_tried(EVAL) {
        return;
    }
    let shop = Shop::opens().await;
    for (name, script, step) in KEPT_BY_FRAMEWORK {
        assert_eq!(play(&shop, name, script, step).await, (1, 1), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn made_anew_by_a_framework_it_finds_the_same_transaction_and_is_paid_once() {
    if !WidgetBuild::Wasm.is_tried(EVAL) {
        return;
    }
    let shop = Shop::opens().await;
    for (name, script, step) in BEGUN_ANEW_BY_FRAMEWORK {
        let (before, after) = play(&shop, name, script, step).await;
        assert!(before == 1 && after > before, "{name}: {before} charges, then {after}");
    }
}
