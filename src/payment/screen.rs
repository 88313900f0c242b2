//! What the payer sees, derived from the payment and the moment. The picture knows nothing else.

use super::Payment;
use super::channel::Channel;
use super::clock::Moment;
use super::problem::Problem;
use super::stage::{Following, Stage};
use super::trust::TrustedUrl;
use gopay_contract::{GrossAmount, OrderId, TransactionStatus};

/// The value of the reflected attribute `state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StateName {
    /// The widget itself is not there yet.
    Loading,
    /// The payer may press the button.
    Ready,
    /// The charge is on its way.
    Charging,
    /// There is something to pay with.
    Pending,
    /// We have reason to think that it ended, and are asking.
    Checking,
    /// Paid.
    Settlement,
    /// Not paid in time.
    Expire,
    /// Cancelled.
    Cancel,
    /// Refused by GoPay (or failed there).
    Deny,
    /// Given back, in part or whole.
    Refund,
    /// Something has to be done first.
    Problem,
}

impl StateName {
    /// Every state, for lists.
    pub const ALL: [Self; 11] = [
        Self::Loading,
        Self::Ready,
        Self::Charging,
        Self::Pending,
        Self::Checking,
        Self::Settlement,
        Self::Expire,
        Self::Cancel,
        Self::Deny,
        Self::Refund,
        Self::Problem,
    ];

    /// The word in the attribute.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Ready => "ready",
            Self::Charging => "charging",
            Self::Pending => "pending",
            Self::Checking => "checking",
            Self::Settlement => "settlement",
            Self::Expire => "expire",
            Self::Cancel => "cancel",
            Self::Deny => "deny",
            Self::Refund => "refund",
            Self::Problem => "problem",
        }
    }

    /// The state that shows a final status.
    #[must_use]
    pub const fn of(status: &TransactionStatus) -> Self {
        match status {
            TransactionStatus::Pending | TransactionStatus::Authorize | TransactionStatus::Unknown(_) => Self::Pending,
            TransactionStatus::Settlement | TransactionStatus::Capture => Self::Settlement,
            TransactionStatus::Expire => Self::Expire,
            TransactionStatus::Cancel => Self::Cancel,
            TransactionStatus::Deny | TransactionStatus::Failure => Self::Deny,
            TransactionStatus::Refund | TransactionStatus::PartialRefund => Self::Refund,
        }
    }
}

/// What there is to say of the payer's way to the app and back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Detour {
    /// Nothing.
    #[default]
    None,
    /// The link was tapped, and the page never went away.
    NotOpened,
    /// The payer is back, or says that he has paid, and is told in a moment.
    CameBack,
    /// He was asked about, and nothing is paid yet.
    Unpaid,
}

/// One screen. Equal screens look alike, so that a ticking countdown does not rebuild the QR picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Which.
    pub state: StateName,
    /// The shop's order.
    pub order_id: Option<OrderId>,
    /// What there is to pay, or was paid.
    pub gross_amount: Option<GrossAmount>,
    /// The way to pay that is shown.
    pub channel: Channel,
    /// The QR picture, and how often it was loaded anew.
    pub qr: Option<(TrustedUrl, u32)>,
    /// The link.
    pub deeplink: Option<TrustedUrl>,
    /// Whether there is another way to switch to.
    pub can_switch: bool,
    /// Whether "Coba lagi" helps.
    pub can_retry: bool,
    /// Whether the payer may cancel.
    pub can_cancel: bool,
    /// The way to the app and back.
    pub detour: Detour,
    /// What has to be done first (state `problem`), or should be known meanwhile.
    pub problem: Option<Problem>,
}

impl Screen {
    /// A screen with nothing on it yet.
    #[must_use]
    pub fn empty(state: StateName, channel: Channel) -> Self {
        Self {
            state,
            order_id: None,
            gross_amount: None,
            channel,
            qr: None,
            deeplink: None,
            can_switch: false,
            can_retry: false,
            can_cancel: false,
            detour: Detour::None,
            problem: None,
        }
    }
}

impl Payment {
    /// What the payer sees at `now`.
    #[must_use]
    pub fn screen(&self, now: Moment) -> Screen {
        let screen = |state| Screen {
            order_id: Some(self.plan.terms.order_id.clone()),
            gross_amount: self.plan.terms.gross_amount,
            ..Screen::empty(state, self.channel)
        };
        match &self.stage {
            Stage::Ready => screen(StateName::Ready),
            Stage::Charging(charging) => Screen {
                problem: charging.notice.clone(),
                can_retry: charging.notice.is_some(),
                ..screen(StateName::Charging)
            },
            Stage::Following(following) => self.following_screen(now, following, screen),
            Stage::Stopped(stopped) => Screen {
                can_retry: stopped.problem.is_retryable(),
                problem: Some(stopped.problem.clone()),
                ..screen(StateName::Problem)
            },
        }
    }

    fn following_screen(&self, now: Moment, following: &Following, screen: impl Fn(StateName) -> Screen) -> Screen {
        let gross_amount = Some(following.charge.gross_amount);
        let problem = following.notice.clone();
        if !following.is_open() {
            let can_retry = following.may_be_retried();
            return Screen { gross_amount, can_retry, ..screen(StateName::of(&following.status)) };
        }
        let can_cancel = self.plan.can_cancel && following.cancelling.is_none();
        if following.is_checking(now, self.server) {
            let detour = if following.may_have_ended(now, self.server) { Detour::None } else { Detour::CameBack };
            return Screen { gross_amount, problem, can_cancel, detour, ..screen(StateName::Checking) };
        }
        let detour = match (following.stranded, following.unpaid) {
            (true, _) => Detour::NotOpened,
            (false, true) => Detour::Unpaid,
            (false, false) => Detour::None,
        };
        let qr_codes = if following.qr.given_up { &[][..] } else { &following.charge.qr_codes };
        let qr = qr_codes.get(following.qr.index).map(|url| (url.clone(), following.qr.tries));
        let deeplink = following.charge.deeplink.clone();
        let channel = match (self.channel, &qr, &deeplink) {
            (Channel::Qr, None, Some(_)) => Channel::Deeplink,
            (Channel::Deeplink, Some(_), None) => Channel::Qr,
            (channel, _, _) => channel,
        };
        Screen {
            gross_amount,
            problem,
            can_cancel,
            detour,
            channel,
            can_switch: qr.is_some() && deeplink.is_some(),
            qr,
            deeplink,
            ..screen(StateName::Pending)
        }
    }
}
