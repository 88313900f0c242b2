//! The picture: one function from what is to be seen to elements. Pure; nothing here knows a document.
//!
//! Leptos' renderer paints it (`browser/painter.rs`).

mod actions;
mod countdown;
mod deeplink;
mod element;
mod headline;
mod help;
mod press;
mod problem;
mod qr_code;
mod rescue;
mod stage;
mod summary;

pub use element::{Child, Element, Text};
pub use press::Press;

use crate::config::Theme;
use crate::payment::{InAppBrowser, Screen};
use crate::text::{Lang, Words};
use element::element;

/// All that the picture is painted from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The screen.
    pub screen: Screen,
    /// What is left to pay in, in seconds.
    pub seconds_left: Option<i64>,
    /// In which language.
    pub lang: Lang,
    /// In which colours.
    pub theme: Theme,
    /// Where the page itself is shown.
    pub place: Place,
    /// Whether its address was copied.
    pub copied: Option<Copied>,
}

/// Where the page is shown, as far as a payer whose app did not open has to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// In this app's own browser.
    pub app: Option<InAppBrowser>,
    /// The address that leaves it.
    pub way_out: Option<String>,
}

/// What came of "Salin tautan".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Copied {
    /// It is copied.
    Link,
    /// The browser does not let us: this is what the payer may copy.
    ByHand(String),
}

impl Seen {
    const fn words(&self) -> &'static Words {
        self.lang.words()
    }
}

/// The whole card.
#[must_use]
pub fn card(seen: &Seen) -> Element {
    element("div")
        .part("card")
        .attr("data-theme", seen.theme.as_str())
        .attr("data-state", seen.screen.state.as_str())
        .attr("data-channel", seen.screen.channel.as_str())
        .attr("lang", seen.lang.tag())
        .child(summary::view(seen))
        .child(stage::view(seen))
        .child(headline::view(seen))
        .child(countdown::view(seen))
        .child(countdown::spoken(seen))
        .child(actions::view(seen))
        .child(rescue::view(seen).unwrap_or_else(|| help::view(seen)))
        .child(element("slot").attr("name", "footer"))
}
