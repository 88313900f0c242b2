//! How to pay, step by step, for each way: the documents' own instructions, as the GoPay app has it today.

use super::Seen;
use super::element::{Element, element};
use crate::payment::Channel;

/// In other states than `pending` the stylesheet hides it and keeps its place: opened or not, whatever is below the card
/// stays where it is when the payment ends.
pub(super) fn view(seen: &Seen) -> Element {
    let words = seen.words();
    let (key, steps) = match seen.screen.channel {
        Channel::Qr => (0, &words.steps_qr),
        Channel::Deeplink => (1, &words.steps_deeplink),
    };
    let steps = steps.iter().fold(element("ol"), |list, step| list.child(element("li").text(*step)));
    element("details").key(key).part("help").child(element("summary").text(words.how_to_pay)).child(steps)
}
