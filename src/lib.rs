//! The checkout widget.

pub mod payment;
