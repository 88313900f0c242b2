//! The servers' configurations of the guide, served: what is cached, what is not, and that the push stream gets through.
//! Where a server is not installed, its trial counts as ignored.

use super::server::{installed, whole_nginx};
use gopay_documents::documents;
use libtest_mimic::{Failed, Trial};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn trials() -> Vec<Trial> {
    ["nginx", "caddy"]
        .map(|name| {
            let promise = format!("what_{name}_serves_is_cached_only_where_it_is_there_and_no_push_is_kept_back");
            Trial::test(promise, move || serves(name).map_err(Failed::from))
                .with_ignored_flag(installed(name).is_none())
        })
        .into()
}

/// A server that ends with its trial.
struct Running {
    server: Child,
    at: SocketAddr,
    _folder: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

fn serves(name: &str) -> Result<(), String> {
    let merchant = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let merchant_at = merchant.local_addr().map_err(|error| error.to_string())?;
    let running = start(name, merchant_at)?;
    wait_for(running.at)?;

    let (mut loader, _) = asked(running.at, "/gopay-checkout/0.1.0/gopay-checkout.js")?;
    loader.make_ascii_lowercase();
    for line in [
        " 200 ",
        "content-encoding: gzip",
        "vary: accept-encoding",
        "max-age=31536000, immutable",
        "access-control-allow-origin: *",
        "/javascript",
    ] {
        if !loader.contains(line) {
            return Err(format!("the loader has no {line:?}:\n{loader}"));
        }
    }
    let (wasm, _) = asked(running.at, "/gopay-checkout/0.1.0/core/core.wasm")?;
    let (nothing, _) = asked(running.at, "/gopay-checkout/0.2.0/gopay-checkout.js")?;
    if !wasm.contains("application/wasm") || !nothing.contains(" 404 ") || nothing.contains("max-age") {
        return Err(format!("wasm by its name, and what is missing for no time at all:\n{wasm}\n{nothing}"));
    }

    // The merchant says one line, and no more until it was heard.
    let (was_heard, until_heard) = mpsc::channel();
    let says = thread::spawn(move || push(&merchant, &until_heard));
    let (head, mut stream) = asked(running.at, "/api/gopay/orders/order-101/events")?;
    let mut heard = String::new();
    while !heard.contains("data: pending") {
        if stream.read_line(&mut heard).map_err(|error| format!("nothing is pushed: {error}"))? == 0 {
            return Err(format!("the stream has ended:\n{head}\n{heard}"));
        }
    }
    let _told = was_heard.send(());
    let request = says.join().map_err(|_| "the merchant's side failed")??;
    if request.to_ascii_lowercase().contains("x-forwarded-for: 127.0.0.1") { Ok(()) } else { Err(request) }
}

fn start(name: &str, merchant: SocketAddr) -> Result<Running, String> {
    let io = |error: std::io::Error| error.to_string();
    let folder = TempDir::new().map_err(io)?;
    let files = folder.path().join("gopay-checkout/0.1.0");
    fs::create_dir_all(files.join("core")).map_err(io)?;
    fs::write(files.join("gopay-checkout.js"), "0;").map_err(io)?;
    // Whether it is packed is not looked at here.
    fs::write(files.join("gopay-checkout.js.gz"), "packed").map_err(io)?;
    fs::write(files.join("core/core.wasm"), "\0asm").map_err(io)?;
    let at = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).map_err(io)?;

    let language = if name == "caddy" { "caddyfile" } else { name };
    let all = documents();
    let guide = all.iter().find(|it| it.path == Path::new("docs/production.md")).ok_or("no guide")?;
    let code = guide.snippets().into_iter().find(|it| it.language == language).ok_or("no example")?.code;
    let code =
        code.replace("/srv/cdn", &folder.path().display().to_string()).replace("127.0.0.1:7080", &merchant.to_string());
    let (file, whole) = (
        folder.path().join("configuration"),
        match name {
            "caddy" => format!("{{\n\tadmin off\n}}\n{}", code.replace("toko.example", &format!("http://{at}"))),
            _ => whole_nginx(folder.path(), &at.to_string(), &code),
        },
    );
    fs::write(&file, whole).map_err(io)?;
    let mut server = Command::new(installed(name).ok_or("not installed")?);
    match name {
        "caddy" => server.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file).env("HOME", folder.path()),
        _ => server.args(["-e", "stderr", "-p"]).arg(folder.path()).arg("-c").arg(&file),
    };
    let server = server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(io)?;
    Ok(Running { server, at, _folder: folder })
}

fn wait_for(at: SocketAddr) -> Result<(), String> {
    let begun = Instant::now();
    while TcpStream::connect(at).is_err() {
        if begun.elapsed() > PATIENCE {
            return Err(format!("nobody listens at {at} after {PATIENCE:?}"));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Head of the answer, and what comes behind it.
fn asked(at: SocketAddr, path: &str) -> Result<(String, BufReader<TcpStream>), String> {
    let io = |error: std::io::Error| format!("{path}: {error}");
    let mut stream = TcpStream::connect(at).map_err(io)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(io)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {at}\r\nAccept-Encoding: gzip\r\n\r\n").map_err(io)?;
    let mut answer = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if answer.read_line(&mut head).map_err(io)? == 0 {
            return Err(format!("{path}: the answer ends in its head: {head}"));
        }
    }
    Ok((head, answer))
}

/// Answers one request with one event, and then says nothing until that was heard. Gives back the request.
fn push(merchant: &TcpListener, until_heard: &mpsc::Receiver<()>) -> Result<String, String> {
    let io = |error: std::io::Error| format!("at the merchant: {error}");
    let (mut stream, _) = merchant.accept().map_err(io)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(io)?;
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).map_err(io)?;
        request.push(byte[0]);
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    write!(stream, "{head}f\r\ndata: pending\n\n\r\n").map_err(io)?;
    // Nobody hears it, and the trial says so, where the time is over.
    let _heard = until_heard.recv_timeout(PATIENCE);
    Ok(String::from_utf8_lossy(&request).into_owned())
}
