//! The server key never leaves the server, and a page talks to nobody but the shop and the QR code's host.

use gopay_e2e::{Device, Shop, eventually};
use std::fs;
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn the_server_key_is_in_no_file_no_answer_no_page_and_no_log() {
    let shop = Shop::opens().await;
    let secrets = shop.server_secrets();
    let holds_one = |text: &str| secrets.iter().any(|secret| text.contains(secret.as_str()));

    // Files
    let mut files = 0;
    for_each_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist"), &mut |name, content| {
        files += 1;
        let text = String::from_utf8_lossy(content);
        assert!(!holds_one(&text), "{name} holds a secret");
        assert!(!text.contains("Mid-server-e2e"), "{name} holds a part of the server key");
    });
    assert!(files >= 6, "dist/ has {files} files");

    // Everything that the browser is answered, from the first page to the end of a payment
    let payer = shop.welcomes(Device::Desktop).await;
    payer.buys("kopi-gayo").await;
    payer.scans_and_pays().await;
    payer.waits_for_state("settlement").await;
    let mut exchanges = Vec::new();
    eventually("the event stream has ended, and the browser has all of it", async || {
        exchanges.extend(payer.browser().network().await);
        let seen = |part: &str| exchanges.iter().any(|it| it.url.contains(part));
        let parts = ["/gopay-checkout.js", "/core/", "/api/shop/orders", "/api/gopay/charge", "/events", "/qr-code"];
        let missing: Vec<_> = parts.into_iter().filter(|part| !seen(part)).collect();
        if missing.is_empty() { Ok(()) } else { Err(missing) }
    })
    .await;
    for exchange in &exchanges {
        assert!(!holds_one(&exchange.url) && !holds_one(&exchange.headers), "{} tells a secret", exchange.url);
        assert!(!exchange.body.as_deref().is_some_and(holds_one), "the answer of {} tells a secret", exchange.url);
    }
    let with_body = exchanges.iter().filter(|it| it.body.as_deref().is_some_and(|body| !body.is_empty())).count();
    assert!(with_body >= 8, "bodies were looked at: {with_body}");

    // Nobody else is asked for anything: no font, no script, no counter of a third party.
    let qr_code = format!("{}/v2/gopay/", shop.sandbox.url());
    let qr_code_v2 = format!("{}/v4/qris/gopay/", shop.sandbox.url());
    for exchange in &exchanges {
        let url = &exchange.url;
        let is_known = url.starts_with(&shop.address("/")) || url.starts_with("data:");
        let is_picture = (url.starts_with(&qr_code) || url.starts_with(&qr_code_v2)) && url.ends_with("/qr-code");
        assert!(is_known || is_picture, "the page asked {url}");
    }

    // The page itself, the widget's inside and the browser's storage included
    let page = payer.looks(
        "return document.documentElement.outerHTML + document.querySelector('gopay-checkout').shadowRoot.innerHTML
            + JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie",
    );
    let page = page.await.expect("a page");
    let page = page.as_str().expect("a text");
    assert!(page.contains("Pembayaran berhasil") && !holds_one(page), "the page holds a secret");
    let console = payer.browser().console().await.join("\n");
    assert!(!holds_one(&console), "the console tells a secret");

    // Logs of merchant and sandbox, at their most talkative. Every other journey looks there too, when its shop closes.
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
