//! Bahasa Indonesia.

use super::{Announced, ComingBack, DialogWords, Gap, Rescue, Say, Words, say};
use crate::payment::{ProblemCode, ProblemKind};
use gopay_contract::StatusCode;

pub(super) const DIALOG: DialogWords = DialogWords { label: "Pembayaran GoPay", close: "Tutup" };

pub(super) static WORDS: Words = Words {
    pay: "Bayar dengan GoPay",
    total: "Total pembayaran",
    order: "Pesanan",
    time_left: "Sisa waktu",
    hours: "jam",
    minutes: "menit",
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
    pending_deeplink: say("Lanjutkan di aplikasi GoPay", "Setelah membayar, kembali ke halaman ini."),
    checking: say("Mengecek pembayaran…", "Mohon jangan membayar lagi dulu. Hasilnya akan muncul di sini."),
    settlement: say("Pembayaran berhasil", "Terima kasih, pembayaran Anda sudah kami terima."),
    expire: say("Waktu pembayaran habis", "Sudah telanjur membayar? Tunggu sebentar, hasilnya akan muncul di sini."),
    cancel: say("Pembayaran dibatalkan", "Kode QR dan tautannya tidak berlaku lagi."),
    deny: say("Pembayaran ditolak", "GoPay tidak bisa memproses pembayaran ini. Coba lagi atau pilih cara bayar lain."),
    // Not "to your GoPay balance": whoever scanned may have paid from another app or bank (QRIS).
    refund: say("Dana dikembalikan", "Dana kembali ke akun yang Anda pakai untuk membayar."),
    steps_qr: [
        "Buka aplikasi GoPay di HP Anda.",
        "Ketuk Bayar, lalu scan kode QR ini.",
        "Cek rincian pembayaran, lalu ketuk Bayar.",
        "Masukkan PIN Anda.",
        "Selesai. Hasilnya muncul sendiri di halaman ini.",
    ],
    steps_deeplink: [
        "Ketuk Bayar dengan GoPay.",
        "Aplikasi GoPay akan terbuka.",
        "Cek rincian pembayaran, lalu ketuk Bayar.",
        "Masukkan PIN Anda.",
        "Selesai. Kembali ke halaman ini untuk melihat hasilnya.",
    ],
    rescue: Rescue {
        not_opened: say("Aplikasi GoPay tidak terbuka?", "Pastikan aplikasinya sudah terpasang, atau pilih cara lain."),
        leave_app: Gap("Halaman ini terbuka di dalam ", ". Ketuk menu di pojok layar, lalu pilih Buka di browser."),
        open_in_browser: "Buka di browser",
        copy_link: "Salin tautan",
        link_copied: "Tautan disalin. Tempel di Chrome atau Safari.",
        copy_by_hand: "Tekan lama tautan ini untuk menyalinnya.",
        save_qr: "Simpan kode QR",
        saved_qr: "Di aplikasi GoPay, ketuk Bayar, lalu pilih kode QR ini dari galeri.",
    },
    coming_back: ComingBack {
        ready: say("Siap dibayar", "Sudah membayar? Tekan tombol di bawah untuk melihat hasilnya."),
        checking: say("Mengecek pembayaran…", "Tunggu sebentar. Belum membayar? Anda bisa melanjutkannya dari sini."),
        still_pending: say(
            "Pembayaran belum kami terima",
            "Sudah membayar? Tunggu sebentar, hasilnya akan muncul di sini.",
        ),
    },
    announced: Announced {
        five_minutes: "Sisa waktu 5 menit.",
        two_minutes: "Sisa waktu 2 menit.",
        one_minute: "Sisa waktu 1 menit.",
        thirty_seconds: "Sisa waktu 30 detik.",
    },
    problem,
};

const fn problem((code, status_code): ProblemKind) -> Say {
    match code {
        ProblemCode::Config | ProblemCode::ServerKey => {
            say("Pembayaran belum siap", "Silakan hubungi toko atau pilih cara bayar lain.")
        }
        ProblemCode::Offline => {
            say("Tidak ada koneksi internet", "Kami lanjutkan otomatis begitu koneksi Anda kembali.")
        }
        ProblemCode::MerchantUnreachable => {
            say("Toko belum bisa dihubungi", "Kami terus mencoba. Mohon jangan membayar lagi dulu.")
        }
        ProblemCode::MerchantRefused => {
            say("Sesi pembayaran sudah berakhir", "Muat ulang halaman untuk melihat status pesanan Anda.")
        }
        ProblemCode::BadAnswer => {
            say("Ada gangguan di toko", "Statusnya belum pasti. Mohon jangan membayar lagi dulu.")
        }
        ProblemCode::AmountMismatch => {
            say("Jumlah pembayaran tidak sesuai", "Mohon jangan membayar. Silakan hubungi toko.")
        }
        ProblemCode::UntrustedUrl => {
            say("Tautan pembayaran tidak aman", "Mohon jangan membayar. Silakan hubungi toko.")
        }
        ProblemCode::ChargeRejected => match status_code {
            Some(StatusCode(402)) => say("GoPay belum aktif di toko ini", "Silakan pilih cara bayar lain."),
            Some(StatusCode(406)) => say("Pesanan ini sedang diproses", "Tekan Coba lagi untuk melihat pembayarannya."),
            // Midtrans' lists differ on whose account it is.
            Some(StatusCode(410)) => say("GoPay tidak bisa dipakai", "Silakan pilih cara bayar lain."),
            Some(StatusCode(_)) | None => {
                say("Pembayaran tidak bisa dibuat", "Silakan hubungi toko atau pilih cara bayar lain.")
            }
        },
        ProblemCode::QrImage => say("Kode QR tidak bisa ditampilkan", "Coba lagi atau bayar di perangkat ini."),
        ProblemCode::Internal => say("Terjadi kesalahan", "Muat ulang halaman untuk melihat status pesanan Anda."),
    }
}
