//! New orders, validated before they are stored.

use crate::clock::UnixMillis;
use gopay_contract::midtrans::{ChargeData, InvalidChargeData, OptionalData};
use gopay_contract::{GrossAmount, OrderId};

/// A new order, validated by Midtrans' rules when it is placed, so that its charge is not refused later.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOrder {
    pub(crate) order_id: OrderId,
    pub(crate) gross_amount: GrossAmount,
    pub(crate) description: String,
    pub(crate) charge_data: ChargeData,
    pub(crate) made_at: Option<UnixMillis>,
}

/// Why an order is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrder {
    /// The id leaves no room for the suffix of a later attempt.
    #[error("order_id {order_id:?} has {} characters, expected at most {}", order_id.as_str().len(), NewOrder::MAX_ID_LENGTH)]
    Id {
        /// The order.
        order_id: OrderId,
    },
    /// Not every database can keep it, and no payer can read it.
    #[error("description has a NUL character at byte {at}, expected text without one")]
    Description {
        /// Where the first one is.
        at: usize,
    },
    /// Something beside order and amount.
    #[error(transparent)]
    ChargeData(#[from] InvalidChargeData),
}

/// Why an order was not stored.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// There is an order with this id.
    #[error("an order with this order_id is stored already")]
    Exists,
    /// There was one, and retention has deleted it.
    #[error(
        "this order_id was an order's that retention has deleted, and is never charged again: a new order needs a new order_id"
    )]
    Deleted,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The database failed.
#[derive(Debug, thiserror::Error)]
#[error("{0:#}")]
pub struct StoreError(pub(crate) anyhow::Error);

impl NewOrder {
    /// Midtrans takes 50 characters; an attempt's suffix needs a few of them.
    pub const MAX_ID_LENGTH: usize = 45;

    /// The shop's own id of it.
    #[must_use]
    pub const fn order_id(&self) -> &OrderId {
        &self.order_id
    }

    /// An order of the shop's own `order_id` and total, never taken from a browser; `description` is what the payer reads
    /// about it, and `optional` what Midtrans is told beside.
    ///
    /// # Errors
    /// [`InvalidOrder`], naming each field that Midtrans would refuse. It shows nothing of a customer's data.
    pub fn new(
        order_id: OrderId,
        gross_amount: GrossAmount,
        description: impl Into<String>,
        optional: OptionalData,
    ) -> Result<Self, InvalidOrder> {
        if order_id.as_str().len() > Self::MAX_ID_LENGTH {
            return Err(InvalidOrder::Id { order_id });
        }
        let description = description.into();
        if let Some(at) = description.find('\0') {
            return Err(InvalidOrder::Description { at });
        }
        let charge_data = ChargeData::check(optional, gross_amount)?;
        Ok(Self { order_id, gross_amount, description, charge_data, made_at: None })
    }

    /// Says when the shop made the order, if that is earlier than when it is first charged here. A transaction that Midtrans
    /// has under the order's id and that is older than the order is never taken for a payment of it; without this, a shop
    /// that keeps its orders itself and has put back a backup of the merchant's database gets that alert for each order that
    /// the backup has not heard of.
    #[must_use]
    pub fn made_at(self, made_at: UnixMillis) -> Self {
        Self { made_at: Some(made_at), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gopay_contract::midtrans::ItemDetails;

    #[test]
    fn an_order_that_midtrans_would_refuse_is_refused_when_it_is_placed() {
        let rupiah = GrossAmount::from_rupiah(44_000).expect("an amount");
        let id = |length: usize| OrderId::parse(&"a".repeat(length)).expect("an order id");
        assert!(NewOrder::new(id(45), rupiah, "Kopi", OptionalData::default()).is_ok());
        let too_long = NewOrder::new(id(46), rupiah, "Kopi", OptionalData::default()).expect_err("too long");
        assert!(too_long.to_string().ends_with("has 46 characters, expected at most 45"), "{too_long}");
        let unreadable = NewOrder::new(id(45), rupiah, "Kopi\0", OptionalData::default()).expect_err("has a NUL");
        assert_eq!(unreadable.to_string(), "description has a NUL character at byte 4, expected text without one");
        let items = vec![ItemDetails { price: 1, quantity: 1, name: "Kopi".to_owned(), ..ItemDetails::default() }];
        let optional = OptionalData { item_details: Some(items), ..OptionalData::default() };
        let wrong = NewOrder::new(id(45), rupiah, "Kopi", optional).expect_err("does not add up");
        assert_eq!(wrong.to_string(), "item_details come to 1, expected the gross_amount of 44000");
    }
}
