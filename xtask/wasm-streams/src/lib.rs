//! Stand-in for wasm-streams: the names that `server_fn` uses, without the three classes that the real one exports to
//! JavaScript.
//!
//! `leptos` depends on `server_fn`, and that on wasm-streams, for server functions that answer by a stream. A checkout calls
//! none. No optimiser may drop an exported class, and the three weigh 4 kB in brotli.

use futures_util::Stream;
use std::pin::Pin;
use std::task::{Context, Poll};
use wasm_bindgen::JsValue;

/// A stream that is never made.
pub enum ReadableStream {}

/// The items of one.
pub enum IntoStream {}

impl ReadableStream {
    /// Panics: nothing in the script calls a server function.
    pub fn from_raw(_raw: web_sys::ReadableStream) -> Self {
        unreachable!("the script calls no server function")
    }

    /// Panics, as [`Self::from_raw`] does.
    pub fn from_stream<S>(_stream: S) -> Self
    where
        S: Stream<Item = Result<JsValue, JsValue>> + 'static,
    {
        unreachable!("the script calls no server function")
    }

    /// Its items.
    pub fn into_stream(self) -> IntoStream {
        match self {}
    }

    /// JavaScript's own.
    pub fn into_raw(self) -> web_sys::ReadableStream {
        match self {}
    }
}

impl Stream for IntoStream {
    type Item = Result<JsValue, JsValue>;

    fn poll_next(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match *self {}
    }
}
