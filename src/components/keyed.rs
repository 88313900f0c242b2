//! Keyed view: another key makes another element.

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::types::{Element, Node};
use leptos::tachys::view::add_attr::AddAnyAttr;
use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};

/// Gives `view` a key.
pub(super) const fn keyed<V>(key: u32, view: V) -> Keyed<V> {
    Keyed { key, view }
}

/// Key for a text or a URL.
pub(super) fn key_of(text: &str) -> u32 {
    text.bytes().fold(0, |key: u32, byte| key.wrapping_mul(31).wrapping_add(byte.into()))
}

pub(super) struct Keyed<V> {
    key: u32,
    view: V,
}

pub(super) struct KeyedState<S> {
    key: u32,
    state: S,
}

impl<V: Render> Render for Keyed<V> {
    type State = KeyedState<V::State>;

    fn build(self) -> Self::State {
        KeyedState { key: self.key, state: self.view.build() }
    }

    fn rebuild(self, before: &mut Self::State) {
        if self.key == before.key {
            self.view.rebuild(&mut before.state);
        } else {
            let mut made = self.build();
            before.state.insert_before_this(&mut made.state);
            before.state.unmount();
            *before = made;
        }
    }
}

impl<S: Mountable> Mountable for KeyedState<S> {
    fn unmount(&mut self) {
        self.state.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.state.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.state.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        self.state.elements()
    }
}

impl<V: RenderHtml + 'static> AddAnyAttr for Keyed<V> {
    type Output<A: Attribute> = Self;

    fn add_any_attr<A: Attribute>(self, _attribute: A) -> Self::Output<A> {
        self
    }
}

impl<V: RenderHtml + 'static> RenderHtml for Keyed<V> {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = V::MIN_LENGTH;

    fn dry_resolve(&mut self) {
        self.view.dry_resolve();
    }

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        extra_attrs: Vec<AnyAttribute>,
    ) {
        self.view.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Self::State {
        KeyedState { key: self.key, state: self.view.hydrate::<FROM_SERVER>(cursor, position) }
    }

    fn into_owned(self) -> Self {
        self
    }
}
