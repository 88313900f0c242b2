//! Lifecycle of an element: mounted twice, moved, removed, inserted by a listener.

use super::{opens_with_fetched_core, pays_and_sees_it, sees, value};
use gopay_e2e::{Device, Shop, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn mounted_unmounted_and_mounted_in_one_breath_it_sends_one_charge() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("strict_mode").await;
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(value(&payer, "return traffic.count(/charge/)").await, 1);
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
    assert_eq!(payer.heard("gopay-charge").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn unmounted_with_its_charge_on_the_way_and_mounted_again_it_is_one_charge_at_midtrans() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying("between=charge");
    let order = payer.opens("strict_mode").await;
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(value(&payer, "return traffic.count(/charge/)").await, 2, "the page did unmount in between");
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
    assert_eq!(payer.heard("gopay-charge").await.len(), 1, "the first mount told nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_element_that_is_moved_keeps_its_qr_code_and_its_transaction() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("moved").await;
    payer.sees_qr_code().await;
    let remember = "window.qr = widget.shadowRoot.querySelector('[part~=qr]');
        window.transaction = widget.transactionId; return window.transaction";
    assert!(value(&payer, remember).await.is_string());

    let same = "await new Promise((go) => setTimeout(go));
        return widget.state === 'pending' && widget.transactionId === window.transaction
            && widget.shadowRoot.querySelector('[part~=qr]') === window.qr && widget.parentNode.id === ID";
    for (how, id) in [
        ("there.appendChild(widget)", "there"),
        // WebKit has no `moveBefore` yet.
        ("(here.moveBefore ?? here.insertBefore).call(here, widget, null)", "here"),
        ("widget.remove(); there.prepend(widget)", "there"),
    ] {
        let script = format!("return (async () => {{ {how}; {} }})()", same.replace("ID", &format!("'{id}'")));
        assert_eq!(value(&payer, &script).await, true, "after {how}");
    }
    assert_eq!(value(&payer, "return traffic.count(/charge/)").await, 1);
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_in_the_middle_of_its_charge_it_tells_nothing_any_more() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.opens("removed_mid_charge").await;
    sees(&payer, "the charge is on its way", "return traffic.count(/charge/)", 1).await;
    value(&payer, "window.widget = document.querySelector('gopay-checkout'); widget.remove(); traffic.release()").await;
    sees(&payer, "the charge is given up", "return traffic.open().length", 0).await;
    // A widget that still ran would poll on `focus`.
    let refocused = "window.dispatchEvent(new Event('focus')); await fetch('/healthz'); return traffic.requests.length";
    let asked = value(&payer, &format!("return (async () => {{ {refocused} }})()")).await;
    assert_eq!(asked, value(&payer, "return traffic.count(/charge|healthz|core/)").await);
    assert_eq!(value(&payer, "return document.querySelector('#events').textContent").await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_element_born_in_the_charge_event_of_another_outlives_it() {
    born_in("gopay-charge").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_element_born_in_the_open_event_of_another_outlives_it() {
    born_in("gopay-open").await;
}

async fn born_in(event: &str) {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying(&format!("when={event}"));
    let first = payer.opens("born_in_a_listener").await;
    if event == "gopay-open" {
        payer.presses_button("Bayar dengan GoPay").await;
    }
    sees(&payer, "only the second is there", "return document.querySelector('gopay-checkout').id", "second").await;
    payer.sees_qr_code().await;
    let second = value(&payer, "return document.querySelector('gopay-checkout').orderId").await;
    let second = second.as_str().expect("an order id");
    shop.sandbox.is_paid(second).await;
    payer.waits_for_state("settlement").await;
    payer.waits_to_hear("gopay-settlement").await;

    shop.sandbox.is_paid(&first.order_id).await;
    eventually("the merchant knows that the first is paid too", async || {
        let deliveries = shop.sandbox.deliveries(&first.order_id).await;
        let told = deliveries.iter().any(|it| it.transaction_status == "settlement" && it.answered == Some(200));
        if told { Ok(()) } else { Err(deliveries) }
    })
    .await;
    let heard = payer.heard("gopay-settlement").await;
    assert!(heard.len() == 1 && heard[0]["order_id"] == second, "the first is gone: {heard:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_on_one_order_the_one_that_is_left_goes_on() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("two_on_one_order").await;
    for name in ["first", "second"] {
        sees(&payer, "both wait for the payer", &format!("return window.{name}?.state ?? null"), "pending").await;
    }
    // Two streams would be one too many.
    sees(
        &payer,
        "one of them has a push stream",
        "return traffic.open().filter((it) => /events$/.test(it.what)).length",
        1,
    )
    .await;
    let leader = "return navigator.locks.query().then(({ held, pending }) =>
        [held, pending].map((locks) => locks.filter(({ name }) => name.startsWith('gopay-checkout:')).length))";
    assert_eq!(value(&payer, leader).await, serde_json::json!([1, 1]));

    // The second requested the lock last.
    value(&payer, "second.remove()").await;
    sees(&payer, "the other leads now", leader, serde_json::json!([1, 0])).await;
    shop.sandbox.is_paid(&order.order_id).await;
    sees(&payer, "it says so", "return first.state", "settlement").await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_order_in_the_same_element_begins_anew_and_the_first_one_is_heard_no_more() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying("held=charge");
    let first = payer.opens("recorded_traffic").await;
    sees(&payer, "the first charge is on its way", "return traffic.count(/charge/)", 1).await;
    let swap = "return newOrder().then((second) => {
        window.second = second;
        const widget = document.querySelector('gopay-checkout');
        for (const [name, value] of Object.entries(attributesOf(second))) widget.setAttribute(name, value);
    })";
    value(&payer, swap).await;
    sees(
        &payer,
        "the first is given up",
        "return traffic.requests.find((it) => /charge/.test(it.what)).signal.aborted",
        true,
    )
    .await;
    value(&payer, "traffic.release()").await;
    payer.sees_qr_code().await;
    let second = value(&payer, "return second.order_id").await;
    shop.sandbox.is_paid(second.as_str().expect("an order id")).await;
    payer.waits_for_state("settlement").await;

    let heard = [payer.heard("gopay-charge").await, payer.heard("gopay-settlement").await].concat();
    assert!(heard.len() == 2 && heard.iter().all(|it| it["order_id"] == second), "{heard:?}");
    assert!(shop.sandbox.charges_of(&first.order_id).await.is_empty(), "it never left the page");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_attribute_state_says_what_the_core_knows_whoever_writes_it() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying("state=settlement");
    payer.opens("recorded_traffic").await;
    payer.sees_qr_code().await;
    let both = "return [widget.state, widget.getAttribute('state')]";
    let pending = serde_json::json!(["pending", "pending"]);
    value(&payer, "window.widget = document.querySelector('gopay-checkout')").await;
    assert_eq!(value(&payer, both).await, pending, "whatever stood in the markup");
    for writes in [
        "widget.setAttribute('state', 'settlement')",
        "widget.removeAttribute('state')",
        // As a morph does it.
        "for (const { name } of [...widget.attributes]) if (name === 'state') widget.attributes.removeNamedItem(name)",
    ] {
        value(&payer, writes).await;
        assert_eq!(value(&payer, both).await, pending, "{writes}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn moved_before_the_core_is_there_it_keeps_what_can_be_paid() {
    let Some(shop) = opens_with_fetched_core().await else { return };
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("held_core").await;
    let qr = "return widget.shadowRoot.querySelector('[part~=qr]') !== null";
    sees(&payer, "the QR code is there", qr, true).await;
    value(&payer, "window.qr = widget.shadowRoot.querySelector('[part~=qr]'); document.body.append(widget)").await;
    assert_eq!(value(&payer, "return widget.shadowRoot.querySelector('[part~=qr]') === qr").await, true);
    value(&payer, "traffic.release()").await;
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_that_change_while_it_runs_throw_nothing_at_the_page() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.opens("recorded_traffic").await;
    payer.sees_qr_code().await;
    let begins = "window.errors = [];
        addEventListener('error', (event) => errors.push(event.message));
        addEventListener('unhandledrejection', (event) => errors.push(String(event.reason)));
        window.widget = document.querySelector('gopay-checkout')";
    value(&payer, begins).await;
    let seen = "return [widget.state, widget.getAttribute('state'), errors]";
    for (change, state) in [
        ("widget.setAttribute('channel', 'deeplink')", "pending"),
        ("widget.setAttribute('gross-amount', '1')", "problem"),
        ("widget.removeAttribute('gross-amount')", "pending"),
        ("widget.removeAttribute('order-id')", "problem"),
        (
            "return newOrder().then((order) => {
                for (const [name, text] of Object.entries(attributesOf(order))) widget.setAttribute(name, text);
            })",
            "pending",
        ),
        ("widget.setAttribute('theme', 'striped')", "pending"),
    ] {
        value(&payer, change).await;
        sees(&payer, change, seen, serde_json::json!([state, state, []])).await;
    }
    let order_id = value(&payer, "return widget.orderId").await;
    shop.sandbox.is_paid(order_id.as_str().expect("an order")).await;
    sees(&payer, "it is paid", seen, serde_json::json!(["settlement", "settlement", []])).await;
}
