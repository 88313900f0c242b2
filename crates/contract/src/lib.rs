//! The words on the wire: what the checkout widget, a merchant's backend and Midtrans say to each other.
//!
//! **In scope:** parsing those words once, at the door ([`OrderId`], [`GrossAmount`], [`TransactionStatus`] …), writing
//! them back as Midtrans writes them, and the few facts that belong to a word alone: which status is final, which may
//! follow which, that Midtrans' times are Jakarta times.
//!
//! **Out of scope:** HTTP, clocks, storage, the screen, and every decision about a payment.
//!
//! Reading is lenient, as Midtrans asks of its merchants ("new fields may be added, null fields are left out"):
//! unknown fields are passed over, optional ones may be missing or `null`, numbers may come as strings and strings as
//! numbers. What is read is then strict: there is no `OrderId` that Midtrans would refuse.
//!
//! The feature `midtrans` adds what only servers speak: charge requests that carry an amount, notifications and their
//! signatures. The browser never has it.
//!
//! # Glossary
//! *order* what the shop sells · *charge* asking Midtrans to collect for an order, and its answer · *transaction*
//! Midtrans' record of a charge · *action* a URL in a charge's answer · *final* a status after which nobody asks again.

mod action;
mod amount;
mod answer;
mod error_body;
mod fraud_status;
mod json;
mod lenient;
mod order;
mod request;
mod status_code;
mod time;
mod transaction_id;
mod transaction_status;

#[cfg(feature = "midtrans")]
pub mod midtrans;

pub use action::{Action, ActionName};
pub use amount::{Currency, GrossAmount, InvalidGrossAmount};
pub use answer::Answer;
pub use error_body::ErrorBody;
pub use fraud_status::FraudStatus;
pub use lenient::{cut, holds, shortened};
pub use order::{InvalidOrderId, OrderId};
pub use request::{ChargeRequest, GopayOptions, OrderDetails, PaymentType};
pub use status_code::StatusCode;
pub use time::{InvalidJakartaTime, JakartaTime};
pub use transaction_id::{InvalidTransactionId, TransactionId};
pub use transaction_status::TransactionStatus;
