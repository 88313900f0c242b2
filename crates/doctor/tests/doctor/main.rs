//! The doctor, tried on merchants: one that keeps every rule and one that keeps hardly any, with the real sandbox.

mod readme;
mod reference;
mod stage;
