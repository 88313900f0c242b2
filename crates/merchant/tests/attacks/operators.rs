//! Somebody knocks at what is for whoever runs the merchant.

use crate::stage::{DEADLINE, TOKEN_SECRET};
use crate::target::Target;
use gopay_merchant::{Application, Settings};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const THEIRS: [&str; 2] = ["/metrics", "/readyz"];

/// A merchant of its own, with these settings too.
struct Merchant {
    public: String,
    operators: Option<String>,
    http: reqwest::Client,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), gopay_merchant::StartError>>,
    _folder: TempDir,
}

impl Merchant {
    async fn starts_with(more: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a folder");
        let database = format!("sqlite:{}", folder.path().join("shop.sqlite3").display());
        let settings = Settings::from_lookup(|name| {
            let set = more.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
            set.or_else(|| match name {
                "MIDTRANS_SERVER_KEY" => Some(midtrans_sandbox::DEFAULT_SERVER_KEY.to_owned()),
                "ORDER_TOKEN_SECRET" => Some(TOKEN_SECRET.to_owned()),
                "MERCHANT_BIND" => Some("127.0.0.1:0".to_owned()),
                "MERCHANT_DATABASE_URL" => Some(database.clone()),
                _ => None,
            })
        });
        let application = Application::build(settings.expect("good settings")).await.expect("the merchant starts");
        let (public, operators) = (application.url(), application.admin_url());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(application.run_until_stopped(async { drop(stopped.await) }));
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { public, operators, http, stop, running, _folder: folder }
    }

    async fn answers(&self, url: &str, path: &str) -> u16 {
        self.http.get(format!("{url}{path}")).send().await.expect("an answer").status().as_u16()
    }

    async fn stops(self) {
        drop(self.stop);
        let ended = tokio::time::timeout(DEADLINE, self.running).await.expect("all doors close");
        ended.expect("no panic").expect("it stops cleanly");
    }
}

#[tokio::test]
async fn the_admin_endpoints_are_hidden_from_everybody_else() {
    let target = Target::waits().await;
    for path in THEIRS {
        assert_eq!(target.stage.get(path).send().await.expect("an answer").status(), 200, "{path} on this machine");
        for (name, value) in [
            ("X-Forwarded-For", "127.0.0.1"),
            ("Forwarded", "for=127.0.0.1"),
            ("X-Real-IP", "127.0.0.1"),
            ("Via", "1.1 proxy"),
        ] {
            let answered = target.stage.get(path).header(name, value).send().await.expect("an answer");
            assert_eq!(answered.status(), 404, "{path} through a proxy on this machine");
        }
    }
    target.is_unharmed().await;
}

#[tokio::test]
async fn the_admin_endpoints_may_have_a_listener_of_their_own() {
    let merchant = Merchant::starts_with(&[("MERCHANT_ADMIN_BIND", "127.0.0.1:0")]).await;
    let (public, operators) = (&merchant.public, merchant.operators.as_ref().expect("a door"));
    for (url, path, status) in [
        (public, "/healthz", 200),
        (public, "/metrics", 404),
        (public, "/readyz", 404),
        (operators, "/healthz", 200),
        (operators, "/metrics", 200),
        (operators, "/readyz", 200),
        (operators, "/api/openapi.json", 404),
        (public, "/orders", 404),
        (operators, "/orders", 405),
    ] {
        assert_eq!(merchant.answers(url, path).await, status, "{url}{path}");
    }
    merchant.stops().await;
}

#[tokio::test]
async fn behind_a_proxy_that_says_nothing_of_itself_the_admin_endpoints_are_not_public() {
    // To the merchant all that such a proxy passes on comes from this machine, as these requests do.
    for more in [
        &[("MERCHANT_TRUSTED_PROXIES", "1")][..],
        &[("MIDTRANS_BASE_URL", "https://api.sandbox.midtrans.com"), ("MIDTRANS_SERVER_KEY", "SB-Mid-server-x")],
        &[("MIDTRANS_BASE_URL", "https://api.veritrans.co.id"), ("MIDTRANS_SERVER_KEY", "Mid-server-x")],
    ] {
        let merchant = Merchant::starts_with(more).await;
        for path in THEIRS {
            assert_eq!(merchant.answers(&merchant.public, path).await, 404, "{path} with {more:?}");
        }
        assert_eq!(merchant.answers(&merchant.public, "/healthz").await, 200, "{more:?}");
        merchant.stops().await;
        let own_door = [more, &[("MERCHANT_ADMIN_BIND", "127.0.0.1:0")]].concat();
        let merchant = Merchant::starts_with(&own_door).await;
        for path in THEIRS {
            assert_eq!(merchant.answers(merchant.operators.as_ref().expect("a door"), path).await, 200, "{own_door:?}");
            assert_eq!(merchant.answers(&merchant.public, path).await, 404, "{path} with {own_door:?}");
        }
        merchant.stops().await;
    }
}

#[tokio::test]
async fn a_name_of_somebody_else_that_leads_to_this_machine_opens_nothing() {
    let target = Target::waits().await;
    for path in THEIRS {
        for host in ["toko.example", "toko.example:7080", "localhost.evil.example"] {
            let answered = target.stage.get(path).header("Host", host).send().await.expect("an answer");
            assert_eq!(answered.status(), 404, "{path} of {host}");
        }
        let nameless = format!("GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n");
        assert_eq!(target.receives(nameless.as_bytes()).await.statuses(), [404], "{path}");
    }
    target.is_unharmed().await;
}
