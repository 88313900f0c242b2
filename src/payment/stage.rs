//! The stages of a payment, what leads from one to the next, and what all of them share.

use super::charging::Charging;
use super::clock::ServerClock;
use super::device::Channel;
use super::effect::{Effect, HostEvent};
use super::leader_election::Role;
use super::problem::{Problem, ProblemCode};
use super::request::{Attempt, InFlight, RequestId};
use super::response::RequestError;
use super::tracking::Tracking;
use super::{PaymentOptions, backoff::Jitter};
use gopay_contract::{TransactionId, TransactionStatus};
use std::ops::ControlFlow;

/// The stage of a payment: what it waits for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    /// For the payer to press the button.
    Ready,
    /// For the merchant to answer the charge.
    Charging(Charging),
    /// For the transaction to become final; then, for a while, for a late settlement.
    Tracking(Box<Tracking>),
    /// For the payer or the shop to do something about a problem. Nothing goes on by itself.
    Stopped(Stopped),
}

impl Stage {
    /// The charge that is awaited.
    pub(crate) const fn charging(&self) -> Option<&Charging> {
        match self {
            Self::Charging(charging) => Some(charging),
            Self::Ready | Self::Tracking(_) | Self::Stopped(_) => None,
        }
    }

    /// The transaction that is tracked now.
    pub(crate) fn tracking(&self) -> Option<&Tracking> {
        match self {
            Self::Tracking(tracking) => Some(tracking),
            Self::Ready | Self::Charging(_) | Self::Stopped(_) => None,
        }
    }

    /// The tracked transaction, mutably.
    pub(crate) fn tracking_mut(&mut self) -> Option<&mut Tracking> {
        match self {
            Self::Tracking(tracking) => Some(tracking),
            Self::Ready | Self::Charging(_) | Self::Stopped(_) => None,
        }
    }

    /// The transaction that is tracked, or was until a status named another one.
    pub(crate) fn tracking_or_superseded(&self) -> Option<&Tracking> {
        match self {
            Self::Tracking(tracking) => Some(tracking),
            Self::Charging(charging) => charging.superseded(),
            Self::Ready | Self::Stopped(_) => None,
        }
    }
}

/// A payment that cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stopped {
    pub(crate) problem: Problem,
    /// The ended transaction that the charge was to replace, for the next try.
    pub(crate) retry_of: Option<TransactionId>,
}

/// End of a stage, and the next one.
#[derive(Debug)]
pub(crate) enum Transition {
    /// A problem that stops the payment.
    Stop(Problem),
    /// The charge was answered with this transaction.
    Track(Box<Tracking>),
    /// A new attempt at a charge; where the last one ended unpaid, it names that transaction.
    Charge { retry_of: Option<TransactionId> },
    /// A status named another transaction than the tracked one: the charge is requested again to learn which one counts.
    Recharge,
}

/// Result of handling an input. A [`Transition`] ends the stage and the handling.
pub(crate) type Flow = ControlFlow<Transition>;

/// The stage goes on.
pub(crate) const STAY: Flow = ControlFlow::Continue(());

/// Context that all stages share: the options, the state of the page, the server's clock, and the effects of the current step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Context {
    pub(crate) options: PaymentOptions,
    /// The way to pay that the payer chose last.
    pub(crate) channel: Channel,
    pub(crate) role: Role,
    /// True if the page is hidden.
    pub(crate) is_hidden: bool,
    /// True if the browser has no network.
    pub(crate) is_offline: bool,
    /// The page's URL says that the payer comes from the app, and nothing has been polled since.
    pub(crate) has_returned: bool,
    pub(crate) server_clock: Option<ServerClock>,
    pub(crate) jitter: Jitter,
    pub(crate) last_request: RequestId,
    pub(crate) last_attempt: Attempt,
    /// Final statuses that were emitted: each is emitted once.
    pub(crate) emitted_final: Vec<(TransactionId, TransactionStatus)>,
    pub(crate) effects: Vec<Effect>,
}

impl Context {
    /// The context of a payment that has not begun.
    pub(crate) const fn new(options: PaymentOptions) -> Self {
        Self {
            channel: options.channel,
            jitter: Jitter::new(options.seed),
            options,
            role: Role::Leader,
            is_hidden: false,
            is_offline: false,
            has_returned: false,
            server_clock: None,
            last_request: RequestId(0),
            last_attempt: Attempt(0),
            emitted_final: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// A new request id.
    pub(crate) fn next_request(&mut self) -> RequestId {
        self.last_request.0 += 1;
        self.last_request
    }

    /// A new attempt at a charge.
    pub(crate) fn next_attempt(&mut self) -> Attempt {
        self.last_attempt.0 += 1;
        self.last_attempt
    }

    /// Emits a host event.
    pub(crate) fn emit(&mut self, event: HostEvent) {
        self.effects.push(Effect::Emit(event));
    }

    /// Shows another way to pay. Returns whether it is another one.
    pub(crate) fn choose(&mut self, channel: Channel) -> bool {
        let is_other = self.channel != channel;
        if is_other {
            self.channel = channel;
            self.emit(HostEvent::Channel(channel));
        }
        is_other
    }

    /// Abandons a request, if there is one.
    pub(crate) fn abort(&mut self, request: Option<RequestId>) {
        self.effects.extend(request.map(Effect::AbortRequest));
    }

    /// Abandons the request in `slot`, if there is one.
    pub(crate) fn abort_in_flight(&mut self, slot: &mut Option<InFlight>) {
        self.abort(slot.take().map(|flight| flight.request));
    }

    /// Shows `problem` while the payment goes on; emits it unless the same code is shown already.
    pub(crate) fn show_problem(&mut self, shown: &mut Option<Problem>, problem: Problem) {
        let is_new = shown.as_ref().is_none_or(|before| before.code != problem.code);
        *shown = Some(problem.clone());
        if is_new {
            self.emit(HostEvent::Problem(problem));
        }
    }

    /// The problem of a request without an answer. Without a network nothing is wrong with the merchant.
    pub(crate) fn problem_of(&self, error: RequestError) -> Problem {
        if self.is_offline { offline() } else { error.problem }
    }
}

/// The browser has no network.
pub(crate) fn offline() -> Problem {
    Problem::new(ProblemCode::Offline, "the browser has no network; going on when it is back")
}
