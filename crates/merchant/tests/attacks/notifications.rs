//! Somebody plays Midtrans.

use crate::stage::{Answered, Placed, Stage, signed};
use crate::target::{Target, stored};
use crate::wire::{Wire, on_a_wire};
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use serde_json::{Value, json};

#[tokio::test]
async fn a_forged_signature_is_refused_whatever_it_looks_like() {
    let target = Target::waits().await;
    let before = stored(&target.stage).await;
    let honest = signed(&target.charged, "200", "settlement", DEFAULT_SERVER_KEY);
    let true_one = honest["signature_key"].as_str().expect("text").to_owned();
    let of_another_key = signed(&target.charged, "200", "settlement", "SB-Mid-server-of-somebody-else");
    let mut forgeries = vec![
        of_another_key["signature_key"].clone(),
        json!(true_one[..127]),
        json!(format!("{true_one}0")),
        json!(format!("{true_one} ")),
        json!(true_one.replace(|c: char| c.is_ascii_hexdigit(), "0")),
        json!("0123456789abcdef".repeat(8)),
        json!(""),
        json!("*"),
        json!("\u{0}".repeat(128)),
        json!("é".repeat(128)),
    ];
    // The one that is true, but for its last letter.
    let last = if true_one.ends_with('0') { "1" } else { "0" };
    forgeries.push(json!(format!("{}{last}", &true_one[..127])));
    for forgery in forgeries {
        let mut notification = honest.clone();
        notification["signature_key"] = forgery;
        let answered = target.stage.notify_by_hand(&notification).await;
        assert_eq!((answered.http, answered.text("status_code")), (403, "403"), "{notification}");
    }
    for (of_another_kind, http) in [(Value::Null, 400), (json!([true_one]), 400), (json!({"": true_one}), 400)] {
        let mut notification = honest.clone();
        notification["signature_key"] = of_another_kind;
        assert_eq!(target.stage.notify_by_hand(&notification).await.http, http, "{notification}");
    }
    assert_eq!(stored(&target.stage).await, before, "not even noted");
    target.is_unharmed().await;
}

/// Somebody has caught what Midtrans signed about `charged`, and puts another word beside the signature. The order stays as
/// it is, and Midtrans is asked if the word would change that.
async fn is_not_believed(stage: &Stage, wire: &Wire, order: &Placed, charged: &Answered, word: (&str, &str, bool)) {
    let (status_code, status, would_move) = word;
    let stands = stage.status(order).await;
    let asks = || wire.sent_to(&format!("{}/status", charged.text("transaction_id"))).len();
    let asked = asks();
    let replayed = signed(charged, status_code, status, DEFAULT_SERVER_KEY);
    let answered = stage.notify_by_hand(&replayed).await;
    assert_eq!(asks(), asked + usize::from(would_move), "{status_code} {status}: asked about");
    // What is older than what is known is acknowledged and let go.
    assert_eq!(answered.http == 200, !would_move, "{status_code} {status}: {}", answered.body);
    let now = stage.status(order).await;
    assert_eq!(now.text("transaction_status"), stands.text("transaction_status"), "{status_code} {status}");
}

#[tokio::test]
async fn a_replayed_signature_says_nothing_of_another_transaction_status() {
    let (stage, wire) = on_a_wire(&[("MERCHANT_RATE_LIMITS", "off")]).await;
    stage.notify_nobody().await;
    // Signed by Midtrans when the transaction was made: any word may be put beside it. One order each: after one that was
    // not confirmed, the next about the same order is not asked about for a while.
    for status in ["settlement", "capture", "expire", "cancel", "deny", "refund", "partial_refund", "failure"] {
        let order = stage.order().await;
        let charged = stage.charge(&order).await;
        is_not_believed(&stage, &wire, &order, &charged, ("201", status, true)).await;
    }
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    let mut unknown = signed(&charged, "201", "paid", DEFAULT_SERVER_KEY);
    stage.notify_by_hand(&unknown).await;
    unknown["transaction_status"] = json!({"settlement": true});
    assert_eq!(stage.notify_by_hand(&unknown).await.http, 400);
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn a_replayed_signature_of_a_payment_takes_no_payment_back() {
    let (stage, wire) = on_a_wire(&[("MERCHANT_RATE_LIMITS", "off")]).await;
    for (status, would_move) in [
        ("refund", true),
        ("partial_refund", true),
        ("cancel", false),
        ("deny", false),
        ("expire", false),
        ("failure", false),
        ("pending", false),
    ] {
        let order = stage.order().await;
        let charged = stage.charge(&order).await;
        stage.at_midtrans(&order.order_id, "pay").await;
        stage.until_status(&order, "settlement").await;
        stage.deliveries(&order.order_id, "settlement", 1).await;
        is_not_believed(&stage, &wire, &order, &charged, ("200", status, would_move)).await;
    }
}

#[tokio::test]
async fn a_signature_of_one_order_opens_no_other() {
    let target = Target::waits().await;
    let other = target.stage.order().await;
    let charged = target.stage.charge(&other).await;
    target.stage.at_midtrans(&other.order_id, "pay").await;
    target.stage.until_status(&other, "settlement").await;
    // What Midtrans said of the order that is paid, with the target's transaction in it.
    let mut swapped = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    swapped["transaction_id"] = target.charged.body["transaction_id"].clone();
    let answered = target.stage.notify_by_hand(&swapped).await;
    assert_ne!(answered.http, 200, "{}", answered.body);
    swapped["order_id"] = target.charged.body["order_id"].clone();
    assert_eq!(target.stage.notify_by_hand(&swapped).await.http, 403, "it does not cover this order");
    assert_eq!(target.stage.status(&target.order).await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn a_field_that_is_there_twice_is_not_read_in_two_ways() {
    let target = Target::waits().await;
    target.stage.notify_nobody().await;
    let honest = signed(&target.charged, "200", "settlement", DEFAULT_SERVER_KEY).to_string();
    // The signature is checked over one and the rest is read from the other: so neither may be.
    for (field, value) in [
        ("order_id", "\"order-of-somebody-else\""),
        ("gross_amount", "\"1.00\""),
        ("status_code", "\"201\""),
        ("signature_key", "\"0\""),
        ("transaction_status", "\"pending\""),
        ("transaction_id", "\"00000000-0000-4000-8000-000000000000\""),
    ] {
        for doubled in [
            honest.replacen('{', &format!("{{\"{field}\": {value}, "), 1),
            format!("{}, \"{field}\": {value}}}", &honest[..honest.len() - 1]),
        ] {
            let request = target.stage.post("/api/gopay/notifications").header("Content-Type", "application/json");
            let answered = request.body(doubled).send().await.expect("an answer");
            assert_eq!(answered.status(), 400, "{field}");
        }
    }
    target.is_unharmed().await;
}
