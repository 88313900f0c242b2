//! What went wrong while we go on, in the payer's words. What keeps us from going on is the headline itself.

use super::Picture;
use crate::payment::{Problem, StateName};
use leptos::prelude::*;
use leptos::tachys::html::attribute::custom::CustomAttribute;
use leptos::{IntoView, html};

pub(super) fn view(picture: Picture) -> impl IntoView {
    let problem = picture.part(|screen| (screen.state, screen.problem.as_ref().map(Problem::kind)));
    move || {
        let (state, kind) = problem.get();
        let (code, status_code) = kind?;
        let blocking = matches!(state, StateName::Problem | StateName::Charging);
        let say = (picture.words().problem)((code, status_code));
        Some(html::div().attr("part", "problem").attr("class", "problem").attr("data-code", code.as_str()).child(
            // The headline has said it already; the code is what a shop asks the payer for.
            if blocking { format!("({})", code.as_str()) } else { format!("{}. {}", say.headline, say.hint) },
        ))
    }
}
