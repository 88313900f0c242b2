//! Products and orders.

use crate::fixture::{Shop, build};
use gopay_demo_shop::{Demo, DemoError};
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;

#[tokio::test]
async fn an_order_costs_what_the_shop_lists() {
    let shop = Shop::opens().await;
    let listed: Value = shop.get("/api/shop/products").await.json().await.expect("JSON");
    let products = listed["products"].as_array().expect("a list");
    let coffee = products.iter().find(|product| product["sku"] == "kopi-gayo").expect("coffee");
    assert_eq!(coffee["price"], 44_000);
    let order = shop.order().await;
    assert_eq!(order.body["gross_amount"], 44_000);
    assert_eq!(order.body["description"], "Kopi Gayo 250 g");
    assert!(order.order_id.starts_with("order-") && order.order_id.len() <= 30, "{}", order.order_id);
    let host = shop.sandbox.strip_prefix("http://").expect("http");
    assert_eq!(order.body["trusted_hosts"], json!([host]), "the widget must be told to trust the sandbox");
    assert_eq!(shop.charged(&order).await["gross_amount"], "44000.00");
}

#[tokio::test]
async fn a_price_in_the_order_changes_nothing() {
    let shop = Shop::opens().await;
    let basket = json!({"items": [{"sku": "kopi-gayo", "quantity": 2, "price": 1}], "gross_amount": 1});
    assert_eq!(shop.post("/api/shop/orders", &basket).await.1["gross_amount"], 88_000);
}

#[tokio::test]
async fn an_order_can_be_paid_as_long_as_the_shop_says() {
    let shop = Shop::opens_with(Demo { payable_for: Some(Duration::from_secs(3600)), ..Demo::default() }).await;
    let charged = shop.charged(&shop.order().await).await;
    let hour = |field: &str| charged[field].as_str().expect("a time")[11..13].parse::<u32>().expect("an hour");
    assert_eq!(hour("expiry_time"), (hour("transaction_time") + 1) % 24, "{charged}");
}

#[tokio::test]
async fn what_cannot_be_bought_is_refused_in_midtrans_words() {
    let shop = Shop::opens().await;
    for (body, names) in [
        (json!({"items": [{"sku": "emas", "quantity": 1}]}), "emas"),
        (json!({"items": [{"sku": "kopi-gayo", "quantity": 0}]}), "quantity"),
        (json!({"items": []}), "items"),
        (json!({}), "items"),
    ] {
        let (http, answer) = shop.post("/api/shop/orders", &body).await;
        assert_eq!((http, answer["status_code"].as_str()), (400, Some("400")), "{body}");
        assert!(answer.to_string().contains(names), "{answer}");
    }
}

#[tokio::test]
async fn it_takes_no_real_money() {
    for base_url in ["https://api.midtrans.com", "https://api.veritrans.co.id"] {
        let folder = TempDir::new().expect("a folder");
        let built = build(Demo::default(), base_url, "Mid-server-x", &folder).await;
        assert!(matches!(built, Err(DemoError::RealMoney)), "{base_url}");
        assert!(!folder.path().join("shop.sqlite3").exists(), "nothing was begun");
    }
}
