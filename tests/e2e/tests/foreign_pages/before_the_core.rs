//! Early rendering: the QR code or deeplink that the loader paints before the core has arrived, and their adoption by the
//! core. Each test begins on a page that holds the core back.

use super::{opens_with_fetched_core, pays_and_sees_it, sees, value};
use gopay_e2e::{Device, Order, Payer, Shop};
use serde_json::{Value, json};

/// The early deeplink, as a script expression.
const LINK: &str = "widget.shadowRoot.querySelector('a[part~=button]')";
/// The early QR code, as a script expression.
const QR_CODE: &str = "widget.shadowRoot.querySelector('[part~=qr]')";

/// Defines `appearanceOf(element)`: its position, style, text and attributes.
const APPEARANCE: &str = "const appearanceOf = (it) => {
    const { x, y, width, height } = it.getBoundingClientRect();
    const { color, backgroundColor, borderRadius, fontSize, fontWeight } = getComputedStyle(it);
    return JSON.stringify([x, y, width, height, color, backgroundColor, borderRadius, fontSize, fontWeight,
        it.textContent, it.rel, it.target, it.getAttribute('href')]);
};";

async fn sees_the_link(payer: &Payer<'_>) {
    sees(payer, "the link is there", &format!("return {LINK}?.textContent ?? null"), "Bayar dengan GoPay").await;
}

/// A payer on a phone, in front of the early link.
async fn payer_with_link(shop: &Shop) -> (Payer<'_>, Order) {
    let payer = shop.welcomes(Device::Phone).await;
    let order = payer.opens("held_core").await;
    sees_the_link(&payer).await;
    assert_eq!(payer.state().await, "loading");
    (payer, order)
}

async fn core_comes(payer: &Payer<'_>) {
    value(payer, "traffic.release()").await;
    payer.waits_for_state("pending").await;
    let card = "const card = widget.shadowRoot.querySelector('[part=card]');
        return [card.dataset.state, widget.shadowRoot.querySelectorAll('[data-early]').length]";
    sees(payer, "the core has painted", card, json!(["pending", 0])).await;
}

/// The core comes, and adopts the early `element` (`early` from then on) with its charge.
async fn core_adopts(payer: &Payer<'_>, element: &str) {
    value(payer, &format!("window.early = {element}")).await;
    core_comes(payer).await;
    assert_eq!(value(payer, &format!("return {element} === early")).await, true);
    assert_eq!(value(payer, "return traffic.count(/charge/)").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_phone_the_link_is_there_before_the_core_and_stays_the_same_element() {
    let Some(shop) = opens_with_fetched_core().await else { return };
    let (payer, order) = payer_with_link(&shop).await;
    let charge = payer.charge().await;
    let actions = charge["actions"].as_array().expect("a pending charge has actions");
    let deeplink = actions.iter().find(|action| action["name"] == "deeplink-redirect").expect("one of them");
    let remembered = format!(
        "{APPEARANCE} {LINK}.focus(); window.before = appearanceOf({LINK}); return {LINK}.getAttribute('href')"
    );
    assert_eq!(value(&payer, &remembered).await, deeplink["url"], "letter for letter");
    core_adopts(&payer, LINK).await;
    let unchanged =
        format!("{APPEARANCE} return [widget.shadowRoot.activeElement === early, appearanceOf(early) === before]");
    assert_eq!(value(&payer, &unchanged).await, json!([true, true]));
    assert_eq!(value(&payer, "return window.shifted").await, 0, "nothing has moved");
    pays_and_sees_it(&shop, &payer, &order).await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_computer_the_qr_code_is_there_before_the_core_and_stays_the_same_element() {
    let Some(shop) = opens_with_fetched_core().await else { return };
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("held_core").await;
    let drawn = format!("const qr = {QR_CODE}; return qr?.complete && qr.naturalWidth > 0");
    sees(&payer, "the QR code is drawn", &drawn, true).await;
    assert_eq!(value(&payer, &format!("return {QR_CODE}.getAttribute('fetchpriority')")).await, "high");
    core_adopts(&payer, QR_CODE).await;
    assert_eq!(value(&payer, "return performance.getEntriesByName(early.src).length").await, 1, "once for both");
    pays_and_sees_it(&shop, &payer, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tap_before_the_core_is_told_to_the_page_and_goes_on_to_the_app() {
    let Some(shop) = opens_with_fetched_core().await else { return };
    let (payer, order) = payer_with_link(&shop).await;
    payer.taps_pay_button_in_vain().await;
    let opened = payer.waits_to_hear("gopay-open").await;
    let href = value(&payer, &format!("return {LINK}.getAttribute('href')")).await;
    assert_eq!(opened, json!({"order_id": order.order_id, "url": href}));
    core_comes(&payer).await;
    // The core knows of the tap, and that the page was never left.
    payer.reads("status", "Aplikasi GoPay tidak terbuka?").await;
    assert_eq!(payer.heard("gopay-open").await.len(), 1);
    assert_eq!(value(&payer, "return traffic.count(/charge/)").await, 1);
    let console = payer.browser().console().await.join("\n");
    assert!(!console.contains("tref="), "the console shows a deeplink's query: {console}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tap_before_the_core_opens_the_app_where_nothing_prevents_it() {
    let Some(shop) = opens_with_fetched_core().await else { return };
    let (payer, order) = payer_with_link(&shop).await;
    payer.taps_pay_button().await;
    payer.presses_in_gopay("success").await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1, "one order, one charge");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_can_prevent_a_tap_before_the_core_and_after_it() {
    let Some(shop) = opens_with_fetched_core().await else { return };
    let (payer, _) = payer_with_link(&shop).await;
    let prevents = "window.prevented = [];
        addEventListener('gopay-open', (event) => event.preventDefault());
        addEventListener('click', (event) => { prevented.push(event.defaultPrevented); event.preventDefault(); })";
    value(&payer, prevents).await;
    let tap = format!("{LINK}.click(); return prevented");
    assert_eq!(value(&payer, &tap).await, json!([true]));
    core_comes(&payer).await;
    assert_eq!(value(&payer, &tap).await, json!([true, true]));
    assert_eq!(payer.heard("gopay-open").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_who_went_to_the_app_and_back_before_the_core_is_not_told_that_it_did_not_open() {
    let Some(shop) = opens_with_fetched_core().await else { return };
    let (payer, _) = payer_with_link(&shop).await;
    payer.taps_pay_button_in_vain().await;
    let polls = "traffic.count(/GET .*orders\\/[^/]+$/)";
    value(&payer, "document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))").await;
    core_comes(&payer).await;
    sees(&payer, "it polls at once", &format!("return {polls} > 0"), true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_order_takes_the_first_ones_link_away_at_once() {
    let Some(shop) = opens_with_fetched_core().await else { return };
    let (payer, _) = payer_with_link(&shop).await;
    let other =
        format!("traffic.held = /wasm|charge/; widget.setAttribute('order-id', 'another-order'); return {LINK}");
    assert_eq!(value(&payer, &other).await, Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_frame_the_early_link_opens_the_app_in_place_of_the_whole_page() {
    let Some(shop) = opens_with_fetched_core().await else { return };
    let payer = shop.welcomes(Device::Phone).await;
    payer.opens("held_core").await;
    let framed =
        "window.frame = document.createElement('iframe'); frame.src = location.pathname; document.body.append(frame)";
    value(&payer, framed).await;
    let target = format!("return frame.contentWindow.{LINK}?.target ?? null").replace("widget.", "widget?.");
    sees(&payer, "the link in the frame leads out of it", &target, "_top").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_page_whose_links_open_new_tabs_the_link_opens_the_app_in_place_of_the_page() {
    let Some(shop) = opens_with_fetched_core().await else { return };
    let payer = shop.welcomes(Device::Phone).await;
    payer.opens("held_core").await;
    let base = "document.head.append(Object.assign(document.createElement('base'), { target: '_blank' }))";
    value(&payer, base).await;
    let target = format!("return {LINK}?.target ?? null").replace("widget.", "widget?.");
    sees(&payer, "the early link opens no new tab", &target, "_top").await;
    value(&payer, "traffic.release()").await;
    let mounted = format!("return {LINK}?.dataset.action ? {LINK}.target : null");
    sees(&payer, "nor does the core's", &mounted, "_top").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_sandboxed_frame_a_tap_that_leads_nowhere_is_followed_by_another_way() {
    let Some(shop) = opens_with_fetched_core().await else { return };
    let payer = shop.welcomes(Device::Phone).await;
    payer.opens("held_core").await;
    let framed = "window.frame = document.createElement('iframe');
        frame.sandbox = 'allow-scripts allow-same-origin';
        frame.src = location.pathname;
        document.body.append(frame);
        window.inFrame = (part) => frame.contentDocument.querySelector('gopay-checkout')?.shadowRoot?.querySelector(part)";
    value(&payer, framed).await;
    let link = "return inFrame('a[part~=button]')?.target ?? null";
    sees(&payer, "the link in the frame would lead out of it", link, "_top").await;
    // The browser forbids it, and tells nobody but the console.
    value(&payer, "inFrame('a[part~=button]').click(); frame.contentWindow.traffic.release()").await;
    let status = "return inFrame('[part~=status]')?.textContent.includes('Aplikasi GoPay tidak terbuka?') ?? null";
    sees(&payer, "the frame offers another way", status, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_after_a_tap_before_the_core_nothing_is_left() {
    let Some(shop) = opens_with_fetched_core().await else { return };
    let payer = shop.welcomes(Device::Phone).await;
    payer.opens("resource_counter").await;
    value(&payer, "addEventListener('click', (event) => event.preventDefault())").await;
    let before = value(&payer, "return running()").await;
    value(&payer, "traffic.held = /wasm/; begin({}); window.widget = document.querySelector('gopay-checkout')").await;
    sees_the_link(&payer).await;
    let taps = format!("{LINK}.click(); widget.remove()");
    value(&payer, &taps).await;
    value(&payer, "traffic.release()").await;
    sees(&payer, "nothing is left", "return running()", before).await;
}
