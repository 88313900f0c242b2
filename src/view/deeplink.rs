//! The link that opens the GoPay app: a real `<a href>` that the payer taps, the URL unmodified. Scripts that open it
//! are blocked on iOS and in in-app browsers (facts §4.3).

use super::element::{Element, element};
use super::{Press, Seen};
use crate::payment::TrustedUrl;

pub(super) fn view(seen: &Seen, url: &TrustedUrl) -> Element {
    element("a")
        .part("button")
        .key(Press::Open as u32)
        .attr("rel", "noopener")
        .attr("href", url.as_str().to_owned())
        .attr(Press::ATTRIBUTE, Press::Open.as_str())
        .text(seen.words().pay)
}
