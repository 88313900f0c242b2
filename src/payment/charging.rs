//! From pressing the button to a transaction: one charge at a time, whatever is pressed.

use super::Payment;
use super::charge::Charge;
use super::clock::{Moment, ServerClock};
use super::effect::{Effect, News};
use super::heard::{Heard, Trouble};
use super::input::RequestId;
use super::pace;
use super::problem::{Problem, ProblemCode};
use super::stage::{Charging, Following, InFlight, Stage};
use gopay_contract::TransactionId;

/// A transaction made this much before our request left is an older one: the charge was resumed. `transaction_time`
/// and `Date` have whole seconds, and two servers' clocks differ a little.
const RESUMED_TOLERANCE_MS: i64 = 3_000;

impl Payment {
    /// The first charge. Only from `Ready`: a second press sends no second charge.
    pub(super) fn begin(&mut self, now: Moment) {
        match &self.stage {
            Stage::Ready => self.new_attempt(now, None, None),
            Stage::Charging(_) | Stage::Following(_) | Stage::Stopped(_) => {}
        }
    }

    /// "Coba lagi": at once instead of later, or a new attempt where the last one ended unpaid.
    pub(super) fn retry(&mut self, now: Moment) {
        match &self.stage {
            Stage::Charging(charging) => match charging.in_flight {
                None => self.send_charge(now),
                // It is out, and the payer was told that nothing comes. The repeat carries the same Idempotency-Key, so
                // that it is the same charge.
                Some(flight) if charging.notice.is_some() && flight.is_older_than(now, pace::CHARGE_RESENT_AFTER) => {
                    self.effects.push(Effect::Abandon(flight.request));
                    self.send_charge(now);
                }
                Some(_) => {}
            },
            Stage::Following(following) if following.may_be_retried() => {
                let retry_of = following.charge.transaction_id.clone();
                self.new_attempt(now, Some(retry_of), None);
            }
            Stage::Following(_) => self.refresh(now),
            Stage::Stopped(stopped) if stopped.problem.is_retryable() => {
                let retry_of = stopped.retry_of.clone();
                self.new_attempt(now, retry_of, None);
            }
            Stage::Ready | Stage::Stopped(_) => {}
        }
    }

    /// A charge with a new `Idempotency-Key`; whatever the stage had out is abandoned.
    pub(super) fn new_attempt(
        &mut self,
        now: Moment,
        retry_of: Option<TransactionId>,
        superseded: Option<Box<Following>>,
    ) {
        self.abandon_all();
        self.attempt.0 += 1;
        self.stage = Stage::Charging(Charging {
            in_flight: None,
            begun: now,
            retry_at: None,
            failures: 0,
            notice: None,
            retry_of,
            superseded,
        });
        self.send_charge(now);
    }

    pub(super) fn send_charge(&mut self, now: Moment) {
        let request = self.next_request();
        let attempt = self.attempt;
        if let Stage::Charging(charging) = &mut self.stage {
            charging.in_flight = Some(InFlight::new(request, now, pace::CHARGE_TIME_LIMIT));
            charging.retry_at = None;
            let retry_of = charging.retry_of.clone();
            self.effects.push(Effect::SendCharge { request, attempt, retry_of });
        }
    }

    pub(super) fn charge_answered(&mut self, now: Moment, request: RequestId, result: Result<Heard, Trouble>) {
        match &mut self.stage {
            Stage::Charging(charging) if charging.in_flight.is_some_and(|flight| flight.request == request) => {
                charging.in_flight = None;
            }
            // The answer to an abandoned request: whoever asked is not waiting any more.
            Stage::Ready | Stage::Charging(_) | Stage::Following(_) | Stage::Stopped(_) => return,
        }
        match result {
            Ok(heard) => self.charge_heard(now, &heard),
            Err(trouble) => self.charge_failed(now, trouble),
        }
    }

    fn charge_heard(&mut self, now: Moment, heard: &Heard) {
        let (charge, status) = match Charge::read(&heard.answer, &self.plan.terms) {
            Ok(read) => read,
            Err(problem) => return self.stop(problem),
        };
        let Stage::Charging(charging) = &mut self.stage else { return };
        let (begun, superseded) = (charging.begun, charging.superseded.take());
        self.offline = false;
        self.server = ServerClock::corrected(self.server, heard.server_now, now);
        if let Some(followed) = superseded
            && followed.charge.transaction_id == charge.transaction_id
        {
            // A status named a newer transaction, the charge does not know of one. Believe the charge.
            let contradictions = followed.contradictions + 1;
            self.stage = Stage::Following(followed);
            self.heard_status(now, heard);
            if let Some(following) = self.following_mut() {
                following.contradictions = contradictions;
            }
            return;
        }
        let made = self.server.zip(charge.transaction_time).map(|(server, time)| server.on_page(time));
        let resumed = made.is_some_and(|made| begun.since(made) > RESUMED_TOLERANCE_MS);
        let mut following = Following::new(charge, gopay_contract::TransactionStatus::Pending, now);
        following.since_return = resumed.then_some(0);
        if !status.is_final() {
            let charge = &following.charge;
            self.effects.push(Effect::Tell(News::Charge {
                transaction_id: charge.transaction_id.clone(),
                gross_amount: charge.gross_amount,
                expiry_time: charge.expiry_time,
                channel: self.channel,
                resumed,
            }));
        }
        self.stage = Stage::Following(Box::new(following));
        self.first_status(now, status, heard.answer.fraud_status.as_ref());
    }

    fn charge_failed(&mut self, now: Moment, trouble: Trouble) {
        match trouble.problem.code {
            ProblemCode::MerchantUnreachable | ProblemCode::Offline => self.charge_delayed(now, trouble),
            ProblemCode::Config
            | ProblemCode::MerchantRefused
            | ProblemCode::BadAnswer
            | ProblemCode::AmountMismatch
            | ProblemCode::UntrustedUrl
            | ProblemCode::ChargeRejected
            | ProblemCode::QrImage
            | ProblemCode::ServerKey
            | ProblemCode::Internal => self.stop(trouble.problem),
        }
    }

    /// The merchant cannot be reached just now: say so and try again by ourselves, with the same `Idempotency-Key`.
    pub(super) fn charge_delayed(&mut self, now: Moment, trouble: Trouble) {
        let problem = if self.offline { offline() } else { trouble.problem };
        let Stage::Charging(charging) = &mut self.stage else { return };
        charging.failures += 1;
        let wait = pace::wait_after(charging.failures, trouble.retry_after_ms);
        charging.retry_at = Some(now.after(self.jitter.no_sooner(wait)));
        self.charge_notice(problem);
    }

    /// Nothing has come yet. The request stays out: the merchant may be about to answer.
    pub(super) fn charge_seems_lost(&mut self) {
        let problem = if self.offline {
            offline()
        } else {
            Problem::new(ProblemCode::MerchantUnreachable, "the charge was not answered within 10 s; still waiting")
        };
        self.charge_notice(problem);
    }

    fn charge_notice(&mut self, problem: Problem) {
        let Stage::Charging(charging) = &mut self.stage else { return };
        let news = charging.notice.as_ref().is_none_or(|notice| notice.code != problem.code);
        charging.notice = Some(problem.clone());
        if news {
            self.tell(News::Problem(problem));
        }
    }
}

pub(super) fn offline() -> Problem {
    Problem::new(ProblemCode::Offline, "the browser has no network; going on when it is back")
}
