//! Chance, from the browser.

/// Any number, to spread payers over time. Nothing secret hangs on it.
pub(crate) fn seed() -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 2^32, the end not included")]
    let seed = (js_sys::Math::random() * 4_294_967_296.0) as u32;
    seed
}
