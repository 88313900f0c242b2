#![doc = include_str!("../README.md")]

mod account_notification;
mod allowed_hosts;
mod application;
mod behaviour;
mod bodies;
mod changes;
mod clock;
mod control;
mod core_api;
mod dashboard;
mod deeplink;
mod error;
mod faults;
mod gopay_app;
pub mod ledger;
mod lock;
mod notifier;
mod page;
mod qr_code;
pub mod qris;
mod router;
mod sandbox;
mod serving;
mod settings;
mod state;
mod state_file;

pub use allowed_hosts::checked as checked_host;
pub use application::{Application, StartError};
pub use behaviour::{
    AmountLimit, Behaviour, CallbackJoin, DeeplinkShape, DenialReason, DirectRefund, ExpiryTimeName, GopayAccount,
    HttpStatusFollowsBody, MessageOf401, OrderIdAfterDeny, OrderIdCharacters, OverSevenDays, PaymentOptionType,
    QrCodeWhenFinal, QrisField, ReferencePrefix, RefundMethod, RequestHeaders, ServiceError, StatusMessages,
    TransactionStatusCase, UnprovenCharges, ValidationWording, WrongDataType,
};
pub use error::ApiError;
pub use faults::{Chaos, FaultName};
pub use settings::{DEFAULT_SERVER_KEY, MERCHANT_ID, Settings};
pub use state_file::FileError;
