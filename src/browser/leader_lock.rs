//! Leader election: of all elements on one order, in all tabs of a payer, only the leader polls and holds a push stream.
//! The leader is the element on the visible page. It holds a Web Lock, which the browser hands on when a tab dies.
//! Over a `BroadcastChannel` it notifies the followers of changes.
//!
//! Where the browser has no Web Locks, as on plain http pages, every element polls for itself.

use super::listener::Listener;
use super::merchant_client::MerchantClient;
use super::web_lock::{self, HeldLock, WithoutLock};
use crate::payment::Input;
use js_sys::Reflect;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::JsValue;
use web_sys::{AbortController, BroadcastChannel};

type Feed = Rc<dyn Fn(Input)>;

/// A candidate in the leader election of one order. Dropped, it resigns.
pub(crate) struct LeaderLock {
    name: String,
    channel: BroadcastChannel,
    feed: Feed,
    /// Ends the wait for the lock.
    waiting: RefCell<Option<AbortController>>,
    lock: RefCell<Option<HeldLock>>,
    is_leader: Cell<bool>,
    /// Number of requests for the lock.
    requests: Cell<u32>,
    _listener: Listener,
    me: Weak<Self>,
}

impl LeaderLock {
    /// Joins the election, if the browser has one.
    pub(crate) fn join(merchant: &MerchantClient, feed: Feed) -> Option<Rc<Self>> {
        let navigator = web_sys::window()?.navigator();
        Reflect::get(&navigator, &"locks".into()).ok().filter(JsValue::is_object)?;
        let name = ["gopay-checkout:", &merchant.election_name()].concat();
        let channel = BroadcastChannel::new(&name).ok()?;
        let heard = Rc::clone(&feed);
        let listener = Listener::new(&channel, "message", move |_| heard(Input::PeerChanged));
        let leader = Rc::new_cyclic(|me| Self {
            name,
            channel,
            feed,
            waiting: RefCell::new(None),
            lock: RefCell::new(None),
            is_leader: Cell::new(false),
            requests: Cell::new(0),
            _listener: listener,
            me: Weak::clone(me),
        });
        leader.request(!super::app_switch::is_hidden());
        Some(leader)
    }

    /// Becomes the leader in place of any other, because this page is visible.
    pub(crate) fn claim_leadership(&self) {
        if !self.is_leader.get() {
            self.request(true);
        }
    }

    /// Notifies the other elements that there is something new.
    pub(crate) fn notify_peers(&self) {
        // Fails only for what cannot be cloned, and a text can.
        let _posted = self.channel.post_message(&"news".into());
    }

    /// Requests the lock; from now on only this request counts. One that another has replaced may still be granted, or told
    /// stolen, and browsers tell the two in any order.
    fn request(&self, steal: bool) {
        if let Some(controller) = self.waiting.borrow_mut().take() {
            controller.abort();
        }
        let number = self.requests.get() + 1;
        self.requests.set(number);
        let controller = AbortController::new().ok();
        let signal = controller.as_ref().map_or(JsValue::UNDEFINED, |controller| controller.signal().into());
        let option = if steal { ("steal", &JsValue::TRUE) } else { ("signal", &signal) };
        let me = Weak::clone(&self.me);
        let current = move || me.upgrade().filter(|leader| leader.requests.get() == number);
        let current_when_lost = current.clone();
        let granted = move |lock| {
            if let Some(leader) = current() {
                leader.is_leader.set(true);
                leader.waiting.borrow_mut().take();
                *leader.lock.borrow_mut() = lock;
                (leader.feed)(Input::BecameLeader);
            }
        };
        let lost = move |error: &JsValue| {
            let Some(leader) = current_when_lost() else { return WithoutLock::GiveUp };
            let is_stolen = leader.is_leader.replace(false) || (steal && is_abort(error));
            if is_stolen {
                // Another tab has become the leader. Queue for the lock, because that tab may close.
                leader.lock.borrow_mut().take();
                leader.request(false);
                return WithoutLock::GiveUp;
            }
            // Refused, as in a sandboxed frame: there is no leader to wait for.
            WithoutLock::Proceed
        };
        web_lock::request(&self.name, option, Box::new(granted), Box::new(lost));
        if !steal {
            *self.waiting.borrow_mut() = controller;
            (self.feed)(Input::LostLeadership);
        }
    }
}

impl Drop for LeaderLock {
    fn drop(&mut self) {
        if let Some(controller) = self.waiting.borrow_mut().take() {
            controller.abort();
        }
        self.channel.close();
    }
}

/// Returns whether the lock was stolen.
fn is_abort(error: &JsValue) -> bool {
    Reflect::get(error, &"name".into()).is_ok_and(|name| name == "AbortError")
}
