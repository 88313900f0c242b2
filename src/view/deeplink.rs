//! The link that opens the GoPay app: a real `<a href>` that the payer taps, the URL unmodified. Scripts that open it
//! are blocked on iOS and in in-app browsers (facts §4.3).

use super::{Intent, Picture};
use leptos::prelude::*;
use leptos::tachys::html::attribute::custom::CustomAttribute;
use leptos::{IntoView, ev, html};

pub(super) fn view(picture: Picture, url: String) -> impl IntoView {
    let opened = url.clone();
    html::a()
        .attr("part", "button")
        .attr("class", "button")
        .attr("rel", "noopener")
        .attr("href", url)
        .on(ev::click, move |tap| picture.want(Intent::Open { url: opened.clone(), tap }))
        .child(move || picture.words().pay)
}
