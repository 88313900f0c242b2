//! Whether faults can be asked for.

use super::{InvalidSetting, Lookup, MidtransSettings, bad};

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
