//! Host with server-side rendering in Leptos: `examples/hosts/leptos-ssr`, built and running.

use crate::fresh_install::target;
use crate::leptos::{bind, cargo_builds};
use gopay_e2e::{SERVER_KEY, Shop};
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The running server. It stops when dropped.
#[derive(Debug)]
pub struct LeptosServer {
    // Killed when it is dropped.
    _process: Child,
    // Its database. Gone with it.
    _files: TempDir,
    url: String,
}

impl LeptosServer {
    /// Builds the shop for server and browser, and starts it on a free port, with the sandbox of `shop` for Midtrans.
    ///
    /// # Panics
    /// If it does not build or start.
    pub async fn starts(shop: &Shop) -> Self {
        let site = target().join("hosts-leptos-ssr");
        let wasm = ["--target", "wasm32-unknown-unknown"];
        cargo_builds(&[&["--package", "leptos-ssr", "--lib", "--features", "hydrate"], &wasm[..]].concat());
        bind("leptos_ssr.wasm", &site.join("pkg"));
        cargo_builds(&["--package", "leptos-ssr", "--bin", "leptos-ssr", "--features", "ssr"]);

        let files = tempfile::Builder::new().prefix("gopay-leptos-ssr-").tempdir().expect("a temporary folder");
        let mut command = Command::new(target().join("debug/leptos-ssr"));
        command.env("SITE_ROOT", site).env("SITE_ADDR", "127.0.0.1:0");
        command.env("MIDTRANS_SERVER_KEY", SERVER_KEY).env("MIDTRANS_BASE_URL", shop.sandbox.url());
        command.env("ORDER_TOKEN_SECRET", "hosts-order-token-secret-7hTq2LmX9c");
        command.env("MERCHANT_DATABASE_URL", format!("sqlite:{}", files.path().join("shop.sqlite").display()));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
        let mut process = command.spawn().expect("it was built");
        let mut said = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let url = said.next_line().await.expect("a text").expect("it says where it listens");
        shop.sandbox.notifies(&format!("{url}/api/gopay/notifications")).await;
        Self { _process: process, _files: files, url }
    }

    /// The address of a page.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}
