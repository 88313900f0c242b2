//! The push stream: while it lives, asking is rare; when it is lost, asking takes over until it is back.

use super::Payment;
use super::clock::Moment;
use super::effect::Effect;
use super::heard::{Heard, Trouble};
use super::input::RequestId;
use super::pace;
use super::problem::ProblemCode;
use super::stage::{Stage, Watch};

impl Payment {
    /// Opens the stream if the merchant has one and it is not there already.
    pub(super) fn keep_watching(&mut self, now: Moment) {
        let can_watch = self.plan.can_watch && !self.follows;
        match &self.stage {
            Stage::Following(following) if can_watch && following.watch == Watch::Off && !following.watch_refused => {
                self.open_watch(now);
            }
            Stage::Ready | Stage::Charging(_) | Stage::Following(_) | Stage::Stopped(_) => {}
        }
    }

    /// Opens a lost stream now instead of later.
    pub(super) fn reopen_watch(&mut self, now: Moment) {
        match &self.stage {
            Stage::Following(following) if following.is_open() && !self.follows => match following.watch {
                Watch::Down { .. } => self.open_watch(now),
                Watch::Off | Watch::Opening { .. } | Watch::Live { .. } => {}
            },
            Stage::Ready | Stage::Charging(_) | Stage::Following(_) | Stage::Stopped(_) => {}
        }
    }

    fn open_watch(&mut self, now: Moment) {
        let request = self.next_request();
        let Stage::Following(following) = &mut self.stage else { return };
        following.watch = Watch::Opening { request, since: now };
        let transaction_id = following.charge.transaction_id.clone();
        self.effects.push(Effect::StartWatching { request, transaction_id });
    }

    pub(super) fn watch_lives(&mut self, now: Moment, id: RequestId) {
        let Some(following) = self.following_mut() else { return };
        if !following.watch.is(id) {
            return;
        }
        let opened = !following.watch.is_live();
        following.watch = Watch::Live { request: id, last_heard: now };
        if opened && following.asked.is_none() {
            self.follow_on(now);
        }
    }

    pub(super) fn status_pushed(&mut self, now: Moment, id: RequestId, heard: &Heard) {
        self.watch_lives(now, id);
        if self.following_mut().is_some_and(|following| following.watch.is(id)) {
            self.heard_status(now, heard);
        }
    }

    /// A push that cannot be read is no status, and asking will tell what is wrong; but a secret in it lies open now.
    pub(super) fn push_unreadable(&mut self, id: RequestId, trouble: Trouble) {
        let Some(following) = self.following_mut() else { return };
        if following.is_open() && following.watch.is(id) && trouble.problem.code == ProblemCode::ServerKey {
            self.stop(trouble.problem);
        }
    }

    /// A door that is shut is not knocked at for ever. Asking goes on, and says so if that door is shut too.
    pub(super) fn watch_refused(&mut self, now: Moment, id: RequestId) {
        let Stage::Following(following) = &mut self.stage else { return };
        if following.watch.is(id) {
            following.watch = Watch::Off;
            following.watch_refused = true;
            self.ask(now);
        }
    }

    /// The stream is gone: ask at once, open it again after a while.
    pub(super) fn watch_lost(&mut self, now: Moment, id: RequestId) {
        let Stage::Following(following) = &mut self.stage else { return };
        if !following.watch.is(id) {
            return;
        }
        // One that stood starts the waits anew; one that never stood does not, or a merchant whose stream answers and
        // breaks would be asked without end.
        let was_live = following.watch.is_live();
        let failures = if was_live { 1 } else { following.watch_failures + 1 };
        following.watch_failures = failures;
        let retry_at = now.after(self.jitter.around(pace::wait_after(failures + 1, None)));
        following.watch = Watch::Down { retry_at };
        if was_live {
            self.ask(now);
        }
    }

    pub(super) fn watch_is_silent(&mut self, now: Moment, id: RequestId) {
        self.effects.push(Effect::StopWatching);
        self.watch_lost(now, id);
    }

    pub(super) fn retry_watch(&mut self, now: Moment) {
        self.open_watch(now);
    }

    pub(super) fn stop_watching(&mut self) {
        let Stage::Following(following) = &mut self.stage else { return };
        match std::mem::replace(&mut following.watch, Watch::Off) {
            Watch::Opening { .. } | Watch::Live { .. } => self.effects.push(Effect::StopWatching),
            Watch::Off | Watch::Down { .. } => {}
        }
    }
}
