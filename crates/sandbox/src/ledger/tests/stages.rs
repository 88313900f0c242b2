//! Transitions of a transaction: charges, ends, and random sequences of operations.

use super::*;
use proptest::prelude::*;

type End = fn(&mut Ledger) -> Result<Transaction, ApiError>;

#[test]
fn only_a_pending_transaction_can_be_cancelled_expired_denied_or_paid() {
    let ends: [End; 4] = [
        |ledger| ledger.cancel("t1"),
        |ledger| ledger.expire("t1"),
        |ledger| ledger.deny("t1", DenialReason::default()),
        |ledger| ledger.pay(at(2), "t1", PaidVia::Gopay),
    ];
    for first in ends {
        for second in ends {
            let mut ledger = charged();
            let ended = first(&mut ledger).expect("was pending").transaction_status();
            assert_eq!(second(&mut ledger), Err(ApiError::CannotModify));
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
    let omissions = Omissions { stuck_pending: true, ..Omissions::default() };
    ledger.charge(at(0), read(&body("order-101")).expect("valid"), identity("t1"), omissions, None).expect("charged");
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
        assert_eq!(ledger.pay_late(at(1001), "t1", PaidVia::Gopay), Err(ApiError::CannotModify));
    }
    let mut denied = charged();
    denied.deny("t1", DenialReason::default()).expect("denied");
    assert_eq!(denied.pay_late(at(1), "t1", PaidVia::Gopay), Err(ApiError::CannotModify));
}

#[test]
fn a_payer_pays_no_more_than_the_wallet_lets() {
    let scan = || PaidVia::Qris { issuer: "dana".to_owned() };
    for (via, most) in [(scan(), MOST_QRIS), (PaidVia::Gopay, MOST_GOPAY)] {
        let mut ledger = Ledger::default();
        for (order_id, amount) in [("at", most), ("above", most + 1)] {
            let mut body = body(order_id);
            body["transaction_details"]["gross_amount"] = json!(amount);
            let read = read(&body).expect("valid");
            ledger.charge(at(0), read, identity(order_id), Omissions::default(), None).expect("charged");
        }
        assert_eq!(ledger.pay(at(1), "above", via.clone()), Err(ApiError::OverPayersLimit(most)));
        assert_eq!(status(&ledger, "above"), TransactionStatus::Pending);
        assert!(ledger.pay(at(1), "at", via).is_ok());
    }
}

#[test]
fn charges_are_counted_in_any_sixty_seconds() {
    let mut ledger = Ledger::new(Behaviour { charges_per_minute: 2, ..Behaviour::default() });
    let admitted: Vec<_> = [0, 30, 59, 60, 61, 90].map(|second| ledger.admit_charge(at(second)).is_ok()).into();
    assert_eq!(admitted, [true, true, false, true, false, true]);
    let mut free = Ledger::default();
    assert!((0..1000).all(|_| free.admit_charge(at(0)).is_ok()));
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
    assert_eq!(ledger.find("t2"), Err(ApiError::NotFound));
    assert_eq!(ledger.cancel("t2"), Err(ApiError::NotFound));
    assert_eq!(ledger.expire("t2"), Err(ApiError::NotFound));
    assert_eq!(ledger.pay(at(1), "t2", PaidVia::Gopay), Err(ApiError::NotFound));
    assert_eq!(ledger.take_changes(), []);
}

#[test]
fn a_pending_or_paid_order_is_not_charged_twice() {
    let mut pending = charged();
    assert_eq!(charge(&mut pending, "t2"), Err(ApiError::DuplicateOrderId));
    let mut settled = paid();
    assert_eq!(charge(&mut settled, "t2"), Err(ApiError::DuplicateOrderId));
    refund(&mut settled, &Value::Null).expect("refunded");
    assert_eq!(charge(&mut settled, "t2"), Err(ApiError::DuplicateOrderId));
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
    ledger.deny("t1", DenialReason::default()).expect("denied");
    assert_eq!(charge(&mut ledger, "t2"), Err(ApiError::DuplicateOrderId));
    ledger.behaviour.order_id_after_deny = OrderIdAfterDeny::Free;
    assert!(charge(&mut ledger, "t2").is_ok());
}

#[test]
fn a_charge_that_gopay_refuses_is_denied_from_the_start() {
    let mut ledger = Ledger::default();
    let read = read(&body("order-101")).expect("valid");
    let denied =
        ledger.charge(at(0), read, identity("t1"), Omissions::default(), Some(DenialReason::default())).expect("made");
    assert_eq!(denied.transaction_status(), TransactionStatus::Deny);
    assert_eq!(ledger.pay(at(1), "t1", PaidVia::Gopay), Err(ApiError::CannotModify));
}

/// Operations on a transaction, for the property below.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Cancel,
    Expire,
    Deny,
    Pay,
    PayLate,
    Refund(i64),
    Wait(i64),
}

fn deed() -> impl Strategy<Value = Operation> {
    prop_oneof![
        Just(Operation::Cancel),
        Just(Operation::Expire),
        Just(Operation::Deny),
        Just(Operation::Pay),
        Just(Operation::PayLate),
        (-1..50_000_i64).prop_map(Operation::Refund),
        (0..1_000_i64).prop_map(Operation::Wait),
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
                Operation::Cancel => ledger.cancel("t1").map(drop),
                Operation::Expire => ledger.expire("t1").map(drop),
                Operation::Deny => ledger.deny("t1", DenialReason::default()).map(drop),
                Operation::Pay => ledger.pay(now, "t1", PaidVia::Gopay).map(drop),
                Operation::PayLate => ledger.pay_late(now, "t1", PaidVia::Gopay).map(drop),
                Operation::Refund(amount) => {
                    let request = RefundRequest { amount: Some(amount), ..RefundRequest::default() };
                    ledger.refund(now, "t1", request, place.to_string()).map(drop)
                }
                Operation::Wait(more) => {
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
