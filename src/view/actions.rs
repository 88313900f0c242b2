//! What the payer can do now: one main button at most, the rest quiet.

use super::element::{Element, element};
use super::{Press, Seen, deeplink};
use crate::payment::{Channel, Problem, ProblemCode, Screen, StateName};

/// What a screen offers, in the order shown.
#[derive(Clone, PartialEq, Default)]
struct Offers {
    main: Option<Main>,
    switch: Option<Channel>,
    ask: Option<Ask>,
    cancel: bool,
}

/// Why the payer may ask now.
#[derive(Clone, Copy, PartialEq)]
enum Ask {
    /// "Saya sudah bayar".
    Paid,
    /// "Coba lagi": something stands between us and the merchant.
    Again,
}

#[derive(Clone, Copy, PartialEq)]
enum Main {
    Pay,
    Retry,
    StartOver,
    Reload,
}

fn offers(screen: &Screen) -> Offers {
    let main = match screen.state {
        StateName::Ready => Some(Main::Pay),
        StateName::Charging => (screen.can_retry && screen.problem.is_some()).then_some(Main::Retry),
        StateName::Problem if screen.can_retry => Some(Main::Retry),
        StateName::Problem => {
            screen.problem.as_ref().filter(|problem| reloading_helps(problem.code)).map(|_| Main::Reload)
        }
        StateName::Expire | StateName::Cancel | StateName::Deny => screen.can_retry.then_some(Main::StartOver),
        StateName::Loading | StateName::Pending | StateName::Checking | StateName::Settlement | StateName::Refund => {
            None
        }
    };
    let pending = screen.state == StateName::Pending;
    Offers {
        main,
        switch: (pending && screen.can_switch).then(|| screen.channel.other()),
        ask: (pending || screen.state == StateName::Checking)
            .then(|| if screen.problem.as_ref().is_some_and(Problem::is_retryable) { Ask::Again } else { Ask::Paid }),
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

/// Always there, and sometimes empty: what comes after it keeps its place.
pub(super) fn view(seen: &Seen) -> Element {
    let (words, Offers { main, switch, ask, cancel }) = (seen.words(), offers(&seen.screen));
    let main = main.map(|main| {
        let (press, label) = match main {
            Main::Pay => (Press::Pay, words.pay),
            Main::Retry => (Press::Retry, words.retry),
            Main::StartOver => (Press::Retry, words.start_over),
            Main::Reload => (Press::Reload, words.reload),
        };
        button("button", "button", press, label)
    });
    let link = seen.screen.deeplink.as_ref().filter(|_| by_deeplink(&seen.screen));
    let main = main.or_else(|| link.map(|url| deeplink::view(seen, url)));
    let switch = switch.map(|channel| match channel {
        Channel::Qr => button("switch", "quiet", Press::ShowQr, words.scan_instead),
        Channel::Deeplink => button("switch", "quiet", Press::ShowDeeplink, words.open_instead),
    });
    let ask = ask.map(|ask| match ask {
        Ask::Paid => button("refresh", "quiet", Press::Refresh, words.already_paid),
        Ask::Again => button("refresh", "quiet", Press::Refresh, words.retry),
    });
    let cancel = cancel.then(|| button("cancel", "quiet", Press::Cancel, words.cancel_payment));
    element("div").class("actions").child(main).child(ask).child(switch).child(cancel)
}

fn by_deeplink(screen: &Screen) -> bool {
    screen.state == StateName::Pending && screen.channel == Channel::Deeplink
}

pub(super) fn button(part: &'static str, class: &'static str, press: Press, label: &'static str) -> Element {
    // Its own key: a finger on its way to one button must not land on another that took over its element.
    element("button")
        .attr("part", part)
        .class(class)
        .attr("type", "button")
        .attr(Press::ATTRIBUTE, press.as_str())
        .text(label)
        .key(press as u32)
}
