//! Reads server-sent events from an open answer (contract §2.3).

use reqwest::Response;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// An event with the fields that the contract names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: Option<String>,
    pub(crate) data: String,
}

/// The next thing on a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Event(Event),
    /// A comment: a sign of life.
    Comment,
    /// The merchant ended it.
    End,
    /// The connection broke.
    Broken(String),
    /// No data within the time limit.
    Silence,
}

/// The open stream.
pub(crate) struct EventStream {
    response: Response,
    lines: Lines,
}

impl EventStream {
    pub(crate) fn of(response: Response) -> Self {
        Self { response, lines: Lines::default() }
    }

    /// Reads the next thing within `limit`.
    pub(crate) async fn next(&mut self, limit: Duration) -> Piece {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(piece) = self.lines.next_piece() {
                return piece;
            }
            match timeout_at(deadline, self.response.chunk()).await {
                Err(_) => return Piece::Silence,
                Ok(Err(why)) => return Piece::Broken(why.without_url().to_string()),
                Ok(Ok(None)) => return Piece::End,
                Ok(Ok(Some(bytes))) => self.lines.push(&bytes),
            }
        }
    }
}

/// Splits bytes into lines and lines into events.
#[derive(Debug, Default)]
struct Lines {
    unread: Vec<u8>,
    event: Event,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) {
        self.unread.extend(bytes.iter().filter(|byte| **byte != b'\r'));
    }

    fn next_piece(&mut self) -> Option<Piece> {
        while let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.unread.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches('\n');
            if line.is_empty() {
                let event = std::mem::take(&mut self.event);
                if !event.data.is_empty() {
                    return Some(Piece::Event(event));
                }
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "" => return Some(Piece::Comment),
                "event" => value.clone_into(&mut self.event.name),
                "id" => self.event.id = Some(value.to_owned()),
                "data" if self.event.data.is_empty() => value.clone_into(&mut self.event.data),
                "data" => self.event.data.extend(["\n", value]),
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_and_comments_are_told_apart_wherever_the_bytes_are_cut() {
        let text = b"event: status\r\nid: 1\r\ndata: {}\r\n\r\n:\n\ndata:a\ndata:b\n\n";
        for cut in 0..text.len() {
            let mut lines = Lines::default();
            let mut pieces = Vec::new();
            for part in [&text[..cut], &text[cut..]] {
                lines.push(part);
                pieces.extend(std::iter::from_fn(|| lines.next_piece()));
            }
            let event = Event { name: "status".to_owned(), id: Some("1".to_owned()), data: "{}".to_owned() };
            let nameless = Event { data: "a\nb".to_owned(), ..Event::default() };
            assert_eq!(pieces, [Piece::Event(event), Piece::Comment, Piece::Event(nameless)], "cut at {cut}");
        }
    }
}
