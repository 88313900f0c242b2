//! The QR image: loaded, loaded again when it fails, then replaced by the charge's next QR action.
//!
//! Midtrans' image URL is known to answer with JSON now and then. When no image loads, the deeplink takes over.

use super::backoff::{Jitter, backoff_delay};
use super::canonical::bucket;
use super::clock::Moment;

/// Loads of one image before the next one is tried.
const LOADS_EACH: u32 = 2;
/// Time limit for loading an image. A few kilobytes take no such time even on the slowest network that a payment by phone
/// works on.
const LOAD_TIMEOUT: i64 = 20_000;

/// The QR image in use, and the state of loading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct QrImage {
    /// Index into the charge's `qr_codes`.
    index: usize,
    /// Number of reloads of this image.
    reloads: u32,
    state: QrState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum QrState {
    /// Not on the screen.
    Hidden,
    /// On the screen, not loaded yet. An `<img>` whose host never answers reports neither success nor failure.
    Loading { deadline: Moment },
    /// On the screen.
    Loaded,
    /// Did not load; to be loaded again.
    Failed { retry_at: Moment },
    /// None of the images loads.
    GivenUp,
}

impl QrImage {
    /// The first image, not shown yet.
    pub(crate) const FIRST: Self = Self::at(0);

    const fn at(index: usize) -> Self {
        Self { index, reloads: 0, state: QrState::Hidden }
    }

    /// The image to show, and how often it was loaded again; none when no image loads.
    pub(crate) fn current<'a, T>(&self, images: &'a [T]) -> Option<(&'a T, u32)> {
        match self.state {
            QrState::GivenUp => None,
            QrState::Hidden | QrState::Loading { .. } | QrState::Loaded | QrState::Failed { .. } => {
                images.get(self.index).map(|image| (image, self.reloads))
            }
        }
    }

    /// The screen now shows the image, or does not. Each time that it appears it loads, with a new time limit.
    pub(crate) fn set_shown(&mut self, is_shown: bool, now: Moment) {
        match (self.state, is_shown) {
            (QrState::Hidden, true) => self.state = QrState::Loading { deadline: now.after(LOAD_TIMEOUT) },
            (QrState::Loading { .. } | QrState::Loaded, false) => self.state = QrState::Hidden,
            (QrState::Loading { .. } | QrState::Loaded, true)
            | (QrState::Hidden, false)
            | (QrState::Failed { .. } | QrState::GivenUp, _) => {}
        }
    }

    /// The image is there, if late.
    pub(crate) fn on_loaded(&mut self) {
        match self.state {
            QrState::Hidden | QrState::Loading { .. } | QrState::Loaded | QrState::Failed { .. } => {
                self.state = QrState::Loaded;
            }
            // It comes onto the screen again, and is loaded once more.
            QrState::GivenUp => self.state = QrState::Hidden,
        }
    }

    /// The image did not load. Returns whether that was the last of `count` images.
    pub(crate) fn on_failed(&mut self, now: Moment, count: usize, jitter: &mut Jitter) -> bool {
        match self.state {
            QrState::Hidden | QrState::Loading { .. } | QrState::Loaded => {}
            QrState::Failed { .. } | QrState::GivenUp => return false,
        }
        let loads = self.reloads + 1;
        if loads < LOADS_EACH {
            self.state = QrState::Failed { retry_at: now.after(jitter.around(backoff_delay(loads, None))) };
        } else if self.index + 1 < count {
            *self = Self::at(self.index + 1);
        } else {
            self.state = QrState::GivenUp;
        }
        self.state == QrState::GivenUp
    }

    /// When loading counts as failed, or when to load again.
    pub(crate) const fn deadline(&self) -> Option<Moment> {
        match self.state {
            QrState::Loading { deadline: at } | QrState::Failed { retry_at: at } => Some(at),
            QrState::Hidden | QrState::Loaded | QrState::GivenUp => None,
        }
    }

    /// The deadline has passed. Returns as [`on_failed`](Self::on_failed).
    pub(crate) fn on_timeout(&mut self, now: Moment, count: usize, jitter: &mut Jitter) -> bool {
        match self.state {
            QrState::Failed { .. } => {
                self.reloads += 1;
                self.state = QrState::Hidden;
                false
            }
            QrState::Loading { .. } => self.on_failed(now, count, jitter),
            QrState::Hidden | QrState::Loaded | QrState::GivenUp => false,
        }
    }

    /// Replaces times by placeholders.
    pub(super) fn normalise(&mut self, now: Moment) {
        if let QrState::Loading { deadline: at } | QrState::Failed { retry_at: at } = &mut self.state {
            *at = bucket(*at, now);
        }
    }
}
