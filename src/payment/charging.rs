//! Charging: one attempt at a charge, its repeats with the same idempotency key, and the answer that ends it.

use super::backoff::backoff_delay;
use super::canonical::bucket;
use super::charge::Charge;
use super::clock::{Moment, ServerClock};
use super::effect::{Effect, HostEvent};
use super::problem::{Problem, ProblemCode};
use super::request::{Attempt, InFlight, RequestId};
use super::response::{RequestError, ServerResponse};
use super::stage::{Context, Flow, STAY, Transition};
use super::tracking::Tracking;
use gopay_contract::TransactionId;
use std::ops::ControlFlow::Break;

/// Time limit of a charge: the merchant may try Midtrans twice, fifteen seconds each.
const TIMEOUT: i64 = 40_000;
/// After this long without an answer the payer is told that the merchant has not answered yet.
const SLOW_AFTER: i64 = 10_000;
/// "Coba lagi" aborts a charge in flight and sends it again, but not more often than this.
const RESEND_AFTER: i64 = 3_000;
/// A transaction made this long before our request was sent is an older one: the charge was resumed. `transaction_time`
/// and `Date` have whole seconds, and two servers' clocks differ a little.
const RESUMED_TOLERANCE: i64 = 3_000;

/// An attempt at a charge that has no usable answer yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Charging {
    attempt: Attempt,
    state: ChargeState,
    /// Time at which this attempt was first sent.
    started_at: Moment,
    /// Failures in a row.
    failures: u32,
    /// Problem that delays the answer.
    notice: Option<Problem>,
    /// The ended transaction that this attempt replaces.
    retry_of: Option<TransactionId>,
    /// The transaction that was tracked until a status named another one.
    superseded: Option<Box<Tracking>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum ChargeState {
    /// The request has no answer yet.
    InFlight(InFlight),
    /// It failed; to be sent again.
    Waiting { retry_at: Moment },
}

impl Charging {
    /// Sends the first request of an attempt.
    pub(crate) fn start(
        now: Moment,
        context: &mut Context,
        retry_of: Option<TransactionId>,
        superseded: Option<Box<Tracking>>,
    ) -> Self {
        let attempt = context.next_attempt();
        let state = send(now, context, attempt, retry_of.clone());
        Self { attempt, state, started_at: now, failures: 0, notice: None, retry_of, superseded }
    }

    fn resend(&mut self, now: Moment, context: &mut Context) {
        self.state = send(now, context, self.attempt, self.retry_of.clone());
    }

    /// Sends the charge now if it waits to be sent again.
    pub(crate) fn send_waiting(&mut self, now: Moment, context: &mut Context) {
        match self.state {
            ChargeState::Waiting { .. } => self.resend(now, context),
            ChargeState::InFlight(_) => {}
        }
    }

    /// "Coba lagi": sends it now instead of later. A request in flight is aborted where the payer was told that no answer
    /// comes; the same `Idempotency-Key` makes it the same charge.
    pub(crate) fn on_retry(&mut self, now: Moment, context: &mut Context) {
        match self.state {
            ChargeState::Waiting { .. } => self.resend(now, context),
            ChargeState::InFlight(flight) => {
                if self.notice.is_some() && flight.age(now) >= RESEND_AFTER {
                    context.abort(Some(flight.request));
                    self.resend(now, context);
                }
            }
        }
    }

    const fn in_flight(&self) -> Option<InFlight> {
        match self.state {
            ChargeState::InFlight(flight) => Some(flight),
            ChargeState::Waiting { .. } => None,
        }
    }

    /// The charge was answered. The answer to an abandoned request changes nothing.
    pub(crate) fn on_answered(
        &mut self,
        now: Moment,
        context: &mut Context,
        request: RequestId,
        result: Result<ServerResponse, RequestError>,
    ) -> Flow {
        if self.in_flight().is_none_or(|flight| flight.request != request) {
            return STAY;
        }
        match result {
            Ok(response) => self.on_response(now, context, &response),
            Err(error) => self.on_error(now, context, error),
        }
    }

    fn on_response(&mut self, now: Moment, context: &mut Context, response: &ServerResponse) -> Flow {
        let (charge, status) = match Charge::read(&response.answer, &context.options.expected) {
            Ok(read) => read,
            Err(problem) => return Break(Transition::Stop(problem)),
        };
        context.is_offline = false;
        context.server_clock = ServerClock::corrected(context.server_clock, response.server_now, now);
        if let Some(mut tracking) = self.superseded.take()
            && tracking.charge.transaction_id == charge.transaction_id
        {
            // A status named a newer transaction, and the charge does not know of one: the charge counts.
            tracking.on_contradiction(now, context, response)?;
            return Break(Transition::Track(tracking));
        }
        let made_at = context.server_clock.zip(charge.transaction_time).map(|(server, time)| server.on_page(time));
        let resumed = made_at.is_some_and(|made_at| self.started_at.since(made_at) > RESUMED_TOLERANCE);
        if !status.is_final() {
            context.emit(HostEvent::Charge {
                transaction_id: charge.transaction_id.clone(),
                gross_amount: charge.gross_amount,
                expiry_time: charge.expiry_time,
                channel: context.channel.among(!charge.qr_codes.is_empty(), charge.deeplink.is_some()),
                resumed,
            });
        }
        let fraud = response.answer.fraud_status.as_ref();
        let tracking = Tracking::start(now, context, charge, resumed, status, fraud);
        Break(Transition::Track(Box::new(tracking)))
    }

    /// The charge failed: tries again by itself, with the same `Idempotency-Key`, where the merchant cannot be reached.
    fn on_error(&mut self, now: Moment, context: &mut Context, error: RequestError) -> Flow {
        match error.problem.code {
            ProblemCode::MerchantUnreachable | ProblemCode::Offline => {
                self.failures += 1;
                let delay = context.jitter.no_sooner(backoff_delay(self.failures, error.retry_after_ms));
                self.state = ChargeState::Waiting { retry_at: now.after(delay) };
                let problem = context.problem_of(error);
                context.show_problem(&mut self.notice, problem);
                STAY
            }
            ProblemCode::Config
            | ProblemCode::MerchantRefused
            | ProblemCode::BadAnswer
            | ProblemCode::AmountMismatch
            | ProblemCode::UntrustedUrl
            | ProblemCode::ChargeRejected
            | ProblemCode::QrImage
            | ProblemCode::ServerKey
            | ProblemCode::Internal => Break(Transition::Stop(error.problem)),
        }
    }

    /// The request in flight took too long.
    pub(crate) fn on_timeout(&mut self, now: Moment, context: &mut Context) -> Flow {
        context.abort(self.in_flight().map(|flight| flight.request));
        self.on_error(now, context, RequestError::no_answer("the charge was not answered within 40 s"))
    }

    /// No answer has come yet. The request stays in flight: the merchant may be about to answer.
    pub(crate) fn on_slow(&mut self, context: &mut Context) {
        let slow = RequestError::no_answer("the charge was not answered within 10 s; still waiting");
        let problem = context.problem_of(slow);
        context.show_problem(&mut self.notice, problem);
    }

    /// The transaction that the attempt was to replace.
    pub(crate) const fn retry_of(&self) -> Option<&TransactionId> {
        self.retry_of.as_ref()
    }

    /// When to abandon the request in flight.
    pub(crate) fn timeout(&self) -> Option<Moment> {
        self.in_flight().map(InFlight::deadline)
    }

    /// When to send the charge again.
    pub(crate) const fn retry_at(&self) -> Option<Moment> {
        match self.state {
            ChargeState::Waiting { retry_at } => Some(retry_at),
            ChargeState::InFlight(_) => None,
        }
    }

    /// When to tell the payer that no answer has come yet.
    pub(crate) fn slow_at(&self) -> Option<Moment> {
        self.notice.is_none().then(|| self.started_at.after(SLOW_AFTER))
    }

    /// Problem to show meanwhile.
    pub(crate) const fn notice(&self) -> Option<&Problem> {
        self.notice.as_ref()
    }

    /// The transaction that was tracked until a status named another one.
    pub(crate) fn superseded(&self) -> Option<&Tracking> {
        self.superseded.as_deref()
    }

    /// Replaces ids and times by placeholders, and caps the number of failures.
    pub(super) fn normalise(&mut self, now: Moment) {
        self.attempt = Attempt(0);
        self.started_at = bucket(self.started_at.after(SLOW_AFTER), now);
        self.failures = self.failures.min(7);
        match &mut self.state {
            ChargeState::InFlight(flight) => flight.normalise(now, RESEND_AFTER),
            ChargeState::Waiting { retry_at } => *retry_at = bucket(*retry_at, now),
        }
        if let Some(tracking) = &mut self.superseded {
            tracking.normalise(now);
        }
    }
}

fn send(now: Moment, context: &mut Context, attempt: Attempt, retry_of: Option<TransactionId>) -> ChargeState {
    let request = context.next_request();
    context.effects.push(Effect::SendCharge { request, attempt, retry_of });
    ChargeState::InFlight(InFlight::new(request, now, TIMEOUT))
}
