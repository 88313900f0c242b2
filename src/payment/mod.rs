//! The state machine of one payment, without clock, DOM or network.
//!
//! ```text
//!             PayPressed / Started            answered: pending
//!   Ready ───────────────────────► Charging ────────────────► Tracking(pending)
//!                                   │  ▲ ▲                        │        │
//!              refused, unreadable, │  │ └── RetryPressed ──┐     │ status │ a status names another
//!              another amount       ▼  │                    │     ▼        │ transaction: ask charge-url again
//!                                Stopped                    └─ Tracking(expire, cancel, deny …)
//!                                                              Tracking(settlement) ─► refund
//! ```
//!
//! **Only the merchant's status ends a payment** (contract §3). A countdown at zero, a return from the app, a page
//! that becomes visible are reasons to poll at once; none is an answer.
//!
//! # The driver's contract
//!
//! The machine never reads a clock and never calls anything. A driver does both for it:
//!
//! 1. Make a [`Payment`] from its [`PaymentOptions`].
//! 2. Feed [`Input::Started`] when the element is on the page ([`Input::ReturnedFromApp`] where the URL says so), and from
//!    then on one [`Input`] for everything that happens, with the moment at which it happened.
//! 3. Show [`Payment::screen`] and [`Payment::seconds_left`].
//! 4. Carry out the effects that [`Payment::step`] returned, in their order. An answer comes back as an input that names the
//!    effect's request. An input that an effect causes at once is fed when the effect is carried out, not before.
//! 5. Set one timer to [`Payment::wakeup`], in place of the one before; none where there is no wakeup. When it fires, feed
//!    [`Input::TimerFired`]. Firing early does no harm: set it again.
//!
//! ```
//! use gopay_checkout::payment::{
//!     Channel, Effect, Expected, Input, Moment, OrderId, Payment, PaymentOptions, StateName, Trust,
//! };
//!
//! let order_id = OrderId::parse("order-101")?;
//! let mut payment = Payment::new(PaymentOptions {
//!     expected: Expected { order_id, gross_amount: None, trust: Trust::default() },
//!     channel: Channel::Qr,
//!     auto_start: true,
//!     can_push: true,
//!     can_cancel: false,
//!     seed: 7,
//! });
//! let mut now = Moment(0);
//! for effect in payment.step(now, Input::Started) {
//!     match effect {
//!         Effect::SendCharge { .. } => println!("POST charge-url"),
//!         other => println!("{other:?}"),
//!     }
//! }
//! assert_eq!(payment.screen(now).state, StateName::Charging);
//!
//! // Nothing answers: the timer fires.
//! now = payment.wakeup(now).expect("a charge in flight has a time limit");
//! let effects = payment.step(now, Input::TimerFired);
//! assert!(matches!(effects[..], [Effect::Emit(_)]), "the payer is told that it takes long");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod app_handoff;
mod backoff;
mod canonical;
mod charge;
mod charging;
mod clock;
mod countdown;
mod device;
mod effect;
mod in_app_browser;
mod input;
mod leader_election;
mod poller;
mod problem;
mod push_stream;
mod qr_image;
mod request;
mod response;
mod screen;
mod stage;
mod status_rules;
mod timers;
mod tracking;
mod trust;

pub use app_handoff::is_return_for;
pub use charge::{Charge, Expected};
pub use clock::{Moment, UnixMillis};
pub use device::{Channel, Device};
pub use effect::{Effect, HostEvent};
pub use in_app_browser::{InAppBrowser, in_app_browser, way_out};
pub use input::Input;
pub use problem::{Problem, ProblemCode, ProblemKind};
pub use request::{Attempt, RequestId};
pub use response::{RequestError, ServerResponse, looks_like_server_key, read_answer};
pub use screen::{AppReturnNotice, Receipt, Screen, StateName};
pub use trust::{Trust, TrustedUrl, is_host};

pub use gopay_contract::OrderId;

/// Constants that `src/loader_rules.rs` writes for the loader.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) mod shared {
    pub(crate) use super::charge::DEFAULT_LIFE_MS;
    pub(crate) use super::device::{NO_SMARTPHONE, TABLET_SIDE};
    pub(crate) use super::response::SERVER_KEY_MARKS;
    pub(crate) use super::trust::{APP_SCHEMES, DEEPLINK_DOMAIN, DEEPLINK_HOSTS, MAX_URL_LENGTH, QR_HOSTS};
}

use charging::Charging;
use gopay_contract::{TransactionId, TransactionStatus};
use leader_election::Role;
use stage::{Context, Flow, STAY, Stage, Stopped, Transition};
use std::ops::ControlFlow::Break;

/// Options of one payment, fixed for its life.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PaymentOptions {
    /// Expected values, against which every answer is checked.
    pub expected: Expected,
    /// The way to pay that is shown first.
    pub channel: Channel,
    /// True if it charges without a press of the button (`start="auto"`).
    pub auto_start: bool,
    /// True if the merchant pushes statuses (`events-url`).
    pub can_push: bool,
    /// True if the payer may cancel (`cancel-url`).
    pub can_cancel: bool,
    /// Seed of the jitter that spreads payers over time; any number.
    pub seed: u32,
}

/// A payment of one order: its stage, and what all stages share.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Payment {
    stage: Stage,
    context: Context,
}

impl Payment {
    /// A payment that has not begun.
    #[must_use]
    pub const fn new(options: PaymentOptions) -> Self {
        Self { stage: Stage::Ready, context: Context::new(options) }
    }

    /// Handles what happened at `now`. Returns what the driver must do, in order.
    #[must_use = "a payment stands still if its effects are not carried out"]
    pub fn step(&mut self, now: Moment, input: Input) -> Vec<Effect> {
        let joins_election = matches!(input, Input::Started | Input::ReturnedFromApp | Input::Resumed);
        if let Break(transition) = self.handle(now, input) {
            self.change_stage(now, transition);
        }
        if let Stage::Tracking(tracking) = &mut self.stage {
            tracking.update_qr_image(now, &self.context);
        }
        if joins_election {
            // Last: the election may answer while this effect is carried out.
            self.context.effects.push(Effect::JoinElection);
        }
        std::mem::take(&mut self.context.effects)
    }

    /// The next moment to feed [`Input::TimerFired`]; none where only something from outside can change anything.
    #[must_use]
    pub fn wakeup(&self, now: Moment) -> Option<Moment> {
        timers::wakeup(&self.stage, &self.context, now)
    }

    /// The screen at `now`.
    #[must_use]
    pub fn screen(&self, now: Moment) -> Screen {
        screen::screen(&self.stage, &self.context, now)
    }

    /// Seconds that are left to pay, while a countdown makes sense.
    #[must_use]
    pub fn seconds_left(&self, now: Moment) -> Option<i64> {
        self.stage.tracking_or_superseded()?.seconds_left(now, self.context.server_clock)
    }

    /// The last status that was accepted.
    #[must_use]
    pub fn transaction_status(&self) -> Option<&TransactionStatus> {
        self.stage.tracking_or_superseded().map(|tracking| &tracking.status)
    }

    /// The transaction that is tracked.
    #[must_use]
    pub fn transaction_id(&self) -> Option<&TransactionId> {
        self.stage.tracking_or_superseded().map(|tracking| &tracking.charge.transaction_id)
    }

    /// Returns whether the merchant refuses this page; another order token may help.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(&self.stage, Stage::Stopped(stopped) if stopped.problem.code == ProblemCode::MerchantRefused)
    }

    /// The canonical state, to recognise equal states in exhaustive tests.
    #[must_use]
    pub fn canonical(&self, now: Moment) -> Self {
        canonical::canonical(self, now)
    }

    /// Hands the input to the concern that it is about.
    fn handle(&mut self, now: Moment, input: Input) -> Flow {
        let Self { stage, context } = self;
        match input {
            Input::Started if !context.options.auto_start => {}
            Input::Started | Input::PayPressed => return start(stage),
            Input::RetryPressed => return retry(stage, context, now),
            Input::RefreshPressed => match stage {
                Stage::Charging(charging) => charging.send_waiting(now, context),
                Stage::Tracking(tracking) => tracking.on_refresh(now, context),
                Stage::Ready | Stage::Stopped(_) => {}
            },
            Input::CancelPressed => {
                if let Some(tracking) = stage.tracking_mut() {
                    tracking.on_cancel_pressed(now, context);
                }
            }
            Input::ChargeAnswered(request, result) => {
                if let Stage::Charging(charging) = stage {
                    return charging.on_answered(now, context, request, result);
                }
            }
            Input::StatusAnswered(request, result) => {
                if let Some(tracking) = stage.tracking_mut() {
                    return tracking.on_status_answered(now, context, request, result);
                }
            }
            Input::CancelAnswered(request, result) => {
                if let Some(tracking) = stage.tracking_mut() {
                    return tracking.on_cancel_answered(now, context, request, result);
                }
            }
            Input::StreamOpened(request) | Input::StreamHeartbeat(request) => {
                if let Some(tracking) = stage.tracking_mut() {
                    tracking.on_stream_alive(now, context, request);
                }
            }
            Input::StatusPushed(request, response) => {
                if let Some(tracking) = stage.tracking_mut() {
                    return tracking.on_status_pushed(now, context, request, &response);
                }
            }
            Input::PushUnreadable(request, error) => {
                if let Some(tracking) = stage.tracking_mut() {
                    return tracking.on_push_unreadable(request, error);
                }
            }
            Input::StreamRefused(request) => {
                if let Some(tracking) = stage.tracking_mut() {
                    tracking.on_stream_refused(now, context, request);
                }
            }
            Input::StreamLost(request) => {
                if let Some(tracking) = stage.tracking_mut() {
                    tracking.on_stream_lost(now, context, request);
                }
            }
            Input::Resumed => resume(stage, context, now),
            Input::ReturnedFromApp => {
                if let Some(tracking) = stage.tracking_mut() {
                    tracking.app_handoff.on_returned_from_app();
                } else {
                    context.has_returned = true;
                    // Anybody can write such an address. Where a charge needs a press, it needs one here too: the press takes
                    // up the order's charge, and whoever has paid sees that he has.
                    if context.options.auto_start {
                        start(stage)?;
                    }
                }
                resume(stage, context, now);
            }
            Input::LostLeadership | Input::BecameLeader => {
                context.role = if let Input::LostLeadership = input { Role::Follower } else { Role::Leader };
                if let Some(tracking) = stage.tracking_mut() {
                    tracking.on_role_changed(now, context);
                }
            }
            Input::PeerChanged => {
                if let Some(tracking) = stage.tracking_mut() {
                    tracking.on_peer_changed(now, context);
                }
            }
            Input::Hidden => {
                context.is_hidden = true;
                if let Some(tracking) = stage.tracking_mut() {
                    tracking.on_hidden(context);
                }
            }
            Input::WentOffline => {
                context.is_offline = true;
                if let Some(tracking) = stage.tracking_mut() {
                    tracking.on_offline(context);
                }
            }
            Input::ChannelChosen(channel) => {
                if context.choose(channel)
                    && let Some(tracking) = stage.tracking_mut()
                {
                    tracking.app_handoff.on_channel_changed();
                }
            }
            Input::DeeplinkTapped => {
                if let Some(tracking) = stage.tracking_mut() {
                    tracking.on_deeplink_tapped(now);
                }
            }
            Input::QrLoaded => {
                if let Some(tracking) = stage.tracking_mut() {
                    tracking.on_qr_loaded();
                }
            }
            Input::QrFailed => {
                if let Some(tracking) = stage.tracking_mut() {
                    tracking.on_qr_failed(now, context);
                }
            }
            Input::TimerFired => return timers::fire_due(stage, context, now),
        }
        STAY
    }

    /// Leaves the stage: ends what it has in flight, and enters the next one.
    fn change_stage(&mut self, now: Moment, transition: Transition) {
        let Self { stage, context } = self;
        if let Some(tracking) = stage.tracking_mut() {
            tracking.abandon(now, context);
        }
        *stage = match (transition, std::mem::replace(stage, Stage::Ready)) {
            (Transition::Track(tracking), _) => Stage::Tracking(tracking),
            (Transition::Charge { retry_of }, _) => Stage::Charging(Charging::start(now, context, retry_of, None)),
            (Transition::Recharge, Stage::Tracking(superseded)) => {
                Stage::Charging(Charging::start(now, context, None, Some(superseded)))
            }
            (Transition::Recharge, stage @ (Stage::Ready | Stage::Charging(_) | Stage::Stopped(_))) => stage,
            (Transition::Stop(problem), stage) => {
                context.emit(HostEvent::Problem(problem.clone()));
                let retry_of = stage.charging().and_then(Charging::retry_of).cloned();
                Stage::Stopped(Stopped { problem, retry_of })
            }
        };
    }
}

/// The first charge. Only from `Ready`: a second press sends no second charge.
const fn start(stage: &Stage) -> Flow {
    match stage {
        Stage::Ready => Break(Transition::Charge { retry_of: None }),
        Stage::Charging(_) | Stage::Tracking(_) | Stage::Stopped(_) => STAY,
    }
}

/// "Coba lagi": now instead of later, or a new attempt where the last one ended unpaid.
fn retry(stage: &mut Stage, context: &mut Context, now: Moment) -> Flow {
    match stage {
        Stage::Ready => {}
        Stage::Charging(charging) => charging.on_retry(now, context),
        Stage::Tracking(tracking) if tracking.may_be_retried() => {
            return Break(Transition::Charge { retry_of: Some(tracking.charge.transaction_id.clone()) });
        }
        Stage::Tracking(tracking) => tracking.on_refresh(now, context),
        Stage::Stopped(stopped) if stopped.problem.is_retryable() => {
            return Break(Transition::Charge { retry_of: stopped.retry_of.clone() });
        }
        Stage::Stopped(_) => {}
    }
    STAY
}

/// The page is visible or focused again, or the network is back.
fn resume(stage: &mut Stage, context: &mut Context, now: Moment) {
    context.is_hidden = false;
    context.is_offline = false;
    match stage {
        Stage::Charging(charging) => charging.send_waiting(now, context),
        Stage::Tracking(tracking) => tracking.on_resumed(now, context),
        Stage::Ready | Stage::Stopped(_) => {}
    }
}
