//! Middle of the card: the QR code or its skeleton, or a symbol of the state. It is as high as the code while a code may come
//! back, so that nothing below it moves.

use super::keyed::keyed;
use super::qr_code::qr_code;
use super::styled::element;
use super::{ViewModel, early};
use crate::payment::{Channel, StateName};
use leptos::either::Either;
use leptos::prelude::*;

pub(super) fn figure(model: &ViewModel) -> impl IntoView + use<> {
    let screen = &model.screen;
    let inside = match (screen.state, screen.channel, &screen.qr) {
        (StateName::Pending, Channel::Qr, Some((url, tries))) => Either::Left(qr_code(model, url, *tries)),
        // An empty quiet zone is drawn as a skeleton.
        (StateName::Loading | StateName::Charging | StateName::Checking, Channel::Qr, _) => {
            Either::Right(drawn("quiet-zone", 1))
        }
        (
            StateName::Loading
            | StateName::Ready
            | StateName::Charging
            | StateName::Pending
            | StateName::Checking
            | StateName::Settlement
            | StateName::Expire
            | StateName::Cancel
            | StateName::Deny
            | StateName::Refund
            | StateName::Problem,
            _,
            _,
        ) => Either::Right(drawn("mark", 2 + screen.state as u32)),
    };
    early::element("div", "figure", (), inside)
}

/// A symbol drawn by the stylesheet, hidden from screen readers. Each is an element of its own, so that none counts as moved.
fn drawn(class: &'static str, key: u32) -> impl IntoView + use<> {
    keyed(key, element("div", class, (), ()).fixed(&[("aria-hidden", "true")]))
}
