//! The picture: one match on the screen. Builders and not the `view!` macro, because the macro turns static subtrees
//! into `innerHTML`, which a page with Trusted Types refuses.

mod actions;
mod checkout;
mod countdown;
mod deeplink;
mod headline;
mod help;
mod problem;
mod qr_code;
mod summary;

pub use checkout::Checkout;

use crate::browser::Shown;
use crate::config::Theme;
use crate::payment::{Channel, Input, Screen, StateName};
use crate::text::{Lang, Words};
use leptos::prelude::*;
use leptos::tachys::html::attribute::custom::CustomAttribute;
use leptos::{IntoView, html};
use web_sys::MouseEvent;

/// What the payer wants; goes up by a callback, because signals lose what comes twice in a tick.
#[expect(clippy::large_enum_variant, reason = "one lives at a time, for as long as a click")]
pub(crate) enum Intent {
    /// Tell the machine.
    Feed(Input),
    /// Follow the deeplink, unless the page objects.
    Open {
        /// Where to.
        url: String,
        /// The tap itself.
        tap: MouseEvent,
    },
    /// Load the whole page anew.
    Reload,
}

/// All that the picture is painted from.
#[derive(Clone, Copy)]
pub(crate) struct Picture {
    pub(crate) shown: Shown,
    pub(crate) lang: RwSignal<Lang>,
    pub(crate) theme: RwSignal<Theme>,
    pub(crate) intent: UnsyncCallback<Intent>,
}

impl Picture {
    /// A part of the screen, recomputed only when it changes.
    fn part<T: PartialEq + Send + Sync + 'static>(self, of: fn(&Screen) -> T) -> Memo<T> {
        Memo::new(move |_| self.shown.screen.with(of))
    }

    fn words(self) -> &'static Words {
        self.lang.get().words()
    }

    fn want(self, intent: Intent) {
        // Runs into nothing once the element is gone.
        self.intent.try_run(intent);
    }
}

/// What stands in the middle of the card.
#[derive(Clone, PartialEq)]
enum Middle {
    Nothing,
    Waiting,
    QrCode { url: String, tries: u32 },
    Deeplink { url: String },
}

fn middle(screen: &Screen) -> Middle {
    match screen.state {
        StateName::Loading | StateName::Charging | StateName::Checking => Middle::Waiting,
        StateName::Pending => match (screen.channel, &screen.qr, &screen.deeplink) {
            (Channel::Qr, Some((url, tries)), _) => Middle::QrCode { url: url.as_str().to_owned(), tries: *tries },
            (Channel::Deeplink, _, Some(url)) => Middle::Deeplink { url: url.as_str().to_owned() },
            (Channel::Qr, None, _) | (Channel::Deeplink, _, None) => Middle::Nothing,
        },
        StateName::Ready
        | StateName::Settlement
        | StateName::Expire
        | StateName::Cancel
        | StateName::Deny
        | StateName::Refund
        | StateName::Problem => Middle::Nothing,
    }
}

/// The whole card.
pub(crate) fn checkout_view(picture: Picture) -> impl IntoView {
    let middle = picture.part(middle);
    html::div()
        .attr("part", "card")
        .attr("class", "card")
        .attr("data-theme", move || picture.theme.get().as_str())
        .attr("data-state", move || picture.shown.screen.with(|screen| screen.state.as_str()))
        .attr("lang", move || picture.lang.get().tag())
        .child((
            html::slot().attr("name", "header"),
            summary::view(picture),
            headline::view(picture),
            move || match middle.get() {
                Middle::Nothing => ().into_any(),
                Middle::Waiting => html::div().attr("class", "waiting").attr("aria-hidden", "true").into_any(),
                Middle::QrCode { url, tries } => qr_code::view(picture, url, tries).into_any(),
                Middle::Deeplink { url } => deeplink::view(picture, url).into_any(),
            },
            countdown::view(picture),
            problem::view(picture),
            actions::view(picture),
            help::view(picture),
            html::slot().attr("name", "footer"),
        ))
}
