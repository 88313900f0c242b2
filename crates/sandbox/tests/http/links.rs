use crate::sandbox::{Answer, Sandbox, charge_body};
use reqwest::{Method, header};
use serde_json::json;

async fn charge_with_callback(sandbox: &Sandbox, order_id: &str) -> Answer {
    let mut body = charge_body(order_id);
    body["gopay"] = json!({"enable_callback": true, "callback_url": "https://toko.example/selesai/"});
    sandbox.charge_with(&body).await
}

#[tokio::test]
async fn the_deeplink_has_the_shape_of_the_switch_and_leads_to_the_payment() {
    let sandbox = Sandbox::start().await;
    for (shape, begins) in [
        ("detail", format!("{}/v2/deeplink/detail?tref=A1", sandbox.url)),
        ("detail_with_callback", format!("{}/v2/deeplink/detail?tref=A1", sandbox.url)),
        ("gojek_scheme", "gojek://gopay/merchanttransfer?tref=A1".to_owned()),
    ] {
        sandbox.behave(json!({"deeplink": shape})).await;
        let charge = charge_with_callback(&sandbox, shape).await;
        let link = charge.action("deeplink-redirect");
        assert!(link.starts_with(&begins), "{shape}: {link}");
        let reference = sandbox.get(&format!("/sandbox/transactions/{shape}")).await.text("reference").to_owned();
        let detail = format!("{}/v2/deeplink/detail?tref={reference}", sandbox.url);
        if link.starts_with(&detail) {
            assert_eq!(sandbox.client.get(link).send().await.unwrap().status(), 200, "{shape}");
        }
        let entered = sandbox.post_form("/v2/deeplink/index", &[("deeplink", link)]).await;
        assert_eq!(entered.headers()[header::LOCATION], format!("detail?tref={reference}").as_str(), "{shape}");
    }
}

#[tokio::test]
async fn the_links_that_carry_the_callback_carry_it_with_the_order() {
    let sandbox = Sandbox::start().await;
    for (shape, also) in [("detail_with_callback", None), ("gojek_scheme", Some(("amount", "44000")))] {
        sandbox.behave(json!({"deeplink": shape})).await;
        let charge = charge_with_callback(&sandbox, shape).await;
        let link = reqwest::Url::parse(charge.action("deeplink-redirect")).unwrap();
        let query: std::collections::HashMap<_, _> = link.query_pairs().into_owned().collect();
        assert_eq!(query["callback_url"], format!("https://toko.example/selesai/?order_id={shape}"));
        assert!(
            also.is_none_or(|(name, value)| query[name] == value) && also.is_none_or(|_| query["activity"] == "GP:RR")
        );
    }
}

#[tokio::test]
async fn a_deeplink_may_be_entered_by_hand() {
    let sandbox = Sandbox::start().await;
    let form = sandbox.get("/v2/deeplink/index").await;
    assert!(form.body.as_str().unwrap().contains("name=\"deeplink\""));
    let nonsense = sandbox.post_form("/v2/deeplink/index", &[("deeplink", "hello")]).await;
    assert_eq!(nonsense.status(), 400);
    let unknown =
        sandbox.post_form("/v2/deeplink/index", &[("deeplink", "gojek://gopay/merchanttransfer?tref=A1ID")]).await;
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn the_phone_speaks_the_language_of_the_charge() {
    let sandbox = Sandbox::start().await;
    for (order_id, locale, words, lang) in [
        ("o-1", "en-EN", "Confirm the payment", "en"),
        ("o-2", "id-ID", "Konfirmasi pembayaran", "id"),
        ("o-3", "", "Konfirmasi pembayaran", "id"),
    ] {
        let request = sandbox.request(Method::POST, "/v2/charge").header("X-Payment-Locale", locale);
        let charge = Answer::of(request.json(&charge_body(order_id)).send().await.unwrap()).await;
        let page = sandbox.client.get(charge.action("deeplink-redirect")).send().await.unwrap().text().await.unwrap();
        assert!(page.contains(words) && page.contains(&format!("<html lang=\"{lang}\">")), "{locale}: {page}");
    }
}

#[tokio::test]
async fn leaving_the_app_returns_the_payer_only_where_the_switch_says_so() {
    let sandbox = Sandbox::start().await;
    let charge = charge_with_callback(&sandbox, "o-1").await;
    let tref = charge.action("deeplink-redirect").split_once("?tref=").unwrap().1;
    let leave = async || sandbox.post_form("/v2/deeplink/payment", &[("tref", tref), ("result", "abort")]).await;
    assert_eq!(leave().await.status(), 200);
    sandbox.behave(json!({"abort_returns_payer": true})).await;
    let left = leave().await;
    assert_eq!(left.headers()[header::LOCATION], "https://toko.example/selesai/?order_id=o-1&result=abort");
    assert_eq!(sandbox.status("o-1").await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn a_scanned_code_is_paid_once_and_returns_nobody() {
    let sandbox = Sandbox::start().await;
    let charge = charge_with_callback(&sandbox, "o-1").await;
    let form = [("transaction_id", charge.text("transaction_id")), ("issuer", "dana")];
    let paid = sandbox.post_form("/v2/qris/payment", &form).await;
    assert_eq!((paid.status().as_u16(), paid.headers().get(header::LOCATION)), (200, None));
    let again = sandbox.post_form("/v2/qris/payment", &form).await.text().await.unwrap();
    assert!(again.contains("Tidak bisa dibayar"), "{again}");
}

#[tokio::test]
async fn a_payment_over_the_wallets_limit_fails_and_the_order_stays_pending() {
    let sandbox = Sandbox::start().await;
    let mut body = charge_body("o-1");
    body["transaction_details"]["gross_amount"] = json!(10_000_001);
    let charge = sandbox.charge_with(&body).await;
    let form = [("transaction_id", charge.text("transaction_id")), ("issuer", "dana")];
    let scanned = sandbox.post_form("/v2/qris/payment", &form).await.text().await.unwrap();
    assert!(scanned.contains("melebihi batas"), "{scanned}");
    assert_eq!(sandbox.status("o-1").await.text("transaction_status"), "pending");
    sandbox.pay("o-1").await;
    body["transaction_details"] = json!({"order_id": "o-2", "gross_amount": 20_000_001});
    sandbox.charge_with(&body).await;
    let refused = sandbox.post("/sandbox/transactions/o-2/pay").await;
    assert_eq!((refused.http_status, refused.text("status_code")), (409, "412"));
    body["transaction_details"]["order_id"] = json!("o-3");
    sandbox.behave(json!({"amount_limit": "at_charge"})).await;
    assert_eq!(sandbox.charge_with(&body).await.summary(), (400, "400", ""));
}
