//! The ledger's promises. Time is what the test says it is.

use super::*;
use crate::behaviour::{CallbackJoin, OrderIdCharacters, OverSevenDays};
use gopay_contract::{TransactionId, TransactionStatus};
use proptest::prelude::*;
use serde_json::{Value, json};

/// 2026-01-31 10:00:00 in Jakarta, and `seconds` later.
fn at(seconds: i64) -> JakartaTime {
    JakartaTime::from_unix_seconds(1_769_828_400 + seconds)
}

fn identity(name: &str) -> Identity {
    Identity { transaction_id: TransactionId::parse(name).expect("an id"), reference: format!("A1{name}ID") }
}

fn read_with(body: &Value, behaviour: &Behaviour) -> Result<Charge, Refusal> {
    Charge::read(body, NotificationTargets::default(), at(0), behaviour)
}

fn read(body: &Value) -> Result<Charge, Refusal> {
    read_with(body, &Behaviour::default())
}

fn body(order_id: impl Into<Value>) -> Value {
    json!({"payment_type": "gopay", "transaction_details": {"order_id": order_id.into(), "gross_amount": 44_000}})
}

/// The plain body with `change` merged into its top level.
fn body_with(change: &Value) -> Value {
    let mut body = body("order-101");
    let fields = body.as_object_mut().expect("an object");
    fields.extend(change.as_object().expect("an object").clone());
    body
}

fn complaints(body: &Value) -> Vec<String> {
    match read(body) {
        Err(Refusal::Invalid(messages)) => messages,
        other => panic!("{body} should be invalid, is {other:?}"),
    }
}

fn charge(ledger: &mut Ledger, name: &str) -> Result<Transaction, Refusal> {
    ledger.charge(at(0), read(&body("order-101")).expect("valid"), identity(name), Gaps::default(), None)
}

/// A ledger with one pending transaction, `t1` of `order-101`, and an empty outbox.
fn charged() -> Ledger {
    let mut ledger = Ledger::default();
    charge(&mut ledger, "t1").expect("charged");
    ledger.take_changes();
    ledger
}

fn paid() -> Ledger {
    let mut ledger = charged();
    ledger.pay(at(60), "t1", PaidVia::Gopay).expect("paid");
    ledger.take_changes();
    ledger
}

fn status(ledger: &Ledger, id: &str) -> TransactionStatus {
    ledger.find(id).expect("known").transaction_status()
}

fn statuses(changes: &[Transaction]) -> Vec<TransactionStatus> {
    changes.iter().map(Transaction::transaction_status).collect()
}

fn refund(ledger: &mut Ledger, body: &Value) -> Result<(Transaction, Refund), Refusal> {
    ledger.refund(at(120), "order-101", RefundRequest::read(body)?, "generated".to_owned())
}

#[test]
fn a_charge_is_pending_and_known_by_both_ids_and_its_reference() {
    let mut ledger = Ledger::default();
    charge(&mut ledger, "t1").expect("charged");
    assert_eq!(status(&ledger, "t1"), TransactionStatus::Pending);
    assert_eq!(ledger.find("order-101"), ledger.find("t1"));
    assert_eq!(ledger.find_by_reference("A1t1ID"), ledger.find("t1"));
    assert_eq!(statuses(&ledger.take_changes()), [TransactionStatus::Pending]);
    assert_eq!(ledger.take_changes(), []);
}

#[test]
fn an_unknown_id_is_not_found_whatever_is_asked() {
    let mut ledger = charged();
    assert_eq!(ledger.find("t2"), Err(Refusal::NotFound));
    assert_eq!(ledger.cancel("t2"), Err(Refusal::NotFound));
    assert_eq!(ledger.expire("t2"), Err(Refusal::NotFound));
    assert_eq!(ledger.pay(at(1), "t2", PaidVia::Gopay), Err(Refusal::NotFound));
    assert_eq!(ledger.take_changes(), []);
}

#[test]
fn a_pending_or_paid_order_is_not_charged_twice() {
    let mut pending = charged();
    assert_eq!(charge(&mut pending, "t2"), Err(Refusal::DuplicateOrderId));
    let mut settled = paid();
    assert_eq!(charge(&mut settled, "t2"), Err(Refusal::DuplicateOrderId));
    refund(&mut settled, &Value::Null).expect("refunded");
    assert_eq!(charge(&mut settled, "t2"), Err(Refusal::DuplicateOrderId));
}

#[test]
fn an_expired_or_cancelled_order_may_be_charged_again() {
    for end in [Ledger::expire, Ledger::cancel] {
        let mut ledger = charged();
        end(&mut ledger, "t1").expect("ended");
        charge(&mut ledger, "t2").expect("charged again");
        assert_eq!(ledger.find("order-101").expect("known").transaction_id.as_str(), "t2", "the latest is meant");
        assert!(status(&ledger, "t1").is_final(), "the first stays as it ended");
    }
}

#[test]
fn a_denied_order_may_be_charged_again_only_where_the_switch_says_so() {
    let mut ledger = charged();
    ledger.deny("t1", Denial::default()).expect("denied");
    assert_eq!(charge(&mut ledger, "t2"), Err(Refusal::DuplicateOrderId));
    ledger.behaviour.order_id_after_deny = OrderIdAfterDeny::Free;
    assert!(charge(&mut ledger, "t2").is_ok());
}

#[test]
fn a_charge_that_gopay_refuses_is_denied_from_the_start() {
    let mut ledger = Ledger::default();
    let read = read(&body("order-101")).expect("valid");
    let denied = ledger.charge(at(0), read, identity("t1"), Gaps::default(), Some(Denial::default())).expect("made");
    assert_eq!(denied.transaction_status(), TransactionStatus::Deny);
    assert_eq!(ledger.pay(at(1), "t1", PaidVia::Gopay), Err(Refusal::CannotModify));
}

type End = fn(&mut Ledger) -> Result<Transaction, Refusal>;

#[test]
fn only_a_pending_transaction_can_be_cancelled_expired_denied_or_paid() {
    let ends: [End; 4] = [
        |ledger| ledger.cancel("t1"),
        |ledger| ledger.expire("t1"),
        |ledger| ledger.deny("t1", Denial::default()),
        |ledger| ledger.pay(at(2), "t1", PaidVia::Gopay),
    ];
    for first in ends {
        for second in ends {
            let mut ledger = charged();
            let ended = first(&mut ledger).expect("was pending").transaction_status();
            assert_eq!(second(&mut ledger), Err(Refusal::CannotModify));
            assert_eq!(status(&ledger, "t1"), ended);
            assert_eq!(statuses(&ledger.take_changes()), [ended], "one change, one notification");
        }
    }
}

#[test]
fn a_transaction_lives_fifteen_minutes_and_until_the_batch_job_comes_by() {
    let mut ledger = charged();
    assert_eq!(ledger.find("t1").expect("known").charge.expiry_time, at(900));
    ledger.run_due_work(at(929));
    assert_eq!(status(&ledger, "t1"), TransactionStatus::Pending, "past expiry_time, but the job is not due");
    ledger.run_due_work(at(930));
    assert_eq!(status(&ledger, "t1"), TransactionStatus::Expire);
    ledger.run_due_work(at(931));
    assert_eq!(statuses(&ledger.take_changes()), [TransactionStatus::Expire]);
}

#[test]
fn a_payment_between_expiry_time_and_the_batch_job_settles() {
    let mut ledger = charged();
    ledger.run_due_work(at(920));
    ledger.pay(at(920), "t1", PaidVia::Gopay).expect("settles");
    ledger.run_due_work(at(5000));
    assert_eq!(status(&ledger, "t1"), TransactionStatus::Settlement);
}

#[test]
fn a_stuck_transaction_is_never_found_by_the_batch_job() {
    let mut ledger = Ledger::default();
    let gaps = Gaps { stuck_pending: true, ..Gaps::default() };
    ledger.charge(at(0), read(&body("order-101")).expect("valid"), identity("t1"), gaps, None).expect("charged");
    ledger.run_due_work(at(86_400));
    assert_eq!(status(&ledger, "t1"), TransactionStatus::Pending);
    assert!(ledger.expire("t1").is_ok(), "but the merchant may end it");
}

#[test]
fn late_truth_settles_what_expired_or_was_cancelled_and_nothing_else() {
    for end in [Ledger::expire, Ledger::cancel] {
        let mut ledger = charged();
        end(&mut ledger, "t1").expect("ended");
        ledger.pay_late(at(1000), "t1", PaidVia::Gopay).expect("settles");
        assert_eq!(status(&ledger, "t1"), TransactionStatus::Settlement);
        assert_eq!(ledger.pay_late(at(1001), "t1", PaidVia::Gopay), Err(Refusal::CannotModify));
    }
    let mut denied = charged();
    denied.deny("t1", Denial::default()).expect("denied");
    assert_eq!(denied.pay_late(at(1), "t1", PaidVia::Gopay), Err(Refusal::CannotModify));
}

#[test]
fn a_refund_without_an_amount_gives_all_back() {
    let mut ledger = paid();
    let (transaction, refund) = refund(&mut ledger, &Value::Null).expect("refunded");
    assert_eq!(transaction.transaction_status(), TransactionStatus::Refund);
    assert_eq!((refund.refund_amount.rupiah(), refund.refund_key.as_str()), (44_000, "generated"));
}

#[test]
fn partial_refunds_add_up_to_a_full_one() {
    let mut ledger = paid();
    refund(&mut ledger, &json!({"refund_key": "r-1", "amount": 4_000})).expect("refunded");
    assert_eq!(status(&ledger, "t1"), TransactionStatus::PartialRefund);
    refund(&mut ledger, &json!({"refund_key": "r-2", "amount": "10000", "reason": "rusak"})).expect("refunded");
    assert_eq!(ledger.find("t1").expect("known").refund_amount().map(|amount| amount.rupiah()), Some(14_000));
    let (_, rest) = refund(&mut ledger, &json!({"refund_key": "r-3"})).expect("refunded");
    assert_eq!((rest.refund_amount.rupiah(), rest.refund_chargeback_id), (30_000, 3));
    assert_eq!(status(&ledger, "t1"), TransactionStatus::Refund);
    assert_eq!(refund(&mut ledger, &json!({"refund_key": "r-4"})), Err(Refusal::CannotModify));
}

#[test]
fn a_refund_key_is_good_for_one_refund() {
    let mut ledger = paid();
    refund(&mut ledger, &json!({"refund_key": "r-1", "amount": 1})).expect("refunded");
    assert_eq!(refund(&mut ledger, &json!({"refund_key": "r-1", "amount": 1})), Err(Refusal::DuplicateRefundKey));
}

#[test]
fn more_than_what_is_left_is_not_refunded() {
    let mut ledger = paid();
    for amount in [44_001, 0, -1] {
        assert_eq!(refund(&mut ledger, &json!({"amount": amount})), Err(Refusal::RefundAmount), "{amount}");
    }
    refund(&mut ledger, &json!({"refund_key": "r-1", "amount": 43_999})).expect("refunded");
    assert_eq!(refund(&mut ledger, &json!({"refund_key": "r-2", "amount": 2})), Err(Refusal::RefundAmount));
}

#[test]
fn what_is_not_paid_is_not_refunded() {
    assert_eq!(refund(&mut charged(), &Value::Null), Err(Refusal::CannotModify));
}

#[test]
fn a_refund_is_told_of_twice_the_second_time_with_the_banks_confirmation() {
    let mut ledger = paid();
    refund(&mut ledger, &Value::Null).expect("refunded");
    ledger.run_due_work(at(121));
    ledger.run_due_work(at(122));
    ledger.run_due_work(at(123));
    let confirmed: Vec<_> =
        ledger
            .take_changes()
            .iter()
            .filter_map(|transaction| {
                if let Stage::Settled(settlement) = &transaction.stage { settlement.refunds.first() } else { None }
            })
            .map(|refund| refund.bank_confirmed_at)
            .collect();
    assert_eq!(confirmed, [None, Some(at(122))]);
}

#[test]
fn a_bad_refund_names_its_fields() {
    let bad = json!({"refund_key": "r 1", "amount": "much", "reason": "x".repeat(256)});
    match RefundRequest::read(&bad) {
        Err(Refusal::Invalid(messages)) => assert_eq!(messages.len(), 3, "{messages:?}"),
        other => panic!("{other:?}"),
    }
}

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

/// What may be done to a transaction, for the property below.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Cancel,
    Expire,
    Deny,
    Pay,
    PayLate,
    Refund(i64),
    Wait(i64),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        Just(Deed::Cancel),
        Just(Deed::Expire),
        Just(Deed::Deny),
        Just(Deed::Pay),
        Just(Deed::PayLate),
        (-1..50_000_i64).prop_map(Deed::Refund),
        (0..1_000_i64).prop_map(Deed::Wait),
    ]
}

proptest! {
    #[test]
    fn whatever_is_done_a_transaction_only_goes_where_the_contract_lets_it(
        deeds in prop::collection::vec(deed(), 0..40)
    ) {
        let mut ledger = charged();
        let mut seconds = 0;
        let mut known = TransactionStatus::Pending;
        for (place, deed) in deeds.into_iter().enumerate() {
            let now = at(seconds);
            // Refused deeds are part of the game; what is asserted is what the merchant is told.
            let _ = match deed {
                Deed::Cancel => ledger.cancel("t1").map(drop),
                Deed::Expire => ledger.expire("t1").map(drop),
                Deed::Deny => ledger.deny("t1", Denial::default()).map(drop),
                Deed::Pay => ledger.pay(now, "t1", PaidVia::Gopay).map(drop),
                Deed::PayLate => ledger.pay_late(now, "t1", PaidVia::Gopay).map(drop),
                Deed::Refund(amount) => {
                    let request = RefundRequest { amount: Some(amount), ..RefundRequest::default() };
                    ledger.refund(now, "t1", request, place.to_string()).map(drop)
                }
                Deed::Wait(more) => {
                    seconds += more;
                    ledger.run_due_work(at(seconds));
                    Ok(())
                }
            };
            for change in ledger.take_changes() {
                let next = change.transaction_status();
                let confirmed = known == next && change.refund_amount().is_some();
                prop_assert!(confirmed || known.may_become(&next), "{known} → {next}");
                prop_assert!(change.refund_amount().is_none_or(|amount| amount.rupiah() <= 44_000));
                known = next;
            }
            prop_assert_eq!(&known, &status(&ledger, "t1"), "no change goes untold");
        }
    }
}
