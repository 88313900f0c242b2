//! Whether the demo shop is open.

use super::{InvalidSetting, Lookup, MidtransSettings, bad};

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
