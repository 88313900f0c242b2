//! The screen to show, derived from the payment and the time: all that the view learns of a payment but the seconds left.

use super::clock::Moment;
use super::device::Channel;
use super::problem::Problem;
use super::stage::{Context, Stage};
use super::tracking::Tracking;
use super::trust::TrustedUrl;
use gopay_contract::{GrossAmount, JakartaTime, OrderId, TransactionId, TransactionStatus};

/// The value of the reflected attribute `state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StateName {
    /// The widget has not started yet.
    Loading,
    /// The payer may press the button.
    Ready,
    /// The charge was requested.
    Charging,
    /// There is something to pay with.
    Pending,
    /// The payment may have ended; the status is being polled.
    Checking,
    /// Paid.
    Settlement,
    /// Not paid in time.
    Expire,
    /// Cancelled.
    Cancel,
    /// Refused by GoPay (or failed there).
    Deny,
    /// Refunded, in part or whole.
    Refund,
    /// Something keeps the payment from going on.
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

    /// The value of the attribute.
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

/// Notice about the handoff to the app and the return from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AppReturnNotice {
    /// Nothing.
    #[default]
    None,
    /// The deeplink was tapped, and the app did not open.
    NotOpened,
    /// The payer came back, or says that he has paid; the status is being checked, or can be.
    Returned,
    /// Checked after the return; still pending.
    Unpaid,
}

/// The lines of a receipt beside order and amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Midtrans' id of the transaction.
    pub transaction_id: TransactionId,
    /// Time of the payment, where a status has named it.
    pub settlement_time: Option<JakartaTime>,
}

/// Everything that the view shows of a payment, but the seconds left. Equal screens look alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// The state that is shown.
    pub state: StateName,
    /// The shop's order.
    pub order_id: Option<OrderId>,
    /// The amount to pay, or that was paid.
    pub gross_amount: Option<GrossAmount>,
    /// The way to pay that is shown.
    pub channel: Channel,
    /// The QR image, and how often it was loaded again.
    pub qr: Option<(TrustedUrl, u32)>,
    /// The deeplink to the app.
    pub deeplink: Option<TrustedUrl>,
    /// True if there is another way to switch to.
    pub can_switch: bool,
    /// True if "Coba lagi" helps.
    pub can_retry: bool,
    /// True if the payer may cancel.
    pub can_cancel: bool,
    /// The handoff to the app and the return from it.
    pub app_notice: AppReturnNotice,
    /// Problem that stops the payment (state `problem`), or that the payer should know meanwhile.
    pub problem: Option<Problem>,
    /// Receipt of a payment that was made.
    pub receipt: Option<Receipt>,
}

impl Screen {
    /// A screen that shows only its state.
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
            app_notice: AppReturnNotice::None,
            problem: None,
            receipt: None,
        }
    }

    /// Returns whether it shows a QR code that waits to be scanned.
    #[must_use]
    pub fn is_scannable(&self) -> bool {
        self.qr.is_some() && self.channel == Channel::Qr
    }
}

/// The screen of a payment at `now`.
pub(super) fn screen(stage: &Stage, context: &Context, now: Moment) -> Screen {
    let expected = &context.options.expected;
    let screen = |state| Screen {
        order_id: Some(expected.order_id.clone()),
        gross_amount: expected.gross_amount,
        ..Screen::empty(state, context.channel)
    };
    match stage {
        Stage::Ready => {
            let app_notice = if context.has_returned { AppReturnNotice::Returned } else { AppReturnNotice::None };
            Screen { app_notice, ..screen(StateName::Ready) }
        }
        Stage::Charging(charging) => Screen {
            problem: charging.notice().cloned(),
            can_retry: charging.notice().is_some(),
            ..screen(StateName::Charging)
        },
        Stage::Tracking(tracking) => tracking_screen(tracking, context, now, screen),
        Stage::Stopped(stopped) => Screen {
            can_retry: stopped.problem.is_retryable(),
            problem: Some(stopped.problem.clone()),
            ..screen(StateName::Problem)
        },
    }
}

fn tracking_screen(
    tracking: &Tracking,
    context: &Context,
    now: Moment,
    screen: impl Fn(StateName) -> Screen,
) -> Screen {
    let gross_amount = Some(tracking.charge.gross_amount);
    if !tracking.is_open() {
        let can_retry = tracking.may_be_retried();
        let state = StateName::of(&tracking.status);
        let receipt = (state == StateName::Settlement).then(|| Receipt {
            transaction_id: tracking.charge.transaction_id.clone(),
            settlement_time: tracking.charge.settlement_time,
        });
        return Screen { gross_amount, can_retry, receipt, ..screen(state) };
    }
    let problem = tracking.notice.clone();
    let can_cancel = context.options.can_cancel && !tracking.is_cancelling();
    if tracking.is_checking(now, context) {
        let app_notice =
            if tracking.may_have_ended(now, context) { AppReturnNotice::None } else { AppReturnNotice::Returned };
        return Screen { gross_amount, problem, can_cancel, app_notice, ..screen(StateName::Checking) };
    }
    let qr = tracking.qr().map(|(url, reloads)| (url.clone(), reloads));
    let deeplink = tracking.charge.deeplink.clone();
    Screen {
        gross_amount,
        problem,
        can_cancel,
        app_notice: tracking.app_handoff.notice(),
        channel: tracking.channel(context.channel),
        can_switch: qr.is_some() && deeplink.is_some(),
        qr,
        deeplink,
        ..screen(StateName::Pending)
    }
}
