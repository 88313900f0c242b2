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
mod summary;

pub use element::{Child, Element, Text};
pub use press::Press;

use crate::config::Theme;
use crate::payment::{Channel, Screen, StateName};
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
        .attr("lang", seen.lang.tag())
        .child(element("slot").attr("name", "header"))
        .child(summary::view(seen))
        .child(headline::view(seen))
        .child(middle(seen))
        .child(countdown::view(seen))
        .child(problem::view(seen))
        .child(actions::view(seen))
        .child(help::view(seen))
        .child(element("slot").attr("name", "footer"))
}

/// What stands in the middle of the card.
fn middle(seen: &Seen) -> Option<Element> {
    let screen = &seen.screen;
    match screen.state {
        StateName::Loading | StateName::Charging | StateName::Checking => {
            Some(element("div").class("waiting").attr("aria-hidden", "true"))
        }
        StateName::Pending => match (screen.channel, &screen.qr, &screen.deeplink) {
            (Channel::Qr, Some((url, tries)), _) => Some(qr_code::view(seen, url, *tries)),
            (Channel::Deeplink, _, Some(url)) => Some(deeplink::view(seen, url)),
            (Channel::Qr, None, _) | (Channel::Deeplink, _, None) => None,
        },
        StateName::Ready
        | StateName::Settlement
        | StateName::Expire
        | StateName::Cancel
        | StateName::Deny
        | StateName::Refund
        | StateName::Problem => None,
    }
}
