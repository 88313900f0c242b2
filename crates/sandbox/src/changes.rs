//! Telling whoever looks on that something has changed: the page, and the file.

use tokio::sync::watch;

/// How often anything has changed, or nothing once the sandbox stops. Whoever listens looks for itself at what it is.
#[derive(Debug)]
pub(crate) struct Changes(watch::Sender<Option<u64>>);

impl Default for Changes {
    fn default() -> Self {
        Self(watch::Sender::new(Some(0)))
    }
}

impl Changes {
    pub(crate) fn tell(&self) {
        self.0.send_modify(|count| *count = count.map(|count| count + 1));
    }

    /// The last word.
    pub(crate) fn end(&self) {
        self.0.send_replace(None);
    }

    pub(crate) fn listen(&self) -> watch::Receiver<Option<u64>> {
        self.0.subscribe()
    }
}
