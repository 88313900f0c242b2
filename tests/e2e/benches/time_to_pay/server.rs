//! Server for all contenders: their pages and files, compressed with brotli, the charge, and the QR image.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::{StreamExt, stream};
use gopay_contract::JakartaTime;
use gopay_e2e::Shop;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::convert::Infallible;
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};
use tokio::net::TcpListener;

/// Environment variable with the folder of the other contenders' files, bundled and minified: `floor.js`, `adyen.js`, `adyen.css`.
const OTHERS: &str = "GOPAY_BENCH_CONTENDERS";

/// Head of all pages.
const HEAD: &str = "<!doctype html><html lang=\"id\"><head><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\"><title>Bayar</title>";

pub(crate) struct Server {
    pub(crate) port: u16,
}

struct ServerState {
    charge: String,
    status: String,
    image: Vec<u8>,
    /// By path: the bytes, brotli, and their type.
    files: HashMap<String, (Vec<u8>, &'static str)>,
    /// The shop's order, and its amount.
    order_id: String,
    amount: String,
    port: u16,
}

impl Server {
    /// Starts it with one charge, as the sandbox answers it.
    pub(crate) async fn opens() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("this machine has a free port");
        let port = listener.local_addr().expect("it has one").port();
        let inside = Arc::new(ServerState::of(port).await);
        let routes = Router::new()
            .route("/api/gopay/charge", post(charge))
            .route("/api/gopay/orders/{order_id}", get(async |State(it): State<Arc<ServerState>>| in_json(&it.status)))
            .route("/api/gopay/orders/{order_id}/events", get(events))
            // Adyen's own endpoints: the QR image and the status.
            .route("/test/utility/v1/barcode.png", get(qr_image))
            .route("/test/services/PaymentInitiation/v1/status", post(async || in_json(r#"{"resultCode":"pending"}"#)))
            .fallback(anything_else)
            .with_state(inside);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { port }
    }
}

impl ServerState {
    async fn of(port: u16) -> Self {
        let shop = Shop::opens().await;
        let order = shop.takes_order("kopi-gayo").await;
        shop.charges(&order).await;
        let body = json!({"payment_type": "gopay", "transaction_details": {"order_id": order["order_id"]}});
        let token = order["order_token"].as_str().unwrap_or_default();
        let asked = shop.http().post(shop.address("/api/gopay/charge")).bearer_auth(token).json(&body).send();
        let charge = asked.await.expect("the merchant answers").text().await.expect("a text");
        let status = shop.address(&format!("/api/gopay/orders/{}", order["order_id"].as_str().unwrap_or_default()));
        let status = shop.http().get(status).bearer_auth(token).send().await.expect("the merchant answers");
        let status = status.text().await.expect("a text");

        let read: Value = serde_json::from_str(&charge).expect("a charge is JSON");
        let actions = read["actions"].as_array().expect("a charge has actions");
        let qr = actions.iter().find(|it| it["name"] == "generate-qr-code").expect("a charge has a QR code");
        let image = shop.http().get(qr["url"].as_str().unwrap_or_default()).send().await.expect("an image");
        let image = image.bytes().await.expect("an image").to_vec();
        let amount = order["gross_amount"].to_string().trim_matches('"').to_owned();
        // All runs together may take longer than the order is open.
        let expiry = read["expiry_time"].as_str().expect("a charge has an end");
        let later = JakartaTime::parse(expiry).expect("a time");
        let later = JakartaTime::from_unix_seconds(later.unix_seconds() + 86_400).to_text();
        Self {
            // The QR image comes from this server too, over the same network.
            charge: charge.replace(shop.sandbox.url(), &format!("http://127.0.0.1:{port}")).replace(expiry, &later),
            status: status.replace(expiry, &later),
            image,
            files: files(),
            order_id: order["order_id"].as_str().unwrap_or_default().to_owned(),
            amount,
            port,
        }
    }
}

impl ServerState {
    /// A contender's page, and whether its policy leaves out WebAssembly. `query` goes with the charge.
    fn page(&self, path: &str, query: &str) -> Option<(String, bool)> {
        let Self { order_id, amount, port, .. } = self;
        let attributes = format!(
            "order-id=\"{order_id}\" gross-amount=\"{amount}\" charge-url=\"/api/gopay/charge?{query}\" \
             status-url=\"/api/gopay/orders/{order_id}\""
        );
        let body = match path {
            "/wasm" | "/js" => format!(
                "<script type=\"module\" src=\"/gopay-checkout.js\"></script></head><body><gopay-checkout {attributes} \
                 events-url=\"/api/gopay/orders/{order_id}/events\" trusted-hosts=\"127.0.0.1:{port}\"></gopay-checkout>"
            ),
            "/floor" | "/floor-link" => format!(
                "<script type=\"module\" src=\"/floor.js\"></script></head><body><floor-checkout {attributes}{}>\
                 </floor-checkout>",
                if path == "/floor" { "" } else { " link" }
            ),
            "/adyen" => format!(
                "<link rel=\"stylesheet\" href=\"/adyen.css\"><script type=\"module\" src=\"/adyen.js\"></script></head>\
                 <body><div id=\"checkout\" data-order=\"{order_id}\" data-amount=\"{amount}\" \
                 data-charge-url=\"/api/gopay/charge?{query}\"></div>"
            ),
            _ => return None,
        };
        Some((format!("{HEAD}{body}</body></html>"), path == "/js"))
    }
}

/// Answers after as many milliseconds as the query says: Midtrans takes its time.
async fn charge(State(it): State<Arc<ServerState>>, uri: Uri) -> Response {
    let after = uri.query().and_then(|query| query.strip_prefix("after=")?.parse().ok()).unwrap_or(0);
    tokio::time::sleep(Duration::from_millis(after)).await;
    in_json(&it.charge)
}

fn files() -> HashMap<String, (Vec<u8>, &'static str)> {
    let mut files = HashMap::new();
    let dist = gopay_e2e::dist();
    for folder in [dist.clone(), dist.join("core")] {
        for file in fs::read_dir(&folder).expect("dist/ is built").flatten().map(|it| it.path()) {
            if file.extension().is_some_and(|it| it == "br") {
                let plain = file.with_extension("");
                let path = format!("/{}", plain.strip_prefix(&dist).expect("it is in there").display());
                files.insert(path, (fs::read(&file).expect("a file"), kind(&plain)));
            }
        }
    }
    let others = env::var_os(OTHERS).map(PathBuf::from);
    let others = others.unwrap_or_else(|| panic!("{OTHERS} names no folder: `cargo xtask bench` makes one"));
    for name in ["floor.js", "adyen.js", "adyen.css"] {
        let text = fs::read(others.join(name)).unwrap_or_else(|error| panic!("{OTHERS} has no {name}: {error}"));
        let mut packed = Vec::new();
        let mut writer = brotli::CompressorWriter::new(&mut packed, 4096, 11, 22);
        writer.write_all(&text).expect("it is packed in memory");
        drop(writer);
        files.insert(format!("/{name}"), (packed, kind(Path::new(name))));
    }
    files
}

fn kind(file: &Path) -> &'static str {
    match file.extension().and_then(|it| it.to_str()) {
        Some("wasm") => "application/wasm",
        Some("css") => "text/css",
        _ => "text/javascript",
    }
}

fn in_json(text: &str) -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], text.to_owned()).into_response()
}

async fn events(State(it): State<Arc<ServerState>>) -> Response {
    let first = Event::default().event("status").id("1").data(&it.status);
    // Nothing more happens to it.
    Sse::new(stream::once(async { Ok::<_, Infallible>(first) }).chain(stream::pending())).into_response()
}

async fn qr_image(State(it): State<Arc<ServerState>>) -> Response {
    ([(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, "no-store")], it.image.clone()).into_response()
}

async fn anything_else(State(it): State<Arc<ServerState>>, uri: Uri) -> Response {
    let path = uri.path();
    if let Some((page, is_strict)) = it.page(path, uri.query().unwrap_or_default()) {
        let policy = if is_strict { "script-src 'self'" } else { "script-src 'self' 'wasm-unsafe-eval'" };
        let headers = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (header::CONTENT_SECURITY_POLICY, policy),
        ];
        return (headers, page).into_response();
    }
    if let Some((bytes, kind)) = it.files.get(path) {
        let headers = [
            (header::CONTENT_TYPE, *kind),
            (header::CONTENT_ENCODING, "br"),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ];
        return (headers, Body::from(bytes.clone())).into_response();
    }
    if path.ends_with("/qr-code") {
        return qr_image(State(it)).await;
    }
    StatusCode::NOT_FOUND.into_response()
}
