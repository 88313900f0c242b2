//! Status reads, in turn from the merchant and from a bare server with the same bytes.

use crate::Scale;
use crate::connection::{Connection, get};
use crate::lanes::{Driven, Until, drive, to_f64};
use crate::orders::Order;
use crate::report::Report;
use crate::server::{Server, free_port};
use crate::stage::Stage;
use anyhow::{Result, ensure};
use std::process::Command;
use std::sync::Arc;

/// Number of simultaneous payers.
const LANES: usize = 32;
/// Number of orders that they ask about: each is somebody's own page, and pending, so that Midtrans is asked about it
/// now and then.
pub(crate) const ORDERS: usize = 1_000;
/// Target: the merchant's part of the bare server's rate.
const AIM: f64 = 0.5;

/// Both servers in turn, a few times; the middle of each counts.
pub(crate) async fn compare(stage: &Stage, orders: &Arc<Vec<Order>>, scale: &Scale, report: &mut Report) -> Result<()> {
    let merchant = stage.merchant()?.address;
    let first = get(merchant, &orders[0].path(), Some(&orders[0].order_token))?;
    let answer = Connection::open(merchant).await?.send(first).await?;
    ensure!(answer.status.is_success(), "the first status read: HTTP {}", answer.status);
    let bytes = stage.folder.path().join("status.json");
    std::fs::write(&bytes, &answer.body)?;
    let port = free_port()?;
    let mut bare = Command::new(std::env::current_exe()?);
    bare.arg("bare").arg(&bytes).arg(port.to_string());
    let bare = Server::start(&mut bare, port, &orders[0].path(), &stage.folder.path().join("bare.log")).await?;

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..scale.read_rounds {
        ours.push(round(stage.merchant()?, orders, scale).await?);
        theirs.push(round(&bare, orders, scale).await?);
    }
    let (ours, theirs) = (middle(ours), middle(theirs));
    report.row(&format!("status reads, of {ORDERS} orders"), &ours.0);
    report.row("the same bytes from a bare axum handler", &theirs.0);
    let share = ours.0.a_second() / theirs.0.a_second();
    report.fact("merchant to bare", &format!("{share:.2}×"), Some((&format!("≥ {AIM}×"), share >= AIM)));
    report.fact("processor time a read, merchant and bare", &format!("{:.1} µs, {:.1} µs", ours.1, theirs.1), None);
    Ok(())
}

/// One round at one server, and the server's processor time for a read, in microseconds.
async fn round(server: &Server, orders: &Arc<Vec<Order>>, scale: &Scale) -> Result<(Driven<()>, f64)> {
    let (address, orders) = (server.address, Arc::clone(orders));
    let ask = move |number: usize| {
        let order = &orders[number % orders.len()];
        get(address, &order.path(), Some(&order.order_token))
    };
    let before = server.processor_time()?;
    let driven = drive(address, LANES, Until::Time(scale.read_time), ask, |_, answer| {
        ensure!(answer.status.is_success() && answer.body.starts_with(b"{"), "HTTP {}", answer.status);
        Ok(())
    });
    let driven = driven.await?;
    let busy = server.processor_time()?.saturating_sub(before).as_secs_f64() * 1e6;
    let each = busy / to_f64(driven.latency.len().max(1));
    Ok((driven, each))
}

/// The round whose rate is the median.
fn middle(mut rounds: Vec<(Driven<()>, f64)>) -> (Driven<()>, f64) {
    rounds.sort_by(|(one, _), (other, _)| one.a_second().total_cmp(&other.a_second()));
    let middle = rounds.len() / 2;
    rounds.swap_remove(middle)
}
