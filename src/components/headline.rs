//! Headline: what is happening, in one sentence and a hint. Screen readers announce its changes, and it gets the focus after a
//! press that has removed the focused button.

use super::keyed::{key_of, keyed};
use super::styled::element;
use super::{CopyResult, ViewModel, problem, summary};
use crate::payment::{AppReturnNotice, Channel, InAppBrowser, Problem, ProblemCode, StateName};
use crate::text::Message;
use leptos::prelude::*;
use std::borrow::Cow;

/// A sentence of the tables, or one that was put together.
type Text = Cow<'static, str>;

pub(super) fn headline(model: &ViewModel) -> impl IntoView + use<> {
    let (headline, hint) = headline_and_hint(model);
    // A problem is more important than the hint, and takes its place.
    let problem = problem::problem(model);
    let hint = (problem.is_none() || problem::is_headline(model)).then(|| line("hint", hint));
    let lines = (line("headline", headline), hint, problem);
    element("div", "status", (), lines).part("status").fixed(&[("role", "status"), ("tabindex", "-1")])
}

/// Keyed by its text: replacing the element avoids counted layout shift.
fn line(class: &'static str, text: Text) -> impl IntoView + use<> {
    keyed(key_of(&text), summary::text(class, text.into_owned()))
}

fn headline_and_hint(model: &ViewModel) -> (Text, Text) {
    let rescue = &model.words().rescue;
    let screen = &model.screen;
    if screen.state != StateName::Pending || screen.app_notice != AppReturnNotice::NotOpened {
        let message = message(model);
        return (message.headline.into(), message.hint.into());
    }
    if screen.channel == Channel::Qr {
        return (rescue.save_qr.into(), rescue.saved_qr.into());
    }
    let hint = match (&model.copied, model.place.app) {
        (Some(CopyResult::Link), _) => rescue.link_copied.into(),
        (Some(CopyResult::ByHand(address)), _) => [rescue.copy_by_hand, " ", address].concat().into(),
        (None, Some(app)) => rescue.leave_app.with(InAppBrowser::name(app)).into(),
        (None, None) => rescue.not_opened.hint.into(),
    };
    (rescue.not_opened.headline.into(), hint)
}

fn message(model: &ViewModel) -> Message {
    let (words, screen) = (model.words(), &model.screen);
    let problem = screen.problem.as_ref().map(Problem::kind);
    match (screen.state, problem) {
        // A charge that does not come: the headline shows the problem, not the preparation.
        (StateName::Problem | StateName::Charging, Some(kind)) => (words.problem)(kind),
        (StateName::Problem, None) => (words.problem)((ProblemCode::Internal, None)),
        (StateName::Loading | StateName::Charging, _) => words.charging,
        (StateName::Ready, _) => match screen.app_notice {
            AppReturnNotice::Returned => words.coming_back.ready,
            AppReturnNotice::None | AppReturnNotice::NotOpened | AppReturnNotice::Unpaid => words.ready,
        },
        (StateName::Pending, _) => match (screen.app_notice, screen.channel) {
            (AppReturnNotice::Unpaid, _) => words.coming_back.still_pending,
            (AppReturnNotice::None | AppReturnNotice::Returned | AppReturnNotice::NotOpened, Channel::Qr) => {
                words.pending_qr
            }
            (AppReturnNotice::None | AppReturnNotice::Returned | AppReturnNotice::NotOpened, Channel::Deeplink) => {
                words.pending_deeplink
            }
        },
        (StateName::Checking, _) => match screen.app_notice {
            AppReturnNotice::Returned => words.coming_back.checking,
            AppReturnNotice::None | AppReturnNotice::NotOpened | AppReturnNotice::Unpaid => words.checking,
        },
        (StateName::Settlement, _) => words.settlement,
        (StateName::Expire, _) => words.expire,
        (StateName::Cancel, _) => words.cancel,
        (StateName::Deny, _) => words.deny,
        (StateName::Refund, _) => words.refund,
    }
}
