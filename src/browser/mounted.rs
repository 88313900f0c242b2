//! Handle of a mounted checkout. The element holds it, and everything that the mount has started ends with it.

use super::driver::Driver;
use super::error_card::ErrorCard;
use super::host_events::Host;
#[cfg(not(feature = "element"))]
use super::host_events::HostEventCallback;
use super::listener::Listener;
use super::merchant_client::MerchantClient;
use super::pending_requests::EarlyCharge;
use super::promise::soon;
use super::root::Root;
use super::{app_switch, clock, device, host_events, mount_point};
use crate::config::{Config, Start};
use crate::payment::{Expected, Input, Payment, PaymentOptions, Problem, StateName, Trust, is_return_for};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
#[cfg(feature = "element")]
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlElement;

/// A checkout that is mounted into an element. The loader holds it as a JavaScript class, which applications in Leptos do not carry.
#[cfg_attr(feature = "element", wasm_bindgen)]
pub struct Mounted {
    element: HtmlElement,
    /// The state that is reflected.
    state: Rc<Cell<StateName>>,
    // Not borrowed while anything is called that the page may answer with a call of its own, like a change of an attribute.
    running: RefCell<Option<Running>>,
    #[cfg(not(feature = "element"))]
    callback: Option<HostEventCallback>,
}

/// State of a mount. Dropping it ends everything that the mount has started.
enum Running {
    /// A checkout.
    Checkout(RunningCheckout),
    /// An error card: the attributes are wrong.
    Misconfigured { _error_card: Option<ErrorCard> },
}

/// A checkout with its driver, which does what the payment asks for.
struct RunningCheckout {
    config: Rc<Config>,
    driver: Rc<Driver>,
    _listeners: Vec<Listener>,
}

impl Drop for RunningCheckout {
    fn drop(&mut self) {
        self.driver.stop();
    }
}

#[cfg_attr(feature = "element", wasm_bindgen)]
impl Mounted {
    /// Mounts into `element`: reads its attributes, and begins; or goes on, if its first charge is out already.
    #[cfg_attr(feature = "element", wasm_bindgen(constructor))]
    #[must_use]
    pub fn new(element: HtmlElement, early: Option<EarlyCharge>) -> Self {
        let mounted = Self {
            element,
            state: Rc::new(Cell::new(StateName::Loading)),
            running: RefCell::new(None),
            #[cfg(not(feature = "element"))]
            callback: None,
        };
        mounted.begin(early);
        mounted
    }

    /// Attributes have changed: another language is painted at once, another token is used from the next request on, another
    /// order begins again. So does an order whose token the merchant has refused, with another one.
    pub fn attributes_changed(&self) {
        match read_config(&self.element).ok().and_then(|config| self.keep_payment(config)) {
            Some((driver, config, has_new_warnings)) => {
                if has_new_warnings {
                    warn(&config);
                }
                driver.update(config);
            }
            None => self.begin(None),
        }
    }

    /// Ends every request, timer, stream and listener, and empties the element's shadow root.
    pub fn unmount(self) {
        drop(self.running.take());
        // A panic may have left a view without an owner.
        if let Some(root) = self.element.shadow_root() {
            root.replace_children_with_node_0();
        }
    }

    /// Does what a press of "Bayar dengan GoPay" does.
    pub fn start(&self) {
        self.feed(Input::PayPressed);
    }

    /// Polls now.
    pub fn refresh(&self) {
        self.feed(Input::RefreshPressed);
    }

    /// Does what a press of "Batalkan pembayaran" does.
    pub fn cancel(&self) {
        self.feed(Input::CancelPressed);
    }

    /// Does what a press of "Coba lagi" does.
    pub fn retry(&self) {
        self.feed(Input::RetryPressed);
    }

    /// The state that the attribute `state` reflects, even if the page has changed the attribute since.
    #[cfg_attr(feature = "element", wasm_bindgen(getter))]
    #[must_use]
    pub fn state(&self) -> String {
        self.state.get().as_str().to_owned()
    }

    /// Id of the tracked transaction.
    #[cfg_attr(feature = "element", wasm_bindgen(getter))]
    #[must_use]
    pub fn transaction_id(&self) -> Option<String> {
        self.driver()?.transaction_id()
    }

    /// The last status that was accepted.
    #[cfg_attr(feature = "element", wasm_bindgen(getter))]
    #[must_use]
    pub fn transaction_status(&self) -> Option<String> {
        self.driver()?.transaction_status()
    }
}

impl Mounted {
    /// Mounts into `element` where there is no loader.
    #[cfg(not(feature = "element"))]
    #[must_use]
    pub fn on(element: HtmlElement) -> Self {
        Self::new(element, None)
    }

    /// Mounts into `element`, and calls `callback` with each host event after it was dispatched.
    #[cfg(not(feature = "element"))]
    pub(crate) fn with_callback(element: HtmlElement, callback: HostEventCallback) -> Self {
        let state = Rc::new(Cell::new(StateName::Loading));
        let mounted = Self { element, state, running: RefCell::new(None), callback: Some(callback) };
        mounted.begin(None);
        mounted
    }

    /// Runs `work`. A panic in it ends this element and no other.
    pub fn run_guarded<T>(&self, work: impl FnOnce() -> T) -> T {
        match self.driver() {
            Some(driver) => driver.run_guarded(work),
            None => work(),
        }
    }

    fn driver(&self) -> Option<Rc<Driver>> {
        match self.running.borrow().as_ref()? {
            Running::Checkout(order) => Some(Rc::clone(&order.driver)),
            Running::Misconfigured { .. } => None,
        }
    }

    /// Keeps the payment and takes `config`, if it is the same payment. Returns the driver to be told of it, and whether its warnings are
    /// new.
    fn keep_payment(&self, config: Config) -> Option<(Rc<Driver>, Rc<Config>, bool)> {
        let mut running = self.running.borrow_mut();
        let Running::Checkout(order) = running.as_mut()? else { return None };
        let has_new_token = order.config.order_token != config.order_token;
        if !order.config.is_same_payment(&config) || (has_new_token && order.driver.is_refused()) {
            return None;
        }
        let has_new_warnings = order.config.warnings != config.warnings;
        order.config = Rc::new(config);
        Some((Rc::clone(&order.driver), Rc::clone(&order.config), has_new_warnings))
    }

    fn feed(&self, input: Input) {
        if let Some(driver) = self.driver() {
            driver.feed(input);
        }
    }

    fn begin(&self, early: Option<EarlyCharge>) {
        drop(self.running.take());
        #[cfg(not(feature = "element"))]
        if let Some(root) = mount_point::shadow_root(&self.element) {
            super::stylesheet::adopt(&root);
        }
        let host = Host::new(
            self.element.clone(),
            Rc::clone(&self.state),
            #[cfg(not(feature = "element"))]
            self.callback.clone(),
        );
        let set_up = read_config(&self.element).and_then(|config| {
            warn(&config);
            let config = Rc::new(config);
            let merchant = MerchantClient::new(Rc::clone(&config), self.element.clone())?;
            Ok((config, merchant))
        });
        let running = match set_up {
            Ok((config, merchant)) => RunningCheckout::new(host, config, merchant, early).map(Running::Checkout),
            Err(problem) => {
                if let Some(early) = early {
                    early.abort();
                }
                Some(Running::Misconfigured { _error_card: ErrorCard::show(&host, None, problem) })
            }
        };
        self.running.replace(running);
    }
}

impl RunningCheckout {
    fn new(host: Host, config: Rc<Config>, merchant: MerchantClient, early: Option<EarlyCharge>) -> Option<Self> {
        let root = Root::new(mount_point::shadow_root(host.element())?, config.lang, config.theme);
        let driver = drive(&config, merchant, host, root);
        let mut listeners = app_switch::listen(&driver.feeder());
        listeners.extend(resign_on_pagehide(&driver));
        let handoff = early.as_ref().filter(|early| early.tapped() > 0.0).map(EarlyCharge::left);
        begin(&driver, &config, early);
        if let Some(left) = handoff {
            hand_off(&driver, left);
        }
        Some(Self { config, driver, _listeners: listeners })
    }
}

fn drive(config: &Config, merchant: MerchantClient, host: Host, root: Rc<Root>) -> Rc<Driver> {
    let trust = Trust { hosts: config.trusted_hosts.clone(), charge_origin: merchant.charge_origin() };
    let options = PaymentOptions {
        expected: Expected { order_id: config.order_id.clone(), gross_amount: config.gross_amount, trust },
        channel: config.channel.unwrap_or_else(|| device::read().channel()),
        auto_start: config.start == Start::Auto,
        can_push: config.events_url.is_some(),
        can_cancel: config.cancel_url.is_some(),
        seed: device::seed(),
    };
    let driver = Driver::new(Payment::new(options), merchant, host, config.order_id.clone(), root);
    driver.run_guarded(|| driver.show(clock::now()));
    driver
}

fn begin(driver: &Driver, config: &Config, early: Option<EarlyCharge>) {
    let returned = is_return_for(&config.order_id, &app_switch::query());
    let input = if returned { Input::ReturnedFromApp } else { Input::Started };
    match early {
        Some(early) => driver.adopt_early_charge(early, input),
        None => driver.feed(input),
    }
    // Only now: an early charge was sent earlier, and the machine's time does not run backwards.
    if app_switch::is_hidden() {
        driver.feed(Input::Hidden);
    }
}

/// Feeds the payer's tap on the loader's deeplink once the machine knows the charge: in a microtask after its answer. `left`:
/// the page was hidden since, as it is behind the GoPay app.
fn hand_off(driver: &Rc<Driver>, left: bool) {
    let driver = Rc::downgrade(driver);
    soon(move || {
        let Some(driver) = driver.upgrade() else { return };
        driver.feed(Input::DeeplinkTapped);
        let hidden = app_switch::is_hidden();
        if left || hidden {
            driver.feed(Input::Hidden);
        }
        if left && !hidden {
            driver.feed(Input::Resumed);
        }
    });
}

/// Leaves the leader election when the page goes to the bfcache.
fn resign_on_pagehide(driver: &Rc<Driver>) -> Option<Listener> {
    let driver = Rc::downgrade(driver);
    let window = web_sys::window()?;
    Some(Listener::new(&window, "pagehide", move |_| {
        if let Some(driver) = driver.upgrade() {
            driver.resign();
        }
    }))
}

fn read_config(element: &HtmlElement) -> Result<Config, Problem> {
    let found = element.attributes();
    let attributes: Vec<_> =
        (0..found.length()).filter_map(|i| found.item(i)).map(|attr| (attr.name(), attr.value())).collect();
    Config::read(&attributes, mount_point::nearest_lang(element).as_deref())
}

fn warn(config: &Config) {
    config.warnings.iter().for_each(|warning| host_events::warn(&warning.message));
}
