//! The sandbox's dashboard in a real browser: what its script adds to the server's HTML.

use gopay_e2e::{Browser, Device, Engine, SERVER_KEY, eventually};
use midtrans_sandbox::{Application, Settings};
use reqwest::Client;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tokio::sync::oneshot;

/// A developer with the dashboard open. The sandbox's shop answers every notification with 405.
struct Developer {
    browser: Browser,
    url: String,
    http: Client,
    _stop: oneshot::Sender<()>,
}

impl Developer {
    async fn opens(device: Device) -> Self {
        let settings = Settings { server_key: SERVER_KEY.into(), ..Settings::default() };
        let application = Application::build(settings).await.expect("the sandbox finds a port");
        let url = application.url();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(application.run_until_stopped(async {
            let _ = stopped.await;
        }));
        let browser = Browser::opens(device).await;
        let developer = Self { browser, url, http: Client::new(), _stop: stop };
        developer.asks("/sandbox/notification-url", json!({"url": format!("{}/healthz", developer.url)})).await;
        developer.browser.goes_to_other_page(&developer.url).await;
        developer.sees("the page follows", "return document.querySelector('#live').className === 'on'").await;
        // Marks the document: a reload would lose it.
        developer.runs("window.opened = true").await;
        developer
    }

    async fn asks(&self, path: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.url)).basic_auth(SERVER_KEY, Some(""));
        let answer = request.json(&body).send().await.expect("the sandbox answers");
        serde_json::from_str(&answer.text().await.expect("a text")).unwrap_or_default()
    }

    async fn charges(&self, order_id: &str) {
        let details = json!({"order_id": order_id, "gross_amount": 44_000});
        let charge = self.asks("/v2/charge", json!({"payment_type": "gopay", "transaction_details": details})).await;
        assert_eq!(charge["status_code"], "201", "{charge}");
        self.sees("the order is on the page", &format!("return !!({})", row(order_id))).await;
    }

    async fn runs(&self, script: &str) -> Value {
        self.browser.runs(script, Vec::new()).await.expect("the page runs it")
    }

    /// Waits until `script` returns true.
    async fn sees(&self, what: &str, script: &str) {
        eventually(what, async || {
            let seen = self.runs(script).await;
            if seen == true { Ok(()) } else { Err((seen, self.runs("return document.body.innerText").await)) }
        })
        .await;
    }

    /// Presses the button with this text in the row of this order, and waits for the order's new status.
    async fn presses(&self, order_id: &str, button: &str, status: &str) {
        let find =
            format!("[...({}).querySelectorAll('button')].find((it) => it.textContent === '{button}')", row(order_id));
        self.runs(&format!("{find}.click()")).await;
        let shown = format!("return ({}).querySelector('.badge').textContent === '{status}'", row(order_id));
        self.sees(&format!("{button} makes {order_id} {status}"), &shown).await;
    }

    /// Asserts that the page was never reloaded, and logged no error.
    async fn was_never_reloaded(&self) {
        assert_eq!(self.runs("return window.opened").await, true);
        // A button pressed too late is answered 409, which Chromium logs; nothing else is logged.
        let lines: Vec<_> = self.browser.console().await.into_iter().filter(|line| !line.contains("409")).collect();
        assert!(lines.is_empty(), "{lines:?}");
    }
}

fn row(order_id: &str) -> String {
    let order_id = json!(order_id);
    format!(
        "[...document.querySelectorAll('#transactions > tr')].find((it) => it.querySelector('strong').textContent === {order_id})"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_appears_by_itself_and_every_button_does_its_work() {
    let developer = Developer::opens(Device::Desktop).await;
    for order_id in ["kopi-1", "kopi-2", "kopi-3", "kopi-4", "kopi-5"] {
        developer.charges(order_id).await;
    }
    developer.presses("kopi-1", "Pay", "settlement").await;
    developer.presses("kopi-2", "Pay by QRIS", "settlement").await;
    developer.presses("kopi-3", "Expire", "expire").await;
    developer.presses("kopi-3", "Settle late", "settlement").await;
    developer.presses("kopi-4", "Cancel", "cancel").await;
    developer.presses("kopi-5", "Fail", "pending").await;
    developer
        .sees("what a failed try means", "return document.querySelector('#notice').innerText.includes('stays pending')")
        .await;
    developer.presses("kopi-5", "Deny", "deny").await;
    developer.runs(&format!("({}).querySelector('[name=amount]').value = '4.000'", row("kopi-1"))).await;
    developer.presses("kopi-1", "Refund", "partial_refund").await;
    developer.presses("kopi-1", "Refund", "refund").await;
    developer.was_never_reloaded().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_pressed_by_key_keeps_its_place_and_an_open_notification_stays_open() {
    let developer = Developer::opens(Device::Desktop).await;
    developer.charges("teh-1").await;
    developer.sees("its notification", "return !!document.querySelector('#notifications details')").await;
    developer.runs("document.querySelector('#notifications summary').click()").await;
    developer.runs("document.querySelector('#notifications details').id = 'mine'").await;
    developer.runs(&format!("({}).querySelector('button').focus()", row("teh-1"))).await;
    let focused = developer.browser.client().active_element().await.expect("a button has the focus");
    focused.send_keys("\u{e007}").await.expect("Enter is pressed");
    developer.sees("it is paid", &format!("return ({}).innerText.includes('settlement')", row("teh-1"))).await;
    let inside = format!("return ({}).contains(document.activeElement)", row("teh-1"));
    developer.sees("the focus is still in the row", &inside).await;
    developer
        .sees("the second notification", "return document.querySelectorAll('#notifications > li').length === 2")
        .await;
    assert_eq!(developer.runs("return document.querySelector('#mine').open").await, true);
    let text = developer.runs("return document.querySelector('#mine').innerText").await;
    let text = text.as_str().unwrap_or_default();
    assert!(text.contains("User-Agent: Veritrans") && text.contains("HTTP 405") && text.contains("teh-1"), "{text}");
    developer.runs("document.querySelector('#mine button').click()").await;
    developer.sees("it is sent again", "return document.querySelectorAll('#notifications > li').length === 3").await;
    developer.was_never_reloaded().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filter_faults_clock_and_switches_work_without_a_reload() {
    let developer = Developer::opens(Device::Phone).await;
    developer.charges("kopi-1").await;
    developer.charges("teh-1").await;
    let filter = developer.browser.client().find(fantoccini::Locator::Id("filter")).await.expect("a filter");
    filter.send_keys("teh").await.expect("it is typed in");
    developer.sees("only one is left", "return document.querySelectorAll('#transactions > tr').length === 1").await;
    developer.presses("teh-1", "Cancel", "cancel").await;
    developer.sees("the filter stays", "return location.search === '?order_id=teh'").await;
    filter.clear().await.expect("it is emptied");
    filter.send_keys("-").await.expect("it is typed in");
    developer.sees("both are back", "return document.querySelectorAll('#transactions > tr').length === 2").await;

    let submit = |form: &str| {
        format!(
            "const f = document.querySelector('form[action=\"dashboard/{form}\"]'); f.requestSubmit(f.querySelector('button'))"
        )
    };
    developer.runs("document.querySelector('[name=fault]').value = 'stuck_pending'").await;
    developer.runs(&submit("add-fault")).await;
    developer
        .sees("a fault waits", "return document.querySelector('#faults').innerText.includes('stuck_pending')")
        .await;
    developer.charges("kopi-2").await;
    developer
        .sees("it struck", "return document.querySelector('#applied').innerText.includes('asked for as fault 1')")
        .await;
    developer.sees("it is gone", "return document.querySelector('#faults').innerText.includes('No fault')").await;

    developer.runs("document.querySelector('[value=next_expiry]').click()").await;
    let expired = format!("return ({}).innerText.includes('expire')", row("kopi-1"));
    developer.sees("the clock has moved", &expired).await;
    developer.sees("and says so", "return document.querySelector('#clock').innerText.includes('15 min ahead')").await;

    developer.runs("document.querySelector('#s-expiry_job_delay_seconds [name=value]').value = '7'").await;
    developer.runs("document.querySelector('#s-expiry_job_delay_seconds form').requestSubmit()").await;
    let switched = "return document.querySelector('#s-expiry_job_delay_seconds').textContent.includes('default 30')";
    developer.sees("the switch is set", switched).await;
    assert_eq!(
        developer.runs("return document.documentElement.scrollWidth - innerWidth").await,
        0,
        "nothing sticks out"
    );
    developer.was_never_reloaded().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_phone_beside_the_transaction_pays_it_and_the_timeline_tells_it() {
    let developer = Developer::opens(Device::Desktop).await;
    developer.charges("kopi-1").await;
    developer.charges("kopi-2").await;
    let phone = "document.querySelector('#phone iframe').contentDocument";
    let says = |words: &str| format!("return {phone}?.body?.innerText.includes('{words}') ?? false");
    developer.sees("the newest order is on the phone", &says("kopi-2")).await;
    developer.runs(&format!("({}).querySelector('a').click()", row("kopi-1"))).await;
    developer.sees("the chosen order is on the phone", &says("kopi-1")).await;
    developer.sees("the address keeps it", "return location.search.startsWith('?phone=')").await;
    let http = developer.http.get(format!("{}/v2/kopi-1/status", developer.url)).basic_auth(SERVER_KEY, Some(""));
    http.send().await.expect("the sandbox answers");
    let told = |words: &str| format!("return document.querySelector('#timeline').innerText.includes('{words}')");
    developer.sees("a poll is told without a change", &told("get-status")).await;
    developer.runs(&format!("{phone}.querySelector('button[value=success]').click()")).await;
    developer.sees("it is paid", &told("settlement")).await;
    developer.sees("the phone says so", &says("Pembayaran berhasil")).await;
    developer.was_never_reloaded().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_language_or_width_has_an_obstacle_or_sticks_out() {
    let developer = Developer::opens(Device::Desktop).await;
    if Engine::from_env() != Engine::Chromium {
        return;
    }
    developer.charges("kopi-1").await;
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../node_modules/axe-core/axe.min.js");
    let axe = fs::read_to_string(axe).expect("`npm ci` brings axe-core");
    for query in ["?lang=en", "?lang=id"] {
        developer.browser.goes_to_other_page(&format!("{}/{query}", developer.url)).await;
        developer.runs("for (const it of document.querySelectorAll('details')) it.open = true").await;
        developer.browser.client().execute(&axe, Vec::new()).await.expect("axe runs");
        let found = "return axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
            nodes.map(({ target, failureSummary }) => `${id} ${JSON.stringify(target)} ${failureSummary}`)))";
        assert_eq!(developer.runs(found).await, json!([]), "{query}");
        assert_eq!(
            developer.runs("return document.documentElement.scrollWidth - document.documentElement.clientWidth").await,
            0,
            "{query}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_shop_writes_is_text_and_never_runs() {
    let developer = Developer::opens(Device::Desktop).await;
    let switch = developer.http.patch(format!("{}/sandbox/behaviour", developer.url));
    switch.json(&json!({"order_id_characters": "any"})).send().await.expect("the sandbox answers");
    for order_id in ["<script>window.ran=1</script>", "<img src=x onerror=window.ran=1>", "\"'><b>o"] {
        developer.charges(order_id).await;
        let about = format!(
            "return [...document.querySelectorAll('#notifications strong')].some((it) => it.textContent === {})",
            json!(order_id)
        );
        developer.sees("its notification names it", &about).await;
    }
    assert_eq!(developer.runs("return window.ran === undefined").await, true);
    developer.was_never_reloaded().await;
}
