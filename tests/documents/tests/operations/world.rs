//! One machine of an operator, in a folder: the merchant with its settings, Midtrans' sandbox, and commands that are run as
//! they stand in the document, with this folder in the place of `/`.

use gopay_documents::{documents, root};
use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Reached only by a trial that fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// `sudo` that ignores the user: there is only one.
const SUDO: &str = r#"while [[ $1 == -* ]]; do [[ $1 == -u ]] && shift; shift; done; exec "$@""#;

/// Without owner and group, who are not there.
const INSTALL: &str = r#"words=(); while (($#)); do case $1 in -o|-g) shift;; *) words+=("$1");; esac; shift; done
exec /usr/bin/install "${words[@]}""#;

/// The unit of docs/production.md, as far as it starts and stops.
const SYSTEMCTL: &str = r#"pid=$WORLD/pid
stop() {
  [[ -f $pid ]] || return 0
  kill -TERM "$(cat "$pid")"
  while state=$(ps -o stat= -p "$(cat "$pid")") && [[ $state != Z* ]]; do sleep 0.05; done
  rm "$pid"
}
start() {
  "$WORLD/usr/local/bin/gopay-merchant" --env-file "$WORLD/etc/gopay-merchant/env" --log-format json >>"$WORLD/log" 2>&1 </dev/null &
  echo $! >"$pid"
}
case $1 in stop) stop;; start) start;; restart) stop; start;; *) exit 64;; esac"#;

/// The machine. All that runs on it ends when this is dropped.
pub(crate) struct World {
    folder: TempDir,
    sandbox: Child,
    public: u16,
    operator: u16,
    sandbox_port: u16,
}

/// An order that somebody is paying.
pub(crate) struct Order {
    pub(crate) order_id: String,
    token: String,
    pub(crate) transaction_id: String,
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` gives it away")]
fn io(error: std::io::Error) -> String {
    error.to_string()
}

fn free_port() -> Result<u16, String> {
    Ok(TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).map_err(io)?.port())
}

/// The program as `cargo test --workspace` has built it beside this test; built now where it has not.
fn program(name: &str) -> Result<PathBuf, String> {
    let this = std::env::current_exe().map_err(io)?;
    let built = this.parent().and_then(Path::parent).ok_or("no folder of the build")?.join(name);
    if !built.is_file() {
        let mut cargo = Command::new(env!("CARGO"));
        let done = cargo.current_dir(root()).args(["build", "--quiet", "-p", name]).status().map_err(io)?;
        if !done.success() {
            return Err(format!("{name} cannot be built"));
        }
    }
    Ok(built)
}

impl World {
    /// A machine with the sandbox running and the merchant installed, and not started. `database` is its
    /// `MERCHANT_DATABASE_URL`; without one, the SQLite file of the document.
    pub(crate) fn begins(database: Option<&str>) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(io)?;
        let at = |path: &str| folder.path().join(path);
        for path in ["etc/gopay-merchant", "usr/local/bin", "var/lib/gopay-merchant", "backup", "stubs", "work"] {
            fs::create_dir_all(at(path)).map_err(io)?;
        }
        for (name, script) in [("sudo", SUDO), ("install", INSTALL), ("systemctl", SYSTEMCTL)] {
            let file = at("stubs").join(name);
            fs::write(&file, format!("#!/usr/bin/env bash\n{script}\n")).map_err(io)?;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).map_err(io)?;
        }
        fs::copy(program("gopay-merchant")?, at("usr/local/bin/gopay-merchant")).map_err(io)?;
        let (public, operator, sandbox_port) = (free_port()?, free_port()?, free_port()?);
        let sandbox = Self::sandbox(sandbox_port, public, "SB-Mid-server-offline-sandbox")?;
        let world = Self { folder, sandbox, public, operator, sandbox_port };
        world.settings("etc/gopay-merchant/env", database, "SB-Mid-server-offline-sandbox")?;
        Ok(world)
    }

    fn sandbox(port: u16, merchant: u16, server_key: &str) -> Result<Child, String> {
        let mut sandbox = Command::new(program("midtrans-sandbox")?);
        sandbox.args(["--port", &port.to_string(), "--server-key", server_key]);
        sandbox.args(["--notification-url", &format!("http://127.0.0.1:{merchant}/api/gopay/notifications")]);
        sandbox.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(io)
    }

    /// Midtrans with another server key, which has forgotten nothing that matters here: no order is asked about.
    pub(crate) fn midtrans_has_a_new_key(&mut self, server_key: &str) -> Result<(), String> {
        end(&mut self.sandbox);
        self.sandbox = Self::sandbox(self.sandbox_port, self.public, server_key)?;
        Ok(())
    }

    /// Writes a file of settings.
    pub(crate) fn settings(&self, path: &str, database: Option<&str>, server_key: &str) -> Result<(), String> {
        let file = format!("sqlite:{}", self.at("var/lib/gopay-merchant/orders.sqlite3").display());
        let text = format!(
            "MIDTRANS_SERVER_KEY={server_key}\nMIDTRANS_BASE_URL=http://127.0.0.1:{}\n\
             ORDER_TOKEN_SECRET=8Jq2vN4xW7zK1mR5tY9bC3fH6gL0pD+s\nMERCHANT_BIND=127.0.0.1:{}\n\
             MERCHANT_ADMIN_BIND=127.0.0.1:{}\nMERCHANT_DATABASE_URL={}\n",
            self.sandbox_port,
            self.public,
            self.operator,
            database.unwrap_or(&file)
        );
        fs::write(self.at(path), text).map_err(io)
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Starts the merchant, and waits until it is ready.
    pub(crate) fn starts(&self) -> Result<(), String> {
        let address = format!("http://127.0.0.1:{}/readyz", self.operator);
        self.runs(
            &format!(
                "systemctl start gopay-merchant\ncurl -fsS --retry 50 --retry-delay 1 --retry-connrefused {address}"
            ),
            &[],
        )?;
        Ok(())
    }

    /// The file is damaged while nobody looks.
    pub(crate) fn kills(&self) -> Result<(), String> {
        self.runs("kill -KILL \"$(cat \"$WORLD/pid\")\"\nrm \"$WORLD/pid\"", &[]).map(drop)
    }

    /// Runs a block of the document on this machine; what it prints. Each expected output that stands behind a line as
    /// `   # output` must be a line of it.
    pub(crate) fn runs(&self, block: &str, variables: &[(&str, &str)]) -> Result<String, String> {
        let root = self.folder.path().display().to_string();
        let mut code = block.to_owned();
        for path in ["/var/lib/gopay-merchant", "/etc/gopay-merchant", "/usr/local/bin/", "/backup"] {
            code = code.replace(path, &format!("{root}{path}"));
        }
        let built = program("gopay-merchant")?.display().to_string();
        code = code.replace("target/release/gopay-merchant", &built);
        code = code.replace("127.0.0.1:9100", &format!("127.0.0.1:{}", self.operator));
        let path = std::env::var("PATH").unwrap_or_default();
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", &code]).current_dir(self.at("work")).env_clear();
        bash.env("PATH", format!("{root}/stubs:{path}")).env("WORLD", &root).env("HOME", &root);
        bash.envs(variables.iter().copied());
        let done = bash.stdin(Stdio::null()).output().map_err(io)?;
        let (said, wrong) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        if !done.status.success() {
            let log = fs::read_to_string(self.at("log")).unwrap_or_default();
            return Err(format!("{code}\n{}\n{said}{wrong}\nthe merchant's log:\n{log}", done.status));
        }
        for line in block.lines() {
            let Some((_, output)) = line.split_once("   # ") else { continue };
            if !output.contains(' ') && !said.lines().any(|it| it.trim() == output) {
                return Err(format!("{line}\nprints\n{said}"));
            }
        }
        Ok(said.into_owned())
    }

    /// An order of the shop's backend, charged.
    pub(crate) fn charges(&self) -> Result<Order, String> {
        static ORDERS: AtomicU32 = AtomicU32::new(1);
        let number = ORDERS.fetch_add(1, Ordering::Relaxed);
        let body = format!(r#"{{"order_id":"INV-{number}","gross_amount":44000,"description":"Kopi Gayo 250 g"}}"#);
        let placed = self.asks(self.operator, "POST", "/orders", None, Some(&body))?;
        let word =
            |value: &Value, name: &str| value[name].as_str().map(str::to_owned).ok_or(format!("{value}: no {name}"));
        let (order_id, token) = (word(&placed, "order_id")?, word(&placed, "order_token")?);
        let body = format!(r#"{{"payment_type":"gopay","transaction_details":{{"order_id":"{order_id}"}}}}"#);
        let charged = self.asks(self.public, "POST", "/api/gopay/charge", Some(&token), Some(&body))?;
        Ok(Order { order_id, token, transaction_id: word(&charged, "transaction_id")? })
    }

    /// The `transaction_id` that the merchant has for the order, if it knows it.
    pub(crate) fn knows(&self, order: &Order) -> Result<Option<String>, String> {
        let path = format!("/api/gopay/orders/{}", order.order_id);
        let answer = self.asks(self.public, "GET", &path, Some(&order.token), None)?;
        Ok(answer["transaction_id"].as_str().map(str::to_owned))
    }

    fn asks(
        &self,
        port: u16,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&str>,
    ) -> Result<Value, String> {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "-X", method, "-H", "Content-Type: application/json"]);
        if let Some(token) = token {
            curl.args(["-H", &format!("Authorization: Bearer {token}")]);
        }
        if let Some(body) = body {
            curl.args(["-H", "Idempotency-Key: 6f1c2f0a-3f1e-4d0b-9d6e-0a8a4f6f2b11", "-d", body]);
        }
        let done = curl.arg(format!("http://127.0.0.1:{port}{path}")).output().map_err(io)?;
        let said = String::from_utf8_lossy(&done.stdout);
        serde_json::from_str(&said)
            .map_err(|error| format!("{method} {path}: {error}: {said}{}", String::from_utf8_lossy(&done.stderr)))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if self.at("pid").exists() {
            // The trial's own result is what counts.
            drop(self.kills());
        }
        end(&mut self.sandbox);
    }
}

fn end(child: &mut Child) {
    drop(child.kill());
    drop(child.wait());
}

/// The shell blocks of a section of docs/operations.md, by its number.
pub(crate) fn blocks(section: u8) -> Result<Vec<String>, String> {
    let all = documents();
    let document = all.iter().find(|it| it.path == Path::new("docs/operations.md")).ok_or("no docs/operations.md")?;
    let line = |number: u8| {
        let heading = format!("## {number}. ");
        document.text.lines().position(|line| line.starts_with(&heading)).ok_or(format!("no {heading}"))
    };
    // Behind the last section is the end.
    let (from, to) = (line(section)?, line(section + 1).unwrap_or(usize::MAX));
    let within = document.snippets().into_iter().filter(|it| (from..to).contains(&it.line) && it.language == "sh");
    Ok(within.map(|it| it.code).collect())
}

/// Waits until it is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> Result<bool, String>) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        let now = is_so();
        if matches!(now, Ok(true)) {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            return Err(format!("{what} within {PATIENCE:?}: {now:?}"));
        }
        thread::sleep(Duration::from_millis(50));
    }
}
