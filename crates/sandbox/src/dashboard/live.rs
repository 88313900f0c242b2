//! `GET /sandbox/changes`: server-sent events, one whenever anything has changed.

use crate::sandbox::Sandbox;
use axum::{
    extract::State,
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use std::{convert::Infallible, sync::Arc};
use tokio_stream::{StreamExt, wrappers::WatchStream};

/// Sends the number of changes so far; the page is then fetched again.
pub(crate) async fn changes(State(sandbox): State<Arc<Sandbox>>) -> Response {
    let counts = WatchStream::new(sandbox.changes.listen()).map_while(|count| count);
    let events = counts.map(|count| Ok::<_, Infallible>(Event::default().event("changed").data(count.to_string())));
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}
