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
