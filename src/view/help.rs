//! How to pay, step by step, for each way: the documents' own instructions, as the GoPay app has it today.

use super::Picture;
use crate::payment::{Channel, StateName};
use leptos::prelude::*;
use leptos::tachys::html::attribute::custom::CustomAttribute;
use leptos::{IntoView, html};

pub(super) fn view(picture: Picture) -> impl IntoView {
    let channel = picture.part(|screen| (screen.state == StateName::Pending).then_some(screen.channel));
    move || {
        channel.get().map(|channel| {
            let words = picture.words();
            let steps = match channel {
                Channel::Qr => words.steps_qr,
                Channel::Deeplink => words.steps_deeplink,
            };
            html::details().attr("part", "help").attr("class", "help").attr("open", channel == Channel::Qr).child((
                html::summary().child(words.how_to_pay),
                html::ol().child(steps.map(|step| html::li().child(step)).to_vec()),
            ))
        })
    }
}
