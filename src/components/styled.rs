//! Elements whose tag, class and part are values and never change. They are set once and kept in no state, and elements that
//! differ in nothing else share their code, where every `HtmlElement` of `view!` has code of its own: docs/hosting.md.

use leptos::attr::any_attribute::AnyAttribute;
use leptos::attr::{Attribute, AttributeValue};
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::{Element, Node};
use leptos::tachys::view::add_attr::AddAnyAttr;
use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};

/// An element of this class; with an empty one, of none.
pub(super) const fn element<At, Ch>(
    tag: &'static str,
    class: &'static str,
    attributes: At,
    children: Ch,
) -> Styled<At, Ch> {
    Styled { start: Start { tag, class, part: "", fixed: &[] }, attributes, children }
}

/// Attributes that never change: names and values.
pub(super) type Fixed = &'static [(&'static str, &'static str)];

/// The part of a start tag that never changes.
#[derive(Clone, Copy)]
pub(super) struct Start {
    pub(super) tag: &'static str,
    pub(super) class: &'static str,
    pub(super) part: &'static str,
    pub(super) fixed: Fixed,
}

impl Start {
    fn attributes(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let named = [("class", self.class), ("part", self.part)].into_iter().filter(|(_, value)| !value.is_empty());
        named.chain(self.fixed.iter().copied())
    }

    /// Makes the element.
    #[inline(never)]
    pub(super) fn create(&self) -> Element {
        let element = Rndr::create_element(self.tag, None);
        self.complete(&element);
        element
    }

    /// Sets its attributes on `element`.
    pub(super) fn complete(&self, element: &Element) {
        self.attributes().for_each(|(name, value)| Rndr::set_attribute(element, name, value));
    }

    /// Writes it as HTML.
    pub(super) fn write(&self, buf: &mut String) {
        buf.extend(["<", self.tag]);
        self.attributes().for_each(|(name, value)| AttributeValue::to_html(value, name, buf));
    }
}

pub(super) struct Styled<At, Ch> {
    start: Start,
    attributes: At,
    children: Ch,
}

impl<At, Ch> Styled<At, Ch> {
    /// With the name by which a shop styles it.
    pub(super) fn part(self, part: &'static str) -> Self {
        Self { start: Start { part, ..self.start }, ..self }
    }

    /// With attributes that never change.
    pub(super) fn fixed(self, fixed: Fixed) -> Self {
        Self { start: Start { fixed, ..self.start }, ..self }
    }
}

pub(super) struct StyledState<At, Ch> {
    element: Element,
    attributes: At,
    children: Ch,
}

impl<At: Attribute, Ch: Render> Render for Styled<At, Ch> {
    type State = StyledState<At::State, Ch::State>;

    fn build(self) -> Self::State {
        let element = self.start.create();
        let attributes = self.attributes.build(&element);
        let mut children = self.children.build();
        children.mount(&element, None);
        StyledState { element, attributes, children }
    }

    fn rebuild(self, state: &mut Self::State) {
        self.attributes.rebuild(&mut state.attributes);
        self.children.rebuild(&mut state.children);
    }
}

impl<At, Ch> Mountable for StyledState<At, Ch> {
    fn unmount(&mut self) {
        Rndr::remove(&self.element);
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        Rndr::insert_node(parent, &self.element, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.element.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        vec![self.element.clone()]
    }
}

impl<At: Attribute + 'static, Ch: RenderHtml + 'static> AddAnyAttr for Styled<At, Ch> {
    type Output<A: Attribute> = Self;

    fn add_any_attr<A: Attribute>(self, _attribute: A) -> Self::Output<A> {
        self
    }
}

impl<At: Attribute + 'static, Ch: RenderHtml + 'static> RenderHtml for Styled<At, Ch> {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = At::MIN_LENGTH + Ch::MIN_LENGTH;

    fn dry_resolve(&mut self) {
        self.attributes.dry_resolve();
        self.children.dry_resolve();
    }

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        _escape: bool,
        mark_branches: bool,
        _extra_attrs: Vec<AnyAttribute>,
    ) {
        self.start.write(buf);
        self.attributes.to_html(buf, &mut String::new(), &mut String::new(), &mut String::new());
        buf.push('>');
        *position = Position::FirstChild;
        self.children.to_html_with_buf(buf, position, true, mark_branches, Vec::new());
        buf.extend(["</", self.start.tag, ">"]);
        *position = Position::NextChild;
    }

    /// Created anew: no server renders into a shadow root.
    fn hydrate<const FROM_SERVER: bool>(self, _cursor: &Cursor, _position: &PositionState) -> Self::State {
        self.build()
    }

    fn into_owned(self) -> Self {
        self
    }
}
