//! Faults between a client and a server, on request: for tests and for the demo shop. No part of it belongs in production.
//!
//! [`Faults`] is the list of faults that were asked for, and [`inject()`] the middleware that applies them to the widget's
//! requests; [`control_routes`] is their HTTP interface. [`FaultProxy`] is an HTTP proxy with that middleware. It can also
//! cut all traffic, block requests, hold one request at a known moment, replace texts and headers, and record what passes.
//! [`TcpProxy`] stands before a server of another protocol.

mod control;
mod fault;
mod inject;
mod mutate;
mod proxy;
mod tcp_proxy;

pub use control::control_routes;
pub use fault::{Content, Fault, FaultKind, Faults, InvalidFault, Operation};
pub use inject::inject;
pub use mutate::Mutation;
pub use proxy::{Exchange, FaultProxy, Held, Moment};
pub use tcp_proxy::{Network, TcpProxy};
