//! Just enough HTTP to ask a server of ours on this machine whether it lives and what it says: a client crate would cost
//! every first `cargo xtask` half a minute.

use anyhow::{Context, Result};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A server on this machine that takes longer is not well.
const PATIENCE: Duration = Duration::from_secs(5);

/// A server's answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The raw body: it may be in chunks.
    pub(crate) body: String,
}

/// The status of `GET http://127.0.0.1:{port}{path}`.
pub(crate) fn get(port: u16, path: &str) -> Result<u16> {
    Ok(ask(port, "GET", path, "", "")?.status)
}

/// The answer to a request. Each line of `headers` ends with `\r\n`.
pub(crate) fn ask(port: u16, method: &str, path: &str, headers: &str, body: &str) -> Result<Answer> {
    let mut server = TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), PATIENCE)?;
    server.set_read_timeout(Some(PATIENCE))?;
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    // In one piece: `write!` would send every part of the format by itself.
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}{length}Connection: close\r\n\r\n{body}"
    );
    server.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let first = head.lines().next().unwrap_or_default();
    let status = first.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    let status = status.with_context(|| format!("127.0.0.1:{port} answered {first:?}, which is not HTTP"))?;
    Ok(Answer { status, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn the_status_is_the_second_word_of_the_answer_and_the_body_what_follows_the_head() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let server = std::thread::spawn(move || {
            let (mut client, _) = listener.accept().expect("a client");
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && client.read(&mut byte).expect("a request") == 1 {
                request.extend(byte);
            }
            client.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nso").expect("answers");
            String::from_utf8_lossy(&request).into_owned()
        });
        let answer = ask(port, "GET", "/healthz", "Accept: text/plain\r\n", "").expect("an answer");
        assert_eq!((answer.status, answer.body.as_str()), (202, "so"));
        let request = server.join().expect("no panic");
        assert!(request.starts_with("GET /healthz HTTP/1.1\r\n") && request.contains("\r\nAccept: text/plain\r\n"));
    }
}
