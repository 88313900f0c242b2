//! App handoff: the payer taps the deeplink, the GoPay app opens or does not, and the payer comes back.
//!
//! Browsers do not report whether a deeplink opened an app. A page that is still visible two seconds after the tap was
//! not replaced by one.

use super::canonical::bucket;
use super::clock::Moment;
use super::screen::AppReturnNotice;
use gopay_contract::{OrderId, split_once_ascii};

/// Time in which an app must hide the page after its link was tapped. Most take less than a second; a payer who still
/// sees the page after two is looking for what to do.
const OPENING_TIMEOUT: i64 = 2_000;
/// Time for which "not paid yet" is shown: long enough to be read twice.
const STILL_PENDING_FOR: i64 = 10_000;

/// The handoff to the app and the return from it.
///
/// The parts change independently: the dialog "Open in GoPay?" gives the page its focus back, which counts as a return,
/// while the app may still open or fail to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AppHandoff {
    launch: Launch,
    trip: Trip,
    check: ReturnCheck,
}

/// Outcome of the last tap: the app opened or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Launch {
    /// No tap waits for its app: there was none, or the app hid the page.
    Idle,
    /// Tapped; the app has until then to hide the page.
    Tapped { until: Moment },
    /// The page stayed visible: the payer needs another way.
    DidNotOpen,
}

/// The payer's place: on the page, or away in the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Trip {
    /// On the page.
    Home,
    /// The deeplink was tapped since the last return.
    Away,
}

/// Notice after a return, or after "Saya sudah bayar".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum ReturnCheck {
    /// Nothing.
    None,
    /// Came back; the status is being checked.
    Returned,
    /// Checked, and still pending. It is said until then.
    StillPending { until: Moment },
}

impl AppHandoff {
    /// No tap yet.
    pub(crate) const NONE: Self = Self { launch: Launch::Idle, trip: Trip::Home, check: ReturnCheck::None };

    /// The payer came back to a page that knew nothing yet, and the merchant says that the payment is still open.
    pub(crate) const fn still_pending(now: Moment) -> Self {
        Self { check: ReturnCheck::StillPending { until: now.after(STILL_PENDING_FOR) }, ..Self::NONE }
    }

    /// The payer tapped the deeplink.
    pub(crate) fn on_tapped(&mut self, now: Moment) {
        self.trip = Trip::Away;
        self.clear_still_pending();
        match self.launch {
            Launch::Idle | Launch::Tapped { .. } => {
                self.launch = Launch::Tapped { until: now.after(OPENING_TIMEOUT) };
            }
            // The other way stays offered until the app opens.
            Launch::DidNotOpen => {}
        }
    }

    /// The page is hidden, as it is behind the app.
    pub(crate) fn on_hidden(&mut self) {
        self.launch = Launch::Idle;
        self.clear_still_pending();
    }

    /// The payer switched between QR code and deeplink.
    pub(crate) fn on_channel_changed(&mut self) {
        match self.launch {
            Launch::Tapped { .. } => self.launch = Launch::Idle,
            // A payer without the app still has the QR code on the phone that should scan it, and may save it.
            Launch::Idle | Launch::DidNotOpen => {}
        }
        self.clear_still_pending();
    }

    /// The page's URL says that the payer comes from the app. The check begins once the page is visible ([`Self::on_resumed`]).
    pub(crate) fn on_returned_from_app(&mut self) {
        self.trip = Trip::Away;
    }

    /// The page is visible or focused again.
    pub(crate) fn on_resumed(&mut self) {
        match std::mem::replace(&mut self.trip, Trip::Home) {
            Trip::Away => self.check = ReturnCheck::Returned,
            Trip::Home => {}
        }
    }

    /// The payer says that he has paid.
    pub(crate) fn on_refresh(&mut self) {
        self.check = ReturnCheck::Returned;
    }

    /// The server answered with a status, and the payment is still open.
    pub(crate) fn on_status(&mut self, now: Moment) {
        match self.check {
            ReturnCheck::Returned => self.check = Self::still_pending(now).check,
            ReturnCheck::None | ReturnCheck::StillPending { .. } => {}
        }
    }

    /// "Not paid yet" has been shown long enough, or no longer fits.
    fn clear_still_pending(&mut self) {
        match self.check {
            ReturnCheck::StillPending { .. } => self.check = ReturnCheck::None,
            ReturnCheck::None | ReturnCheck::Returned => {}
        }
    }

    /// When the app counts as not opened.
    const fn opening_deadline(&self) -> Option<Moment> {
        match self.launch {
            Launch::Tapped { until } => Some(until),
            Launch::Idle | Launch::DidNotOpen => None,
        }
    }

    /// When "not paid yet" has been shown long enough.
    const fn still_pending_until(&self) -> Option<Moment> {
        match self.check {
            ReturnCheck::StillPending { until } => Some(until),
            ReturnCheck::None | ReturnCheck::Returned => None,
        }
    }

    /// When what is shown changes by itself.
    pub(crate) fn deadline(&self) -> Option<Moment> {
        match (self.opening_deadline(), self.still_pending_until()) {
            (Some(opening), Some(pending)) => Some(opening.min(pending)),
            (opening, pending) => opening.or(pending),
        }
    }

    /// A deadline has passed. Of a tap: and the page is still visible.
    pub(crate) fn on_timeout(&mut self, now: Moment) {
        if self.opening_deadline().is_some_and(|until| now >= until) {
            self.launch = Launch::DidNotOpen;
        }
        if self.still_pending_until().is_some_and(|until| now >= until) {
            self.clear_still_pending();
        }
    }

    /// Returns whether a status check after a return is under way.
    pub(crate) const fn is_checking(&self) -> bool {
        match self.check {
            ReturnCheck::Returned => true,
            ReturnCheck::None | ReturnCheck::StillPending { .. } => false,
        }
    }

    /// Notice to show beside the ways to pay.
    pub(crate) const fn notice(&self) -> AppReturnNotice {
        match (self.launch, self.check) {
            (Launch::DidNotOpen, _) => AppReturnNotice::NotOpened,
            (Launch::Idle | Launch::Tapped { .. }, ReturnCheck::StillPending { .. }) => AppReturnNotice::Unpaid,
            (Launch::Idle | Launch::Tapped { .. }, ReturnCheck::None | ReturnCheck::Returned) => AppReturnNotice::None,
        }
    }

    /// Replaces times by placeholders.
    pub(super) fn normalise(&mut self, now: Moment) {
        if let Launch::Tapped { until } = &mut self.launch {
            *until = bucket(*until, now);
        }
        if let ReturnCheck::StillPending { until } = &mut self.check {
            *until = bucket(*until, now);
        }
    }
}

/// Returns whether the GoPay app added `search` (a URL's query) to `callback_url` for this order: it holds `order_id` and
/// `result`.
///
/// The app appends naively, so a second `?` may stand where `&` should. The value of `result` is not read: a return says
/// nothing about the money.
#[must_use]
pub fn is_return_for(order: &OrderId, search: &str) -> bool {
    let value = |name: &str| {
        search
            .split(['?', '&'])
            .find_map(|pair| split_once_ascii(pair, b'=').filter(|(key, _)| *key == name).map(|(_, value)| value))
    };
    let of_this_order =
        value("order_id").and_then(|id| OrderId::parse(id).ok()).is_some_and(|id| id.is_attempt_at(order));
    of_this_order && value("result").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_is_recognised_however_it_joins_the_query() {
        let order = OrderId::parse("order-101").expect("valid");
        for search in [
            "?order_id=order-101&result=success",
            "?order_id=order-101-2&result=failure",
            "?a=1&order_id=order-101&result=success",
            "?a=1?order_id=order-101&result=success",
        ] {
            assert!(is_return_for(&order, search), "{search}");
        }
        for search in [
            "",
            "?order_id=order-101",
            "?result=success",
            "?order_id=order-9&result=success",
            "?order_id=order-1012&result=success",
        ] {
            assert!(!is_return_for(&order, search), "{search}");
        }
    }

    #[test]
    fn a_dialog_that_gives_the_focus_back_does_not_hide_that_the_app_did_not_open() {
        let mut handoff = AppHandoff::NONE;
        handoff.on_tapped(Moment(0));
        handoff.on_resumed();
        assert!(handoff.is_checking());
        handoff.on_status(Moment(500));
        assert_eq!(handoff.notice(), AppReturnNotice::Unpaid);
        assert_eq!(handoff.deadline(), Some(Moment(OPENING_TIMEOUT)));
        handoff.on_timeout(Moment(OPENING_TIMEOUT));
        assert_eq!(handoff.notice(), AppReturnNotice::NotOpened);
    }
}
