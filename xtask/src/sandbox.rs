//! `cargo xtask sandbox`: Midtrans' stand-in as one file that needs no other, not even the C library's. Built, and then
//! tried where there is nothing but itself.

use crate::command::{self, ask, cargo, command};
use crate::http;
use crate::preview::SANDBOX_SERVER_KEY;
use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

/// Links the C library in.
const STATIC: &str = "-C target-feature=+crt-static";

/// A program that is built as one file which needs no other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StaticProgram {
    /// The package; its program has the same name.
    pub(crate) package: &'static str,
    /// The profile of Cargo.toml; the folder below target/ has its name too.
    pub(crate) profile: &'static str,
}

/// The sandbox, with `[profile.sandbox]`.
const SANDBOX: StaticProgram = StaticProgram { package: "midtrans-sandbox", profile: "sandbox" };

/// Builds it, reads what it wants of the system, and tries it.
pub(crate) fn run() -> Result<()> {
    let program = SANDBOX.build()?;
    try_alone(&program)?;
    let length = program.metadata()?.len();
    println!("{}: static, {:.1} MB; its page and a charge tried", program.display(), megabytes(length));
    Ok(())
}

impl StaticProgram {
    /// Builds it, and fails if it wants anything of the system. Where it is.
    pub(crate) fn build(self) -> Result<PathBuf> {
        let target = host()?;
        // With a target of its own, so that build scripts and macros are no static programs.
        let mut build = cargo();
        build.args(["build", "--profile", self.profile, "--package", self.package, "--target", &target]);
        let given = env::var("RUSTFLAGS").unwrap_or_default();
        command::run(build.env("RUSTFLAGS", format!("{given} {STATIC}").trim()))?;

        let program = command::target().join(&target).join(self.profile).join(self.package);
        let bytes = std::fs::read(&program).with_context(|| format!("cannot read {}", program.display()))?;
        if let Some(interpreter) = interpreter(&bytes).with_context(|| program.display().to_string())? {
            bail!("{} is not static: it wants {interpreter}", program.display());
        }
        Ok(program)
    }
}

/// This machine's own target. Elsewhere than on Linux no C library can be linked in.
pub(crate) fn host() -> Result<String> {
    let about = ask(command("rustc").arg("-vV")).context("`rustc -vV` failed")?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).context("`rustc -vV` names no host")?;
    if !host.contains("-linux-") {
        bail!("a static program is made on Linux, and this is {host}; `cargo build --release` makes one for it");
    }
    Ok(host.to_owned())
}

fn megabytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1e6
}

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
fn try_alone(program: &Path) -> Result<()> {
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

/// `PT_INTERP`, the segment that names the program's interpreter, which loads its libraries.
const INTERPRETER: u64 = 3;

/// The interpreter's path, if the program wants one. Only 64 bits, little-endian: all that is built here.
fn interpreter(program: &[u8]) -> Result<Option<String>> {
    if !program.starts_with(b"\x7fELF\x02\x01") {
        bail!("not an ELF program of 64 bits, little-endian");
    }
    // e_phoff, e_phentsize, e_phnum: where the program headers are, how long one is, and how many.
    let start = number::<8>(program, 0x20)?;
    let (length, count) = (number::<2>(program, 0x36)?, number::<2>(program, 0x38)?);
    for place in 0..count {
        let header = start + place * length;
        if number::<4>(program, header)? == INTERPRETER {
            // p_offset, p_filesz
            let (offset, size) = (number::<8>(program, header + 8)?, number::<8>(program, header + 32)?);
            let path = bytes(program, offset, size)?;
            return Ok(Some(String::from_utf8_lossy(path).trim_end_matches('\0').to_owned()));
        }
    }
    Ok(None)
}

fn number<const BYTES: u64>(program: &[u8], at: u64) -> Result<u64> {
    Ok(bytes(program, at, BYTES)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn bytes(program: &[u8], at: u64, length: u64) -> Result<&[u8]> {
    let (from, length) = (usize::try_from(at)?, usize::try_from(length)?);
    let found = from.checked_add(length).and_then(|to| program.get(from..to));
    found.with_context(|| format!("broken: it ends before byte {at} + {length}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_program_that_is_loaded_with_libraries_names_who_loads_it() {
        // Cargo's own tests are such programs, where the C library is not linked in.
        let this = std::fs::read(std::env::current_exe().expect("this test")).expect("its bytes");
        let found = interpreter(&this).expect("a program");
        let is_loaded = found.as_ref().is_some_and(|path| path.starts_with('/') && path.contains("/ld-"));
        assert_eq!(is_loaded, !cfg!(target_feature = "crt-static"), "{found:?}");
    }

    #[test]
    fn a_program_without_that_segment_is_static() {
        let mut program = vec![0; 0x40 + 2 * 56];
        program[..6].copy_from_slice(b"\x7fELF\x02\x01");
        (program[0x20], program[0x36], program[0x38]) = (0x40, 56, 2);
        // PT_LOAD, PT_DYNAMIC
        (program[0x40], program[0x40 + 56]) = (1, 2);
        assert_eq!(interpreter(&program).expect("a program"), None);
    }

    #[test]
    fn what_is_no_program_or_only_the_beginning_of_one_is_refused() {
        assert!(interpreter(b"#!/bin/sh\n").is_err() && interpreter(b"").is_err());
        let mut cut = b"\x7fELF\x02\x01".to_vec();
        cut.resize(0x40, 0);
        (cut[0x20], cut[0x36], cut[0x38]) = (0x40, 56, 1);
        assert!(interpreter(&cut).expect_err("its header is not there").to_string().contains("broken"));
    }

    #[test]
    fn the_port_is_read_whatever_colours_the_line_has() {
        assert_eq!(port("INFO the sandbox listens url=\"http://127.0.0.1:7081\""), Some(7081));
        assert_eq!(port("\u{1b}[32mINFO\u{1b}[0m url\u{1b}[2m=\u{1b}[0mhttp://127.0.0.1:40123\u{1b}[0m"), Some(40123));
        assert_eq!(port("INFO no address"), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_ends_at_once_is_told_of_with_what_it_said() {
        let problem = try_alone(Path::new("/bin/false")).expect_err("it listens nowhere");
        assert!(problem.to_string().contains("without a word"), "{problem}");
    }
}
