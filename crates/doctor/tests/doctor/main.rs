//! The doctor, tried on merchants: one that keeps every rule and one that keeps hardly any, with the real sandbox.

mod command_line;
mod naive;
mod naive_shop;
mod readme;
mod reference;
mod spoiled;
mod spoiler;
mod stage;
