//! Bahasa Indonesia.

use super::{Announced, ComingBack, DialogWords, Message, Rescue, Template, Words, message};
use crate::payment::{ProblemCode, ProblemKind};
use gopay_contract::StatusCode;

pub(super) const DIALOG: DialogWords = DialogWords { label: "Pembayaran GoPay", close: "Tutup" };

pub(super) static WORDS: Words = Words {
    pay: "Bayar dengan GoPay",
    total: "Total pembayaran",
    order: "Pesanan",
    paid_via: "Dibayar lewat",
    paid_at: "Waktu bayar",
    transaction: "ID transaksi",
    time_left: "Sisa waktu",
    hours: "jam",
    minutes: "menit",
    qr_alt: "Kode QR untuk membayar",
    qr_alt_order: "pesanan",
    full_screen: "Layar penuh",
    brighter: "Naikkan kecerahan layar.",
    scan_instead: "Tampilkan kode QR",
    open_instead: "Bayar di perangkat ini",
    already_paid: "Saya sudah bayar",
    cancel_payment: "Batalkan pembayaran",
    retry: "Coba lagi",
    start_over: "Bayar lagi",
    reload: "Muat ulang halaman",
    ready: message("Siap dibayar", "Tekan tombol di bawah untuk membayar."),
    charging: message("Menyiapkan pembayaran…", "Mohon tunggu sebentar."),
    pending_qr: message("Scan kode QR ini", "Pakai aplikasi GoPay. Hasilnya muncul di sini otomatis."),
    pending_deeplink: message("Lanjutkan di aplikasi GoPay", "Setelah membayar, kembali ke halaman ini."),
    checking: message("Mengecek pembayaran…", "Mohon jangan membayar lagi dulu. Hasilnya akan muncul di sini."),
    settlement: message("Pembayaran berhasil", "Terima kasih, pembayaran Anda sudah kami terima."),
    expire: message(
        "Waktu pembayaran habis",
        "Kami belum menerima pembayaran. Sudah telanjur membayar? Hasilnya akan muncul di sini.",
    ),
    cancel: message(
        "Pembayaran dibatalkan",
        "Kami belum menerima pembayaran. Kode QR dan tautannya tidak berlaku lagi.",
    ),
    deny: message(
        "Pembayaran ditolak",
        "GoPay menolak, dan kami tidak menerima dana. Coba lagi atau pilih cara bayar lain.",
    ),
    // Not "to your GoPay balance": whoever scanned may have paid from another app or bank (QRIS).
    refund: message(
        "Dana dikembalikan",
        "Dana kembali ke akun yang Anda pakai untuk membayar. Belum masuk? Silakan hubungi toko.",
    ),
    steps_qr: ["Buka aplikasi GoPay", "Ketuk Bayar, lalu scan kode ini", "Cek rincian, lalu masukkan PIN"],
    steps_deeplink: ["Ketuk Bayar dengan GoPay", "Cek rincian, lalu masukkan PIN", "Kembali ke halaman ini"],
    rescue: Rescue {
        not_opened: message(
            "Aplikasi GoPay tidak terbuka?",
            "Pastikan aplikasinya sudah terpasang, atau pilih cara lain.",
        ),
        leave_app: Template(
            "Halaman ini terbuka di dalam ",
            ". Ketuk menu di pojok layar, lalu pilih Buka di browser.",
        ),
        open_in_browser: "Buka di browser",
        copy_link: "Salin tautan",
        link_copied: "Tautan disalin. Tempel di Chrome atau Safari.",
        copy_by_hand: "Tekan lama tautan ini untuk menyalinnya.",
        save_qr: "Simpan kode QR",
        saved_qr: "Di aplikasi GoPay, ketuk Bayar, lalu pilih kode QR ini dari galeri.",
    },
    coming_back: ComingBack {
        ready: message("Siap dibayar", "Sudah membayar? Tekan tombol di bawah untuk melihat hasilnya."),
        checking: message(
            "Mengecek pembayaran…",
            "Tunggu sebentar. Belum membayar? Anda bisa melanjutkannya dari sini.",
        ),
        still_pending: message(
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

const fn problem((code, status_code): ProblemKind) -> Message {
    match code {
        ProblemCode::Config | ProblemCode::ServerKey => {
            message("Pembayaran belum siap", "Silakan hubungi toko atau pilih cara bayar lain.")
        }
        ProblemCode::Offline => {
            message("Tidak ada koneksi internet", "Kami lanjutkan otomatis begitu koneksi Anda kembali.")
        }
        ProblemCode::MerchantUnreachable => {
            message("Toko belum bisa dihubungi", "Kami terus mencoba. Mohon jangan membayar lagi dulu.")
        }
        ProblemCode::MerchantRefused => {
            message("Sesi pembayaran sudah berakhir", "Muat ulang halaman untuk melihat status pesanan Anda.")
        }
        ProblemCode::BadAnswer => {
            message("Ada gangguan di toko", "Statusnya belum pasti. Mohon jangan membayar lagi dulu.")
        }
        ProblemCode::AmountMismatch => {
            message("Jumlah pembayaran tidak sesuai", "Mohon jangan membayar. Silakan hubungi toko.")
        }
        ProblemCode::UntrustedUrl => {
            message("Tautan pembayaran tidak aman", "Mohon jangan membayar. Silakan hubungi toko.")
        }
        ProblemCode::ChargeRejected => match status_code {
            Some(StatusCode(402)) => message("GoPay belum aktif di toko ini", "Silakan pilih cara bayar lain."),
            Some(StatusCode(406)) => {
                message("Pesanan ini sedang diproses", "Tekan Coba lagi untuk melihat pembayarannya.")
            }
            // Midtrans' lists differ on whose account it is.
            Some(StatusCode(410)) => message("GoPay tidak bisa dipakai", "Silakan pilih cara bayar lain."),
            Some(StatusCode(_)) | None => {
                message("Pembayaran tidak bisa dibuat", "Silakan hubungi toko atau pilih cara bayar lain.")
            }
        },
        ProblemCode::QrImage => message("Kode QR tidak bisa ditampilkan", "Coba lagi atau bayar di perangkat ini."),
        ProblemCode::Internal => message("Terjadi kesalahan", "Muat ulang halaman untuk melihat status pesanan Anda."),
    }
}
