//! Idempotency: one order is one transaction at Midtrans, however often its charge is requested.

use super::{pays_and_sees_it, sees, value};
use gopay_e2e::{Device, Shop};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_double_tap_makes_one_charge() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Phone).await.trying("start=press");
    let order = payer.opens("recorded_traffic").await;
    payer.waits_for_state("ready").await;
    assert!(shop.sandbox.charges_of(&order.order_id).await.is_empty(), "nothing before the payer wants it");
    let taps = "const widget = document.querySelector('gopay-checkout');
        const button = widget.shadowRoot.querySelector('[part~=button]');
        button.click(); button.click(); widget.start()";
    value(&payer, taps).await;
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(value(&payer, "return traffic.count(/charge/)").await, 1);
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_reloads_make_one_charge() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("recorded_traffic").await;
    // Each as soon as the page is there, most often in the middle of a charge.
    for _ in 0..20 {
        payer.reloads().await;
    }
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_at_the_same_time_have_one_charge_in_flight_and_make_one() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying("held=charge");
    let order = payer.opens("recorded_traffic").await;
    sees(&payer, "the first tab's charge is on its way", "return traffic.count(/charge/)", 1).await;
    let address = value(&payer, "return location.href").await;

    let client = payer.browser().client();
    let first_tab = client.window().await.expect("a tab");
    let second_tab = client.new_window(true).await.expect("another tab").handle;
    client.switch_to_window(second_tab.clone()).await.expect("it can be looked at");
    payer.goes_to(address.as_str().expect("an address")).await;
    // On this page every browser has Web Locks.
    let waits = "return navigator.locks.query().then(({ held, pending }) =>
        [held, pending].map((locks) => locks.filter(({ name }) => name.startsWith('gopay-charge ')).length))";
    sees(&payer, "the second tab's waits for it", waits, json!([1, 1])).await;
    assert_eq!(value(&payer, "return traffic.count(/charge/)").await, 0);

    client.switch_to_window(first_tab).await.expect("it is still there");
    value(&payer, "traffic.release()").await;
    payer.waits_for_state("pending").await;
    let first = value(&payer, "return document.querySelector('gopay-checkout').transactionId").await;
    client.switch_to_window(second_tab).await.expect("it is still there");
    sees(&payer, "then it is sent", "return traffic.count(/charge/)", 1).await;
    value(&payer, "traffic.release()").await;
    payer.waits_for_state("pending").await;
    assert_eq!(value(&payer, "return document.querySelector('gopay-checkout').transactionId").await, first);
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_whose_answer_is_cut_again_and_again_is_one_charge() {
    let shop = Shop::opens().await;
    // The status too: else the merchant would learn of the charge by its own reconciliation.
    let cut = json!({"fault": "cut_connection", "on": ["charge", "status"], "when": "after", "times": 0});
    shop.sandbox.suffers(cut).await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("recorded_traffic").await;
    payer.waits_to_hear("gopay-problem").await;
    // An impatient payer.
    let storm = "for (let i = 0; i < 10; i += 1) document.querySelector('gopay-checkout').retry()";
    for charges in 2..=4 {
        value(&payer, storm).await;
        sees(&payer, "it was tried again", &format!("return traffic.count(/charge/) >= {charges}"), true).await;
        sees(&payer, "and answered", "return traffic.open().length", 0).await;
    }
    shop.sandbox.recovers().await;
    pays_and_sees_it(&shop, &payer, &order).await;
    let charges = shop.sandbox.charges_of(&order.order_id).await;
    assert_eq!(charges.len(), 1, "{charges:?}");
}
