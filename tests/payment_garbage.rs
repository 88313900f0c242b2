//! Fuzzes everything that the widget parses: no answer, however malformed, panics it, hangs it, or counts as paid.
//!
//! The corpus is generated: Midtrans' own samples with fields swapped, values replaced by odd ones, bytes flipped, pieces
//! cut out and doubled. A failing case is printed whole.
#![cfg(not(target_arch = "wasm32"))]

mod harness;

use gopay_checkout::config::Config;
use gopay_checkout::payment::{
    Device, Input, ServerResponse, StateName, Trust, in_app_browser, is_host, is_return_for, read_answer,
};
use gopay_checkout::sse_parser::SseParser;
use gopay_contract::{OrderId, TransactionStatus};
use harness::{Harness, Reply};
use serde_json::{Value, json};

const CASES: u64 = 150_000;

/// A linear congruential generator (Knuth's constants): each case is made from its number alone.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % limit.max(1) as u64).expect("below a usize")
    }

    fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

const FIELDS: [&str; 16] = [
    "status_code",
    "status_message",
    "transaction_id",
    "order_id",
    "merchant_id",
    "gross_amount",
    "currency",
    "payment_type",
    "transaction_time",
    "transaction_status",
    "fraud_status",
    "settlement_time",
    "expiry_time",
    "actions",
    "validation_messages",
    "refund_amount",
];

fn odd_values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(44000),
        json!(44000.5),
        json!(1e308),
        json!(u64::MAX),
        json!(""),
        json!("settlement"),
        json!("SETTLEMENT"),
        json!("settlement\u{0}"),
        json!("order-101"),
        json!("transaction-1"),
        json!("44000.00"),
        json!("44000.000"),
        json!("99999999999999999999999999"),
        json!("accept"),
        json!("\u{202e}tnemelttes"),
        json!("x".repeat(5_000)),
        json!("9999-99-99 99:99:99"),
        json!("0000-01-01 00:00:00"),
        json!("9999-12-31 23:59:59"),
        json!([]),
        json!([1, [2, [3]]]),
        json!({}),
        json!({ "transaction_status": "settlement" }),
        json!([{ "name": "generate-qr-code", "url": "javascript:alert(1)" }]),
        json!([{ "name": "deeplink-redirect" }]),
        json!([null, 7, "generate-qr-code"]),
    ]
}

fn garbled(chance: &mut Chance, sample: &Value, odd: &[Value]) -> String {
    let mut value = sample.clone();
    for _ in 0..chance.below(4) {
        let field = *chance.of(&FIELDS);
        match chance.below(4) {
            0 => drop(value.as_object_mut().map(|object| object.remove(field))),
            1 => value[*chance.of(&FIELDS)] = value[field].clone(),
            _ => value[field] = chance.of(odd).clone(),
        }
    }
    let mut text = value.to_string();
    for _ in 0..chance.below(3) {
        let at = chance.below(text.len());
        let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        match chance.below(4) {
            0 => text.truncate(at),
            1 => text.insert(at, *chance.of(&['"', '{', '}', ',', '\\', '\u{0}', '0', 'é'])),
            2 => text = text[at..].to_owned(),
            _ => text = format!("{}{text}", &text[..at]),
        }
    }
    text
}

/// Returns whether a strict reader would call this body "paid, for this order, transaction and amount".
fn is_plainly_paid(body: &str) -> bool {
    let Ok(value) = serde_json::from_str::<Value>(body) else { return false };
    let text = |field: &str| match &value[field] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    };
    let amount_holds = ["44000.00", "44000", "44000.0"].contains(&text("gross_amount").as_str());
    // An empty text and absence are one thing.
    let is_absent = |field: &str| value[field].is_null() || value[field] == json!("");
    let fraud_passes = is_absent("fraud_status") || text("fraud_status").eq_ignore_ascii_case("accept");
    let currency_holds = is_absent("currency") || text("currency").eq_ignore_ascii_case("IDR");
    ["settlement", "capture"].contains(&text("transaction_status").to_ascii_lowercase().as_str())
        && text("order_id").starts_with("order-101")
        && text("transaction_id") == "transaction-1"
        && amount_holds
        && fraud_passes
        && currency_holds
}

fn samples() -> Vec<Value> {
    let mut harness = Harness::new();
    harness.charges_made = 1;
    [TransactionStatus::Pending, TransactionStatus::Settlement, TransactionStatus::Expire]
        .map(|status| serde_json::to_value(harness.charge_answer(&status)).expect("writes"))
        .to_vec()
}

#[test]
fn no_answer_however_malformed_panics_hangs_or_counts_as_paid() {
    let (samples, odd) = (samples(), odd_values());
    let mut pending = Harness::new();
    pending.step(Input::Started);
    pending.reply(&Reply::Charge(TransactionStatus::Pending)).expect("a charge is in flight");
    let mut paid = 0;
    for seed in 1..=CASES {
        let mut chance = Chance(seed);
        let sample = chance.of(&samples).clone();
        let body = garbled(&mut chance, &sample, &odd);
        let http_status = *chance.of(&[200, 200, 200, 201, 400, 402, 407, 429, 500, 503]);
        let read = |harness: &Harness| {
            read_answer(http_status, &body)
                .map(|answer| ServerResponse { answer, server_now: Some(harness.server_now()) })
        };

        let mut charging = Harness::new();
        charging.step(Input::Started);
        let request = charging.charge.take().expect("a charge is in flight");
        charging.step(Input::ChargeAnswered(request, read(&charging)));
        charging.wait(20 * 60_000);

        let mut asked = pending.clone();
        asked.step(Input::RefreshPressed);
        let request = asked.poll.take().expect("a status was asked for");
        asked.step(Input::StatusAnswered(request, read(&asked)));
        if asked.screen().state == StateName::Settlement {
            assert!(is_plainly_paid(&body), "counted as paid: HTTP {http_status} {body}");
            paid += 1;
        }
        asked.wait(1_000);

        if let Ok(response) = read(&pending) {
            let mut pushed = pending.clone();
            let stream = pushed.stream.expect("a stream is open");
            pushed.step(Input::StatusPushed(stream, response));
            assert!(pushed.screen().state != StateName::Settlement || is_plainly_paid(&body), "{body}");
        }
    }
    assert!(paid > 1_000, "the corpus hardly ever says paid: it proves little ({paid})");
}

#[test]
fn no_stream_attribute_query_or_user_agent_panics() {
    let pieces = [
        "event: status\n",
        "data: {",
        "data:",
        "\n\n",
        "\r\n",
        "\r",
        ":\n",
        "id: \u{0}\n",
        "id: 9\n",
        "\u{feff}",
        "é",
        ":",
        "retry: x\n",
        "order-101",
        "https://",
        "javascript:",
        "gopay.co.id",
        "?",
        "&",
        "=",
        "order_id=",
        "result=",
        "%",
        "\\",
        "@",
        " ",
        "id",
        "en-",
        "44000",
        ".",
        "-",
        "Android",
        "Mobile",
        "iPhone",
        "Macintosh",
        ",",
        "\u{1F600}",
        "/",
        "{order_id}",
    ];
    let order = OrderId::parse("order-101").expect("valid");
    for seed in 1..=CASES {
        let mut chance = Chance(seed);
        let text: String = (0..chance.below(12)).map(|_| *chance.of(&pieces)).collect();
        let mut stream = SseParser::default();
        let cut = (0..=chance.below(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let (head, tail) = text.split_at(cut);
        let _ = (stream.push(head), stream.push(tail));
        let attributes: Vec<_> = Config::ATTRIBUTES
            .iter()
            .map(|name| ((*name).to_owned(), if chance.below(2) == 0 { text.clone() } else { "order-101".to_owned() }))
            .collect();
        let _ = Config::read(&attributes, Some(&text));
        let trust = Trust { hosts: vec![text.clone()], charge_origin: Some(text.clone()) };
        for url in [trust.qr(&text), trust.deeplink(&text)].into_iter().flatten() {
            assert!(
                ["http://", "https://", "gojek://", "gopay://"].iter().any(|s| url.as_str().starts_with(s)),
                "{text:?}"
            );
        }
        let _ = (is_host(&text), is_return_for(&order, &text), in_app_browser(&text));
        let _ = Device { user_agent: text, touch_points: 5, ..Device::default() }.channel();
    }
}
