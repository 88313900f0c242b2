//! What may happen to a payment: one machine, without clock, DOM or network.
//!
//! ```text
//!             PayPressed / Begun            answered: pending
//!   Ready ───────────────────────► Charging ────────────────► Following(pending)
//!                                   │  ▲ ▲                        │        │
//!              refused, unreadable, │  │ └── RetryPressed ──┐     │ told   │ a status names another
//!              another amount       ▼  │                    │     ▼        │ transaction: ask charge-url again
//!                                Stopped                    └─ Following(expire, cancel, deny …)
//!                                                              Following(settlement) ─► refund
//! ```
//!
//! The driver's part: *take one input → [`Payment::step`] → carry out the effects in order → arm one timer at
//! [`Payment::wakeup`] → show [`Payment::screen`]*. Time comes in as an argument; the machine never reads a clock.
//!
//! Its law is contract §3: only the merchant's status ends a payment. A countdown at zero, a return from the app, a
//! closed tab are reasons to ask at once, and none is an answer.

mod app_opening;
mod app_return;
mod asking;
mod channel;
mod charge;
mod charging;
mod clock;
mod effect;
mod heard;
mod hearing;
mod in_app_browser;
mod input;
mod leading;
mod pace;
mod problem;
mod qr_picture;
mod screen;
mod situation;
mod stage;
mod trust;
mod wakeup;
mod watching;

pub use app_return::is_return_for;
pub use channel::{Channel, Device};
pub use charge::{Charge, Terms};
pub use clock::{Moment, UnixMillis};
pub use effect::{Effect, News};
pub use heard::{Heard, Trouble, looks_like_server_key, read_answer};
pub use in_app_browser::{InAppBrowser, in_app_browser, way_out};
pub use input::{Attempt, Input, RequestId};
pub use problem::{Problem, ProblemCode, ProblemKind};
pub use screen::{Detour, Screen, StateName};
pub use trust::{Trust, TrustedUrl, is_host};

use clock::ServerClock;
use gopay_contract::{TransactionId, TransactionStatus};
use pace::Jitter;
use stage::{Following, Stage, Stopped};

/// How one element follows one order: fixed for its life.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Plan {
    /// What every answer is held against.
    pub terms: Terms,
    /// The way to pay that is shown first.
    pub channel: Channel,
    /// Whether the merchant pushes statuses (`events-url`).
    pub can_watch: bool,
    /// Whether the payer may cancel (`cancel-url`).
    pub can_cancel: bool,
    /// Spreads payers over time; any number.
    pub seed: u32,
}

/// A payment: its stage, and what was learned on the way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Payment {
    plan: Plan,
    stage: Stage,
    channel: Channel,
    attempt: Attempt,
    last_request: RequestId,
    server: Option<ServerClock>,
    /// The ends that the page was told of: each is told once.
    told: Vec<(TransactionId, TransactionStatus)>,
    /// Another element on this order asks and watches for all.
    follows: bool,
    hidden: bool,
    offline: bool,
    jitter: Jitter,
    effects: Vec<Effect>,
}

impl Payment {
    /// A payment that nobody has asked for yet.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self {
            channel: plan.channel,
            jitter: Jitter::new(plan.seed),
            plan,
            stage: Stage::Ready,
            attempt: Attempt(0),
            last_request: RequestId(0),
            server: None,
            told: Vec::new(),
            follows: false,
            hidden: false,
            offline: false,
            effects: Vec::new(),
        }
    }

    /// Takes in what has happened at `now`; gives back what is to be done about it, in order.
    #[must_use = "effects are orders: undone, the payment stands still"]
    pub fn step(&mut self, now: Moment, input: Input) -> Vec<Effect> {
        match input {
            Input::Begun | Input::PayPressed => self.begin(now),
            Input::RetryPressed => self.retry(now),
            Input::RefreshPressed => self.refresh(now),
            Input::CancelPressed => self.cancel(now),
            Input::ChargeAnswered(request, result) => self.charge_answered(now, request, result),
            Input::StatusAnswered(request, result) => self.status_answered(now, request, result),
            Input::CancelAnswered(request, result) => self.cancel_answered(now, request, result),
            Input::WatchOpened(request) | Input::WatchHeartbeat(request) => self.watch_lives(now, request),
            Input::StatusPushed(request, heard) => self.status_pushed(now, request, &heard),
            Input::PushUnreadable(request, trouble) => self.push_unreadable(request, trouble),
            Input::WatchRefused(request) => self.watch_refused(now, request),
            Input::WatchLost(request) => self.watch_lost(now, request),
            Input::CameBack => self.came_back(now),
            Input::ReturnedFromApp => self.returned_from_app(now),
            Input::Follows => self.follow_another(now),
            Input::Leads => self.lead(now),
            Input::NewsElsewhere => self.news_elsewhere(now),
            Input::Hidden => self.hide(),
            Input::WentOffline => self.went_offline(),
            Input::ChannelChosen(channel) => self.choose(channel),
            Input::DeeplinkTapped => self.deeplink_tapped(now),
            Input::QrShown => self.qr_shown(now),
            Input::QrLoaded => self.qr_loaded(),
            Input::QrFailed => self.qr_failed(now),
            Input::Woken => self.woken(now),
        }
        std::mem::take(&mut self.effects)
    }

    /// The last status that was believed.
    #[must_use]
    pub fn transaction_status(&self) -> Option<&TransactionStatus> {
        self.following().map(|following| &following.status)
    }

    /// The transaction that is followed.
    #[must_use]
    pub fn transaction_id(&self) -> Option<&TransactionId> {
        self.following().map(|following| &following.charge.transaction_id)
    }

    fn following(&self) -> Option<&Following> {
        match &self.stage {
            Stage::Following(following) => Some(following),
            Stage::Charging(charging) => charging.superseded.as_deref(),
            Stage::Ready | Stage::Stopped(_) => None,
        }
    }

    fn following_mut(&mut self) -> Option<&mut Following> {
        match &mut self.stage {
            Stage::Following(following) => Some(following),
            Stage::Ready | Stage::Charging(_) | Stage::Stopped(_) => None,
        }
    }

    fn choose(&mut self, channel: Channel) {
        if self.channel != channel {
            self.channel = channel;
            self.qr_left();
            self.app_is_forgotten();
            self.tell(News::Channel(channel));
        }
    }

    fn next_request(&mut self) -> RequestId {
        self.last_request.0 += 1;
        self.last_request
    }

    fn tell(&mut self, news: News) {
        self.effects.push(Effect::Tell(news));
    }

    /// Ends here: nothing is asked any more, nothing to pay with is shown.
    fn stop(&mut self, problem: Problem) {
        self.abandon_all();
        self.tell(News::Problem(problem.clone()));
        let retry_of = match &mut self.stage {
            Stage::Charging(charging) => charging.retry_of.take(),
            Stage::Ready | Stage::Following(_) | Stage::Stopped(_) => None,
        };
        self.stage = Stage::Stopped(Stopped { problem, retry_of });
    }

    /// Ends every request and stream of the current stage.
    fn abandon_all(&mut self) {
        let in_flight = match &mut self.stage {
            Stage::Charging(charging) => [charging.in_flight.take(), None],
            Stage::Following(following) => [following.asked.take(), following.cancelling.take()],
            Stage::Ready | Stage::Stopped(_) => [None, None],
        };
        self.effects.extend(in_flight.into_iter().flatten().map(|flight| Effect::Abandon(flight.request)));
        self.stop_watching();
    }
}
