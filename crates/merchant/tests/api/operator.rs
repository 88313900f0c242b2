//! Requests of operators.

use crate::stage::{Stage, signed};
use openmetrics_parser::openmetrics::parse_openmetrics;
use serde_json::json;
use std::collections::BTreeMap;

/// The metrics of a merchant, read by a parser of the format that is not ours: sample with labels → value.
struct Metrics(BTreeMap<String, f64>);

impl Metrics {
    async fn of(stage: &Stage) -> Self {
        let answer = stage.get("/metrics").send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
        let text = answer.text().await.expect("text");
        parse_openmetrics(&text).unwrap_or_else(|e| panic!("{e:?} in\n{text}"));
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let samples = lines.map(|line| line.rsplit_once(' ').expect("a name and a value"));
        Self(samples.map(|(name, value)| (name.to_owned(), value.parse().expect("a number"))).collect())
    }

    /// A sample's value; one that never moved may not be there yet.
    fn get(&self, sample: &str) -> f64 {
        self.0.get(sample).copied().unwrap_or_default()
    }

    /// True if each of these moved by so much since `before`.
    #[track_caller]
    fn moved(&self, before: &Self, samples: &[(&str, f64)]) {
        for (sample, by) in samples {
            let moved = self.get(sample) - before.get(sample);
            assert!((moved - by).abs() < f64::EPSILON, "{sample} moved by {moved}, not {by}, in {:#?}", self.0);
        }
    }
}

#[tokio::test]
async fn it_is_alive_and_ready() {
    let stage = Stage::set().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(stage.get(path).send().await.expect("an answer").status(), 200, "{path}");
    }
}

#[tokio::test]
async fn while_its_tables_are_away_it_is_alive_and_not_ready() {
    let stage = Stage::set().await;
    stage.database("ALTER TABLE orders RENAME TO orders_away").await;
    let ready = stage.get("/readyz").send().await.expect("an answer");
    assert_eq!((ready.status().as_u16(), ready.text().await.expect("text").as_str()), (503, "database\n"));
    assert_eq!(stage.get("/healthz").send().await.expect("an answer").status(), 200);
    stage.database("ALTER TABLE orders_away RENAME TO orders").await;
    assert_eq!(stage.get("/readyz").send().await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn a_database_whose_tables_are_older_than_the_program_is_not_ready() {
    let stage = Stage::set().await;
    stage
        .database(
            "UPDATE _sqlx_migrations SET success = FALSE WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)",
        )
        .await;
    assert_eq!(stage.get("/readyz").send().await.expect("an answer").status(), 503);
}

#[tokio::test]
async fn while_midtrans_is_away_it_is_ready_all_the_same() {
    let mut stage = Stage::set().await;
    stage.sandbox.stop().await;
    assert_eq!(stage.get("/readyz").send().await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn each_charge_is_counted_by_what_became_of_it() {
    let stage = Stage::set().await;
    let before = Metrics::of(&stage).await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.charge(&order).await;
    stage.fault(json!({"fault": "error", "times": 0, "status_code": 402, "on": ["charge"]})).await;
    stage.charge(&stage.order().await).await;
    Metrics::of(&stage).await.moved(
        &before,
        &[
            ("gopay_charges_total{outcome=\"created\"}", 1.0),
            ("gopay_charges_total{outcome=\"resumed\"}", 1.0),
            ("gopay_charges_total{outcome=\"refused\"}", 1.0),
            ("gopay_statuses_total{transaction_status=\"pending\"}", 1.0),
            ("gopay_midtrans_request_duration_seconds_count{call=\"charge\",outcome=\"ok\"}", 1.0),
            ("gopay_midtrans_request_duration_seconds_count{call=\"charge\",outcome=\"refused\"}", 1.0),
            ("gopay_http_requests_total{method=\"POST\",route=\"/api/gopay/charge\",code=\"200\"}", 3.0),
        ],
    );
}

#[tokio::test]
async fn notifications_statuses_and_watchers_are_counted() {
    let stage = Stage::set().await;
    let order = stage.order().await;
    let charged = stage.charge(&order).await;
    stage.deliveries(&order.order_id, "pending", 1).await;
    let mut watch = stage.watch(&order).await;
    watch.next().await.expect("pending");
    let before = Metrics::of(&stage).await;
    assert!((before.get("gopay_push_streams") - 1.0).abs() < f64::EPSILON);
    let forged = signed(&charged, "200", "settlement", "SB-Mid-server-of-somebody-else");
    stage.notify_by_hand(&forged).await;
    stage.at_midtrans(&order.order_id, "pay").await;
    while watch.next().await.is_some() {}
    stage.deliveries(&order.order_id, "settlement", 1).await;
    Metrics::of(&stage).await.moved(
        &before,
        &[
            ("gopay_notifications_total{outcome=\"forged\"}", 1.0),
            ("gopay_notifications_total{outcome=\"recorded\"}", 1.0),
            ("gopay_statuses_total{transaction_status=\"settlement\"}", 1.0),
            ("gopay_midtrans_request_duration_seconds_count{call=\"status\",outcome=\"ok\"}", 1.0),
            ("gopay_push_streams", -1.0),
        ],
    );
}

#[tokio::test]
async fn midtrans_being_away_shows_in_its_latency() {
    let stage = Stage::set_with_a_curious_merchant().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    let before = Metrics::of(&stage).await;
    stage.fault(json!({"fault": "cut_connection", "times": 1, "on": ["status"]})).await;
    stage.status(&order).await;
    let unreachable = "gopay_midtrans_request_duration_seconds_count{call=\"status\",outcome=\"unreachable\"}";
    Metrics::of(&stage)
        .await
        .moved(&before, &[(unreachable, 1.0), ("gopay_status_polls_total{decision=\"sent\"}", 1.0)]);
}

#[tokio::test]
async fn requests_are_counted_by_route_and_never_by_path() {
    let stage = Stage::set().await;
    let before = Metrics::of(&stage).await;
    stage.get("/api/gopay/orders/order-that-nobody-made").send().await.expect("an answer");
    stage.get("/wp-login.php").send().await.expect("an answer");
    let method = reqwest::Method::from_bytes(b"BREW").expect("a method");
    stage.http.request(method, format!("{}/api/gopay/charge", stage.merchant.url)).send().await.expect("an answer");
    let after = Metrics::of(&stage).await;
    after.moved(
        &before,
        &[
            ("gopay_http_requests_total{method=\"GET\",route=\"/api/gopay/orders/{order_id}\",code=\"401\"}", 1.0),
            ("gopay_http_requests_total{method=\"GET\",route=\"none\",code=\"404\"}", 1.0),
            ("gopay_http_requests_total{method=\"other\",route=\"/api/gopay/charge\",code=\"405\"}", 1.0),
        ],
    );
    let sent = ["order-that-nobody-made", "wp-login", "BREW"];
    assert!(!after.0.keys().any(|sample| sent.iter().any(|word| sample.contains(word))), "{:#?}", after.0);
}

#[tokio::test]
async fn a_request_keeps_the_id_it_came_with_unless_a_log_might_trip_over_it() {
    let stage = Stage::set().await;
    let ask = async |id: Option<&str>| {
        let request = stage.get("/healthz");
        let request = id.into_iter().fold(request, |request, id| request.header("X-Request-Id", id));
        let answer = request.send().await.expect("an answer");
        answer.headers()["x-request-id"].to_str().expect("text").to_owned()
    };
    assert_eq!(ask(Some("proxy-1.a_B")).await, "proxy-1.a_B");
    let long = "a".repeat(65);
    for bad in [None, Some(""), Some("two words"), Some("a\"b"), Some(long.as_str())] {
        let id = ask(bad).await;
        assert!(uuid::Uuid::parse_str(&id).is_ok(), "{bad:?} became {id}");
    }
    assert_ne!(ask(None).await, ask(None).await);
}
