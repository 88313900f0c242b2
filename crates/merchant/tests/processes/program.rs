//! `Program`: one process of `gopay-merchant`, which can be killed and started again in the same place.

use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

/// Long enough for a busy machine; reached only by a test that fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);
/// How much of the log is kept to be shown when something is wrong.
const KEPT_LINES: usize = 200;
const TOKEN_SECRET: &str = "a secret of the shop, longer than thirty-two bytes";

pub(crate) struct Program {
    variables: HashMap<&'static str, String>,
    port: u16,
    child: Child,
    log: Log,
}

impl Program {
    /// Starts it on a free port, in front of the Midtrans at `midtrans_url`.
    pub(crate) async fn start(database_url: &str, midtrans_url: &str, more: &[(&'static str, &str)]) -> Self {
        let mut variables = HashMap::from([
            ("MIDTRANS_SERVER_KEY", midtrans_sandbox::DEFAULT_SERVER_KEY),
            ("MIDTRANS_BASE_URL", midtrans_url),
            ("ORDER_TOKEN_SECRET", TOKEN_SECRET),
            ("MERCHANT_DATABASE_URL", database_url),
        ]);
        variables.extend(more.iter().copied());
        let variables = variables.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        let (child, log, port) = begin(&variables, 0).await;
        Self { variables, port, child, log }
    }

    /// Where it answers; the same after each new start.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn notification_url(&self) -> String {
        format!("{}/api/gopay/notifications", self.url())
    }

    /// `kill -9`: it has no chance to tidy up, and nothing that it had not stored is left.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.expect("it can be killed");
    }

    /// SIGTERM: what it has begun it finishes, also what nobody waits for.
    pub(crate) async fn stop(&mut self) {
        let id = self.child.id().expect("it runs");
        let sent = Command::new("kill").arg(id.to_string()).status().await.expect("`kill` runs");
        assert!(sent.success(), "it cannot be stopped");
        self.child.wait().await.expect("it ends");
    }

    /// No byte can be written to a file any more: the kernel refuses it (`EFBIG`), which is an I/O error to a database. Or it
    /// can be again.
    pub(crate) async fn limit_files(&self, is_limited: bool) {
        let id = self.child.id().expect("it runs").to_string();
        let limit = if is_limited { "--fsize=0:" } else { "--fsize=unlimited:" };
        let set = Command::new("prlimit").args(["--pid", &id, limit]).status().await.expect("`prlimit` runs");
        assert!(set.success(), "no limit can be set");
    }

    /// A new process on the same database and port.
    pub(crate) async fn start_again(&mut self) {
        (self.child, self.log, self.port) = begin(&self.variables, self.port).await;
    }

    pub(crate) async fn start_again_with(&mut self, variable: &'static str, value: &str) {
        self.variables.insert(variable, value.to_owned());
        self.start_again().await;
    }

    /// Waits until a line of its log is the wanted one. Only lines of this process count.
    pub(crate) async fn until_logged(&self, is_wanted: impl Fn(&Value) -> bool) {
        self.log.until(is_wanted).await;
    }

    /// The end of its log, for a person.
    pub(crate) fn last_words(&self) -> String {
        self.log.text()
    }
}

/// Starts a process and waits until it listens. Right after a kill the port may be somebody's for a moment.
async fn begin(variables: &HashMap<&'static str, String>, port: u16) -> (Child, Log, u16) {
    let started = Instant::now();
    loop {
        // A file that may not grow any more is an error to whoever writes it, and no reason to die: see `Program::limit_files`.
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_gopay-merchant")])
            .env_clear()
            .envs(variables)
            .env("MERCHANT_RATE_LIMITS", "off")
            .env("MERCHANT_BIND", format!("127.0.0.1:{port}"))
            .arg("--log-format=json");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("it runs");
        let log = Log::read(&mut child);
        if let Some(listens) = log.until_or_end(|line| line["message"] == "the merchant listens").await {
            let address = listens["address"].as_str().expect("an address");
            let port = address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
            return (child, log, port);
        }
        child.wait().await.expect("it ended");
        let why = log.text();
        assert!(why.contains("MERCHANT_BIND") && started.elapsed() < DEADLINE, "it does not start:\n{why}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Standard error of a process.
struct Log {
    lines: Arc<Mutex<Lines>>,
    news: watch::Receiver<()>,
}

#[derive(Default)]
struct Lines {
    /// How many were dropped before the first that is kept.
    dropped: usize,
    kept: VecDeque<String>,
}

impl Log {
    fn read(child: &mut Child) -> Self {
        let mut read = BufReader::new(child.stderr.take().expect("piped")).lines();
        let (tell, news) = watch::channel(());
        let lines = Arc::new(Mutex::new(Lines::default()));
        let written = Arc::clone(&lines);
        tokio::spawn(async move {
            while let Ok(Some(line)) = read.next_line().await {
                let mut lines = written.lock().expect("nobody panics with it");
                lines.kept.push_back(line);
                if lines.kept.len() > KEPT_LINES {
                    lines.kept.pop_front();
                    lines.dropped += 1;
                }
                drop(lines);
                tell.send_replace(());
            }
        });
        Self { lines, news }
    }

    async fn until(&self, is_wanted: impl Fn(&Value) -> bool) {
        let found = tokio::time::timeout(DEADLINE, self.until_or_end(is_wanted)).await;
        assert!(matches!(found, Ok(Some(_))), "it never logs that:\n{}", self.text());
    }

    /// The first wanted line, or `None` when the process ends without one.
    async fn until_or_end(&self, is_wanted: impl Fn(&Value) -> bool) -> Option<Value> {
        let (mut news, mut seen) = (self.news.clone(), 0_usize);
        loop {
            news.borrow_and_update();
            let new: Vec<String> = {
                let lines = self.lines.lock().expect("nobody panics with it");
                let new = lines.kept.iter().skip(seen.saturating_sub(lines.dropped)).cloned().collect();
                seen = lines.dropped + lines.kept.len();
                new
            };
            let mut parsed = new.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            if let Some(line) = parsed.find(|line| is_wanted(line)) {
                return Some(line);
            }
            news.changed().await.ok()?;
        }
    }

    fn text(&self) -> String {
        self.lines.lock().expect("nobody panics with it").kept.iter().map(|line| format!("{line}\n")).collect()
    }
}
