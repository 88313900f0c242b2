//! Time to pay: from opening the page to something payable on the screen, a QR code on a computer or a link to the app on a phone: our two
//! builds, hand-written floors of the same kind, and adyen-web, in Chromium on a slow phone's network and processor.
//! `cargo xtask bench` prints it; nothing is asserted.
//!
//! All pay for the same charge, the same QR image and the same network, from one server that keeps connections; every file is
//! brotli. The charge is answered after 0 to 1,500 ms. Each run is a browser that was never used before (cold); where the
//! charge is answered at once, the same page follows once more (warm). They take turns, each round beginning with another,
//! so that whatever else the machine does befalls all.
#![allow(missing_docs, reason = "a benchmark's own")]

mod server;
mod table;

use gopay_e2e::{Browser, Device, eventually};
use serde_json::{Value, json};
use server::Server;
use table::Run;

const ROUNDS: usize = 5;

/// Milliseconds until the charge is answered.
pub(crate) const CHARGE_TAKES: [u32; 4] = [0, 300, 800, 1_500];

/// 1.6 Mbit/s down, 750 kbit/s up, in bytes per second, and 150 ms for each request.
const NETWORK: (f64, f64, u32) = (200_000.0, 93_750.0, 150);
/// CPU slowdown factor.
const PROCESSOR: u32 = 4;

/// Script that every page runs first.
const PROBE: &str = include_str!("probe.js");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    Wasm,
    Js,
    Floor,
    Adyen,
}

/// Way to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A QR code, on a computer.
    Qr,
    /// A link to the app, on a phone.
    Link,
}

/// One measurement of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) contender: Contender,
    pub(crate) kind: Kind,
    pub(crate) charge_takes: u32,
}

impl Contender {
    pub(crate) const ALL: [Self; 4] = [Self::Wasm, Self::Js, Self::Floor, Self::Adyen];

    const fn is_ours(self) -> bool {
        matches!(self, Self::Wasm | Self::Js)
    }
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Qr, Self::Link];

    const fn device(self) -> Device {
        match self {
            Self::Qr => Device::Desktop,
            Self::Link => Device::Phone,
        }
    }
}

impl Entry {
    /// The JavaScript build runs where the charge is answered at once; adyen-web has no such link.
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for charge_takes in CHARGE_TAKES {
            for kind in Kind::ALL {
                for contender in Contender::ALL {
                    let runs = match contender {
                        Contender::Wasm | Contender::Floor => true,
                        Contender::Js => charge_takes == 0,
                        Contender::Adyen => kind == Kind::Qr,
                    };
                    if runs {
                        all.push(Self { contender, kind, charge_takes });
                    }
                }
            }
        }
        all
    }

    fn url(self, port: u16) -> String {
        let path = match (self.contender, self.kind) {
            (Contender::Wasm, _) => "wasm",
            (Contender::Js, _) => "js",
            (Contender::Floor, Kind::Qr) => "floor",
            (Contender::Floor, Kind::Link) => "floor-link",
            (Contender::Adyen, _) => "adyen",
        };
        format!("http://127.0.0.1:{port}/{path}?after={}", self.charge_takes)
    }
}

/// A fresh browser, slowed down.
async fn slow_browser(device: Device) -> Browser {
    let browser = Browser::opens(device).await;
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

/// Opens the contender's page, and waits until it can be paid and its code follows the payment.
async fn run(browser: &Browser, server: &Server, entry: Entry) -> Run {
    browser.client().goto(&entry.url(server.port)).await.expect("the page loads");
    eventually("something payable is painted", async || {
        let seen = browser.runs("return window.told()", Vec::new()).await.map_err(|error| error.to_string())?;
        let is_there = seen["painted"].is_number() && (seen["followed"].is_number() || !entry.contender.is_ours());
        if is_there { Ok(()) } else { Err(seen.to_string()) }
    })
    .await;
    // Tasks after the QR image block the payer too.
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
    let entries = Entry::all();
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        for place in 0..entries.len() {
            let entry = entries[(round * 5 + place) % entries.len()];
            let browser = slow_browser(entry.kind.device()).await;
            cold.push((entry, run(&browser, &server, entry).await));
            if entry.charge_takes == 0 {
                browser.client().goto("about:blank").await.expect("an empty page");
                warm.push((entry, run(&browser, &server, entry).await));
            }
        }
    }
    println!("from opening the page to something payable painted, {ROUNDS} runs each, headless Chromium,");
    println!("1.6 Mbit/s down, 0.75 up, {} ms, processor {PROCESSOR} times slower", NETWORK.2);
    table::print_by_charge(&cold);
    for kind in Kind::ALL {
        table::print(kind, "never seen before", &cold);
        table::print(kind, "seen once before", &warm);
    }
    table::print_loaded(&cold);
}
