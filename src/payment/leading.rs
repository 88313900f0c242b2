//! Several elements on one order, in one tab or many: one leads, that is, asks and watches; the others listen for word
//! that there is something new, and then ask for themselves. Nothing that another element says is believed.

use super::Payment;
use super::clock::Moment;
use super::stage::Stage;

impl Payment {
    pub(super) fn follow_another(&mut self, now: Moment) {
        self.follows = true;
        self.stop_watching();
        self.rearrange(now);
    }

    pub(super) fn lead(&mut self, now: Moment) {
        self.follows = false;
        self.rearrange(now);
    }

    pub(super) fn news_elsewhere(&mut self, now: Moment) {
        match &self.stage {
            Stage::Following(following) if following.is_open() || following.may_still_settle() => self.ask(now),
            Stage::Ready | Stage::Charging(_) | Stage::Following(_) | Stage::Stopped(_) => {}
        }
    }

    /// Another pace from now on. A failed ask keeps its own.
    fn rearrange(&mut self, now: Moment) {
        match &self.stage {
            Stage::Following(following)
                if following.is_open() && following.asked.is_none() && following.failures == 0 =>
            {
                self.follow_on(now);
            }
            Stage::Ready | Stage::Charging(_) | Stage::Following(_) | Stage::Stopped(_) => {}
        }
    }
}
