//! Somebody plays Midtrans.

use crate::stage::signed;
use crate::victim::{Victim, rows_stored};
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use serde_json::{Value, json};

#[tokio::test]
async fn a_forged_signature_is_refused_whatever_it_looks_like() {
    let victim = Victim::waits().await;
    let stored = rows_stored(&victim.stage).await;
    let honest = signed(&victim.charged, "200", "settlement", DEFAULT_SERVER_KEY);
    let true_one = honest["signature_key"].as_str().expect("text").to_owned();
    let of_another_key = signed(&victim.charged, "200", "settlement", "SB-Mid-server-of-somebody-else");
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
        let answered = victim.stage.notify_by_hand(&notification).await;
        assert_eq!((answered.http, answered.text("status_code")), (403, "403"), "{notification}");
    }
    for (of_another_kind, http) in [(Value::Null, 400), (json!([true_one]), 400), (json!({"": true_one}), 400)] {
        let mut notification = honest.clone();
        notification["signature_key"] = of_another_kind;
        assert_eq!(victim.stage.notify_by_hand(&notification).await.http, http, "{notification}");
    }
    assert_eq!(rows_stored(&victim.stage).await, stored, "not even noted");
    victim.is_unharmed().await;
}

#[tokio::test]
async fn a_replayed_signature_says_nothing_of_another_transaction_status() {
    let victim = Victim::waits().await;
    victim.stage.notify_nobody().await;
    // Signed by Midtrans when the transaction was made, and caught on its way: any word may be put beside it.
    for status in ["settlement", "capture", "expire", "cancel", "deny", "refund", "partial_refund", "failure"] {
        let replayed = signed(&victim.charged, "201", status, DEFAULT_SERVER_KEY);
        let answered = victim.stage.notify_by_hand(&replayed).await;
        assert_ne!(answered.http, 200, "{status}: {}", answered.body);
        assert_eq!(victim.stage.status(&victim.order).await.text("transaction_status"), "pending", "{status}");
    }
    let mut unknown = signed(&victim.charged, "201", "paid", DEFAULT_SERVER_KEY);
    victim.stage.notify_by_hand(&unknown).await;
    unknown["transaction_status"] = json!({"settlement": true});
    assert_eq!(victim.stage.notify_by_hand(&unknown).await.http, 400);
    victim.is_unharmed().await;
}

#[tokio::test]
async fn a_signature_of_one_order_opens_no_other() {
    let victim = Victim::waits().await;
    let other = victim.stage.order().await;
    let charged = victim.stage.charge(&other).await;
    victim.stage.at_midtrans(&other.order_id, "pay").await;
    victim.stage.until_status(&other, "settlement").await;
    // What Midtrans said of the order that is paid, with the victim's transaction in it.
    let mut swapped = signed(&charged, "200", "settlement", DEFAULT_SERVER_KEY);
    swapped["transaction_id"] = victim.charged.body["transaction_id"].clone();
    let answered = victim.stage.notify_by_hand(&swapped).await;
    assert_ne!(answered.http, 200, "{}", answered.body);
    swapped["order_id"] = victim.charged.body["order_id"].clone();
    assert_eq!(victim.stage.notify_by_hand(&swapped).await.http, 403, "it does not cover this order");
    assert_eq!(victim.stage.status(&victim.order).await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn a_field_that_is_there_twice_is_not_read_in_two_ways() {
    let victim = Victim::waits().await;
    victim.stage.notify_nobody().await;
    let honest = signed(&victim.charged, "200", "settlement", DEFAULT_SERVER_KEY).to_string();
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
            let request = victim.stage.post("/api/gopay/notifications").header("Content-Type", "application/json");
            let answered = request.body(doubled).send().await.expect("an answer");
            assert_eq!(answered.status(), 400, "{field}");
        }
    }
    victim.is_unharmed().await;
}
