//! Selective tampering: a server sends an altered file to some requests and the true one to others.

use super::host::with;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// Line that an altered file has in addition. If the file runs, it sets `globalThis.altered`.
const MORE: &str = "globalThis.altered = true;\n";

/// Path below which altered files are served under their own names, for redirects.
pub(crate) const ALTERED: &str = "/altered/";

/// The requests that are tampered with, and the form of the altered response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tampering {
    pub(crate) target: Target,
    pub(crate) shape: Shape,
}

/// The requests that get the altered file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Those whose header has this value; a header that is not there has an empty one.
    Like(&'static str, &'static str),
    /// Those whose header has another value.
    Unlike(&'static str, &'static str),
    /// The first.
    First,
    /// All but the first.
    Later,
    /// The second, the fourth and so on.
    EveryOther,
}

/// Form of the altered response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A file that may not be cached.
    Plain,
    /// A file that may be cached for a year, with `Vary` by the kind of request.
    Stored,
    /// A `206 Partial Content`.
    Part,
    /// Compressed.
    Compressed,
    /// At another path of the same server, behind a redirect with this status.
    Moved(StatusCode),
    /// At another origin, likewise.
    MovedAway(StatusCode),
}

impl Tampering {
    /// Returns whether a request with these headers, the `nth` for the file from 0, gets the altered file.
    pub(crate) fn applies_to(self, head: &HeaderMap, nth: usize) -> bool {
        let value = |name: &str| head.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match self.target {
            Target::Like(name, hit) => value(name) == hit,
            Target::Unlike(name, spared) => value(name) != spared,
            Target::First => nth == 0,
            Target::Later => nth > 0,
            Target::EveryOther => nth % 2 == 1,
        }
    }

    /// Altered response for the script `name` with these `bytes`; `host` is the request's `Host`.
    pub(crate) fn tampered(self, name: &str, bytes: &[u8], host: &str) -> Response {
        let altered = altered(bytes);
        let port = host.rsplit(':').next().unwrap_or_default();
        let (status, body, more) = match self.shape {
            Shape::Plain => (StatusCode::OK, altered, None),
            Shape::Stored => {
                (StatusCode::OK, altered, Some(("cache-control", "max-age=31536000, immutable".to_owned())))
            }
            Shape::Part => {
                let range = format!("bytes 0-{}/{}", altered.len() - 1, altered.len());
                (StatusCode::PARTIAL_CONTENT, altered, Some(("content-range", range)))
            }
            Shape::Compressed => (StatusCode::OK, gzip(&altered), Some(("content-encoding", "gzip".to_owned()))),
            Shape::Moved(status) => (status, Vec::new(), Some(("location", format!("{ALTERED}{name}")))),
            Shape::MovedAway(status) => {
                (status, Vec::new(), Some(("location", format!("http://localhost:{port}{ALTERED}{name}"))))
            }
        };
        let mut answer = script(body);
        *answer.status_mut() = status;
        if let Some((name, value)) = more {
            let value = HeaderValue::from_str(&value).expect("a header's value");
            answer.headers_mut().insert(HeaderName::from_static(name), value);
        }
        answer
    }

    /// Response to a request that is not tampered with.
    pub(crate) fn untampered(self, bytes: Vec<u8>) -> Response {
        let mut answer = script(bytes);
        if self.shape == Shape::Stored {
            let year = HeaderValue::from_static("max-age=31536000, immutable");
            answer.headers_mut().insert("cache-control", year);
        }
        answer
    }
}

/// Response with a script: any origin may load it, and it is not cached.
pub(crate) fn script(bytes: Vec<u8>) -> Response {
    let headers = [
        ("content-type", "text/javascript"),
        ("access-control-allow-origin", "*"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("cache-control", "no-store"),
        ("vary", "sec-fetch-dest"),
    ];
    with(&headers, Body::from(bytes))
}

/// `file` with the additional line; a wasm module with an additional custom section, which leaves it a module that runs.
pub(crate) fn altered(file: &[u8]) -> Vec<u8> {
    if file.starts_with(b"\0asm") { [file, &[0, 2, 1, b'a']].concat() } else { [MORE.as_bytes(), file].concat() }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).and_then(|()| gzip.finish()).expect("memory takes it")
}
