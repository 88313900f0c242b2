//! Updates of a page in place: morphs, fresh markup, view transitions, rewritten attributes; pages that are frozen, left and
//! found again.

use super::{opens_with_fetched_core, pays_and_sees_it, sees, value};
use gopay_e2e::{Device, Engine, Payer, Shop};
use serde_json::{Value, json};

/// Updates of an element that goes on: name, and script in the page `server_rendered`.
const KEPT: &[(&str, &str)] = &[
    ("a morph to the same markup", "morph(place, rendered())"),
    ("a morph, three times", "for (let time = 0; time < 3; time += 1) { morph(place, rendered()); await task(); }"),
    ("a morph that changes the fallback", "morph(place, rendered(markup.replace('Cara bayar', 'Jalan')))"),
    (
        "a morph that gives the element a class and an id",
        "morph(place, rendered(markup.replace(' ', ' class=p id=p ')))",
    ),
    ("a morph that empties the element", "morph(place, rendered(markup.replace(/<p>.*<\\/p>/, '')))"),
    ("its children replaced", "widget.innerHTML = '<p>Transfer</p>'"),
    ("moved into fresh markup", "const fresh = rendered('<p></p>'); place.replaceWith(fresh); fresh.append(widget)"),
    ("wrapped", "const form = document.createElement('form'); widget.replaceWith(form); form.append(widget)"),
    ("moved in a view transition", "await transition(() => aside.append(widget))"),
    ("morphed in a view transition", "await transition(() => morph(place, rendered()))"),
    ("its attributes written again", "for (const [name, value] of own()) widget.setAttribute(name, value)"),
    (
        "its attributes in another order",
        "strip(); for (const [name, value] of own().reverse()) widget.setAttribute(name, value)",
    ),
    (
        "its attributes taken away and put back",
        "strip(); for (const [name, value] of own()) widget.setAttribute(name, value)",
    ),
    (
        "its properties set to the same values",
        "widget.orderId = order.order_id; widget.chargeUrl = '/api/gopay/charge'; widget.grossAmount = order.gross_amount",
    ),
];

/// Updates that end the element and begin another, or the same anew: name, and script in the page `server_rendered`.
const BEGUN_ANEW: &[(&str, &str)] = &[
    ("innerHTML with the same markup", "place.innerHTML = markup"),
    ("outerHTML of the element itself", "widget.outerHTML = markup"),
    ("the parent replaced", "place.replaceWith(rendered())"),
    ("replaced by its clone", "widget.replaceWith(widget.cloneNode(true))"),
    (
        "replaced by a clone of a template's",
        "const made = document.createElement('template'); made.innerHTML = markup; place.replaceChildren(made, made.content.cloneNode(true))",
    ),
    (
        "the whole body replaced",
        "const fresh = document.createElement('body'); fresh.append(rendered(), document.getElementById('events')); document.body.replaceWith(fresh)",
    ),
    ("replaced in a view transition", "await transition(() => place.replaceChildren(...rendered().children))"),
    ("kept while it is away, and put back", "widget.remove(); await task(); place.append(widget)"),
    (
        "kept in a fragment, and put back",
        "const kept = new DocumentFragment(); kept.append(widget); await task(); place.append(kept)",
    ),
    (
        "away twice",
        "for (let time = 0; time < 2; time += 1) { widget.remove(); await task(); place.append(widget); await task(); }",
    ),
    (
        "its order taken away, and put back later",
        "widget.orderId = null; await task(); widget.orderId = order.order_id",
    ),
];

/// Defines what the scripts of the tables use.
const TOOLS: &str = "
    const own = () => [...rendered().firstElementChild.attributes].map(({ name, value }) => [name, value]);
    const strip = () => { for (const [name] of own()) widget.removeAttribute(name); };
    const transition = (update) =>
        hasTransitions ? document.startViewTransition(update).updateCallbackDone : update();
";

async fn update(payer: &Payer<'_>, script: &str) {
    // Not every engine has view transitions, and WebKit here has nothing to compose them with.
    let is_webkit = Engine::from_env() == Engine::Webkit;
    let has = format!("const hasTransitions = !{is_webkit} && 'startViewTransition' in document;");
    value(payer, &format!("{has} {TOOLS} return (async () => {{ {script}; }})()")).await;
}

/// The transaction of the element that is on the page now.
async fn transaction(payer: &Payer<'_>) -> Value {
    value(payer, "return document.querySelector('gopay-checkout').transactionId").await
}

#[tokio::test(flavor = "multi_thread")]
async fn updated_in_place_it_goes_on_with_its_qr_code_and_without_another_charge() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    for (name, script) in KEPT {
        let order = payer.opens("server_rendered").await;
        payer.sees_qr_code().await;
        let before = transaction(&payer).await;
        value(&payer, "window.qr = widget.shadowRoot.querySelector('[part~=qr]')").await;
        update(&payer, script).await;
        payer.waits_for_state("pending").await;
        let same =
            "return task().then(() => [widget.isConnected, widget.shadowRoot.querySelector('[part~=qr]') === qr])";
        assert_eq!(value(&payer, same).await, json!([true, true]), "{name}");
        assert_eq!(transaction(&payer).await, before, "{name}");
        pays_and_sees_it(&shop, &payer, &order).await;
        assert_eq!(value(&payer, "return traffic.count(/charge/)").await, 1, "{name}");
        assert_eq!(payer.heard("gopay-charge").await.len(), 1, "{name}");
        assert!(payer.heard("gopay-problem").await.is_empty(), "{name}");
        assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rendered_anew_it_finds_the_same_transaction_and_is_paid_once() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    for (name, script) in BEGUN_ANEW {
        let order = payer.opens("server_rendered").await;
        payer.sees_qr_code().await;
        let before = transaction(&payer).await;
        update(&payer, script).await;
        sees(&payer, &format!("{name}: it begins anew"), "return traffic.count(/charge/) > 1", true).await;
        payer.sees_qr_code().await;
        assert_eq!(transaction(&payer).await, before, "{name}");
        let watched = "return traffic.open().filter((it) => /events$/.test(it.what)).length";
        sees(&payer, &format!("{name}: one push stream"), watched, 1).await;
        pays_and_sees_it(&shop, &payer, &order).await;
        assert_eq!(payer.heard("gopay-settlement").await.len(), 1, "{name}");
        assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_beside_the_element_shows_the_same_transaction_and_both_say_paid() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("server_rendered").await;
    payer.sees_qr_code().await;
    // In a template's content nothing lives.
    let unborn = "window.made = document.createElement('template');
        made.content.append(widget.cloneNode(true));
        place.append(made);
        return task().then(() => fetch('/healthz')).then(() => traffic.count(/charge/))";
    assert_eq!(value(&payer, unborn).await, 1, "nothing is charged in a template");
    value(&payer, "window.clone = document.importNode(made.content, true).firstElementChild; aside.append(clone)")
        .await;
    sees(&payer, "the clone waits for the payer", "return clone.state", "pending").await;
    let same = "return [clone.transactionId === widget.transactionId, clone.shadowRoot !== widget.shadowRoot]";
    assert_eq!(value(&payer, same).await, json!([true, true]));
    shop.sandbox.is_paid(&order.order_id).await;
    sees(&payer, "both say so", "return [widget.state, clone.state]", json!(["settlement", "settlement"])).await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_that_are_written_again_while_the_charge_is_on_its_way_send_no_second_one() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying("held=charge");
    let order = payer.opens("recorded_traffic").await;
    payer.waits_for_state("charging").await;
    let again = "const widget = document.querySelector('gopay-checkout');
        const given = Object.entries(attributesOf(order));
        const give = () => { for (const [name, value] of given) widget.setAttribute(name, value); };
        give();
        for (const [name] of given) widget.removeAttribute(name);
        give();
        given.reverse();
        give();
        return fetch('/healthz').then(() => traffic.count(/charge/))";
    assert_eq!(value(&payer, again).await, 1);
    value(&payer, "traffic.release()").await;
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(value(&payer, "return traffic.count(/charge/)").await, 1);
    assert_eq!(payer.heard("gopay-charge").await.len(), 1);
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_that_are_put_back_before_the_core_is_there_leave_one_charge_on_its_way() {
    let Some(shop) = opens_with_fetched_core().await else { return };
    let payer = shop.welcomes(Device::Desktop).await.trying("held=charge|wasm");
    let order = payer.opens("recorded_traffic").await;
    sees(&payer, "the early charge is on its way", "return traffic.count(/charge/)", 1).await;
    let again = "const widget = document.querySelector('gopay-checkout');
        for (const [name, value] of Object.entries(attributesOf(order))) {
            widget.removeAttribute(name);
            widget.setAttribute(name, value);
        }
        return fetch('/healthz')";
    value(&payer, again).await;
    let open = "return traffic.open().filter((it) => /charge/.test(it.what)).length";
    sees(&payer, "one charge is on its way", open, 1).await;
    value(&payer, "traffic.release()").await;
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(payer.heard("gopay-charge").await.len(), 1);
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_left_while_pending_and_found_again_goes_on_with_its_transaction() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("recorded_traffic").await;
    payer.sees_qr_code().await;
    let before = transaction(&payer).await;
    value(&payer, "addEventListener('pageshow', ({ persisted }) => { window.persisted = persisted; })").await;
    for _ in 0..2 {
        payer.goes_to(&shop.address("/")).await;
        payer.walks_back().await;
        payer.sees_qr_code().await;
        assert_eq!(transaction(&payer).await, before);
    }
    if Engine::from_env() == Engine::Chromium {
        assert_eq!(value(&payer, "return window.persisted").await, true, "it was kept in the back/forward cache");
    }
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

/// The events of a page that a browser puts aside, and takes up again.
const PUT_ASIDE: &[(&str, &str, &str)] = &[
    ("frozen", "document.dispatchEvent(new Event('freeze'))", "document.dispatchEvent(new Event('resume'))"),
    (
        "kept for the back button",
        "dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))",
        "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))",
    ),
    ("hidden", "shows('hidden')", "shows('visible')"),
    (
        "hidden, then frozen",
        "shows('hidden'); document.dispatchEvent(new Event('freeze'))",
        "document.dispatchEvent(new Event('resume')); shows('visible')",
    ),
];

const SHOWS: &str = "const shows = (visibility) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => visibility });
    document.dispatchEvent(new Event('visibilitychange'));
};";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_was_put_aside_says_paid_when_it_is_taken_up_again() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    for (name, aside, up) in PUT_ASIDE {
        let order = payer.opens("recorded_traffic").await;
        payer.sees_qr_code().await;
        value(&payer, &format!("{SHOWS} {aside}")).await;
        shop.sandbox.is_paid(&order.order_id).await;
        value(&payer, &format!("{SHOWS} {up}")).await;
        payer.waits_for_state("settlement").await;
        assert_eq!(payer.heard("gopay-settlement").await.len(), 1, "{name}");
        assert_eq!(value(&payer, "return traffic.count(/charge/)").await, 1, "{name}");
        assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1, "{name}");
    }
}

/// Only Chromium's driver freezes a page.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_the_browser_has_frozen_says_paid_when_it_runs_again() {
    if Engine::from_env() != Engine::Chromium {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("recorded_traffic").await;
    payer.sees_qr_code().await;
    let told = "window.told = [];
        for (const name of ['freeze', 'resume']) document.addEventListener(name, () => told.push(name));
        window.shows = (visibility) => {
            Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => visibility });
            document.dispatchEvent(new Event('visibilitychange'));
        }";
    value(&payer, told).await;
    let lifecycle = async |state: &str| {
        let set = payer.browser().devtools("Page.setWebLifecycleState", json!({"state": state})).await;
        set.expect("Chromium can freeze a page");
    };
    // Only a page that nobody sees is frozen.
    value(&payer, "shows('hidden')").await;
    lifecycle("frozen").await;
    shop.sandbox.is_paid(&order.order_id).await;
    lifecycle("active").await;
    value(&payer, "shows('visible')").await;
    payer.waits_for_state("settlement").await;
    assert_eq!(value(&payer, "return told").await, json!(["freeze", "resume"]));
    assert_eq!(payer.heard("gopay-settlement").await.len(), 1);
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}
