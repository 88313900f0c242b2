//! The program: what it refuses, what it prints, how it exits.

use crate::flaw::Flaw;
use crate::model_shop;
use crate::stage::{Stage, check};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

fn doctor() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gopay-doctor"));
    command.env_remove("MIDTRANS_SERVER_KEY");
    command
}

/// Runs it beside the runtime that the merchant lives in.
async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().expect("it runs")).await.expect("no panic")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn at(stage: &Stage, arguments: &[&str]) -> Command {
    let mut command = doctor();
    command.args(["--merchant", &stage.merchant, "--sandbox", &stage.sandbox]).args(arguments);
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_that_is_kept_is_exit_code_0_and_json_says_so() {
    let stage = Stage::of_the_reference().await;
    let done = run(at(&stage, &["--format", "json", "--only", "charge-is-idempotent,status-has-its-fields"])).await;
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    let told: Value = serde_json::from_slice(&done.stdout).expect("JSON and nothing else");
    let results: Vec<_> =
        (0..2).map(|row| (told["checks"][row]["id"].clone(), told["checks"][row]["result"].clone())).collect();
    let expected = [(json!("charge-is-idempotent"), json!("pass")), (json!("status-has-its-fields"), json!("pass"))];
    assert_eq!((results.as_slice(), &told["passed"]), (&expected[..], &json!(2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_that_is_broken_is_exit_code_1_and_the_table_says_what_to_do() {
    let stage = Stage::of(|sandbox| model_shop::router(sandbox, Some(Flaw::AmountFromTheBody))).await;
    let done = run(at(&stage, &["--only", "charge-is-of-the-shops-amount,charge-answers-as-midtrans"])).await;
    let table = text(&done.stdout);
    assert_eq!(done.status.code(), Some(1), "{table}");
    for line in [
        "charge\n",
        "  pass  charge-answers-as-midtrans\n",
        "  FAIL  charge-is-of-the-shops-amount\n",
        "fix      Read only",
        "1 passed, 1 failed, 0 skipped",
    ] {
        assert!(table.contains(line), "{line:?} is not in\n{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_may_come_from_standard_input_and_their_tokens_are_not_told() {
    let stage = Stage::of_the_reference().await;
    let shop = format!("{}/api/shop/orders", stage.merchant);
    let items = json!({"items": [{"sku": "kopi-gayo", "quantity": 1}]});
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut orders = Vec::new();
    for _ in 0..2 {
        let placed = http.post(&shop).json(&items).send().await.expect("an answer");
        orders.push(placed.json::<Value>().await.expect("an order"));
    }
    // The first is for the doctor's own first charge. The second has its token: the charge is refused, and the report says
    // so without it.
    let token = orders[0]["order_token"].clone();
    orders[1]["order_token"] = token.clone();
    let mut command = at(&stage, &["--orders-file", "-", "--only", "charge-is-idempotent"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let input = json!(orders).to_string();
    let done = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().expect("it runs");
        child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("it reads");
        child.wait_with_output().expect("it ends")
    });
    let done = done.await.expect("no panic");
    let told = text(&done.stdout) + &text(&done.stderr);
    assert_eq!(done.status.code(), Some(1), "{told}");
    assert!(told.contains("was answered HTTP 403"), "{told}");
    assert!(!told.contains(token.as_str().expect("a token")), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_is_not_the_sandboxs_is_exit_code_2_and_is_not_shown() {
    let stage = Stage::of_the_reference().await;
    let done = run(at(&stage, &["--server-key", "SB-Mid-server-of-another"])).await;
    let told = text(&done.stderr);
    assert_eq!(done.status.code(), Some(2), "{told}");
    assert!(told.contains("--server-key: it is not the sandbox's"), "{told}");
    assert!(!told.contains("SB-Mid-server-of-another"), "{told}");
}

/// A merchant that has the shop's own key, and a sandbox that has another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merchant_whose_key_midtrans_refuses_is_exit_code_2_with_midtrans_own_words() {
    let stage = Stage::of(|sandbox| model_shop::router(sandbox, None)).await;
    let refused = json!({"fault": "error", "status_code": 401, "http_status": 401, "on": ["charge"], "times": 0});
    stage.steers("faults", &refused).await;
    let done = run(at(&stage, &["--only", "charge-is-idempotent"])).await;
    let told = text(&done.stderr);
    assert_eq!(done.status.code(), Some(2), "{told}{}", text(&done.stdout));
    assert!(
        told.contains("the first charge")
            && told.contains("Transaction cannot be authorized with the current client/server key."),
        "{told}"
    );
    assert!(told.contains("does the merchant use the sandbox's URL and server key"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merchant_at_another_sandbox_is_exit_code_2() {
    let stage = Stage::of(|sandbox| model_shop::router(sandbox, None)).await;
    let other = Stage::of(|sandbox| model_shop::router(sandbox, None)).await;
    let mut command = doctor();
    command.args(["--merchant", &stage.merchant, "--sandbox", &other.sandbox]);
    let done = run(command).await;
    let told = text(&done.stderr);
    assert_eq!(done.status.code(), Some(2), "{told}{}", text(&done.stdout));
    assert!(told.contains("--sandbox") && told.contains("is this the sandbox that the merchant uses?"), "{told}");
}

/// The notification URL of a shop that is running beside the doctor.
const ITS_OWN: &str = "http://127.0.0.1:9/notifications-of-the-demo-shop";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sandbox_notifies_afterwards_where_it_did_before() {
    let stage = Stage::of(|sandbox| model_shop::router(sandbox, None)).await;
    for before in [json!(ITS_OWN), Value::Null] {
        stage.steers("notification-url", &json!({"url": before})).await;
        let done = run(at(&stage, &["--only", "charge-is-idempotent"])).await;
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
        assert_eq!(stage.notification_url().await, before);
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sandbox_is_put_back_when_the_doctor_is_interrupted() {
    for signal in ["INT", "TERM"] {
        let stage = Stage::of(|sandbox| model_shop::router(sandbox, None)).await;
        stage.steers("notification-url", &json!({"url": ITS_OWN})).await;
        // It has a fault set for as long as it watches a status.
        let mut command = at(&stage, &["--only", "midtrans-away-ends-nothing"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("it runs");
        stage.until(|faults, url| faults > 0 && url != ITS_OWN).await;
        let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
        let done =
            tokio::task::spawn_blocking(move || child.wait_with_output().expect("it ends")).await.expect("no panic");
        let told = text(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{signal}: {told}");
        assert!(told.contains("it was interrupted"), "{told}");
        stage.until(|faults, url| faults == 0 && url == ITS_OWN).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sandbox_is_put_back_when_whoever_listens_panics() {
    let stage = Stage::of(|sandbox| model_shop::router(sandbox, None)).await;
    stage.steers("notification-url", &json!({"url": ITS_OWN})).await;
    let mut plan = stage.plan(std::time::Duration::from_secs(4));
    plan.checks = vec![check("charge-is-idempotent")];
    let run = tokio::spawn(gopay_doctor::run(plan, |_| panic!("the report could not be written")));
    assert!(run.await.expect_err("it panicked").is_panic());
    assert_eq!(stage.notification_url().await, json!(ITS_OWN));
}

#[test]
fn a_command_line_that_cannot_work_names_field_value_and_what_was_expected() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("orders.json");
    std::fs::write(&file, r#"[{"order_id": "order-1", "gross_amount": 44000}]"#).expect("a file");
    let file = file.to_str().expect("text");
    for (arguments, names) in [
        (&["--merchant", "toko"][..], r#"--merchant is "toko": expected a URL"#),
        (&["--sandbox", "ftp://x"], r#"--sandbox is "ftp://x": expected a URL"#),
        (&["--charge-url", "charge"], r#"--charge-url is "charge": expected an http(s) URL"#),
        (&["--status-url", "/status"], r#"--status-url is "/status": expected {order_id}"#),
        (&["--cancel-url", "no"], r#"--cancel-url is "no": expected"#),
        (&["--only", "charge-is-cheap"], r#"--only is "charge-is-cheap": expected ids that --list shows"#),
        (&["--order-body", "{"], r#"--order-body is "{": expected JSON"#),
        (&["--header", "cookie"], r#"--header is "cookie": expected NAME: VALUE"#),
        (&["--orders-file", "/no/such/file"], r#"--orders-file is "/no/such/file": expected a file that can be read"#),
        (&["--orders-file", file], "expected at least 122 unpaid orders for these checks, and not 1"),
        (&["--patience", "0"], "--patience"),
        (&["--format", "xml"], "--format"),
    ] {
        let done = doctor().args(arguments).output().expect("it runs");
        let told = text(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.contains(names), "{arguments:?}: {names} is not in {told}");
    }
}

#[test]
fn the_list_has_every_check() {
    let done = doctor().arg("--list").output().expect("it runs");
    let listed: Vec<String> =
        text(&done.stdout).lines().filter_map(|line| Some(line.split_whitespace().next()?.to_owned())).collect();
    let known: Vec<&str> = gopay_doctor::all().iter().map(|check| check.id).collect();
    assert_eq!((done.status.code(), listed), (Some(0), known.into_iter().map(str::to_owned).collect()));
}
