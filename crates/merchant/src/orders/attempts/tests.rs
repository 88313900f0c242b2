//! Every combination of none, one, two and three attempts over all states. What must hold is written down here in its own words,
//! and not by what `decide` uses.

use super::AttemptState::{
    self, Cancel, Deny, Expire, InDoubt, OlderThanOrder, PartialRefund, Pending, PendingWithoutActions, Refund,
    Refused, Settlement, Unanswered,
};
use super::{Alert, ChargeDecision, Decision, decide};

/// Calls `check` with each combination and its decision.
fn every_combination(mut check: impl FnMut(&[AttemptState], &Decision)) {
    let mut combinations = vec![Vec::new()];
    let mut checked = 0;
    for _ in 0..=3 {
        for attempts in &combinations {
            check(attempts, &decide(attempts));
            checked += 1;
        }
        let one_more = |attempts: &Vec<AttemptState>| AttemptState::ALL.map(|state| [&attempts[..], &[state]].concat());
        combinations = combinations.iter().flat_map(one_more).collect();
    }
    assert_eq!(checked, 1 + 12 + 144 + 1728);
}

/// The positions of those that are one of `states`.
fn positions(attempts: &[AttemptState], states: &[AttemptState]) -> Vec<usize> {
    (0..attempts.len()).filter(|index| states.contains(&attempts[*index])).collect()
}

const HOLDING: [AttemptState; 2] = [Settlement, PartialRefund];
const PAYABLE: [AttemptState; 2] = [Pending, PendingWithoutActions];

#[test]
fn money_that_is_there_is_shown_and_told_whatever_else_there_is() {
    every_combination(|attempts, decision| {
        let holding = positions(attempts, &HOLDING);
        assert_eq!(decision.is_paid, !holding.is_empty(), "{attempts:?}");
        if !holding.is_empty() {
            let shown = decision.shown.expect("something is shown");
            assert!(holding.contains(&shown), "{attempts:?}: {shown}");
            let is_all_there = attempts.contains(&Settlement);
            assert_eq!(
                attempts[shown] == Settlement,
                is_all_there,
                "{attempts:?}: a part that went back hides nothing"
            );
        }
    });
}

#[test]
fn money_that_went_back_is_told_where_none_is_there_and_shown_where_none_may_be() {
    every_combination(|attempts, decision| {
        let is_back = attempts.contains(&Refund) && positions(attempts, &HOLDING).is_empty();
        assert_eq!(decision.is_refunded, is_back, "{attempts:?}");
        if is_back {
            let shown = attempts[decision.shown.expect("something is shown")];
            assert_eq!(shown, if attempts.contains(&InDoubt) { InDoubt } else { Refund }, "{attempts:?}");
        }
    });
}

#[test]
fn nothing_is_charged_beside_money_that_is_there_was_there_or_may_be_there() {
    every_combination(|attempts, decision| {
        let money = positions(attempts, &[Settlement, PartialRefund, Refund, InDoubt]);
        match &decision.charge {
            ChargeDecision::Answer => {}
            ChargeDecision::Stop => assert!(attempts.contains(&OlderThanOrder) && money.is_empty(), "{attempts:?}"),
            ChargeDecision::Resume { .. } | ChargeDecision::Next { .. } => {
                assert!(money.is_empty() && !attempts.contains(&OlderThanOrder), "{attempts:?}: {decision:?}");
            }
        }
    });
}

#[test]
fn before_every_charge_each_other_attempt_that_may_hold_money_is_asked_about() {
    every_combination(|attempts, decision| {
        // Only these two cannot hold any: GoPay refused the one, Midtrans the other.
        let may_hold = |index: &usize| ![Deny, Refused].contains(&attempts[*index]);
        match &decision.charge {
            ChargeDecision::Answer | ChargeDecision::Stop => {}
            ChargeDecision::Next { ask_first } => {
                let expected: Vec<usize> = (0..attempts.len()).filter(may_hold).collect();
                assert_eq!(*ask_first, expected, "{attempts:?}");
            }
            ChargeDecision::Resume { attempt, ask_first } => {
                let others = (0..attempts.len()).filter(|index| index != attempt);
                assert_eq!(*ask_first, others.filter(may_hold).collect::<Vec<_>>(), "{attempts:?}");
            }
        }
    });
}

#[test]
fn no_further_attempt_is_made_while_one_can_be_paid_or_the_latest_is_not_known_to_have_ended() {
    every_combination(|attempts, decision| {
        if let ChargeDecision::Next { .. } = decision.charge {
            assert!(positions(attempts, &PAYABLE).is_empty(), "{attempts:?}");
            let has_ended = attempts.last().is_none_or(|latest| [Expire, Cancel, Deny].contains(latest));
            assert!(has_ended, "{attempts:?}");
        }
        if let ChargeDecision::Resume { attempt, .. } = decision.charge {
            assert!([Unanswered, Refused, PendingWithoutActions].contains(&attempts[attempt]), "{attempts:?}");
            let others = positions(attempts, &PAYABLE).into_iter().filter(|index| *index != attempt);
            assert!(others.into_iter().all(|other| decision.cancel.contains(&other)), "{attempts:?}");
        }
    });
}

#[test]
fn the_payer_can_always_go_on_where_nothing_was_paid_and_nothing_is_odd() {
    every_combination(|attempts, decision| {
        let unpaid = [Unanswered, Refused, Pending, PendingWithoutActions, Expire, Cancel, Deny];
        if positions(attempts, &unpaid).len() < attempts.len() {
            return;
        }
        let can_be_paid = decision.shown.is_some_and(|shown| PAYABLE.contains(&attempts[shown]));
        let is_charged = matches!(decision.charge, ChargeDecision::Resume { .. } | ChargeDecision::Next { .. });
        assert!(can_be_paid || is_charged, "{attempts:?}: {decision:?}");
    });
}

#[test]
fn never_two_are_left_that_can_be_paid_and_none_beside_a_payment() {
    every_combination(|attempts, decision| {
        let payable = positions(attempts, &PAYABLE);
        assert!(decision.cancel.iter().all(|index| payable.contains(index)), "{attempts:?}: what ended is left alone");
        let left: Vec<_> = payable.into_iter().filter(|index| !decision.cancel.contains(index)).collect();
        let was_paid = !positions(attempts, &[Settlement, PartialRefund, Refund]).is_empty();
        assert!(left.len() <= usize::from(!was_paid), "{attempts:?}: {left:?}");
        if let Some(shown) = decision.shown.filter(|shown| PAYABLE.contains(&attempts[*shown])) {
            assert_eq!(left, [shown], "{attempts:?}: what the payer sees is not cancelled");
        }
    });
}

#[test]
fn the_alarm_is_raised_exactly_when_more_than_one_attempt_holds_money_or_one_is_another_ones() {
    every_combination(|attempts, decision| {
        let twice = decision.alerts.contains(&Alert::PaidTwice);
        assert_eq!(twice, positions(attempts, &HOLDING).len() > 1, "{attempts:?}");
        let odd = decision.alerts.contains(&Alert::Contradiction);
        assert_eq!(odd, attempts.contains(&OlderThanOrder), "{attempts:?}");
        assert_eq!(decision.alerts.len(), usize::from(twice) + usize::from(odd), "{attempts:?}: each once");
    });
}

#[test]
fn the_order_of_the_attempts_decides_nothing_about_money() {
    every_combination(|attempts, decision| {
        let of_money = |attempts: &[AttemptState]| {
            let decision = decide(attempts);
            let shown = decision.shown.map(|shown| attempts[shown]);
            let shown = shown.filter(|state| [Settlement, PartialRefund, InDoubt, Refund].contains(state));
            let is_answered = decision.charge == ChargeDecision::Answer && shown.is_some();
            let told = (decision.is_paid, decision.is_refunded);
            (told, decision.alerts, decision.cancel.len(), shown, is_answered)
        };
        let (mut turned, mut reversed) = (attempts.to_vec(), attempts.to_vec());
        reversed.reverse();
        for _ in 0..attempts.len() {
            turned.rotate_left(1);
            reversed.rotate_left(1);
            for other in [&turned, &reversed] {
                assert_eq!(of_money(other), of_money(attempts), "{attempts:?} {other:?} {decision:?}");
            }
        }
    });
}

#[test]
fn something_is_shown_as_soon_as_midtrans_has_a_transaction_of_the_order() {
    every_combination(|attempts, decision| {
        let nothing = [Unanswered, Refused, OlderThanOrder];
        assert_eq!(decision.shown.is_none(), positions(attempts, &nothing).len() == attempts.len(), "{attempts:?}");
        if let Some(shown) = decision.shown {
            assert!(!nothing.contains(&attempts[shown]), "{attempts:?}: {shown}");
        }
    });
}

#[test]
fn of_what_is_not_paid_the_latest_is_shown() {
    every_combination(|attempts, decision| {
        let Some(shown) = decision.shown else { return };
        let alike: &[AttemptState] = match attempts[shown] {
            Pending | PendingWithoutActions => &PAYABLE,
            Expire | Cancel | Deny => &[Expire, Cancel, Deny],
            InDoubt => &[InDoubt],
            Unanswered | Refused | Settlement | PartialRefund | Refund | OlderThanOrder => return,
        };
        assert_eq!(positions(attempts, alike).last(), Some(&shown), "{attempts:?}");
    });
}

#[test]
fn another_attempt_makes_no_paid_order_unpaid_and_silences_no_alarm() {
    every_combination(|attempts, decision| {
        for state in AttemptState::ALL {
            let more = decide(&[attempts, &[state]].concat());
            assert!(more.is_paid || !decision.is_paid, "{attempts:?} {state:?}");
            assert!(decision.alerts.iter().all(|alert| more.alerts.contains(alert)), "{attempts:?} {state:?}");
        }
    });
}

#[test]
fn an_order_without_an_attempt_is_charged_without_a_question() {
    assert_eq!(decide(&[]).charge, ChargeDecision::Next { ask_first: Vec::new() });
    assert_eq!(decide(&[]).shown, None);
}
