//! `/readyz` while PostgreSQL does not answer.

use gopay_merchant::{Application, Settings};
use std::sync::Arc;
use std::time::{Duration, Instant};
use throwaway_postgres::Server;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};

/// Reached only by a test that fails.
const DEADLINE: Duration = Duration::from_secs(60);

/// What a way to a server does with what goes along it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Open,
    /// Connections stay, new ones are taken, and nothing comes through: a host that hangs, a firewall that forgot.
    Silent,
    /// Connections end, and new ones too.
    Gone,
}

/// A way to a server, on a port of its own.
struct Road {
    port: u16,
    way: Arc<watch::Sender<Way>>,
}

impl Road {
    async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let way = Arc::new(watch::Sender::new(Way::Open));
        let seen = Arc::clone(&way);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(carry(stream, target.clone(), seen.subscribe()));
            }
        });
        Self { port, way }
    }

    fn is(&self, way: Way) {
        self.way.send_replace(way);
    }
}

async fn carry(mut here: TcpStream, target: String, mut way: watch::Receiver<Way>) {
    let Ok(mut there) = TcpStream::connect(target).await else { return };
    loop {
        let now = *way.borrow_and_update();
        match now {
            Way::Gone => return,
            Way::Silent => {
                if way.changed().await.is_err() {
                    return;
                }
            }
            Way::Open => {
                // What was on its way when this is dropped may be lost, and the connection with it: as with a real one.
                tokio::select! {
                    _ = copy_bidirectional(&mut here, &mut there) => return,
                    changed = way.changed() => if changed.is_err() { return },
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_hangs_or_is_gone_is_named_and_one_that_is_back_is_worked_with() {
    let server = Server::start_on_a_port(None);
    let database = server.database();
    let direct = database.url_at("127.0.0.1");
    let (before, name) = direct.rsplit_once('/').expect("a database's name");
    let target = before.rsplit_once('@').expect("an address").1;
    let road = Road::to(target.to_owned()).await;
    let url = format!("postgres://postgres@127.0.0.1:{}/{name}", road.port);
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
    for way in [Way::Silent, Way::Gone] {
        road.is(way);
        for _ in 0..2 {
            assert_eq!(ready().await, (503, "database\n".to_owned()), "{way:?}");
        }
        let alive = http.get(format!("{merchant}/healthz")).send().await.expect("an answer");
        assert_eq!(alive.status(), 200, "{way:?}");
        road.is(Way::Open);
        until_ready().await;
    }
    drop(stop);
    tokio::time::timeout(DEADLINE, running).await.expect("it stops").expect("no panic").expect("it stops well");
}
