//! Many requests over a few connections: each lane sends its next one when the last is answered.

use crate::connection::{Answer, Connection, FullRequest};
use anyhow::Result;
use hdrhistogram::Histogram;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Condition of the end.
#[derive(Clone, Copy)]
pub(crate) enum Until {
    /// After so many requests.
    Count(usize),
    /// After so long.
    Time(Duration),
}

/// Results of a run.
pub(crate) struct Driven<T> {
    /// The values that were read from the answers, with their numbers.
    pub(crate) read: Vec<(usize, T)>,
    /// Latencies, in microseconds.
    pub(crate) latency: Histogram<u64>,
    /// Time from the first request to the last answer.
    pub(crate) time: Duration,
}

impl<T> Driven<T> {
    pub(crate) fn a_second(&self) -> f64 {
        to_f64(self.latency.len()) / self.time.as_secs_f64()
    }
}

/// A count as a number that can be divided.
pub(crate) fn to_f64(count: u64) -> f64 {
    // Nothing counted here comes near 2^32.
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// An empty histogram of microseconds, exact to three digits.
pub(crate) fn microseconds() -> Result<Histogram<u64>> {
    Ok(Histogram::new(3)?)
}

/// A time as whole microseconds.
pub(crate) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Sends `request(0)`, `request(1)` … over `lanes` connections and reads every answer.
pub(crate) async fn drive<T: Send + 'static>(
    server: SocketAddr,
    lanes: usize,
    until: Until,
    request: impl Fn(usize) -> Result<FullRequest> + Send + Sync + 'static,
    read: impl Fn(usize, Answer) -> Result<T> + Send + Sync + 'static,
) -> Result<Driven<T>> {
    let (next, work) = (Arc::new(AtomicUsize::new(0)), Arc::new((request, read)));
    let mut connections = Vec::with_capacity(lanes);
    for _ in 0..lanes {
        connections.push(Connection::open(server).await?);
    }
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for mut connection in connections {
        let (next, work) = (Arc::clone(&next), Arc::clone(&work));
        running.spawn(async move {
            let (mut done, mut latency) = (Vec::new(), microseconds()?);
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let is_over = match until {
                    Until::Count(count) => number >= count,
                    Until::Time(time) => begun.elapsed() >= time,
                };
                if is_over {
                    return anyhow::Ok((done, latency));
                }
                let request = (work.0)(number)?;
                let sent = Instant::now();
                let answer = connection.send(request).await?;
                latency.record(micros(sent.elapsed()))?;
                done.push((number, (work.1)(number, answer)?));
            }
        });
    }
    let (mut all, mut latency) = (Vec::new(), microseconds()?);
    while let Some(lane) = running.join_next().await {
        let (done, of_lane) = lane??;
        all.extend(done);
        latency.add(of_lane)?;
    }
    let time = begun.elapsed();
    all.sort_by_key(|(number, _)| *number);
    Ok(Driven { read: all, latency, time })
}
