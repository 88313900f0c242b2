//! What went wrong while we go on, in the payer's words. What keeps us from going on is the headline itself.

use super::Seen;
use super::element::{Element, element};
use crate::payment::{Problem, StateName};

pub(super) fn view(seen: &Seen) -> Option<Element> {
    let (code, status_code) = seen.screen.problem.as_ref().map(Problem::kind)?;
    let say = (seen.words().problem)((code, status_code));
    // The headline has said it already; the code is what a shop asks the payer for.
    let text =
        if is_headline(seen) { ["(", code.as_str(), ")"].concat() } else { [say.headline, ". ", say.hint].concat() };
    Some(element("p").part("problem").attr("data-code", code.as_str()).text(text))
}

/// Whether there is nothing else to be told.
pub(super) const fn is_headline(seen: &Seen) -> bool {
    matches!(seen.screen.state, StateName::Problem | StateName::Charging)
}
