//! Each backend before the doctor.

use crate::language::Language;
use crate::process::ORDER_TOKEN_SECRET;
use crate::stage::Stage;
use gopay_doctor::report::row;
use gopay_doctor::{Endpoints, OrderSource, Outcome, Plan, Secrets, UrlTemplate, all};
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use reqwest::header::HeaderMap;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

async fn keeps_the_contract(language: Language) {
    let stage = Stage::of(language).await;
    let base = Url::parse(&stage.url).unwrap();
    let at = |path: &str| UrlTemplate::parse("path", path, &base).unwrap();
    let plan = Plan {
        endpoints: Endpoints {
            charge: at("/api/gopay/charge"),
            status: at("/api/gopay/orders/{order_id}"),
            events: Some(at("/api/gopay/orders/{order_id}/events")),
            cancel: Some(at("/api/gopay/orders/{order_id}/cancel")),
            notification: at("/api/gopay/notifications"),
        },
        headers: HeaderMap::new(),
        orders: OrderSource::Shop {
            url: format!("{}/api/shop/orders", stage.url),
            body: json!({"items": [{"sku": "kopi-gayo", "quantity": 1}]}),
        },
        sandbox: Url::parse(&stage.sandbox).unwrap(),
        secrets: Arc::new(Secrets::new(DEFAULT_SERVER_KEY.into())),
        patience: Duration::from_secs(30),
        checks: all(),
    };
    let findings = gopay_doctor::run(plan, |_| ()).await.unwrap();
    let failed = findings.iter().filter(|finding| matches!(finding.outcome, Outcome::Fail(_))).map(row);
    let failed = failed.collect::<String>();
    assert!(failed.is_empty(), "{language:?}\n{failed}\nIt wrote:\n{}", stage.log());
    let skipped = findings.iter().filter(|finding| matches!(finding.outcome, Outcome::Skipped(_)));
    let skipped: Vec<_> = skipped.map(|finding| finding.check.id).collect();
    assert!(skipped.is_empty(), "{language:?}: {skipped:?} were skipped");
    for secret in [DEFAULT_SERVER_KEY, ORDER_TOKEN_SECRET] {
        assert!(!stage.log().contains(secret), "{language:?} logs a secret");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_backend_in_node_keeps_the_contract() {
    keeps_the_contract(Language::Node).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_backend_in_python_keeps_the_contract() {
    keeps_the_contract(Language::Python).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_backend_in_php_keeps_the_contract() {
    keeps_the_contract(Language::Php).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_backend_in_java_keeps_the_contract() {
    keeps_the_contract(Language::Java).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_backend_in_go_keeps_the_contract() {
    keeps_the_contract(Language::Go).await;
}
