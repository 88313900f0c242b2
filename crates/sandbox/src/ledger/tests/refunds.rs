//! Refunds.

use super::*;

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
    assert_eq!(refund(&mut ledger, &json!({"refund_key": "r-4"})), Err(ApiError::CannotModify));
}

#[test]
fn a_refund_key_is_good_for_one_refund() {
    let mut ledger = paid();
    refund(&mut ledger, &json!({"refund_key": "r-1", "amount": 1})).expect("refunded");
    assert_eq!(refund(&mut ledger, &json!({"refund_key": "r-1", "amount": 1})), Err(ApiError::DuplicateRefundKey));
}

#[test]
fn more_than_what_is_left_is_not_refunded() {
    let mut ledger = paid();
    for amount in [44_001, 0, -1] {
        assert_eq!(refund(&mut ledger, &json!({"amount": amount})), Err(ApiError::RefundAmount), "{amount}");
    }
    refund(&mut ledger, &json!({"refund_key": "r-1", "amount": 43_999})).expect("refunded");
    assert_eq!(refund(&mut ledger, &json!({"refund_key": "r-2", "amount": 2})), Err(ApiError::RefundAmount));
}

#[test]
fn what_is_not_paid_is_not_refunded() {
    assert_eq!(refund(&mut charged(), &Value::Null), Err(ApiError::CannotModify));
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
        Err(ApiError::Invalid(messages)) => assert_eq!(messages.len(), 3, "{messages:?}"),
        other => panic!("{other:?}"),
    }
}

const DAY: i64 = 86_400;

#[test]
fn a_refund_window_closes_by_how_it_was_paid() {
    for (via, days) in [
        (PaidVia::Gopay, 45),
        (PaidVia::Qris { issuer: "gopay".to_owned() }, 45),
        (PaidVia::Qris { issuer: "dana".to_owned() }, 7),
    ] {
        let mut ledger = charged();
        ledger.pay(at(60), "t1", via).expect("paid");
        let mut refund = |second: i64| {
            let request = RefundRequest { amount: Some(1), ..RefundRequest::default() };
            ledger.refund(at(second), "t1", request, second.to_string()).map(drop)
        };
        assert_eq!(refund(60 + days * DAY), Ok(()));
        assert_eq!(refund(61 + days * DAY), Err(ApiError::RefundWindowClosed));
    }
}
