// Generated from Rust by src/loader_rules.rs; `GOPAY_BLESS=1 cargo test --test loader_rules` writes it anew.

/** The dialog's words. */
export const INDONESIAN = {"close":"Tutup","label":"Pembayaran GoPay"};

/** The same in English. */
export const ENGLISH = {"close":"Close","label":"GoPay payment"};
