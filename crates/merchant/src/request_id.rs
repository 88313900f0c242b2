//! `X-Request-Id`: identifies a request in the proxy's log, in ours, and in the response.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use tower_http::request_id::{MakeRequestId, RequestId};
use uuid::Builder;

/// The header, as HTTP/1.1 and /2 write it.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id: longer than a UUID and any trace id, and too short to fill logs.
const MAX_LENGTH: usize = 64;

/// Generates an id for a request without one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NewRequestId;

impl MakeRequestId for NewRequestId {
    fn make_request_id<B>(&mut self, _request: &axum::http::Request<B>) -> Option<RequestId> {
        // A name and no secret: from this thread's own generator, which does not ask the kernel each time.
        let id = Builder::from_random_bytes(rand::random()).into_uuid();
        HeaderValue::from_str(id.hyphenated().encode_lower(&mut [0; 36])).ok().map(RequestId::new)
    }
}

/// Removes an id that is too long, or has characters that are unsafe in a log or a shell. The request gets a new one.
pub(crate) fn only_plain(mut request: Request) -> Request {
    if request.headers().get_all(HEADER).iter().any(|id| !is_plain(id.as_bytes())) {
        request.headers_mut().remove(HEADER);
    }
    request
}

fn is_plain(id: &[u8]) -> bool {
    let is_of_it = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    (1..=MAX_LENGTH).contains(&id.len()) && id.iter().all(is_of_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_digits_and_three_signs_are_kept_and_nothing_else() {
        assert!(is_plain(b"01890f0e-7b1c-7cc0-9d0f-3a1b2c3d4e5f") && is_plain(b"Root_1.2"));
        for id in [&b""[..], b"a b", b"a\"b", b"a\tb", b"a;b", b"${x}", "\u{e9}".as_bytes(), &[b'a'; 65]] {
            assert!(!is_plain(id), "{id:?}");
        }
    }
}
