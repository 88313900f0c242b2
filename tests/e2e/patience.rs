//! Waiting for what is to happen, and not for a time that somebody guessed.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// Far longer than anything here takes, so that only a promise that is broken gets there.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often to look.
const LOOK: Duration = Duration::from_millis(50);

/// Looks again and again until `look` gives `Ok`, and gives back what it then saw.
///
/// # Panics
/// When it never is so: with `what` was waited for and what was seen last.
pub async fn eventually<T, Seen: Debug>(what: &str, mut look: impl AsyncFnMut() -> Result<T, Seen>) -> T {
    let begun = Instant::now();
    loop {
        match look().await {
            Ok(it) => return it,
            Err(seen) if begun.elapsed() > PATIENCE => {
                panic!("waited {} s for this: {what}\nlast seen: {seen:#?}", PATIENCE.as_secs())
            }
            Err(_) => tokio::time::sleep(LOOK).await,
        }
    }
}
