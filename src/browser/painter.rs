//! Makes the document follow the picture, through Leptos' renderer: what is the same is left alone, so that a ticking
//! countdown reloads no QR picture, moves no focus and says nothing to a screen reader.

use crate::config::Theme;
use crate::payment::{Channel, Detour, Screen, StateName, in_app_browser, way_out};
use crate::text::Lang;
use crate::view::{Child, Copied, Element, Place, Seen, Text, card};
use std::cell::{Cell, RefCell};
use tachys::renderer::Rndr;
use tachys::renderer::types::{Element as Painted, Node, Text as PaintedText};
use tachys::view::{Mountable, Render};
use wasm_bindgen::JsCast;
use web_sys::HtmlImageElement;

/// The picture of one checkout. Dropped, it leaves the document.
pub(crate) struct Painter {
    parent: Painted,
    seen: RefCell<Seen>,
    card: RefCell<Option<StandingElement>>,
    new_qr: Cell<bool>,
}

thread_local! {
    /// The QR picture that the loader has painted already, until the first picture here takes it over: one that is made
    /// anew would be fetched or decoded once more.
    static EARLY_QR: RefCell<Option<Painted>> = const { RefCell::new(None) };
}

impl Painter {
    /// Paints nothing yet.
    pub(crate) fn new(parent: Painted, early_qr: Option<Painted>, lang: Lang, theme: Theme) -> Self {
        EARLY_QR.set(early_qr);
        let screen = Screen::empty(StateName::Loading, Channel::Qr);
        let seen =
            RefCell::new(Seen { screen, seconds_left: None, lang, theme, place: Place::default(), copied: None });
        Self { parent, seen, card: RefCell::new(None), new_qr: Cell::new(false) }
    }

    /// Paints another screen, or the same with less time left.
    pub(crate) fn show(&self, screen: Screen, seconds_left: Option<i64>) {
        let seen = self.seen.borrow().clone();
        if screen.qr.is_some() && screen.qr != seen.screen.qr {
            self.new_qr.set(true);
        }
        let not_opened = screen.detour == Detour::NotOpened;
        let place = if not_opened { place() } else { Place::default() };
        let copied = seen.copied.filter(|_| not_opened);
        self.paint(Seen { screen, seconds_left, place, copied, ..seen });
    }

    /// Paints the same in other words and colours.
    pub(crate) fn dress(&self, lang: Lang, theme: Theme) {
        let seen = self.seen.borrow().clone();
        self.paint(Seen { lang, theme, ..seen });
    }

    /// Says what came of "Salin tautan".
    pub(crate) fn copied(&self, copied: Copied) {
        let seen = self.seen.borrow().clone();
        self.paint(Seen { copied: Some(copied), ..seen });
    }

    /// Whether a QR picture has come that nobody asked about yet.
    pub(crate) fn has_new_qr(&self) -> bool {
        self.new_qr.take()
    }

    /// Whether the picture is there, or will never be, which tells nobody a second time; nothing while it is on its way.
    pub(crate) fn qr_is_drawn(&self) -> Option<bool> {
        let picture = self.parent.query_selector("img").ok()??.dyn_into::<HtmlImageElement>().ok()?;
        picture.complete().then(|| picture.natural_width() > 0)
    }

    fn paint(&self, seen: Seen) {
        let mut standing = self.card.borrow_mut();
        match &mut *standing {
            Some(_) if *self.seen.borrow() == seen => return,
            Some(standing) => card(&seen).rebuild(standing),
            None => {
                let mut built = card(&seen).build();
                built.mount(&self.parent, None);
                *standing = Some(built);
            }
        }
        self.seen.replace(seen);
    }
}

/// Where the page is shown now.
fn place() -> Place {
    let Some(window) = web_sys::window() else { return Place::default() };
    let user_agent = window.navigator().user_agent().unwrap_or_default();
    let app = in_app_browser(&user_agent);
    let href = window.location().href().unwrap_or_default();
    Place { app, way_out: app.and_then(|app| way_out(app, &user_agent, &href)) }
}

impl Drop for Painter {
    fn drop(&mut self) {
        // After a panic it may be borrowed for ever.
        if let Some(mut card) = self.card.try_borrow_mut().ok().and_then(|mut card| card.take()) {
            card.unmount();
        }
    }
}

/// An element as it stands in the document.
pub struct StandingElement {
    tag: &'static str,
    key: u32,
    painted: Painted,
    attributes: Vec<(&'static str, Text)>,
    children: Vec<StandingChild>,
}

enum StandingChild {
    Element(StandingElement),
    Text(Text, PaintedText),
    Nothing,
}

impl Render for Element {
    type State = StandingElement;

    fn build(self) -> StandingElement {
        let painted = self.painted_early().unwrap_or_else(|| Rndr::create_element(self.tag, None));
        for (name, value) in &self.attributes {
            // A `src` that is set again, if to the same, is fetched again.
            if painted.get_attribute(name).as_deref() != Some(value) {
                Rndr::set_attribute(&painted, name, value);
            }
        }
        let children = self.children.into_iter().map(|child| stand(child, &painted, None)).collect();
        StandingElement { tag: self.tag, key: self.key, painted, attributes: self.attributes, children }
    }

    fn rebuild(self, standing: &mut StandingElement) {
        for (name, _) in &standing.attributes {
            if self.get(name).is_none() {
                Rndr::remove_attribute(&standing.painted, name);
            }
        }
        for (name, value) in &self.attributes {
            if !standing.attributes.iter().any(|before| before.0 == *name && before.1 == *value) {
                Rndr::set_attribute(&standing.painted, name, value);
            }
        }
        standing.attributes = self.attributes;
        for gone in standing.children.drain(self.children.len().min(standing.children.len())..) {
            gone.leave();
        }
        for (at, child) in self.children.into_iter().enumerate() {
            let next = standing.children.iter().skip(at + 1).find_map(StandingChild::node);
            match standing.children.get_mut(at) {
                Some(before) => before.become_child(child, &standing.painted, next.as_ref()),
                None => standing.children.push(stand(child, &standing.painted, None)),
            }
        }
    }
}

impl Element {
    fn painted_early(&self) -> Option<Painted> {
        let src = self.get("src")?;
        EARLY_QR.take().filter(|early| early.get_attribute("src").as_deref() == Some(src))
    }
}

fn stand(child: Child, parent: &Painted, next: Option<&Node>) -> StandingChild {
    let child = match child {
        Child::Element(element) => StandingChild::Element(element.build()),
        Child::Text(text) => {
            let painted = Rndr::create_text_node(&text);
            StandingChild::Text(text, painted)
        }
        Child::Nothing => StandingChild::Nothing,
    };
    if let Some(node) = child.node() {
        Rndr::insert_node(parent, &node, next);
    }
    child
}

impl StandingChild {
    fn node(&self) -> Option<Node> {
        match self {
            Self::Element(element) => Some(element.painted.clone().into()),
            Self::Text(_, painted) => Some(painted.clone().into()),
            Self::Nothing => None,
        }
    }

    fn leave(&self) {
        if let Some(node) = self.node() {
            Rndr::remove(&node);
        }
    }

    fn become_child(&mut self, child: Child, parent: &Painted, next: Option<&Node>) {
        match (&mut *self, child) {
            (Self::Element(before), Child::Element(element))
                if before.tag == element.tag && before.key == element.key =>
            {
                element.rebuild(before);
            }
            (Self::Text(before, painted), Child::Text(text)) => {
                if *before != text {
                    Rndr::set_text(painted, &text);
                    *before = text;
                }
            }
            (Self::Nothing, Child::Nothing) => {}
            (_, child) => {
                self.leave();
                *self = stand(child, parent, next);
            }
        }
    }
}

impl Mountable for StandingElement {
    fn unmount(&mut self) {
        Rndr::remove(&self.painted);
    }

    fn mount(&mut self, parent: &Painted, marker: Option<&Node>) {
        Rndr::insert_node(parent, &self.painted, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        Rndr::get_parent(&self.painted).is_some_and(|parent| {
            child.mount(parent.unchecked_ref(), Some(&self.painted));
            true
        })
    }

    fn elements(&self) -> Vec<Painted> {
        vec![self.painted.clone()]
    }
}
