//! A merchant's backend in memory that keeps every rule but the one that a [`Flaw`] names.

mod orders;
mod payments;
mod routes;

use crate::flaw::Flaw;
use axum::Router;
use orders::Order;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

const PRICE: u64 = 44_000;

struct Shop {
    midtrans: String,
    http: reqwest::Client,
    flaw: Option<Flaw>,
    orders: Mutex<HashMap<String, Order>>,
}

impl Shop {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn orders(&self) -> MutexGuard<'_, HashMap<String, Order>> {
        self.orders.lock().expect("a lock")
    }
}

pub(crate) fn router(midtrans: String, flaw: Option<Flaw>) -> Router {
    let limit = if flaw == Some(Flaw::NoTimeLimit) { 300 } else { 5 };
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(limit)).build().expect("a client");
    routes::router(Arc::new(Shop { midtrans, http, flaw, orders: Mutex::default() }))
}
