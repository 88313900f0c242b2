//! What is happening, in one sentence and a hint. A screen reader hears it when it changes.

use super::Seen;
use super::element::{Element, element};
use crate::payment::{Channel, Problem, ProblemCode, StateName};
use crate::text::Say;

pub(super) fn view(seen: &Seen) -> Element {
    let say = sentence(seen);
    element("div")
        .part("status")
        .attr("role", "status")
        .child(element("p").class("headline").text(say.headline))
        .child(element("p").class("hint").text(say.hint))
}

fn sentence(seen: &Seen) -> Say {
    let words = seen.words();
    let problem = seen.screen.problem.as_ref().map(Problem::kind);
    match (seen.screen.state, problem) {
        // Waiting for a charge that does not come: the problem is the news, not the preparing.
        (StateName::Problem | StateName::Charging, Some(kind)) => (words.problem)(kind),
        (StateName::Problem, None) => (words.problem)((ProblemCode::Internal, None)),
        (StateName::Loading | StateName::Charging, _) => words.charging,
        (StateName::Ready, _) => words.ready,
        (StateName::Pending, _) => match seen.screen.channel {
            Channel::Qr => words.pending_qr,
            Channel::Deeplink => words.pending_deeplink,
        },
        (StateName::Checking, _) => words.checking,
        (StateName::Settlement, _) => words.settlement,
        (StateName::Expire, _) => words.expire,
        (StateName::Cancel, _) => words.cancel,
        (StateName::Deny, _) => words.deny,
        (StateName::Refund, _) => words.refund,
    }
}
