//! The deeplink button, which opens the GoPay app: a real `<a href>` that the payer taps, the URL unmodified. Scripts that open it
//! are blocked on iOS and in in-app browsers (facts §4.3).

use super::{Action, ViewModel, early};
use crate::payment::TrustedUrl;
use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;

pub(super) fn deeplink(model: &ViewModel, url: &TrustedUrl) -> impl IntoView + use<> {
    let action = custom_attribute(Action::ATTRIBUTE, Action::Open.as_str());
    // Neither a frame nor the page's own `<base target>` takes the app's page.
    let target = custom_attribute("target", "_top");
    // No referrer: the page's address may contain the order token, and GoPay does not need it.
    let attributes = (
        custom_attribute("part", "button"),
        custom_attribute("rel", "noopener"),
        custom_attribute("referrerpolicy", "no-referrer"),
        target,
        action,
    );
    early::element("a", "button", attributes, model.words().pay).url("href", url.as_str().to_owned())
}
