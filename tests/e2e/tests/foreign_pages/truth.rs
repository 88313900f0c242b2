//! Only the server decides: not the payer's clock, a reload, the countdown or a pressed button.

use super::{pays_and_sees_it, sees, value};
use gopay_e2e::{Device, Payer, Shop, eventually};
use serde_json::Value;

/// Tolerance of the countdown in seconds: `Date` and `expiry_time` have whole seconds only, and painting takes time.
const TOLERANCE: f64 = 2.5;

/// Seconds that Midtrans' clock is ahead: a charge then has 25 minutes left, not the default of 15.
const AHEAD: u64 = 600;

async fn countdown_tells_the_truth(payer: &Payer<'_>) {
    let seen = eventually("the countdown shows what is left until expiry_time", async || {
        let seen = payer.evaluates("return countdown()").await?;
        let (Some(shown), Some(left)) = (seen["shown"].as_f64(), seen["left"].as_f64()) else {
            return Err(seen.to_string());
        };
        if (shown - left).abs() <= TOLERANCE { Ok(seen) } else { Err(seen.to_string()) }
    })
    .await;
    assert!(seen["left"].as_f64().is_some_and(|left| left > 20.0 * 60.0), "an expiry that is not the default: {seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payers_clock_that_is_days_ahead_in_another_zone_does_not_touch_the_countdown() {
    let shop = Shop::opens().await;
    shop.sandbox.waits(AHEAD).await;
    let payer = shop.welcomes_from("Pacific/Honolulu", Device::Desktop).await;
    let order = payer.opens("wrong_clock").await;
    assert_eq!(value(&payer, "return new Date().getTimezoneOffset()").await, 600);
    payer.sees_qr_code().await;
    countdown_tells_the_truth(&payer).await;
    pays_and_sees_it(&shop, &payer, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_blurs_its_clock_still_polls_and_counts_down() {
    let shop = Shop::opens().await;
    shop.sandbox.waits(AHEAD).await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("blurred_clock").await;
    payer.sees_qr_code().await;
    let shown = value(&payer, "return countdown().shown").await;
    let goes_on = format!("return countdown().shown <= {shown} - 2");
    sees(&payer, "the countdown goes on", &goes_on, true).await;
    countdown_tells_the_truth(&payer).await;
    pays_and_sees_it(&shop, &payer, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_does_not_begin_the_countdown_again() {
    let shop = Shop::opens().await;
    shop.sandbox.waits(AHEAD).await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.opens("recorded_traffic").await;
    payer.sees_qr_code().await;
    countdown_tells_the_truth(&payer).await;
    let before = payer.waits_to_hear("gopay-charge").await;
    payer.reloads().await;
    payer.sees_qr_code().await;
    countdown_tells_the_truth(&payer).await;
    assert_eq!(payer.waits_to_hear("gopay-charge").await["expiry_time"], before["expiry_time"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_arrives_after_expire_turns_the_screen_to_paid() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("recorded_traffic").await;
    payer.sees_qr_code().await;
    shop.sandbox.ends(&order.order_id, "expire").await;
    payer.waits_for_state("expire").await;

    shop.sandbox.is_paid_late(&order.order_id).await;
    payer.waits_for_state("settlement").await;
    assert_eq!(payer.waits_to_hear("gopay-settlement").await["previous"], "expire");
    assert_eq!(payer.heard("gopay-expire").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_expire_cancel_and_deny_the_payer_may_begin_anew_and_pays_once() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("recorded_traffic").await;
    let mut transactions: Vec<Value> = Vec::new();
    for how in ["expire", "cancel", "deny"] {
        payer.waits_for_state("pending").await;
        transactions.push(value(&payer, "return document.querySelector('gopay-checkout').transactionId").await);
        let last = transactions.last().and_then(Value::as_str).expect("a transaction");
        shop.sandbox.ends(last, how).await;
        payer.waits_for_state(how).await;
        assert_eq!(payer.waits_to_hear(&format!("gopay-{how}")).await["transaction_id"], last);
        payer.presses_button("Bayar lagi").await;
    }
    payer.waits_for_state("pending").await;
    let last = value(&payer, "return document.querySelector('gopay-checkout').transactionId").await;
    assert!(!transactions.contains(&last), "{last} is a new one");
    shop.sandbox.is_paid(last.as_str().expect("a transaction")).await;
    payer.waits_for_state("settlement").await;

    let charges = shop.sandbox.charges_of(&order.order_id).await;
    assert_eq!(charges.len(), 4, "one for each attempt: {charges:?}");
    let paid: Vec<_> = charges.iter().filter(|charge| charge["transaction_status"] == "settlement").collect();
    assert!(paid.len() == 1 && paid[0]["transaction_id"] == last, "{paid:?}");
    assert_eq!(payer.heard("gopay-settlement").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_that_comes_after_the_money_says_paid_and_not_cancelled() {
    let shop = Shop::opens().await;
    // Nothing but the cancel gets through, so that the page cannot know of the payment before.
    let payer = shop.welcomes(Device::Desktop).await.trying("held=GET%20.*orders");
    let order = payer.opens("recorded_traffic").await;
    payer.sees_qr_code().await;
    shop.sandbox.is_paid(&order.order_id).await;
    payer.presses_button("Batalkan pembayaran").await;
    let answered = "return traffic.requests.some((it) => it.what.endsWith('/cancel') && it.answered)";
    sees(&payer, "the cancel is answered", answered, true).await;
    assert_ne!(payer.state().await, "cancel");

    value(&payer, "traffic.release()").await;
    payer.waits_for_state("settlement").await;
    assert!(payer.heard("gopay-cancel").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_looked_at_again_asks_at_once() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying("without=events-url");
    payer.opens("recorded_traffic").await;
    payer.sees_qr_code().await;
    let polls = "
        const shows = (visibility) => {
            Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => visibility });
            document.dispatchEvent(new Event('visibilitychange'));
        };
        return (async () => {
            shows('hidden');
            // Until no request is open, and the widget has read the last answer.
            for (let quiet = 0; quiet < 20; quiet = traffic.open().length ? 0 : quiet + 1) await new Promise((go) => setTimeout(go));
            const before = traffic.count(/^GET .*orders/);
            shows('visible');
            await new Promise((go) => setTimeout(go));
            return traffic.count(/^GET .*orders/) - before;
        })()";
    for _ in 0..3 {
        assert_eq!(value(&payer, polls).await, 1, "it polled before the page did anything else");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_tab_has_the_same_transaction_and_both_say_paid() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("recorded_traffic").await;
    payer.sees_qr_code().await;
    let first = payer.waits_to_hear("gopay-charge").await;
    let address = value(&payer, "return location.href").await;

    let client = payer.browser().client();
    let first_tab = client.window().await.expect("a tab");
    let second_tab = client.new_window(true).await.expect("another tab").handle;
    client.switch_to_window(second_tab).await.expect("it can be looked at");
    payer.goes_to(address.as_str().expect("an address")).await;
    payer.sees_qr_code().await;
    let second = payer.waits_to_hear("gopay-charge").await;
    assert_eq!(second["transaction_id"], first["transaction_id"]);

    pays_and_sees_it(&shop, &payer, &order).await;
    client.switch_to_window(first_tab).await.expect("it is still there");
    payer.waits_for_state("settlement").await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_goes_on_when_the_tab_that_asked_for_both_is_closed() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("recorded_traffic").await;
    payer.sees_qr_code().await;
    let address = value(&payer, "return location.href").await;

    let client = payer.browser().client();
    let first_tab = client.window().await.expect("a tab");
    let second_tab = client.new_window(true).await.expect("another tab").handle;
    client.switch_to_window(second_tab).await.expect("it can be looked at");
    payer.goes_to(address.as_str().expect("an address")).await;
    payer.sees_qr_code().await;
    client.close_window().await.expect("it can be closed");
    client.switch_to_window(first_tab).await.expect("it is still there");
    pays_and_sees_it(&shop, &payer, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_found_again_with_the_back_button_says_what_happened_meanwhile() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.opens("recorded_traffic").await;
    payer.sees_qr_code().await;
    payer.goes_to(&shop.address("/")).await;
    shop.sandbox.is_paid(&order.order_id).await;
    payer.walks_back().await;
    payer.waits_for_state("settlement").await;
    assert_eq!(shop.sandbox.charges_of(&order.order_id).await.len(), 1);
}
