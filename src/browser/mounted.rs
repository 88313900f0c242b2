//! The handle that an element holds: everything a mount has started hangs on it, and ends with it.

use super::driver::Driver;
use super::host::{self, Host};
use super::listener::Listener;
use super::merchant::Merchant;
use super::painter::Painter;
use super::wire::{Early, Wire};
use super::{app_switch, clock, device, presses, random};
use crate::config::{Config, Start, Theme};
use crate::payment::{Channel, Input, News, Payment, Plan, Problem, Screen, StateName, Terms, Trust, is_return_for};
use crate::text::Lang;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Element, HtmlElement, ShadowRoot, ShadowRootInit, ShadowRootMode};

/// A checkout that is mounted into an element.
#[wasm_bindgen]
pub struct Mounted {
    element: HtmlElement,
    wire: Wire,
    running: Option<Running>,
}

/// One order, followed. Dropped, it ends all of it.
struct Running {
    config: Option<Config>,
    driver: Option<Rc<Driver>>,
    painter: Rc<Painter>,
    _listeners: Vec<Listener>,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(driver) = &self.driver {
            driver.stop();
        }
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
        let read = read_config(&self.element);
        if let (Some(running), Ok(config)) = (&mut self.running, &read)
            && let Some(before) = &running.config
        {
            if before == config {
                return;
            }
            if before.differs_only_in_looks(config) {
                running.painter.dress(config.lang, config.theme);
                running.config = Some(config.clone());
                return;
            }
        }
        self.begin(None);
    }

    /// Ends every request, timer, stream and listener, and empties the element's shadow root.
    pub fn unmount(&mut self) {
        self.running = None;
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
        self.running.as_ref()?.driver.as_ref()
    }

    fn feed(&self, input: Input) {
        if let Some(driver) = self.driver() {
            driver.feed(input);
        }
    }

    fn begin(&mut self, early: Option<Early>) {
        self.running = None;
        let Some(root) = shadow_root(&self.element) else { return };
        #[cfg(feature = "component")]
        super::stylesheet::adopt(&root);
        self.running = Running::new(&self.element, &root, &self.wire, early);
    }
}

impl Running {
    fn new(element: &HtmlElement, root: &ShadowRoot, wire: &Wire, early: Option<Early>) -> Option<Self> {
        let host = Host::new(element.clone());
        let config = read_config(element);
        let set_up = config.and_then(|config| {
            let merchant = Merchant::new(config.clone(), element.clone(), wire.clone())?;
            Ok((config, merchant))
        });
        let (lang, theme) = match &set_up {
            Ok((config, _)) => (config.lang, config.theme),
            Err(_) => (nearest_lang(element).as_deref().and_then(Lang::from_tag).unwrap_or(Lang::Id), Theme::Auto),
        };
        let early_qr = root.query_selector("img").ok().flatten();
        let parent = mount_point(root)?;
        let painter = Rc::new(Painter::new(parent.clone().into(), early_qr, lang, theme));
        let running = match set_up {
            Ok((config, merchant)) => {
                let driver = drive(&config, merchant, host, Rc::clone(&painter));
                let mut listeners = app_switch::listen(&driver.feeder());
                listeners.extend(step_aside_on_pagehide(&driver));
                listeners.extend(presses::listen(&parent, Some(&driver)));
                begin(&driver, &config, early);
                Self { config: Some(config), driver: Some(driver), painter, _listeners: listeners }
            }
            Err(problem) => {
                if let Some(early) = early {
                    early.abort();
                }
                refuse(&host, &painter, problem);
                let listeners = Vec::from(presses::listen(&parent, None));
                Self { config: None, driver: None, painter, _listeners: listeners }
            }
        };
        Some(running)
    }
}

/// Cannot run at all: shows why, and tells the shop.
fn refuse(host: &Host, painter: &Painter, problem: Problem) {
    host::log(&problem);
    host.reflect(StateName::Problem);
    host.tell(None, &News::Problem(problem.clone()));
    painter.show(Screen { problem: Some(problem), ..Screen::empty(StateName::Problem, Channel::Qr) }, None);
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
    Config::read(&attributes, nearest_lang(element).as_deref())
}

/// The language around the element, through the borders of other shadow roots.
fn nearest_lang(element: &HtmlElement) -> Option<String> {
    let mut from: Element = element.clone().into();
    loop {
        if let Some(found) = from.closest("[lang]").ok().flatten().and_then(|found| found.get_attribute("lang")) {
            return Some(found);
        }
        from = from.get_root_node().dyn_into::<ShadowRoot>().ok()?.host();
    }
}

/// The element's shadow root; a second mount finds the first one's.
fn shadow_root(element: &HtmlElement) -> Option<ShadowRoot> {
    element.shadow_root().or_else(|| element.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).ok())
}

/// An empty `<div>` in `root`, and nothing beside it: whatever stood there (the fallback's slot, an earlier mount) goes.
fn mount_point(root: &ShadowRoot) -> Option<HtmlElement> {
    let div = root.owner_document()?.create_element("div").ok()?;
    root.replace_children_with_node_1(&div);
    div.dyn_into().ok()
}
