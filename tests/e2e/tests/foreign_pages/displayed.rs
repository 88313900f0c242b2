//! Visibility: nothing is charged for an element that is not displayed, or on a page that is only prerendered.

use super::{sees, value};
use gopay_e2e::{Device, Engine, Payer, Shop};
use serde_json::{Value, json};

/// Places that are not displayed: name, script that hides, script that shows.
const PLACES: [(&str, &str, &str); 6] = [
    ("hidden", "place.hidden = true", "place.hidden = false"),
    ("an inactive tab", "place.style.display = 'none'", "place.style.display = ''"),
    ("a closed <details>", "place = document.createElement('details')", "place.open = true"),
    ("a dialog not yet open", "place = document.createElement('dialog')", "place.showModal()"),
    ("content-visibility", "place.style.contentVisibility = 'hidden'", "place.style.contentVisibility = ''"),
    ("the element itself", "widget.style.display = 'none'", "widget.style.display = ''"),
];

/// Charge requests and state, after two frames and one request of the page.
async fn charges_then(payer: &Payer<'_>) -> Value {
    let drawn = "return (async () => {
        for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
        await fetch('/healthz');
        return [traffic.count(/charge/), widget.state, widget.getAttribute('state')];
    })()";
    value(payer, drawn).await
}

#[tokio::test(flavor = "multi_thread")]
async fn not_displayed_it_charges_nothing_and_charges_as_soon_as_it_is() {
    let shop = Shop::opens().await;
    for (name, hides, shows) in PLACES {
        let payer = shop.welcomes(Device::Desktop).await.trying("start=press");
        payer.opens("recorded_traffic").await;
        let put = format!(
            "return (async () => {{
                let place = document.createElement('section');
                const widget = document.createElement('gopay-checkout');
                const order = await newOrder();
                for (const [name, value] of Object.entries(attributesOf(order))) widget.setAttribute(name, value);
                {hides};
                place.append(widget);
                document.body.append(place);
                Object.assign(window, {{ widget, place }});
            }})()"
        );
        value(&payer, &put).await;
        assert_eq!(charges_then(&payer).await, json!([0, "loading", "loading"]), "{name}");
        value(&payer, shows).await;
        sees(
            &payer,
            &format!("{name}: it is charged"),
            "return [traffic.count(/charge/), widget.state]",
            json!([1, "pending"]),
        )
        .await;
    }
}

/// Only Chromium prerenders.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_prerendered_charges_nothing_until_it_is_looked_at() {
    if Engine::from_env() != Engine::Chromium {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying("start=press");
    payer.opens("recorded_traffic").await;
    let rules = "return (async () => {
        const order = await newOrder();
        const url = new URL('./?prerendered', location.href);
        url.hash = `order=${encodeURIComponent(JSON.stringify(order))}`;
        const rules = document.createElement('script');
        rules.type = 'speculationrules';
        rules.text = JSON.stringify({ prerender: [{ urls: [url.href], eagerness: 'immediate' }] });
        document.head.append(rules);
        window.next = url.href;
        return order.order_id;
    })()";
    let order_id = value(&payer, rules).await;
    let order_id = order_id.as_str().expect("an order");
    sees(&payer, "its script has run and made a request", "return localStorage.prerendered === next", true).await;
    assert!(shop.sandbox.charges_of(order_id).await.is_empty(), "nobody has seen it");
    value(&payer, "location.href = window.next").await;
    payer.waits_for_state("pending").await;
    assert_eq!(shop.sandbox.charges_of(order_id).await.len(), 1);
    let activated = "return performance.getEntriesByType('navigation')[0].activationStart > 0";
    assert_eq!(value(&payer, activated).await, true, "it was prerendered");
}
