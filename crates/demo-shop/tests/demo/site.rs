//! The pages.

use crate::fixture::Shop;
use gopay_demo_shop::Demo;
use reqwest::Method;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A shop whose site is in the folder `site`, beside a file that is nobody's.
async fn with_a_site() -> (Shop, TempDir) {
    let folder = TempDir::new().expect("a folder");
    let site = folder.path().join("site");
    std::fs::create_dir(&site).expect("a folder");
    std::fs::write(folder.path().join("secret.env"), "MIDTRANS_SERVER_KEY=outside").expect("a file");
    for (name, content) in [("index.html", "<title>Toko Kopi</title>"), ("app.js", "//"), ("app.wasm", "\0asm")] {
        std::fs::write(site.join(name), content).expect("a file");
    }
    (Shop::opens_with(Demo { site_dir: Some(site), ..Demo::default() }).await, folder)
}

#[tokio::test]
async fn the_page_is_served_at_its_two_places() {
    let (shop, _folder) = with_a_site().await;
    for path in ["/", "/selesai/", "/selesai/?order_id=order-101&result=success"] {
        let page = shop.get(path).await;
        assert_eq!(page.headers()["content-type"], "text/html", "{path}");
        let policy = page.headers()["content-security-policy"].to_str().expect("text").to_owned();
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"), "{policy}");
        let sandbox = shop.sandbox.trim_start_matches("http://");
        assert!(policy.contains(sandbox), "QR pictures of the sandbox may be shown: {policy}");
        assert!(page.text().await.expect("text").contains("Toko Kopi"), "{path}");
    }
    let wasm = shop.get("/app.wasm").await;
    assert_eq!(wasm.headers()["content-type"], "application/wasm", "or browsers do not compile it while it streams");
    assert_eq!(wasm.headers()["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn no_address_leaves_the_sites_folder() {
    let (shop, _folder) = with_a_site().await;
    for path in [
        "/../secret.env",
        "/%2e%2e/secret.env",
        "/..%2fsecret.env",
        "/%2e%2e%2fsecret.env",
        "/..%5csecret.env",
        "/.%00./secret.env",
        "/selesai/../../secret.env",
        "//secret.env",
        "/%2fetc/passwd",
        "//etc/passwd",
        "/....//secret.env",
        "/%c0%ae%c0%ae/secret.env",
    ] {
        let mut connection = TcpStream::connect(shop.url.trim_start_matches("http://")).await.expect("a connection");
        let request = format!("GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n");
        connection.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.expect("text");
        let status = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).expect("a status");
        assert!(matches!(status, "400" | "404" | "307"), "{path}: {answer}");
        assert!(!answer.contains("outside") && !answer.contains("root:"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn without_a_site_a_returning_payer_is_still_greeted() {
    let shop = Shop::opens().await;
    let page = shop.get("/selesai/?result=failure").await;
    assert_eq!(page.status(), 200);
    assert!(page.text().await.expect("text").contains("Terima kasih"));
}

#[tokio::test]
async fn the_shops_answers_are_kept_by_nobody_and_only_allowed_origins_read_them() {
    let shop = Shop::opens().await;
    for (origin, allowed) in [("https://toko.example", true), ("https://evil.example", false)] {
        let answer = shop.request(Method::GET, "/api/shop/products").header("Origin", origin).send().await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers().contains_key("access-control-allow-origin"), allowed, "{origin}");
    }
}
