//! The view: pure functions from the [`ViewModel`] to Leptos views, which `checkout.rs` puts together. They have no
//! state, and do no requests.
//!
//! One signal holds the model, and the card is made from the whole of it whenever it changes: Leptos compares each
//! attribute and text with what stands in the document, so a ticking countdown touches nothing but its digits.

mod action;
mod actions;
mod countdown;
mod deeplink;
pub(crate) mod early;
mod figure;
mod headline;
mod help;
mod keyed;
mod problem;
mod qr_code;
mod receipt;
mod rescue;
mod summary;

pub use action::Action;

use crate::config::Theme;
use crate::payment::{InAppBrowser, Screen};
use crate::text::{Lang, Words};
use leptos::attr::custom::custom_attribute;
use leptos::either::Either;
use leptos::prelude::*;

/// View model: all data that the view shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewModel {
    /// The screen.
    pub screen: Screen,
    /// Seconds left to pay.
    pub seconds_left: Option<i64>,
    /// Language.
    pub lang: Lang,
    /// Colour scheme.
    pub theme: Theme,
    /// In-app browser of the page.
    pub place: InAppContext,
    /// Result of copying the page's address.
    pub copied: Option<CopyResult>,
    /// Offset from UTC of the payer's clock when the payment was made, in minutes.
    pub utc_offset: i64,
}

/// In-app browser that shows the page, for a payer whose app did not open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InAppContext {
    /// The app whose browser it is.
    pub app: Option<InAppBrowser>,
    /// URL that leaves it.
    pub way_out: Option<String>,
}

/// Result of "Salin tautan".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyResult {
    /// The address was copied.
    Link,
    /// The browser refused: the address for the payer to copy by hand.
    ByHand(String),
}

impl ViewModel {
    const fn words(&self) -> &'static Words {
        self.lang.words()
    }
}

/// The whole card.
#[must_use]
pub fn card(model: &ViewModel) -> impl IntoView + use<> {
    let attributes = (
        custom_attribute("part", "card"),
        custom_attribute("data-theme", model.theme.as_str()),
        custom_attribute("data-state", model.screen.state.as_str()),
        custom_attribute("data-channel", model.screen.channel.as_str()),
        custom_attribute("lang", model.lang.tag()),
    );
    let below = rescue::rescue(model).map_or_else(|| Either::Right(help::help(model)), Either::Left);
    let children = view! {
        <slot name={"header"}></slot>
        {summary::summary(model)}
        {figure::figure(model)}
        {headline::headline(model)}
        {countdown::countdown(model)}
        {countdown::announcement(model)}
        {actions::actions(model)}
        {below}
        <slot name={"footer"}></slot>
    };
    early::element("div", "card", attributes, children)
}
