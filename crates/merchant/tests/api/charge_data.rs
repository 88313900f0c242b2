//! Optional data of a charge: the shop's order's, all of it, and nobody else's business.

use crate::stage::{Answered, Stage, rupiah};
use crate::wire::on_a_wire;
use gopay_contract::midtrans::{CustomExpiry, ExpiryUnit, OptionalData};
use gopay_contract::{JakartaTime, OrderId};
use gopay_merchant::NewOrder;
use gopay_merchant::UnixMillis;
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use serde_json::{Value, json};
use std::time::Duration;

const WRITTEN: &str = include_str!("../../../contract/samples/charge-request-with-all-optional-data.json");

/// Everything that a shop may tell, in an order of Rp44.000 that can be paid for an hour from five minutes ago.
fn told(custom_expiry: Option<CustomExpiry>) -> NewOrder {
    let optional: OptionalData = serde_json::from_str(WRITTEN).expect("readable");
    let order_id = OrderId::parse("order-of-budi").expect("an order id");
    NewOrder::new(order_id, rupiah(44_000), "Kopi", OptionalData { custom_expiry, ..optional }).expect("an order")
}

#[tokio::test]
async fn all_that_the_shop_tells_reaches_midtrans_and_is_echoed_there() {
    let (stage, wire) = on_a_wire(&[]).await;
    let order_time = JakartaTime::from_unix_seconds(UnixMillis::now().seconds() - 300);
    let expiry = CustomExpiry { order_time: Some(order_time), expiry_duration: 1, unit: ExpiryUnit::Hour };
    let order = stage.places(&told(Some(expiry))).await;
    let charged = stage.charge(&order).await;
    let sent = &wire.sent("POST /v2/charge")[0];
    let written: Value = serde_json::from_str(WRITTEN).expect("JSON");
    for field in ["item_details", "customer_details", "metadata", "custom_field1", "custom_field2", "custom_field3"] {
        assert_eq!(sent[field], written[field], "{field}");
    }
    let expected = json!({"order_time": format!("{order_time} +0700"), "expiry_duration": 1, "unit": "hour"});
    assert_eq!(sent["custom_expiry"], expected);
    let ends = JakartaTime::from_unix_seconds(order_time.unix_seconds() + 3600);
    assert_eq!(charged.text("expiry_time"), ends.to_string(), "an hour from order_time, not from now");
    let url = format!("{}/v2/{}/status", stage.sandbox.url, order.order_id);
    let asked = stage.http.get(url).basic_auth(DEFAULT_SERVER_KEY, Some("")).header("Accept", "application/json");
    let echoed = Answered::from(asked.send().await.expect("an answer")).await;
    assert_eq!((echoed.text("custom_field2"), &echoed.body["metadata"]), ("b", &written["metadata"]));
}

#[tokio::test]
async fn nothing_of_it_is_told_to_a_browser() {
    let (stage, _wire) = on_a_wire(&[]).await;
    let order = stage.places(&told(None)).await;
    let charged = stage.charge(&order).await;
    let mut watch = stage.watch(&order).await;
    let mut told = vec![charged.body.clone(), stage.charge(&order).await.body, watch.next().await.expect("pending").1];
    stage.at_midtrans(&order.order_id, "pay").await;
    told.push(stage.until_status(&order, "settlement").await.body);
    told.push(watch.next().await.expect("the payment").1);
    told.push(stage.cancel(&order).await.body);
    for body in told {
        for private in
            ["customer", "Budi", "budi@", "+628123456789", "metadata", "custom_field", "item_details", "12190"]
        {
            assert!(!body.to_string().contains(private), "{private} is in {body}");
        }
    }
}

#[tokio::test]
async fn a_custom_expiry_that_midtrans_refuses_is_sent_as_the_nearest_that_it_takes() {
    for (asked, sent) in [(Duration::from_secs(5), 20), (Duration::from_secs(30 * 86_400), 604_800)] {
        let (stage, wire) = on_a_wire(&[]).await;
        let order = stage.places(&told(Some(CustomExpiry::of(asked)))).await;
        assert_eq!(stage.charge(&order).await.text("status_code"), "201");
        let custom_expiry = &wire.sent("POST /v2/charge")[0]["custom_expiry"];
        assert_eq!(*custom_expiry, json!({"expiry_duration": sent, "unit": "second"}));
    }
}

#[tokio::test]
async fn a_browser_cannot_name_any_of_it() {
    let (stage, wire) = on_a_wire(&[]).await;
    let order = stage.order().await;
    let charged = stage.charge_with(&order, json!({
        "item_details": [{"price": 1, "quantity": 1, "name": "Murah"}], "customer_details": {"first_name": "Mallory"},
        "custom_expiry": {"expiry_duration": 7, "unit": "day"}, "metadata": {"a": 1}, "custom_field1": "x",
    }));
    assert_eq!(charged.await.text("gross_amount"), "44000.00");
    let sent = &wire.sent("POST /v2/charge")[0];
    assert_eq!(sent["item_details"][0]["name"], "Kopi Gayo 250 g", "the shop's own");
    for field in ["custom_expiry", "customer_details", "metadata", "custom_field1"] {
        assert_eq!(sent[field], Value::Null, "{field}");
    }
}

/// Stored when other rules held: its items do not add up, and a field is too long.
fn of_other_rules() -> String {
    let data = json!({
        "item_details": [{"price": 1, "quantity": 1, "name": "Kopi"}],
        "custom_field1": "x".repeat(300),
        "metadata": {"of": "another time", "long": "x".repeat(20_000)},
    });
    format!("UPDATE orders SET charge_data = '{data}'")
}

#[tokio::test]
async fn an_order_that_todays_rules_would_refuse_is_told_paid_and_heard_of() {
    let mut stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    stage.deliveries(&order.order_id, "pending", 1).await;
    stage.database(&of_other_rules()).await;
    stage.restart_the_merchant().await;
    assert_eq!(stage.status(&order).await.text("transaction_status"), "pending");
    assert_eq!(stage.charge(&order).await.text("transaction_id"), charged.text("transaction_id"));
    let mut watch = stage.watch(&order).await;
    watch.next().await.expect("pending");
    stage.at_midtrans(&order.order_id, "pay").await;
    assert_eq!(stage.deliveries(&order.order_id, "settlement", 1).await[0]["answer_code"], 200);
    let (_, status) = watch.next().await.expect("the payment");
    assert_eq!(status["transaction_status"], "settlement");
}

#[tokio::test]
async fn what_todays_rules_would_refuse_midtrans_may_refuse_when_it_is_charged() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    stage.database(&of_other_rules()).await;
    let refused = stage.charge(&order).await;
    assert_eq!(refused.text("status_code"), "400", "in Midtrans' own words: {}", refused.body);
}
