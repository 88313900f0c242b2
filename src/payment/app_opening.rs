//! The payer taps the deeplink. Whether the app opens nobody tells a page; that the page is still looked at two seconds
//! later tells that it did not.

use super::clock::Moment;
use super::{Payment, pace};

impl Payment {
    pub(super) fn deeplink_tapped(&mut self, now: Moment) {
        let Some(following) = self.following_mut() else { return };
        following.tapped = true;
        following.unpaid = false;
        following.opens_by = Some(now.after(pace::APP_OPENS));
    }

    /// The page is hidden, as it is behind the app; or the payer pays another way.
    pub(super) fn app_is_forgotten(&mut self) {
        let hidden = self.hidden;
        let Some(following) = self.following_mut() else { return };
        following.opens_by = None;
        following.unpaid = false;
        // Who has chosen the QR code instead still has it on the phone that should scan it.
        following.stranded &= !hidden;
    }

    pub(super) fn woken_by_app(&mut self, now: Moment) {
        let Some(following) = self.following_mut() else { return };
        if following.opens_by.is_some_and(|at| now >= at) {
            following.opens_by = None;
            following.stranded = true;
        }
    }
}
