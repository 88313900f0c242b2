//! Two merchants on one PostgreSQL, behind one load balancer. No watcher ever looks by itself here: what it hears, it was
//! told, and across the two only PostgreSQL can have told it.

use crate::stage::{OpenStream, Placed, Running, Stage};
use crate::wire::on_a_wire;
use fault_proxy::FaultProxy;
use gopay_merchant::MachineClock;
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use std::time::{Duration, Instant};
use throwaway_postgres::Database;
use tokio::task::JoinSet;

/// A year: no test lives so long.
const NEVER: (&str, &str) = ("MERCHANT_STREAM_REFRESH_SECONDS", "31536000");

/// Both merchants, and a stage whose payers and whose Midtrans know only the load balancer.
struct TwoMerchants {
    stage: Stage,
    balancer: FaultProxy,
    _here: Running,
    _there: Running,
    database: Database,
}

impl TwoMerchants {
    async fn start() -> Self {
        let database = throwaway_postgres::database();
        let mut stage = Stage::set_with(&[("MERCHANT_DATABASE_URL", &database.url()), NEVER]).await;
        let there = stage.another_merchant().await;
        let balancer = FaultProxy::before_each_of(vec![stage.merchant.url.clone(), there.url.clone()]).await;
        let here = stage.go_through(&balancer.url()).await;
        Self { stage, balancer, _here: here, _there: there, database }
    }

    /// Four payers watch a charged order: two at each merchant, whatever was asked before.
    async fn four_watch(&self) -> (Placed, Vec<OpenStream>) {
        let order = self.stage.order().await;
        self.stage.charge(&order).await;
        self.stage.deliveries(&order.order_id, "pending", 1).await;
        let before = self.balancer.exchanges().len();
        let mut watches = Vec::new();
        for _ in 0..4 {
            let mut watch = self.stage.watch(&order).await;
            let (_, status) = watch.next().await.expect("the current status first");
            assert_eq!(status["transaction_status"], "pending");
            watches.push(watch);
        }
        assert_eq!(self.balancer.exchanges().len(), before + 4, "each in turn, and no request between them");
        (order, watches)
    }

    async fn all_hear_the_settlement(&self, order: &Placed, watches: Vec<OpenStream>) {
        // Midtrans tells one of them.
        self.stage.at_midtrans(&order.order_id, "pay").await;
        for mut watch in watches {
            let (_, status) = watch.next().await.expect("the payment");
            assert_eq!(status["transaction_status"], "settlement");
            assert_eq!(watch.next().await, None, "nothing follows an end");
        }
    }

    /// The server processes that hold the merchants' listening connections.
    async fn listeners(&self, operator: &mut PgConnection) -> Vec<i32> {
        let listeners = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()
                         AND application_name LIKE '% listening' ORDER BY pid";
        sqlx::query_scalar(listeners).fetch_all(operator).await.expect("asked")
    }
}

#[tokio::test]
async fn a_settlement_at_one_merchant_reaches_the_watchers_at_both() {
    let both = TwoMerchants::start().await;
    for _ in 0..3 {
        let (order, watches) = both.four_watch().await;
        both.all_hear_the_settlement(&order, watches).await;
    }
}

#[tokio::test]
async fn merchants_whose_listening_was_cut_off_hear_each_other_again() {
    let both = TwoMerchants::start().await;
    let mut operator = PgConnection::connect(&both.database.url()).await.expect("reached");
    let (order, watches) = both.four_watch().await;
    let before = both.listeners(&mut operator).await;
    assert_eq!(before.len(), 2, "one each");
    for listener in &before {
        let cut = sqlx::query("SELECT pg_terminate_backend($1)").bind(listener);
        cut.execute(&mut operator).await.expect("cut");
    }
    both.all_hear_the_settlement(&order, watches).await;

    let started = Instant::now();
    loop {
        let now = both.listeners(&mut operator).await;
        if now.len() == 2 && now.iter().all(|listener| !before.contains(listener)) {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{before:?} were cut off, and now there are {now:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (order, watches) = both.four_watch().await;
    both.all_hear_the_settlement(&order, watches).await;
}

#[tokio::test]
async fn midtrans_is_asked_once_about_an_order_whichever_merchant_wants_to_know() {
    let database = throwaway_postgres::database();
    let (stage, wire) = on_a_wire(&[("MERCHANT_DATABASE_URL", &database.url())]).await;
    let there = stage.another_merchant().await;
    stage.notify_nobody().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.time_passes_for_the_merchant(15).await;
    let mut asking = JoinSet::new();
    for url in [&stage.merchant.url, &there.url].into_iter().cycle().take(40) {
        let request = stage.http.get(format!("{url}/api/gopay/orders/{}", order.order_id));
        asking.spawn(request.bearer_auth(&order.token).send());
    }
    for answered in asking.join_all().await {
        assert_eq!(answered.expect("an answer").status(), 200);
    }
    assert_eq!(wire.asks(), 1);
}

const DAY: i64 = 86_400_000;

#[tokio::test]
async fn two_merchants_whose_clocks_are_two_days_apart_go_by_the_databases() {
    let database = throwaway_postgres::database();
    let (mut stage, wire) = on_a_wire(&[("MERCHANT_DATABASE_URL", &database.url())]).await;
    stage.clock.set_ahead(DAY);
    stage.restart_the_merchant().await;
    let behind = MachineClock::default();
    behind.set_ahead(-DAY);
    let there = stage.another_merchant_by(&behind).await;
    stage.notify_nobody().await;
    let charge = |url: &str, order: &Placed| {
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order.order_id}});
        stage.http.post(format!("{url}/api/gopay/charge")).bearer_auth(&order.token).json(&body).send()
    };
    // Placed and given its token by the one that is ahead: the other one opens it too.
    let order = stage.order().await;
    let mut charging = JoinSet::new();
    for url in [&stage.merchant.url, &there.url].into_iter().cycle().take(20) {
        charging.spawn(charge(url, &order));
    }
    for answered in charging.join_all().await {
        assert!(answered.expect("an answer").status().is_success());
    }
    assert_eq!(stage.transactions_of(&order).await.len(), 1, "one charge");
    stage.time_passes_for_the_merchant(15).await;
    let mut asking = JoinSet::new();
    for url in [&there.url, &stage.merchant.url].into_iter().cycle().take(20) {
        let request = stage.http.get(format!("{url}/api/gopay/orders/{}", order.order_id));
        asking.spawn(request.bearer_auth(&order.token).send());
    }
    for answered in asking.join_all().await {
        assert_eq!(answered.expect("an answer").status(), 200);
    }
    assert_eq!(wire.asks(), 1, "one question, whoever wants to know");
}
