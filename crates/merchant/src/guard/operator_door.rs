//! Where `/readyz` and `/metrics` are.

use crate::settings::Settings;

/// Where `/readyz` and `/metrics` are: never where the internet might ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OperatorDoor {
    /// At a listener of their own.
    OfItsOwn,
    /// At the public listener, for this machine alone: a developer's.
    ThisMachine,
    /// Nowhere: payers come through the public listener, by way of a proxy.
    Nowhere,
}

impl OperatorDoor {
    /// A proxy on this machine is this machine to whoever it passes requests on to, unless it says whom it asks for; many say
    /// nothing. So a merchant that must have one, told or not, does not go by the peer's address. One that Midtrans
    /// reaches has one: it speaks no TLS itself.
    pub(crate) fn by(settings: &Settings) -> Self {
        let has_a_proxy = settings.limits.trusted_proxies > 0 || settings.midtrans.is_midtrans();
        match settings.listen.operator_address {
            Some(_) => Self::OfItsOwn,
            None if has_a_proxy => Self::Nowhere,
            None => Self::ThisMachine,
        }
    }
}
