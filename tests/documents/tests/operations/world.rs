//! One machine of an operator, in a folder: the merchant with its settings, Midtrans' sandbox, and commands that are run as
//! they stand in the document, with this folder in the place of `/`.

use gopay_documents::{documents, root};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The sandbox's server key, unless it is told another.
pub(crate) const SERVER_KEY: &str = "SB-Mid-server-offline-sandbox";

/// The secret that order tokens are signed with.
pub(crate) const TOKEN_SECRET: &str = "8Jq2vN4xW7zK1mR5tY9bC3fH6gL0pD+s";

/// Reached only by a trial that fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// `sudo` that ignores the user: there is only one.
const SUDO: &str = r#"while [[ $1 == -* ]]; do [[ $1 == -u ]] && shift; shift; done; exec "$@""#;

/// Without owner and group, who are not there.
const INSTALL: &str = r#"words=(); while (($#)); do case $1 in -o|-g) shift;; *) words+=("$1");; esac; shift; done
exec /usr/bin/install "${words[@]}""#;

/// The unit of docs/production.md, as far as it starts and stops. A file that may not grow any more (`World::limit_files`) is an
/// error to the database, and no reason to die.
const SYSTEMCTL: &str = r#"pid=$WORLD/pid
stop() {
  [[ -f $pid ]] || return 0
  kill -TERM "$(cat "$pid")"
  while state=$(ps -o stat= -p "$(cat "$pid")") && [[ $state != Z* ]]; do sleep 0.05; done
  rm "$pid"
}
start() {
  trap '' XFSZ
  ulimit -n "$(ulimit -H -n)"
  "$WORLD/usr/local/bin/gopay-merchant" --env-file "$WORLD/etc/gopay-merchant/env" --log-format json >>"$WORLD/log" 2>&1 </dev/null &
  echo $! >"$pid"
}
[[ $2 == gopay-merchant ]] || exit 0
case $1 in stop) stop;; start) start;; restart) stop; start;; *) exit 64;; esac"#;

/// The machine. All that runs on it ends when this is dropped.
pub(crate) struct World {
    folder: TempDir,
    /// Midtrans, unless it is another machine's.
    sandbox: Option<Child>,
    public: u16,
    operator: u16,
    sandbox_port: u16,
    /// Settings beside those that every machine has, a line each.
    more: &'static str,
}

/// An order that somebody is paying.
pub(crate) struct Order {
    pub(crate) order_id: String,
    pub(crate) token: String,
    pub(crate) transaction_id: String,
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` gives it away")]
fn io(error: std::io::Error) -> String {
    error.to_string()
}

/// A port that nobody listens at, below those that the system gives to connections: one of the trials opens thousands of these.
fn free_port() -> Result<u16, String> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = || 20_000 + (process::id().wrapping_mul(97) % 12_000 + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
    let mut ports = (0..1000).filter_map(|_| u16::try_from(next()).ok());
    let free = ports.find(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok());
    free.ok_or_else(|| "no port is free".to_owned())
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
        Self::begins_with(database, "")
    }

    /// The same with more settings, a line each.
    pub(crate) fn begins_with(database: Option<&str>, more: &'static str) -> Result<Self, String> {
        let mut world = Self::without_midtrans(free_port()?, more)?;
        world.sandbox = Some(world.starts_sandbox(SERVER_KEY)?);
        world.settings("etc/gopay-merchant/env", database, SERVER_KEY)?;
        Ok(world)
    }

    /// A machine elsewhere, with the same Midtrans. The merchant is installed, and neither set up nor started.
    pub(crate) fn elsewhere(&self) -> Result<Self, String> {
        Self::without_midtrans(self.sandbox_port, self.more)
    }

    fn without_midtrans(sandbox_port: u16, more: &'static str) -> Result<Self, String> {
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
        symlink(program("gopay-merchant")?, at("usr/local/bin/gopay-merchant")).map_err(io)?;
        let (public, operator) = (free_port()?, free_port()?);
        Ok(Self { folder, sandbox: None, public, operator, sandbox_port, more })
    }

    fn notification_url(&self) -> String {
        format!("http://127.0.0.1:{}/api/gopay/notifications", self.public)
    }

    fn starts_sandbox(&self, server_key: &str) -> Result<Child, String> {
        let mut sandbox = Command::new(program("midtrans-sandbox")?);
        sandbox.args(["--port", &self.sandbox_port.to_string(), "--server-key", server_key]);
        sandbox.args(["--notification-url", &self.notification_url()]).arg("--file").arg(self.at("sandbox.json"));
        sandbox.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(io)
    }

    /// Midtrans with another server key, which has forgotten nothing.
    pub(crate) fn midtrans_has_a_new_key(&mut self, server_key: &str) -> Result<(), String> {
        let mut sandbox = self.sandbox.take().ok_or("Midtrans is another machine's")?;
        let told = Command::new("kill").arg(sandbox.id().to_string()).status().map_err(io)?;
        if !told.success() {
            return Err("the sandbox cannot be told to stop".to_owned());
        }
        sandbox.wait().map_err(io)?;
        self.sandbox = Some(self.starts_sandbox(server_key)?);
        until("Midtrans is there again", || Ok(self.steers("GET", "transactions", &json!({})).is_ok()))
    }

    /// The name that Midtrans sends notifications to leads to the other machine.
    pub(crate) fn name_moves_to(&self, other: &Self) -> Result<(), String> {
        self.steers("POST", "notification-url", &json!({"url": other.notification_url()})).map(drop)
    }

    /// Writes a file of settings.
    pub(crate) fn settings(&self, path: &str, database: Option<&str>, server_key: &str) -> Result<(), String> {
        let text = format!(
            "MIDTRANS_SERVER_KEY={server_key}\nMIDTRANS_BASE_URL={}\nORDER_TOKEN_SECRET={TOKEN_SECRET}\n\
             MERCHANT_BIND=127.0.0.1:{}\nMERCHANT_ADMIN_BIND=127.0.0.1:{}\nMERCHANT_DATABASE_URL={}\n{}",
            self.midtrans(),
            self.public,
            self.operator,
            database.map_or_else(|| self.sqlite(), str::to_owned),
            self.more,
        );
        fs::write(self.at(path), text).map_err(io)
    }

    /// Midtrans' address: the sandbox's.
    pub(crate) fn midtrans(&self) -> String {
        format!("http://127.0.0.1:{}", self.sandbox_port)
    }

    /// URL of the document's SQLite file.
    pub(crate) fn sqlite(&self) -> String {
        format!("sqlite:{}", self.at("var/lib/gopay-merchant/orders.sqlite3").display())
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
        for path in
            ["/var/lib/gopay-merchant", "/var/lib/postgresql", "/etc/gopay-merchant", "/usr/local/bin/", "/backup"]
        {
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
        let order_id = format!("INV-{}", ORDERS.fetch_add(1, Ordering::Relaxed));
        let token = self.places(&order_id)?;
        let charged = self.charges_order(&order_id, &token, None)?;
        Ok(Order { order_id, token, transaction_id: word(&charged, "transaction_id")? })
    }

    /// The shop's backend places an order. Returns its token.
    pub(crate) fn places(&self, order_id: &str) -> Result<String, String> {
        let body = json!({"order_id": order_id, "gross_amount": 44_000, "description": "Kopi Gayo 250 g"});
        word(&self.asks(self.operator, "POST", "/orders", None, Some(&body))?, "order_token")
    }

    /// What is answered to a request to charge; `retry_of` names the ended transaction that is replaced.
    pub(crate) fn charges_order(&self, order_id: &str, token: &str, retry_of: Option<&str>) -> Result<Value, String> {
        let mut body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order_id}});
        if let Some(ended) = retry_of {
            body["retry_of"] = ended.into();
        }
        self.asks(self.public, "POST", "/api/gopay/charge", Some(token), Some(&body))
    }

    /// The order's status, as its page reads it.
    pub(crate) fn status(&self, order: &Order) -> Result<Value, String> {
        let path = format!("/api/gopay/orders/{}", order.order_id);
        self.asks(self.public, "GET", &path, Some(&order.token), None)
    }

    /// The `transaction_id` that the merchant has for the order, if it knows it.
    pub(crate) fn knows(&self, order: &Order) -> Result<Option<String>, String> {
        Ok(self.status(order)?["transaction_id"].as_str().map(str::to_owned))
    }

    /// HTTP status of the answer at the public listener.
    pub(crate) fn answers(&self, method: &str, path: &str, body: Option<&Value>) -> Result<u16, String> {
        Ok(request(self.public, method, path, None, body)?.0)
    }

    /// A push stream of the order, as its page opens it.
    pub(crate) fn watches(&self, order: &Order) -> Result<TcpStream, String> {
        let path = format!("/api/gopay/orders/{}/events", order.order_id);
        send(self.public, "GET", &path, Some(&order.token), None)
    }

    /// Asks the listener for operators: HTTP status and body. An error where nobody listens.
    pub(crate) fn operator(&self, path: &str) -> Result<(u16, String), String> {
        request(self.operator, "GET", path, None, None)
    }

    /// Controls the sandbox.
    pub(crate) fn steers(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let path = format!("/sandbox/{path}");
        let (http, text) = request(self.sandbox_port, method, &path, None, Some(body))?;
        let is_done = (200..300).contains(&http);
        if is_done {
            Ok(serde_json::from_str(&text).unwrap_or_default())
        } else {
            Err(format!("{path}: {http} {text}"))
        }
    }

    /// The running merchant can write to no file any more: an I/O error.
    pub(crate) fn limits_files(&self) -> Result<(), String> {
        self.runs("prlimit --pid \"$(cat \"$WORLD/pid\")\" --fsize=0:0", &[]).map(drop)
    }

    /// Changes the SQLite file beside the merchant.
    pub(crate) fn changes_database(&self, statements: &str) -> Result<(), String> {
        let file = self.at("var/lib/gopay-merchant/orders.sqlite3").display().to_string();
        self.runs(
            "sqlite3 -cmd '.timeout 5000' \"$FILE\" \"$STATEMENTS\"",
            &[("FILE", &file), ("STATEMENTS", statements)],
        )
        .map(drop)
    }

    /// Midtrans is gone, with all that it knew.
    pub(crate) fn midtrans_is_gone(&mut self) {
        if let Some(sandbox) = &mut self.sandbox {
            end(sandbox);
        }
    }

    fn asks(
        &self,
        port: u16,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Value, String> {
        let (http, text) = request(port, method, path, token, body)?;
        serde_json::from_str(&text).map_err(|error| format!("{method} {path}: {http}: {error}: {text}"))
    }
}

/// The text under this name.
fn word(value: &Value, name: &str) -> Result<String, String> {
    value[name].as_str().map(str::to_owned).ok_or(format!("{value}: no {name}"))
}

/// Sends a request on a connection of its own.
fn send(port: u16, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> Result<TcpStream, String> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n");
    if let Some(token) = token {
        head += &format!("Authorization: Bearer {token}\r\n");
    }
    let body = body.map(Value::to_string).unwrap_or_default();
    if !body.is_empty() {
        head += "Content-Type: application/json\r\nIdempotency-Key: 6f1c2f0a-3f1e-4d0b-9d6e-0a8a4f6f2b11\r\n";
    }
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(io)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(io)?;
    stream.write_all(request.as_bytes()).map_err(io)?;
    Ok(stream)
}

/// HTTP status and body of the answer.
fn request(
    port: u16,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> Result<(u16, String), String> {
    let mut answer = String::new();
    send(port, method, path, token, body)?.read_to_string(&mut answer).map_err(io)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| format!("{method} {path}: {answer:?}"))?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| format!("{method} {path}: {head}"))?;
    Ok((status, body.to_owned()))
}

impl Drop for World {
    fn drop(&mut self) {
        if self.at("pid").exists() {
            // The trial's own result is what counts.
            drop(self.kills());
        }
        self.midtrans_is_gone();
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
