//! Secrets and third parties: the server key never leaves the server, and a page requests nothing but from the shop and the
//! QR code's host.

use gopay_e2e::{Device, Shop, dist, eventually};
use std::fs;
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn the_server_key_is_in_no_file_no_answer_no_page_and_no_log() {
    let shop = Shop::opens().await;
    let secrets = shop.server_secrets();
    let holds_one = |text: &str| secrets.iter().any(|secret| text.contains(secret.as_str()));

    // Files
    let mut files = 0;
    for_each_file(&dist(), &mut |name, content| {
        files += 1;
        let text = String::from_utf8_lossy(content);
        assert!(!holds_one(&text), "{name} holds a secret");
        assert!(!text.contains("Mid-server-e2e"), "{name} holds a part of the server key");
    });
    assert!(files >= 6, "dist/ has {files} files");

    // All responses to the browser, from the first page to the end of a payment
    let payer = shop.welcomes(Device::Desktop).await;
    payer.buys("kopi-gayo").await;
    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;
    let exchanges = eventually("the event stream has ended, and the browser has all of it", async || {
        let exchanges = shop.proxy.exchanges();
        let told = |part: &str, end: &str| exchanges.iter().any(|it| it.path.contains(part) && it.body.contains(end));
        let parts = [("/gopay-checkout.js", "gopay-checkout"), ("/core/", ""), ("/api/shop/orders", "order_token")];
        let answers = [("/api/gopay/charge", "actions"), ("/events", "settlement")];
        let missing: Vec<_> = parts.into_iter().chain(answers).filter(|(part, end)| !told(part, end)).collect();
        if missing.is_empty() { Ok(exchanges) } else { Err(missing) }
    })
    .await;
    for exchange in &exchanges {
        assert!(!holds_one(&exchange.path) && !holds_one(&exchange.headers), "{} tells a secret", exchange.path);
        assert!(!holds_one(&exchange.body), "the answer of {} tells a secret", exchange.path);
    }

    // No request to a third party: no font, script or analytics.
    let addresses = payer.browser().addresses().await;
    let qr_code = format!("{}/v2/gopay/", shop.sandbox.url());
    let qr_code_v2 = format!("{}/v4/qris/gopay/", shop.sandbox.url());
    let is_picture =
        |url: &str| (url.starts_with(&qr_code) || url.starts_with(&qr_code_v2)) && url.ends_with("/qr-code");
    for url in &addresses {
        let is_known = url.starts_with(&shop.address("/")) || url.starts_with("data:");
        assert!(is_known || is_picture(url), "the page asked {url}");
    }
    for part in ["/gopay-checkout.js", "/api/gopay/charge", "/qr-code"] {
        assert!(addresses.iter().any(|url| url.contains(part)), "{part} was seen: {addresses:?}");
    }

    // The page, with shadow root and storage
    let page = payer.evaluates(
        "return document.documentElement.outerHTML + document.querySelector('gopay-checkout').shadowRoot.innerHTML
            + JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie",
    );
    let page = page.await.expect("a page");
    let page = page.as_str().expect("a text");
    assert!(page.contains("Pembayaran berhasil") && !holds_one(page), "the page holds a secret");
    let console = payer.browser().console().await.join("\n");
    assert!(!holds_one(&console), "the console tells a secret");

    // Logs of merchant and sandbox, at level debug. Dropping a shop checks them in every other test.
    let logs = shop.logs();
    assert!(logs.contains("settlement") && logs.contains("DEBUG"), "there is something to look at");
    assert!(!holds_one(&logs), "a log holds a secret");
    let signatures = logs.split(|c: char| !c.is_ascii_hexdigit()).filter(|word| word.len() == 128).count();
    assert_eq!(signatures, 0, "a log holds a signature");
    assert!(!logs.contains("tref="), "a log holds the query of a deeplink");
}

fn for_each_file(folder: &Path, look: &mut impl FnMut(&str, &[u8])) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            for_each_file(&path, look);
        } else {
            look(&path.display().to_string(), &fs::read(&path).expect("a file"));
        }
    }
}
