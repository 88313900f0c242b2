use crate::sandbox::{Answer, Sandbox, charge_body};
use reqwest::{Method, header};
use serde_json::{Value, json};

#[tokio::test]
async fn an_accept_that_rules_json_out_is_403_and_the_switch_wants_both_headers() {
    let sandbox = Sandbox::start().await;
    let charge = async |order_id: &str, accept: Option<&str>, content_type: Option<&str>| {
        let mut request = sandbox.request(Method::POST, "/v2/charge").body(charge_body(order_id).to_string());
        if let Some(accept) = accept {
            request = request.header(header::ACCEPT, accept);
        }
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        Answer::of(request.send().await.unwrap()).await.text("status_code").to_owned()
    };
    let json = Some("application/json");
    assert_eq!(charge("o-1", Some("text/html"), json).await, "403");
    assert_eq!(sandbox.status("o-1").await.text("status_code"), "404", "the work is not done");
    assert_eq!(charge("o-1", Some("*/*"), Some("application/x-www-form-urlencoded")).await, "201");
    sandbox.behave(json!({"request_headers": "enforced"})).await;
    assert_eq!(charge("o-2", Some("text/html"), json).await, "403");
    assert_eq!(charge("o-2", json, None).await, "413");
    assert_eq!(charge("o-2", json, Some("text/plain")).await, "413");
    assert_eq!(charge("o-2", json, Some("application/json; charset=utf-8")).await, "201");
}

#[tokio::test]
async fn another_method_than_the_routes_is_405() {
    let sandbox = Sandbox::start().await;
    for (method, path) in
        [(Method::GET, "/v2/charge"), (Method::PUT, "/v2/o-1/status"), (Method::GET, "/v2/o-1/cancel")]
    {
        let answer = Answer::of(sandbox.request(method.clone(), path).send().await.unwrap()).await;
        assert_eq!(answer.summary(), (200, "405", ""), "{method} {path}");
    }
}

#[tokio::test]
async fn a_body_over_the_switchs_length_is_413() {
    let sandbox = Sandbox::start().await;
    let mut body = charge_body("o-1");
    body["metadata"] = json!({"note": "x".repeat(16_384)});
    sandbox.behave(json!({"longest_body": 16_384})).await;
    assert_eq!(sandbox.charge_with(&body).await.summary(), (200, "413", ""));
    sandbox.behave(json!({"longest_body": 0})).await;
    assert_eq!(sandbox.charge_with(&body).await.summary(), (200, "201", "pending"));
}

#[tokio::test]
async fn an_account_that_may_not_charge_is_refused_in_the_recorded_words() {
    let sandbox = Sandbox::start().await;
    for (account, code, words) in [
        ("not_activated", "402", "Payment channel is not activated."),
        ("no_access", "402", "Merchant doesn't have access for this payment type"),
        ("missing_settings", "402", "Missing GoPay merchant setting data"),
        ("unauthorized", "402", "GoPay merchant is unauthorized."),
        ("not_active", "402", "GoPay merchant is not active."),
        ("deactivated", "410", "Merchant account is deactivated"),
        ("user_blocked", "410", "GoPay user is blocked"),
    ] {
        sandbox.behave(json!({"gopay_account": account})).await;
        let refused = sandbox.charge("o-1").await;
        assert_eq!((refused.summary(), refused.text("status_message")), ((200, code, ""), words));
    }
    sandbox.behave(json!({"gopay_account": "active"})).await;
    assert_eq!(sandbox.charge("o-1").await.text("status_code"), "201");
}

#[tokio::test]
async fn the_charge_after_the_rate_is_429_until_a_minute_has_passed() {
    let sandbox = Sandbox::start().await;
    sandbox.behave(json!({"charges_per_minute": 2})).await;
    let codes = async |names: [&str; 3]| {
        let mut codes = Vec::new();
        for name in names {
            codes.push(sandbox.charge(name).await.text("status_code").to_owned());
        }
        codes
    };
    assert_eq!(codes(["o-1", "o-2", "o-3"]).await, ["201", "201", "429"]);
    assert_eq!(sandbox.status("o-1").await.text("status_code"), "201", "only charges are counted");
    sandbox.advance(61).await;
    assert_eq!(sandbox.charge("o-3").await.text("status_code"), "201");
}

#[tokio::test]
async fn a_field_of_another_type_is_400_or_408_as_the_switch_says() {
    let sandbox = Sandbox::start().await;
    let mut body = charge_body("o-1");
    body["transaction_details"]["gross_amount"] = json!(true);
    body["metadata"] = json!([]);
    assert_eq!(sandbox.charge_with(&body).await.summary(), (400, "400", ""));
    sandbox.behave(json!({"wrong_data_type": "wrong_type"})).await;
    let refused = sandbox.charge_with(&body).await;
    assert_eq!(refused.summary(), (200, "408", ""));
    for field in ["transaction_details.gross_amount", "metadata"] {
        assert!(refused.text("status_message").contains(field), "{}", refused.body);
    }
    assert_eq!(sandbox.charge("o-1").await.text("status_code"), "201");
}

#[tokio::test]
async fn tokenization_asks_for_a_wallet_and_none_is_linked() {
    let sandbox = Sandbox::start().await;
    let with = async |gopay: Value| {
        let mut body = charge_body("o-1");
        body["gopay"] = gopay;
        sandbox.charge_with(&body).await
    };
    for field in ["payment_option_token", "promotion_ids", "pre_auth", "recurring"] {
        let refused = with(json!({field: true})).await;
        assert_eq!(refused.summary(), (400, "400", ""), "{field}");
        assert_eq!(refused.body["validation_messages"], json!(["Gopay.account_id is required"]), "{field}");
    }
    let unlinked = with(json!({"account_id": "a-1", "payment_option_token": "t"})).await;
    assert_eq!(
        (unlinked.summary(), unlinked.text("status_message")),
        ((200, "404", ""), "GoPay Wallet doesn't exist.")
    );
    assert_eq!(with(json!({"pre_auth": false, "recurring": false})).await.text("status_code"), "201");
}

#[tokio::test]
async fn a_code_that_has_no_cause_here_comes_as_a_fault() {
    let sandbox = Sandbox::start().await;
    for code in ["403", "405", "408", "410", "411", "429", "500", "503"] {
        let status_code: u16 = code.parse().unwrap();
        sandbox.fault(json!({"fault": "error", "status_code": status_code, "on": ["charge"]})).await;
        let refused = sandbox.charge("o-1").await;
        assert_eq!(refused.summary(), (200, code, ""));
        assert!(!refused.text("status_message").is_empty() && !refused.text("id").is_empty(), "{}", refused.body);
    }
}

/// With an order called `paid`, paid.
async fn with_a_paid_order() -> Sandbox {
    let sandbox = Sandbox::start().await;
    sandbox.charge("paid").await;
    sandbox.pay("paid").await;
    sandbox
}

/// One refusal of every code that the API itself can give, with the server key.
async fn every_refusal(sandbox: &Sandbox) -> Vec<Answer> {
    let mut zero = charge_body("o-0");
    zero["transaction_details"]["gross_amount"] = json!(0);
    let mut transfer = charge_body("o-0");
    transfer["payment_type"] = json!("bank_transfer");
    let html = sandbox.request(Method::GET, "/v2/paid/status").header(header::ACCEPT, "text/html");
    let cut = sandbox.request(Method::POST, "/v2/charge").body("{");
    vec![
        sandbox.charge_with(&zero).await,
        sandbox.charge_with(&transfer).await,
        Answer::of(html.send().await.unwrap()).await,
        sandbox.status("nothing").await,
        sandbox.get("/v2/charge").await,
        sandbox.charge("paid").await,
        sandbox.post("/v2/paid/cancel").await,
        Answer::of(cut.send().await.unwrap()).await,
        sandbox.post_json("/v2/paid/refund", &json!({"amount": 44_001})).await,
    ]
}

const CODES: [&str; 9] = ["400", "402", "403", "404", "405", "406", "412", "413", "414"];

#[tokio::test]
async fn an_error_is_http_200_but_for_400_and_401_unless_the_switch_says_otherwise() {
    let sandbox = with_a_paid_order().await;
    for (follows, statuses) in
        [(false, [400, 200, 200, 200, 200, 200, 200, 200, 200]), (true, [400, 402, 403, 404, 405, 406, 412, 413, 414])]
    {
        sandbox.behave(json!({"http_status_follows_body": follows})).await;
        let refusals = every_refusal(&sandbox).await;
        let codes: Vec<_> = refusals.iter().map(|refusal| refusal.text("status_code")).collect();
        let http: Vec<_> = refusals.iter().map(|refusal| refusal.http_status).collect();
        assert_eq!((codes.as_slice(), http.as_slice()), (CODES.as_slice(), statuses.as_slice()));
    }
    sandbox.behave(json!({"http_status_follows_body": true, "gopay_account": "deactivated"})).await;
    assert_eq!(sandbox.charge("o-9").await.summary(), (410, "410", ""));
    sandbox.behave(json!({"charges_per_minute": 1, "gopay_account": "active"})).await;
    sandbox.charge("o-9").await;
    assert_eq!(sandbox.charge("o-10").await.summary(), (429, "429", ""));
    sandbox.fault(json!({"fault": "error", "status_code": 503})).await;
    assert_eq!(sandbox.status("paid").await.summary(), (503, "503", ""));
}

#[tokio::test]
async fn an_errors_code_is_a_text_its_messages_belong_to_400_and_its_id_may_be_missing() {
    let sandbox = with_a_paid_order().await;
    for refusal in every_refusal(&sandbox).await {
        let code = refusal.text("status_code");
        assert!(!refusal.text("status_message").is_empty(), "{code}");
        assert_eq!(refusal.body["validation_messages"].is_array(), code == "400", "{code}");
        assert_eq!(refusal.body["id"].is_null(), matches!(code, "412" | "413"), "{code}");
    }
}

#[tokio::test]
async fn the_words_are_the_recorded_ones() {
    let sandbox = Sandbox::start().await;
    assert_eq!(sandbox.charge("o-1").await.text("status_message"), "GoPay transaction is created");
    assert_eq!(sandbox.status("nothing").await.text("status_message"), "Transaction doesn't exist.");
    sandbox.pay("o-1").await;
    let ended = sandbox.post("/v2/o-1/cancel").await;
    assert_eq!(ended.text("status_message"), "Transaction status cannot be updated.");
    sandbox.fault(json!({"fault": "deny_next_charge"})).await;
    assert_eq!(sandbox.charge("o-2").await.text("status_message"), "GoPay transaction is denied");
}

#[tokio::test]
async fn what_is_not_published_may_be_worded_otherwise_and_what_is_may_not() {
    let sandbox = Sandbox::start().await;
    let messages = async |body: Value| sandbox.charge_with(&body).await.body["validation_messages"].clone();
    let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": "a b", "gross_amount": 1}});
    let mut sum = charge_body("o-1");
    sum["item_details"] = json!([{"name": "Kopi", "price": 1, "quantity": 1}]);
    let published = json!(["transaction_details.gross_amount is not equal to the sum of item_details"]);
    let detailed = messages(body.clone()).await;
    assert!(detailed[0].as_str().unwrap().contains("characters"), "{detailed}");
    assert_eq!(messages(sum.clone()).await, published);
    sandbox.behave(json!({"validation_wording": "terse"})).await;
    assert_eq!(messages(body).await, json!(["transaction_details.order_id is invalid"]));
    assert_eq!(messages(sum).await, published);
}

#[tokio::test]
async fn the_api_lets_no_browser_of_another_origin_in() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    let asked = sandbox
        .request(Method::OPTIONS, "/v2/charge")
        .header(header::ORIGIN, "https://toko.example")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST");
    let status = sandbox.request(Method::GET, "/v2/o-1/status").header(header::ORIGIN, "https://toko.example");
    for request in [asked, status] {
        let answer = request.send().await.unwrap();
        assert!(!answer.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), "{:?}", answer.headers());
    }
}

#[tokio::test]
async fn answers_are_not_to_be_cached() {
    let sandbox = Sandbox::start().await;
    sandbox.charge("o-1").await;
    for path in ["/v2/o-1/status", "/v2/nothing/status"] {
        let answer = sandbox.request(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-cache", "{path}");
    }
}
