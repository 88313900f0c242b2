//! What the payer can do now: one main button at most, the rest quiet.

use super::{Intent, Picture};
use crate::payment::{Channel, Input, Problem, ProblemCode, Screen, StateName};
use crate::text::Words;
use leptos::prelude::*;
use leptos::tachys::html::attribute::custom::CustomAttribute;
use leptos::{IntoView, ev, html};

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

pub(super) fn view(picture: Picture) -> impl IntoView {
    let offers = picture.part(offers);
    move || {
        let Offers { main, switch, ask, cancel } = offers.get();
        html::div().attr("class", "actions").child((
            main.map(|main| main_button(picture, main)),
            switch.map(|channel| {
                quiet_button(picture, "switch", Input::ChannelChosen(channel), move |words| match channel {
                    Channel::Qr => words.scan_instead,
                    Channel::Deeplink => words.open_instead,
                })
            }),
            ask.map(|ask| {
                quiet_button(picture, "refresh", Input::RefreshPressed, move |words| match ask {
                    Ask::Paid => words.already_paid,
                    Ask::Again => words.retry,
                })
            }),
            cancel.then(|| quiet_button(picture, "cancel", Input::CancelPressed, |words| words.cancel_payment)),
        ))
    }
}

fn main_button(picture: Picture, main: Main) -> impl IntoView {
    html::button()
        .attr("part", "button")
        .attr("class", "button")
        .attr("type", "button")
        .on(ev::click, move |_| {
            picture.want(match main {
                Main::Pay => Intent::Feed(Input::PayPressed),
                Main::Retry | Main::StartOver => Intent::Feed(Input::RetryPressed),
                Main::Reload => Intent::Reload,
            });
        })
        .child(move || {
            let words = picture.words();
            match main {
                Main::Pay => words.pay,
                Main::Retry => words.retry,
                Main::StartOver => words.start_over,
                Main::Reload => words.reload,
            }
        })
}

fn quiet_button(
    picture: Picture,
    part: &'static str,
    input: Input,
    label: impl Fn(&'static Words) -> &'static str + Send + 'static,
) -> impl IntoView {
    html::button()
        .attr("part", part)
        .attr("class", "quiet")
        .attr("type", "button")
        .on(ev::click, move |_| picture.want(Intent::Feed(input.clone())))
        .child(move || label(picture.words()))
}
