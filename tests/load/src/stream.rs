//! One status stream, read from a socket of its own with as little work as possible: ten thousand of them share the
//! processors with the merchant that is measured.

use crate::orders::Order;
use anyhow::{Context as _, Result, bail, ensure};
use std::net::SocketAddr;
use std::time::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A stream's head or one event of it, several times over.
const BUFFER: usize = 2048;

/// An open status stream.
pub(crate) struct Stream {
    socket: TcpStream,
    read: Vec<u8>,
}

/// The next thing on a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// The transaction waits for its payer.
    Pending,
    /// It was paid.
    Settlement,
    /// Any other status.
    Other,
    /// A comment: a sign of life.
    Comment,
    /// The last chunk: it ended as it should.
    End,
}

impl Stream {
    /// Opens it, and reads until the answer's head is there.
    pub(crate) async fn open(merchant: SocketAddr, order: &Order) -> Result<Self> {
        let mut socket = TcpStream::connect(merchant).await?;
        let request = format!(
            "GET {}/events HTTP/1.1\r\nHost: {merchant}\r\nAccept: text/event-stream\r\nAuthorization: Bearer {}\r\n\r\n",
            order.path(),
            order.order_token
        );
        socket.write_all(request.as_bytes()).await?;
        let mut stream = Self { socket, read: Vec::with_capacity(BUFFER) };
        loop {
            if let Some(end) = find(&stream.read, b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&stream.read[..end]).to_ascii_lowercase();
                ensure!(head.starts_with("http/1.1 200"), "not a stream: {head}");
                ensure!(head.contains("transfer-encoding: chunked"), "not chunked: {head}");
                stream.read.drain(..end + 4);
                return Ok(stream);
            }
            stream.more().await?;
        }
    }

    /// The next thing that it says, and when its bytes were there.
    pub(crate) async fn next(&mut self) -> Result<(Said, Instant)> {
        let mut at = Instant::now();
        loop {
            if let Some(chunk) = self.chunk()? {
                return Ok((chunk, at));
            }
            self.more().await?;
            at = Instant::now();
        }
    }

    async fn more(&mut self) -> Result<()> {
        self.read.reserve(BUFFER);
        let count = self.socket.read_buf(&mut self.read).await?;
        if count == 0 {
            bail!("the stream was cut");
        }
        Ok(())
    }

    /// Takes a whole chunk from what was read. The merchant sends every event and every comment as one.
    fn chunk(&mut self) -> Result<Option<Said>> {
        let Some(end) = find(&self.read, b"\r\n") else { return Ok(None) };
        let size = std::str::from_utf8(&self.read[..end])?;
        let size = usize::from_str_radix(size, 16).with_context(|| format!("not a chunk's size: {size:?}"))?;
        let begin = end + 2;
        if self.read.len() < begin + size + 2 {
            return Ok(None);
        }
        let said = meaning(&self.read[begin..begin + size]);
        self.read.drain(..begin + size + 2);
        Ok(Some(said))
    }
}

fn meaning(chunk: &[u8]) -> Said {
    let says = |word: &[u8]| find(chunk, word).is_some();
    if chunk.is_empty() {
        Said::End
    } else if chunk.starts_with(b":") {
        Said::Comment
    } else if says(b"\"transaction_status\":\"pending\"") {
        Said::Pending
    } else if says(b"\"transaction_status\":\"settlement\"") {
        Said::Settlement
    } else {
        Said::Other
    }
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_is_read_by_what_it_says() {
        assert_eq!(meaning(b""), Said::End);
        assert_eq!(meaning(b":\n\n"), Said::Comment);
        let event = |status: &str| format!("event: status\nid: 1.1\ndata: {{\"transaction_status\":\"{status}\"}}\n\n");
        assert_eq!(meaning(event("pending").as_bytes()), Said::Pending);
        assert_eq!(meaning(event("settlement").as_bytes()), Said::Settlement);
        assert_eq!(meaning(event("expire").as_bytes()), Said::Other);
    }
}
