//! Settings of the demo shop: whether it is open, how long its orders can be paid, and fault injection.

use super::{InvalidSetting, Lookup, MidtransSettings, bad, seconds};
use std::time::Duration;

/// Whether the demo shop is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DemoShopSettings {
    /// The program's own demo shop, where whoever comes makes orders. Default on; at Midtrans' production host there is no
    /// default, and a start is refused. Read from `MERCHANT_DEMO_SHOP`: `on` or `off`.
    pub open: Option<bool>,
}

/// The demo shop would take real money, and nobody has said that it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "MERCHANT_DEMO_SHOP is not set; at Midtrans' production host expected off (no demo shop), or on (whoever comes orders \
     demo goods for real money)"
)]
pub struct DemoShopUndecided;

impl DemoShopSettings {
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        const VARIABLE: &str = "MERCHANT_DEMO_SHOP";
        let open = match lookup(VARIABLE).as_deref() {
            None => None,
            Some("on") => Some(true),
            Some("off") => Some(false),
            Some(other) => return Err(bad(VARIABLE, format!("{other:?}"), "on or off")),
        };
        Ok(Self { open })
    }

    /// Whether it is open with this Midtrans.
    ///
    /// # Errors
    /// [`DemoShopUndecided`] where it would take real money and nothing is set.
    pub fn is_open(self, midtrans: &MidtransSettings) -> Result<bool, DemoShopUndecided> {
        match self.open {
            Some(open) => Ok(open),
            None if midtrans.takes_real_money() => Err(DemoShopUndecided),
            None => Ok(true),
        }
    }
}

/// How long an order can be paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExpirySettings {
    /// What the demo shop writes into `custom_expiry`: 20 s to 7 days, as Midtrans takes it. Default none, which means
    /// Midtrans' fifteen minutes. Read from `ORDER_PAYABLE_FOR_SECONDS`.
    pub payable_for: Option<Duration>,
}

impl ExpirySettings {
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        const PAYABLE_FOR: &str = "ORDER_PAYABLE_FOR_SECONDS";
        const EXPECTED: &str = "a whole number of seconds, 20 to 604800 (7 days)";
        let Some(text) = lookup(PAYABLE_FOR) else { return Ok(Self { payable_for: None }) };
        let payable_for = seconds(lookup, PAYABLE_FOR, 0, 20, EXPECTED)?;
        if payable_for.as_secs() > 604_800 {
            return Err(bad(PAYABLE_FOR, format!("{text:?}"), EXPECTED));
        }
        Ok(Self { payable_for: Some(payable_for) })
    }
}

/// Whether faults can be asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultSettings {
    /// `/merchant/faults` is there, for everybody who reaches this port. Default off; at Midtrans' own hosts it cannot
    /// be on. Read from `MERCHANT_FAULTS`: `on` or `off`.
    pub on: bool,
}

impl FaultSettings {
    pub(super) fn read(lookup: Lookup<'_>, midtrans: &MidtransSettings) -> Result<Self, InvalidSetting> {
        const VARIABLE: &str = "MERCHANT_FAULTS";
        match lookup(VARIABLE).as_deref() {
            None | Some("off") => Ok(Self { on: false }),
            Some("on") if midtrans.is_midtrans() => {
                Err(bad(VARIABLE, "\"on\"", "off at Midtrans' own hosts: faults are for tests against a sandbox"))
            }
            Some("on") => Ok(Self { on: true }),
            Some(other) => Err(bad(VARIABLE, format!("{other:?}"), "on or off")),
        }
    }
}
