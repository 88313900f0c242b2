//! From opening the page to the QR code on the screen: our two builds, a hand-written floor, and adyen-web, in Chromium on
//! a slow phone's network and processor. `cargo xtask bench` prints it; nothing is asserted.
//!
//! All pay for the same charge, the same picture and the same wire, from one server that keeps connections; every file is
//! brotli. Each run is a browser that was never used before (cold), then the same page once more (warm). They take turns,
//! each run beginning with another, so that whatever else the machine does befalls all.
#![allow(missing_docs, reason = "a benchmark's own")]

mod server;
mod table;

use gopay_e2e::{Browser, Device, eventually};
use serde_json::{Value, json};
use server::Server;
use table::Run;

const RUNS: usize = 9;

/// 1.6 Mbit/s down, 750 kbit/s up, in bytes per second, and 150 ms for each request.
const NETWORK: (f64, f64, u32) = (200_000.0, 93_750.0, 150);
/// How many times slower the processor is made.
const PROCESSOR: u32 = 4;

/// In every page, before anything of its own.
const PROBE: &str = include_str!("probe.js");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    Wasm,
    Js,
    Floor,
    Adyen,
}

impl Contender {
    const ALL: [Self; 4] = [Self::Wasm, Self::Js, Self::Floor, Self::Adyen];

    const fn path(self) -> &'static str {
        match self {
            Self::Wasm => "/wasm",
            Self::Js => "/js",
            Self::Floor => "/floor",
            Self::Adyen => "/adyen",
        }
    }

    const fn is_ours(self) -> bool {
        matches!(self, Self::Wasm | Self::Js)
    }
}

/// A browser that nobody has used, slowed down.
async fn slow_browser() -> Browser {
    let browser = Browser::opens(Device::Desktop).await;
    browser.client().goto("about:blank").await.expect("an empty page");
    let (down, up, latency) = NETWORK;
    let network = json!({"offline": false, "latency": latency, "downloadThroughput": down, "uploadThroughput": up});
    for (command, parameters) in [
        ("Page.enable", json!({})),
        ("Page.addScriptToEvaluateOnNewDocument", json!({"source": PROBE})),
        ("Network.enable", json!({})),
        ("Network.emulateNetworkConditions", network),
        ("Emulation.setCPUThrottlingRate", json!({"rate": PROCESSOR})),
    ] {
        browser.devtools(command, parameters).await.expect("Chromium can be slowed down");
    }
    browser
}

/// Opens the contender's page, and waits until its QR code is painted and somebody follows the payment.
async fn run(browser: &Browser, server: &Server, contender: Contender) -> Run {
    let url = format!("http://127.0.0.1:{}{}", server.port, contender.path());
    browser.client().goto(&url).await.expect("the page loads");
    eventually("the QR code is painted", async || {
        let seen = browser.runs("return window.told()", Vec::new()).await.map_err(|error| error.to_string())?;
        let is_there = seen["painted"].is_number() && (seen["followed"].is_number() || !contender.is_ours());
        if is_there { Ok(()) } else { Err(seen.to_string()) }
    })
    .await;
    // What comes after the picture blocks the payer too.
    let rest = "return new Promise((done) => setTimeout(done, 700)).then(window.told)";
    let told = browser.runs(rest, Vec::new()).await.expect("the page tells");
    browser.devtools("HeapProfiler.collectGarbage", json!({})).await.expect("garbage is collected");
    let heap = browser.devtools("Runtime.getHeapUsage", json!({})).await.expect("Chromium knows its heap");
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    Run {
        painted: number(&told["painted"]),
        followed: number(&told["followed"]),
        blocked: number(&told["blocked"]),
        shifted: number(&told["shifted"]),
        bytes: number(&told["bytes"]),
        heap: number(&heap["usedSize"]) + number(&heap["backingStorageSize"]) + number(&told["wasm"]),
        loaded: told["loaded"].clone(),
    }
}

#[tokio::main]
async fn main() {
    let server = Server::opens().await;
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for turn in 0..RUNS {
        for place in 0..Contender::ALL.len() {
            let contender = Contender::ALL[(turn + place) % Contender::ALL.len()];
            let browser = slow_browser().await;
            cold.push((contender, run(&browser, &server, contender).await));
            browser.client().goto("about:blank").await.expect("an empty page");
            warm.push((contender, run(&browser, &server, contender).await));
        }
    }
    println!("from opening the page to the QR code painted, {RUNS} runs each, headless Chromium,");
    println!("1.6 Mbit/s down, 0.75 up, {} ms, processor {PROCESSOR} times slower", NETWORK.2);
    table::print("never seen before", &cold);
    table::print("seen once before", &warm);
    table::print_loaded(&cold);
}
