//! Polls a condition instead of sleeping for a guessed time.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// Far longer than anything here takes: only a broken promise times out.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Pause between two polls.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Calls `probe` until it returns `Ok`, and returns that value.
///
/// # Panics
/// After 30 seconds, with `what` and the last `Err`.
pub async fn eventually<T, Seen: Debug>(what: &str, mut probe: impl AsyncFnMut() -> Result<T, Seen>) -> T {
    let begun = Instant::now();
    loop {
        match probe().await {
            Ok(it) => return it,
            Err(seen) if begun.elapsed() > TIMEOUT => {
                panic!("waited {} s for this: {what}\nlast seen: {seen:#?}", TIMEOUT.as_secs())
            }
            Err(_) => tokio::time::sleep(POLL_INTERVAL).await,
        }
    }
}
