//! Receipt of a payment: the way it was paid, when, and Midtrans' id. Order and amount are in the summary above it.

use super::ViewModel;
use super::help::Line;
use crate::text::Words;
use gopay_contract::{GrossAmount, JakartaTime};

/// Minutes by which Jakarta is ahead of UTC.
pub(crate) const JAKARTA: i64 = 420;

/// The receipt's lines, on the paid screen. Where no status has named the time, the amount stands in its place.
pub(super) fn receipt(model: &ViewModel) -> Option<[Line; 3]> {
    let (screen, words) = (&model.screen, model.words());
    let receipt = screen.receipt.as_ref()?;
    let amount = || (words.total, screen.gross_amount.map(GrossAmount::to_rupiah_text).unwrap_or_default());
    Some([
        (words.paid_via, "GoPay".to_owned()),
        receipt.settlement_time.map_or_else(amount, |time| (words.paid_at, paid_at(time, model.utc_offset, words))),
        (words.transaction, receipt.transaction_id.as_str().to_owned()),
    ])
}

/// The time on the payer's clock, and beside it Jakarta's where that is another.
fn paid_at(time: JakartaTime, utc_offset: i64, words: &Words) -> String {
    let jakarta = [&date_time(time, words), " WIB"].concat();
    if utc_offset == JAKARTA {
        return jakarta;
    }
    let payers = JakartaTime::from_unix_seconds(time.unix_seconds() + (utc_offset - JAKARTA) * 60);
    [&date_time(payers, words), " (", &jakarta, ")"].concat()
}

/// `30 Nov 2026, 16.05`, from Midtrans' `2026-11-30 16:05:00`.
fn date_time(time: JakartaTime, words: &Words) -> String {
    let text = time.to_text();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let month = part(5, 7).bytes().fold(0, |month, digit| month * 10 + usize::from(digit & 15)) * 3;
    let month = words.months.get(month.saturating_sub(3)..month).unwrap_or_default();
    [part(8, 10), " ", month, " ", part(0, 4), ", ", part(11, 13), words.clock_separator, part(14, 16)].concat()
}
