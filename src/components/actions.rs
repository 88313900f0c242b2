//! Actions that a screen offers: one primary button at most, the others secondary.

use super::deeplink::deeplink;
use super::keyed::keyed;
use super::styled::element;
use super::{Action, ViewModel, early, slot};
use crate::payment::{Channel, Problem, ProblemCode, Screen, StateName};
use leptos::attr::custom::custom_attribute;
use leptos::either::Either;
use leptos::prelude::*;

/// Actions of a screen, in the order shown.
#[derive(Clone, PartialEq, Default)]
struct Offered {
    primary: Option<PrimaryAction>,
    switch: Option<Channel>,
    poll: Option<PollOffer>,
    cancel: bool,
}

/// Reasons to offer a poll.
#[derive(Clone, Copy, PartialEq)]
enum PollOffer {
    /// "Saya sudah bayar".
    Paid,
    /// "Coba lagi": the merchant cannot be reached.
    Again,
}

#[derive(Clone, Copy, PartialEq)]
enum PrimaryAction {
    Pay,
    Retry,
    StartOver,
    Reload,
}

fn offered(screen: &Screen) -> Offered {
    let primary = match screen.state {
        StateName::Ready => Some(PrimaryAction::Pay),
        StateName::Charging => (screen.can_retry && screen.problem.is_some()).then_some(PrimaryAction::Retry),
        StateName::Problem if screen.can_retry => Some(PrimaryAction::Retry),
        StateName::Problem => {
            screen.problem.as_ref().filter(|problem| reloading_helps(problem.code)).map(|_| PrimaryAction::Reload)
        }
        StateName::Expire | StateName::Cancel | StateName::Deny => screen.can_retry.then_some(PrimaryAction::StartOver),
        StateName::Loading | StateName::Pending | StateName::Checking | StateName::Settlement | StateName::Refund => {
            None
        }
    };
    let pending = screen.state == StateName::Pending;
    Offered {
        primary,
        switch: (pending && screen.can_switch).then(|| screen.channel.other()),
        poll: (pending || screen.state == StateName::Checking).then(|| {
            if screen.problem.as_ref().is_some_and(Problem::is_retryable) { PollOffer::Again } else { PollOffer::Paid }
        }),
        cancel: screen.can_cancel && pending,
    }
}

/// A new page brings a new order token, and a widget that works. It brings no other attributes, amounts or URLs.
const fn reloading_helps(code: ProblemCode) -> bool {
    match code {
        ProblemCode::MerchantRefused | ProblemCode::Internal => true,
        ProblemCode::Config
        | ProblemCode::Offline
        | ProblemCode::MerchantUnreachable
        | ProblemCode::BadAnswer
        | ProblemCode::AmountMismatch
        | ProblemCode::UntrustedUrl
        | ProblemCode::ChargeRejected
        | ProblemCode::QrImage
        | ProblemCode::ServerKey => false,
    }
}

/// Always there, sometimes empty, so that the elements below keep their place.
pub(super) fn actions(model: &ViewModel) -> impl IntoView + use<> {
    let (words, Offered { primary, switch, poll, cancel }) = (model.words(), offered(&model.screen));
    let primary = primary.map(|primary| {
        let (action, label) = match primary {
            PrimaryAction::Pay => (Action::Pay, words.pay),
            PrimaryAction::Retry => (Action::Retry, words.retry),
            PrimaryAction::StartOver => (Action::Retry, words.start_over),
            PrimaryAction::Reload => (Action::Reload, words.reload),
        };
        Either::Left(button("button", "button", action, label))
    });
    let link = model.screen.deeplink.as_ref().filter(|_| by_deeplink(&model.screen));
    let primary = primary.or_else(|| link.map(|url| Either::Right(deeplink(model, url))));
    let switch = switch.map(|channel| match channel {
        Channel::Qr => button("switch", "quiet", Action::ShowQr, words.scan_instead),
        Channel::Deeplink => button("switch", "quiet", Action::ShowDeeplink, words.open_instead),
    });
    let poll = poll.map(|poll| match poll {
        PollOffer::Paid => button("refresh", "quiet", Action::Refresh, words.already_paid),
        PollOffer::Again => button("refresh", "quiet", Action::Refresh, words.retry),
    });
    let cancel = cancel.then(|| button("cancel", "quiet", Action::Cancel, words.cancel_payment));
    let name = slot_name(&model.screen);
    early::element("div", "actions", (), (primary, poll, switch, cancel, slot(name)))
}

/// The slot of the shop's own actions: the default one holds its other way to pay, `paid` its next step. `-` matches no child
/// of the element.
fn slot_name(screen: &Screen) -> &'static str {
    if screen.receipt.is_some() {
        "paid"
    } else if wants_another_way(screen) {
        ""
    } else {
        "-"
    }
}

/// Returns whether nothing can be paid here, and nothing may have been paid.
fn wants_another_way(screen: &Screen) -> bool {
    let is_stopped = |problem: &Problem| !problem.is_retryable() && problem.code != ProblemCode::Internal;
    match screen.state {
        StateName::Deny => true,
        StateName::Problem => screen.problem.as_ref().is_some_and(is_stopped),
        StateName::Loading
        | StateName::Ready
        | StateName::Charging
        | StateName::Pending
        | StateName::Checking
        | StateName::Settlement
        | StateName::Expire
        | StateName::Cancel
        | StateName::Refund => false,
    }
}

fn by_deeplink(screen: &Screen) -> bool {
    screen.state == StateName::Pending && screen.channel == Channel::Deeplink
}

/// A button that carries its action; one listener around the card reads it.
pub(super) fn button(
    part: &'static str,
    class: &'static str,
    action: Action,
    label: &'static str,
) -> impl IntoView + use<> {
    // A key of its own: a tap meant for one button must not hit another that has reused its element.
    keyed(
        action as u32,
        element("button", class, custom_attribute(Action::ATTRIBUTE, action.as_str()), label).part(part),
    )
}
