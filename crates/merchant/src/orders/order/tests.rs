//! The attempt that counts, and the next charge, by what is known of each attempt's money.

use super::*;
use crate::orders::attempts::Alert;
use gopay_contract::FraudStatus;
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
        is_refused: false,
        charge_is_answered: true,
        moved_at: UnixMillis(0),
        polled_at: UnixMillis(0),
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
        created_at: UnixMillis(0),
        order_id,
        gross_amount,
        description: String::new(),
    }
}

fn id(number: u32) -> TransactionId {
    TransactionId::parse(&format!("1a2b3c4d-{number}")).expect("a transaction id")
}

fn effective(order: &Order) -> u32 {
    order.effective().expect("one").attempt
}

/// The attempt that a wish to pay instead of attempt `number` is answered with, or `None` where another is charged.
fn answered(order: &Order, number: u32) -> Option<u32> {
    match order.next_step(Some(&id(number))) {
        NextStep::Answer(known) => Some(known.attempt),
        NextStep::Charge { .. } => None,
        NextStep::Stop => panic!("a person has to look"),
    }
}

const DOUBT: Option<FraudStatus> = Some(FraudStatus::Challenge);

#[test]
fn a_paid_attempt_counts_before_any_other() {
    for money in ["settlement", "capture", "partial_refund", "refund"] {
        for other in ["pending", "expire", "cancel", "deny"] {
            assert_eq!(effective(&order_of(&[(money, None), (other, None)])), 1, "{money} {other}");
            assert_eq!(effective(&order_of(&[(other, None), (money, None)])), 2, "{other} {money}");
        }
    }
}

#[test]
fn money_that_is_there_counts_before_money_that_went_back_whichever_came_first() {
    for money in ["settlement", "capture", "partial_refund"] {
        assert_eq!(effective(&order_of(&[("refund", None), (money, None)])), 2, "{money}");
        assert_eq!(effective(&order_of(&[(money, None), ("refund", None)])), 1, "{money}");
    }
}

#[test]
fn a_payment_in_doubt_counts_behind_money_that_is_there_and_before_all_else() {
    for other in ["pending", "expire", "refund"] {
        assert_eq!(effective(&order_of(&[("settlement", DOUBT), (other, None)])), 1, "{other}");
        assert_eq!(effective(&order_of(&[(other, None), ("settlement", DOUBT)])), 2, "{other}");
    }
    assert_eq!(effective(&order_of(&[("settlement", DOUBT), ("settlement", None)])), 2);
}

#[test]
fn nothing_is_charged_beside_a_payment_in_doubt() {
    for fraud_status in [FraudStatus::Challenge, FraudStatus::Deny, FraudStatus::Unknown("hold".to_owned())] {
        let doubted = order_of(&[("settlement", Some(fraud_status.clone()))]);
        assert_eq!(answered(&doubted, 1), Some(1), "{fraud_status:?}");
        assert!(!doubted.effective().expect("one").is_final(), "{fraud_status:?}: somebody has still to decide");
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
fn another_attempt_is_made_only_instead_of_the_latest() {
    let order = order_of(&[("expire", None), ("cancel", None)]);
    assert_eq!(answered(&order, 1), Some(2), "what was replaced already is not replaced again");
    let next = NextStep::Charge { number: 3, retry_of: Some(id(2)), ask_first: vec![1, 2] };
    assert_eq!(order.next_step(Some(&id(2))), next);
    assert!(matches!(order.next_step(None), NextStep::Answer(known) if known.attempt == 2));
}

#[test]
fn a_charge_that_is_sent_again_asks_first_whoever_asks_for_it() {
    for is_refused in [false, true] {
        let mut order = order_of(&[("expire", None), ("pending", None)]);
        let second = &mut order.attempts[1];
        (second.transaction, second.charge_is_answered, second.is_refused) = (None, false, is_refused);
        second.retry_of = Some(id(1));
        for retry_of in [None, Some(id(1)), Some(id(2))] {
            let again = NextStep::Charge { number: 2, retry_of: Some(id(1)), ask_first: vec![1] };
            assert_eq!(order.next_step(retry_of.as_ref()), again, "{is_refused} {retry_of:?}");
        }
    }
}

#[test]
fn only_beside_a_payment_without_a_doubt_is_another_attempt_redundant() {
    let redundant = |order: &Order| order.redundant().map(|known| known.attempt).collect::<Vec<_>>();
    assert_eq!(redundant(&order_of(&[("settlement", None), ("pending", None)])), [2]);
    assert_eq!(redundant(&order_of(&[("settlement", DOUBT), ("pending", None)])), [0; 0]);
    assert_eq!(redundant(&order_of(&[("settlement", None), ("settlement", DOUBT)])), [0; 0], "it cannot be cancelled");
    assert_eq!(redundant(&order_of(&[("pending", None), ("pending", None)])), [1], "the payer sees the latest");
}

#[test]
fn what_midtrans_tells_of_an_attempt_decides_as_if_it_were_stored() {
    let order = order_of(&[("expire", None), ("settlement", None)]);
    assert_eq!(order.decision_if(1, AttemptState::Settlement).alerts, [Alert::PaidTwice]);
    assert_eq!(order.decision_if(3, AttemptState::OlderThanOrder).alerts, [Alert::Contradiction], "a third one");
}
