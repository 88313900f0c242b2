//! Which attempt counts, and what may be charged, by what is known of each attempt's money.

use super::*;
use gopay_contract::midtrans::OptionalData;

/// An order whose attempts stand so.
pub(crate) fn order_of(attempts: &[(&str, Option<FraudStatus>)]) -> Order {
    let order_id = OrderId::parse("order-101").expect("an order id");
    let gross_amount = GrossAmount::from_rupiah(44_000).expect("an amount");
    let attempts = attempts.iter().zip(1..).map(|((status, fraud_status), number)| Attempt {
        number,
        midtrans_order_id: Attempt::midtrans_order_id(&order_id, number).expect("short enough"),
        idempotency_key: format!("key-{number}"),
        retry_of: None,
        claimed_at: UnixMillis(0),
        claimed_until: UnixMillis(0),
        charge_is_answered: true,
        moved_at: UnixMillis(0),
        asked_at: UnixMillis(0),
        transaction: Some(Transaction {
            transaction_id: id(number),
            transaction_status: TransactionStatus::parse(status),
            status: Answer {
                transaction_status: Some(TransactionStatus::parse(status)),
                fraud_status: fraud_status.clone(),
                ..Answer::default()
            },
            actions: Vec::new(),
            attempt: number,
            version: 1,
        }),
    });
    Order {
        attempts: attempts.collect(),
        charge_data: ChargeData::check(OptionalData::default(), gross_amount).expect("none"),
        order_id,
        gross_amount,
        description: String::new(),
    }
}

fn id(number: u32) -> TransactionId {
    TransactionId::parse(&format!("1a2b3c4d-{number}")).expect("a transaction id")
}

fn deciding(order: &Order) -> u32 {
    order.deciding().expect("one").attempt
}

/// The attempt that a wish to pay instead of attempt `number` is answered with, or `None` where another is charged.
fn answered(order: &Order, number: u32) -> Option<u32> {
    match order.next_step(Some(&id(number))) {
        NextStep::Answer(known) => Some(known.attempt),
        NextStep::Charge { .. } => None,
    }
}

const DOUBT: Option<FraudStatus> = Some(FraudStatus::Challenge);

#[test]
fn a_paid_attempt_counts_before_any_other() {
    for money in ["settlement", "capture", "partial_refund", "refund"] {
        for other in ["pending", "expire", "cancel", "deny"] {
            assert_eq!(deciding(&order_of(&[(money, None), (other, None)])), 1, "{money} {other}");
            assert_eq!(deciding(&order_of(&[(other, None), (money, None)])), 2, "{other} {money}");
        }
    }
}

#[test]
fn a_payment_in_doubt_counts_behind_what_can_be_paid_and_before_what_ended() {
    assert_eq!(deciding(&order_of(&[("settlement", DOUBT), ("pending", None)])), 2);
    assert_eq!(deciding(&order_of(&[("settlement", DOUBT), ("expire", None)])), 1);
    assert_eq!(deciding(&order_of(&[("settlement", DOUBT), ("settlement", None)])), 2);
}

#[test]
fn nothing_is_charged_beside_a_payment_in_doubt() {
    for fraud_status in [FraudStatus::Challenge, FraudStatus::Deny, FraudStatus::Unknown("hold".to_owned())] {
        let doubted = order_of(&[("settlement", Some(fraud_status.clone()))]);
        assert_eq!(answered(&doubted, 1), Some(1), "{fraud_status:?}");
        assert!(!doubted.deciding().expect("one").is_final(), "{fraud_status:?}: somebody has still to decide");
        let late = order_of(&[("settlement", Some(fraud_status.clone())), ("expire", None)]);
        assert_eq!(answered(&late, 2), Some(1), "{fraud_status:?}");
    }
}

#[test]
fn only_what_ended_without_money_is_charged_again() {
    for (status, is_charged_again) in [
        ("expire", true),
        ("cancel", true),
        ("deny", true),
        ("failure", true),
        ("pending", false),
        ("authorize", false),
        ("settlement", false),
        ("refund", false),
        ("partial_refund", false),
        ("chargeback", false),
    ] {
        assert_eq!(answered(&order_of(&[(status, None)]), 1).is_none(), is_charged_again, "{status}");
    }
}

#[test]
fn only_beside_a_payment_without_a_doubt_is_another_attempt_superfluous() {
    let superfluous = |order: &Order| order.superfluous().map(|known| known.attempt).collect::<Vec<_>>();
    assert_eq!(superfluous(&order_of(&[("settlement", None), ("pending", None)])), [2]);
    assert_eq!(superfluous(&order_of(&[("settlement", DOUBT), ("pending", None)])), [0; 0]);
    assert_eq!(
        superfluous(&order_of(&[("settlement", None), ("settlement", DOUBT)])),
        [0; 0],
        "it cannot be cancelled"
    );
}

#[test]
fn late_money_may_reach_what_expired_or_was_cancelled_and_the_latest_is_asked_about_first() {
    let order = order_of(&[("expire", None), ("deny", None), ("cancel", None), ("pending", None)]);
    assert_eq!(order.may_be_paid_late().map(|known| known.attempt).collect::<Vec<_>>(), [3, 1]);
}
