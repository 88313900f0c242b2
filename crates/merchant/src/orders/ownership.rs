//! Whose attempt an id at Midtrans is, and whose transaction is found under it. Pure but for chance.
//!
//! An attempt's id may be taken: the shop may have an order whose own id looks like another order's attempt. And a charge's own
//! answer is about what was charged, but a transaction that is found by its `order_id` because that answer was lost (or because
//! a backup was put back that has not heard of it) may be another one: an earlier life of the shop whose order numbers began
//! anew, a Snap shop before this one, a second system on the account. An order cannot have been paid before it was made. The
//! attempt's claim is no measure: after a backup was put back, the claim is younger than the charge.

use super::{Attempt, Order, Result};
use crate::clock::UnixMillis;
use gopay_contract::{Answer, OrderId};
use std::time::Duration;

/// Base32 (RFC 4648) in small letters: five random bits choose one.
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// A million possibilities for each attempt, and few characters: Midtrans takes fifty in all.
const LETTER_COUNT: usize = 4;

/// Why an attempt can never be claimed: a person has to look into it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnclaimableAttempt {
    /// Another order has the plain id, and there is no room for the one that comes next.
    #[error(
        "attempt {number} of order_id {:?} cannot be {:?} at Midtrans, which is an attempt of order_id {:?}, nor {next:?}: {} \
         characters, expected at most {}",
        order_id.as_str(), plain.as_str(), taken_by.as_str(), next.len(), OrderId::MAX_LENGTH
    )]
    NoRoom {
        /// The order.
        order_id: OrderId,
        /// The attempt's number.
        number: u32,
        /// The id that it would have.
        plain: OrderId,
        /// Whose attempt is called so.
        taken_by: OrderId,
        /// The next id, which is too long.
        next: String,
    },
    /// The database did not take it, and has nothing that would be in its way.
    #[error(
        "attempt {number} of order_id {:?} was not stored as {:?}, although nothing is in its way",
        order_id.as_str(), midtrans_order_id.as_str()
    )]
    Unforeseen {
        /// The order.
        order_id: OrderId,
        /// The attempt's number.
        number: u32,
        /// The id that it would have.
        midtrans_order_id: OrderId,
    },
}

/// The id of attempt `number` where `taken_by` has the plain one: `{order_id}-{number}-{4 letters}`, for the first attempt
/// too. It begins with the order's own id, as every attempt's does, and no shop counts so.
pub(super) fn with_letters(order_id: &OrderId, number: u32, taken_by: OrderId) -> Result<OrderId> {
    let letters = rand::random::<[u8; LETTER_COUNT]>().map(|byte| LETTERS[usize::from(byte % 32)]);
    let next = format!("{order_id}-{number}-{}", letters.map(char::from).iter().collect::<String>());
    match OrderId::parse(&next) {
        Ok(next) => Ok(next),
        // The letters are good ones: it can only be too long.
        Err(_) => {
            let (order_id, plain) = (order_id.clone(), Attempt::midtrans_order_id(order_id, number)?);
            Err(UnclaimableAttempt::NoRoom { order_id, number, plain, taken_by, next }.into())
        }
    }
}

/// Returns each order, with the number of its attempt, that may have made this id at Midtrans. An attempt's id is the order's
/// own, that with its number (`order-1-2`), or that with four letters behind (`order-1-2-ab2z`); `order-10` is no attempt at
/// `order-1` ([`OrderId::is_attempt_at`]). Where several orders fit, the id alone does not say.
#[must_use]
pub fn owners(midtrans_order_id: &OrderId) -> Vec<(OrderId, u32)> {
    let id = midtrans_order_id.as_str();
    let split = |text: &str| {
        let (order_id, number) = text.rsplit_once('-')?;
        let is_plain = !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
        let number = number.parse().ok().filter(|_| is_plain)?;
        Some((OrderId::parse(order_id).ok()?, number))
    };
    let is_letters = |text: &str| text.len() == LETTER_COUNT && text.bytes().all(|b| LETTERS.contains(&b));
    let plain = split(id).filter(|(_, number)| *number >= 2);
    let lettered = id.rsplit_once('-').filter(|(_, letters)| is_letters(letters)).and_then(|(rest, _)| split(rest));
    std::iter::once((midtrans_order_id.clone(), 1)).chain(plain).chain(lettered).collect()
}

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

    fn id(text: &str) -> OrderId {
        OrderId::parse(text).expect("an order id")
    }

    #[test]
    fn an_attempt_belongs_to_the_order_that_made_its_id_and_to_no_other_that_begins_so() {
        for (found, expected) in [
            ("order-1", vec![("order-1", 1)]),
            ("order-10", vec![("order-10", 1), ("order", 10)]),
            ("order-1-2", vec![("order-1-2", 1), ("order-1", 2)]),
            ("order-10-2", vec![("order-10-2", 1), ("order-10", 2)]),
            ("order-1-02", vec![("order-1-02", 1)]),
            ("order-1-1", vec![("order-1-1", 1)]),
            ("order-1-2x", vec![("order-1-2x", 1)]),
            ("order-1-1-ab2z", vec![("order-1-1-ab2z", 1), ("order-1", 1)]),
            ("order-1-2-abcd", vec![("order-1-2-abcd", 1), ("order-1", 2)]),
            ("order-1-2-ABCD", vec![("order-1-2-ABCD", 1)]),
            ("-2", vec![("-2", 1)]),
            ("order-99999999999", vec![("order-99999999999", 1)]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(order_id, number)| (id(order_id), number)).collect();
            assert_eq!(owners(&id(found)), expected, "{found}");
            // The contract's rule, which the widget and the doctor go by, allows each of them.
            assert!(expected.iter().all(|(order_id, _)| id(found).is_attempt_at(order_id)), "{found}");
        }
    }

    #[test]
    fn every_id_that_is_made_is_found_again() {
        for order_id in ["order-1", "x", "a-2", "order-1-2-abcd"].map(id) {
            for number in 1..=50 {
                let plain = Attempt::midtrans_order_id(&order_id, number).expect("short enough");
                assert!(owners(&plain).contains(&(order_id.clone(), number)), "{plain}");
                let other = with_letters(&order_id, number, id("another")).expect("short enough");
                assert!(owners(&other).contains(&(order_id.clone(), number)), "{other}");
            }
        }
    }

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
