//! Midtrans' own libraries against the sandbox: npm's `midtrans-client` and, for Python, `midtransclient`. What they give
//! back here is what a shop that uses them gets from Midtrans.

#![expect(clippy::unwrap_used, reason = "tests")]

use midtrans_sandbox::{Application, DEFAULT_SERVER_KEY, Settings};
use serde_json::{Value, json};
use std::path::PathBuf;
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
            "Midtrans' {self:?} library is not installed ({} is missing): run `cargo xtask test`, which installs it",
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
        Self { sdk, url, server_key: DEFAULT_SERVER_KEY, _stop: stop }
    }

    /// What the library gave for each call: `{"ok": …}` or `{"error", "code", "body"}`.
    async fn calls(&self, calls: Value) -> Vec<Value> {
        let mut command = self.sdk.command();
        command.arg(calls.to_string()).env("SANDBOX_URL", &self.url).env("SANDBOX_SERVER_KEY", self.server_key);
        // A proxy of the machine's must not be asked for 127.0.0.1.
        command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
        let output = command.output().await.unwrap_or_else(|error| panic!("{:?} cannot be run: {error}", self.sdk));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    async fn pays(&self, order_id: &str) {
        let url = format!("{}/sandbox/transactions/{order_id}/pay", self.url);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        assert_eq!(client.post(url).send().await.unwrap().status(), 200);
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
