//! Time left: minutes while there are many, seconds when they count. At zero the screen says "checking", never "expired":
//! only the server knows. A screen reader hears milestones, no ticks.

use super::Seen;
use super::element::{Element, element};
use crate::payment::StateName;
use crate::text::Words;

/// Below this, seconds are shown too.
const SECONDS_COUNT: i64 = 300;

/// How long a milestone's words stand, in seconds: long enough to be noticed, and gone before they are wrong.
const STANDS: i64 = 10;

/// Its place is kept where no time is told.
pub(super) fn view(seen: &Seen) -> Element {
    let timer = element("p").part("timer").attr("role", "timer");
    let Some(seconds) = told(seen) else { return timer };
    let clock = element("time")
        .class("clock")
        .attr("datetime", ["PT", &seconds.to_string(), "S"].concat())
        .text(face(seconds, seen.words()));
    timer.child(element("span").text(seen.words().time_left)).child(clock)
}

/// What is spoken.
pub(super) fn spoken(seen: &Seen) -> Element {
    let announced = &seen.words().announced;
    let milestones = [
        (300, announced.five_minutes),
        (120, announced.two_minutes),
        (60, announced.one_minute),
        (30, announced.thirty_seconds),
    ];
    let passed = |seconds| milestones.into_iter().find(|(at, _)| (at - STANDS..=*at).contains(&seconds));
    let words = told(seen).and_then(passed).map_or("", |(_, words)| words);
    element("p").class("spoken").attr("aria-live", "polite").text(words)
}

fn told(seen: &Seen) -> Option<i64> {
    seen.seconds_left.filter(|_| seen.screen.state == StateName::Pending)
}

/// `2 jam 5 menit`, `14 menit`, `4:59`: never more than there is.
fn face(left: i64, words: &Words) -> String {
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
