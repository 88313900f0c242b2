//! What a charge may say.

use super::*;
use crate::behaviour::OrderIdCharacters;

#[test]
fn a_number_is_taken_as_order_id_and_digits_as_gross_amount() {
    let mut body = body(123);
    body["transaction_details"]["gross_amount"] = json!("265000");
    let charge = read(&body).expect("accepted");
    assert_eq!((charge.order_id.as_str(), charge.gross_amount.rupiah()), ("123", 265_000));
}

#[test]
fn an_order_id_is_1_to_50_of_the_documented_characters() {
    assert!(read(&body("INV-2026.001_a~1")).is_ok() && read(&body("x".repeat(50))).is_ok());
    for bad in [json!(""), json!("a b"), json!("a/b"), json!("x".repeat(51)), json!(null), json!(["a"])] {
        assert!(complaints(&body(bad.clone()))[0].contains("order_id"), "{bad}");
    }
    let wide = Behaviour { order_id_characters: OrderIdCharacters::Any, ..Behaviour::default() };
    assert!(read_with(&body("pesanan 1:2+3"), &wide).is_ok());
    assert!(read_with(&body("x".repeat(51)), &wide).is_err());
}

#[test]
fn a_gross_amount_is_whole_rupiah_and_at_least_one() {
    for bad in [json!(0), json!(-1), json!(39.10), json!("39.10"), json!("Rp1"), json!(""), json!(true), json!(null)] {
        let mut body = body("order-101");
        body["transaction_details"]["gross_amount"] = bad.clone();
        assert!(complaints(&body)[0].contains("gross_amount"), "{bad}");
    }
}

#[test]
fn items_must_add_up_a_discount_included() {
    let items = |discount: i64| {
        json!({"item_details": [
            {"id": "a", "name": "Kopi", "price": 25_000, "quantity": 2},
            {"name": "Diskon", "price": discount, "quantity": 1},
        ]})
    };
    assert!(read(&body_with(&items(-6_000))).is_ok());
    assert_eq!(
        complaints(&body_with(&items(-5_999))),
        ["transaction_details.gross_amount is not equal to the sum of item_details"]
    );
    let bad = complaints(&body_with(&json!({"item_details": [{"price": 1.5, "quantity": 0}]})));
    assert_eq!(bad.len(), 3, "{bad:?}");
    assert_eq!(complaints(&body_with(&json!({"item_details": {}}))), ["item_details must be a list"]);
}

#[test]
fn every_bad_field_is_named_at_once() {
    let bad = json!({
        "transaction_details": {}, "customer_details": {"email": "x".repeat(256)}, "custom_field1": 1, "metadata": [],
        "gopay": {"enable_callback": "maybe", "callback_url": "toko", "account_id": "x"}, "custom_expiry": {},
    });
    let messages = complaints(&bad).join("\n");
    for field in [
        "payment_type",
        "order_id",
        "gross_amount",
        "customer_details.email",
        "custom_field1",
        "metadata",
        "enable_callback",
        "callback_url",
        "account_id",
        "expiry_duration",
    ] {
        assert!(messages.contains(field), "{field} is missing from:\n{messages}");
    }
}

#[test]
fn another_way_to_pay_is_not_activated() {
    assert_eq!(read(&body_with(&json!({"payment_type": "bank_transfer"}))), Err(Refusal::ChannelNotActivated));
}
