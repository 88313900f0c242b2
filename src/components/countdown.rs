//! Time left: minutes while there are many, seconds when they count. At zero the screen says "checking", never "expired":
//! only the server knows. Screen readers announce milestones, no ticks.

use super::ViewModel;
use super::styled::element;
use crate::payment::StateName;
use crate::text::Words;
use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;

/// Minutes of the whole bar, and GoPay's usual time to pay. With more left it is full.
const WHOLE_BAR: i64 = 15;

/// Below this, seconds are shown too.
const SECONDS_COUNT: i64 = 300;

/// Seconds that a milestone is announced: long enough to be noticed, and gone before it is wrong.
const STANDS: i64 = 10;

/// The countdown; empty, but in its place, where there is none.
pub(super) fn countdown(model: &ViewModel) -> impl IntoView + use<> {
    let words = model.words();
    let seconds = seconds_told(model);
    let time = seconds.map(|seconds| {
        let duration = ["PT", &seconds.to_string(), "S"].concat();
        let clock = element("time", "clock", custom_attribute("datetime", duration), clock_text(seconds, words));
        (element("span", "", (), words.time_left.to_owned()), clock)
    });
    // The stylesheet draws a bar of as many minutes: it repeats the words. A page translator puts text of its own in the place
    // of ours, which would not count down.
    let minutes = seconds.map_or_else(String::new, |seconds| (seconds / 60).min(WHOLE_BAR).to_string());
    let class = ["timer notranslate left-", &minutes].concat();
    element("p", "", custom_attribute("class", class), time).part("timer").fixed(&[("role", "timer")])
}

/// Announcement for screen readers.
pub(super) fn announcement(model: &ViewModel) -> impl IntoView + use<> {
    let announced = &model.words().announced;
    let milestones = [
        (300, announced.five_minutes),
        (120, announced.two_minutes),
        (60, announced.one_minute),
        (30, announced.thirty_seconds),
    ];
    let passed = |seconds| milestones.into_iter().find(|(at, _)| (at - STANDS..=*at).contains(&seconds));
    let words = seconds_told(model).and_then(passed).map_or("", |(_, words)| words);
    element("p", "spoken", (), words).fixed(&[("aria-live", "polite")])
}

fn seconds_told(model: &ViewModel) -> Option<i64> {
    model.seconds_left.filter(|_| model.screen.state == StateName::Pending)
}

/// `2 jam 5 menit`, `14 menit`, `4:59`: never more than there is.
fn clock_text(left: i64, words: &Words) -> String {
    let (hours, minutes, seconds) = (left / 3600, left / 60 % 60, left % 60);
    let minutes = minutes.to_string();
    if hours > 0 {
        [&hours.to_string(), " ", words.hours, " ", &minutes, " ", words.minutes].concat()
    } else if left > SECONDS_COUNT {
        [&minutes, " ", words.minutes].concat()
    } else {
        [minutes.as_str(), if seconds < 10 { ":0" } else { ":" }, &seconds.to_string()].concat()
    }
}
