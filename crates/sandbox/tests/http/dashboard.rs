//! The page for people, as a browser without the page's script has it.

use crate::{
    sandbox::{Answer, Sandbox, charge_body, eventually},
    shop::Shop,
};
use axum::{http::StatusCode, response::IntoResponse};
use midtrans_sandbox::{DEFAULT_SERVER_KEY, Settings};
use reqwest::Response;

use tokio_stream::StreamExt;

async fn sandbox_and_shop() -> (Sandbox, Shop) {
    let shop = Shop::open().await;
    let notification_url = Some(shop.url.parse().unwrap());
    (Sandbox::start_with(Settings { notification_url, ..Settings::default() }).await, shop)
}

/// The text of the page, with `query`.
async fn page(sandbox: &Sandbox, query: &str) -> String {
    sandbox.get(&format!("/{query}")).await.body.as_str().unwrap().to_owned()
}

/// The page that follows a button.
async fn press(sandbox: &Sandbox, button: &str, form: &[(&str, &str)]) -> (u16, String) {
    let pressed: Response = sandbox.post_form(&format!("/dashboard/{button}"), form).await;
    let status = pressed.status().as_u16();
    match pressed.headers().get("location") {
        Some(location) => {
            let query = location.to_str().unwrap().trim_start_matches("../").to_owned();
            (status, page(sandbox, &query).await)
        }
        None => (status, pressed.text().await.unwrap()),
    }
}

#[tokio::test]
async fn it_has_nothing_from_anywhere_else_and_lets_nothing_in() {
    let sandbox = Sandbox::start().await;
    let page = sandbox.client.get(format!("{}/", sandbox.url)).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let html = page.text().await.unwrap();
    assert!(!html.contains("https://") && !html.contains(" style=") && !html.contains("onclick"), "{html}");
    for (path, kind) in [("dashboard.css", "text/css"), ("dashboard.js", "text/javascript")] {
        assert!(html.contains(&format!("sandbox/{path}")));
        let file = sandbox.client.get(format!("{}/sandbox/{path}", sandbox.url)).send().await.unwrap();
        assert!(file.headers()["content-type"].to_str().unwrap().starts_with(kind));
    }
}

#[tokio::test]
async fn the_newest_transaction_is_on_the_phone_until_another_is_chosen() {
    let sandbox = Sandbox::start().await;
    assert!(page(&sandbox, "").await.contains("The newest charge appears here"));
    let first = sandbox.charge("o-1").await;
    let second = sandbox.charge("o-2").await;
    let frame = |charge: &Answer| {
        let tref = charge.action("deeplink-redirect").split_once("?tref=").unwrap().1.to_owned();
        format!("src=\"v2/deeplink/detail?tref={tref}&amp;framed=true")
    };
    let newest = page(&sandbox, "").await;
    assert!(newest.contains(&frame(&second)) && !newest.contains(&frame(&first)), "{newest}");
    let chosen = page(&sandbox, &format!("?phone={}", first.text("transaction_id"))).await;
    assert!(chosen.contains(&frame(&first)) && chosen.contains("Show the newest"), "{chosen}");
}

#[tokio::test]
async fn the_timeline_tells_charge_polls_notifications_faults_and_statuses_in_order() {
    let (sandbox, shop) = sandbox_and_shop().await;
    shop.will_answer([StatusCode::OK.into_response(), StatusCode::SERVICE_UNAVAILABLE.into_response()]);
    sandbox.charge("o-1").await;
    sandbox.attempts(1).await;
    for _ in 0..3 {
        sandbox.status("o-1").await;
    }
    sandbox.pay("o-1").await;
    sandbox.attempts(2).await;
    sandbox.status("o-1").await;
    let html = page(&sandbox, "").await;
    let timeline = html.split_once("id=\"timeline\"").unwrap().1.split_once("</ol>").unwrap().0;
    assert!(timeline.contains("3×, last at"), "{timeline}");
    // All of it is of the same second or two: what is of one kind is in order.
    let place = |words: &str| timeline.find(words).unwrap_or_else(|| panic!("{words} in {timeline}"));
    assert!(place("Shop → Midtrans") < place("Midtrans → Shop"));
    assert!(place("charge <span") < place(">pending<") && place(">pending<") < place(">settlement<"));
    assert!(place(">HTTP 200<") < place(">HTTP 503<") && timeline.contains("next attempt at"));
}

#[tokio::test]
async fn it_speaks_the_browsers_language_or_the_one_that_is_asked_for() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge("o-1").await;
    let url = format!("{}/", sandbox.url);
    let request = sandbox.client.get(&url).header("accept-language", "id-ID,id;q=0.9,en;q=0.8");
    let html = request.send().await.unwrap().text().await.unwrap();
    assert!(html.contains("<html lang=\"id\">") && html.contains("Hapus semua gangguan"), "{html}");
    let html = page(&sandbox, "?lang=id&order_id=o").await;
    // Without a script, forms and links carry the language and the filter on.
    for kept in ["dashboard/pay?order_id=o&#38;lang=id", "./?order_id=o&#38;lang=en", "name=\"lang\" value=\"id\""] {
        assert!(html.contains(kept), "{kept}: {html}");
    }
    let form = [("transaction_id", charge.text("transaction_id"))];
    let (status, paid) = press(&sandbox, "pay?order_id=o&lang=id", &form).await;
    assert!(status == 303 && paid.contains("Sudah dibayar."), "{paid}");
    let (status, refused) = press(&sandbox, "pay?lang=id", &form).await;
    assert!(status == 409 && refused.contains("Tidak bisa dilakukan"), "{refused}");
}

#[tokio::test]
async fn a_switch_offers_the_values_that_it_takes() {
    let sandbox = Sandbox::start().await;
    let html = page(&sandbox, "").await;
    let row = |name: &str| html.split_once(&format!("id=\"s-{name}\"")).unwrap().1.split_once("</li>").unwrap().0;
    let options = row("over_seven_days");
    assert!(options.contains("<option selected>reject</option><option>trim</option>"), "{options}");
    assert!(row("merchant_id").contains("<option selected>true</option><option>false</option>"));
    assert!(row("charges_per_minute").contains("a whole number"));
}

#[tokio::test]
async fn the_filter_leaves_only_the_orders_that_have_it() {
    let sandbox = Sandbox::start().await;
    for order_id in ["kopi-1", "kopi-2", "teh-1"] {
        sandbox.charge(order_id).await;
    }
    let filtered = page(&sandbox, "?order_id=kopi").await;
    assert!(filtered.contains("kopi-1") && filtered.contains("kopi-2") && !filtered.contains("teh-1"));
    assert!(page(&sandbox, "?order_id=susu").await.contains("No order_id matches"));
}

#[tokio::test]
async fn part_of_an_amount_is_given_back_and_a_wrong_one_is_named() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge("o-1").await;
    let id = charge.text("transaction_id");
    let (status, early) = press(&sandbox, "refund", &[("transaction_id", id), ("amount", "1")]).await;
    assert_eq!(status, 409);
    assert!(early.contains("Transaction status cannot be updated."), "{early}");
    sandbox.pay("o-1").await;
    for (amount, says) in [("all", "must be a whole number of rupiah"), ("44.001", "Refund rejected")] {
        let (status, refused) = press(&sandbox, "refund", &[("transaction_id", id), ("amount", amount)]).await;
        assert_eq!(status, 409);
        assert!(refused.contains(says), "{refused}");
    }
    let (status, part) = press(&sandbox, "refund", &[("transaction_id", id), ("amount", "4.000")]).await;
    assert_eq!(status, 303);
    assert!(part.contains("partial_refund") && part.contains("Rp4.000 refunded"), "{part}");
    assert_eq!(sandbox.status("o-1").await.text("refund_amount"), "4000.00");
    press(&sandbox, "refund", &[("transaction_id", id), ("amount", "")]).await;
    assert_eq!(sandbox.status("o-1").await.summary(), (200, "200", "refund"));
}

#[tokio::test]
async fn money_may_come_late_and_a_button_that_comes_too_late_says_so() {
    let sandbox = Sandbox::start().await;
    let charge = sandbox.charge("o-1").await;
    let form = [("transaction_id", charge.text("transaction_id"))];
    press(&sandbox, "expire", &form).await;
    let (status, late) = press(&sandbox, "pay", &form).await;
    assert_eq!(status, 409);
    assert!(late.contains("This could not be done"), "{late}");
    press(&sandbox, "late", &form).await;
    assert_eq!(sandbox.status("o-1").await.text("transaction_status"), "settlement");
}

#[tokio::test]
async fn the_clock_moves_to_where_the_next_transaction_expires() {
    let sandbox = Sandbox::start().await;
    let (status, nothing) = press(&sandbox, "clock", &[("seconds", "next_expiry")]).await;
    assert_eq!(status, 409);
    assert!(nothing.contains("nothing is pending"), "{nothing}");
    sandbox.charge("o-1").await;
    let (_, moved) = press(&sandbox, "clock", &[("seconds", "next_expiry")]).await;
    assert!(moved.contains("15 min ahead"), "{moved}");
    assert_eq!(sandbox.status("o-1").await.text("transaction_status"), "expire");
    for wrong in ["soon", "-1", "999999999999"] {
        assert_eq!(press(&sandbox, "clock", &[("seconds", wrong)]).await.0, 409, "{wrong}");
    }
}

#[tokio::test]
async fn the_log_has_the_whole_request_and_the_answer_but_no_secret() {
    let (sandbox, shop) = sandbox_and_shop().await;
    shop.will_answer([(StatusCode::SERVICE_UNAVAILABLE, "the <b>database</b> is away".repeat(200)).into_response()]);
    sandbox.charge("o-1").await;
    sandbox.attempts(1).await;
    let signature = shop.received()[0].json()["signature_key"].as_str().unwrap().to_owned();
    let html = page(&sandbox, "").await;
    let shown = format!("{}…{}", &signature[..8], &signature[124..]);
    for part in ["POST http://127.0.0.1:", "User-Agent: Veritrans", "HTTP 503", "attempt 1, next", &shown] {
        assert!(html.contains(part), "{part}");
    }
    assert!(html.contains("… and more") && !html.contains("<b>database"), "cut, and never markup");
    let full = sandbox.get("/sandbox/notifications/1").await;
    assert_eq!(full.body["answer_code"], 503);
    assert_eq!(full.body["request_body"]["order_id"], "o-1");
    for text in [html, full.body.to_string()] {
        assert!(!text.contains(DEFAULT_SERVER_KEY) && !text.contains(&signature));
    }
    assert_eq!(sandbox.get("/sandbox/notifications/99").await.http_status, 404);
}

#[tokio::test]
async fn any_attempt_can_be_sent_again_from_the_log() {
    let (sandbox, shop) = sandbox_and_shop().await;
    sandbox.charge("o-1").await;
    sandbox.attempts(1).await;
    sandbox.pay("o-1").await;
    sandbox.attempts(2).await;
    assert_eq!(press(&sandbox, "resend", &[("attempt", "1")]).await.0, 303);
    sandbox.attempts(3).await;
    let heard = shop.received();
    assert_eq!(heard[2].json()["transaction_status"], "pending");
    assert_eq!(heard[2].body, heard[0].body);
    assert_eq!(press(&sandbox, "resend", &[("attempt", "99")]).await.0, 409);
}

#[tokio::test]
async fn faults_and_switches_are_set_from_the_page() {
    let sandbox = Sandbox::start().await;
    let fault = [("fault", "error"), ("on", "charge"), ("number", "503"), ("times", "0"), ("order_id", "o-1")];
    let (_, html) = press(&sandbox, "add-fault", &fault).await;
    assert!(html.contains("id=\"f-1\""), "{html}");
    assert_eq!(sandbox.charge("o-1").await.text("status_code"), "503");
    assert!(page(&sandbox, "").await.contains("asked for as fault 1"));
    press(&sandbox, "remove-fault", &[("id", "1")]).await;
    assert_eq!(sandbox.charge("o-1").await.text("status_code"), "201");
    let (status, refused) = press(&sandbox, "add-fault", &[("fault", "latency")]).await;
    assert_eq!(status, 409);
    assert!(refused.contains("latency needs milliseconds"), "{refused}");

    let chaos = [("seed", "7"), ("one_in", "1"), ("kind", "html_403")];
    let (_, html) = press(&sandbox, "chaos", &chaos).await;
    assert!(html.contains("seed 7, one in 1"), "{html}");
    assert_eq!(sandbox.charge("o-2").await.http_status, 403);
    press(&sandbox, "end-chaos", &[]).await;
    assert_eq!(sandbox.charge("o-2").await.text("status_code"), "201");

    let (_, html) = press(&sandbox, "switch", &[("name", "merchant_id"), ("value", "false")]).await;
    assert!(html.contains("default true"), "{html}");
    assert!(sandbox.charge("o-3").await.body["merchant_id"].is_null());
    let (status, refused) = press(&sandbox, "switch", &[("name", "merchant_id"), ("value", "maybe")]).await;
    assert_eq!(status, 409);
    assert!(refused.contains("merchant_id") && refused.contains("maybe"), "{refused}");
}

#[tokio::test]
async fn notifications_go_where_the_page_says() {
    let shop = Shop::open().await;
    let sandbox = Sandbox::start().await;
    press(&sandbox, "notification-url", &[("url", &shop.url)]).await;
    sandbox.charge("o-1").await;
    sandbox.attempts(1).await;
    assert_eq!(press(&sandbox, "notification-url", &[("url", "ftp://shop/")]).await.0, 409);
    press(&sandbox, "notification-url", &[("url", "")]).await;
    sandbox.pay("o-1").await;
    assert_eq!(sandbox.attempts(1).await.len(), 1);
}

#[tokio::test]
async fn whoever_looks_on_hears_of_each_change_until_the_sandbox_stops() {
    let (sandbox, _shop) = sandbox_and_shop().await;
    let mut stream =
        sandbox.client.get(format!("{}/sandbox/changes", sandbox.url)).send().await.unwrap().bytes_stream();
    let first = stream.next().await.unwrap().unwrap();
    assert!(first.starts_with(b"event: changed"), "{first:?}");
    sandbox.charge("o-1").await;
    let next = stream.next().await.unwrap().unwrap();
    assert!(next.starts_with(b"event: changed"), "{next:?}");
    sandbox.stop().await;
    // Whatever was still on its way, and then the end.
    while stream.next().await.is_some_and(|chunk| chunk.is_ok()) {}
}

#[tokio::test]
async fn an_old_attempt_is_found_by_filtering() {
    let (sandbox, _shop) = sandbox_and_shop().await;
    let first = charge_body("the-first");
    sandbox.charge_with(&first).await;
    for n in 0..60 {
        sandbox.charge(&format!("o-{n}")).await;
    }
    eventually("all are told", async || (sandbox.attempts(61).await.len() == 61).then_some(())).await;
    let html = page(&sandbox, "").await;
    assert!(html.contains("and 11 older ones") && !html.contains("the-first"));
    assert!(page(&sandbox, "?order_id=the-first").await.contains("id=\"n-"));
}
