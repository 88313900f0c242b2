//! Asking for the status, and cancelling: one request of each kind at a time, each with a time limit.

use super::Payment;
use super::charging::offline;
use super::clock::Moment;
use super::effect::Effect;
use super::heard::{Heard, Trouble};
use super::input::RequestId;
use super::pace::{self, Pace};
use super::problem::ProblemCode;
use super::stage::{InFlight, Stage};
use gopay_contract::StatusCode;

/// Midtrans' "transaction status cannot be updated".
const CANNOT_MODIFY: StatusCode = StatusCode(412);

impl Payment {
    /// Asks now, unless an answer is already on its way.
    pub(super) fn ask(&mut self, now: Moment) {
        let request = self.next_request();
        let Stage::Following(following) = &mut self.stage else { return };
        if following.asked.is_some() {
            return;
        }
        following.ask_at = None;
        following.asked = Some(InFlight::new(request, now, pace::STATUS_TIME_LIMIT));
        if following.may_still_settle() {
            following.asked_after_end += 1;
        }
        let transaction_id = following.charge.transaction_id.clone();
        self.effects.push(Effect::AskStatus { request, transaction_id });
    }

    /// After an answer, a push, or a change: what is watched, and when to ask next.
    pub(super) fn follow_on(&mut self, now: Moment) {
        let Stage::Following(following) = &mut self.stage else { return };
        if following.is_open() {
            let pace = Pace {
                watched_for: now.since(following.watched_since),
                since_return: following.since_return,
                led: self.follows,
                pushed: following.watch.is_live(),
                hidden: self.hidden || self.offline,
            };
            following.ask_at = Some(now.after(self.jitter.around(pace.pause())));
            self.keep_watching(now);
        } else {
            following.notice = None;
            following.returned = false;
            following.ask_at = if following.may_still_settle() {
                pace::after_the_end(following.asked_after_end).map(|pause| now.after(self.jitter.around(pause)))
            } else {
                None
            };
            if let Some(flight) = following.cancelling.take() {
                self.effects.push(Effect::Abandon(flight.request));
            }
            self.stop_watching();
        }
    }

    pub(super) fn status_answered(&mut self, now: Moment, request: RequestId, result: Result<Heard, Trouble>) {
        match &mut self.stage {
            Stage::Following(following) if following.asked.is_some_and(|flight| flight.request == request) => {
                following.asked = None;
            }
            Stage::Ready | Stage::Charging(_) | Stage::Following(_) | Stage::Stopped(_) => return,
        }
        match result {
            Ok(heard) => self.heard_status(now, &heard),
            Err(trouble) => self.status_failed(now, trouble),
        }
        if let Stage::Following(following) = &mut self.stage {
            following.since_return = following.since_return.map(|asked| asked + 1).filter(|asked| *asked < 3);
            following.unpaid &= following.since_return.is_some();
        }
    }

    pub(super) fn status_failed(&mut self, now: Moment, trouble: Trouble) {
        let Stage::Following(following) = &mut self.stage else { return };
        if !following.is_open() {
            // Asked for the late truth, and nobody told it. What was told stays.
            following.failures += 1;
            return self.follow_on(now);
        }
        match trouble.problem.code {
            // The door is shut, or a secret lies open: asking again helps nobody.
            ProblemCode::MerchantRefused | ProblemCode::ServerKey | ProblemCode::Internal | ProblemCode::Config => {
                self.stop(trouble.problem);
            }
            ProblemCode::MerchantUnreachable | ProblemCode::Offline => {
                following.failures += 1;
                let wait = pace::wait_after(following.failures, trouble.retry_after_ms);
                following.ask_at = Some(now.after(self.jitter.no_sooner(wait)));
                let problem = if self.offline { offline() } else { trouble.problem };
                self.notice(problem);
            }
            ProblemCode::BadAnswer
            | ProblemCode::AmountMismatch
            | ProblemCode::UntrustedUrl
            | ProblemCode::ChargeRejected
            | ProblemCode::QrImage => {
                // A body like 404 "Transaction doesn't exist." is a rejection of no charge: an unusable status.
                let problem = trouble.problem.with_code(ProblemCode::BadAnswer);
                self.status_unusable(now, problem);
            }
        }
    }

    /// "Saya sudah bayar", `refresh()`: ask now, whatever the pace says.
    pub(super) fn refresh(&mut self, now: Moment) {
        match &mut self.stage {
            Stage::Following(following) => {
                following.watched_since = now;
                following.since_return = Some(0);
                following.returned = following.is_open();
                self.ask(now);
            }
            Stage::Charging(charging) if charging.in_flight.is_none() => self.send_charge(now),
            Stage::Ready | Stage::Charging(_) | Stage::Stopped(_) => {}
        }
    }

    /// "Batalkan pembayaran". A payment may win the race: the answer tells.
    pub(super) fn cancel(&mut self, now: Moment) {
        let request = self.next_request();
        let can_cancel = self.plan.can_cancel;
        let Stage::Following(following) = &mut self.stage else { return };
        if !can_cancel || !following.is_open() || following.cancelling.is_some() {
            return;
        }
        following.cancelling = Some(InFlight::new(request, now, pace::CANCEL_TIME_LIMIT));
        let transaction_id = following.charge.transaction_id.clone();
        self.effects.push(Effect::SendCancel { request, transaction_id });
    }

    pub(super) fn cancel_answered(&mut self, now: Moment, request: RequestId, result: Result<Heard, Trouble>) {
        match &mut self.stage {
            Stage::Following(following) if following.cancelling.is_some_and(|flight| flight.request == request) => {
                following.cancelling = None;
            }
            Stage::Ready | Stage::Charging(_) | Stage::Following(_) | Stage::Stopped(_) => return,
        }
        match result {
            Ok(heard) => self.heard_status(now, &heard),
            Err(trouble) => self.cancel_failed(now, trouble),
        }
    }

    /// 412, a time-out, anything: it may have been cancelled or paid. Say so, ask, then show the truth.
    pub(super) fn cancel_failed(&mut self, now: Moment, trouble: Trouble) {
        let problem = match trouble.problem.code {
            // Whoever shows a secret to payers is asked nothing more.
            ProblemCode::ServerKey => return self.stop(trouble.problem),
            // Midtrans' own "it can no longer be cancelled" is no trouble: the truth will say why.
            ProblemCode::ChargeRejected if trouble.problem.midtrans_status_code == Some(CANNOT_MODIFY) => {
                return self.ask(now);
            }
            // No charge was rejected.
            ProblemCode::ChargeRejected => trouble.problem.with_code(ProblemCode::BadAnswer),
            ProblemCode::MerchantUnreachable if self.offline => offline(),
            ProblemCode::Config
            | ProblemCode::Offline
            | ProblemCode::MerchantUnreachable
            | ProblemCode::MerchantRefused
            | ProblemCode::BadAnswer
            | ProblemCode::AmountMismatch
            | ProblemCode::UntrustedUrl
            | ProblemCode::QrImage
            | ProblemCode::Internal => trouble.problem,
        };
        self.notice(problem);
        self.ask(now);
    }

    /// Nobody looks: nothing has to be known soon.
    pub(super) fn hide(&mut self) {
        self.hidden = true;
        if let Some(following) = self.following_mut() {
            following.since_return = None;
        }
        self.app_is_forgotten();
    }

    /// The payer looks at the page again, or the network is back.
    pub(super) fn came_back(&mut self, now: Moment) {
        self.hidden = false;
        self.offline = false;
        match &mut self.stage {
            Stage::Charging(charging) if charging.in_flight.is_none() => self.send_charge(now),
            Stage::Following(following) if following.is_open() || following.may_still_settle() => {
                following.watched_since = now;
                following.returned |= following.tapped && following.is_open();
                following.tapped = false;
                following.failures = 0;
                following.since_return = Some(0);
                following.watch_refused = false;
                self.reopen_watch(now);
                self.ask(now);
            }
            Stage::Ready | Stage::Charging(_) | Stage::Following(_) | Stage::Stopped(_) => {}
        }
    }

    /// The payer came back from the app on `callback_url`: begin if nothing has begun (the button was pressed before
    /// the page was left), and look as if checking until the server has spoken.
    pub(super) fn returned_from_app(&mut self, now: Moment) {
        match &mut self.stage {
            Stage::Ready => self.begin(now),
            Stage::Following(following) => {
                following.tapped = true;
                self.came_back(now);
            }
            Stage::Charging(_) | Stage::Stopped(_) => self.came_back(now),
        }
    }

    pub(super) fn went_offline(&mut self) {
        self.offline = true;
        match &mut self.stage {
            Stage::Following(following) if following.is_open() => self.notice(offline()),
            Stage::Ready | Stage::Charging(_) | Stage::Following(_) | Stage::Stopped(_) => {}
        }
    }
}
