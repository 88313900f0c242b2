//! Settings of the demo shop: whether it is open, how long its orders can be paid, and fault injection.

use super::MidtransSettings;
use super::values::{InvalidSetting, InvalidValue, seconds_within, switch};
use std::time::Duration;

/// Settings of the demo shop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct DemoShopSettings {
    /// `on` or `off`: the program's demo shop; without it open, but at Midtrans' production host a start is refused.
    #[arg(id = "MERCHANT_DEMO_SHOP", long, env, value_parser = switch)]
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
    /// True if it is open with this Midtrans.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct ExpirySettings {
    /// Seconds in which an order of the demo shop can be paid (`custom_expiry`), 20 to 604800; without it Midtrans' fifteen
    /// minutes.
    #[arg(id = "ORDER_PAYABLE_FOR_SECONDS", long, env, value_parser = seconds_within(20..=604_800))]
    pub payable_for: Option<Duration>,
}

/// Fault injection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct FaultSettings {
    /// `on`: faults can be requested at `/merchant/faults`, by everybody who reaches the port; refused at Midtrans' own hosts.
    #[arg(id = "MERCHANT_FAULTS", long, env, default_value = "off", value_parser = switch, action = clap::ArgAction::Set)]
    pub on: bool,
}

impl FaultSettings {
    /// Checks that faults are not on at Midtrans itself.
    pub(super) fn check(self, midtrans: &MidtransSettings) -> Result<(), InvalidSetting> {
        if self.on && midtrans.is_midtrans() {
            let expected = "off at Midtrans' own hosts: faults are for tests against a sandbox";
            return Err(InvalidSetting::bad("MERCHANT_FAULTS", InvalidValue::new("on", expected)));
        }
        Ok(())
    }
}
