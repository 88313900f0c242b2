//! The clock that the merchant goes by, which may be wrong, and be set while it runs.

use super::{Placed, Stage, eventually};
use gopay_contract::OrderId;
use gopay_merchant::{OrderTokens, Settings, UnixMillis};

/// In PostgreSQL it is the server's. This one stands before it, and counts how often it is read.
const POSTGRES: [&str; 3] = [
    "CREATE SEQUENCE public.clock_reads",
    "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT pg_catalog.clock_timestamp()'",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database()); END $$",
];

impl Stage {
    /// From now on the clock can be set. The merchant has begun anew with it.
    pub(crate) async fn takes_the_clock_in_hand(&mut self) {
        if !self.is_on_sqlite() {
            for statement in POSTGRES {
                self.database(statement).await;
            }
        }
        self.restart_the_merchant().await;
    }

    /// Sets the merchant's clock to so many seconds ahead of what is right (or behind it), and waits until the merchant goes by
    /// it. With PostgreSQL the server's clock is set as well as the machine's, as if all of them went by one that is wrong.
    pub(crate) async fn the_clock_is_ahead(&self, seconds: i64) {
        self.clock.set_ahead(seconds * 1000);
        if self.is_on_sqlite() {
            return;
        }
        let reads = async || {
            let read = self.ask_the_database("SELECT last_value::text FROM public.clock_reads").await;
            read[0].parse::<u64>().expect("a number")
        };
        self.database(&format!(
            "CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
                 'SELECT nextval(''public.clock_reads''); SELECT pg_catalog.clock_timestamp() + interval ''{seconds} seconds'''"
        ))
        .await;
        let before = reads().await;
        // The first may have begun before.
        eventually("the merchant reads the clock", async || reads().await >= before + 2).await;
    }

    /// The same order, whose page was loaded by the clock as it is now.
    pub(crate) fn loaded_again(&self, order: &Placed, seconds_ahead: i64) -> Placed {
        let settings = Settings::from_lookup(|name| self.variables.get(name).cloned()).expect("good settings");
        let order_id = OrderId::parse(&order.order_id).expect("an order id");
        let now = UnixMillis(UnixMillis::now().0 + seconds_ahead * 1000);
        Placed { token: OrderTokens::new(&settings.order_token).issue(&order_id, now), ..order.clone() }
    }
}
