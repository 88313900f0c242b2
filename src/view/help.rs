//! How to pay, step by step, for each way: the documents' own instructions, as the GoPay app has it today.

use super::Seen;
use super::element::{Element, element};
use crate::payment::{Channel, StateName};

pub(super) fn view(seen: &Seen) -> Option<Element> {
    if seen.screen.state != StateName::Pending {
        return None;
    }
    let words = seen.words();
    let (help, steps) = match seen.screen.channel {
        Channel::Qr => (element("details").attr("open", ""), &words.steps_qr),
        Channel::Deeplink => (element("details").key(1), &words.steps_deeplink),
    };
    let steps = steps.iter().fold(element("ol"), |list, step| list.child(element("li").text(*step)));
    Some(help.part("help").child(element("summary").text(words.how_to_pay)).child(steps))
}
