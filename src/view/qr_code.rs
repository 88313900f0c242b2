//! The QR code: a hot-linked picture on a white quiet zone, whatever the theme.

use super::Seen;
use super::element::{Element, element};
use crate::payment::TrustedUrl;
use gopay_contract::{GrossAmount, OrderId};

/// `tries` says how often it was loaded anew: another number makes another `<img>`, which fetches again. The old one,
/// kept with the same `src`, would fetch nothing.
pub(super) fn view(seen: &Seen, url: &TrustedUrl, tries: u32) -> Element {
    let (words, screen) = (seen.words(), &seen.screen);
    let amount = screen.gross_amount.map(GrossAmount::to_rupiah_text).unwrap_or_default();
    let order = screen.order_id.as_ref().map_or("", OrderId::as_str);
    let alt = [words.qr_alt, " ", &amount, ", ", words.qr_alt_order, " ", order].concat();
    let picture = element("img")
        .part("qr")
        .attr("alt", alt)
        .attr("decoding", "async")
        .attr("referrerpolicy", "no-referrer")
        .attr("src", url.as_str().to_owned())
        .key(tries);
    element("div").class("quiet-zone").child(picture)
}
