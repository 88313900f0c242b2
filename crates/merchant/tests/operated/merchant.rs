//! A merchant that runs as whoever operates it would run it, beside the stage's own, and who buys at it.

use crate::process::Process;
use crate::stage::{Answered, Placed, Stage};
use serde_json::{Value, json};

/// Another merchant beside the stage's own, as a process of its own, with a database of its own.
pub(crate) async fn process(stage: &Stage, more: &[(&str, &str)]) -> Process {
    let database = stage.another_database();
    let mut all: Vec<(&str, &str)> = stage.variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    all.retain(|(name, _)| *name != "MERCHANT_DATABASE_URL" && !more.iter().any(|(other, _)| other == name));
    if !more.iter().any(|(name, _)| *name == "MERCHANT_DATABASE_URL") {
        all.push(("MERCHANT_DATABASE_URL", &database));
    }
    all.extend_from_slice(more);
    let process = Process::starts(&all).await;
    if stage.sandbox.stop.is_some() {
        stage.notify(json!(format!("{}/api/gopay/notifications", process.url))).await;
    }
    process
}

pub(crate) async fn order(stage: &Stage, process: &Process) -> Placed {
    let order_id = format!("order-{:016x}", rand::random::<u64>());
    let shop = json!({"order_id": order_id, "gross_amount": 44_000, "description": "Kopi Gayo 250 g"});
    let request = stage.http.post(format!("{}/orders", process.url)).json(&shop);
    let placed = Answered::from(request.send().await.expect("an answer")).await;
    Placed { order_id, token: placed.text("order_token").to_owned() }
}

pub(crate) fn charge(stage: &Stage, process: &Process, order: &Placed, more: &Value) -> reqwest::RequestBuilder {
    let mut body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order.order_id}});
    body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    stage.http.post(format!("{}/api/gopay/charge", process.url)).bearer_auth(&order.token).json(&body)
}
