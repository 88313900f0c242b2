//! Afterwards: what Midtrans has, held against what the payers were answered and what the merchant says.

use crate::connection::{Connection, get};
use crate::lanes::{Until, drive};
use crate::orders::Order;
use crate::report::Report;
use crate::stage::Stage;
use anyhow::{Context as _, Result};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

const LANES: usize = 16;

/// Every order was charged once, as its payer was answered; every paid one is paid at the merchant, no other is.
pub(crate) async fn compare(stage: &Stage, orders: &[Order], paid: Vec<Order>, report: &mut Report) -> Result<()> {
    let mut sandbox = Connection::open(stage.sandbox.address).await?;
    let request = sandbox.get("/sandbox/transactions", None)?;
    let ledger = sandbox.send(request).await?.json()?;
    let ledger = ledger.as_array().context("the sandbox's transactions are a list")?;
    let mut charged: HashMap<&str, Vec<&Value>> = HashMap::new();
    for transaction in ledger {
        charged.entry(transaction["order_id"].as_str().unwrap_or_default()).or_default().push(transaction);
    }
    let is_once = |order: &&Order| {
        let of = charged.get(order.order_id.as_str()).map_or(&[][..], Vec::as_slice);
        matches!(of, [one] if one["transaction_id"] == order.transaction_id.as_str())
    };
    let once = orders.iter().filter(is_once).count();
    report.wrong_count("of the charges, not one transaction at Midtrans", orders.len() - once);
    report.wrong_count("of Midtrans' transactions, nobody's", ledger.len() - once);

    let are_paid: HashSet<&str> = paid.iter().map(|order| order.order_id.as_str()).collect();
    let is_wrong = |transaction: &&Value| {
        let is_paid = transaction["transaction_status"] == "settlement";
        is_paid != are_paid.contains(transaction["order_id"].as_str().unwrap_or_default())
    };
    report
        .wrong_count("of Midtrans' transactions, not as the payers left them", ledger.iter().filter(is_wrong).count());

    let (merchant, count) = (stage.merchant()?.address, paid.len());
    let ask = move |number: usize| get(merchant, &paid[number].path(), Some(&paid[number].order_token));
    let told = drive(merchant, LANES, Until::Count(count), ask, |_, answer| answer.json()).await?;
    let lost = told.read.iter().filter(|(_, status)| status["transaction_status"] != "settlement").count();
    report.wrong_count(&format!("of {count} settlements, not recorded"), lost);
    Ok(())
}
