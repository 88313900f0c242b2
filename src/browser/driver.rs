//! Driver of the state machine, the only caller of [`Payment::step`]: feeds one input, shows the screen, carries out the
//! effects in their order, and sets the one timer.

use super::app_switch;
use super::clock::{self, Timer};
use super::error_card::ErrorCard;
use super::fetch::ResponseCallback;
use super::host_events::{self, Host};
use super::leader_lock::LeaderLock;
use super::merchant_client::MerchantClient;
use super::panic_guard::{OnPanic, PanicScope};
use super::pending_requests::{EarlyCharge, PendingRequest, PendingRequests};
use super::push_stream::{LastEventId, PushStream};
use super::root::Root;
use super::wake_lock::WakeLock;
use crate::components::CopyResult;
use crate::config::Config;
use crate::payment::{
    Effect, HostEvent, Input, Moment, Payment, Problem, ProblemCode, RequestError, RequestId, ServerResponse,
};
use gopay_contract::{OrderId, TransactionId};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use web_sys::{AbortController, AbortSignal, Element};

/// Driver of one payment.
pub(crate) struct Driver {
    payment: RefCell<Payment>,
    merchant: MerchantClient,
    host: Host,
    order_id: OrderId,
    root: Rc<Root>,
    timer: RefCell<Option<Timer>>,
    pending: PendingRequests,
    push_stream: RefCell<Option<PushStream>>,
    /// Id of the last event, and the transaction that it was about.
    last_event_id: RefCell<Option<(TransactionId, LastEventId)>>,
    leader_lock: RefCell<Option<Rc<LeaderLock>>>,
    wake_lock: RefCell<Option<WakeLock>>,
    stopped: Cell<bool>,
    /// The card that is shown after a panic.
    error_card: RefCell<Option<ErrorCard>>,
    me: Weak<Self>,
}

impl Driver {
    pub(crate) fn new(
        payment: Payment,
        merchant: MerchantClient,
        host: Host,
        order_id: OrderId,
        root: Rc<Root>,
    ) -> Rc<Self> {
        Rc::new_cyclic(|me| {
            root.listen_for(Weak::clone(me));
            Self {
                payment: RefCell::new(payment),
                merchant,
                host,
                order_id,
                root,
                timer: RefCell::new(None),
                pending: PendingRequests::new(),
                push_stream: RefCell::new(None),
                last_event_id: RefCell::new(None),
                leader_lock: RefCell::new(None),
                wake_lock: RefCell::new(None),
                stopped: Cell::new(false),
                error_card: RefCell::new(None),
                me: Weak::clone(me),
            }
        })
    }

    /// Ends every request, timer, stream and lock of this payment.
    pub(crate) fn stop(&self) {
        self.stopped.set(true);
        self.host.silence();
        self.end_all();
    }

    /// Ends all of them. After a panic some may be borrowed for ever; the rest still ends.
    fn end_all(&self) {
        take(&self.timer);
        take(&self.leader_lock);
        take(&self.wake_lock);
        take(&self.push_stream);
        self.pending.abort_all();
    }

    /// Runs `work`, and attributes a panic in it to this element.
    pub(crate) fn run_guarded<T>(&self, work: impl FnOnce() -> T) -> T {
        let _scope = PanicScope::of(Weak::clone(&self.me) as Weak<dyn OnPanic>);
        work()
    }

    /// Feeds an input that happens now.
    pub(crate) fn feed(&self, input: Input) {
        self.feed_at(clock::now(), input);
    }

    /// Takes over the charge that the loader has sent: feeds `input` with the time at which it was sent.
    pub(crate) fn adopt_early_charge(&self, early: EarlyCharge, input: Input) {
        let sent = early.sent_at();
        self.pending.keep_early(early);
        self.feed_at(sent, input);
    }

    fn feed_at(&self, now: Moment, input: Input) {
        if self.stopped.get() {
            return;
        }
        let _scope = PanicScope::of(Weak::clone(&self.me) as Weak<dyn OnPanic>);
        self.merchant.show_in_debug_panel(&input);
        if matches!(input, Input::TimerFired) {
            // Perhaps it fired early: a browser that blurs `performance.now()` fires up to a tenth of a second before the
            // deadline. If it were kept, `arm` would take it for one that is still to fire, and set no other.
            self.timer.borrow_mut().take();
        }
        let effects = self.payment.borrow_mut().step(now, input);
        let has_adopted = self.show(now);
        for effect in effects {
            self.perform(effect);
        }
        self.arm(clock::now());
        if has_adopted {
            // The loader's QR image may have loaded, or failed, before there was a listener.
            match self.root.qr_is_drawn() {
                Some(true) => self.feed(Input::QrLoaded),
                Some(false) => self.feed(Input::QrFailed),
                None => {}
            }
        }
    }

    /// Joins the leader election of this order; takes the lead if the page is visible.
    fn join_election(&self) {
        let joined = self.leader_lock.borrow().clone();
        match joined {
            Some(leader_lock) if !app_switch::is_hidden() => leader_lock.claim_leadership(),
            Some(_) => {}
            None => *self.leader_lock.borrow_mut() = LeaderLock::join(&self.merchant, self.feeder()),
        }
    }

    /// Leaves the election, because a page that holds a lock is not kept in the bfcache.
    pub(crate) fn resign(&self) {
        self.leader_lock.borrow_mut().take();
    }

    /// A callback that feeds inputs. It holds a weak reference: after the end it does nothing.
    pub(crate) fn feeder(&self) -> Rc<dyn Fn(Input)> {
        let me = Weak::clone(&self.me);
        Rc::new(move |input| {
            if let Some(driver) = me.upgrade() {
                driver.feed(input);
            }
        })
    }

    /// The tracked transaction, for the element's property.
    pub(crate) fn transaction_id(&self) -> Option<String> {
        self.payment.borrow().transaction_id().map(|id| id.as_str().to_owned())
    }

    /// Its last accepted status, for the element's property.
    pub(crate) fn transaction_status(&self) -> Option<String> {
        self.payment.borrow().transaction_status().map(|status| status.as_str().to_owned())
    }

    /// Emits `gopay-open` for a tap on the deeplink. Returns false if the page prevents it.
    pub(crate) fn may_open(&self, url: &str) -> bool {
        let may = self.host.emit_open(&self.order_id, url);
        if may {
            self.feed(Input::DeeplinkTapped);
        }
        may
    }

    /// Applies changed attributes to the running payment.
    pub(crate) fn update(&self, config: Rc<Config>) {
        self.run_guarded(|| self.root.restyle(config.lang, config.theme));
        self.merchant.update(config);
    }

    /// Returns whether the merchant refuses this page; another order token may help.
    pub(crate) fn is_refused(&self) -> bool {
        self.payment.borrow().is_refused()
    }

    /// Moves the focus to the headline, if the press of `button` has removed it.
    pub(crate) fn keep_focus(&self, button: Element) {
        self.root.keep_focus(button);
    }

    /// Shows the result of "Salin tautan".
    pub(crate) fn copied(&self, copied: CopyResult) {
        if !self.stopped.get() {
            self.root.copied(copied);
        }
    }

    /// Shows the screen at `now`. Returns whether it adopted elements that the loader has painted.
    pub(crate) fn show(&self, now: Moment) -> bool {
        let payment = self.payment.borrow();
        let (screen, seconds_left) = (payment.screen(now), payment.seconds_left(now));
        drop(payment);
        self.host.reflect(screen.state);
        self.keep_awake(screen.is_scannable() && !app_switch::is_hidden());
        self.root.show(screen, seconds_left)
    }

    /// Keeps the screen on, or lets it go off.
    fn keep_awake(&self, is_wanted: bool) {
        let mut wake_lock = self.wake_lock.borrow_mut();
        if is_wanted != wake_lock.is_some() {
            *wake_lock = is_wanted.then(WakeLock::request);
        }
    }

    fn arm(&self, now: Moment) {
        let wakeup = self.payment.borrow().wakeup(now);
        let mut timer = self.timer.borrow_mut();
        if self.stopped.get() {
            timer.take();
        } else if timer.as_ref().map(|timer| timer.at) != wakeup {
            let feed = self.feeder();
            *timer = wakeup.map(|at| Timer::set(at, move || feed(Input::TimerFired)));
        }
    }

    fn perform(&self, effect: Effect) {
        match effect {
            Effect::SendCharge { request, attempt, retry_of } => {
                if let Some(early) = self.pending.take_early(attempt) {
                    let pending = PendingRequest::EarlyCharge(early.clone());
                    return early.receive(self.response_callback(request, pending, Input::ChargeAnswered));
                }
                let key = self.pending.key_of(attempt);
                self.send(request, Input::ChargeAnswered, |signal, callback| {
                    self.merchant.send_charge(key, retry_of, signal, callback);
                });
            }
            Effect::PollStatus { request, transaction_id, bypass_cache } => {
                self.send(request, Input::StatusAnswered, |signal, callback| {
                    self.merchant.poll_status(&transaction_id, bypass_cache, signal, callback);
                });
            }
            Effect::SendCancel { request, transaction_id } => {
                self.send(request, Input::CancelAnswered, |signal, callback| {
                    self.merchant.send_cancel(&transaction_id, signal, callback);
                });
            }
            Effect::AbortRequest(request) => {
                if let Some(pending) = self.pending.remove(request) {
                    pending.abort();
                }
            }
            Effect::OpenStream { request, transaction_id } => {
                let last_event_id = self.last_event_id_of(&transaction_id);
                let stream = PushStream::open(&self.merchant, request, &transaction_id, last_event_id, self.feeder());
                *self.push_stream.borrow_mut() = stream;
            }
            Effect::CloseStream => drop(self.push_stream.borrow_mut().take()),
            Effect::JoinElection => self.join_election(),
            Effect::NotifyPeers => {
                if let Some(leader_lock) = self.leader_lock.borrow().as_deref() {
                    leader_lock.notify_peers();
                }
            }
            Effect::Emit(event) => {
                if let HostEvent::Problem(problem) = &event {
                    host_events::log(problem);
                }
                self.host.emit(Some(&self.order_id), &event);
            }
        }
    }

    /// The last event id of `transaction`'s stream; empty for another transaction than the last stream's.
    fn last_event_id_of(&self, transaction: &TransactionId) -> LastEventId {
        let mut kept = self.last_event_id.borrow_mut();
        let known = kept.take().filter(|(known, _)| known == transaction);
        let (_, last_event_id) = kept.insert(known.unwrap_or_else(|| (transaction.clone(), LastEventId::default())));
        Rc::clone(last_event_id)
    }

    fn send(
        &self,
        request: RequestId,
        answered: fn(RequestId, Result<ServerResponse, RequestError>) -> Input,
        send: impl FnOnce(&AbortSignal, ResponseCallback),
    ) {
        let Ok(controller) = AbortController::new() else { return };
        let signal = controller.signal();
        send(&signal, self.response_callback(request, PendingRequest::Own(controller), answered));
    }

    /// Feeds the response to `request`, unless it was aborted or this driver is gone by then.
    fn response_callback(
        &self,
        request: RequestId,
        pending: PendingRequest,
        answered: fn(RequestId, Result<ServerResponse, RequestError>) -> Input,
    ) -> ResponseCallback {
        let me = Weak::clone(&self.me);
        self.pending.add(request, pending);
        Box::new(move |response| {
            if let Some(driver) = me.upgrade()
                && driver.pending.remove(request).is_some()
            {
                let response = driver.merchant.read(response);
                driver.feed(answered(request, response));
            }
        })
    }
}

impl OnPanic for Driver {
    /// Ends everything after a panic, and shows the problem to payer and page.
    fn fail(&self) {
        if self.stopped.replace(true) {
            return;
        }
        self.end_all();
        let problem = Problem::new(ProblemCode::Internal, "a panic; the page's other checkouts go on");
        self.root.abandon();
        let error_card = ErrorCard::show(&self.host, Some(&self.order_id), problem);
        if let Ok(mut place) = self.error_card.try_borrow_mut() {
            *place = error_card;
        }
    }
}

fn take<T>(cell: &RefCell<Option<T>>) {
    if let Ok(mut cell) = cell.try_borrow_mut() {
        cell.take();
    }
}
