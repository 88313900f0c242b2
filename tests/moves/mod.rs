//! What can happen to a payment next, from the server or from anywhere else, and what must hold after it: contract §3,
//! written as properties.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(missing_docs, unreachable_pub, reason = "a test's own")]

use crate::counter::{Counter, Word};
use gopay_checkout::payment::{Channel, Effect, Input, News, StateName, read_answer};
use gopay_contract::TransactionStatus::{self, *};

#[derive(Clone, Debug)]
pub enum Move {
    /// The merchant says something.
    Server(Word),
    /// Something else happens.
    Elsewhere(Input),
    /// The stream stands, lives, or is lost.
    StreamOpened,
    StreamHeartbeat,
    StreamLost,
    StreamRefused,
    /// Something is pushed that nobody can read; or a secret.
    StreamGarbled(&'static str),
    /// Time passes, with all the wakings it brings.
    Wait(i64),
    /// Time passes until the machine wants to be woken, and not a moment longer.
    UntilWoken,
}

pub fn moves() -> Vec<Move> {
    let statuses = [
        Pending,
        Settlement,
        Capture,
        Authorize,
        Expire,
        Cancel,
        Deny,
        Failure,
        Refund,
        PartialRefund,
        Unknown("sukses".to_owned()),
    ];
    let mut moves = Vec::new();
    for status in &statuses {
        moves.push(Move::Server(Word::Charge(status.clone())));
        moves.push(Move::Server(Word::Status(status.clone())));
        moves.push(Move::Server(Word::Pushed(status.clone())));
    }
    moves.extend(
        [
            Word::ChargeUnreachable,
            Word::ChargeBody(200, "<html>"),
            Word::ChargeBody(200, r#"{"status_code":"402","status_message":"Payment channel is not activated."}"#),
            Word::ChargeBody(401, ""),
            Word::ChargeOtherAmount,
            Word::ChargeUntrusted,
            Word::StatusOfAnother(Settlement),
            Word::StatusOtherAmount(Settlement),
            Word::StatusChallenged,
            Word::StatusFraudDenied,
            Word::StatusUnreachable,
            Word::StatusBody(200, "<html>"),
            Word::StatusBody(200, r#"{"status_code":"404","status_message":"Transaction doesn't exist."}"#),
            Word::StatusBody(403, "<html>"),
            Word::CancelRefused,
            Word::Cancelled,
            Word::LateSettlement,
        ]
        .map(Move::Server),
    );
    moves.extend(
        [
            Input::Begun,
            Input::PayPressed,
            Input::RetryPressed,
            Input::RefreshPressed,
            Input::CancelPressed,
            Input::CameBack,
            Input::ReturnedFromApp,
            Input::Hidden,
            Input::Follows,
            Input::Leads,
            Input::NewsElsewhere,
            Input::WentOffline,
            Input::ChannelChosen(Channel::Deeplink),
            Input::ChannelChosen(Channel::Qr),
            Input::DeeplinkTapped,
            Input::QrShown,
            Input::QrLoaded,
            Input::QrFailed,
            Input::Woken,
        ]
        .map(Move::Elsewhere),
    );
    moves.extend([Move::StreamGarbled("<html>"), Move::StreamGarbled(r#"{"k":"Mid-server-x"}"#)]);
    moves.extend([
        Move::StreamOpened,
        Move::StreamHeartbeat,
        Move::StreamLost,
        Move::StreamRefused,
        Move::UntilWoken,
        Move::Wait(1_000),
        Move::Wait(16 * 60_000),
    ]);
    moves
}

/// Carries out a move and holds the outcome against contract §3; nothing where the move cannot happen.
pub fn carry_out(counter: &Counter, moves: &[Move], index: usize) -> Option<Counter> {
    let mut after = counter.clone();
    let before = after.payment.transaction_status().cloned();
    let transaction_before = after.payment.transaction_id().cloned();
    let effects = match &moves[index] {
        Move::Server(word) => after.hear(word)?,
        Move::Elsewhere(input) => after.step(input.clone()),
        Move::StreamOpened => {
            let stream = after.watching?;
            after.step(Input::WatchOpened(stream))
        }
        Move::StreamHeartbeat => {
            let stream = after.watching?;
            after.step(Input::WatchHeartbeat(stream))
        }
        Move::StreamLost => {
            let stream = after.watching.take()?;
            after.step(Input::WatchLost(stream))
        }
        Move::StreamRefused => {
            let stream = after.watching.take()?;
            after.step(Input::WatchRefused(stream))
        }
        Move::StreamGarbled(body) => {
            let stream = after.watching.take()?;
            let trouble = read_answer(200, body).expect_err("a trouble");
            let mut effects = after.step(Input::PushUnreadable(stream, trouble));
            effects.extend(after.step(Input::WatchLost(stream)));
            effects
        }
        Move::Wait(ms) => after.wait(*ms),
        Move::UntilWoken => {
            let at = after.payment.wakeup(after.now)?;
            after.wait(at.since(after.now).max(0))
        }
    };
    let trail = || {
        let trail: Vec<_> = counter.trail.iter().map(|index| &moves[*index]).collect();
        let status = after_status(&effects);
        format!("{:?} after {trail:?}: {before:?} → {status:?}", moves[index])
    };
    let same_transaction = transaction_before == after.payment.transaction_id().cloned();
    let status = after.payment.transaction_status().cloned();

    // §3.1: nothing but the server's word moves a payment.
    let spoken = matches!(moves[index], Move::Server(_));
    assert!(spoken || before == status || !same_transaction, "moved without the server: {}", trail());
    // §3.2: paid means paid, and for this order, this transaction, this amount; §3.3: an unknown word is nothing.
    if let Move::Server(
        Word::StatusOfAnother(_)
        | Word::StatusOtherAmount(_)
        | Word::StatusChallenged
        | Word::StatusFraudDenied
        | Word::LateSettlement
        | Word::ChargeOtherAmount
        | Word::ChargeUntrusted
        | Word::Status(Unknown(_))
        | Word::Pushed(Unknown(_)),
    ) = &moves[index]
    {
        assert!(before == status || status.is_none(), "an unbelievable status was believed: {}", trail());
    }
    // §3.4: a final status stays, but for the late truth and refunds; nothing that fails afterwards takes it back.
    if before.as_ref().is_some_and(TransactionStatus::is_final) && spoken && after.payment.transaction_id().is_none() {
        assert!(transaction_before.is_none() || counter.charging.is_some(), "an end was forgotten: {}", trail());
    }
    if let (Some(before), Some(status), true) = (&before, &status, same_transaction) {
        assert!(before.may_become(status) || before == status, "a final status was left: {}", trail());
    }
    // §3.6: at most one charge in flight; `Counter::step` fails on a second one. And none beside a paid transaction.
    if status.as_ref().is_some_and(TransactionStatus::is_paid) {
        assert!(after.charging.is_none() || !same_transaction || before != status, "charges what is paid: {}", trail());
    }
    let screen = after.screen();
    if screen.qr.is_some() || screen.deeplink.is_some() {
        assert_eq!(screen.state, StateName::Pending, "something to pay with on another screen: {}", trail());
        assert!(screen.gross_amount.is_some(), "{}", trail());
    }
    if screen.state == StateName::Settlement {
        assert!(status.as_ref().is_some_and(TransactionStatus::is_paid), "a paid screen without payment: {}", trail());
    }
    after.check_told(&effects, &trail);
    after.check_one_charge_in_flight(&trail);
    after.check_wakeup(&trail);
    Some(after)
}

fn after_status(effects: &[Effect]) -> Option<&TransactionStatus> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::Tell(News::Status { transaction_status, .. }) => Some(transaction_status),
        Effect::Tell(_)
        | Effect::SendCharge { .. }
        | Effect::AskStatus { .. }
        | Effect::SendCancel { .. }
        | Effect::Abandon(_)
        | Effect::StartWatching { .. }
        | Effect::StopWatching
        | Effect::Share => None,
    })
}
