//! Decides whether a transaction found under an attempt's `order_id` is the attempt's own. Pure.
//!
//! A charge's own answer is about what was charged. A transaction that is found by its `order_id` because that answer was
//! lost (or because a backup was put back that has not heard of it) may be another one: an earlier life of the shop whose
//! order numbers began anew, a Snap shop before this one, a second system on the account. An order cannot have been paid
//! before it was made. The attempt's claim is no measure: after a backup was put back, the claim is younger than the charge.

use super::Order;
use crate::clock::UnixMillis;
use gopay_contract::Answer;
use std::time::Duration;

/// How much older than its order a transaction may seem. Midtrans names whole seconds, and the clocks of Midtrans, the shop and
/// the merchant may disagree: five minutes is what Kerberos allows, and more than a machine with NTP is ever off. Order numbers
/// that begin anew meet a transaction that is hours old, at least.
const MARGIN: Duration = Duration::from_secs(5 * 60);

/// Whose transaction it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// The attempt's own.
    Ours,
    /// Older than the order.
    OlderThanOrder,
    /// Unknown: Midtrans does not say when it was made.
    Undated,
}

/// Decides whose transaction `answer` is about. `time_at_midtrans` is the time there while it is `now` here, if it is known.
#[must_use]
pub fn adoption(order: &Order, answer: &Answer, now: UnixMillis, time_at_midtrans: Option<UnixMillis>) -> Adoption {
    let Some(made) = answer.transaction_time else { return Adoption::Undated };
    if order.created_at > now.plus(MARGIN) {
        // This machine's clock was ahead when the order was made: its time says nothing.
        return Adoption::Ours;
    }
    // This machine's clock may have been wrong then or may be wrong now: the transaction has to be too old by both readings.
    let ahead = time_at_midtrans.map_or(0, |there| there.0.saturating_sub(now.0));
    let created_at = UnixMillis(order.created_at.0.saturating_add(ahead.min(0)));
    if made.unix_millis() < created_at.minus(MARGIN).0 { Adoption::OlderThanOrder } else { Adoption::Ours }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::order_of;
    use gopay_contract::JakartaTime;

    const CREATED: UnixMillis = UnixMillis(1_769_828_400_000);
    const HOUR: i64 = 3600;

    /// Of a transaction that was made this many seconds after the order, found an hour after that.
    fn found(seconds: i64, time_at_midtrans: Option<i64>) -> Adoption {
        let order = Order { created_at: CREATED, ..order_of(&[]) };
        let transaction_time = Some(JakartaTime::from_unix_seconds(CREATED.seconds() + seconds));
        let now = UnixMillis(CREATED.0 + HOUR * 1000);
        let there = time_at_midtrans.map(|ahead| UnixMillis(now.0 + ahead * 1000));
        adoption(&order, &Answer { transaction_time, ..Answer::default() }, now, there)
    }

    #[test]
    fn a_transaction_that_is_older_than_its_order_is_another_ones() {
        for (seconds, whose) in [
            (60, Adoption::Ours),
            (0, Adoption::Ours),
            (-1, Adoption::Ours),
            (-299, Adoption::Ours),
            (-301, Adoption::OlderThanOrder),
            (-86_400 * 365, Adoption::OlderThanOrder),
        ] {
            assert_eq!(found(seconds, None), whose, "{seconds}");
            assert_eq!(found(seconds, Some(0)), whose, "{seconds}");
        }
    }

    #[test]
    fn a_clock_that_is_wrong_makes_no_transaction_of_ours_another_ones() {
        // Ours is seven hours ahead, then and now: Midtrans says so.
        assert_eq!(found(-7 * HOUR, Some(-7 * HOUR)), Adoption::Ours);
        assert_eq!(found(-8 * HOUR, Some(-7 * HOUR)), Adoption::OlderThanOrder);
        // It was right then, and is seven hours behind or ahead now.
        assert_eq!(found(1, Some(7 * HOUR)), Adoption::Ours);
        assert_eq!(found(1, Some(-7 * HOUR)), Adoption::Ours);
    }

    #[test]
    fn an_order_of_the_future_says_nothing_about_when_it_was_made() {
        let order = Order { created_at: CREATED, ..order_of(&[]) };
        let now = CREATED.minus(Duration::from_secs(7 * 3600));
        let transaction_time = Some(JakartaTime::from_unix_seconds(now.seconds()));
        let answer = Answer { transaction_time, ..Answer::default() };
        assert_eq!(adoption(&order, &answer, now, Some(now)), Adoption::Ours, "the clock was set right since");
    }

    #[test]
    fn a_transaction_without_a_time_is_nobodys() {
        assert_eq!(adoption(&order_of(&[]), &Answer::default(), CREATED, None), Adoption::Undated);
    }
}
