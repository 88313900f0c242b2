//! Every sequence of inputs to a stated depth: whatever happens, in whatever order, contract §3 holds.
#![cfg(not(target_arch = "wasm32"))]

mod counter;

use counter::{Counter, Word};
use gopay_checkout::payment::{Channel, Effect, Input, News, StateName};
use gopay_contract::TransactionStatus::{self, *};

/// How deep the tree of inputs is walked: every sequence of five, from each of four starting points. A move that cannot
/// happen (an answer where nothing was asked) is left out.
const DEPTH: usize = 5;

/// What can happen next, from the server or from anywhere else.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "two dozen of them are made")]
enum Move {
    Server(Word),
    Elsewhere(Input),
    Wait(i64),
}

fn moves() -> Vec<Move> {
    let mut moves: Vec<Move> = [
        Word::Charge(Pending),
        Word::Charge(Deny),
        Word::Charge(Settlement),
        Word::ChargeUnreachable,
        Word::Status(Pending),
        Word::Status(Settlement),
        Word::Status(Expire),
        Word::Status(Cancel),
        Word::Status(Refund),
        Word::Status(Unknown("sukses".to_owned())),
        Word::StatusOfAnother(Settlement),
        Word::StatusOtherAmount(Settlement),
        Word::StatusChallenged,
        Word::StatusUnreachable,
        Word::Pushed(Settlement),
        Word::Pushed(Pending),
        Word::CancelRefused,
        Word::LateSettlement,
    ]
    .map(Move::Server)
    .to_vec();
    moves.extend(
        [
            Input::PayPressed,
            Input::RetryPressed,
            Input::RefreshPressed,
            Input::CancelPressed,
            Input::CameBack,
            Input::ReturnedFromApp,
            Input::ChannelChosen(Channel::Deeplink),
        ]
        .map(Move::Elsewhere),
    );
    moves.push(Move::Wait(16 * 60 * 1000));
    moves
}

fn walk(counter: &Counter, moves: &[Move], depth: usize, visited: &mut u64) {
    for (index, next) in moves.iter().enumerate() {
        let mut after = counter.clone();
        let before = after.payment.transaction_status().cloned();
        let transaction_before = after.payment.transaction_id().cloned();
        let effects = match next {
            Move::Server(word) => match after.hear(word) {
                Some(effects) => effects,
                None => continue,
            },
            Move::Elsewhere(input) => after.step(input.clone()),
            Move::Wait(ms) => after.wait(*ms),
        };
        *visited += 1;
        let same_transaction = transaction_before == after.payment.transaction_id().cloned();
        let status = after.payment.transaction_status().cloned();
        let trail = || {
            let trail: Vec<_> = counter.trail.iter().map(|index| &moves[*index]).collect();
            format!("{next:?} after {trail:?}: {before:?} → {status:?}")
        };

        if let (Some(before), Some(status), true) = (&before, &status, same_transaction) {
            assert!(before.may_become(status) || before == status, "a final status was left: {}", trail());
        }
        if before != status && same_transaction && !matches!(next, Move::Server(_)) {
            panic!("something else than the server's word moved the payment: {}", trail());
        }
        if let Move::Server(
            Word::StatusOfAnother(_) | Word::StatusOtherAmount(_) | Word::StatusChallenged | Word::LateSettlement,
        ) = next
        {
            assert!(before == status || status.is_none(), "an unbelievable status was believed: {}", trail());
        }
        after.check_told(&effects, &trail);
        after.check_one_charge_in_flight(&trail);
        after.check_wakeup(&trail);
        if depth > 1 {
            after.trail.push(index);
            walk(&after, moves, depth - 1, visited);
        }
    }
}

#[test]
fn no_sequence_of_inputs_breaks_the_rules_of_truth() {
    let moves = moves();
    let mut visited = 0;
    let ready = Counter::new();
    let mut pending = Counter::new();
    pending.step(Input::Begun);
    pending.hear(&Word::Charge(Pending)).expect("a charge is in flight");
    let mut expired = pending.clone();
    expired.hear(&Word::Pushed(Expire)).expect("a stream is open");
    let mut settled = pending.clone();
    settled.hear(&Word::Pushed(Settlement)).expect("a stream is open");
    for root in [&ready, &pending, &expired, &settled] {
        walk(root, &moves, DEPTH, &mut visited);
    }
    assert!(visited > 500_000, "the walk was cut short: {visited} steps");
}

#[test]
fn whatever_is_told_of_an_end_is_told_once_for_each_transaction() {
    let mut counter = Counter::new();
    counter.step(Input::Begun);
    counter.hear(&Word::Charge(Pending)).unwrap();
    let mut ends = Vec::new();
    for word in [Word::Pushed(Expire), Word::Pushed(Expire), Word::Status(Settlement), Word::Status(Settlement)] {
        if let Word::Status(_) = word {
            counter.step(Input::RefreshPressed);
        }
        for effect in counter.hear(&word).unwrap_or_default() {
            if let Effect::Tell(News::Ended { transaction_status, .. }) = effect {
                ends.push(transaction_status);
            }
        }
    }
    assert_eq!(ends, [Expire, Settlement]);
    assert_eq!(counter.screen().state, StateName::Settlement);
}

#[test]
fn every_final_status_has_its_own_screen_and_no_way_to_pay_on_it() {
    let finals: [(TransactionStatus, StateName); 8] = [
        (Settlement, StateName::Settlement),
        (Capture, StateName::Settlement),
        (Expire, StateName::Expire),
        (Cancel, StateName::Cancel),
        (Deny, StateName::Deny),
        (Failure, StateName::Deny),
        (Refund, StateName::Refund),
        (PartialRefund, StateName::Refund),
    ];
    for (status, state) in finals {
        let mut counter = Counter::new();
        counter.step(Input::Begun);
        counter.hear(&Word::Charge(Pending)).unwrap();
        assert!(counter.screen().qr.is_some());
        counter.hear(&Word::Pushed(status)).unwrap();
        let screen = counter.screen();
        assert_eq!((screen.state, screen.qr, screen.deeplink), (state, None, None));
    }
}
