//! `orders resend`: delivers an order to the shop's listener again.

use super::{Change, CommandError, find, open, print};
use crate::orders::Access;
use crate::settings::Settings;
use serde::Serialize;
use std::fmt;

#[derive(Debug, Serialize)]
struct Resent {
    order_id: String,
    outbox: &'static str,
}

pub(super) async fn run(settings: &Settings, change: &Change) -> Result<(), CommandError> {
    let by = change.by()?;
    let beside = open(settings, Access::Write).await?;
    let order = find(&beside, &change.on).await?;
    if order.effective().is_none() {
        let why = format!("nothing is known of a payment of order {} yet: there is nothing to deliver", order.order_id);
        return Err(CommandError::Failed(why));
    }
    change.audit("orders resend", &by, &order);
    beside.inspection.undeliver(&order.order_id).await?;
    beside.orders.close().await;
    print(&Resent { order_id: order.order_id.to_string(), outbox: "undelivered" }, change.on.json)
}

impl fmt::Display for Resent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "order {} is in the outbox again; a merchant with a PaymentListener delivers it within half a minute",
            self.order_id
        )
    }
}
