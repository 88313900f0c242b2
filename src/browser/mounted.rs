//! The handle that an element holds: everything a mount has started hangs on it, and ends with it.

use super::driver::Driver;
use super::host::Host;
use super::listener::Listener;
use super::merchant::Merchant;
use super::painter::Painter;
use super::refusal::Refusal;
use super::wire::{Early, Wire};
use super::{app_switch, clock, device, mount_point, presses, random};
use crate::config::{Config, Start};
use crate::payment::{Input, Payment, Plan, Problem, Terms, Trust, is_return_for};
use std::rc::Rc;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlElement;

/// A checkout that is mounted into an element.
#[wasm_bindgen]
pub struct Mounted {
    element: HtmlElement,
    wire: Wire,
    running: Option<Running>,
}

/// What a mount has started. Dropped, it ends all of it.
enum Running {
    /// One order, followed.
    Order(Order),
    /// Nothing: why, for the payer.
    Refused { _refusal: Option<Refusal> },
}

struct Order {
    config: Config,
    driver: Rc<Driver>,
    painter: Rc<Painter>,
    _listeners: Vec<Listener>,
}

impl Drop for Order {
    fn drop(&mut self) {
        self.driver.stop();
    }
}

#[wasm_bindgen]
impl Mounted {
    /// Mounts into `element`: reads its attributes, and begins; or goes on, if its first charge is out already.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(element: HtmlElement, wire: Wire, early: Option<Early>) -> Self {
        let mut mounted = Self { element, wire, running: None };
        mounted.begin(early);
        mounted
    }

    /// Attributes have changed: another language is painted at once, another order begins again.
    pub fn attributes_changed(&mut self) {
        if let (Some(Running::Order(order)), Ok(config)) = (&mut self.running, read_config(&self.element)) {
            if order.config == config {
                return;
            }
            if order.config.differs_only_in_looks(&config) {
                order.painter.dress(config.lang, config.theme);
                order.config = config;
                return;
            }
        }
        self.begin(None);
    }

    /// Ends every request, timer, stream and listener, and empties the element's shadow root.
    pub fn unmount(&mut self) {
        self.running = None;
        // A panic may have left a picture that nobody can take away any more.
        if let Some(root) = self.element.shadow_root() {
            root.replace_children_with_node_0();
        }
    }

    /// As if the payer had pressed "Bayar dengan GoPay".
    pub fn start(&self) {
        self.feed(Input::PayPressed);
    }

    /// Asks now.
    pub fn refresh(&self) {
        self.feed(Input::RefreshPressed);
    }

    /// As if the payer had pressed "Batalkan pembayaran".
    pub fn cancel(&self) {
        self.feed(Input::CancelPressed);
    }

    /// As if the payer had pressed "Coba lagi".
    pub fn retry(&self) {
        self.feed(Input::RetryPressed);
    }

    /// The transaction that is followed.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn transaction_id(&self) -> Option<String> {
        self.driver()?.transaction().0
    }

    /// The last status that was believed.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn transaction_status(&self) -> Option<String> {
        self.driver()?.transaction().1
    }
}

impl Mounted {
    /// Mounts into `element` where there is no loader.
    #[cfg(feature = "component")]
    #[must_use]
    pub fn on(element: HtmlElement) -> Self {
        Self::new(element, super::wire::WIRE.with(Clone::clone), None)
    }

    /// Runs `work` as this element's own: a panic in it ends this element and no other.
    pub fn attend<T>(&self, work: impl FnOnce() -> T) -> T {
        match self.driver() {
            Some(driver) => driver.attend(work),
            None => work(),
        }
    }

    fn driver(&self) -> Option<&Rc<Driver>> {
        match self.running.as_ref()? {
            Running::Order(order) => Some(&order.driver),
            Running::Refused { .. } => None,
        }
    }

    fn feed(&self, input: Input) {
        if let Some(driver) = self.driver() {
            driver.feed(input);
        }
    }

    fn begin(&mut self, early: Option<Early>) {
        self.running = None;
        #[cfg(feature = "component")]
        if let Some(root) = mount_point::shadow_root(&self.element) {
            super::stylesheet::adopt(&root);
        }
        let host = Host::new(self.element.clone());
        let set_up = read_config(&self.element).and_then(|config| {
            let merchant = Merchant::new(config.clone(), self.element.clone(), self.wire.clone())?;
            Ok((config, merchant))
        });
        self.running = match set_up {
            Ok((config, merchant)) => Order::new(host, config, merchant, early).map(Running::Order),
            Err(problem) => {
                if let Some(early) = early {
                    early.abort();
                }
                Some(Running::Refused { _refusal: Refusal::show(&host, None, problem) })
            }
        };
    }
}

impl Order {
    fn new(host: Host, config: Config, merchant: Merchant, early: Option<Early>) -> Option<Self> {
        let root = mount_point::shadow_root(host.element())?;
        let early_qr = root.query_selector("img").ok().flatten();
        let parent = mount_point::make(&root)?;
        let painter = Rc::new(Painter::new(parent.clone().into(), early_qr, config.lang, config.theme));
        let driver = drive(&config, merchant, host, Rc::clone(&painter));
        let mut listeners = app_switch::listen(&driver.feeder());
        listeners.extend(step_aside_on_pagehide(&driver));
        listeners.extend(presses::listen(&parent, Some(&driver)));
        begin(&driver, &config, early);
        Some(Self { config, driver, painter, _listeners: listeners })
    }
}

fn drive(config: &Config, merchant: Merchant, host: Host, painter: Rc<Painter>) -> Rc<Driver> {
    let trust = Trust { hosts: config.trusted_hosts.clone(), charge_origin: merchant.charge_origin() };
    let plan = Plan {
        terms: Terms { order_id: config.order_id.clone(), gross_amount: config.gross_amount, trust },
        channel: config.channel.unwrap_or_else(|| device::read().channel()),
        can_watch: config.events_url.is_some(),
        can_cancel: config.cancel_url.is_some(),
        seed: random::seed(),
    };
    let driver = Driver::new(Payment::new(plan), merchant, host, config.order_id.clone(), painter);
    driver.show(clock::now());
    driver
}

fn begin(driver: &Driver, config: &Config, early: Option<Early>) {
    driver.take_part();
    if app_switch::is_hidden() {
        driver.feed(Input::Hidden);
    }
    let input = match config.start {
        _ if is_return_for(&config.order_id, &app_switch::query()) => Input::ReturnedFromApp,
        Start::Auto => Input::Begun,
        Start::Press => return,
    };
    match early {
        Some(early) => driver.take_over(early, input),
        None => driver.feed(input),
    }
}

/// A page that the browser puts aside does not lead.
fn step_aside_on_pagehide(driver: &Rc<Driver>) -> Option<Listener> {
    let driver = Rc::downgrade(driver);
    let window = web_sys::window()?;
    Some(Listener::new(&window, "pagehide", move |_| {
        if let Some(driver) = driver.upgrade() {
            driver.step_aside();
        }
    }))
}

fn read_config(element: &HtmlElement) -> Result<Config, Problem> {
    let found = element.attributes();
    let attributes: Vec<_> =
        (0..found.length()).filter_map(|i| found.item(i)).map(|attr| (attr.name(), attr.value())).collect();
    Config::read(&attributes, mount_point::nearest_lang(element).as_deref())
}
