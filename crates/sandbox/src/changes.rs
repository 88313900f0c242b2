//! Signals changes to the page and to the state file.

use tokio::sync::watch;

/// Signals changes to listeners: the number of changes so far, or `None` once the sandbox stops. A listener reads for
/// itself what has changed.
#[derive(Debug)]
pub(crate) struct Changes(watch::Sender<Option<u64>>);

impl Default for Changes {
    fn default() -> Self {
        Self(watch::Sender::new(Some(0)))
    }
}

impl Changes {
    pub(crate) fn notify(&self) {
        self.0.send_modify(|count| *count = count.map(|count| count + 1));
    }

    /// Signals the end.
    pub(crate) fn end(&self) {
        self.0.send_replace(None);
    }

    pub(crate) fn listen(&self) -> watch::Receiver<Option<u64>> {
        self.0.subscribe()
    }
}
