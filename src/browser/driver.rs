//! The only caller of [`Payment::step`]: takes one input, carries out the effects in order, arms the one timer, shows
//! the screen.

use super::app_switch;
use super::clock::{self, Timer};
use super::host::{self, Host};
use super::leader::Leader;
use super::merchant::Merchant;
use super::painter::Painter;
use super::panic::{Fails, Feeding};
use super::refusal::Refusal;
use super::requests::{Out, Requests};
use super::watcher::{LastEventId, Watcher};
use super::wire::{self, Early};
use crate::payment::{Effect, Heard, Input, Moment, News, Payment, Problem, ProblemCode, RequestId, Trouble};
use crate::view::Copied;
use gopay_contract::OrderId;
use js_sys::Function;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, AbortSignal};

/// One payment, driven.
pub(crate) struct Driver {
    payment: RefCell<Payment>,
    merchant: Merchant,
    host: Host,
    order_id: OrderId,
    painter: Rc<Painter>,
    timer: RefCell<Option<Timer>>,
    requests: Requests,
    watcher: RefCell<Option<Watcher>>,
    last_event_id: LastEventId,
    leader: RefCell<Option<Rc<Leader>>>,
    stopped: Cell<bool>,
    /// What is shown after a panic.
    refusal: RefCell<Option<Refusal>>,
    me: Weak<Self>,
}

impl Driver {
    pub(crate) fn new(
        payment: Payment,
        merchant: Merchant,
        host: Host,
        order_id: OrderId,
        painter: Rc<Painter>,
    ) -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            payment: RefCell::new(payment),
            merchant,
            host,
            order_id,
            painter,
            timer: RefCell::new(None),
            requests: Requests::new(),
            watcher: RefCell::new(None),
            last_event_id: LastEventId::default(),
            leader: RefCell::new(None),
            stopped: Cell::new(false),
            refusal: RefCell::new(None),
            me: Weak::clone(me),
        })
    }

    /// Ends everything this payment has started.
    pub(crate) fn stop(&self) {
        self.stopped.set(true);
        self.host.silence();
        self.end_all();
    }

    /// After a panic some of these may be borrowed for ever; the rest still ends.
    fn end_all(&self) {
        take(&self.timer);
        take(&self.leader);
        take(&self.watcher);
        self.requests.end_all();
    }

    /// Runs `work` as this element's own: a panic in it is this element's.
    pub(crate) fn attend<T>(&self, work: impl FnOnce() -> T) -> T {
        let _feeding = Feeding::of(Weak::clone(&self.me) as Weak<dyn Fails>);
        work()
    }

    /// Something has happened.
    pub(crate) fn feed(&self, input: Input) {
        self.feed_at(clock::now(), input);
    }

    /// The payment has begun already: the loader has sent its charge.
    pub(crate) fn take_over(&self, early: Early, input: Input) {
        let sent = early.moment();
        self.requests.begin_with(early);
        self.feed_at(sent, input);
    }

    fn feed_at(&self, now: Moment, input: Input) {
        if self.stopped.get() {
            return;
        }
        let _feeding = Feeding::of(Weak::clone(&self.me) as Weak<dyn Fails>);
        self.merchant.step(&input);
        if matches!(input, Input::CameBack | Input::ReturnedFromApp) {
            self.take_part();
        }
        if matches!(input, Input::Woken) {
            // It has rung, perhaps early: a browser that blurs `performance.now()` rings up to a tenth of a second before
            // the moment. Kept, it would pass for one that is still to ring, and nothing would ever wake us again.
            self.timer.borrow_mut().take();
        }
        let effects = self.payment.borrow_mut().step(now, input);
        self.show(now);
        for effect in effects {
            self.perform(effect);
        }
        self.arm(clock::now());
        // An `<img>` whose host never answers says neither that it loaded nor that it did not: the machine sets it a limit.
        if self.painter.has_new_qr() {
            self.feed(Input::QrShown);
            // The loader's own picture may have loaded, or failed, before anybody listened.
            match self.painter.qr_is_drawn() {
                Some(true) => self.feed(Input::QrLoaded),
                Some(false) => self.feed(Input::QrFailed),
                None => {}
            }
        }
    }

    /// Takes part in the leading of this order; leads, if the payer looks here.
    pub(crate) fn take_part(&self) {
        let leader = self.leader.borrow().clone();
        match leader {
            Some(leader) if !app_switch::is_hidden() => leader.take(),
            Some(_) => {}
            None => *self.leader.borrow_mut() = Leader::new(&self.merchant, self.feeder()),
        }
    }

    /// The page is put aside: let another lead. A held lock would also keep the page out of the browser's bfcache.
    pub(crate) fn step_aside(&self) {
        self.leader.borrow_mut().take();
    }

    /// A feed that holds nothing alive: whatever calls it after the end calls into the void.
    pub(crate) fn feeder(&self) -> Rc<dyn Fn(Input)> {
        let me = Weak::clone(&self.me);
        Rc::new(move |input| {
            if let Some(driver) = me.upgrade() {
                driver.feed(input);
            }
        })
    }

    /// The last status that was believed, and its transaction, for the element's properties.
    pub(crate) fn transaction(&self) -> (Option<String>, Option<String>) {
        let payment = self.payment.borrow();
        (
            payment.transaction_id().map(|id| id.as_str().to_owned()),
            payment.transaction_status().map(|status| status.as_str().to_owned()),
        )
    }

    /// Tells the page that the payer taps the deeplink; whether the tap may go on.
    pub(crate) fn may_open(&self, url: &str) -> bool {
        let may = self.host.tell_open(&self.order_id, url);
        if may {
            self.feed(Input::DeeplinkTapped);
        }
        may
    }

    /// Says what came of "Salin tautan".
    pub(crate) fn copied(&self, copied: Copied) {
        if !self.stopped.get() {
            self.painter.copied(copied);
        }
    }

    /// Shows what is to be seen at `now`.
    pub(crate) fn show(&self, now: Moment) {
        let payment = self.payment.borrow();
        let (screen, seconds_left) = (payment.screen(now), payment.seconds_left(now));
        drop(payment);
        self.host.reflect(screen.state);
        self.painter.show(screen, seconds_left);
    }

    fn arm(&self, now: Moment) {
        let wakeup = self.payment.borrow().wakeup(now);
        let mut timer = self.timer.borrow_mut();
        if self.stopped.get() {
            timer.take();
        } else if timer.as_ref().map(|timer| timer.at) != wakeup {
            let feed = self.feeder();
            *timer = wakeup.map(|at| Timer::set(at, move || feed(Input::Woken)));
        }
    }

    fn perform(&self, effect: Effect) {
        match effect {
            Effect::SendCharge { request, attempt, retry_of } => {
                if let Some(early) = self.requests.early(attempt) {
                    return early.wait(&self.hears(request, Out::Early(early.clone()), Input::ChargeAnswered));
                }
                let key = self.requests.key_of(attempt, self.merchant.wire());
                self.send(request, Input::ChargeAnswered, |signal, hear| {
                    self.merchant.charge(&key, retry_of, signal, hear);
                });
            }
            Effect::AskStatus { request, transaction_id } => {
                self.send(request, Input::StatusAnswered, |signal, hear| {
                    self.merchant.status(&transaction_id, signal, hear);
                });
            }
            Effect::SendCancel { request, transaction_id } => {
                self.send(request, Input::CancelAnswered, |signal, hear| {
                    self.merchant.cancel(&transaction_id, signal, hear);
                });
            }
            Effect::Abandon(request) => {
                if let Some(out) = self.requests.forget(request) {
                    out.abort();
                }
            }
            Effect::StartWatching { request, transaction_id } => {
                let watcher =
                    Watcher::open(&self.merchant, request, &transaction_id, &self.last_event_id, self.feeder());
                *self.watcher.borrow_mut() = watcher;
            }
            Effect::StopWatching => drop(self.watcher.borrow_mut().take()),
            Effect::Share => {
                if let Some(leader) = self.leader.borrow().as_deref() {
                    leader.share();
                }
            }
            Effect::Tell(news) => {
                if let News::Problem(problem) = &news {
                    host::log(problem);
                }
                self.host.tell(Some(&self.order_id), &news);
            }
        }
    }

    fn send(
        &self,
        request: RequestId,
        answered: fn(RequestId, Result<Heard, Trouble>) -> Input,
        call: impl FnOnce(&AbortSignal, &Function),
    ) {
        let Ok(controller) = AbortController::new() else { return };
        let signal = controller.signal();
        let hear = self.hears(request, Out::Own(controller), answered);
        call(&signal, &hear);
    }

    /// What hears the answer to `request`.
    fn hears(
        &self,
        request: RequestId,
        out: Out,
        answered: fn(RequestId, Result<Heard, Trouble>) -> Input,
    ) -> Function {
        let me = Weak::clone(&self.me);
        self.requests.add(request, out);
        let hear = move |answer: JsValue| {
            // Whoever asked may be gone, or may not be waiting any more.
            if let Some(driver) = me.upgrade()
                && driver.requests.forget(request).is_some()
            {
                driver.feed(answered(request, wire::heard(&answer)));
            }
        };
        Closure::once_into_js(hear).unchecked_into()
    }
}

impl Fails for Driver {
    /// A panic happened in here: end all, say so to the payer and to the page.
    fn fail(&self) {
        if self.stopped.replace(true) {
            return;
        }
        self.end_all();
        let problem = Problem::new(ProblemCode::Internal, "a panic; the page's other checkouts go on");
        let refusal = Refusal::show(&self.host, Some(&self.order_id), problem);
        if let Ok(mut place) = self.refusal.try_borrow_mut() {
            *place = refusal;
        }
    }
}

fn take<T>(cell: &RefCell<Option<T>>) {
    if let Ok(mut cell) = cell.try_borrow_mut() {
        cell.take();
    }
}
