//! Tracking one transaction until its status is final, and a while longer in case that it settles late.
//!
//! Each concern is a field with a type of its own: what it knows, what it does about an input, when it wants to be
//! woken. `Tracking` connects them.

use super::app_handoff::AppHandoff;
use super::charge::Charge;
use super::clock::{Moment, ServerClock};
use super::countdown::{Countdown, seconds_left};
use super::device::Channel;
use super::effect::{Effect, HostEvent};
use super::poller::{PollContext, Poller};
use super::problem::{Problem, ProblemCode};
use super::push_stream::PushStream;
use super::qr_image::QrImage;
use super::request::{InFlight, RequestId, take_answered};
use super::response::{RequestError, ServerResponse};
use super::stage::{Context, Flow, STAY, Transition, offline};
use super::status_rules::{
    StatusChange, StatusCheck, check_status, is_in_review, may_be_retried, may_still_settle, status_change,
};
use super::trust::TrustedUrl;
use gopay_contract::{FraudStatus, StatusCode, TransactionStatus};
use std::ops::ControlFlow::Break;

/// Time limit of a cancel.
const CANCEL_TIMEOUT: i64 = 30_000;
/// Midtrans' "transaction status cannot be updated".
const CANNOT_MODIFY: StatusCode = StatusCode(412);
/// Maximum of charge requests because a status names another transaction. After that the status counts as wrong.
const MOST_CONTRADICTIONS: u32 = 2;

/// A transaction that is tracked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Tracking {
    pub(crate) charge: Charge,
    /// The last status that was accepted.
    pub(crate) status: TransactionStatus,
    /// The server says `settlement`, but `fraud_status` does not accept it yet.
    in_review: bool,
    /// Times that a status named another transaction and the merchant's charge did not agree.
    contradictions: u32,
    /// Problem to show while the payment goes on.
    pub(crate) notice: Option<Problem>,
    pub(crate) poller: Poller,
    pub(crate) push_stream: PushStream,
    /// The cancel without an answer yet.
    pub(crate) cancel: Option<InFlight>,
    countdown: Countdown,
    pub(crate) app_handoff: AppHandoff,
    pub(crate) qr_image: QrImage,
}

impl Tracking {
    /// Begins with the status that came with the charge itself.
    pub(crate) fn start(
        now: Moment,
        context: &mut Context,
        charge: Charge,
        is_resumed: bool,
        status: TransactionStatus,
        fraud: Option<&FraudStatus>,
    ) -> Self {
        let in_review = is_in_review(&status, fraud);
        let has_returned = std::mem::take(&mut context.has_returned);
        let mut tracking = Self {
            charge,
            status: if in_review { TransactionStatus::Pending } else { status },
            in_review,
            contradictions: 0,
            notice: None,
            poller: Poller::new(now, is_resumed),
            push_stream: PushStream::OFF,
            cancel: None,
            countdown: Countdown::Running,
            app_handoff: if has_returned { AppHandoff::still_pending(now) } else { AppHandoff::NONE },
            qr_image: QrImage::FIRST,
        };
        tracking.emit_status(context, None);
        tracking.schedule(now, context);
        tracking
    }

    // Properties.

    /// Returns whether the status is not final yet.
    pub(crate) fn is_open(&self) -> bool {
        !self.status.is_final()
    }

    /// Returns whether a new attempt may replace it.
    pub(crate) fn may_be_retried(&self) -> bool {
        may_be_retried(&self.status)
    }

    fn may_still_change(&self) -> bool {
        self.is_open() || may_still_settle(&self.status)
    }

    /// Returns whether a cancel has no answer yet.
    pub(crate) const fn is_cancelling(&self) -> bool {
        self.cancel.is_some()
    }

    /// When, on the page's clock, the transaction can no longer be paid.
    pub(crate) fn expires_at(&self, server: Option<ServerClock>) -> Option<Moment> {
        Some(server?.on_page(self.charge.expiry_time?))
    }

    /// Seconds that are left to pay.
    pub(crate) fn seconds_left(&self, now: Moment, server: Option<ServerClock>) -> Option<i64> {
        seconds_left(self.expires_at(server).filter(|_| self.is_open())?, now)
    }

    /// Returns whether the payer waits to be told how an open payment ended.
    pub(crate) fn is_checking(&self, now: Moment, context: &Context) -> bool {
        self.app_handoff.is_checking() || self.may_have_ended(now, context)
    }

    /// Returns whether there is more reason for a check than that the payer came back.
    pub(crate) fn may_have_ended(&self, now: Moment, context: &Context) -> bool {
        self.expires_at(context.server_clock).is_some_and(|expires_at| now >= expires_at)
            || self.in_review
            || self.is_cancelling()
    }

    /// The QR image to offer, and how often it was loaded again.
    pub(crate) fn qr(&self) -> Option<(&TrustedUrl, u32)> {
        self.qr_image.current(&self.charge.qr_codes)
    }

    /// The way to pay that is shown: the chosen one, or the only one that is left.
    pub(crate) fn channel(&self, chosen: Channel) -> Channel {
        chosen.among(self.qr().is_some(), self.charge.deeplink.is_some())
    }

    // Statuses.

    /// A status was polled, pushed, or answered to a cancel.
    fn on_status(&mut self, now: Moment, context: &mut Context, response: &ServerResponse) -> Flow {
        let shop_order = &context.options.expected.order_id;
        match check_status(&response.answer, &self.charge, shop_order) {
            StatusCheck::Accepted(status) => {
                self.poller.reset_failures();
                self.app_handoff.on_status(now);
                self.contradictions = 0;
                self.notice = self.notice.take().filter(|notice| notice.code == ProblemCode::QrImage);
                self.charge.settlement_time = response.answer.settlement_time.or(self.charge.settlement_time);
                context.is_offline = false;
                if let (Some(clock), Some(server_now)) = (context.server_clock, response.server_now) {
                    self.poller.on_cached(clock.is_stale(server_now, now));
                }
                context.server_clock = ServerClock::corrected(context.server_clock, response.server_now, now);
                self.accept(context, status, response.answer.fraud_status.as_ref());
                self.schedule(now, context);
                STAY
            }
            // A new attempt may have followed one that ended unpaid. Nothing else takes a final screen away.
            StatusCheck::AnotherTransaction
                if (self.is_open() || self.may_be_retried()) && self.contradictions < MOST_CONTRADICTIONS =>
            {
                Break(Transition::Recharge)
            }
            StatusCheck::AnotherTransaction | StatusCheck::Rejected(_) if !self.is_open() => {
                self.schedule(now, context);
                STAY
            }
            StatusCheck::AnotherTransaction => {
                let message = "the status names another transaction_id than the charge does, again and again";
                self.on_unusable_status(now, context, Problem::new(ProblemCode::BadAnswer, message));
                STAY
            }
            // Another amount than was promised: nothing that this page shows may be paid.
            StatusCheck::Rejected(problem) if problem.code == ProblemCode::AmountMismatch => {
                Break(Transition::Stop(problem))
            }
            StatusCheck::Rejected(problem) => {
                self.on_unusable_status(now, context, problem);
                STAY
            }
        }
    }

    /// The charge was answered with this transaction although a status had named another one.
    pub(crate) fn on_contradiction(&mut self, now: Moment, context: &mut Context, charge: &ServerResponse) -> Flow {
        let contradictions = self.contradictions + 1;
        self.on_status(now, context, charge)?;
        self.contradictions = contradictions;
        STAY
    }

    fn accept(&mut self, context: &mut Context, status: TransactionStatus, fraud: Option<&FraudStatus>) {
        match status_change(&self.status, &status, fraud) {
            StatusChange::InReview => self.in_review = self.is_open(),
            StatusChange::None => self.in_review = false,
            StatusChange::New => {
                self.in_review = false;
                let previous = std::mem::replace(&mut self.status, status);
                self.poller.on_status_changed();
                context.effects.push(Effect::NotifyPeers);
                self.emit_status(context, Some(previous));
            }
        }
    }

    fn emit_status(&self, context: &mut Context, previous: Option<TransactionStatus>) {
        let transaction_id = self.charge.transaction_id.clone();
        let transaction_status = self.status.clone();
        let final_status = (transaction_id.clone(), transaction_status.clone());
        context.emit(HostEvent::Status {
            transaction_id: transaction_id.clone(),
            transaction_status: transaction_status.clone(),
            previous: previous.clone(),
        });
        if self.status.is_final() && !context.emitted_final.contains(&final_status) {
            context.emitted_final.push(final_status);
            let gross_amount = self.charge.gross_amount;
            context.emit(HostEvent::Ended { transaction_id, transaction_status, previous, gross_amount });
        }
    }

    /// A status that cannot be used: emitted as a problem, polled again, never counted.
    fn on_unusable_status(&mut self, now: Moment, context: &mut Context, problem: Problem) {
        self.poller.on_failed();
        self.poller.schedule_recheck(now, &mut context.jitter);
        context.show_problem(&mut self.notice, problem);
    }

    /// Schedules the next poll and keeps the push stream open; after a final status, ends what an open payment needs.
    fn schedule(&mut self, now: Moment, context: &mut Context) {
        if !self.is_open() {
            return self.wind_down(now, context);
        }
        let poll = PollContext {
            is_follower: context.role.is_follower(),
            is_pushed: self.push_stream.is_live(),
            is_hidden: context.is_hidden || context.is_offline,
        };
        self.poller.schedule(now, poll, &mut context.jitter);
        if self.push_stream.is_off() {
            self.open_stream(now, context);
        }
    }

    /// The status is final: only polls for a late settlement go on.
    fn wind_down(&mut self, now: Moment, context: &mut Context) {
        self.notice = None;
        self.app_handoff = AppHandoff::NONE;
        self.qr_image = QrImage::FIRST;
        if may_still_settle(&self.status) {
            self.poller.schedule_late_poll(now, &mut context.jitter);
        } else {
            self.poller.unschedule();
        }
        context.abort_in_flight(&mut self.cancel);
        self.close_stream(context);
    }

    // Polls.

    /// Polls now, unless a poll is in flight.
    pub(crate) fn poll(&mut self, now: Moment, context: &mut Context) {
        if !self.poller.is_in_flight() {
            let request = context.next_request();
            self.poller.on_sent(request, now, may_still_settle(&self.status));
            let transaction_id = self.charge.transaction_id.clone();
            let bypass_cache = self.poller.bypasses_cache();
            context.effects.push(Effect::PollStatus { request, transaction_id, bypass_cache });
        }
    }

    /// A poll was answered.
    pub(crate) fn on_status_answered(
        &mut self,
        now: Moment,
        context: &mut Context,
        request: RequestId,
        result: Result<ServerResponse, RequestError>,
    ) -> Flow {
        if !self.poller.on_answered(request) {
            return STAY;
        }
        match result {
            Ok(response) => self.on_status(now, context, &response)?,
            Err(error) => self.on_poll_failed(now, context, error)?,
        }
        self.poller.on_answer_handled();
        STAY
    }

    /// The poll in flight took too long.
    pub(crate) fn on_poll_timeout(&mut self, now: Moment, context: &mut Context) -> Flow {
        context.abort(self.poller.abandon());
        self.on_poll_failed(now, context, RequestError::no_answer("the status was not answered within 12 s"))
    }

    fn on_poll_failed(&mut self, now: Moment, context: &mut Context, mut error: RequestError) -> Flow {
        if !self.is_open() {
            if error.problem.code == ProblemCode::ServerKey {
                // A merchant that exposes its secret is sent no further request. What is paid stays paid on the screen.
                if self.may_be_retried() {
                    return Break(Transition::Stop(error.problem));
                }
                context.emit(HostEvent::Problem(error.problem));
            }
            // The check for a late settlement failed: the final status stays.
            self.poller.on_failed();
            self.schedule(now, context);
            return STAY;
        }
        match error.problem.code {
            // Polling again would not help: a secret is exposed, or no request can be made.
            ProblemCode::ServerKey | ProblemCode::Internal | ProblemCode::Config => {
                return Break(Transition::Stop(error.problem));
            }
            ProblemCode::MerchantRefused => {
                let is_first = self.poller.on_refused(error.is_own);
                // Pushes arrive, so the page is not refused.
                if self.poller.is_refused() && !self.push_stream.is_live() {
                    return Break(Transition::Stop(error.problem));
                }
                error.problem.code = ProblemCode::MerchantUnreachable;
                self.on_unreachable(now, context, error, !is_first);
            }
            ProblemCode::MerchantUnreachable | ProblemCode::Offline => self.on_unreachable(now, context, error, true),
            ProblemCode::BadAnswer
            | ProblemCode::AmountMismatch
            | ProblemCode::UntrustedUrl
            | ProblemCode::ChargeRejected
            | ProblemCode::QrImage => {
                // A body like 404 "Transaction doesn't exist." rejects no charge: it is an unusable status.
                self.on_unusable_status(now, context, error.problem.with_code(ProblemCode::BadAnswer));
            }
        }
        STAY
    }

    /// A poll has no usable answer, and the next one may: polls again after a while.
    fn on_unreachable(&mut self, now: Moment, context: &mut Context, error: RequestError, is_told: bool) {
        self.poller.on_failed();
        self.poller.schedule_retry(now, error.retry_after_ms, &mut context.jitter);
        if is_told {
            let problem = context.problem_of(error);
            context.show_problem(&mut self.notice, problem);
        }
    }

    // The push stream.

    /// Opens the push stream, where one is wanted. A hidden page keeps none: browsers open six connections to a server, and a
    /// seventh tab would not load.
    fn open_stream(&mut self, now: Moment, context: &mut Context) {
        if !context.options.can_push || context.role.is_follower() || context.is_hidden || !self.is_open() {
            return;
        }
        let request = context.next_request();
        self.push_stream.on_opening(request, now);
        let transaction_id = self.charge.transaction_id.clone();
        context.effects.push(Effect::OpenStream { request, transaction_id });
    }

    fn close_stream(&mut self, context: &mut Context) {
        if self.push_stream.close() {
            context.effects.push(Effect::CloseStream);
        }
    }

    /// The stream opened, or something came over it.
    pub(crate) fn on_stream_alive(&mut self, now: Moment, context: &mut Context, request: RequestId) {
        if self.push_stream.on_alive(request, now) && !self.poller.is_in_flight() {
            self.schedule(now, context);
        }
    }

    /// A status was pushed.
    pub(crate) fn on_status_pushed(
        &mut self,
        now: Moment,
        context: &mut Context,
        request: RequestId,
        response: &ServerResponse,
    ) -> Flow {
        self.on_stream_alive(now, context, request);
        if self.push_stream.is(request) { self.on_status(now, context, response) } else { STAY }
    }

    /// A push could not be read. Polling will tell what is wrong; but an exposed secret ends everything.
    pub(crate) fn on_push_unreadable(&self, request: RequestId, error: RequestError) -> Flow {
        if self.is_open() && self.push_stream.is(request) && error.problem.code == ProblemCode::ServerKey {
            return Break(Transition::Stop(error.problem));
        }
        STAY
    }

    /// The merchant does not open the stream to this page. Polling takes over, and shows whether it is refused too.
    pub(crate) fn on_stream_refused(&mut self, now: Moment, context: &mut Context, request: RequestId) {
        if self.push_stream.on_refused(request) {
            self.poll(now, context);
        }
    }

    /// The stream is gone: polls at once if it was alive, and opens it again after a while.
    pub(crate) fn on_stream_lost(&mut self, now: Moment, context: &mut Context, request: RequestId) {
        if self.push_stream.on_lost(request, now, &mut context.jitter) {
            self.poll(now, context);
        }
    }

    /// The stream has been silent for too long, or a lost one is to be opened again.
    pub(crate) fn on_stream_due(&mut self, now: Moment, context: &mut Context) {
        if self.push_stream.is_down() {
            self.open_stream(now, context);
        } else {
            context.effects.push(Effect::CloseStream);
            if self.push_stream.on_silent(now, &mut context.jitter) {
                self.poll(now, context);
            }
        }
    }

    // Cancelling.

    /// "Batalkan pembayaran". A payment may win the race: the answer decides.
    pub(crate) fn on_cancel_pressed(&mut self, now: Moment, context: &mut Context) {
        if context.options.can_cancel && self.is_open() && !self.is_cancelling() {
            let request = context.next_request();
            self.cancel = Some(InFlight::new(request, now, CANCEL_TIMEOUT));
            let transaction_id = self.charge.transaction_id.clone();
            context.effects.push(Effect::SendCancel { request, transaction_id });
        }
    }

    /// The cancel was answered.
    pub(crate) fn on_cancel_answered(
        &mut self,
        now: Moment,
        context: &mut Context,
        request: RequestId,
        result: Result<ServerResponse, RequestError>,
    ) -> Flow {
        if !take_answered(&mut self.cancel, request) {
            return STAY;
        }
        match result {
            Ok(response) => self.on_status(now, context, &response),
            Err(error) => self.on_cancel_failed(now, context, error),
        }
    }

    /// The cancel took too long.
    pub(crate) fn on_cancel_timeout(&mut self, now: Moment, context: &mut Context) -> Flow {
        context.abort_in_flight(&mut self.cancel);
        self.on_cancel_failed(now, context, RequestError::no_answer("the cancel was not answered within 30 s"))
    }

    /// The payment may have been cancelled or paid: shows the problem, and polls.
    fn on_cancel_failed(&mut self, now: Moment, context: &mut Context, error: RequestError) -> Flow {
        let problem = match error.problem.code {
            // A merchant that exposes its secret is sent no further request.
            ProblemCode::ServerKey => return Break(Transition::Stop(error.problem)),
            // Midtrans' "it can no longer be cancelled" is no problem: the status will say why.
            ProblemCode::ChargeRejected if error.problem.midtrans_status_code == Some(CANNOT_MODIFY) => None,
            // No charge was rejected.
            ProblemCode::ChargeRejected => Some(error.problem.with_code(ProblemCode::BadAnswer)),
            ProblemCode::MerchantUnreachable => Some(context.problem_of(error)),
            ProblemCode::Config
            | ProblemCode::Offline
            | ProblemCode::MerchantRefused
            | ProblemCode::BadAnswer
            | ProblemCode::AmountMismatch
            | ProblemCode::UntrustedUrl
            | ProblemCode::QrImage
            | ProblemCode::Internal => Some(error.problem),
        };
        if let Some(problem) = problem {
            context.show_problem(&mut self.notice, problem);
        }
        self.poll(now, context);
        STAY
    }

    // The page and the payer.

    /// "Saya sudah bayar", `refresh()`: polls now.
    pub(crate) fn on_refresh(&mut self, now: Moment, context: &mut Context) {
        self.poller.on_payer_waits(now);
        if self.is_open() {
            self.app_handoff.on_refresh();
        }
        self.poll(now, context);
    }

    /// Another element on this order has learned something new: polls now.
    pub(crate) fn on_peer_changed(&mut self, now: Moment, context: &mut Context) {
        if self.may_still_change() {
            self.poll(now, context);
        }
    }

    /// The page is hidden.
    pub(crate) fn on_hidden(&mut self, context: &mut Context) {
        self.poller.on_hidden();
        self.app_handoff.on_hidden();
        self.close_stream(context);
    }

    /// The page is visible or focused again, or the network is back: polls now.
    pub(crate) fn on_resumed(&mut self, now: Moment, context: &mut Context) {
        if !self.may_still_change() {
            return;
        }
        self.poller.on_payer_waits(now);
        self.poller.reset_failures();
        if self.push_stream.on_resumed() {
            self.open_stream(now, context);
        }
        if self.is_open() {
            self.app_handoff.on_resumed();
        }
        self.poll(now, context);
    }

    /// The browser has no network.
    pub(crate) fn on_offline(&mut self, context: &mut Context) {
        if self.is_open() {
            context.show_problem(&mut self.notice, offline());
        }
    }

    /// The role in the leader election has changed: a follower closes its stream, and both poll at another interval.
    pub(crate) fn on_role_changed(&mut self, now: Moment, context: &mut Context) {
        if context.role.is_follower() {
            self.close_stream(context);
        }
        // A failed poll keeps its backoff.
        if self.is_open() && self.poller.is_regular() {
            self.schedule(now, context);
        }
    }

    /// The payer tapped the deeplink.
    pub(crate) fn on_deeplink_tapped(&mut self, now: Moment) {
        if self.is_open() {
            self.app_handoff.on_tapped(now);
        }
    }

    /// The countdown shows another second. At zero: polls now.
    pub(crate) fn on_countdown(&mut self, now: Moment, context: &mut Context) {
        if self.expires_at(context.server_clock).is_some_and(|expires_at| now >= expires_at) {
            self.countdown = Countdown::Over;
            self.poller.on_countdown_over(now);
            self.poll(now, context);
        }
    }

    /// When the countdown shows the next second, or reaches zero.
    pub(crate) fn countdown_deadline(&self, now: Moment, context: &Context) -> Option<Moment> {
        let expires_at = self.expires_at(context.server_clock).filter(|_| self.is_open())?;
        self.countdown.deadline(expires_at, now, context.is_hidden)
    }

    // The QR image.

    /// Updates the QR image with whether the screen shows it.
    pub(crate) fn update_qr_image(&mut self, now: Moment, context: &Context) {
        let is_shown = self.is_open()
            && !self.is_checking(now, context)
            && self.qr().is_some()
            && self.channel(context.channel) == Channel::Qr;
        self.qr_image.set_shown(is_shown, now);
    }

    /// The QR image has loaded.
    pub(crate) fn on_qr_loaded(&mut self) {
        if self.is_open() {
            self.qr_image.on_loaded();
            self.notice = self.notice.take().filter(|notice| notice.code != ProblemCode::QrImage);
        }
    }

    /// The QR image did not load.
    pub(crate) fn on_qr_failed(&mut self, now: Moment, context: &mut Context) {
        if self.is_open() && self.qr_image.on_failed(now, self.charge.qr_codes.len(), &mut context.jitter) {
            self.give_qr_up(context);
        }
    }

    /// The QR image took too long, or is to be loaded again.
    pub(crate) fn on_qr_due(&mut self, now: Moment, context: &mut Context) {
        if self.qr_image.on_timeout(now, self.charge.qr_codes.len(), &mut context.jitter) {
            self.give_qr_up(context);
        }
    }

    fn give_qr_up(&mut self, context: &mut Context) {
        let problem = Problem::new(ProblemCode::QrImage, "none of the charge's QR images loads");
        context.show_problem(&mut self.notice, problem);
        if self.charge.deeplink.is_some() && context.choose(Channel::Deeplink) {
            self.app_handoff.on_channel_changed();
        }
    }

    // The end.

    /// Ends every request and the stream.
    pub(crate) fn abandon(&mut self, now: Moment, context: &mut Context) {
        context.abort(self.poller.abandon());
        context.abort_in_flight(&mut self.cancel);
        self.close_stream(context);
        self.qr_image.set_shown(false, now);
    }

    /// Replaces ids and times by placeholders (`canonical.rs`).
    pub(super) fn normalise(&mut self, now: Moment) {
        self.charge.expiry_time = None;
        self.charge.transaction_time = None;
        self.charge.settlement_time = None;
        self.poller.normalise(now);
        self.push_stream.normalise(now);
        self.app_handoff.normalise(now);
        self.qr_image.normalise(now);
        if let Some(flight) = &mut self.cancel {
            flight.normalise(now, 0);
        }
    }
}
