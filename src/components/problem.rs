//! Message about a problem while the payment goes on. A problem that stops it is the headline itself.

use super::ViewModel;
use super::styled::element;
use crate::payment::{Problem, StateName};
use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;

pub(super) fn problem(model: &ViewModel) -> Option<impl IntoView + use<>> {
    let (code, status_code) = model.screen.problem.as_ref().map(Problem::kind)?;
    let say = (model.words().problem)((code, status_code));
    // The headline shows the problem; this is its code, for the shop's support.
    let text =
        if is_headline(model) { ["(", code.as_str(), ")"].concat() } else { [say.headline, ". ", say.hint].concat() };
    Some(element("p", "problem", custom_attribute("data-code", code.as_str()), text).part("problem"))
}

/// Returns whether the headline already says everything.
pub(super) const fn is_headline(model: &ViewModel) -> bool {
    matches!(model.screen.state, StateName::Problem | StateName::Charging)
}
