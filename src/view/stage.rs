//! What stands in the middle: the QR code, or a mark for what is happening. It keeps one height in all states of a
//! channel, so that nothing below it moves.

use super::element::{Element, element};
use super::{Seen, qr_code};
use crate::payment::{Channel, StateName};

pub(super) fn view(seen: &Seen) -> Element {
    let screen = &seen.screen;
    let inside = match (screen.state, screen.channel, &screen.qr) {
        (StateName::Pending, Channel::Qr, Some((url, tries))) => qr_code::view(seen, url, *tries),
        (StateName::Loading | StateName::Charging | StateName::Checking, _, _) => hidden("waiting", 1),
        (
            StateName::Ready
            | StateName::Pending
            | StateName::Settlement
            | StateName::Expire
            | StateName::Cancel
            | StateName::Deny
            | StateName::Refund
            | StateName::Problem,
            _,
            _,
        ) => hidden("mark", 2 + screen.state as u32),
    };
    element("div").class("stage").child(inside)
}

/// Drawn by the stylesheet; the words beside it say the same. Each is an element of its own: it has not moved from another.
fn hidden(class: &'static str, key: u32) -> Element {
    element("div").class(class).attr("aria-hidden", "true").key(key)
}
