//! Every kind of fault, asked for one order: it strikes that order, and no other that lives the same life before it.

use crate::{
    sandbox::{Sandbox, charge_body},
    shop::Shop,
};
use midtrans_sandbox::{FaultName, Settings};
use reqwest::Method;
use serde_json::{Value, json};

/// Charged, asked about, paid: an target for each kind. Whether the shop is answered is not its matter.
async fn live(sandbox: &Sandbox, order_id: &str) {
    let charge = sandbox.request(Method::POST, "/v2/charge").json(&charge_body(order_id));
    let _ = charge.send().await;
    let _ = sandbox.request(Method::GET, &format!("/v2/{order_id}/status")).send().await;
    sandbox.post(&format!("/sandbox/transactions/{order_id}/pay")).await;
}

async fn applied(sandbox: &Sandbox) -> Vec<(Value, Value)> {
    let applied = sandbox.get("/sandbox/faults/applied").await.body;
    applied.as_array().unwrap().iter().map(|it| (it["fault"].clone(), it["order_id"].clone())).collect()
}

#[tokio::test]
async fn every_kind_of_fault_strikes_the_one_order_that_it_was_asked_for() {
    for name in FaultName::ALL {
        let name = serde_json::to_value(name).unwrap();
        let shop = Shop::open().await;
        let notification_url = Some(shop.url.parse().unwrap());
        let sandbox = Sandbox::start_with(Settings { notification_url, ..Settings::default() }).await;
        let mut fault = json!({"fault": name, "order_id": "o-1"});
        if matches!(name.as_str().unwrap(), "latency" | "late_notification") {
            fault["milliseconds"] = json!(1);
        }
        sandbox.fault(fault).await;
        live(&sandbox, "o-2").await;
        assert_eq!(applied(&sandbox).await, [], "{name}: the other order");
        let other = sandbox.status("o-2").await;
        assert_eq!(other.summary(), (200, "200", "settlement"), "{name}");
        let told = sandbox.attempts(2).await;
        assert!(told.iter().all(|it| it["answer_code"] == 200 && it["order_id"] == "o-2"), "{name}: {told:?}");
        live(&sandbox, "o-1").await;
        assert_eq!(applied(&sandbox).await, [(name, json!("o-1"))]);
    }
}
