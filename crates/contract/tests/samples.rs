//! The documents' own samples, read and written back: whatever Midtrans publishes, these types must carry unharmed.

use gopay_contract::midtrans;
use gopay_contract::{ActionName, Answer, ErrorBody, GopayOptions, StatusCode, TransactionStatus};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// Reads `sample` as `T` and writes it back; the JSON must be the same, field for field.
fn there_and_back<T: DeserializeOwned + Serialize>(sample: &str) -> T {
    let read: T = serde_json::from_str(sample).expect("the sample is readable");
    let written = serde_json::to_value(&read).expect("it is writable");
    assert_eq!(written, serde_json::from_str::<Value>(sample).expect("the sample is JSON"));
    read
}

#[test]
fn the_documents_charge_request_is_carried_unharmed() {
    let request: midtrans::ChargeRequest = there_and_back(include_str!("../samples/charge-request.json"));
    assert_eq!(request.transaction_details.gross_amount.rupiah(), 44_000);
}

#[test]
fn the_documents_charge_request_with_a_callback_is_carried_unharmed() {
    let request: midtrans::ChargeRequest = there_and_back(include_str!("../samples/charge-request-with-callback.json"));
    let options = GopayOptions { enable_callback: true, callback_url: Some("someapps://callback".to_owned()) };
    assert_eq!(request.gopay, Some(options));
}

#[test]
fn a_charge_request_with_all_optional_data_is_carried_unharmed() {
    let request: midtrans::ChargeRequest =
        there_and_back(include_str!("../samples/charge-request-with-all-optional-data.json"));
    let gross_amount = request.transaction_details.gross_amount;
    let data = midtrans::ChargeData::check(request.optional.clone(), gross_amount).expect("Midtrans takes it");
    assert_eq!(data.as_written(), &request.optional);
    assert!(!format!("{request:?}").contains("Budi"), "customer data are in no log");
}

#[test]
fn the_java_samples_texts_mean_the_same_number_and_flag() {
    let request: midtrans::ChargeRequest =
        serde_json::from_str(include_str!("../samples/charge-request-java.json")).expect("lenient");
    assert_eq!(request.transaction_details.gross_amount.rupiah(), 265_000);
    assert!(request.gopay.is_some_and(|gopay| gopay.enable_callback));
}

#[test]
fn the_documents_charge_response_is_carried_unharmed() {
    let answer: Answer = there_and_back(include_str!("../samples/charge-response.json"));
    assert_eq!(answer.transaction_status, Some(TransactionStatus::Pending));
    assert_eq!(answer.transaction_time.map(|t| t.unix_seconds()), Some(1_570_513_296));
    assert_eq!(
        answer.action_url(&ActionName::GenerateQrCode),
        Some("https://api.sandbox.veritrans.co.id/v2/gopay/231c79c5-e39e-4993-86da-cadcaee56c1d/qr-code")
    );
    assert_eq!(
        answer.action_url(&ActionName::DeeplinkRedirect),
        Some(
            "https://simulator.sandbox.midtrans.com/gopay/ui/checkout?referenceid=Y0xwjoQ9uy&callback_url=someapps%3A%2F%2Fcallback%3Forder_id%3Dorder-101h-1570513296"
        ),
        "unmodified, not even re-encoded"
    );
    assert_eq!(answer.action_url(&ActionName::GenerateQrCodeV2), None);
}

#[test]
fn a_settlement_paid_through_another_qris_app_is_carried_unharmed() {
    let answer: Answer = there_and_back(include_str!("../samples/get-status-settlement.json"));
    assert_eq!(answer.transaction_status, Some(TransactionStatus::Settlement));
}

#[test]
fn error_bodies_are_carried_unharmed() {
    let error: ErrorBody = there_and_back(include_str!("../samples/error-404.json"));
    assert!(error.status_code.is_error());
    let error: ErrorBody = there_and_back(include_str!("../samples/error-400.json"));
    assert_eq!(error.validation_messages.len(), 1);
}

#[test]
fn unknown_fields_nulls_and_missing_ones_are_no_reason_to_fail() {
    let answer: Answer = serde_json::from_value(json!({
        "status_code": 201, "order_id": 54321, "gross_amount": 44000, "pop_id": "x", "customer_details": { "phone": "0" },
        "expiry_time": null, "actions": null, "validation_messages": null, "currency": null, "merchant_id": 7,
        "transaction_time": "soon", "transaction_status": "PENDING",
    }))
    .expect("lenient");
    assert_eq!(answer.status_code, Some(StatusCode(201)));
    assert_eq!(answer.order_id.map(|id| id.to_string()), Some("54321".to_owned()));
    assert_eq!(answer.gross_amount.map(|a| a.rupiah()), Some(44_000));
    assert_eq!(answer.transaction_status, Some(TransactionStatus::Pending));
    assert_eq!((answer.expiry_time, answer.transaction_time), (None, None));
    assert_eq!(serde_json::from_str::<Answer>("{}").expect("all may be missing"), Answer::default());
}

#[test]
fn an_expiry_under_its_other_name_is_found() {
    let answer: Answer = serde_json::from_str(r#"{"expire_time":"2026-01-31 10:15:00"}"#).expect("lenient");
    assert_eq!(answer.expiry_time.map(|t| t.to_string()), Some("2026-01-31 10:15:00".to_owned()));
}

#[test]
fn an_answer_that_is_not_what_it_claims_is_unreadable() {
    for body in [
        r#"{"gross_amount":"39.10"}"#,
        r#"{"order_id":"a/b"}"#,
        r#"{"transaction_id":"../cancel"}"#,
        r#"{"status_code":"abc"}"#,
        "\"ok\"",
        "<html>",
    ] {
        assert!(serde_json::from_str::<Answer>(body).is_err(), "{body}");
    }
}
