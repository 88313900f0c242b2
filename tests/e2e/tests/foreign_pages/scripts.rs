//! Loading of the script, and setting of attributes and properties.

use super::{opens_with_fetched_core, pays_and_sees_it, sees, value};
use gopay_e2e::{Device, Shop, WidgetBuild, eventually};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_of_the_script_on_one_page_are_one_widget_and_one_charge() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("two_versions").await;
    payer.sees_qr_code().await;
    let cards = "return document.querySelector('gopay-checkout').shadowRoot.querySelectorAll('[part~=card]').length";
    assert_eq!(value(&payer, cards).await, 1);
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
    assert_eq!(payer.heard("gopay-charge").await.len(), 1);
    let mut console = payer.browser().console().await;
    console.retain(|line| !WidgetBuild::from_env().is_its_probe(line));
    assert!(console.is_empty(), "{console:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn properties_that_were_set_before_the_script_came_are_kept() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("properties_before_script").await;
    assert!(value(&payer, "return document.querySelector('gopay-checkout').shadowRoot").await.is_null());
    value(&payer, "load()").await;
    pays_and_sees_it(&shop, &payer, &order).await;

    let sent = value(&payer, "return sent").await;
    let sent = sent.as_array().expect("a list");
    assert_eq!(sent[0]["what"], "POST /api/gopay/charge");
    assert_eq!(sent[1]["what"], format!("GET /api/gopay/orders/{}", order.order_id));
    for (index, request) in sent.iter().enumerate() {
        assert_eq!(request["token"], format!("senja-{}", index + 1), "asked for anew, for each request: {sent:?}");
    }
    let attribute = "return document.querySelector('gopay-checkout').getAttribute('gross-amount')";
    assert_eq!(value(&payer, attribute).await, value(&payer, "return String(order.gross_amount)").await);
    // React and Vue look for a property before they set it, and make an attribute of it where there is none.
    let new = "const element = document.createElement('gopay-checkout');
        return ['orderId', 'trustedHosts', 'headers', 'fetch'].every((name) => name in element)";
    assert_eq!(value(&payer, new).await, true);
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_that_are_set_one_by_one_after_connecting_are_one_beginning() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("attributes_after_connecting").await;
    payer.sees_qr_code().await;
    payer.reads("status", "Scan this QR code").await;
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(value(&payer, "return traffic.count(/charge/)").await, 1);
    assert!(payer.heard("gopay-problem").await.is_empty(), "it never looked at half of them");
}

#[tokio::test(flavor = "multi_thread")]
async fn inside_a_closed_component_of_the_page_it_speaks_that_components_language_and_is_heard_outside() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("in_a_shadow_root").await;
    sees(&payer, "it waits for the payer", "return window.widget?.state ?? null", "pending").await;
    eventually("it speaks English", async || {
        let text = payer.evaluates("return widget.shadowRoot.querySelector('[part~=status]').innerText").await?;
        if text.as_str().is_some_and(|text| text.contains("Scan this QR code")) {
            Ok(())
        } else {
            Err(text.to_string())
        }
    })
    .await;
    shop.sandbox.is_paid(&order.order_id).await;
    let settlement = payer.waits_to_hear("gopay-settlement").await;
    assert_eq!(settlement["order_id"], order.order_id.as_str());
    sees(&payer, "it says so", "return widget.state", "settlement").await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_could_not_be_loaded_leave_what_the_page_put_there_and_are_asked_for_again() {
    let Some(shop) = opens_with_fetched_core().await else { return };
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("core_fails_at_first").await;
    eventually("the shop finds it in the console", async || {
        let console = payer.browser().console().await;
        let told = console.iter().any(|line| line.contains("gopay-checkout:"));
        if told { Ok(()) } else { Err(console) }
    })
    .await;
    let text = "return document.querySelector('gopay-checkout').innerText";
    sees(&payer, "the page's own way is shown", text, "Cara bayar lain").await;
    assert_eq!(payer.state().await, "loading");

    // The page names the right folder, which is the script's own.
    value(&payer, "document.querySelector('link[rel=gopay-checkout]').href = '/'").await;
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(value(&payer, "return traffic.count(/charge/)").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_wasm_neither_comes_nor_fails_the_javascript_build_runs() {
    let Some(shop) = opens_with_fetched_core().await else { return };
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("core_never_comes").await;
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(value(&payer, "return window.asked").await, 1);
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn elements_that_have_the_names_of_properties_stop_no_payment() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("names_taken").await;
    let taken = "return [typeof gopayDebug, document.visibilityState.nodeName, document.hidden.nodeName]";
    assert_eq!(value(&payer, taken).await, json!(["object", "FORM", "FORM"]), "they are taken");
    payer.sees_qr_code().await;
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(value(&payer, "return traffic.count(/charge/)").await, 1);
    assert!(payer.heard("gopay-problem").await.is_empty());
    let console = payer.browser().console().await.join("\n");
    assert!(!console.contains("panicked"), "{console}");
}
