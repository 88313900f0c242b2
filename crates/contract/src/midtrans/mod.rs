//! Merchant ↔ Midtrans: types that only servers use.

mod charge;
mod custom_expiry;
mod details;
mod notification;
mod signature;

pub use charge::{ChargeData, ChargeRequest, InvalidChargeData, OptionalData, TransactionDetails};
pub use custom_expiry::{ClampedExpiry, CustomExpiry, ExpiryUnit};
pub use details::{Address, CustomerDetails, ItemDetails};
pub use notification::{InvalidNotification, Notification, UnverifiedNotification};
pub use signature::Signature;
