//! Random sequences of operations.

use super::*;
use proptest::prelude::*;

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
                Operation::Deny => ledger.deny("t1", Denial::default()).map(drop),
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
