//! `/readyz` while PostgreSQL does not answer.

use fault_proxy::{Network, TcpProxy};
use gopay_merchant::{Application, Settings};
use std::time::{Duration, Instant};
use throwaway_postgres::Server;
use tokio::sync::oneshot;

/// Reached only by a test that fails.
const DEADLINE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_hangs_or_is_gone_is_named_and_one_that_is_back_is_worked_with() {
    let server = Server::start_on_a_port(None);
    let database = server.database();
    let direct = database.url_at("127.0.0.1");
    let (before, name) = direct.rsplit_once('/').expect("a database's name");
    let target = before.rsplit_once('@').expect("an address").1;
    let proxy = TcpProxy::before(target.to_owned()).await;
    let url = format!("postgres://postgres@127.0.0.1:{}/{name}", proxy.port());
    let settings = Settings::from_lookup(|name| {
        Some(match name {
            "MIDTRANS_SERVER_KEY" => midtrans_sandbox::DEFAULT_SERVER_KEY.to_owned(),
            "ORDER_TOKEN_SECRET" => "a secret of the shop, longer than thirty-two bytes".to_owned(),
            "MERCHANT_BIND" => "127.0.0.1:0".to_owned(),
            "MERCHANT_DATABASE_URL" => url.clone(),
            // A request that waits longer is answered 408, and nobody knows by what it was kept.
            "MERCHANT_REQUEST_TIME_LIMIT_SECONDS" => "4".to_owned(),
            _ => return None,
        })
    });
    let application = Application::build(settings.expect("good settings")).await.expect("it starts");
    let merchant = application.url();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(application.run_until_stopped(async { drop(stopped.await) }));
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let ready = async || {
        let answer = http.get(format!("{merchant}/readyz")).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("text"))
    };
    let until_ready = async || {
        let started = Instant::now();
        while ready().await.0 != 200 {
            assert!(started.elapsed() < DEADLINE, "it is never ready");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    until_ready().await;
    for network in [Network::Silent, Network::Cut] {
        proxy.set(network);
        for _ in 0..2 {
            assert_eq!(ready().await, (503, "database\n".to_owned()), "{network:?}");
        }
        let alive = http.get(format!("{merchant}/healthz")).send().await.expect("an answer");
        assert_eq!(alive.status(), 200, "{network:?}");
        proxy.set(Network::Open);
        until_ready().await;
    }
    drop(stop);
    tokio::time::timeout(DEADLINE, running).await.expect("it stops").expect("no panic").expect("it stops well");
}
