//! Timers: every reason to wake up without an input from outside, in one table.

use super::clock::Moment;
use super::request::InFlight;
use super::stage::{Context, Flow, STAY, Stage};

/// A reason to wake up. Timers that are due at the same moment fire in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// When to abandon a charge without an answer; it is sent again later.
    ChargeTimeout,
    /// When to send a failed charge again.
    ChargeRetry,
    /// When to tell the payer that the charge has not been answered yet.
    ChargeSlow,
    /// When to abandon a cancel without an answer.
    CancelTimeout,
    /// When to abandon a poll without an answer.
    PollTimeout,
    /// When to close a push stream that has fallen silent, or to open a lost one again.
    PushStream,
    /// When to give up on a QR image that does not load, or to load it again.
    QrImage,
    /// When to tell the payer that the app did not open, or no longer that nothing is paid.
    AppHandoff,
    /// When the countdown shows the next second, or reaches zero.
    Countdown,
    /// When to poll.
    Poll,
}

impl Timer {
    const ALL: [Self; 10] = [
        Self::ChargeTimeout,
        Self::ChargeRetry,
        Self::ChargeSlow,
        Self::CancelTimeout,
        Self::PollTimeout,
        Self::PushStream,
        Self::QrImage,
        Self::AppHandoff,
        Self::Countdown,
        Self::Poll,
    ];

    /// When this timer is to fire, if it is set. Nothing is stored here: each concern knows its own deadline.
    fn deadline(self, stage: &Stage, context: &Context, now: Moment) -> Option<Moment> {
        match self {
            Self::ChargeTimeout => stage.charging()?.timeout(),
            Self::ChargeRetry => stage.charging()?.retry_at(),
            Self::ChargeSlow => stage.charging()?.slow_at(),
            Self::CancelTimeout => stage.tracking()?.cancel.map(InFlight::deadline),
            Self::PollTimeout => stage.tracking()?.poller.timeout(),
            Self::PushStream => stage.tracking()?.push_stream.deadline(),
            Self::QrImage => stage.tracking()?.qr_image.deadline(),
            Self::AppHandoff => stage.tracking()?.app_handoff.deadline(),
            Self::Countdown => stage.tracking()?.countdown_deadline(now, context),
            Self::Poll => stage.tracking()?.poller.next_poll_at(),
        }
    }

    /// Does what was to be done at the deadline.
    fn fire(self, stage: &mut Stage, context: &mut Context, now: Moment) -> Flow {
        match stage {
            Stage::Ready | Stage::Stopped(_) => {}
            Stage::Charging(charging) => match self {
                Self::ChargeTimeout => return charging.on_timeout(now, context),
                Self::ChargeRetry => charging.send_waiting(now, context),
                Self::ChargeSlow => charging.on_slow(context),
                Self::CancelTimeout
                | Self::PollTimeout
                | Self::PushStream
                | Self::QrImage
                | Self::AppHandoff
                | Self::Countdown
                | Self::Poll => {}
            },
            Stage::Tracking(tracking) => match self {
                Self::CancelTimeout => return tracking.on_cancel_timeout(now, context),
                Self::PollTimeout => return tracking.on_poll_timeout(now, context),
                Self::PushStream => tracking.on_stream_due(now, context),
                Self::QrImage => tracking.on_qr_due(now, context),
                Self::AppHandoff => tracking.app_handoff.on_timeout(now),
                Self::Countdown => tracking.on_countdown(now, context),
                Self::Poll => tracking.poll(now, context),
                Self::ChargeTimeout | Self::ChargeRetry | Self::ChargeSlow => {}
            },
        }
        STAY
    }
}

/// The earliest deadline; none where only an input from outside can change anything.
pub(crate) fn wakeup(stage: &Stage, context: &Context, now: Moment) -> Option<Moment> {
    Timer::ALL.iter().filter_map(|timer| timer.deadline(stage, context, now)).min()
}

/// Fires every timer whose deadline has passed, one after the other: what one does may set or clear the next.
pub(crate) fn fire_due(stage: &mut Stage, context: &mut Context, now: Moment) -> Flow {
    for timer in Timer::ALL {
        if timer.deadline(stage, context, now).is_some_and(|at| now >= at) {
            timer.fire(stage, context, now)?;
        }
    }
    STAY
}
