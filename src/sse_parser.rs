//! Parser of server-sent events (SSE), fed with text as it arrives (WHATWG HTML, "Interpreting an event stream").
//!
//! Our own because the browser's `EventSource` cannot send `Authorization`, and the crates that read such streams bring
//! more bytes than the rest of the widget's network code.

use gopay_contract::split_once_ascii;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// `event:`; `message` where the stream does not say.
    pub event: String,
    /// `data:` lines, joined.
    pub data: String,
}

/// Parser of one stream: holds the text of the event that is not complete yet.
#[derive(Debug, Default)]
pub struct SseParser {
    rest: String,
    event: String,
    data: Option<String>,
    /// The last `id:` that came. It counts once its event is complete.
    id: Option<String>,
    last_event_id: Option<String>,
}

/// A merchant's status is far below this; more than this without a line's end is no event stream.
const LONGEST_LINE: usize = 64 * 1024;

impl SseParser {
    /// The `id:` of the last complete event, for `Last-Event-ID` when the stream is opened again. An empty one is none.
    #[must_use]
    pub fn last_event_id(&self) -> Option<&str> {
        self.last_event_id.as_deref().filter(|id| !id.is_empty())
    }

    /// Parses a piece of text, which may begin and end anywhere, and returns the events that it completes. `None` when
    /// the text cannot be an event stream.
    pub fn push(&mut self, piece: &str) -> Option<Vec<Message>> {
        self.rest.push_str(piece);
        let mut messages = Vec::new();
        while let Some(end) = self.rest.find(['\n', '\r']) {
            let carriage_return = self.rest.as_bytes()[end] == b'\r';
            if carriage_return && end + 1 == self.rest.len() {
                break;
            }
            let next = if carriage_return && self.rest.as_bytes()[end + 1] == b'\n' { end + 2 } else { end + 1 };
            let line = self.rest[..end].to_owned();
            self.rest.drain(..next);
            messages.extend(self.line(&line));
        }
        (self.rest.len() <= LONGEST_LINE).then_some(messages)
    }

    fn line(&mut self, line: &str) -> Option<Message> {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            self.last_event_id.clone_from(&self.id);
            let data = self.data.take()?;
            let event = if event.is_empty() { "message".to_owned() } else { event };
            return Some(Message { event, data });
        }
        let (field, value) = split_once_ascii(line, b':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            // An id that no header can carry would keep the stream from being opened again.
            "id" if value.bytes().all(|b| matches!(b, b' '..=b'~')) => self.id = Some(value.to_owned()),
            // Comments, `retry`, and whatever comes one day.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = ": hello\n\nevent: status\nid: 1\ndata: {\"a\":\ndata: 1}\n\nevent: status\r\nid: 2\r\ndata:x\r\n\r\ndata: y\n\n";

    fn message(event: &str, data: &str) -> Message {
        Message { event: event.to_owned(), data: data.to_owned() }
    }

    #[test]
    fn events_are_the_same_wherever_the_network_cuts_the_stream() {
        let expected = vec![message("status", "{\"a\":\n1}"), message("status", "x"), message("message", "y")];
        for size in 1..STREAM.len() {
            let mut stream = SseParser::default();
            let mut messages = Vec::new();
            for piece in STREAM.as_bytes().chunks(size) {
                messages.extend(stream.push(std::str::from_utf8(piece).expect("ASCII")).expect("a stream"));
            }
            assert_eq!(messages, expected, "in pieces of {size}");
            assert_eq!(stream.last_event_id(), Some("2"));
        }
    }

    #[test]
    fn an_event_that_was_cut_off_is_not_half_an_event() {
        let mut stream = SseParser::default();
        assert_eq!(stream.push("event: status\ndata: {\"transaction_status\":\"settle"), Some(Vec::new()));
    }

    #[test]
    fn the_id_of_an_event_that_was_cut_off_is_not_that_of_the_last_event() {
        let mut stream = SseParser::default();
        stream.push("id: 1\ndata: x\n\nid: 2\ndata: y\n").expect("a stream");
        assert_eq!(stream.last_event_id(), Some("1"), "the second would never be sent again");
        stream.push("\nid: 3\n\n").expect("a stream");
        assert_eq!(stream.last_event_id(), Some("3"), "also of an event without data");
    }

    #[test]
    fn an_endless_line_is_no_event_stream() {
        let mut stream = SseParser::default();
        assert_eq!(stream.push(&"x".repeat(LONGEST_LINE + 1)), None);
    }
}
