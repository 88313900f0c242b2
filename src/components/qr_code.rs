//! The QR code: a hot-linked image on a quiet zone that is white in every theme.

use super::keyed::{key_of, keyed};
use super::{ViewModel, early};
use crate::payment::TrustedUrl;
use gopay_contract::{GrossAmount, OrderId};
use leptos::attr;
use leptos::prelude::*;

/// The QR code. `tries` counts reloads: another number makes another `<img>`, which fetches again; the same element with the
/// same `src` would not.
pub(super) fn qr_code(model: &ViewModel, url: &TrustedUrl, tries: u32) -> impl IntoView + use<> {
    let (words, screen) = (model.words(), &model.screen);
    let amount = screen.gross_amount.map(GrossAmount::to_rupiah_text).unwrap_or_default();
    let order = screen.order_id.as_ref().map_or("", OrderId::as_str);
    let alt = [words.qr_alt, " ", &amount, ", ", words.qr_alt_order, " ", order].concat();
    let attributes = (
        attr::part("qr"),
        attr::alt(alt),
        attr::custom::custom_attribute("decoding", "async"),
        attr::referrerpolicy("no-referrer"),
    );
    let picture = early::element("img", "qr", attributes, ()).url("src", url.as_str().to_owned());
    early::element("div", "quiet-zone", (), keyed(key_of(url.as_str()).wrapping_add(tries), picture))
}
