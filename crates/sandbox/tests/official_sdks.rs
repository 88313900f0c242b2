//! Midtrans' own libraries against the sandbox: npm's `midtrans-client` and, for Python, `midtransclient`. What they give
//! back here is what a shop that uses them gets from Midtrans.

#![expect(clippy::unwrap_used, reason = "tests")]

use midtrans_sandbox::{Application, DEFAULT_SERVER_KEY, Settings};
use reqwest::Method;
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::PathBuf};
use tokio::{process::Command, sync::oneshot};

#[derive(Clone, Copy, Debug)]
enum Sdk {
    Node,
    Python,
}

impl Sdk {
    /// The interpreter and the script; fails with what to do where the library is not installed.
    fn command(self) -> Command {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/sdk");
        let (installed, mut command) = match self {
            Self::Node => (folder.join("node_modules/midtrans-client"), Command::new("node")),
            Self::Python => (folder.join(".venv/bin/python3"), Command::new(folder.join(".venv/bin/python3"))),
        };
        assert!(
            installed.exists(),
            "it cannot be tried without {}: Midtrans' library is not installed ({} is missing); `cargo xtask test` installs it",
            match self {
                Self::Node => "npm",
                Self::Python => "Python",
            },
            installed.display()
        );
        command.arg(match self {
            Self::Node => folder.join("calls.js"),
            Self::Python => folder.join("calls.py"),
        });
        command
    }
}

struct Shop {
    sdk: Sdk,
    url: String,
    server_key: &'static str,
    /// The library's time limit for an answer.
    time_limit: Option<&'static str>,
    _stop: oneshot::Sender<()>,
}

impl Shop {
    async fn with(sdk: Sdk) -> Self {
        let application = Application::build(Settings::default()).await.unwrap();
        let url = application.url();
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(application.run_until_stopped(async {
            let _ = stopped.await;
        }));
        Self { sdk, url, server_key: DEFAULT_SERVER_KEY, time_limit: None, _stop: stop }
    }

    /// The library's result of each call: `{"ok": …}` or `{"error", "code", "body"}`.
    async fn calls(&self, calls: Value) -> Vec<Value> {
        let mut command = self.sdk.command();
        command.arg(calls.to_string()).env("SANDBOX_URL", &self.url).env("SANDBOX_SERVER_KEY", self.server_key);
        if let Some(milliseconds) = self.time_limit {
            command.env("SDK_TIMEOUT_MS", milliseconds);
        }
        // A proxy of the machine's must not be asked for 127.0.0.1.
        command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
        let output = command.output().await.unwrap_or_else(|error| panic!("{:?} cannot be run: {error}", self.sdk));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    async fn pays(&self, order_id: &str) {
        self.steers(Method::POST, &format!("transactions/{order_id}/pay"), json!({})).await;
    }

    async fn behaves(&self, switches: Value) {
        self.steers(Method::PATCH, "behaviour", switches).await;
    }

    async fn suffers(&self, fault: Value) {
        self.steers(Method::POST, "faults", fault).await;
    }

    async fn steers(&self, method: Method, path: &str, body: Value) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.request(method, format!("{}/sandbox/{path}", self.url)).json(&body);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {answer:?}");
    }
}

fn charge(order_id: &str) -> Value {
    json!(["charge", {"payment_type": "gopay",
        "transaction_details": {"order_id": order_id, "gross_amount": 44_000},
        "gopay": {"enable_callback": true, "callback_url": "someapps://callback"}}])
}

/// `status_code` and `transaction_status` of what a call gave back.
fn ok(result: &Value) -> (&str, &str) {
    let body = &result["ok"];
    assert!(body.is_object(), "{result}");
    (body["status_code"].as_str().unwrap(), body["transaction_status"].as_str().unwrap())
}

/// The code of the error that a call threw: the body's. The library's own is the same in Node; in Python it is the HTTP
/// status, which is 200 for most errors.
fn error(result: &Value) -> u16 {
    assert_eq!(result["error"], "MidtransError", "{result}");
    let code = result["body"]["status_code"].as_str().unwrap().parse().unwrap();
    assert!(result["code"] == code || (result["code"] == 200 && code > 401), "{result}");
    code
}

async fn a_payment_goes_its_way(sdk: Sdk) {
    let shop = Shop::with(sdk).await;
    let charged = shop.calls(json!([charge("o-1"), ["status", "o-1"]])).await;
    assert_eq!((ok(&charged[0]), ok(&charged[1])), (("201", "pending"), ("201", "pending")));
    let actions = charged[0]["ok"]["actions"].as_array().unwrap();
    let names: Vec<_> = actions.iter().map(|action| action["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["generate-qr-code", "generate-qr-code-v2", "deeplink-redirect", "get-status", "cancel"]);
    assert_eq!(charged[0]["ok"]["gross_amount"], "44000.00");
    shop.pays("o-1").await;
    let id = &charged[0]["ok"]["transaction_id"];
    let told = json!({"transaction_id": id, "order_id": "o-1", "transaction_status": "settlement"});
    let paid = shop
        .calls(json!([
            ["status", id],
            ["notification", told],
            ["refund", "o-1", {"refund_key": "r-1", "amount": 4000, "reason": "rusak"}],
            ["refundDirect", "o-1", {"refund_key": "r-2", "amount": 40_000}],
        ]))
        .await;
    assert_eq!((ok(&paid[0]), ok(&paid[1])), (("200", "settlement"), ("200", "settlement")));
    assert_eq!((ok(&paid[2]), ok(&paid[3])), (("200", "partial_refund"), ("200", "refund")));
    assert_eq!(paid[3]["ok"]["refund_amount"], "40000.00");
}

async fn cancel_and_expire_end_it_and_407_is_no_error(sdk: Sdk) {
    let shop = Shop::with(sdk).await;
    let calls = json!([
        charge("o-1"),
        ["cancel", "o-1"],
        ["status", "o-1"],
        charge("o-2"),
        ["expire", "o-2"],
        ["status", "o-2"],
        charge("o-2"),
    ]);
    let results = shop.calls(calls).await;
    assert_eq!((ok(&results[1]), ok(&results[2])), (("200", "cancel"), ("200", "cancel")));
    assert_eq!((ok(&results[4]), ok(&results[5])), (("407", "expire"), ("407", "expire")));
    assert_eq!(ok(&results[6]), ("201", "pending"), "an expired order may be charged again");
}

async fn every_refusal_is_the_error_that_the_library_knows(sdk: Sdk) {
    let mut shop = Shop::with(sdk).await;
    let zero = json!(["charge", {"payment_type": "gopay",
        "transaction_details": {"order_id": "o-0", "gross_amount": 0}}]);
    let calls = json!([
        zero,
        ["status", "nothing"],
        charge("o-1"),
        charge("o-1"),
        ["refund", "o-1", {}],
        ["cancel", "o-1"],
        ["cancel", "o-1"],
        ["expire", "nothing"],
    ]);
    let results = shop.calls(calls).await;
    let errors: Vec<_> = [0, 1, 3, 4, 6, 7].map(|place: usize| error(&results[place])).into();
    assert_eq!(errors, [400, 404, 406, 412, 412, 404]);
    assert!(results[0]["body"]["validation_messages"][0].as_str().unwrap().contains("gross_amount"));
    shop.server_key = "SB-Mid-server-other";
    let results = shop.calls(json!([charge("o-9"), ["status", "o-1"]])).await;
    assert_eq!((error(&results[0]), error(&results[1])), (401, 401));
}

async fn a_refund_is_refused_as_documented(sdk: Sdk) {
    let shop = Shop::with(sdk).await;
    shop.calls(json!([charge("o-1")])).await;
    shop.pays("o-1").await;
    let results = shop
        .calls(json!([
            ["refundDirect", "o-1", {"refund_key": "r-1", "amount": 4000}],
            ["refund", "o-1", {"refund_key": "r-2", "amount": 4000}],
            ["refund", "o-1", {"refund_key": "r-2", "amount": 4000}],
            ["refund", "o-1", {"refund_key": "r-3", "amount": 44_001}],
            ["refund", "o-1", {"refund_key": "r 4"}],
            ["refund", "o-1", {}],
        ]))
        .await;
    assert_eq!(ok(&results[0]), ("200", "partial_refund"));
    assert_eq!(ok(&results[1]), ("200", "partial_refund"));
    assert_eq!([2, 3, 4].map(|place: usize| error(&results[place])), [406, 414, 400]);
    assert_eq!((ok(&results[5]), &results[5]["ok"]["refund_amount"]), (("200", "refund"), &json!("36000.00")));
}

async fn what_is_not_for_gopay_is_refused_and_the_b2b_status_lists(sdk: Sdk) {
    let shop = Shop::with(sdk).await;
    let charged = shop.calls(json!([charge("o-1")])).await;
    let id = &charged[0]["ok"]["transaction_id"];
    let results = shop
        .calls(json!([
            ["approve", "o-1"],
            ["deny", "o-1"],
            ["capture", {"transaction_id": id, "gross_amount": 44_000}],
            ["approve", "nothing"],
            ["statusb2b", "nothing"],
            ["statusb2b", "o-1"],
        ]))
        .await;
    assert_eq!([0, 1, 2, 3, 4].map(|place: usize| error(&results[place])), [412, 412, 412, 404, 404]);
    let list = &results[5]["ok"];
    assert_eq!((&list["status_code"], &list["transactions"][0]["transaction_id"]), (&json!("200"), id));
}

async fn a_way_to_pay_that_the_account_lacks_is_402(sdk: Sdk) {
    let shop = Shop::with(sdk).await;
    let transfer = json!(["charge", {"payment_type": "bank_transfer",
        "transaction_details": {"order_id": "o-1", "gross_amount": 44_000}}]);
    assert_eq!(error(&shop.calls(json!([transfer])).await[0]), 402);
    shop.behaves(json!({"gopay_account": "unauthorized"})).await;
    assert_eq!(error(&shop.calls(json!([charge("o-1")])).await[0]), 402);
}

async fn a_trouble_on_the_way_is_an_error_whatever_the_http_status(sdk: Sdk) {
    let shop = Shop::with(sdk).await;
    for follows in [false, true] {
        shop.behaves(json!({"http_status_follows_body": follows})).await;
        for code in [410, 429, 500, 503] {
            shop.suffers(json!({"fault": "error", "status_code": code, "on": ["charge"]})).await;
        }
        let results = shop.calls(json!([charge("o-1"), charge("o-1"), charge("o-1"), charge("o-1")])).await;
        let errors: Vec<_> = results.iter().map(error).collect();
        assert_eq!(errors, [410, 429, 500, 503]);
    }
}

async fn an_edge_page_is_no_answer(sdk: Sdk) {
    let shop = Shop::with(sdk).await;
    shop.suffers(json!({"fault": "html_403", "on": ["charge"]})).await;
    let results = shop.calls(json!([charge("o-1"), charge("o-1")])).await;
    match sdk {
        Sdk::Node => {
            assert_eq!((&results[0]["error"], &results[0]["code"]), (&json!("MidtransError"), &json!(403)));
            assert!(results[0]["body"].as_str().unwrap().contains("<html>"), "{}", results[0]);
        }
        Sdk::Python => assert_eq!(results[0]["error"], "JSONDecodeError", "{}", results[0]),
    }
    assert_eq!(ok(&results[1]), ("201", "pending"));
}

async fn an_answer_that_never_comes_is_an_error_after_the_shops_own_time_limit(sdk: Sdk) {
    let mut shop = Shop::with(sdk).await;
    shop.calls(json!([charge("o-1")])).await;
    shop.suffers(json!({"fault": "latency", "milliseconds": 3_600_000, "on": ["cancel"]})).await;
    shop.time_limit = Some("500");
    let results = shop.calls(json!([["cancel", "o-1"]])).await;
    let expected = match sdk {
        // Null, as a number.
        Sdk::Node => ("MidtransError", json!(0)),
        Sdk::Python => ("ReadTimeout", Value::Null),
    };
    assert_eq!((results[0]["error"].as_str().unwrap(), results[0]["code"].clone()), expected, "{}", results[0]);
    shop.time_limit = None;
    assert_eq!(ok(&shop.calls(json!([["status", "o-1"]])).await[0]), ("200", "cancel"), "and yet it was done");
}

/// Runs the calls of the libraries' own suites, as GoPay.
async fn the_suites_calls_are_answered_as_they_expect(sdk: Sdk) {
    let mut shop = Shop::with(sdk).await;
    let told = json!({"transaction_id": "s-1", "order_id": "s-1", "transaction_status": "settlement"});
    let refund = json!({"refund_key": "s-r-1", "amount": 5000, "reason": "for some reason"});
    let results = shop
        .calls(json!([
            charge("s-1"),
            charge("s-2"),
            charge("s-3"),
            ["status", "s-1"],
            ["notification", told],
            ["notification", told.to_string()],
            ["expire", "s-1"],
            ["approve", "s-2"],
            ["deny", "s-2"],
            ["cancel", "s-2"],
            ["refund", "s-3", refund],
            ["refundDirect", "s-3", refund],
            ["status", "non-exist-order-id"],
            ["status", "s-2"],
            ["charge", {}],
            ["charge", null],
        ]))
        .await;
    let answered = [
        ("201", "pending"),
        ("201", "pending"),
        ("201", "pending"),
        ("201", "pending"),
        ("201", "pending"),
        ("201", "pending"),
        ("407", "expire"),
    ];
    assert_eq!(results[..7].iter().map(ok).collect::<Vec<_>>(), answered);
    assert_eq!([7, 8].map(|place: usize| error(&results[place])), [412, 412]);
    assert_eq!((ok(&results[9]), ok(&results[13])), (("200", "cancel"), ("200", "cancel")));
    assert_eq!([10, 11, 12].map(|place: usize| error(&results[place])), [412, 412, 404]);
    assert!(results[12]["body"]["status_message"].as_str().unwrap().contains("exist"));
    for nothing in &results[14..] {
        assert_eq!(error(nothing), 500);
        assert!(nothing["body"]["status_message"].as_str().unwrap().contains("unexpected"), "{nothing}");
    }
    shop.server_key = "invalidkey";
    assert_eq!(error(&shop.calls(json!([charge("s-4")])).await[0]), 401);
}

/// The library's own tests that pay with a card, or look for a card's `capture`: the only ones that must fail here.
const WITH_CARDS: [&str; 5] = [
    "test_core_api_card_point_inquiry_valid_bni_card",
    "test_core_api_card_register",
    "test_core_api_card_token",
    "test_core_api_charge_cc_one_click",
    "test_core_api_charge_cc_simple",
];

#[tokio::test]
async fn python_the_librarys_own_suite_fails_as_gopay_nowhere_but_at_cards() {
    let shop = Shop::with(Sdk::Python).await;
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/sdk");
    let suite = folder.join(".venv/suite");
    assert!(suite.join("tests").exists(), "{} is missing: run `cargo xtask test`, which fetches it", suite.display());
    let outcomes = tempfile::NamedTempFile::new().unwrap();
    let run = Command::new(folder.join(".venv/bin/python3"))
        .args(["-m", "pytest", "-q", "-p", "as_gopay", "-p", "no:cacheprovider", "tests/test_core_api.py"])
        .current_dir(&suite)
        .env("PYTHONPATH", &folder)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SANDBOX_URL", &shop.url)
        .env("SANDBOX_SERVER_KEY", shop.server_key)
        .env("SUITE_OUTCOMES", outcomes.path())
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1")
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let outcomes: BTreeMap<String, String> =
        serde_json::from_slice(&std::fs::read(outcomes.path()).unwrap()).unwrap_or_else(|_| panic!("{said}"));
    let failed: Vec<_> = outcomes.iter().filter(|(_, outcome)| *outcome != "passed").map(|(name, _)| name).collect();
    assert_eq!(failed, WITH_CARDS, "{said}");
    assert_eq!(outcomes.len() - failed.len(), 19, "{outcomes:?}");
}

#[tokio::test]
async fn node_the_suites_calls_are_answered_as_they_expect() {
    the_suites_calls_are_answered_as_they_expect(Sdk::Node).await;
}

#[tokio::test]
async fn python_the_suites_calls_are_answered_as_they_expect() {
    the_suites_calls_are_answered_as_they_expect(Sdk::Python).await;
}

#[tokio::test]
async fn node_a_payment_goes_its_way() {
    a_payment_goes_its_way(Sdk::Node).await;
}

#[tokio::test]
async fn node_cancel_and_expire_end_it_and_407_is_no_error() {
    cancel_and_expire_end_it_and_407_is_no_error(Sdk::Node).await;
}

#[tokio::test]
async fn node_every_refusal_is_the_error_that_the_library_knows() {
    every_refusal_is_the_error_that_the_library_knows(Sdk::Node).await;
}

#[tokio::test]
async fn python_a_payment_goes_its_way() {
    a_payment_goes_its_way(Sdk::Python).await;
}

#[tokio::test]
async fn python_cancel_and_expire_end_it_and_407_is_no_error() {
    cancel_and_expire_end_it_and_407_is_no_error(Sdk::Python).await;
}

#[tokio::test]
async fn python_every_refusal_is_the_error_that_the_library_knows() {
    every_refusal_is_the_error_that_the_library_knows(Sdk::Python).await;
}

#[tokio::test]
async fn node_a_refund_is_refused_as_documented() {
    a_refund_is_refused_as_documented(Sdk::Node).await;
}

#[tokio::test]
async fn python_a_refund_is_refused_as_documented() {
    a_refund_is_refused_as_documented(Sdk::Python).await;
}

#[tokio::test]
async fn node_what_is_not_for_gopay_is_refused_and_the_b2b_status_lists() {
    what_is_not_for_gopay_is_refused_and_the_b2b_status_lists(Sdk::Node).await;
}

#[tokio::test]
async fn python_what_is_not_for_gopay_is_refused_and_the_b2b_status_lists() {
    what_is_not_for_gopay_is_refused_and_the_b2b_status_lists(Sdk::Python).await;
}

#[tokio::test]
async fn node_a_way_to_pay_that_the_account_lacks_is_402() {
    a_way_to_pay_that_the_account_lacks_is_402(Sdk::Node).await;
}

#[tokio::test]
async fn python_a_way_to_pay_that_the_account_lacks_is_402() {
    a_way_to_pay_that_the_account_lacks_is_402(Sdk::Python).await;
}

#[tokio::test]
async fn node_a_trouble_on_the_way_is_an_error_whatever_the_http_status() {
    a_trouble_on_the_way_is_an_error_whatever_the_http_status(Sdk::Node).await;
}

#[tokio::test]
async fn python_a_trouble_on_the_way_is_an_error_whatever_the_http_status() {
    a_trouble_on_the_way_is_an_error_whatever_the_http_status(Sdk::Python).await;
}

#[tokio::test]
async fn node_an_edge_page_is_no_answer() {
    an_edge_page_is_no_answer(Sdk::Node).await;
}

#[tokio::test]
async fn python_an_edge_page_is_no_answer() {
    an_edge_page_is_no_answer(Sdk::Python).await;
}

#[tokio::test]
async fn node_an_answer_that_never_comes_is_an_error_after_the_shops_own_time_limit() {
    an_answer_that_never_comes_is_an_error_after_the_shops_own_time_limit(Sdk::Node).await;
}

#[tokio::test]
async fn python_an_answer_that_never_comes_is_an_error_after_the_shops_own_time_limit() {
    an_answer_that_never_comes_is_an_error_after_the_shops_own_time_limit(Sdk::Python).await;
}
