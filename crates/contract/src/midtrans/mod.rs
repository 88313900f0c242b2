//! Merchant ↔ Midtrans: types that only servers use.

mod charge;
mod custom_expiry;
mod customer_details;
mod item_details;
mod notification;
mod signature;
mod validation;

pub use charge::{ChargeData, ChargeRequest, InvalidChargeData, OptionalData, TransactionDetails};
pub use custom_expiry::{ClampedExpiry, CustomExpiry, ExpiryUnit};
pub use customer_details::{Address, CustomerDetails};
pub use item_details::ItemDetails;
pub use notification::{InvalidNotification, Notification, UnverifiedNotification};
pub use signature::Signature;
