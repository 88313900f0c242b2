//! Reading of a charge's fields.

use super::*;
use crate::behaviour::{AmountLimit, CallbackJoin, OrderIdCharacters, OverSevenDays};

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
    assert_eq!(complaints(&body_with(&json!({"item_details": "Kopi"}))), ["item_details must be a list"]);
}

#[test]
fn every_bad_field_is_named_at_once() {
    let bad = json!({
        "transaction_details": {}, "customer_details": {"email": "x".repeat(256)}, "custom_field1": 1, "metadata": [],
        "gopay": {"enable_callback": "maybe", "callback_url": "toko", "recurring": true}, "custom_expiry": {},
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
fn a_custom_field_is_at_most_255_characters_and_metadata_an_object() {
    assert!(read(&body_with(&json!({"custom_field3": "x".repeat(255), "metadata": {"any": [1]}}))).is_ok());
    for bad in [json!({"custom_field3": "x".repeat(256)}), json!({"metadata": "text"})] {
        let field = bad.as_object().and_then(|bad| bad.keys().next()).expect("one");
        assert!(complaints(&body_with(&bad))[0].starts_with(field.as_str()), "{bad}");
    }
}

#[test]
fn another_way_to_pay_is_not_activated() {
    assert_eq!(read(&body_with(&json!({"payment_type": "bank_transfer"}))), Err(ApiError::ChannelNotActivated));
}

#[test]
fn customer_details_are_checked_down_to_the_address() {
    let bad = json!({"customer_details": {
        "first_name": "x".repeat(256),
        "billing_address": {"postal_code": "12#90", "country_code": "ID", "city": "x".repeat(256)},
        "shipping_address": "Jalan Damai 1",
    }});
    let messages = complaints(&body_with(&bad));
    let fields: Vec<_> = messages.iter().filter_map(|message| message.split(' ').next()).collect();
    assert_eq!(
        fields,
        [
            "customer_details.first_name",
            "customer_details.billing_address.city",
            "customer_details.billing_address.postal_code",
            "customer_details.billing_address.country_code",
            "customer_details.shipping_address",
        ]
    );
    let good = json!({"customer_details": {"first_name": "Budi", "last_name": "U", "email": "b@example.com",
        "billing_address": {"postal_code": "12190-1 A", "country_code": "IDN"}, "shipping_address": {}}});
    let customer = read(&body_with(&good)).expect("valid").customer.expect("named");
    assert_eq!((customer.full_name.as_deref(), customer.phone), (Some("Budi U"), None));
}

#[test]
fn an_amount_above_every_wallets_limit_is_refused_at_the_charge_only_where_the_switch_says_so() {
    let mut body = body("order-101");
    body["transaction_details"]["gross_amount"] = json!(20_000_001);
    assert!(read(&body).is_ok());
    let strict = Behaviour { amount_limit: AmountLimit::AtCharge, ..Behaviour::default() };
    assert!(matches!(read_with(&body, &strict), Err(ApiError::Invalid(messages)) if messages[0].contains("20000000")));
    body["transaction_details"]["gross_amount"] = json!(20_000_000);
    assert!(read_with(&body, &strict).is_ok());
}

#[test]
fn the_callback_is_used_only_when_enabled_and_never_runs_a_script() {
    let callback = |gopay: Value| read(&body_with(&json!({"gopay": gopay}))).map(|charge| charge.callback.is_some());
    assert_eq!(callback(json!({"callback_url": "someapps://callback"})), Ok(false));
    assert_eq!(callback(json!({"enable_callback": true})), Ok(false));
    assert_eq!(callback(json!({"enable_callback": "true", "callback_url": "someapps://callback"})), Ok(true));
    for scheme in ["javascript:alert(1)", "data:text/html,x"] {
        assert!(callback(json!({"enable_callback": true, "callback_url": scheme})).is_err(), "{scheme}");
    }
}

#[test]
fn the_payer_is_returned_with_the_order_and_the_result() {
    let returning = |url: &str, join| {
        let gopay = json!({"gopay": {"enable_callback": true, "callback_url": url}});
        let charge = read(&body_with(&gopay)).expect("valid");
        charge.callback.expect("enabled").returning(&charge.order_id, "success", join)
    };
    let query = "order_id=order-101&result=success";
    let (naive, careful) = (CallbackJoin::QuestionMark, CallbackJoin::Ampersand);
    assert_eq!(returning("https://toko.example/selesai/", naive), format!("https://toko.example/selesai/?{query}"));
    assert_eq!(returning("https://toko.example/?a=1", naive), format!("https://toko.example/?a=1?{query}"));
    assert_eq!(returning("https://toko.example/?a=1", careful), format!("https://toko.example/?a=1&{query}"));
    assert_eq!(returning("someapps://callback", careful), format!("someapps://callback?{query}"));
}

#[test]
fn custom_expiry_counts_from_order_time_in_its_unit() {
    let expiry_time = |custom_expiry: Value| {
        read(&body_with(&json!({"custom_expiry": custom_expiry}))).map(|charge| charge.expiry_time)
    };
    assert_eq!(expiry_time(json!({"expiry_duration": 20, "unit": "second"})), Ok(at(20)));
    assert_eq!(expiry_time(json!({"expiry_duration": "15"})), Ok(at(900)), "minutes, and a text, by default");
    assert_eq!(expiry_time(json!({"expiry_duration": 7, "unit": "day"})), Ok(at(7 * 86_400)));
    let earlier = json!({"order_time": "2026-01-31 09:59:00 +0700", "expiry_duration": 2, "unit": "minute"});
    assert_eq!(expiry_time(earlier), Ok(at(60)));
}

#[test]
fn custom_expiry_outside_20_seconds_to_7_days_is_refused_or_trimmed() {
    let with =
        |duration: i64, unit: &str| body_with(&json!({"custom_expiry": {"expiry_duration": duration, "unit": unit}}));
    assert_eq!(complaints(&with(19, "second")), ["custom_expiry is below minimum threshold"]);
    assert_eq!(complaints(&with(i64::MAX, "day")), ["custom_expiry is above maximum threshold"]);
    for (duration, unit) in [(0, "minute"), (-1, "minute"), (1, "fortnight")] {
        assert!(complaints(&with(duration, unit))[0].starts_with("custom_expiry."), "{duration} {unit}");
    }
    let trimming = Behaviour { over_seven_days: OverSevenDays::Trim, ..Behaviour::default() };
    assert_eq!(read_with(&with(8, "day"), &trimming).map(|charge| charge.expiry_time), Ok(at(7 * 86_400)));
}
