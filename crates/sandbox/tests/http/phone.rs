use crate::sandbox::{Answer, Sandbox, charge_body};
use reqwest::header;
use serde_json::json;

async fn charge_with_callback(sandbox: &Sandbox, callback_url: &str) -> Answer {
    let mut body = charge_body("o-1");
    body["gopay"] = json!({"enable_callback": true, "callback_url": callback_url});
    sandbox.charge_with(&body).await
}

fn tref(charge: &Answer) -> &str {
    charge.action("deeplink-redirect").split_once("?tref=").unwrap().1
}

#[tokio::test]
async fn the_deeplink_shows_the_payment_and_bayar_settles_it_and_returns_the_payer() {
    let sandbox = Sandbox::start().await;
    let charge = charge_with_callback(&sandbox, "https://toko.example/selesai/").await;
    let page = sandbox.client.get(charge.action("deeplink-redirect")).send().await.unwrap();
    assert_eq!(page.headers()[header::CACHE_CONTROL], "no-store");
    let page = page.text().await.unwrap();
    for words in ["Rp44.000", "o-1", "Bayar", "Gagal", "Tinggalkan", "width=device-width"] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("http://") && !page.contains("https://"), "no resource from elsewhere");
    let paid = sandbox.post_form("/v2/deeplink/payment", &[("tref", tref(&charge)), ("result", "success")]).await;
    assert_eq!(paid.status(), 303);
    assert_eq!(paid.headers()[header::LOCATION], "https://toko.example/selesai/?order_id=o-1&result=success");
    let status = sandbox.status("o-1").await;
    assert_eq!(status.summary(), (200, "200", "settlement"));
    assert_eq!((status.text("payment_type"), status.text("payment_option_type")), ("gopay", "GOPAY_WALLET"));
    let page = sandbox.client.get(charge.action("deeplink-redirect")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Sudah dibayar") && !page.contains("<button"), "it cannot be paid twice");
}

#[tokio::test]
async fn gagal_returns_the_payer_but_leaves_the_transaction_pending_and_tells_nobody() {
    let sandbox = Sandbox::start().await;
    let shop = crate::shop::Shop::open().await;
    let charge = charge_with_callback(&sandbox, "https://toko.example/selesai/").await;
    sandbox.post_json("/sandbox/notification-url", &json!({"url": shop.url})).await;
    let failed = sandbox.post_form("/v2/deeplink/payment", &[("tref", tref(&charge)), ("result", "failure")]).await;
    assert_eq!(failed.headers()[header::LOCATION], "https://toko.example/selesai/?order_id=o-1&result=failure");
    assert_eq!(sandbox.status("o-1").await.text("transaction_status"), "pending");
    // The next thing that the shop hears is the payment: nothing was sent in between.
    sandbox.pay("o-1").await;
    assert_eq!(sandbox.attempts(1).await[0]["transaction_status"], "settlement");
}

#[tokio::test]
async fn tinggalkan_returns_nobody() {
    let sandbox = Sandbox::start().await;
    let charge = charge_with_callback(&sandbox, "https://toko.example/selesai/").await;
    let left = sandbox.post_form("/v2/deeplink/payment", &[("tref", tref(&charge)), ("result", "abort")]).await;
    assert_eq!(left.status(), 200);
    assert_eq!(sandbox.status("o-1").await.text("transaction_status"), "pending");
}

#[tokio::test]
async fn without_a_callback_the_payer_is_told_to_go_back() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge("o-1").await;
    let paid = sandbox.post_form("/v2/deeplink/payment", &[("tref", tref(&charge)), ("result", "success")]).await;
    assert_eq!(paid.status(), 200);
    assert!(paid.text().await.unwrap().contains("kembali ke toko"));
    assert_eq!(sandbox.status("o-1").await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn a_callback_with_a_query_is_joined_as_the_switch_says() {
    for (join, location) in [
        ("question_mark", "https://toko.example/?a=1?order_id=o-1&result=failure"),
        ("ampersand", "https://toko.example/?a=1&order_id=o-1&result=failure"),
    ] {
        let sandbox = Sandbox::start().await;
        sandbox.behave(json!({"callback_join": join})).await;
        let charge = charge_with_callback(&sandbox, "https://toko.example/?a=1").await;
        let back = sandbox.post_form("/v2/deeplink/payment", &[("tref", tref(&charge)), ("result", "failure")]).await;
        assert_eq!(back.headers()[header::LOCATION], location);
    }
}

#[tokio::test]
async fn an_expired_transaction_is_not_paid_by_an_open_page() {
    let sandbox = Sandbox::start().await;
    let charge = charge_with_callback(&sandbox, "https://toko.example/selesai/").await;
    sandbox.post("/v2/o-1/expire").await;
    let late = sandbox.post_form("/v2/deeplink/payment", &[("tref", tref(&charge)), ("result", "success")]).await;
    assert!(late.text().await.unwrap().contains("Tidak bisa dibayar"));
    assert_eq!(sandbox.status("o-1").await.text("transaction_status"), "expire");
}

#[tokio::test]
async fn an_unknown_link_says_so() {
    let sandbox = Sandbox::start().await;
    let page = sandbox.get("/v2/deeplink/detail?tref=A1ID").await;
    assert_eq!(page.http_status, 404);
    assert!(page.body.as_str().unwrap().contains("tidak ditemukan"));
    let paid = sandbox.post_form("/v2/deeplink/payment", &[("tref", "A1ID"), ("result", "success")]).await;
    assert_eq!(paid.status(), 404);
}

#[tokio::test]
async fn a_scanned_code_is_paid_by_any_wallet_and_turns_to_qris() {
    let sandbox = Sandbox::start().await;
    for (order_id, action, issuer, kind) in
        [("o-1", "generate-qr-code", "dana", "off-us"), ("o-2", "generate-qr-code-v2", "gopay", "on-us")]
    {
        let charge = sandbox.charge(order_id).await;
        let form = sandbox.get("/v2/qris/index").await;
        assert!(form.body.as_str().unwrap().contains("name=\"qrCodeUrl\""));
        let scanned = sandbox.post_form("/v2/qris/index", &[("qrCodeUrl", charge.action(action))]).await;
        let scanned = scanned.text().await.unwrap();
        assert!(scanned.contains("Rp44.000") && scanned.contains(charge.text("transaction_id")));
        let form = [("transaction_id", charge.text("transaction_id")), ("issuer", issuer)];
        assert_eq!(sandbox.post_form("/v2/qris/payment", &form).await.status(), 200);
        let status = sandbox.status(order_id).await;
        assert_eq!(status.summary(), (200, "200", "settlement"));
        let how = ["payment_type", "issuer", "transaction_type", "acquirer"].map(|field| status.text(field));
        assert_eq!(how, ["qris", issuer, kind, "gopay"]);
        assert!(!status.text("merchant_cross_reference_id").is_empty());
    }
}

#[tokio::test]
async fn what_is_no_code_of_this_sandbox_is_not_scanned() {
    let sandbox = Sandbox::start().await;
    for (text, problem) in [
        ("hello", "QR inputted unparsable"),
        ("http://127.0.0.1/v2/gopay/nothing/qr-code", "Failed to process QR"),
        ("000201010212", "Failed to process QR"),
    ] {
        let refused = sandbox.post_form("/v2/qris/index", &[("qrCodeUrl", text)]).await;
        assert_eq!(refused.status(), 400);
        assert!(refused.text().await.unwrap().contains(problem), "{text}");
    }
}

#[tokio::test]
async fn a_wallet_recognizes_no_code_of_a_merchant_whose_qris_set_up_is_not_finished() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge("o-1").await;
    let qris = sandbox.get("/sandbox/transactions/o-1").await.text("qris").to_owned();
    let scan = async |text: &str| {
        let answer = sandbox.post_form("/v2/qris/index", &[("qrCodeUrl", text)]).await;
        (answer.status().as_u16(), answer.text().await.unwrap().contains("Unrecognized QR code"))
    };
    for text in [charge.action("generate-qr-code"), &qris] {
        sandbox.behave(json!({"qris_activated": false})).await;
        assert_eq!(scan(text).await, (400, true), "{text}");
        sandbox.behave(json!({"qris_activated": true})).await;
        assert_eq!(scan(text).await, (200, false), "{text}");
    }
}

#[tokio::test]
async fn what_a_shop_writes_is_never_markup_in_a_page() {
    let sandbox = Sandbox::start().await;
    sandbox.behave(json!({"order_id_characters": "any"})).await;
    let charge = sandbox.charge("<script>alert(1)</script>").await;
    assert_eq!(charge.text("status_code"), "201");
    for url in [charge.action("deeplink-redirect"), &format!("{}/", sandbox.url)] {
        let page = sandbox.client.get(url).send().await.unwrap().text().await.unwrap();
        assert!(page.contains("alert(1)") && !page.contains("<script>"), "{url}");
    }
}

#[tokio::test]
async fn in_the_dashboards_phone_the_payer_gets_a_link_back_to_the_shop_and_stays_in_the_frame() {
    let sandbox = Sandbox::start().await;
    let charge = charge_with_callback(&sandbox, "https://toko.example/selesai/").await;
    let framed = format!("{}&framed=true", charge.action("deeplink-redirect"));
    let page = sandbox.client.get(&framed).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("name=\"framed\" value=\"true\""), "{page}");
    for (result, says) in [("failure", "Pembayaran gagal"), ("success", "Pembayaran berhasil")] {
        let form = [("tref", tref(&charge)), ("result", result), ("framed", "true")];
        let answer = sandbox.post_form("/v2/deeplink/payment", &form).await;
        assert_eq!(answer.status(), 200);
        let page = answer.text().await.unwrap();
        let link = format!("href=\"https://toko.example/selesai/?order_id=o-1&#38;result={result}\" target=\"_blank\"");
        assert!(page.contains(says) && page.contains(&link), "{page}");
    }
    let page = sandbox.client.get(&framed).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Pembayaran berhasil") && page.contains("Kembali ke toko"), "{page}");
}
