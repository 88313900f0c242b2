//! Inputs: everything that can happen to a payment. Each answer names its request, so that the answer to an abandoned one
//! is recognised.

use super::device::Channel;
use super::request::RequestId;
use super::response::{RequestError, ServerResponse};

/// Declares [`Input`], and beside it the names and numbers that a developer's console shows.
macro_rules! inputs {
    ($($(#[doc = $doc:literal])+ $name:ident $(($($field:ty),+))?,)+) => {
        /// Something that happened: outside of the machine, or a timer of its own.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Input {
            $($(#[doc = $doc])+ $name $(($($field),+))?,)+
        }

        impl Input {
            /// The names of all inputs, by [`number`](Self::number). The debug panel has them from here, so that no payer
            /// fetches them.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// Its place in [`NAMES`](Self::NAMES).
            #[must_use]
            pub const fn number(&self) -> u8 {
                enum Number { $($name),+ }
                match self {
                    $(Self::$name { .. } => Number::$name as u8,)+
                }
            }
        }
    };
}

inputs! {
    /// The element is on the page. It charges by itself where the options say so.
    Started,
    /// The payer pressed "Bayar dengan GoPay" (or the page called `start()`).
    PayPressed,
    /// The payer pressed "Coba lagi" (or the page called `retry()`).
    RetryPressed,
    /// The payer pressed "Saya sudah bayar" (or the page called `refresh()`).
    RefreshPressed,
    /// The payer pressed "Batalkan pembayaran" (or the page called `cancel()`).
    CancelPressed,
    /// The merchant answered the charge.
    ChargeAnswered(RequestId, Result<ServerResponse, RequestError>),
    /// The merchant answered a poll of the status.
    StatusAnswered(RequestId, Result<ServerResponse, RequestError>),
    /// The merchant answered a cancel.
    CancelAnswered(RequestId, Result<ServerResponse, RequestError>),
    /// The push stream is open.
    StreamOpened(RequestId),
    /// Something came over the push stream, if only a comment: it is alive.
    StreamHeartbeat(RequestId),
    /// A status came over the push stream.
    StatusPushed(RequestId, ServerResponse),
    /// A push could not be read. The stream ends then, and [`Self::StreamLost`] follows.
    PushUnreadable(RequestId, RequestError),
    /// The merchant does not open the push stream to this page (401, 403, 404, 419).
    StreamRefused(RequestId),
    /// The push stream ended, or never opened.
    StreamLost(RequestId),
    /// The page is visible or focused again, or the network is back.
    Resumed,
    /// The payer came back from the GoPay app: the URL says so. Its `result` is not read.
    ReturnedFromApp,
    /// Another element on this order (in another tab, say) leads: it polls and keeps the push stream for all.
    LostLeadership,
    /// This element polls and keeps the push stream, for all or for itself alone.
    BecameLeader,
    /// Another element on this order has learned something new. What it is is not believed: it is a reason to poll.
    PeerChanged,
    /// The page is hidden.
    Hidden,
    /// The browser has no network.
    WentOffline,
    /// The payer chose QR code or deeplink.
    ChannelChosen(Channel),
    /// The payer tapped the deeplink.
    DeeplinkTapped,
    /// The QR image has loaded.
    QrLoaded,
    /// The QR image did not load.
    QrFailed,
    /// The timer has fired that [`Payment::wakeup`](super::Payment::wakeup) asked for.
    TimerFired,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_has_its_own_name() {
        assert_eq!(Input::NAMES[usize::from(Input::Started.number())], "Started");
        assert_eq!(Input::NAMES[usize::from(Input::StreamLost(RequestId(1)).number())], "StreamLost");
        assert_eq!(usize::from(Input::TimerFired.number()), Input::NAMES.len() - 1);
    }
}
