//! The QR code: a hot-linked picture on a white quiet zone, whatever the theme.

use super::{Intent, Picture};
use crate::payment::Input;
use leptos::either::Either;
use leptos::prelude::*;
use leptos::tachys::html::attribute::custom::CustomAttribute;
use leptos::{IntoView, ev, html};

/// `tries` says how often it was loaded anew: another number makes another `<img>`, which fetches again. Of the same
/// view Leptos would keep the old element, and with the same `src` that one fetches nothing.
pub(super) fn view(picture: Picture, url: String, tries: u32) -> impl IntoView {
    let code = quiet_zone(picture, url);
    if tries.is_multiple_of(2) { Either::Left(code) } else { Either::Right(code) }
}

fn quiet_zone(picture: Picture, url: String) -> impl IntoView {
    let alt = move || {
        let words = picture.words();
        picture.shown.screen.with(|screen| {
            let amount = screen.gross_amount.map(gopay_contract::GrossAmount::to_rupiah_text).unwrap_or_default();
            let order = screen.order_id.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{} {amount}, {} {order}", words.qr_alt, words.qr_alt_order)
        })
    };
    // An `<img>` whose host never answers says neither that it loaded nor that it did not: the machine sets it a limit.
    picture.want(Intent::Feed(Input::QrShown));
    html::div().attr("class", "quiet-zone").child(
        html::img()
            .attr("part", "qr")
            .attr("class", "qr")
            .attr("alt", alt)
            .attr("decoding", "async")
            .attr("referrerpolicy", "no-referrer")
            .on(ev::load, move |_| picture.want(Intent::Feed(Input::QrLoaded)))
            .on(ev::error, move |_| picture.want(Intent::Feed(Input::QrFailed)))
            .attr("src", url),
    )
}
