//! Midtrans' answers as shops' languages and frameworks write them again: contract §2. Each body is what the language's own
//! JSON writer makes of the types that the official client, or a shop in that language, reads Midtrans into.

use gopay_contract::{Action, ActionName, Answer, ErrorBody, FraudStatus, StatusCode, TransactionStatus};
use serde_json::{Value, json};

fn read(body: &str) -> Answer {
    serde_json::from_str(body).unwrap_or_else(|why| panic!("{why}: {body}"))
}

/// `json.Marshal` of midtrans-go's `coreapi.TransactionStatusResponse`: no field has `omitempty`.
fn status_from_go(status: &str, code: &str) -> String {
    format!(
        r#"{{"transaction_time":"2026-01-31 10:00:00","gross_amount":"44000.00","currency":"","order_id":"order-101","payment_type":"gopay","signature_key":"","status_code":"{code}","transaction_id":"231c79c5-e39e-4993-86da-cadcaee56c1d","transaction_status":"{status}","fraud_status":"","status_message":"Success, transaction is found","merchant_id":"","permata_va_number":"","va_numbers":null,"payment_amounts":null,"masked_card":"","bank":"","approval_code":"","channel_response_code":"","channel_response_message":"","card_type":"","redirect_url":"","id":"","installment_term":"","eci":"","saved_token_id":"","saved_token_id_expired_at":"","point_redeem_amount":0,"point_redeem_quantity":0,"point_balance_amount":"","bill_key":"","biller_code":"","acquirer":"","actions":null,"payment_code":"","store":"","qr_string":"","on_us":false,"three_ds_version":"","expiry_time":"","settlement_time":"","refund_amount":"","refunds":null,"validation_messages":null,"custom_field1":"","metadata":null}}"#
    )
}

#[test]
fn what_a_shop_in_go_passes_on_says_the_same() {
    for (status, code) in [("pending", "201"), ("settlement", "200"), ("expire", "407"), ("deny", "202")] {
        let answer = read(&status_from_go(status, code));
        assert_eq!(answer.transaction_status, Some(TransactionStatus::parse(status)));
        assert_eq!(answer.gross_amount.map(|amount| amount.rupiah()), Some(44_000));
        assert_eq!((answer.currency.clone(), answer.refund_amount, answer.expiry_time), (None, None, None));
        assert!(FraudStatus::is_accepted(answer.fraud_status.as_ref()), "an empty fraud_status is none");
        assert!(answer.actions.is_empty() && answer.validation_messages.is_empty());
    }
}

#[test]
fn a_charge_from_go_keeps_its_urls_unmodified() {
    let body = r#"{"transaction_id":"231c79c5","order_id":"order-101","gross_amount":"44000.00","payment_type":"gopay","transaction_time":"2026-01-31 10:00:00","transaction_status":"pending","fraud_status":"accept","masked_card":"","status_code":"201","bank":"","status_message":"GoPay transaction is created","currency":"IDR","validation_messages":null,"point_redeem_amount":0,"va_numbers":null,"actions":[{"name":"generate-qr-code","method":"GET","url":"https://api.midtrans.com/v2/gopay/231c79c5/qr-code","fields":null},{"name":"deeplink-redirect","method":"GET","url":"https://gopay.co.id/app/x?tref=A1\u0026callback_url=https%3A%2F%2Ftoko.example","fields":null}],"on_us":false,"expiry_time":""}"#;
    let answer = read(body);
    let link = answer.action_url(&ActionName::DeeplinkRedirect);
    assert_eq!(link, Some("https://gopay.co.id/app/x?tref=A1&callback_url=https%3A%2F%2Ftoko.example"));
}

#[test]
fn an_error_from_go_is_an_error_with_its_sentences() {
    let body = r#"{"transaction_id":"","order_id":"","gross_amount":"","payment_type":"","transaction_time":"","transaction_status":"","fraud_status":"","status_code":"400","status_message":"One or more parameters in the payload is invalid.","currency":"","validation_messages":["transaction_details.gross_amount is required"],"actions":null,"expiry_time":"","id":""}"#;
    let answer = read(body);
    assert_eq!((answer.transaction_status, answer.order_id, answer.gross_amount), (None, None, None));
    let error: ErrorBody = serde_json::from_str(body).expect("readable");
    assert_eq!((error.status_code, error.validation_messages.len(), error.id), (StatusCode(400), 1, None));
}

#[test]
fn an_error_body_is_read_as_leniently_as_an_answer() {
    for body in [
        r#"{"status_code":404,"status_message":null,"validation_messages":null,"id":null}"#,
        r#"{"status_code":"404","status_message":"","validation_messages":"","id":""}"#,
        r#"{"status_code":404.0,"status_message":["?"],"validation_messages":{},"id":7}"#,
    ] {
        let error: ErrorBody = serde_json::from_str(body).unwrap_or_else(|why| panic!("{why}: {body}"));
        assert_eq!((error.status_code, error.status_message.as_str()), (StatusCode(404), ""), "{body}");
        assert!(error.validation_messages.is_empty(), "{body}");
    }
    let listed = r#"{"status_code":"400","validation_messages":{"0":"a is required","2":"b is required","3":["c"]}}"#;
    let error: ErrorBody = serde_json::from_str(listed).expect("readable");
    assert_eq!(error.validation_messages, ["a is required", "b is required"]);
    assert!(serde_json::from_str::<ErrorBody>(r#"{"status_code":""}"#).is_err(), "without a code it is none");
}

/// Every field of an answer, present.
fn whole() -> Value {
    json!({
        "status_code": "200", "status_message": "m", "transaction_id": "t-1", "order_id": "order-101",
        "merchant_id": "G1", "gross_amount": "44000.00", "currency": "IDR", "payment_type": "gopay",
        "transaction_time": "2026-01-31 10:00:00", "transaction_status": "settlement", "fraud_status": "accept",
        "settlement_time": "2026-01-31 10:01:00", "expiry_time": "2026-01-31 10:15:00", "refund_amount": "1000.00",
        "actions": [{"name": "generate-qr-code", "method": "GET", "url": "https://x.example/"}],
        "validation_messages": ["m"], "channel_response_code": "0", "channel_response_message": "m",
    })
}

#[test]
fn an_empty_text_null_and_absence_are_one_thing_in_every_field() {
    let all = whole();
    for field in all.as_object().expect("an object").keys() {
        let with = |value: Option<Value>| {
            let mut body = all.clone();
            match value {
                Some(value) => body[field] = value,
                None => drop(body.as_object_mut().expect("an object").remove(field)),
            }
            read(&body.to_string())
        };
        let absent = with(None);
        assert_eq!(with(Some(json!(""))), absent, "{field}");
        assert_eq!(with(Some(Value::Null)), absent, "{field}");
        assert_ne!(absent, read(&all.to_string()), "{field} is read");
    }
}

#[test]
fn nothing_refunded_is_no_refund_and_an_amount_of_zero_is_none() {
    for zero in [json!("0.00"), json!("0"), json!(0), json!(0.0), json!("0.0000"), json!("")] {
        let mut body = whole();
        body["refund_amount"] = zero.clone();
        assert_eq!(read(&body.to_string()).refund_amount, None, "{zero}");
        body["gross_amount"] = zero.clone();
        assert_eq!(read(&body.to_string()).gross_amount, None, "{zero}");
    }
    let sen = r#"{"refund_amount":"0.50"}"#;
    assert!(serde_json::from_str::<Answer>(sen).is_err(), "half a rupiah is not nothing");
}

#[test]
fn an_amount_is_the_same_however_its_number_is_written() {
    // Java's Double, .NET's decimal(19,4), PHP's JSON_NUMERIC_CHECK, Python's Decimal.
    for written in ["1.0E7", "1e7", "10000000.0000", "\"10000000.0000\"", "10000000.0", "\"10000000\"", "1.0e+7"] {
        let body = format!(r#"{{"gross_amount":{written}}}"#);
        assert_eq!(read(&body).gross_amount.map(|amount| amount.rupiah()), Some(10_000_000), "{written}");
    }
    for written in ["44000.5", "4.40005e4", "\"1.0E7\"", "1e400", "-44000", "true", "[]", "{}"] {
        assert!(serde_json::from_str::<Answer>(&format!(r#"{{"gross_amount":{written}}}"#)).is_err(), "{written}");
    }
}

#[test]
fn dates_of_every_framework_are_the_moments_that_midtrans_named() {
    for text in [
        "2026-01-31 10:00:00",
        "2026-01-31 10:00:00 +0700",
        "2026-01-31T10:00:00",              // .NET's DateTime, Python's naive isoformat()
        "2026-01-31T10:00",                 // Java's LocalDateTime, whose toString() leaves out zero seconds
        "2026-01-31T10:00:00+07:00",        // .NET's DateTimeOffset, PHP's DATE_ATOM, Go's RFC 3339
        "2026-01-31T03:00:00Z",             // Java's Instant, Go in UTC
        "2026-01-31T03:00:00.000Z",         // JavaScript's toJSON()
        "2026-01-31T10:00:00.0000000",      // .NET's round-trip
        "2026-01-31T03:00:00.000000Z",      // Carbon
        "2026-01-31T10:00:00.000+07:00",    // Rails
        "2026-01-31 03:00:00+00:00",        // Python's str()
        "2026-01-31 03:00:00 UTC",          // Ruby's to_s
        "2026-01-31T10:00:00.123456789+07", // the fraction is cut
    ] {
        let body = json!({"expiry_time": text}).to_string();
        let expiry = read(&body).expiry_time.unwrap_or_else(|| panic!("{text}"));
        assert_eq!(expiry.unix_seconds(), 1_769_828_400, "{text}");
    }
    for text in [
        "2026-01-31",
        "2026-01-31T10",
        "2026-01-31T10:00:00.",
        "2026-01-31T10:00:00+",
        "2026-01-31T10:00:00+7",
        "2026-01-31T25:00:00Z",
        "2026-02-30T10:00:00Z",
        "2026-01-31T10:00:00Z ",
        "2026-01-31T10:00:00 UTC+7",
        "soon",
    ] {
        assert_eq!(read(&json!({"expiry_time": text}).to_string()).expiry_time, None, "{text}");
    }
}

#[test]
fn a_field_that_decides_nothing_costs_nothing_whatever_its_type_is() {
    // Java's LocalDateTime as Jackson writes it by default; PHP's DateTime; a number of milliseconds.
    let times =
        [json!([2026, 1, 31, 10, 0]), json!({"date": "2026-01-31 10:00:00.000000"}), json!(1_769_828_400_000_u64)];
    for field in ["transaction_time", "settlement_time", "expiry_time", "status_message", "merchant_id", "payment_type"]
    {
        for value in times.iter().chain(&[json!(true), json!({}), json!([])]) {
            let mut body = whole();
            body[field] = value.clone();
            let answer = read(&body.to_string());
            assert_eq!(answer.transaction_status, Some(TransactionStatus::Settlement), "{field}: {value}");
        }
    }
    for field in ["transaction_id", "order_id", "gross_amount", "currency", "transaction_status", "fraud_status"] {
        let mut body = whole();
        body[field] = json!({});
        assert!(serde_json::from_str::<Answer>(&body.to_string()).is_err(), "{field} decides");
    }
}

#[test]
fn both_names_of_the_expiry_may_stand_there() {
    let both = r#"{"expire_time":"2026-01-31 10:30:00","expiry_time":"2026-01-31 10:15:00"}"#;
    let other_way_round = r#"{"expiry_time":"2026-01-31 10:15:00","expire_time":"2026-01-31 10:30:00"}"#;
    let one_is_empty = r#"{"expire_time":"2026-01-31 10:15:00","expiry_time":""}"#;
    for body in [both, other_way_round, one_is_empty] {
        assert_eq!(
            read(body).expiry_time.map(|time| time.to_string()),
            Some("2026-01-31 10:15:00".to_owned()),
            "{body}"
        );
    }
}

#[test]
fn an_action_that_cannot_be_used_costs_that_action_alone() {
    let good = json!({"name": "generate-qr-code", "method": "GET", "url": "https://x.example/"});
    for bad in [
        json!(null),
        json!(7),
        json!("deeplink-redirect"),
        json!({}),
        json!({"name": "deeplink-redirect"}),
        json!({"name": "deeplink-redirect", "url": ""}),
        json!({"name": "", "url": "https://x.example/"}),
        json!({"name": "deeplink-redirect", "url": ["https://x.example/"]}),
    ] {
        let answer = read(&json!({"actions": [bad, good]}).to_string());
        assert_eq!(answer.actions.len(), 1, "{bad}");
        assert!(answer.action_url(&ActionName::GenerateQrCode).is_some(), "{bad}");
    }
}

#[test]
fn actions_may_be_an_object_with_numbers_for_names_or_nothing_that_is_a_list() {
    // PHP's array_filter leaves gaps, and an array with gaps is an object.
    let listed = r#"{"actions":{"0":{"name":"generate-qr-code","url":"https://x.example/"},"2":{"name":"deeplink-redirect","url":"gojek://x"}}}"#;
    let names: Vec<_> = read(listed).actions.into_iter().map(|Action { name, .. }| name).collect();
    assert_eq!(names, [ActionName::GenerateQrCode, ActionName::DeeplinkRedirect]);
    for none in ["{}", "[]", "null", "\"\"", "false", "0", "\"none\""] {
        let answer = read(&format!(r#"{{"transaction_status":"settlement","actions":{none}}}"#));
        assert!(answer.actions.is_empty() && answer.transaction_status.is_some(), "{none}");
    }
}
