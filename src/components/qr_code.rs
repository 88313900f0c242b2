//! The QR code: a hot-linked image on a quiet zone that is white in every theme. The quiet zone is also a popover: its button
//! enlarges it to the whole window, with the same image in it, so nothing is fetched or charged again. The stylesheet shows the
//! button where the browser has popovers.

use super::actions::button;
use super::keyed::{key_of, keyed};
use super::summary::text;
use super::{Action, ViewModel, early};
use crate::payment::TrustedUrl;
use gopay_contract::{GrossAmount, OrderId};
use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;

/// The QR code. `tries` counts reloads: another number makes another `<img>`, which fetches again; the same element with the
/// same `src` would not. Another code also closes the popover, which goes with its element.
pub(super) fn qr_code(model: &ViewModel, url: &TrustedUrl, tries: u32) -> impl IntoView + use<> {
    let (words, screen) = (model.words(), &model.screen);
    let amount = screen.gross_amount.map(GrossAmount::to_rupiah_text).unwrap_or_default();
    let order = screen.order_id.as_ref().map_or("", OrderId::as_str);
    let alt = [words.qr_alt, " ", &amount, ", ", words.qr_alt_order, " ", order].concat();
    let attributes = (
        custom_attribute("part", "qr"),
        custom_attribute("alt", alt),
        custom_attribute("decoding", "async"),
        custom_attribute("referrerpolicy", "no-referrer"),
    );
    let picture = early::element("img", "qr", attributes, ()).url("src", url.as_str().to_owned());
    let enlarge = button("enlarge", "quiet", Action::Enlarge, words.full_screen);
    let children = (picture, text("scan-tip", words.brighter.to_owned()), enlarge);
    let zone = early::element("div", "quiet-zone", custom_attribute("popover", ""), children);
    keyed(key_of(url.as_str()).wrapping_add(tries), zone)
}
