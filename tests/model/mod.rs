//! A model of everything around the state machine: the events that can happen to a payment, and the properties that must
//! hold after each of them (contract §3).
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(missing_docs, unreachable_pub, reason = "a test's own")]

use crate::harness::{Harness, Reply};
use gopay_checkout::payment::{Channel, Effect, HostEvent, Input, StateName, read_answer};
use gopay_contract::TransactionStatus::{self, *};

#[derive(Clone, Debug)]
pub enum Event {
    /// The merchant replies.
    Server(Reply),
    /// An input that is not from the merchant.
    Elsewhere(Input),
    /// The push stream opens, is alive, or is lost.
    StreamOpened,
    StreamHeartbeat,
    StreamLost,
    StreamRefused,
    /// A push that cannot be read; or a secret in it.
    StreamGarbled(&'static str),
    /// Time passes, and the timer fires whenever it is due.
    Wait(i64),
    /// Time passes until the timer fires.
    UntilWoken,
}

/// An answer with a secret in it.
const LEAK: &str = r#"{"k":"Mid-server-x"}"#;

pub fn events() -> Vec<Event> {
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
    let mut events = Vec::new();
    for status in &statuses {
        events.push(Event::Server(Reply::Charge(status.clone())));
        events.push(Event::Server(Reply::Status(status.clone())));
        events.push(Event::Server(Reply::Pushed(status.clone())));
    }
    events.extend(
        [
            Reply::ChargeUnreachable,
            Reply::ChargeBody(200, "<html>"),
            Reply::ChargeBody(200, r#"{"status_code":"402","status_message":"Payment channel is not activated."}"#),
            Reply::ChargeBody(401, ""),
            Reply::ChargeOtherAmount,
            Reply::ChargeUntrusted,
            Reply::StatusOfAnother(Settlement),
            Reply::StatusOtherAmount(Settlement),
            Reply::StatusChallenged,
            Reply::StatusFraudDenied,
            Reply::StatusUnreachable,
            Reply::StatusBody(200, "<html>"),
            Reply::StatusBody(200, r#"{"status_code":"404","status_message":"Transaction doesn't exist."}"#),
            Reply::StatusBody(403, "<html>"),
            Reply::StatusBody(200, LEAK),
            Reply::CancelRefused,
            Reply::Cancelled,
            Reply::LateSettlement,
        ]
        .map(Event::Server),
    );
    events.extend(
        [
            Input::Started,
            Input::PayPressed,
            Input::RetryPressed,
            Input::RefreshPressed,
            Input::CancelPressed,
            Input::Resumed,
            Input::ReturnedFromApp,
            Input::Hidden,
            Input::LostLeadership,
            Input::BecameLeader,
            Input::PeerChanged,
            Input::WentOffline,
            Input::ChannelChosen(Channel::Deeplink),
            Input::ChannelChosen(Channel::Qr),
            Input::DeeplinkTapped,
            Input::QrLoaded,
            Input::QrFailed,
            Input::TimerFired,
        ]
        .map(Event::Elsewhere),
    );
    events.extend([Event::StreamGarbled("<html>"), Event::StreamGarbled(LEAK)]);
    events.extend([
        Event::StreamOpened,
        Event::StreamHeartbeat,
        Event::StreamLost,
        Event::StreamRefused,
        Event::UntilWoken,
        Event::Wait(1_000),
        Event::Wait(16 * 60_000),
    ]);
    events
}

/// Applies an event, and checks the outcome against contract §3. Returns none where the event cannot happen.
pub fn apply(harness: &Harness, events: &[Event], index: usize) -> Option<Harness> {
    let mut after = harness.clone();
    let before = after.payment.transaction_status().cloned();
    let transaction_before = after.payment.transaction_id().cloned();
    let effects = match &events[index] {
        Event::Server(reply) => after.reply(reply)?,
        Event::Elsewhere(input) => after.step(input.clone()),
        Event::StreamOpened => {
            let stream = after.stream?;
            after.step(Input::StreamOpened(stream))
        }
        Event::StreamHeartbeat => {
            let stream = after.stream?;
            after.step(Input::StreamHeartbeat(stream))
        }
        Event::StreamLost => {
            let stream = after.stream.take()?;
            after.step(Input::StreamLost(stream))
        }
        Event::StreamRefused => {
            let stream = after.stream.take()?;
            after.step(Input::StreamRefused(stream))
        }
        Event::StreamGarbled(body) => {
            let stream = after.stream.take()?;
            let error = read_answer(200, body).expect_err("an error");
            let mut effects = after.step(Input::PushUnreadable(stream, error));
            effects.extend(after.step(Input::StreamLost(stream)));
            effects
        }
        Event::Wait(ms) => after.wait(*ms),
        Event::UntilWoken => {
            let at = after.payment.wakeup(after.now)?;
            after.wait(at.since(after.now).max(0))
        }
    };
    let trail = || {
        let trail: Vec<_> = harness.trail.iter().map(|index| &events[*index]).collect();
        let status = after_status(&effects);
        format!("{:?} after {trail:?}: {before:?} → {status:?}", events[index])
    };
    let same_transaction = transaction_before == after.payment.transaction_id().cloned();
    let status = after.payment.transaction_status().cloned();

    // §3.1: only the server's status changes a payment.
    let is_from_server = matches!(events[index], Event::Server(_));
    assert!(is_from_server || before == status || !same_transaction, "changed without the server: {}", trail());
    // §3.2: paid means paid, and for this order, this transaction, this amount; §3.3: an unknown status counts for nothing.
    if let Event::Server(
        Reply::StatusOfAnother(_)
        | Reply::StatusOtherAmount(_)
        | Reply::StatusChallenged
        | Reply::StatusFraudDenied
        | Reply::LateSettlement
        | Reply::ChargeOtherAmount
        | Reply::ChargeUntrusted
        | Reply::Status(Unknown(_))
        | Reply::Pushed(Unknown(_)),
    ) = &events[index]
    {
        assert!(before == status || status.is_none(), "an unusable status was accepted: {}", trail());
    }
    // §3.4: a final status stays, but for a late settlement and refunds; nothing that fails afterwards takes it back.
    if before.as_ref().is_some_and(TransactionStatus::is_final)
        && is_from_server
        && after.payment.transaction_id().is_none()
    {
        // Nothing but a secret in an answer, where nothing is paid.
        let is_leak = matches!(events[index], Event::Server(Reply::StatusBody(_, LEAK)));
        let is_paid = before.as_ref().is_some_and(TransactionStatus::is_paid);
        assert!(
            transaction_before.is_none() || harness.charge.is_some() || (is_leak && !is_paid),
            "a final status was forgotten: {}",
            trail()
        );
    }
    if let (Some(before), Some(status), true) = (&before, &status, same_transaction) {
        assert!(before.may_become(status) || before == status, "a final status was left: {}", trail());
    }
    // §3.6: at most one charge in flight; `Harness::step` fails on a second one. And none beside a paid transaction.
    if status.as_ref().is_some_and(TransactionStatus::is_paid) {
        assert!(after.charge.is_none() || !same_transaction || before != status, "charges what is paid: {}", trail());
    }
    let screen = after.screen();
    if screen.qr.is_some() || screen.deeplink.is_some() {
        assert_eq!(screen.state, StateName::Pending, "something to pay with on another screen: {}", trail());
        assert!(screen.gross_amount.is_some(), "{}", trail());
    }
    if screen.state == StateName::Settlement {
        assert!(status.as_ref().is_some_and(TransactionStatus::is_paid), "a paid screen without payment: {}", trail());
    }
    after.check_emitted_once(&effects, &trail);
    after.check_one_charge_in_flight(&trail);
    after.check_no_hidden_stream(&trail);
    after.check_wakeup(&trail);
    Some(after)
}

fn after_status(effects: &[Effect]) -> Option<&TransactionStatus> {
    effects.iter().rev().find_map(|effect| match effect {
        Effect::Emit(HostEvent::Status { transaction_status, .. }) => Some(transaction_status),
        Effect::Emit(_)
        | Effect::SendCharge { .. }
        | Effect::PollStatus { .. }
        | Effect::SendCancel { .. }
        | Effect::AbortRequest(_)
        | Effect::OpenStream { .. }
        | Effect::CloseStream
        | Effect::JoinElection
        | Effect::NotifyPeers => None,
    })
}
