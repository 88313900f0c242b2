//! The deeplink button, which opens the GoPay app: a real `<a href>` that the payer taps, the URL unmodified. Scripts that open it
//! are blocked on iOS and in in-app browsers (facts §4.3).

use super::styled::Fixed;
use super::{Action, ViewModel, early};
use crate::payment::TrustedUrl;
use leptos::prelude::*;

const FIXED: Fixed = &[
    ("rel", "noopener"),
    // No referrer: the page's address may contain the order token, and GoPay does not need it.
    ("referrerpolicy", "no-referrer"),
    // Neither a frame nor the page's own `<base target>` takes the app's page.
    ("target", "_top"),
    (Action::ATTRIBUTE, Action::Open.as_str()),
];

pub(super) fn deeplink(model: &ViewModel, url: &TrustedUrl) -> impl IntoView + use<> {
    let link = early::element("a", "button", (), model.words().pay).part("button").fixed(FIXED);
    link.url("href", url.as_str().to_owned())
}
