//! What the picture is made of: elements with attributes, text and children. Values only, so that a native test can look
//! at every screen; `browser/painter.rs` makes the document follow them.

use std::borrow::Cow;

/// A text that is written down, or was put together.
pub type Text = Cow<'static, str>;

/// An element to be painted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its tag name.
    pub tag: &'static str,
    /// An element in the same place, of the same tag and key, is kept and changed; any other is made anew.
    pub key: u32,
    /// Names and values.
    pub attributes: Vec<(&'static str, Text)>,
    /// What is in it.
    pub children: Vec<Child>,
}

/// What an element holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Child {
    /// Another element.
    Element(Element),
    /// Words.
    Text(Text),
    /// The place of what is not there now: what comes after it stays what it is.
    Nothing,
}

/// An element with nothing in it yet.
#[must_use]
pub(super) const fn element(tag: &'static str) -> Element {
    Element { tag, key: 0, attributes: Vec::new(), children: Vec::new() }
}

impl Element {
    /// With an attribute. Not inlined, like the others here: a picture is a hundred of these.
    #[must_use]
    #[inline(never)]
    pub fn attr(mut self, name: &'static str, value: impl Into<Text>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// With `class`, and what a shop may style as `::part()`.
    #[must_use]
    #[inline(never)]
    pub fn part(self, part: &'static str) -> Self {
        self.attr("part", part).class(part)
    }

    /// With `class`.
    #[must_use]
    #[inline(never)]
    pub fn class(self, class: &'static str) -> Self {
        self.attr("class", class)
    }

    /// With another key: what stood here is not to be kept.
    #[must_use]
    pub const fn key(mut self, key: u32) -> Self {
        self.key = key;
        self
    }

    /// With one more element in it, or the place of one.
    #[must_use]
    #[inline(never)]
    pub fn child(mut self, child: impl Into<Option<Self>>) -> Self {
        self.children.push(child.into().map_or(Child::Nothing, Child::Element));
        self
    }

    /// With words in it.
    #[must_use]
    #[inline(never)]
    pub fn text(mut self, text: impl Into<Text>) -> Self {
        self.children.push(Child::Text(text.into()));
        self
    }

    /// An attribute's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_ref())
    }
}
