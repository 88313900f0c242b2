//! The QR picture that does not load: once more, then its stand-in, then the deeplink. Midtrans' picture URL is known
//! to answer with JSON now and then.

use super::Payment;
use super::channel::Channel;
use super::clock::Moment;
use super::pace;
use super::problem::{Problem, ProblemCode};
use super::stage::{QrPicture, Stage};

/// Loads of one picture before its stand-in is tried.
const TRIES_EACH: u32 = 2;

impl Payment {
    pub(super) fn qr_shown(&mut self, now: Moment) {
        if let Some(following) = self.following_mut().filter(|following| following.is_open()) {
            following.qr.deadline = Some(now.after(pace::QR_TIME_LIMIT));
        }
    }

    /// The payer looks at something else: nobody waits for the picture.
    pub(super) fn qr_left(&mut self) {
        if let Some(following) = self.following_mut() {
            following.qr.deadline = None;
        }
    }

    pub(super) fn qr_loaded(&mut self) {
        let Some(following) = self.following_mut() else { return };
        following.qr.deadline = None;
        following.qr.given_up = false;
        following.notice = following.notice.take().filter(|notice| notice.code != ProblemCode::QrImage);
    }

    pub(super) fn qr_failed(&mut self, now: Moment) {
        let Stage::Following(following) = &mut self.stage else { return };
        if !following.is_open() || following.qr.given_up || following.qr.retry_at.is_some() {
            return;
        }
        following.qr.deadline = None;
        let tried = following.qr.tries + 1;
        if tried < TRIES_EACH {
            let wait = self.jitter.around(pace::wait_after(tried, None));
            following.qr.retry_at = Some(now.after(wait));
        } else if following.qr.index + 1 < following.charge.qr_codes.len() {
            following.qr = QrPicture { index: following.qr.index + 1, ..QrPicture::default() };
        } else {
            following.qr.given_up = true;
            let has_deeplink = following.charge.deeplink.is_some();
            self.notice(Problem::new(ProblemCode::QrImage, "none of the charge's QR pictures loads"));
            if has_deeplink {
                self.choose(Channel::Deeplink);
            }
        }
    }

    pub(super) fn woken_by_qr(&mut self, now: Moment) {
        let Some(following) = self.following_mut() else { return };
        if following.qr.deadline.is_some_and(|deadline| now >= deadline) {
            following.qr.deadline = None;
            return self.qr_failed(now);
        }
        if following.qr.retry_at.is_some_and(|at| now >= at) {
            following.qr.retry_at = None;
            following.qr.tries += 1;
        }
    }
}
