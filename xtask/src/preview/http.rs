//! Just enough HTTP to ask a server of ours on this machine whether it lives: a client crate would cost every first
//! `cargo xtask` half a minute.

use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A server on this machine that takes longer is not well.
const PATIENCE: Duration = Duration::from_secs(5);

/// The status of `GET http://127.0.0.1:{port}{path}`.
pub(super) fn get(port: u16, path: &str) -> Result<u16> {
    let mut server = TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), PATIENCE)?;
    server.set_read_timeout(Some(PATIENCE))?;
    // In one piece: `write!` would send every part of the format by itself.
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    server.write_all(request.as_bytes())?;
    let mut first = String::new();
    BufReader::new(server).read_line(&mut first)?;
    let status = first.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    status.with_context(|| format!("127.0.0.1:{port} answered {first:?}, which is not HTTP"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net::TcpListener;

    #[test]
    fn the_status_is_the_second_word_of_the_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let server = std::thread::spawn(move || {
            let (mut client, _) = listener.accept().expect("a client");
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && client.read(&mut byte).expect("a request") == 1 {
                request.extend(byte);
            }
            client.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").expect("answers");
            String::from_utf8_lossy(&request).into_owned()
        });
        assert_eq!(get(port, "/healthz").expect("an answer"), 204);
        let request = server.join().expect("no panic");
        assert!(request.starts_with("GET /healthz HTTP/1.1\r\n"));
    }
}
