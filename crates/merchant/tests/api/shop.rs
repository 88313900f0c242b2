//! The demo shop.

use crate::stage::{Answered, Stage};
use serde_json::json;

#[tokio::test]
async fn an_order_costs_what_the_shop_lists() {
    let stage = Stage::set().await;
    let listed = Answered::from(stage.get("/api/shop/products").send().await.expect("an answer")).await;
    let products = listed.body["products"].as_array().expect("a list").clone();
    let coffee = products.iter().find(|product| product["sku"] == "kopi-gayo").expect("coffee");
    assert_eq!(coffee["price"], 44_000);
    let order = stage.order().await;
    assert_eq!(order.body["gross_amount"], 44_000);
    assert_eq!(order.body["description"], "Kopi Gayo 250 g");
    assert!(order.order_id.starts_with("order-") && order.order_id.len() <= 30, "{}", order.order_id);
    let host = stage.sandbox.url.strip_prefix("http://").expect("http");
    assert_eq!(order.body["trusted_hosts"], json!([host]), "the widget must be told to trust the sandbox");
}

#[tokio::test]
async fn a_price_in_the_order_changes_nothing() {
    let stage = Stage::set().await;
    let items = json!({"items": [{"sku": "kopi-gayo", "quantity": 2, "price": 1}], "gross_amount": 1});
    let answered = Answered::from(stage.post("/api/shop/orders").json(&items).send().await.expect("an answer")).await;
    assert_eq!(answered.body["gross_amount"], 88_000);
}

#[tokio::test]
async fn what_cannot_be_bought_is_refused_in_midtrans_words() {
    let stage = Stage::set().await;
    for (body, names) in [
        (json!({"items": [{"sku": "emas", "quantity": 1}]}), "emas"),
        (json!({"items": [{"sku": "kopi-gayo", "quantity": 0}]}), "quantity"),
        (json!({"items": []}), "items"),
        (json!({}), "items"),
    ] {
        let request = stage.post("/api/shop/orders").json(&body);
        let answered = Answered::from(request.send().await.expect("an answer")).await;
        assert_eq!((answered.http, answered.text("status_code")), (400, "400"), "{body}");
        assert!(answered.body.to_string().contains(names), "{}", answered.body);
    }
}
