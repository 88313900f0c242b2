//! Receipt of a payment: the way it was paid, when, and Midtrans' id. Order and amount are in the summary above it. The time is
//! the payer's own, with Jakarta's beside it, which Midtrans and the shop name.

use super::ViewModel;
use super::help::Line;
use gopay_contract::{GrossAmount, JakartaTime};

/// The receipt's lines, on the paid screen. Where no status has named the time, the amount stands in its place.
pub(super) fn receipt(model: &ViewModel) -> Option<[Line; 3]> {
    let (screen, words) = (&model.screen, model.words());
    let receipt = screen.receipt.as_ref()?;
    let amount = || (words.total, screen.gross_amount.map(GrossAmount::to_rupiah_text).unwrap_or_default());
    let paid_at = |time: JakartaTime| {
        let jakarta = [&time.to_text(), " WIB"].concat();
        let ahead = (model.utc_offset - JakartaTime::UTC_OFFSET) * 60;
        // Written as if the payer's clock were Jakarta's.
        let own = || JakartaTime::from_unix_seconds(time.unix_seconds() + ahead).to_text();
        (words.paid_at, if ahead == 0 { jakarta } else { [&own(), " (", &jakarta, ")"].concat() })
    };
    Some([
        (words.paid_via, "GoPay".to_owned()),
        receipt.settlement_time.map_or_else(amount, paid_at),
        (words.transaction, receipt.transaction_id.as_str().to_owned()),
    ])
}
