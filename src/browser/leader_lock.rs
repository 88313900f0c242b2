//! Leader election: of all elements on one order, in all tabs of a payer, only the leader polls and holds a push stream.
//! The leader is the element on the visible page. It holds a Web Lock, which the browser hands on when a tab dies.
//! Over a `BroadcastChannel` it notifies the followers of changes.
//!
//! Where the browser has no Web Locks, as on plain http pages, every element polls for itself.

use super::listener::Listener;
use super::merchant_client::MerchantClient;
use super::promise::{settle, soon};
use crate::payment::Input;
use js_sys::{Function, Object, Promise, Reflect};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{AbortController, BroadcastChannel};

#[wasm_bindgen]
extern "C" {
    // web-sys has Web Locks among its unstable parts.
    #[wasm_bindgen(catch, js_namespace = ["navigator", "locks"], js_name = request)]
    pub(super) fn request_lock(name: &str, options: &Object, granted: &JsValue) -> Result<JsValue, JsValue>;
}

type Feed = Rc<dyn Fn(Input)>;

/// A candidate in the leader election of one order. Dropped, it resigns.
pub(crate) struct LeaderLock {
    name: String,
    channel: BroadcastChannel,
    feed: Feed,
    /// Ends the wait for the lock.
    waiting: RefCell<Option<AbortController>>,
    /// Resolved, it gives the lock back.
    release: RefCell<Option<Function>>,
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
            release: RefCell::new(None),
            is_leader: Cell::new(false),
            requests: Cell::new(0),
            _listener: listener,
            me: Weak::clone(me),
        });
        leader.request(!super::app_switch::is_hidden());
        Some(leader)
    }

    /// Becomes the leader in place of any other, because this page is visible.
    pub(crate) fn take_over(&self) {
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
        let options = Object::new();
        let controller = AbortController::new().ok();
        if steal {
            put(&options, "steal", &JsValue::TRUE);
        } else if let Some(controller) = &controller {
            put(&options, "signal", &controller.signal());
        }
        let me = Weak::clone(&self.me);
        let current = move || me.upgrade().filter(|leader| leader.requests.get() == number);
        let current_when_granted = current.clone();
        let granted = Closure::once_into_js(move || -> JsValue {
            let Some(leader) = current_when_granted() else { return JsValue::UNDEFINED };
            leader.is_leader.set(true);
            leader.waiting.borrow_mut().take();
            let held = Promise::new(&mut |resolve, _| *leader.release.borrow_mut() = Some(resolve));
            (leader.feed)(Input::BecameLeader);
            held.into()
        });
        let ended = move |end: Result<JsValue, JsValue>| {
            let Err(error) = end else { return };
            let Some(leader) = current() else { return };
            if leader.is_leader.replace(false) || (steal && is_abort(&error)) {
                // Another tab has become the leader. Queue for the lock, because that tab may close.
                leader.release.borrow_mut().take();
                leader.request(false);
            } else {
                // Refused, as in a sandboxed frame: there is no leader to wait for.
                (leader.feed)(Input::BecameLeader);
            }
        };
        match request_lock(&self.name, &options, &granted) {
            Ok(held) => settle(&held, Box::new(ended)),
            Err(error) => soon(move || ended(Err(error))),
        }
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
        if let Some(release) = self.release.borrow_mut().take() {
            let _released = release.call0(&JsValue::UNDEFINED);
        }
        self.channel.close();
    }
}

/// Sets one of `options`.
pub(super) fn put(options: &Object, name: &str, value: &JsValue) {
    // Fails only for a frozen object, and this one is ours.
    let _set = Reflect::set(options, &name.into(), value);
}

/// Returns whether the lock was stolen.
fn is_abort(error: &JsValue) -> bool {
    Reflect::get(error, &"name".into()).is_ok_and(|name| name == "AbortError")
}
