//! The program by itself: no file beside it, no variable, no argument but a free port and the shop's URL. It must serve its
//! page with all that the page needs, take a charge, draw its QR code, and find the shop by its name: a static C library
//! looks names up in its own way.

use crate::http;
use crate::preview::SANDBOX_SERVER_KEY;
use anyhow::{Context, Result, bail, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Time limit of the notification.
const PATIENCE: Duration = Duration::from_secs(90);

/// It runs until dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An empty folder, gone when dropped.
struct Empty(PathBuf);

impl Empty {
    fn make() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("midtrans-sandbox-{}", std::process::id()));
        fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Empty {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Starts it in an empty folder with an empty environment, and asks it for all that it has.
pub(super) fn run(program: &Path) -> Result<()> {
    let folder = Empty::make()?;
    let mut command = Command::new(program);
    let shop = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://localhost:{}/notifications", shop.local_addr()?.port());
    command
        .args(["--port", "0", "--notification-url", &url])
        .env_clear()
        .current_dir(&folder.0)
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    let mut running = Running(command.spawn().with_context(|| format!("cannot start {}", program.display()))?);
    let log = BufReader::new(running.0.stderr.take().context("its log is not there")?);
    let mut lines = log.lines().map_while(Result::ok);
    let mut told = Vec::new();
    let port = lines.by_ref().find_map(|line| {
        let port = port(&line);
        told.push(line);
        port
    });
    let Some(port) = port else { bail!("it ended without a word of where it listens:\n{}", told.join("\n")) };
    // Read on, or it would stop at a full pipe.
    std::thread::spawn(move || lines.for_each(drop));
    serves_all(port)?;
    receives_notification(&shop)?;
    let left = fs::read_dir(&folder.0)?.count();
    ensure!(left == 0, "it left {left} files in its folder, and was asked for none");
    Ok(())
}

/// Somebody comes to the shop with a notification.
fn receives_notification(shop: &TcpListener) -> Result<()> {
    shop.set_nonblocking(true)?;
    let begun = Instant::now();
    let caller = loop {
        match shop.accept() {
            Ok((caller, _)) => break caller,
            Err(_) if begun.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(20)),
            Err(problem) => return Err(problem).context("no notification came to localhost"),
        }
    };
    caller.set_nonblocking(false)?;
    caller.set_read_timeout(Some(PATIENCE))?;
    let mut first = String::new();
    BufReader::new(caller).read_line(&mut first)?;
    ensure!(first.starts_with("POST /notifications "), "{first:?} came to localhost, and no notification");
    Ok(())
}

/// The port in a line of its log that has an address.
fn port(line: &str) -> Option<u16> {
    let digits = line.split_once("http://127.0.0.1:")?.1;
    digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn serves_all(port: u16) -> Result<()> {
    for (path, holds) in
        [("/", "<html"), ("/sandbox/dashboard.css", "{"), ("/sandbox/dashboard.js", "{"), ("/v2/qris/index", "<form")]
    {
        let answer = http::ask(port, "GET", path, "", "")?;
        ensure!(answer.status == 200 && answer.body.contains(holds), "GET {path}: HTTP {}, no {holds}", answer.status);
    }
    let key = STANDARD.encode(format!("{SANDBOX_SERVER_KEY}:"));
    let headers = format!("Authorization: Basic {key}\r\nContent-Type: application/json\r\n");
    let body = r#"{"payment_type":"gopay","transaction_details":{"order_id":"order-101","gross_amount":44000}}"#;
    let charge = http::ask(port, "POST", "/v2/charge", &headers, body)?;
    ensure!(charge.body.contains(r#""status_code":"201""#), "the charge: HTTP {}, {}", charge.status, charge.body);
    let image = charge.body.split('"').find_map(|word| word.split_once("/v2/gopay/")).context("no QR code's URL")?;
    let image = http::ask(port, "GET", &format!("/v2/gopay/{}", image.1), "", "")?;
    ensure!(image.status == 200 && image.body.contains("PNG"), "the QR code: HTTP {}", image.status);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_whatever_colours_the_line_has() {
        assert_eq!(port("INFO the sandbox listens url=\"http://127.0.0.1:7081\""), Some(7081));
        assert_eq!(port("\u{1b}[32mINFO\u{1b}[0m url\u{1b}[2m=\u{1b}[0mhttp://127.0.0.1:40123\u{1b}[0m"), Some(40123));
        assert_eq!(port("INFO no address"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_ends_at_once_is_told_of_with_what_it_said() {
        let problem = run(Path::new("/bin/false")).expect_err("it listens nowhere");
        assert!(problem.to_string().contains("without a word"), "{problem}");
    }
}
