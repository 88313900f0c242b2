//! Values of the switches about payments and refunds.

use serde::{Deserialize, Serialize};

/// [`Behaviour::payment_option_type`](super::Behaviour::payment_option_type).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentOptionType {
    /// The wallet's balance.
    #[default]
    GopayWallet,
    /// Pay later.
    PayLater,
    /// Instalments.
    GoCicil,
    /// Coins.
    GopayCoins,
}

impl PaymentOptionType {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GopayWallet => "GOPAY_WALLET",
            Self::PayLater => "PAY_LATER",
            Self::GoCicil => "GO_CICIL",
            Self::GopayCoins => "GOPAY_COINS",
        }
    }
}

/// [`Behaviour::refund_method`](super::Behaviour::refund_method).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundMethod {
    /// By the bank's API.
    #[default]
    Online,
    /// By hand.
    Offline,
}

/// One of [`Behaviour::qris_fields`](super::Behaviour::qris_fields).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QrisField {
    /// `on-us` or `off-us`.
    TransactionType,
    /// The payer's wallet.
    Issuer,
    /// Always `gopay`.
    Acquirer,
    /// GoPay's reference.
    MerchantCrossReferenceId,
}

impl QrisField {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::TransactionType, Self::Issuer, Self::Acquirer, Self::MerchantCrossReferenceId];
}

/// [`Behaviour::direct_refund`](super::Behaviour::direct_refund).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectRefund {
    /// Money goes back.
    #[default]
    Approved,
    /// Body 202, nothing changes.
    Denied,
}
