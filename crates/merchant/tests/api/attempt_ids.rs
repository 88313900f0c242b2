//! Two orders of a shop whose ids meet at Midtrans: what one's second attempt would be called is the other one's own id.

use crate::stage::{Answered, Placed, Stage, rupiah};
use gopay_contract::OrderId;
use gopay_contract::midtrans::OptionalData;
use gopay_merchant::NewOrder;

/// An order under the shop's own id.
async fn placed_as(stage: &Stage, order_id: &str) -> Placed {
    let order_id = OrderId::parse(order_id).expect("an order id");
    let order = NewOrder::new(order_id, rupiah(44_000), "Kopi", OptionalData::default()).expect("an order");
    stage.places(&order).await
}

/// A charge that ended, and the one that came after it.
async fn started_over(stage: &Stage, order: &Placed) -> (Answered, Answered) {
    let first = stage.charge(order).await;
    stage.at_midtrans(first.text("transaction_id"), "expire").await;
    stage.until_status(order, "expire").await;
    let second = stage.charge_instead_of(order, first.text("transaction_id")).await;
    assert_eq!(second.text("transaction_status"), "pending", "{}", second.body);
    (first, second)
}

/// Each is paid under its own id, and its notification finds it. The other one stays as it is meanwhile.
async fn each_is_paid_by_itself(stage: &Stage, one: (&Placed, &Answered), other: (&Placed, &Answered)) {
    for (order, charged) in [one, other] {
        assert_eq!(stage.status(order).await.text("transaction_status"), "pending");
        stage.at_midtrans(charged.text("transaction_id"), "pay").await;
        let delivered = &stage.deliveries(charged.text("order_id"), "settlement", 1).await[0];
        assert_eq!(delivered["answer_code"], 200, "{delivered}");
        let paid = stage.status(order).await;
        assert_eq!(paid.text("transaction_status"), "settlement");
        assert_eq!(paid.text("transaction_id"), charged.text("transaction_id"));
        assert_eq!(paid.text("order_id"), charged.text("order_id"));
    }
}

#[tokio::test]
async fn an_order_whose_second_attempt_has_another_orders_id_starts_over_under_one_of_its_own() {
    let stage = Stage::set().await;
    let (order, other) = (placed_as(&stage, "INV-1").await, placed_as(&stage, "INV-1-2").await);
    let of_the_other = stage.charge(&other).await;
    assert_eq!(of_the_other.text("order_id"), "INV-1-2");
    let (_, second) = started_over(&stage, &order).await;
    let letters = second.text("order_id").strip_prefix("INV-1-2-").expect("it begins with its order's");
    assert_eq!(letters.len(), 4, "{letters}");
    each_is_paid_by_itself(&stage, (&order, &second), (&other, &of_the_other)).await;
}

#[tokio::test]
async fn an_order_whose_id_another_orders_second_attempt_has_is_charged_under_one_of_its_own() {
    let stage = Stage::set().await;
    let (order, other) = (placed_as(&stage, "INV-1").await, placed_as(&stage, "INV-1-2").await);
    let (_, second) = started_over(&stage, &order).await;
    assert_eq!(second.text("order_id"), "INV-1-2");
    let of_the_other = stage.charge(&other).await;
    let letters = of_the_other.text("order_id").strip_prefix("INV-1-2-1-").expect("it begins with its own");
    assert_eq!(letters.len(), 4, "{letters}");
    each_is_paid_by_itself(&stage, (&other, &of_the_other), (&order, &second)).await;
}
