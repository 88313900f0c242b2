//! What is happening, in one sentence and a hint. A screen reader hears it when it changes, and after a press that took its
//! button away the focus comes here.

use super::element::{Element, Text, element};
use super::{Copied, Seen, problem};
use crate::payment::{Channel, Detour, InAppBrowser, Problem, ProblemCode, StateName};
use crate::text::Say;

pub(super) fn view(seen: &Seen) -> Element {
    let (headline, hint) = sentence(seen);
    // What goes wrong meanwhile is more to know than the hint, and stands where it stood.
    let problem = problem::view(seen);
    let hint = (problem.is_none() || problem::is_headline(seen)).then(|| sentence_element("hint", hint));
    element("div")
        .part("status")
        .attr("role", "status")
        .attr("tabindex", "-1")
        .child(sentence_element("headline", headline))
        .child(hint)
        .child(problem)
}

/// Other words are another element: a browser takes words that change for words that moved.
fn sentence_element(class: &'static str, words: Text) -> Element {
    let key = words.bytes().fold(0, |key: u32, byte| key.wrapping_mul(31).wrapping_add(byte.into()));
    element("p").class(class).key(key).text(words)
}

fn sentence(seen: &Seen) -> (Text, Text) {
    let rescue = &seen.words().rescue;
    let screen = &seen.screen;
    if screen.state != StateName::Pending || screen.detour != Detour::NotOpened {
        let say = said(seen);
        return (say.headline.into(), say.hint.into());
    }
    if screen.channel == Channel::Qr {
        return (rescue.save_qr.into(), rescue.saved_qr.into());
    }
    let hint = match (&seen.copied, seen.place.app) {
        (Some(Copied::Link), _) => rescue.link_copied.into(),
        (Some(Copied::ByHand(address)), _) => [rescue.copy_by_hand, " ", address].concat().into(),
        (None, Some(app)) => rescue.leave_app.with(InAppBrowser::name(app)).into(),
        (None, None) => rescue.not_opened.hint.into(),
    };
    (rescue.not_opened.headline.into(), hint)
}

fn said(seen: &Seen) -> Say {
    let (words, screen) = (seen.words(), &seen.screen);
    let problem = screen.problem.as_ref().map(Problem::kind);
    match (screen.state, problem) {
        // Waiting for a charge that does not come: the problem is the news, not the preparing.
        (StateName::Problem | StateName::Charging, Some(kind)) => (words.problem)(kind),
        (StateName::Problem, None) => (words.problem)((ProblemCode::Internal, None)),
        (StateName::Loading | StateName::Charging, _) => words.charging,
        (StateName::Ready, _) => words.ready,
        (StateName::Pending, _) => match (screen.detour, screen.channel) {
            (Detour::Unpaid, _) => words.coming_back.still_pending,
            (Detour::None | Detour::CameBack | Detour::NotOpened, Channel::Qr) => words.pending_qr,
            (Detour::None | Detour::CameBack | Detour::NotOpened, Channel::Deeplink) => words.pending_deeplink,
        },
        (StateName::Checking, _) => match screen.detour {
            Detour::CameBack => words.coming_back.checking,
            Detour::None | Detour::NotOpened | Detour::Unpaid => words.checking,
        },
        (StateName::Settlement, _) => words.settlement,
        (StateName::Expire, _) => words.expire,
        (StateName::Cancel, _) => words.cancel,
        (StateName::Deny, _) => words.deny,
        (StateName::Refund, _) => words.refund,
    }
}
