//! Merchant ↔ Midtrans: what only servers say.

mod charge;
mod notification;
mod signature;

pub use charge::{ChargeRequest, CustomExpiry, ExpiryUnit, ItemDetails, TransactionDetails};
pub use notification::{InvalidNotification, Notification, UnverifiedNotification};
pub use signature::Signature;
