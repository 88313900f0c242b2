//! What is happening, in one sentence and a hint. A screen reader hears it when it changes.

use super::Picture;
use crate::payment::{Channel, Problem, ProblemCode, StateName};
use crate::text::{Say, Words};
use leptos::prelude::*;
use leptos::tachys::html::attribute::custom::CustomAttribute;
use leptos::{IntoView, html};

pub(super) fn view(picture: Picture) -> impl IntoView {
    let key = picture.part(|screen| (screen.state, screen.channel, screen.problem.as_ref().map(Problem::kind)));
    let say = Memo::new(move |_| {
        let (state, channel, problem) = key.get();
        let words = picture.words();
        match (state, problem) {
            // Waiting for a charge that does not come: the problem is the news, not the preparing.
            (StateName::Problem | StateName::Charging, Some(kind)) => (words.problem)(kind),
            (_, Some(_) | None) => sentence(words, state, channel),
        }
    });
    html::div().attr("part", "status").attr("class", "status").attr("role", "status").child((
        html::p().attr("class", "headline").child(move || say.get().headline),
        html::p().attr("class", "hint").child(move || say.get().hint),
    ))
}

fn sentence(words: &Words, state: StateName, channel: Channel) -> Say {
    match state {
        StateName::Loading | StateName::Charging => words.charging,
        StateName::Ready => words.ready,
        StateName::Pending => match channel {
            Channel::Qr => words.pending_qr,
            Channel::Deeplink => words.pending_deeplink,
        },
        StateName::Checking => words.checking,
        StateName::Settlement => words.settlement,
        StateName::Expire => words.expire,
        StateName::Cancel => words.cancel,
        StateName::Deny => words.deny,
        StateName::Refund => words.refund,
        StateName::Problem => (words.problem)((ProblemCode::Internal, None)),
    }
}
