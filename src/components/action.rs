//! The payer's actions. The pressed element carries the word; one listener around the card reads it.

/// An action that a button or link offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// "Bayar dengan GoPay".
    Pay,
    /// "Coba lagi", "Bayar lagi".
    Retry,
    /// "Saya sudah bayar".
    Refresh,
    /// "Batalkan pembayaran".
    Cancel,
    /// "Tampilkan kode QR".
    ShowQr,
    /// "Bayar di perangkat ini".
    ShowDeeplink,
    /// "Muat ulang halaman".
    Reload,
    /// The deeplink itself.
    Open,
    /// "Salin tautan".
    CopyLink,
    /// "Layar penuh": shows the QR code on the whole window, or in the card again.
    Enlarge,
}

impl Action {
    /// The attribute that carries it.
    pub const ATTRIBUTE: &'static str = "data-action";

    const ALL: [Self; 10] = [
        Self::Pay,
        Self::Retry,
        Self::Refresh,
        Self::Cancel,
        Self::ShowQr,
        Self::ShowDeeplink,
        Self::Reload,
        Self::Open,
        Self::CopyLink,
        Self::Enlarge,
    ];

    /// The word in the attribute.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::Retry => "retry",
            Self::Refresh => "refresh",
            Self::Cancel => "cancel",
            Self::ShowQr => "show-qr",
            Self::ShowDeeplink => "show-deeplink",
            Self::Reload => "reload",
            Self::Open => "open",
            Self::CopyLink => "copy-link",
            Self::Enlarge => "enlarge",
        }
    }

    /// Reads the word in the attribute.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }
}
