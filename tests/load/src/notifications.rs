//! Notifications, as Midtrans signs and sends them. Each is confirmed by get-status and stored before it is answered.

use crate::connection::{Answer, post};
use crate::lanes::{Until, drive};
use crate::orders::Order;
use crate::report::Report;
use crate::stage::{SERVER_KEY, Stage};
use anyhow::{Result, ensure};
use gopay_contract::midtrans::Signature;
use serde_json::{Value, json};

/// Number of simultaneous notifications.
const LANES: usize = 16;

/// The orders are paid, quietly; then Midtrans tells of each once.
pub(crate) async fn send(stage: &Stage, orders: &[Order], report: &mut Report) -> Result<()> {
    let (sandbox, merchant) = (stage.sandbox.address, stage.merchant()?.address);
    let paths: Vec<String> =
        orders.iter().map(|order| format!("/sandbox/transactions/{}/pay", order.transaction_id)).collect();
    let pay = move |number: usize| post(sandbox, &paths[number], None, &json!({}));
    drive(sandbox, LANES, Until::Count(orders.len()), pay, must_succeed).await?;
    let bodies: Vec<Value> = orders.iter().map(signed).collect();
    let tell = move |number: usize| post(merchant, "/api/gopay/notifications", None, &bodies[number]);
    let told = drive(merchant, LANES, Until::Count(orders.len()), tell, must_succeed).await?;
    report.row("notifications", &told);
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "an answer is handed over to whoever reads it")]
fn must_succeed(_: usize, answer: Answer) -> Result<()> {
    ensure!(answer.status.is_success(), "HTTP {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
    Ok(())
}

fn signed(order: &Order) -> Value {
    let Order { order_id, transaction_id, gross_amount, .. } = order;
    json!({
        "order_id": order_id,
        "transaction_id": transaction_id,
        "transaction_status": "settlement",
        "status_code": "200",
        "gross_amount": gross_amount,
        "payment_type": "gopay",
        "currency": "IDR",
        "fraud_status": "accept",
        "signature_key": Signature::over(order_id, "200", gross_amount, SERVER_KEY).to_hex(),
    })
}
