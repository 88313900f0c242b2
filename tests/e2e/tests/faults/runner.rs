//! Runs one row: an order, a page with one widget, a fault, and the outcome.

use crate::table::{At, Row, Shows, Then};
use gopay_e2e::{Payer, Shop, eventually};
use serde_json::{Value, json};

/// Makes the page's monotonic clock and timers run twenty times as fast: the widget's longest time limit, forty seconds,
/// takes two.
const FAST_CLOCK: &str = "
    const {setTimeout} = window, now = performance.now.bind(performance);
    window.setTimeout = (call, ms, ...rest) => setTimeout(call, ms / 20, ...rest);
    performance.now = () => now() * 20;
";

/// Puts a widget for an order on the shop's page. The shop's own script logs host events in `#events`.
const INSERT_WIDGET: &str = "
    const widget = document.createElement('gopay-checkout');
    for (const [name, value] of Object.entries(arguments[0])) widget.setAttribute(name, value);
    document.body.prepend(widget);
";

/// Returns the visible state of the widget: `state`, problem code, QR code, link and buttons.
const SNAPSHOT: &str = "
    const widget = document.querySelector('gopay-checkout');
    const all = (css) => [...(widget?.shadowRoot?.querySelectorAll(css) ?? [])];
    const qr = all('img[part~=qr]')[0];
    return {
        state: widget?.getAttribute('state') ?? null,
        code: all('[part~=problem]')[0]?.dataset.code ?? null,
        qr: qr?.complete && qr.naturalWidth > 0 ? qr.src : null,
        link: all('a[part~=button]')[0]?.getAttribute('href') ?? null,
        buttons: all('button').map((it) => it.textContent.trim()),
    };
";

/// Makes the widget poll at once, as a payer does who returns to the page.
const REFOCUS: &str = "window.dispatchEvent(new Event('focus'))";

pub(crate) async fn run_row(row: &Row, shop: &Shop, payer: &Payer<'_>) {
    shop.recovers();
    shop.sandbox.recovers().await;
    let order = shop.takes_order("kopi-gayo").await;
    let order_id = order["order_id"].as_str().expect("a text").to_owned();
    let fault = row.fault_body();

    // The fault
    match row.at {
        At::Charge if row.is_paid_meanwhile() => {
            shop.charges(&order).await;
            is_paid(shop, &order_id).await;
            shop.suffers(&fault);
            opens(shop, payer, row, &order).await;
        }
        At::Charge | At::Deeplink | At::Events => {
            shop.suffers(&fault);
            opens(shop, payer, row, &order).await;
            if row.is_paid_meanwhile() {
                payer.waits_for_state("pending").await;
                is_paid(shop, &order_id).await;
            }
        }
        At::QrImage => {
            if row.is_steered_at_the_merchant() {
                shop.suffers(&fault);
            } else {
                shop.sandbox.suffers(fault).await;
            }
            opens(shop, payer, row, &order).await;
        }
        At::Status => {
            opens(shop, payer, row, &order).await;
            payer.sees_qr_code().await;
            shop.suffers(&fault);
            is_paid(shop, &order_id).await;
            payer.evaluates(REFOCUS).await.expect("the page runs it");
        }
        At::Cancel => {
            opens(shop, payer, row, &order).await;
            payer.sees_qr_code().await;
            shop.suffers(&fault);
            payer.presses_button("Batalkan pembayaran").await;
        }
    }

    // Host events and screen
    let is_refused = row.fault_body()["http_status"].as_u64().is_some_and(|status| matches!(status, 401 | 403 | 404));
    if row.is_steered_at_the_merchant() {
        // A stream that is lost is opened again; one that is refused is not.
        let is_opened_again = row.at == At::Events && row.tells.is_none() && !row.is_paid_meanwhile() && !is_refused;
        let least = if is_opened_again { 2 } else { 1 };
        eventually("the fault strikes", async || {
            let faults = shop.faults();
            if faults[0]["struck"].as_u64() >= Some(least) { Ok(()) } else { Err(faults) }
        })
        .await;
    }
    if let Some(code) = row.tells {
        let problem = payer.waits_to_hear("gopay-problem").await;
        assert_eq!(problem["code"], code, "{problem}");
        if let Some(http_status) = row.fault_body()["http_status"].as_u64() {
            assert_eq!(problem["http_status"], http_status, "{problem}");
        }
    }
    eventually(&format!("the payer sees {}", row.shows.words()), async || {
        let seen = payer.evaluates(SNAPSHOT).await?;
        if row.is_seen(&seen) { Ok(()) } else { Err(seen.to_string()) }
    })
    .await;
    let codes: Vec<_> = payer.heard("gopay-problem").await.iter().map(|it| it["code"].clone()).collect();
    assert_eq!(codes, row.tells.map(Value::from).into_iter().collect::<Vec<_>>(), "each problem is emitted once");
    if row.shows != Shows::Paid {
        assert!(payer.heard("gopay-settlement").await.is_empty(), "nothing counts as paid");
    }
    if row.shows == Shows::Problem && row.is_steered_at_the_merchant() {
        // A refused status is polled once more: the refusal may have been a single one.
        let requests = if row.at == At::Status && is_refused { 2 } else { 1 };
        assert_eq!(shop.faults()[0]["struck"], requests, "a stopped widget sends no more requests");
    }

    // Recovery
    match row.then {
        Then::ByItself(state) => {
            heals(shop).await;
            payer.waits_for_state(state).await;
        }
        Then::Anyway(state) => {
            if state == "settlement" && !row.is_paid_meanwhile() {
                is_paid(shop, &order_id).await;
            }
            payer.waits_for_state(state).await;
        }
        Then::Pressed(label, state) => {
            heals(shop).await;
            payer.presses_button(label).await;
            payer.waits_for_state(state).await;
        }
        Then::Reloaded(state) => {
            heals(shop).await;
            opens(shop, payer, row, &order).await;
            payer.waits_for_state(state).await;
        }
    }
    // No problem is left on the screen.
    let seen = payer.evaluates(SNAPSHOT).await.expect("a page with a widget");
    assert!(seen["code"].is_null(), "{seen}");
    let charges = shop.sandbox.charges_of(&order_id).await;
    assert_eq!(charges.len(), 1, "one order, one charge: {charges:?}");
    if matches!(row.then, Then::ByItself("settlement") | Then::Anyway("settlement")) {
        assert_eq!(payer.heard("gopay-settlement").await.len(), 1, "emitted once");
    }
    heals(shop).await;
}

async fn heals(shop: &Shop) {
    shop.recovers();
    shop.sandbox.recovers().await;
}

/// A fresh page with a widget for this order.
async fn opens(shop: &Shop, payer: &Payer<'_>, row: &Row, order: &Value) {
    payer.goes_to(&shop.address("/")).await;
    let mut attributes = json!({
        "order-id": order["order_id"],
        "order-token": order["order_token"],
        "gross-amount": order["gross_amount"].to_string(),
        "trusted-hosts": order["trusted_hosts"][0],
        "charge-url": "/api/gopay/charge",
        "status-url": "/api/gopay/orders/{order_id}",
        "cancel-url": "/api/gopay/orders/{order_id}/cancel",
        "channel": if row.at == At::Deeplink { "deeplink" } else { "qr" },
    });
    if row.at == At::Events {
        attributes["events-url"] = json!("/api/gopay/orders/{order_id}/events");
    }
    if row.needs_time() {
        payer.evaluates(FAST_CLOCK).await.expect("the page runs it");
    }
    payer.browser().runs(INSERT_WIDGET, vec![attributes]).await.expect("the page puts a widget there");
}

/// The payer pays, and the merchant has been notified of it.
async fn is_paid(shop: &Shop, order_id: &str) {
    shop.sandbox.is_paid(order_id).await;
    eventually("the merchant knows of the payment", async || {
        let deliveries = shop.sandbox.deliveries(order_id).await;
        let is_known = |it: &gopay_e2e::Delivery| it.transaction_status == "settlement" && it.answered == Some(200);
        if deliveries.iter().any(is_known) { Ok(()) } else { Err(deliveries) }
    })
    .await;
}

impl Row {
    /// Request body of the fault: until it is deleted, and only at this row's endpoint.
    pub(crate) fn fault_body(&self) -> Value {
        let mut fault: Value = serde_json::from_str(self.fault.1).expect("the table holds JSON");
        let on = match self.at {
            At::Charge if self.is_paid_meanwhile() => json!(["charge", "status"]),
            At::Charge | At::Deeplink => json!(["charge"]),
            At::Status => json!(["status"]),
            At::Events if self.is_paid_meanwhile() => json!(["events", "status"]),
            At::Events => json!(["events"]),
            At::QrImage if self.is_steered_at_the_merchant() => json!(["charge"]),
            At::QrImage => json!(["qr_code"]),
            At::Cancel => json!(["cancel"]),
        };
        fault["on"] = on;
        if fault["times"].is_null() {
            fault["times"] = json!(0);
        }
        fault
    }

    /// True if the widget waits longer than a test should.
    fn needs_time(&self) -> bool {
        matches!(self.at, At::Events | At::QrImage) || self.fault.0 == "time-out"
    }

    /// True if the fault is injected at the merchant: all are, except those of the QR image itself, which the sandbox serves.
    pub(crate) fn is_steered_at_the_merchant(&self) -> bool {
        self.at != At::QrImage || self.fault.1.contains("mutate")
    }

    /// True if the payer pays during the fault, before the widget polls. A `fraud_status` matters only then.
    fn is_paid_meanwhile(&self) -> bool {
        self.at == At::Status || self.fault.1.contains("fraud")
    }

    /// True if its problem stays on the screen. That of a failed stream or cancel goes with the next good status.
    fn keeps_problem(&self) -> bool {
        match self.at {
            At::Charge | At::Status | At::QrImage | At::Deeplink => true,
            At::Events | At::Cancel => self.shows == Shows::Problem,
        }
    }

    fn is_seen(&self, seen: &Value) -> bool {
        let offers = |label: &str| seen["buttons"].as_array().is_some_and(|all| all.iter().any(|it| it == label));
        let (qr, link) = (seen["qr"].as_str(), seen["link"].as_str());
        let nothing_to_pay_with = qr.is_none() && link.is_none();
        let code = self.tells.filter(|_| self.keeps_problem());
        if code.is_some_and(|code| seen["code"] != code) || (self.tells.is_none() && !seen["code"].is_null()) {
            return false;
        }
        match self.shows {
            Shows::Waiting => seen["state"] == "charging" && nothing_to_pay_with && offers("Coba lagi"),
            Shows::Qr => seen["state"] == "pending" && qr.is_some_and(|src| src.contains("/v2/gopay/")),
            Shows::OtherQr => seen["state"] == "pending" && qr.is_some_and(|src| src.contains("/v4/qris/")),
            Shows::Link => seen["state"] == "pending" && qr.is_none() && link.is_some(),
            Shows::Checking => seen["state"] == "checking" && nothing_to_pay_with,
            Shows::Problem => {
                // A reload is offered only where it helps, and so is "Coba lagi".
                let reload = self.tells == Some("merchant-refused");
                let retry = matches!(self.then, Then::Pressed("Coba lagi", _));
                seen["state"] == "problem"
                    && nothing_to_pay_with
                    && (offers("Muat ulang halaman"), offers("Coba lagi")) == (reload, retry)
            }
            Shows::Paid => seen["state"] == "settlement" && nothing_to_pay_with,
            Shows::Cancelled => seen["state"] == "cancel" && nothing_to_pay_with,
        }
    }
}
