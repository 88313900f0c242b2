//! The doctor, tried on merchants: the reference, and a model shop that keeps every rule or breaks a chosen one, with the
//! real sandbox.

mod command_line;
mod flaw;
mod model;
mod model_shop;
mod readme;
mod reference;
mod stage;
