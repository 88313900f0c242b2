//! What Midtrans is to call an attempt whose plain id another order has: what is put behind an id of the shop's may be the
//! shop's own id of something else.

use super::{Attempt, Result};
use gopay_contract::OrderId;

/// Base32 (RFC 4648) in small letters: five random bits choose one.
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// A million possibilities for each attempt, and few characters: Midtrans takes fifty in all.
const LETTER_COUNT: usize = 4;

/// Why an attempt can be claimed by nobody, now or later: a person has to look.
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
        /// Which attempt.
        number: u32,
        /// What it would be called.
        plain: OrderId,
        /// Whose attempt is called so.
        taken_by: OrderId,
        /// What comes next, and is too long.
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
        /// Which attempt.
        number: u32,
        /// What it would be called.
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
