//! Which orders may be charged, and which are refused.

use super::*;

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
    ledger.deny("t1", Denial::default()).expect("denied");
    assert_eq!(charge(&mut ledger, "t2"), Err(ApiError::DuplicateOrderId));
    ledger.behaviour.order_id_after_deny = OrderIdAfterDeny::Free;
    assert!(charge(&mut ledger, "t2").is_ok());
}

#[test]
fn a_charge_that_gopay_refuses_is_denied_from_the_start() {
    let mut ledger = Ledger::default();
    let read = read(&body("order-101")).expect("valid");
    let denied =
        ledger.charge(at(0), read, identity("t1"), Omissions::default(), Some(Denial::default())).expect("made");
    assert_eq!(denied.transaction_status(), TransactionStatus::Deny);
    assert_eq!(ledger.pay(at(1), "t1", PaidVia::Gopay), Err(ApiError::CannotModify));
}
