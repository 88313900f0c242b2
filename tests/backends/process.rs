//! A backend as a process of its own, that ends with the test, however the test ends.

use crate::database;
use crate::language::Language;
use reqwest::Client;
use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Runs what follows, until nobody holds the other end of standard input any more; then ends it with its own children,
/// as a power cut would.
const SUPERVISE: &str = r#""$@" </dev/null >>"$BACKEND_LOG" 2>&1 & cat >/dev/null; kill -9 0"#;
/// Java compiles first, on a machine that may be busy; reached only when something is wrong.
const START_TIME_LIMIT: Duration = Duration::from_secs(240);
const REQUEST_TIME_LIMIT: Duration = Duration::from_secs(60);
/// Between two looks.
pub(crate) const PAUSE: Duration = Duration::from_millis(50);

/// A secret that no log may contain.
pub(crate) const ORDER_TOKEN_SECRET: &str = "a-secret-of-the-shop-in-these-tests-alone";

pub(crate) struct Backend {
    supervisor: Child,
    log: PathBuf,
}

impl Backend {
    /// Starts it on `port`, with its database and its log in `folder`, and waits until it answers.
    pub(crate) async fn start(language: Language, port: u16, midtrans: &str, folder: &Path) -> Self {
        let log = folder.join("log");
        let mut command = Command::new("sh");
        command.args(["-c", SUPERVISE, "supervise"]).args(language.command());
        command.current_dir(language.source().parent().unwrap()).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.env("BACKEND_LOG", &log).env("DATABASE", folder.join(database::FILE)).env("PORT", port.to_string());
        command.env("MIDTRANS_SERVER_KEY", midtrans_sandbox::DEFAULT_SERVER_KEY).env("MIDTRANS_BASE_URL", midtrans);
        command.env("ORDER_TOKEN_SECRET", ORDER_TOKEN_SECRET).env_remove("SHOP_ORIGIN");
        // PHP's own server answers one request at a time without them.
        command.env("PHP_CLI_SERVER_WORKERS", "24");
        // Each of its push streams keeps one of them, so that it has none unless told how many.
        if language == Language::Php {
            command.env("MAX_STREAMS", "8");
        }
        // A proxy of the machine's must not be asked for 127.0.0.1.
        command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
        let supervisor = command.spawn().unwrap();
        let backend = Self { supervisor, log };
        let (client, began) = (client(), Instant::now());
        while client.get(format!("http://127.0.0.1:{port}/")).send().await.is_err() {
            assert!(
                began.elapsed() < START_TIME_LIMIT,
                "{language:?} does not answer. It wrote:\n{}",
                backend.written()
            );
            tokio::time::sleep(PAUSE).await;
        }
        backend
    }

    /// Its output since it was first started.
    pub(crate) fn written(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// Ends it as `kill -9` does.
impl Drop for Backend {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        drop(self.supervisor.wait());
    }
}

/// Asks nobody's proxy, and waits for ever for nothing.
pub(crate) fn client() -> Client {
    // An error only says that somebody else was first.
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder().no_proxy().timeout(REQUEST_TIME_LIMIT).build().unwrap()
}

/// A port that nobody uses, and that no connection takes meanwhile: below those that Linux gives to whoever names none.
pub(crate) fn free_port() -> u16 {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let next = || 20_000 + (std::process::id().wrapping_mul(50) + GIVEN.fetch_add(1, Ordering::Relaxed)) % 10_000;
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| u16::try_from(next()).unwrap()).find(is_free).unwrap()
}
