#![doc = include_str!("../README.md")]

mod action;
mod amount;
mod answer;
mod error_body;
mod fraud_status;
mod hosts;
mod json;
mod lenient;
#[cfg(feature = "openapi")]
mod openapi;
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
pub use hosts::QR_HOSTS;
#[cfg(feature = "midtrans")]
pub use hosts::is_midtrans_host;
pub use lenient::{contains, position, shortened, split_once_ascii};
pub use order::{InvalidOrderId, OrderId};
pub use request::{ChargeRequest, GopayOptions, OrderDetails, PaymentType};
pub use status_code::StatusCode;
pub use time::{InvalidJakartaTime, JakartaTime};
pub use transaction_id::{InvalidTransactionId, TransactionId};
pub use transaction_status::TransactionStatus;
