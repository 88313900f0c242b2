//! Instructions: how to pay, in three steps, for each way to pay. They follow GoPay's own documents. Once it is paid, the receipt is
//! there instead, of the same elements.

use super::ViewModel;
use super::keyed::keyed;
use super::receipt::receipt;
use super::styled::element;
use crate::payment::Channel;
use leptos::prelude::*;

/// A line of the list: words, and what stands beside them.
pub(super) type Line = (&'static str, String);

/// The instructions, open, or the receipt. The stylesheet hides the instructions where nothing can be paid.
pub(super) fn help(model: &ViewModel) -> impl IntoView + use<> {
    let words = model.words();
    let step = |step| (step, String::new());
    let (key, part, lines) = match (receipt(model), model.screen.channel) {
        (Some(lines), _) => (2, "receipt", lines),
        (None, Channel::Qr) => (0, "help", words.steps_qr.map(step)),
        (None, Channel::Deeplink) => (1, "help", words.steps_deeplink.map(step)),
    };
    let lines = lines.map(|(words, value)| element("li", "", (), (element("span", "", (), words.to_owned()), value)));
    keyed(key, element("ol", "help", (), lines).part(part))
}
