//! What has happened: everything the machine can be told. Each answer names the request it answers, so that the answer
//! to an abandoned one is recognised.

use super::channel::Channel;
use super::heard::{Heard, Trouble};

/// One request, counted from 1 over the life of a [`super::Payment`]. Also counts streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(pub u32);

/// One attempt at a charge. Its repetitions carry the same `Idempotency-Key`; a new attempt carries a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attempt(pub u32);

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The element is there and may charge by itself, or the payer came back to it from the app.
    Begun,
    /// The payer pressed "Bayar dengan GoPay" (or the page called `start()`).
    PayPressed,
    /// The payer pressed "Coba lagi" (or the page called `retry()`).
    RetryPressed,
    /// Somebody wants to know now: "Saya sudah bayar", or `refresh()`.
    RefreshPressed,
    /// The payer pressed "Batalkan pembayaran" (or the page called `cancel()`).
    CancelPressed,
    /// The charge was answered.
    ChargeAnswered(RequestId, Result<Heard, Trouble>),
    /// A status was answered.
    StatusAnswered(RequestId, Result<Heard, Trouble>),
    /// A cancel was answered.
    CancelAnswered(RequestId, Result<Heard, Trouble>),
    /// The stream stands.
    WatchOpened(RequestId),
    /// Something came over the stream, if only a comment: it lives.
    WatchHeartbeat(RequestId),
    /// A status was pushed.
    StatusPushed(RequestId, Heard),
    /// What was pushed cannot be read. The stream is lost then, and [`Self::WatchLost`] follows.
    PushUnreadable(RequestId, Trouble),
    /// The merchant will not open the stream to this page (401, 403, 404).
    WatchRefused(RequestId),
    /// The stream ended, or never stood.
    WatchLost(RequestId),
    /// The payer looks at the page again, or the network is back.
    CameBack,
    /// The payer came back from the GoPay app (the URL says so). What it says of the result is not looked at.
    ReturnedFromApp,
    /// Another element on this order (in another tab, say) asks and watches for all: this one only listens.
    Follows,
    /// This element asks and watches, for all or for itself alone.
    Leads,
    /// Another element on this order has learned something new. What, is not believed: it is a reason to ask.
    NewsElsewhere,
    /// The page is hidden.
    Hidden,
    /// The browser says that it has no network.
    WentOffline,
    /// The payer chose a way to pay.
    ChannelChosen(Channel),
    /// The payer tapped the deeplink.
    DeeplinkTapped,
    /// The QR picture is being fetched.
    QrShown,
    /// The QR picture is there.
    QrLoaded,
    /// The QR picture did not load.
    QrFailed,
    /// The timer that was asked for has run out.
    Woken,
}

impl Input {
    /// What each is called, by its [`number`](Self::number): for developers' eyes. `src/debug.js` has the same list, so that
    /// no payer fetches it.
    pub const NAMES: [&str; 27] = [
        "Begun",
        "PayPressed",
        "RetryPressed",
        "RefreshPressed",
        "CancelPressed",
        "ChargeAnswered",
        "StatusAnswered",
        "CancelAnswered",
        "WatchOpened",
        "WatchHeartbeat",
        "StatusPushed",
        "PushUnreadable",
        "WatchRefused",
        "WatchLost",
        "CameBack",
        "ReturnedFromApp",
        "Follows",
        "Leads",
        "NewsElsewhere",
        "Hidden",
        "WentOffline",
        "ChannelChosen",
        "DeeplinkTapped",
        "QrShown",
        "QrLoaded",
        "QrFailed",
        "Woken",
    ];

    /// Its place in [`NAMES`](Self::NAMES).
    #[must_use]
    pub const fn number(&self) -> u8 {
        match self {
            Self::Begun => 0,
            Self::PayPressed => 1,
            Self::RetryPressed => 2,
            Self::RefreshPressed => 3,
            Self::CancelPressed => 4,
            Self::ChargeAnswered(..) => 5,
            Self::StatusAnswered(..) => 6,
            Self::CancelAnswered(..) => 7,
            Self::WatchOpened(_) => 8,
            Self::WatchHeartbeat(_) => 9,
            Self::StatusPushed(..) => 10,
            Self::PushUnreadable(..) => 11,
            Self::WatchRefused(_) => 12,
            Self::WatchLost(_) => 13,
            Self::CameBack => 14,
            Self::ReturnedFromApp => 15,
            Self::Follows => 16,
            Self::Leads => 17,
            Self::NewsElsewhere => 18,
            Self::Hidden => 19,
            Self::WentOffline => 20,
            Self::ChannelChosen(_) => 21,
            Self::DeeplinkTapped => 22,
            Self::QrShown => 23,
            Self::QrLoaded => 24,
            Self::QrFailed => 25,
            Self::Woken => 26,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::{Problem, ProblemCode};

    #[test]
    fn every_input_has_its_own_name_here_and_in_debug_js() {
        let id = RequestId(1);
        let trouble = || Trouble::from(Problem::new(ProblemCode::Internal, "x"));
        let heard = || Heard { answer: Box::default(), server_now: None };
        let all = [
            Input::Begun,
            Input::PayPressed,
            Input::RetryPressed,
            Input::RefreshPressed,
            Input::CancelPressed,
            Input::ChargeAnswered(id, Ok(heard())),
            Input::StatusAnswered(id, Err(trouble())),
            Input::CancelAnswered(id, Err(trouble())),
            Input::WatchOpened(id),
            Input::WatchHeartbeat(id),
            Input::StatusPushed(id, heard()),
            Input::PushUnreadable(id, trouble()),
            Input::WatchRefused(id),
            Input::WatchLost(id),
            Input::CameBack,
            Input::ReturnedFromApp,
            Input::Follows,
            Input::Leads,
            Input::NewsElsewhere,
            Input::Hidden,
            Input::WentOffline,
            Input::ChannelChosen(Channel::Qr),
            Input::DeeplinkTapped,
            Input::QrShown,
            Input::QrLoaded,
            Input::QrFailed,
            Input::Woken,
        ];
        for (at, input) in all.iter().enumerate() {
            assert_eq!(usize::from(input.number()), at);
            let name = format!("{input:?}");
            assert_eq!(name.split('(').next(), Some(Input::NAMES[at]));
        }
        let debug = include_str!("../debug.js");
        let list = debug.split_once("INPUTS = [").and_then(|(_, rest)| rest.split_once(']')).expect("a list").0;
        let listed: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
        assert_eq!(listed, Input::NAMES);
    }
}
