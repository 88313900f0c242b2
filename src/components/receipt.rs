//! Receipt of a payment: the way it was paid, when, and Midtrans' id. Order and amount are in the summary above it.

use super::ViewModel;
use super::help::Line;
use gopay_contract::GrossAmount;

/// The receipt's lines, on the paid screen. Where no status has named the time, the amount stands in its place.
pub(super) fn receipt(model: &ViewModel) -> Option<[Line; 3]> {
    let (screen, words) = (&model.screen, model.words());
    let receipt = screen.receipt.as_ref()?;
    let amount = || (words.total, screen.gross_amount.map(GrossAmount::to_rupiah_text).unwrap_or_default());
    Some([
        (words.paid_via, "GoPay".to_owned()),
        receipt.settlement_time.map_or_else(amount, |time| (words.paid_at, [&time.to_text(), " WIB"].concat())),
        (words.transaction, receipt.transaction_id.as_str().to_owned()),
    ])
}
