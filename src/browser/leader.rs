//! One element per order asks for all of a payer's tabs: the one that the payer looks at. A Web Lock says which (the
//! browser hands it on when a tab dies), a `BroadcastChannel` carries the word that there is something new.
//!
//! A browser, or a plain http page, that lacks either lets every element ask for itself.

use super::listener::Listener;
use super::merchant::Merchant;
use super::wire::Wire;
use crate::payment::Input;
use js_sys::{Function, Object, Promise, Reflect};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use web_sys::{AbortController, BroadcastChannel};

type Feed = Rc<dyn Fn(Input)>;

/// A part in the leading of one order; given up when dropped.
pub(crate) struct Leader {
    name: String,
    wire: Wire,
    channel: BroadcastChannel,
    feed: Feed,
    /// Ends the waiting for the lock.
    waiting: RefCell<Option<AbortController>>,
    /// Resolved, it gives the lock back.
    release: RefCell<Option<Function>>,
    leads: Cell<bool>,
    _listener: Listener,
    me: Weak<Self>,
}

impl Leader {
    /// Takes part, if the browser can.
    pub(crate) fn new(merchant: &Merchant, feed: Feed) -> Option<Rc<Self>> {
        let navigator = web_sys::window()?.navigator();
        // web-sys has Web Locks among its unstable parts.
        Reflect::get(&navigator, &"locks".into()).ok().filter(JsValue::is_object)?;
        let name = ["gopay-checkout:", &merchant.shared_name()].concat();
        let channel = BroadcastChannel::new(&name).ok()?;
        let heard = Rc::clone(&feed);
        let listener = Listener::new(&channel, "message", move |_| heard(Input::NewsElsewhere));
        let leader = Rc::new_cyclic(|me| Self {
            name,
            wire: merchant.wire().clone(),
            channel,
            feed,
            waiting: RefCell::new(None),
            release: RefCell::new(None),
            leads: Cell::new(false),
            _listener: listener,
            me: Weak::clone(me),
        });
        leader.ask_for_lock(!super::app_switch::is_hidden());
        Some(leader)
    }

    /// The payer looks at this page: lead, whoever led before.
    pub(crate) fn take(&self) {
        if !self.leads.get() {
            self.ask_for_lock(true);
        }
    }

    /// There is something new.
    pub(crate) fn share(&self) {
        // Fails only for what cannot be cloned, and a text can.
        let _posted = self.channel.post_message(&"news".into());
    }

    fn ask_for_lock(&self, steal: bool) {
        if let Some(controller) = self.waiting.borrow_mut().take() {
            controller.abort();
        }
        let options = Object::new();
        let controller = AbortController::new().ok();
        if steal {
            put(&options, "steal", &JsValue::TRUE);
        } else if let Some(controller) = &controller {
            put(&options, "signal", &controller.signal());
        }
        let me = Weak::clone(&self.me);
        let granted = Closure::once_into_js(move || -> JsValue {
            let Some(leader) = me.upgrade() else { return JsValue::UNDEFINED };
            leader.leads.set(true);
            leader.waiting.borrow_mut().take();
            let held = Promise::new(&mut |resolve, _| *leader.release.borrow_mut() = Some(resolve));
            (leader.feed)(Input::Leads);
            held.into()
        });
        let signal = controller.as_ref().map(AbortController::signal);
        let me = Weak::clone(&self.me);
        let ended = Closure::once_into_js(move |in_peace: bool, was_taken: bool| {
            let Some(leader) = me.upgrade().filter(|_| !in_peace) else { return };
            if leader.leads.replace(false) || (steal && was_taken) {
                // Taken by a tab that the payer looks at now. Wait in line: it may be closed.
                leader.release.borrow_mut().take();
                leader.ask_for_lock(false);
            } else if !signal.is_some_and(|signal| signal.aborted()) {
                // Refused, as in a sandboxed frame: there is no leader to wait for.
                (leader.feed)(Input::Leads);
            }
        });
        self.wire.lock(&self.name, &options, &granted, &ended);
        if !steal {
            *self.waiting.borrow_mut() = controller;
            (self.feed)(Input::Follows);
        }
    }
}

impl Drop for Leader {
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

fn put(options: &Object, name: &str, value: &JsValue) {
    // Fails only for a frozen object, and this one is ours.
    let _set = Reflect::set(options, &name.into(), value);
}
