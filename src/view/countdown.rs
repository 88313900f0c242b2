//! Time left. At zero the screen says "checking", never "expired": only the server knows.

use super::Seen;
use super::element::{Element, element};
use crate::payment::StateName;

pub(super) fn view(seen: &Seen) -> Option<Element> {
    let seconds = seen.seconds_left.filter(|_| seen.screen.state == StateName::Pending)?;
    let timer = element("p")
        .part("timer")
        .attr("role", "timer")
        .child(element("span").text(seen.words().time_left))
        .child(element("span").class("clock").text(clock_face(seconds)));
    Some(timer)
}

/// `14:59`, or `1:02:03` for the long expiries that a shop may set.
fn clock_face(seconds: i64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let two = |number: i64| [if number < 10 { "0" } else { "" }, &number.to_string()].concat();
    let face = [two(minutes), ":".to_owned(), two(seconds)].concat();
    if hours > 0 { [hours.to_string(), ":".to_owned(), face].concat() } else { face }
}
