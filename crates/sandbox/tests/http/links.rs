use crate::sandbox::{Answer, Sandbox, charge_body};
use reqwest::{Method, header};
use serde_json::json;

async fn charge_with_callback(sandbox: &Sandbox, order_id: &str) -> Answer {
    let mut body = charge_body(order_id);
    body["gopay"] = json!({"enable_callback": true, "callback_url": "https://toko.example/selesai/"});
    sandbox.charge_with(&body).await
}

/// The redirect target of an address.
async fn location(sandbox: &Sandbox, url: &str) -> String {
    let answer = sandbox.client.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 303, "{url}");
    let base = reqwest::Url::parse(url).unwrap();
    base.join(answer.headers()[header::LOCATION].to_str().unwrap()).unwrap().to_string()
}

#[tokio::test]
async fn the_deeplink_has_the_shape_of_its_era_and_leads_to_the_payment() {
    let sandbox = Sandbox::start().await;
    for (shape, begins) in [
        ("checkout", format!("{}/gopay/ui/checkout?referenceid=", sandbox.url)),
        ("payment_pin", format!("{}/gopay/partner/app/payment-pin?id=", sandbox.url)),
        ("detail", format!("{}/v2/deeplink/detail?tref=A1", sandbox.url)),
        ("detail_with_callback", format!("{}/v2/deeplink/detail?tref=A1", sandbox.url)),
        ("gojek_scheme", "gojek://gopay/merchanttransfer?tref=A1".to_owned()),
        ("gojek_link", "https://gojek.link/gopay/merchanttransfer?tref=A1".to_owned()),
        ("gopay_app", "https://gopay.co.id/app/merchanttransfer?tref=A1".to_owned()),
        ("simulator_v2", "https://simulator-v2.sandbox.midtrans.com/gopay/partner/app/payment-pin?id=".to_owned()),
    ] {
        sandbox.behave(json!({"deeplink": shape})).await;
        let charge = charge_with_callback(&sandbox, shape).await;
        let link = charge.action("deeplink-redirect");
        assert!(link.starts_with(&begins), "{shape}: {link}");
        let reference = sandbox.get(&format!("/sandbox/transactions/{shape}")).await.text("reference").to_owned();
        let detail = format!("{}/v2/deeplink/detail?tref={reference}", sandbox.url);
        if shape == "payment_pin" {
            assert_eq!(location(&sandbox, link).await, detail, "{shape}");
        }
        if link.starts_with(&detail) {
            assert_eq!(sandbox.client.get(link).send().await.unwrap().status(), 200, "{shape}");
        }
        let entered = sandbox.post_form("/v2/deeplink/index", &[("deeplink", link)]).await;
        assert_eq!(entered.headers()[header::LOCATION], format!("detail?tref={reference}").as_str(), "{shape}");
    }
}

#[tokio::test]
async fn a_reference_may_begin_with_a2() {
    let sandbox = Sandbox::start().await;
    sandbox.behave(json!({"reference_prefix": "A2"})).await;
    let charge = sandbox.charge("o-1").await;
    let link = charge.action("deeplink-redirect");
    let reference = link.split_once("?tref=").unwrap().1;
    assert!(reference.starts_with("A2") && reference.ends_with("ID") && reference.len() == 28, "{reference}");
    for url in [link, charge.action("generate-qr-code-v2")] {
        assert_eq!(sandbox.client.get(url).send().await.unwrap().status(), 200, "{url}");
    }
    let entered = sandbox.post_form("/v2/deeplink/index", &[("deeplink", reference)]).await;
    assert_eq!(entered.headers()[header::LOCATION], format!("detail?tref={reference}").as_str());
}

#[tokio::test]
async fn the_links_that_carry_the_callback_carry_it_with_the_order() {
    let sandbox = Sandbox::start().await;
    for (shape, also) in
        [("checkout", None), ("detail_with_callback", None), ("gojek_scheme", Some(("amount", "44000")))]
    {
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
    assert_eq!(sandbox.get("/gopay/ui/checkout?referenceid=nothing").await.http_status, 404);
}

#[tokio::test]
async fn the_page_of_2020_has_a_list_of_results_and_one_button() {
    let sandbox = Sandbox::start().await;
    sandbox.behave(json!({"deeplink": "checkout"})).await;
    let charge = charge_with_callback(&sandbox, "o-1").await;
    let url = reqwest::Url::parse(charge.action("deeplink-redirect")).unwrap();
    let page = async || sandbox.client.get(url.clone()).send().await.unwrap().text().await.unwrap();
    let before = page().await;
    let within = |begins: &str| before.split_once(begins).unwrap().1.split_once('"').unwrap().0.to_owned();
    let (action, tref) = (url.join(&within("action=\"")).unwrap(), within("name=\"tref\" value=\""));
    for (result, status) in [("failure", "pending"), ("success", "settlement")] {
        assert!(before.contains(&format!("<option value=\"{result}\">")), "{before}");
        let form = [("tref", tref.as_str()), ("result", result)];
        let paid = sandbox.client.post(action.clone()).form(&form).send().await.unwrap();
        let back = format!("https://toko.example/selesai/?order_id=o-1&result={result}");
        assert_eq!(paid.headers()[header::LOCATION], back.as_str());
        assert_eq!(sandbox.status("o-1").await.text("transaction_status"), status);
    }
    assert!(before.contains(">Pay</button>") && !page().await.contains("<form"), "paid, and not to be paid again");
}

#[tokio::test]
async fn the_scanners_of_old_accounts_lead_to_todays() {
    let sandbox = Sandbox::start().await;
    for path in ["/qris/index", "/gopay/ui/index"] {
        let url = format!("{}{path}", sandbox.url);
        assert_eq!(location(&sandbox, &url).await, format!("{}/v2/qris/index", sandbox.url), "{path}");
    }
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
async fn without_a_callback_url_the_dashboards_is_used_where_there_is_one() {
    let sandbox = Sandbox::start().await;
    sandbox.behave(json!({"default_callback_url": "https://toko.example/dasbor/"})).await;
    for (order_id, enabled, status) in [("o-1", true, 303), ("o-2", false, 200)] {
        let mut body = charge_body(order_id);
        body["gopay"] = json!({"enable_callback": enabled});
        let charge = sandbox.charge_with(&body).await;
        let tref = charge.action("deeplink-redirect").split_once("?tref=").unwrap().1.to_owned();
        let paid = sandbox.post_form("/v2/deeplink/payment", &[("tref", tref.as_str()), ("result", "success")]).await;
        assert_eq!(paid.status(), status);
        if enabled {
            let location = &paid.headers()[header::LOCATION];
            assert_eq!(location, "https://toko.example/dasbor/?order_id=o-1&result=success");
        }
    }
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
    sandbox.behave(json!({"wallet_verified": false})).await;
    let refused = sandbox.post("/sandbox/transactions/o-1/pay").await;
    assert_eq!((refused.http_status, refused.text("status_code")), (409, "412"));
    sandbox.behave(json!({"wallet_verified": true})).await;
    sandbox.pay("o-1").await;
    body["transaction_details"] = json!({"order_id": "o-2", "gross_amount": 20_000_001});
    sandbox.behave(json!({"amount_limit": "at_charge"})).await;
    assert_eq!(sandbox.charge_with(&body).await.summary(), (400, "400", ""));
}
