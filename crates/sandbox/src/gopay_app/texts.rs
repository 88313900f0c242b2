//! Texts of the phone's pages, in the language of `X-Payment-Locale`.

use crate::ledger::{PaymentLocale, Transaction};
use gopay_contract::TransactionStatus;

/// The texts in one language. The pairs are a page's title and its text.
pub(super) struct Texts {
    pub(super) lang: &'static str,
    pub(super) title: &'static str,
    pub(super) order: &'static str,
    pub(super) pay_before: &'static str,
    pub(super) pay: &'static str,
    pub(super) fail: &'static str,
    pub(super) leave: &'static str,
    pub(super) note: &'static str,
    pub(super) back: &'static str,
    pub(super) cannot: &'static str,
    pub(super) paid: (&'static str, &'static str),
    pub(super) failed: (&'static str, &'static str),
    pub(super) left: (&'static str, &'static str),
    pub(super) ended: (&'static str, &'static str),
    pub(super) over_limit: (&'static str, &'static str),
    /// The statuses: pending, paid, expired, cancelled, denied, given back, unknown.
    status_text: [&'static str; 7],
}

static INDONESIAN: Texts = Texts {
    lang: "id",
    title: "Konfirmasi pembayaran",
    order: "Pesanan",
    pay_before: "Bayar sebelum",
    pay: "Bayar",
    fail: "Gagal",
    leave: "Tinggalkan",
    note: "“Gagal” meniru PIN salah atau saldo kurang: transaksi tetap menunggu. “Tinggalkan” meniru aplikasi yang ditutup.",
    back: "Kembali ke toko",
    cannot: "Transaksi ini tidak bisa dibayar lagi. Anda boleh kembali ke toko.",
    paid: ("Pembayaran berhasil", "Anda boleh kembali ke toko."),
    failed: ("Pembayaran gagal", "Saldo Anda tidak terpotong. Anda boleh kembali ke toko dan mencoba lagi."),
    left: ("Pembayaran belum dilakukan", "Anda menutup GoPay tanpa membayar. Pesanan masih menunggu pembayaran."),
    ended: ("Tidak bisa dibayar", "Transaksi ini sudah selesai. Kembalilah ke toko untuk melihat statusnya."),
    over_limit: ("Tidak bisa dibayar", "Jumlahnya melebihi batas dompet Anda. Pesanan masih menunggu pembayaran."),
    status_text: [
        "Menunggu pembayaran",
        "Sudah dibayar",
        "Sudah kedaluwarsa",
        "Dibatalkan oleh toko",
        "Ditolak",
        "Dana dikembalikan",
        "Tidak diketahui",
    ],
};

static ENGLISH: Texts = Texts {
    lang: "en",
    title: "Confirm the payment",
    order: "Order",
    pay_before: "Pay before",
    pay: "Pay",
    fail: "Fail",
    leave: "Leave",
    note: "“Fail” plays a wrong PIN or too small a balance: the transaction stays pending. “Leave” plays a closed app.",
    back: "Back to the shop",
    cannot: "This transaction can no longer be paid. You may go back to the shop.",
    paid: ("Payment successful", "You may go back to the shop."),
    failed: ("Payment failed", "Nothing was taken from your balance. You may go back to the shop and try again."),
    left: ("Not paid yet", "You closed GoPay without paying. The order still waits for the payment."),
    ended: ("Cannot be paid", "This transaction has ended. Go back to the shop to see its status."),
    over_limit: ("Cannot be paid", "The amount is above your wallet's limit. The order still waits for the payment."),
    status_text: [
        "Waiting for the payment",
        "Paid",
        "Expired",
        "Cancelled by the shop",
        "Denied",
        "Refunded",
        "Unknown",
    ],
};

impl Texts {
    pub(super) fn of(locale: PaymentLocale) -> &'static Self {
        match locale {
            PaymentLocale::Indonesian => &INDONESIAN,
            PaymentLocale::English => &ENGLISH,
        }
    }
}

/// The transaction's status in the payer's words.
pub(super) fn status_text(transaction: &Transaction, texts: &'static Texts) -> &'static str {
    let [pending, paid, expired, cancelled, denied, refunded, unknown] = texts.status_text;
    match transaction.transaction_status() {
        TransactionStatus::Pending | TransactionStatus::Authorize => pending,
        TransactionStatus::Settlement | TransactionStatus::Capture => paid,
        TransactionStatus::Expire => expired,
        TransactionStatus::Cancel => cancelled,
        TransactionStatus::Deny | TransactionStatus::Failure => denied,
        TransactionStatus::Refund | TransactionStatus::PartialRefund => refunded,
        TransactionStatus::Unknown(_) => unknown,
    }
}
