//! Adoption of elements that the loader has painted: the view takes them over in place.
//!
//! The loader paints what can be paid, a QR code or a link, before this code is there, and marks it with `data-early`. The
//! payer may be tapping it: a link that leaves the document for a moment loses the tap, and an image is fetched once more. So
//! the marked element and its ancestors stay where they are, and everything else is put around them.

use super::styled::{Fixed, Start};
use leptos::attr::any_attribute::AnyAttribute;
use leptos::attr::{Attribute, AttributeValue};
use leptos::tachys::hydration::Cursor;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::{Element, Node};
use leptos::tachys::view::add_attr::AddAnyAttr;
use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};
use std::cell::RefCell;

/// Attribute that marks the loader's link or image, until the core has adopted it.
pub(crate) const MARK: &str = "data-early";

thread_local! {
    /// The marked element and its ancestors, the outermost last, until the view adopts them.
    static PAINTED_BY_LOADER: RefCell<Vec<Element>> = const { RefCell::new(Vec::new()) };
}

/// Runs `build`, in which views may adopt these elements: the marked one first, the outermost last. Afterwards none is left.
#[cfg(target_arch = "wasm32")]
pub(crate) fn adopting<T>(painted: Vec<Element>, build: impl FnOnce() -> T) -> T {
    PAINTED_BY_LOADER.set(painted);
    let built = build();
    PAINTED_BY_LOADER.take();
    built
}

/// An element of this class, which the loader may have painted.
pub(crate) const fn element<At, Ch>(
    tag: &'static str,
    class: &'static str,
    attributes: At,
    children: Ch,
) -> EarlyElement<At, Ch> {
    EarlyElement { start: Start { tag, class, part: "", fixed: &[] }, url: None, attributes, children }
}

pub(crate) struct EarlyElement<At, Ch> {
    start: Start,
    url: Option<(&'static str, String)>,
    attributes: At,
    children: Ch,
}

impl<At, Ch> EarlyElement<At, Ch> {
    /// With a URL, which the loader's element must have too. It is not set again, because an image would be fetched again.
    pub(super) fn url(self, name: &'static str, url: String) -> Self {
        Self { url: Some((name, url)), ..self }
    }

    /// With the name by which a shop styles it.
    pub(super) fn part(self, part: &'static str) -> Self {
        Self { start: Start { part, ..self.start }, ..self }
    }

    /// With attributes that never change.
    pub(super) fn fixed(self, fixed: Fixed) -> Self {
        Self { start: Start { fixed, ..self.start }, ..self }
    }
}

pub(crate) struct EarlyState<At, Ch> {
    element: Element,
    /// The element was in its place before.
    is_mounted: bool,
    url: Option<(&'static str, String)>,
    attributes: At,
    children: Ch,
}

/// Adopts the next element, if it is the same, and removes all its children but the next one to adopt.
fn adopt(start: &Start, url: Option<&(&'static str, String)>) -> Option<Element> {
    PAINTED_BY_LOADER.with_borrow_mut(|painted| {
        let fits = |element: &mut Element| {
            element.class_name() == start.class
                && url.is_none_or(|(name, url)| element.get_attribute(name).as_ref() == Some(url))
        };
        let element = painted.pop_if(fits)?;
        let _marked = element.remove_attribute(MARK);
        start.complete(&element);
        let kept = painted.last();
        while let Some(gone) = element.first_child().filter(|child| !is(child, kept)) {
            Rndr::remove(&gone);
        }
        while let Some(gone) = element.last_child().filter(|child| !is(child, kept)) {
            Rndr::remove(&gone);
        }
        Some(element)
    })
}

fn is(node: &Node, element: Option<&Element>) -> bool {
    element.is_some_and(|element| node.is_same_node(Some(element)))
}

/// Removes the children of `element` that nothing has adopted.
fn remove_rest(element: &Element) {
    PAINTED_BY_LOADER.with_borrow_mut(|painted| {
        let in_element = |rest: &mut Element| rest.parent_node().is_some_and(|parent| is(&parent, Some(element)));
        if let Some(rest) = painted.pop_if(in_element) {
            Rndr::remove(&rest);
            painted.clear();
        }
    });
}

/// Puts `element` into its place. Where it `is_mounted` it stays, and elements that belong before it move there.
#[inline(never)]
fn place(element: &Element, is_mounted: bool, parent: &Element, marker: Option<&Node>) {
    if is_mounted {
        while let Some(before) = element.next_sibling() {
            Rndr::insert_node(parent, &before, Some(element));
        }
    } else {
        Rndr::insert_node(parent, element, marker);
    }
}

impl<At: Attribute, Ch: Render> Render for EarlyElement<At, Ch> {
    type State = EarlyState<At::State, Ch::State>;

    fn build(self) -> Self::State {
        let painted = adopt(&self.start, self.url.as_ref());
        let is_mounted = painted.is_some();
        let element = painted.unwrap_or_else(|| self.start.create());
        let attributes = self.attributes.build(&element);
        if let Some((name, url)) = self.url.as_ref().filter(|_| !is_mounted) {
            // The URL last: it starts the request, to which the other attributes apply.
            Rndr::set_attribute(&element, name, url);
        }
        let mut children = self.children.build();
        if is_mounted {
            remove_rest(&element);
        }
        children.mount(&element, None);
        EarlyState { element, is_mounted, url: self.url, attributes, children }
    }

    fn rebuild(self, state: &mut Self::State) {
        if self.url != state.url {
            if let Some((name, url)) = &self.url {
                Rndr::set_attribute(&state.element, name, url);
            }
            state.url = self.url;
        }
        self.attributes.rebuild(&mut state.attributes);
        self.children.rebuild(&mut state.children);
    }
}

impl<At, Ch> Mountable for EarlyState<At, Ch> {
    fn unmount(&mut self) {
        Rndr::remove(&self.element);
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        place(&self.element, std::mem::take(&mut self.is_mounted), parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.element.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        vec![self.element.clone()]
    }
}

impl<At: Attribute + 'static, Ch: RenderHtml + 'static> AddAnyAttr for EarlyElement<At, Ch> {
    type Output<A: Attribute> = Self;

    fn add_any_attr<A: Attribute>(self, _attribute: A) -> Self::Output<A> {
        self
    }
}

impl<At: Attribute + 'static, Ch: RenderHtml + 'static> RenderHtml for EarlyElement<At, Ch> {
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
        if let Some((name, url)) = self.url {
            AttributeValue::to_html(url, name, buf);
        }
        self.attributes.to_html(buf, &mut String::new(), &mut String::new(), &mut String::new());
        buf.push('>');
        if self.start.tag != "img" {
            *position = Position::FirstChild;
            self.children.to_html_with_buf(buf, position, true, mark_branches, Vec::new());
            buf.extend(["</", self.start.tag, ">"]);
        }
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
