//! Time left. At zero the screen says "checking", never "expired": only the server knows.

use super::Picture;
use crate::payment::StateName;
use leptos::prelude::*;
use leptos::tachys::html::attribute::custom::CustomAttribute;
use leptos::{IntoView, html};

pub(super) fn view(picture: Picture) -> impl IntoView {
    let pending = picture.part(|screen| screen.state == StateName::Pending);
    let ticking = Memo::new(move |_| pending.get() && picture.shown.seconds_left.with(Option::is_some));
    move || {
        ticking.get().then(|| {
            html::p().attr("part", "timer").attr("class", "timer").attr("role", "timer").child((
                html::span().child(move || picture.words().time_left),
                html::span()
                    .attr("class", "clock")
                    .child(move || picture.shown.seconds_left.get().map(clock_face).unwrap_or_default()),
            ))
        })
    }
}

/// `14:59`, or `1:02:03` for the long expiries that a shop may set.
fn clock_face(seconds: i64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes:02}:{seconds:02}") }
}
