//! `cargo xtask preview`: the demo shop with everything behind it, on this machine and on nothing else.
//!
//! Three programs: the sandbox (Midtrans' place), the demo shop's merchant, and `trunk serve` (the page, rebuilt at every change).
//! They end together: with Ctrl-C, or when one of them ends by itself.

mod child;

use crate::command::{self, cargo, command, root, target};
use crate::http;
use crate::tools;
use anyhow::{Context, Result, anyhow, bail};
use child::Child;
use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

/// `trunk serve`; Trunk.toml says the same.
const SHOP: u16 = 8080;
/// The merchant; the proxy in Trunk.toml points at it.
const MERCHANT: u16 = 7080;
/// The sandbox.
const SANDBOX: u16 = 7081;

/// The sandbox's own key, known to everybody: it opens nothing else. The same as `midtrans_sandbox::DEFAULT_SERVER_KEY`.
pub(crate) const SANDBOX_SERVER_KEY: &str = "SB-Mid-server-offline-sandbox";

/// Time limit for a server's first answer.
const SERVER_START: Duration = Duration::from_secs(30);
/// Time limit for Trunk's first build, of what is compiled already.
const FIRST_BUILD: Duration = Duration::from_secs(10 * 60);
/// Interval between two looks.
const LOOK: Duration = Duration::from_millis(200);

/// Starts everything and stays until told to stop.
pub(crate) fn run() -> Result<()> {
    for (port, what) in [(SHOP, "the shop"), (MERCHANT, "the merchant"), (SANDBOX, "the sandbox")] {
        must_be_free(port, what)?;
    }
    build()?;

    let stopped = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&stopped);
    ctrlc::set_handler(move || stop.store(true, Ordering::Relaxed)).context("cannot listen for Ctrl-C")?;

    let mut children = Vec::new();
    let mut start = |child: Result<Child>, port, limit| -> Result<()> {
        children.push(child?);
        wait_for(port, limit, &mut children, &stopped)
    };
    start(sandbox(), SANDBOX, SERVER_START)?;
    start(merchant(), MERCHANT, SERVER_START)?;
    start(shop(), SHOP, FIRST_BUILD)?;
    if !stopped.load(Ordering::Relaxed) {
        println!("{}", welcome());
    }
    let end = loop {
        if stopped.load(Ordering::Relaxed) {
            break Ok(());
        }
        if let Err(ended) = all_run(&mut children) {
            break Err(ended);
        }
        sleep(LOOK);
    };
    println!("xtask: stopping shop, merchant and sandbox");
    // In the reverse order of their starting, each with its whole process group.
    while let Some(child) = children.pop() {
        drop(child);
    }
    end
}

/// Installs the tools and builds the programs, both at once: each has stretches in which it keeps but one core busy.
fn build() -> Result<()> {
    let began = Instant::now();
    eprintln!(
        "xtask: installing the tools, building the servers and the widget: about nine minutes the first time, on two cores"
    );
    let done = |what: &str| eprintln!("xtask: {what} after {} s", began.elapsed().as_secs());
    tools::wasm_target()?;
    thread::scope(|scope| {
        let tools = scope.spawn(|| {
            tools::to_build_the_widget()?;
            tools::trunk()?;
            done("the tools are there");
            anyhow::Ok(())
        });
        command::run(cargo().args(["build", "--package", "midtrans-sandbox", "--package", "gopay-demo-shop"]))?;
        done("the servers are built");
        // As Trunk builds it (index.html), which then finds it built.
        command::run(cargo().args(["build", "--target", tools::WASM_TARGET, "--features", "element"]))?;
        done("the widget is built");
        tools.join().map_err(|_| anyhow!("installing the tools has panicked"))?
    })
}

fn sandbox() -> Result<Child> {
    let mut sandbox = command(&built("midtrans-sandbox"));
    sandbox
        .env("SANDBOX_BIND", format!("127.0.0.1:{SANDBOX}"))
        .env("SANDBOX_SERVER_KEY", SANDBOX_SERVER_KEY)
        .env("SANDBOX_NOTIFICATION_URL", format!("http://127.0.0.1:{MERCHANT}/api/gopay/notifications"));
    Child::start("sandbox", &mut sandbox)
}

fn merchant() -> Result<Child> {
    let folder = root().join("target/preview/merchant");
    // The sandbox forgets its transactions when it ends; a merchant that remembered them would ask for strangers.
    crate::dist::remove(&folder)?;
    std::fs::create_dir_all(&folder)?;
    let mut merchant = command(&built("gopay-demo-shop"));
    merchant
        .env("MIDTRANS_SERVER_KEY", SANDBOX_SERVER_KEY)
        .env("MIDTRANS_BASE_URL", format!("http://127.0.0.1:{SANDBOX}"))
        .env("MERCHANT_BIND", format!("127.0.0.1:{MERCHANT}"))
        .env("MERCHANT_DATABASE_URL", format!("sqlite:{}", folder.join("merchant.sqlite").display()))
        .env("ORDER_TOKEN_SECRET", secret()?);
    Child::start("merchant", &mut merchant)
}

fn shop() -> Result<Child> {
    let mut trunk = tools::trunk_serve();
    // Not into dist/: what is there was built to be hosted, and this was built to be changed.
    trunk.args(["--dist", "target/preview/dist"]);
    Child::start("shop", &mut trunk)
}

fn built(program: &str) -> String {
    target().join("debug").join(program).display().to_string()
}

/// 32 secret random bytes, as text.
fn secret() -> Result<String> {
    let mut bytes = [0; 32];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut it| it.read_exact(&mut bytes))
        .context("cannot read randomness")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Waits until `port` answers, a child has ended, or somebody wants us to stop.
fn wait_for(port: u16, limit: Duration, children: &mut [Child], stopped: &AtomicBool) -> Result<()> {
    let started = Instant::now();
    let path = if port == SHOP { "/" } else { "/healthz" };
    while !http::get(port, path).is_ok_and(|status| status == 200) {
        if stopped.load(Ordering::Relaxed) {
            return Ok(());
        }
        all_run(children)?;
        if started.elapsed() > limit {
            bail!("http://127.0.0.1:{port}{path} did not answer within {} s", limit.as_secs());
        }
        sleep(LOOK);
    }
    Ok(())
}

fn all_run(children: &mut [Child]) -> Result<()> {
    for child in children {
        if let Some(status) = child.ended()? {
            bail!("the {} ended by itself ({status}): its last lines stand above", child.name());
        }
    }
    Ok(())
}

fn must_be_free(port: u16, what: &str) -> Result<()> {
    let Err(taken) = TcpListener::bind(("127.0.0.1", port)) else { return Ok(()) };
    let holder = command::ask(command("ss").args(["-ltnpH", &format!("sport = :{port}")]))
        .and_then(|line| Some(line.split_once("users:((\"")?.1.split(')').next()?.replace('"', "")));
    let holder = holder.map_or_else(
        || format!("Perhaps another `cargo xtask preview`; `ss -ltnp 'sport = :{port}'` or `lsof -i :{port}` tells."),
        |holder| format!("It is held by {holder}."),
    );
    bail!(
        "port {port}, where {what} is to listen, cannot be had ({taken}). {holder} The preview's ports are fixed: end that first."
    )
}

fn welcome() -> String {
    format!(
        "
────────────────────────────────────────────────────────────────────────
  The shop      http://127.0.0.1:{SHOP}/
  The sandbox   http://127.0.0.1:{SANDBOX}/      (plays Midtrans and GoPay)
  The gallery   http://127.0.0.1:{SHOP}/gallery      (every screen, a theme editor)

  Pay           press \"Beli\"; a QR code appears. The page links to the order in
                the sandbox: pay on the phone there, and the shop's page notices.
  On a phone    http://127.0.0.1:{SHOP}/?channel=deeplink, or the phone view of
                your browser's developer tools: a button that opens \"GoPay\".
  Make it fail  docs/faults.md has what can go wrong, and where to ask for it.
  Try also      ?lang=en  ?start=press  ?theme=dark  ?gopay-debug
  End           Ctrl-C
────────────────────────────────────────────────────────────────────────
"
    )
}
