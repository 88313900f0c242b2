//! Merchant ↔ Midtrans: types that only servers use.

mod charge;
mod charge_data;
mod complaint;
mod custom_expiry;
mod customer_details;
mod item_details;
mod notification;
mod signature;

pub use charge::{ChargeRequest, TransactionDetails};
pub use charge_data::{ChargeData, InvalidChargeData, OptionalData};
pub use custom_expiry::{ClampedExpiry, CustomExpiry, ExpiryUnit};
pub use customer_details::{Address, CustomerDetails};
pub use item_details::ItemDetails;
pub use notification::{InvalidNotification, Notification, UnverifiedNotification};
pub use signature::Signature;
