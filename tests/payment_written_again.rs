//! A shop in any language passes Midtrans' answers on as its JSON writer writes them (contract §2): the payer sees the
//! same, from the charge to the payment.
#![cfg(not(target_arch = "wasm32"))]

mod harness;

use gopay_checkout::payment::{Input, Screen, ServerResponse, StateName, read_answer};
use gopay_contract::TransactionStatus;
use harness::Harness;
use serde_json::{Value, json};

/// A serializer: how a language writes an answer again.
type Writer = fn(Value) -> Value;

/// `json.Marshal` of the official client's structs: what is missing is an empty text, null, zero or false.
fn go(mut answer: Value) -> Value {
    let texts = [
        "transaction_time",
        "gross_amount",
        "currency",
        "order_id",
        "payment_type",
        "signature_key",
        "status_code",
        "transaction_id",
        "transaction_status",
        "fraud_status",
        "status_message",
        "merchant_id",
        "bank",
        "approval_code",
        "channel_response_code",
        "channel_response_message",
        "expiry_time",
        "settlement_time",
        "refund_amount",
        "id",
        "qr_string",
        "acquirer",
    ];
    let absent: Vec<_> = texts.into_iter().filter(|name| answer.get(*name).is_none()).collect();
    for name in absent {
        answer[name] = json!("");
    }
    for name in ["actions", "validation_messages", "refunds", "va_numbers", "metadata"] {
        if answer.get(name).is_none() {
            answer[name] = Value::Null;
        }
    }
    answer["point_redeem_amount"] = json!(0);
    answer["on_us"] = json!(false);
    for action in answer["actions"].as_array_mut().into_iter().flatten() {
        action["fields"] = Value::Null;
    }
    answer
}

/// PHP: `JSON_NUMERIC_CHECK`, and an array with gaps where a filter took something out.
fn php(mut answer: Value) -> Value {
    answer["status_code"] = json!(200);
    answer["gross_amount"] = json!(44000.0);
    let actions: serde_json::Map<_, _> = answer["actions"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(at, action)| ((2 * at).to_string(), action.clone()))
        .collect();
    answer["actions"] = if actions.is_empty() { json!([]) } else { Value::Object(actions) };
    answer
}

/// Java: a `BigDecimal` as a text, `LocalDateTime` as Jackson's list of numbers, nulls.
fn java(mut answer: Value) -> Value {
    answer["gross_amount"] = json!("44000.0000");
    answer["transaction_time"] = json!([2026, 1, 31, 10, 0]);
    for name in ["currency", "fraud_status", "refund_amount", "settlement_time", "channel_response_code"] {
        if answer.get(name).is_none() {
            answer[name] = Value::Null;
        }
    }
    answer
}

/// Ruby on Rails: times of `ActiveSupport`.
fn ruby(mut answer: Value) -> Value {
    answer["transaction_time"] = json!("2026-01-31T10:00:00.000+07:00");
    answer["expiry_time"] = json!("2026-01-31 03:15:00 UTC");
    answer["expire_time"] = json!("2026-01-31 03:15:00 UTC");
    answer
}

/// .NET: `DateTimeOffset`, `decimal`, and a refund of nothing.
fn dotnet(mut answer: Value) -> Value {
    answer["transaction_time"] = json!("2026-01-31T10:00:00.0000000+07:00");
    answer["gross_amount"] = json!(44000.00);
    answer["refund_amount"] = json!(0.0);
    answer
}

const WRITERS: [(&str, Writer); 5] = [("Go", go), ("PHP", php), ("Java", java), ("Ruby", ruby), (".NET", dotnet)];

fn screen_after(write: Writer, status: &TransactionStatus) -> (Screen, Screen) {
    let response = |harness: &Harness, body: Value| {
        let text = write(body).to_string();
        let answer = read_answer(200, &text).unwrap_or_else(|error| panic!("{}: {text}", error.problem.message));
        Ok(ServerResponse { answer, server_now: Some(harness.server_now()) })
    };
    let mut harness = Harness::new();
    harness.step(Input::Started);
    harness.charges_made = 1;
    let charge = serde_json::to_value(harness.charge_answer(&TransactionStatus::Pending)).expect("writes");
    let request = harness.charge.take().expect("a charge is in flight");
    let charged = response(&harness, charge);
    harness.step(Input::ChargeAnswered(request, charged));
    let pending = harness.screen();
    let told = serde_json::to_value(harness.status_answer(status)).expect("writes");
    harness.step(Input::RefreshPressed);
    let request = harness.poll.take().expect("a status is asked for");
    let told = response(&harness, told);
    harness.step(Input::StatusAnswered(request, told));
    (pending, harness.screen())
}

#[test]
fn a_payer_of_a_shop_in_any_language_sees_the_code_and_then_that_it_is_paid() {
    for (language, write) in WRITERS {
        let (pending, paid) = screen_after(write, &TransactionStatus::Settlement);
        assert_eq!(pending.state, StateName::Pending, "{language}");
        assert!(pending.qr.is_some(), "{language}");
        assert_eq!(pending.gross_amount.map(|amount| amount.rupiah()), Some(44_000), "{language}");
        assert_eq!(paid.state, StateName::Settlement, "{language}");
    }
}

/// Seconds left to pay for a charge with this `expiry_time`, or none.
fn seconds_left(expiry_time: Option<Value>) -> Option<i64> {
    let mut harness = Harness::new();
    harness.step(Input::Started);
    harness.charges_made = 1;
    let mut charge = serde_json::to_value(harness.charge_answer(&TransactionStatus::Pending)).expect("writes");
    match expiry_time {
        Some(expiry_time) => charge["expiry_time"] = expiry_time,
        None => drop(charge.as_object_mut().and_then(|charge| charge.remove("expiry_time"))),
    }
    let answer = read_answer(200, &charge.to_string()).expect("a time makes no answer unreadable");
    let request = harness.charge.take().expect("a charge is in flight");
    let server_now = Some(harness.server_now());
    harness.step(Input::ChargeAnswered(request, Ok(ServerResponse { answer, server_now })));
    assert!(harness.screen().qr.is_some(), "it can be paid all the same");
    harness.payment.seconds_left(harness.now)
}

#[test]
fn a_time_as_any_framework_writes_it_is_the_same_countdown_and_none_is_invented() {
    for written in [
        json!("2026-01-31 10:05:00"),
        json!("2026-01-31T10:05:00+07:00"),
        json!("2026-01-31T03:05:00Z"),
        json!("2026-01-31T03:05:00.000000Z"),
        json!("2026-01-31T03:05:00.000+00:00"),
        json!("2026-01-31 03:05:00 +0000"),
        json!(1_769_828_700),
        json!(1_769_828_700_000_i64),
        json!("1769828700"),
    ] {
        assert_eq!(seconds_left(Some(written.clone())), Some(300), "{written}");
    }
    for unreadable in [
        json!("31/01/2026 10:05"),
        json!("Sat, 31 Jan 2026 10:05:00 +0700"),
        json!({ "date": "2026-01-31 10:05:00.000000", "timezone_type": 3, "timezone": "Asia/Jakarta" }),
        json!([2026, 1, 31, 10, 5]),
        json!(1_769_828_700.5),
        json!(true),
    ] {
        assert_eq!(seconds_left(Some(unreadable.clone())), None, "{unreadable}");
    }
    for absent in [None, Some(json!(null)), Some(json!(""))] {
        assert_eq!(seconds_left(absent.clone()), Some(900), "GoPay's default, {absent:?}");
    }
}

#[test]
fn every_other_status_is_the_same_too() {
    for (language, write) in WRITERS {
        for status in
            [TransactionStatus::Pending, TransactionStatus::Expire, TransactionStatus::Cancel, TransactionStatus::Deny]
        {
            let (_, plain) = screen_after(|answer| answer, &status);
            let (_, rewritten) = screen_after(write, &status);
            assert_eq!(rewritten.state, plain.state, "{language} {status}");
        }
    }
}
