//! The merchant from outside: over HTTP, against the real sandbox, each test with its own of both.

mod cancel;
mod charge;
mod charge_again;
mod charge_in_trouble;
mod faults;
mod notification;
mod operator;
mod order_token;
mod shop;
mod site;
mod stage;
mod standing;
mod status;
mod two_merchants;
mod watch;
