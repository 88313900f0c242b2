//! Transitions of a transaction.

use super::*;

type End = fn(&mut Ledger) -> Result<Transaction, ApiError>;

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
    denied.deny("t1", Denial::default()).expect("denied");
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
