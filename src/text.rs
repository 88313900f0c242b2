//! Every sentence the payer reads, in Indonesian and English. A missing sentence does not compile.
//!
//! It says "aplikasi GoPay": since April 2026 the Gojek app alone no longer pays (facts §4.2).

use crate::payment::{ProblemCode, ProblemKind};
use gopay_contract::StatusCode;

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// Bahasa Indonesia.
    Id,
    /// English.
    En,
}

impl Lang {
    /// Reads a tag like `id`, `en` or `en-GB`.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        // `in` is Indonesian's code of before 1989, which some Android WebViews still send.
        if language.eq_ignore_ascii_case("id") || language.eq_ignore_ascii_case("in") {
            Some(Self::Id)
        } else if language.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }

    /// The tag of what is shown.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::En => "en",
        }
    }

    /// Its sentences.
    #[must_use]
    pub const fn words(self) -> &'static Words {
        match self {
            Self::Id => &ID,
            Self::En => &EN,
        }
    }
}

/// What happened, and what comes next or what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Say {
    /// What happened.
    pub headline: &'static str,
    /// What comes next, or what to do.
    pub hint: &'static str,
}

/// The sentences of one language.
#[derive(Debug)]
#[expect(missing_docs, reason = "the sentences say what they are")]
pub struct Words {
    pub pay: &'static str,
    pub total: &'static str,
    pub order: &'static str,
    pub time_left: &'static str,
    pub how_to_pay: &'static str,
    pub qr_alt: &'static str,
    pub qr_alt_order: &'static str,
    pub scan_instead: &'static str,
    pub open_instead: &'static str,
    pub already_paid: &'static str,
    pub cancel_payment: &'static str,
    pub retry: &'static str,
    pub start_over: &'static str,
    pub reload: &'static str,
    pub ready: Say,
    pub charging: Say,
    pub pending_qr: Say,
    pub pending_deeplink: Say,
    pub checking: Say,
    pub settlement: Say,
    pub expire: Say,
    pub cancel: Say,
    pub deny: Say,
    pub refund: Say,
    pub steps_qr: [&'static str; 5],
    pub steps_deeplink: [&'static str; 5],
    pub problem: fn(ProblemKind) -> Say,
}

const fn say(headline: &'static str, hint: &'static str) -> Say {
    Say { headline, hint }
}

static ID: Words = Words {
    pay: "Bayar dengan GoPay",
    total: "Total pembayaran",
    order: "Pesanan",
    time_left: "Sisa waktu",
    how_to_pay: "Cara bayar",
    qr_alt: "Kode QR untuk membayar",
    qr_alt_order: "pesanan",
    scan_instead: "Tampilkan kode QR",
    open_instead: "Bayar di perangkat ini",
    already_paid: "Saya sudah bayar",
    cancel_payment: "Batalkan pembayaran",
    retry: "Coba lagi",
    start_over: "Bayar lagi",
    reload: "Muat ulang halaman",
    ready: say("Siap dibayar", "Tekan tombol di bawah untuk membayar."),
    charging: say("Menyiapkan pembayaran…", "Mohon tunggu sebentar."),
    pending_qr: say("Scan kode QR ini", "Pakai aplikasi GoPay di HP Anda."),
    pending_deeplink: say("Lanjutkan di aplikasi GoPay", "Selesai membayar, kembali ke halaman ini."),
    checking: say("Mengecek pembayaran…", "Jangan membayar lagi dulu. Hasilnya akan muncul di sini."),
    settlement: say("Pembayaran berhasil", "Terima kasih, pembayaran Anda sudah kami terima."),
    expire: say("Waktu pembayaran habis", "Sudah telanjur membayar? Tunggu sebentar, hasilnya akan muncul di sini."),
    cancel: say("Pembayaran dibatalkan", "Pembayaran ini tidak berlaku lagi."),
    deny: say("Pembayaran ditolak", "GoPay tidak bisa memproses pembayaran ini. Coba lagi atau pilih cara bayar lain."),
    refund: say("Dana dikembalikan", "Dana dikembalikan ke saldo GoPay Anda."),
    steps_qr: [
        "Buka aplikasi GoPay di HP Anda.",
        "Ketuk Bayar, lalu scan kode QR ini.",
        "Cek rincian pembayaran, lalu ketuk Bayar.",
        "Masukkan PIN Anda.",
        "Selesai. Halaman ini akan berubah sendiri.",
    ],
    steps_deeplink: [
        "Ketuk Bayar dengan GoPay.",
        "Aplikasi GoPay akan terbuka.",
        "Cek rincian pembayaran, lalu ketuk Bayar.",
        "Masukkan PIN Anda.",
        "Selesai. Kembali ke halaman ini untuk melihat hasilnya.",
    ],
    problem: problem_id,
};

const fn problem_id((code, status_code): ProblemKind) -> Say {
    match code {
        ProblemCode::Config => say("Pembayaran belum siap", "Silakan hubungi toko atau pilih cara bayar lain."),
        ProblemCode::Offline => {
            say("Tidak ada koneksi internet", "Kami lanjutkan sendiri begitu koneksi Anda kembali.")
        }
        ProblemCode::MerchantUnreachable => {
            say("Toko belum bisa dihubungi", "Kami terus mencoba. Jangan membayar lagi dulu.")
        }
        ProblemCode::MerchantRefused => {
            say("Sesi pembayaran sudah berakhir", "Muat ulang halaman untuk melihat status pesanan Anda.")
        }
        ProblemCode::BadAnswer => {
            say("Jawaban toko tidak bisa dibaca", "Statusnya belum pasti. Jangan membayar lagi dulu.")
        }
        ProblemCode::AmountMismatch => say("Jumlah pembayaran tidak cocok", "Jangan membayar. Silakan hubungi toko."),
        ProblemCode::UntrustedUrl => say("Tautan pembayaran tidak aman", "Jangan membayar. Silakan hubungi toko."),
        ProblemCode::ChargeRejected => match status_code {
            Some(StatusCode(402)) => say("GoPay belum aktif di toko ini", "Silakan pilih cara bayar lain."),
            Some(StatusCode(406)) => say("Pesanan ini sedang diproses", "Tekan Coba lagi untuk melihat pembayarannya."),
            Some(StatusCode(410)) => say("Akun GoPay tidak bisa dipakai", "Silakan pilih cara bayar lain."),
            Some(StatusCode(_)) | None => {
                say("Pembayaran tidak bisa dibuat", "Silakan hubungi toko atau pilih cara bayar lain.")
            }
        },
        ProblemCode::QrImage => say("Kode QR tidak bisa ditampilkan", "Coba lagi atau bayar di perangkat ini."),
        ProblemCode::ServerKey => say("Pembayaran belum siap", "Silakan hubungi toko atau pilih cara bayar lain."),
        ProblemCode::Internal => say("Terjadi kesalahan", "Muat ulang halaman untuk melihat status pesanan Anda."),
    }
}

static EN: Words = Words {
    pay: "Pay with GoPay",
    total: "Total",
    order: "Order",
    time_left: "Time left",
    how_to_pay: "How to pay",
    qr_alt: "QR code to pay",
    qr_alt_order: "order",
    scan_instead: "Show QR code",
    open_instead: "Pay on this device",
    already_paid: "I have paid",
    cancel_payment: "Cancel payment",
    retry: "Try again",
    start_over: "Pay again",
    reload: "Reload page",
    ready: say("Ready to pay", "Press the button below to pay."),
    charging: say("Preparing your payment…", "One moment, please."),
    pending_qr: say("Scan this QR code", "Use the GoPay app on your phone."),
    pending_deeplink: say("Continue in the GoPay app", "Come back to this page when you have paid."),
    checking: say("Checking your payment…", "Please do not pay again yet. The result will appear here."),
    settlement: say("Payment successful", "Thank you, we have received your payment."),
    expire: say("Time to pay is over", "Already paid? Wait a moment, the result will appear here."),
    cancel: say("Payment cancelled", "This payment is no longer valid."),
    deny: say("Payment declined", "GoPay could not process this payment. Try again or pay another way."),
    refund: say("Money returned", "The money goes back to your GoPay balance."),
    steps_qr: [
        "Open the GoPay app on your phone.",
        "Tap Pay, then scan this QR code.",
        "Check the payment details, then tap Pay.",
        "Enter your PIN.",
        "Done. This page will change by itself.",
    ],
    steps_deeplink: [
        "Tap Pay with GoPay.",
        "The GoPay app opens.",
        "Check the payment details, then tap Pay.",
        "Enter your PIN.",
        "Done. Come back to this page to see the result.",
    ],
    problem: problem_en,
};

const fn problem_en((code, status_code): ProblemKind) -> Say {
    match code {
        ProblemCode::Config | ProblemCode::ServerKey => {
            say("Payment is not ready yet", "Please contact the shop or pay another way.")
        }
        ProblemCode::Offline => say("No internet connection", "We go on by ourselves once you are back online."),
        ProblemCode::MerchantUnreachable => {
            say("The shop cannot be reached", "We keep trying. Please do not pay again yet.")
        }
        ProblemCode::MerchantRefused => {
            say("This payment session has ended", "Reload the page to see your order's status.")
        }
        ProblemCode::BadAnswer => {
            say("The shop's answer cannot be read", "The status is not certain. Please do not pay again yet.")
        }
        ProblemCode::AmountMismatch => say("The amount does not match", "Do not pay. Please contact the shop."),
        ProblemCode::UntrustedUrl => say("The payment link is not safe", "Do not pay. Please contact the shop."),
        ProblemCode::ChargeRejected => match status_code {
            Some(StatusCode(402)) => say("This shop does not take GoPay yet", "Please pay another way."),
            Some(StatusCode(406)) => say("This order is being processed", "Press Try again to see its payment."),
            Some(StatusCode(410)) => say("The GoPay account cannot be used", "Please pay another way."),
            Some(StatusCode(_)) | None => {
                say("The payment could not be made", "Please contact the shop or pay another way.")
            }
        },
        ProblemCode::QrImage => say("The QR code cannot be shown", "Try again or pay on this device."),
        ProblemCode::Internal => say("Something went wrong", "Reload the page to see your order's status."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_says_what_happened_and_what_to_do() {
        for lang in [Lang::Id, Lang::En] {
            for code in ProblemCode::ALL {
                let Say { headline, hint } = (lang.words().problem)((code, None));
                assert!(!headline.is_empty() && hint.ends_with('.'), "{lang:?} {code:?}");
            }
        }
    }

    #[test]
    fn a_rejected_charge_is_told_by_its_code() {
        for lang in [Lang::Id, Lang::En] {
            let mut said: Vec<_> = [400, 402, 406, 410]
                .map(|code| (lang.words().problem)((ProblemCode::ChargeRejected, Some(StatusCode(code)))).headline)
                .to_vec();
            said.dedup();
            assert_eq!(said.len(), 4, "{said:?}");
        }
    }

    #[test]
    fn regional_tags_are_their_languages() {
        for (tag, lang) in [("id", Lang::Id), ("id-ID", Lang::Id), ("in", Lang::Id), ("EN_us", Lang::En)] {
            assert_eq!(Lang::from_tag(tag), Some(lang), "{tag}");
        }
        assert_eq!(Lang::from_tag("idaho"), None);
    }
}
