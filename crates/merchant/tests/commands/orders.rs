//! `orders show` and `orders reconcile`.

use crate::command::{Said, run_with};
use crate::stage::{DATABASE_PASSWORD, Stage, TOKEN_SECRET, rupiah};
use gopay_contract::OrderId;
use gopay_contract::midtrans::Signature;
use gopay_merchant::NewOrder;
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use serde_json::json;

const BUDI: [(&str, &str); 1] = [("USER", "budi")];

async fn show(stage: &Stage, order_id: &str) -> Said {
    run_with(stage, &[], &["orders", "show", order_id]).await
}

async fn reconcile(stage: &Stage, order_id: &str) -> Said {
    run_with(stage, &BUDI, &["orders", "reconcile", order_id]).await
}

#[tokio::test]
async fn an_order_is_shown_with_its_attempts_and_notifications_and_each_time_in_both_zones() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let placed = show(&stage, &order.order_id).await;
    assert!(placed.has_line("state", "not_charged") && placed.has_line("outbox", "empty"), "{placed:?}");

    let ended = stage.expired(&order).await;
    let latest = stage.charge_instead_of(&order, ended.text("transaction_id")).await;
    let shown = show(&stage, &order.order_id).await;
    assert!(shown.has_line("state", "pending") && shown.has_line("gross_amount", "44000.00"), "{shown:?}");
    assert!(shown.has_line("description", "Kopi Gayo 250 g") && shown.has_line("alerts", "none"), "{shown:?}");
    let headings = ["attempt 1\n", "attempt 2, the one that counts\n", "notification expire (accept): confirmed\n"];
    assert!(headings.iter().all(|heading| shown.out.contains(heading)), "{shown:?}");
    assert!(shown.has_line("actions", "generate-qr-code, generate-qr-code-v2, deeplink-redirect"), "{shown:?}");
    let expiry_time = latest.text("expiry_time");
    let expires = shown.out.lines().find(|line| line.contains(expiry_time)).unwrap_or_else(|| panic!("{shown:?}"));
    assert!(expires.trim_start().starts_with("expires") && expires.contains("WIB (20") && expires.ends_with("UTC)"));

    stage.at_midtrans(latest.text("transaction_id"), "pay").await;
    stage.until_status(&order, "settlement").await;
    let report = run_with(&stage, &[], &["orders", "show", "--json", &order.order_id]).await.json();
    assert_eq!((&report["state"], &report["is_paid"]), (&json!("paid"), &json!(true)), "{report:#}");
    assert_eq!(report["outbox"]["state"], "undelivered", "the program has no listener");
    let attempts = report["attempts"].as_array().expect("a list");
    let told = |name: &str| attempts.iter().map(|attempt| attempt[name].clone()).collect::<Vec<_>>();
    assert_eq!(told("state"), ["expire", "settlement"]);
    assert_eq!(told("is_shown"), [false, true]);
    assert_eq!(told("transaction_id"), [ended.text("transaction_id"), latest.text("transaction_id")]);
    let settled = &attempts[1]["settlement_time"];
    let (wib, utc) = (settled["wib"].as_str().expect("a time"), settled["utc"].as_str().expect("a time"));
    assert!(wib.ends_with("+07:00") && utc.ends_with('Z') && wib[11..13] != utc[11..13], "{settled}");
}

#[tokio::test]
async fn an_order_that_was_paid_twice_is_shown_with_its_alert() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let first = stage.expired(&order).await;
    let second = stage.charge_instead_of(&order, first.text("transaction_id")).await;
    stage.at_midtrans(second.text("transaction_id"), "pay").await;
    stage.until_status(&order, "settlement").await;
    stage.notify_nobody().await;
    stage.pay_late(first.text("transaction_id")).await;
    let asked = reconcile(&stage, &order.order_id).await;
    assert!(
        asked.done().contains("attempt 1: expire → settlement (status_changed)\n"),
        "late money is asked about: {asked:?}"
    );
    assert!(asked.out.contains("attempt 2: settlement → settlement (not_asked)\n"), "{asked:?}");
    let shown = show(&stage, &order.order_id).await;
    assert!(shown.has_line("alerts", "paid_twice") && shown.has_line("state", "paid"), "{shown:?}");
}

#[tokio::test]
async fn reconciling_asks_midtrans_now_stores_the_answer_and_tells_before_and_after() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.paid_unheard(&order).await;
    assert!(show(&stage, &order.order_id).await.has_line("state", "pending"));
    let asked = reconcile(&stage, &order.order_id).await;
    let (order_id, lines) = (&order.order_id, "attempt 1: pending → settlement (status_changed)");
    assert_eq!(asked.done(), format!("order {order_id}: pending → paid\n{lines}\n"));
    assert!(show(&stage, &order.order_id).await.has_line("state", "paid"));
    assert_eq!(stage.until_status(&order, "settlement").await.text("transaction_id"), charged.text("transaction_id"));
    let again = run_with(&stage, &BUDI, &["orders", "reconcile", &order.order_id, "--json"]).await.json();
    assert_eq!((&again["before"], &again["after"]), (&json!("paid"), &json!("paid")));
    assert_eq!(again["attempts"][0]["outcome"], "not_asked", "it is final: {again:#}");
}

#[tokio::test]
async fn reconciling_cancels_what_must_not_be_paid_any_more() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let first = stage.expired(&order).await;
    let second = stage.charge_instead_of(&order, first.text("transaction_id")).await;
    stage.notify_nobody().await;
    stage.pay_late(first.text("transaction_id")).await;
    let asked = reconcile(&stage, &order.order_id).await;
    assert!(asked.done().starts_with(&format!("order {}: pending → paid\n", order.order_id)), "{asked:?}");
    assert!(asked.out.contains("attempt 1: expire → settlement (status_changed)\n"), "{asked:?}");
    assert!(asked.out.contains("attempt 2: pending → cancel"), "{asked:?}");
    let all = stage.transactions_of(&order).await;
    let is_it = |one: &&serde_json::Value| one["transaction_id"] == second.text("transaction_id");
    assert_eq!(all.iter().find(is_it).expect("it was charged")["transaction_status"], "cancel");
}

#[tokio::test]
async fn a_charge_whose_answer_was_lost_is_found_by_reconciling() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.notify_nobody().await;
    let cut = json!({"fault": "cut_connection", "when": "after", "on": ["charge", "status"], "times": 0});
    stage.fault(cut).await;
    stage.charge(&order).await;
    stage.no_more_faults().await;
    assert!(show(&stage, &order.order_id).await.has_line("state", "unanswered"));
    let asked = reconcile(&stage, &order.order_id).await;
    assert!(asked.done().contains("attempt 1: unanswered → pending_without_actions (status_changed)\n"), "{asked:?}");

    let never_made = stage.order().await;
    stage.fault(json!({"fault": "cut_connection", "on": ["charge", "status"], "times": 0})).await;
    stage.charge(&never_made).await;
    stage.no_more_faults().await;
    let asked = reconcile(&stage, &never_made.order_id).await;
    assert!(asked.done().contains("attempt 1: unanswered → unanswered (not_found)\n"), "{asked:?}");
}

#[tokio::test]
async fn a_midtrans_that_does_not_answer_is_told_and_changes_nothing() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.fault(json!({"fault": "error", "on": ["status"], "times": 0})).await;
    let asked = reconcile(&stage, &order.order_id).await;
    assert_eq!(asked.code, Some(1), "{asked:?}");
    assert!(asked.out.contains("attempt 1: pending → pending (failed: "), "{asked:?}");
    assert!(asked.log.contains("gopay-merchant: 1 of 1 attempts: not answered"), "{asked:?}");
}

#[tokio::test]
async fn an_unknown_order_is_named_and_ends_with_code_2() {
    let stage = Stage::set().await;
    for command in ["show", "reconcile", "resend"] {
        for order_id in ["no-such-order", "no order's id", &"x".repeat(200)] {
            let said = run_with(&stage, &BUDI, &["orders", command, order_id]).await;
            assert_eq!((said.code, said.out.as_str()), (Some(2), ""), "{said:?}");
            let sentence = format!("gopay-merchant: there is no order {order_id:?} in this merchant's database\n");
            assert!(said.log.ends_with(&sentence) && said.audited().is_empty(), "{said:?}");
        }
    }
    stage.database("INSERT INTO deleted_orders (order_id, deleted_at) VALUES ('order-old', 1769828400000)").await;
    let said = show(&stage, "order-old").await;
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.log.contains("\"order-old\" was deleted by MERCHANT_RETENTION_DAYS, 2026-01-31"), "{said:?}");
}

#[tokio::test]
async fn what_changes_something_leaves_one_audit_line_with_who_and_what_whatever_is_logged_otherwise() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    let reconcile = ["orders", "reconcile", order.order_id.as_str()];
    let resend = ["orders", "resend", order.order_id.as_str(), "--by", "siti@toko.example"];
    for (variables, arguments, command, by) in [
        (&[("USER", "budi")][..], &reconcile[..], "orders reconcile", "budi"),
        (&[("USER", "gopay-merchant"), ("SUDO_USER", "budi")], &reconcile, "orders reconcile", "budi"),
        (&[("USER", "budi"), ("RUST_LOG", "off")], &resend, "orders resend", "siti@toko.example"),
        (&[("RUST_LOG", "gopay_merchant=error")], &resend, "orders resend", "siti@toko.example"),
    ] {
        let said = run_with(&stage, variables, arguments).await;
        said.done();
        let audited = said.audited();
        let [line] = audited.as_slice() else { panic!("{said:?}") };
        let told = (&line["by"], &line["command"], &line["order_id"]);
        assert_eq!(told, (&json!(by), &json!(command), &json!(order.order_id)), "{line}");
    }
    let nobody = run_with(&stage, &[], &reconcile).await;
    assert_eq!(nobody.code, Some(2), "{nobody:?}");
    assert!(nobody.log.contains("--by NAME") && nobody.audited().is_empty(), "{nobody:?}");
    let forged = run_with(&stage, &[], &["orders", "resend", &order.order_id, "--by", "siti\nadmin"]).await;
    assert_eq!(forged.code, Some(2), "a name is one line: {forged:?}");
    assert!(show(&stage, &order.order_id).await.audited().is_empty(), "what only reads leaves none");
}

#[tokio::test]
async fn nothing_that_a_command_prints_or_logs_is_a_secret() {
    let stage = Stage::set().await;
    let of_budi = include_str!("../../../contract/samples/charge-request-with-all-optional-data.json");
    let of_budi = serde_json::from_str(of_budi).expect("readable");
    let order_id = OrderId::parse("order-of-budi").expect("an order id");
    let order = stage.places(&NewOrder::new(order_id, rupiah(44_000), "Kopi", of_budi).expect("an order")).await;
    let charged = stage.charge(&order).await;
    let deeplink = charged.action("deeplink-redirect").expect("a deeplink");
    let (_, deeplink_query) = deeplink.split_once('?').expect("a query");
    stage.deliveries(&order.order_id, "pending", 1).await;
    let key = stage.ask_the_database("SELECT idempotency_key FROM attempts").await;
    let signature = |code| Signature::over(&order.order_id, code, "44000.00", DEFAULT_SERVER_KEY).to_hex();
    let secrets = [
        ("the server key", DEFAULT_SERVER_KEY.to_owned()),
        ("the tokens' secret", TOKEN_SECRET.to_owned()),
        ("the order token", order.token.clone()),
        ("a signature", signature("201")),
        ("the signature of a settlement", signature("200")),
        ("the deeplink's query", deeplink_query.to_owned()),
        ("the Idempotency-Key", key[0].clone()),
        ("the database's password", DATABASE_PASSWORD.to_owned()),
        ("a customer's name", "Utomo".to_owned()),
        ("a customer's address", "budi@example.com".to_owned()),
    ];
    let id = order.order_id.as_str();
    let commands: [&[&str]; 8] = [
        &["orders", "show", id],
        &["orders", "show", id, "--json"],
        &["orders", "reconcile", id, "--by", "siti"],
        &["orders", "reconcile", id, "--json", "--by", "siti"],
        &["orders", "resend", id, "--by", "siti"],
        &["orders", "show", "no-such-order"],
        &["stats"],
        &["stats", "--json"],
    ];
    for command in commands {
        let said = run_with(&stage, &[("RUST_LOG", "gopay_merchant=trace,audit=trace")], command).await;
        assert!(!said.out.is_empty() || said.code == Some(2), "{said:?}");
        for (what, secret) in &secrets {
            let found = said.out.contains(secret) || said.log.contains(secret);
            assert!(!found, "{what} is in what {command:?} says: {said:?}");
        }
    }
}
