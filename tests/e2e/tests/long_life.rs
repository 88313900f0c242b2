//! A page that stays open for long: a thousand elements come and go and nothing grows; one that stays does nothing while
//! nothing happens.

use gopay_e2e::{Device, Engine, Payer, Shop, WidgetBuild, eventually};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Elements that come and go before anything is measured: caches fill, the engine compiles what is hot. The JavaScript
/// build has the more for it to compile, and takes some eight hundred.
const WARMING_UP: u32 = 1_000;
/// Elements that come and go after that.
const LIVES: u32 = 1_000;
/// By how many bytes of JavaScript the heap may have grown after them: far less than a kilobyte for each.
const TOLERANCE: f64 = 200_000.0;

/// Gives the open page's scripts `here`, the module that makes elements come and go, once it has learnt from the merchant.
async fn learns(payer: &Payer<'_>) {
    // An element of the page's own: a driver's script may not import in every engine.
    let brings = "const script = document.createElement('script');
        script.type = 'module';
        script.textContent = \"import * as here from '/pages/long_life/lives.js';\"
            + 'await here.learn(window.order); window.here = here';
        document.head.append(script)";
    payer.looks(brings).await.expect("the page takes a script");
    eventually("the page has learnt what the merchant answers", async || {
        let is_ready = payer.looks("return 'here' in window").await?;
        if is_ready == true { Ok(()) } else { Err(is_ready) }
    })
    .await;
}

/// Runs `script`, which may wait.
async fn runs(payer: &Payer<'_>, script: &str) -> Value {
    payer.looks(&format!("return (async () => {{ {script} }})()")).await.expect("the script runs")
}

/// In steps that the driver has patience for.
async fn live(payer: &Payer<'_>, count: u32) {
    for _ in 0..count / 50 {
        runs(payer, "await here.lives(50)").await;
    }
}

/// Bytes of JavaScript after a collection, and of WebAssembly.
async fn memory(payer: &Payer<'_>) -> (f64, f64) {
    let browser = payer.browser();
    // Twice: what the first frees may hold what the second does.
    for _ in 0..2 {
        browser.devtools("HeapProfiler.collectGarbage", json!({})).await.expect("garbage is collected");
    }
    let heap = browser.devtools("Runtime.getHeapUsage", json!({})).await.expect("Chromium knows its heap");
    let wasm = payer.looks("return wasmBytes()").await.expect("the page keeps it");
    (heap["usedSize"].as_f64().expect("a number"), wasm.as_f64().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_elements_come_and_go_and_no_memory_goes_with_them() {
    if Engine::asked_for() != Engine::Chromium {
        let said = writeln!(io::stderr(), "skipped in {:?}: it does not tell its heap", Engine::asked_for());
        said.expect("somebody reads it");
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.opens("long_life").await;
    learns(&payer).await;
    live(&payer, WARMING_UP).await;
    let (heap_before, wasm_before) = memory(&payer).await;
    live(&payer, LIVES).await;
    let (heap_after, wasm_after) = memory(&payer).await;
    println!("after {WARMING_UP} elements: {heap_before} bytes of JavaScript, {wasm_before} of WebAssembly");
    println!("after {LIVES} more: {heap_after} bytes of JavaScript, {wasm_after} of WebAssembly");

    let asked = runs(&payer, "return here.asked").await;
    assert_eq!(asked["charge"], WARMING_UP + LIVES, "each of them charged");
    assert_eq!(runs(&payer, "return here.streams.size").await, 0, "each of them has closed its stream");
    match WidgetBuild::asked_for() {
        WidgetBuild::Wasm => assert!(wasm_before > 0.0, "there is none to be measured"),
        WidgetBuild::Js => {}
    }
    assert!((wasm_after - wasm_before).abs() < 1.0, "WebAssembly's grew from {wasm_before} to {wasm_after}");
    let grown = heap_after - heap_before;
    assert!(grown < TOLERANCE, "JavaScript's grew by {grown} bytes, from {heap_before} to {heap_after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_elements_come_and_go_and_nothing_is_left_running() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    payer.opens("counted").await;
    learns(&payer).await;
    let before = payer.looks("return running()").await.expect("the page counts");
    live(&payer, LIVES).await;
    eventually("nothing is left", async || {
        let left = payer.looks("return running()").await?;
        if left == before { Ok(()) } else { Err(format!("{left}, and before: {before}")) }
    })
    .await;
    assert_eq!(before["timers"], 0, "{before}");
    assert_eq!(runs(&payer, "return here.asked.charge").await, LIVES);
    assert_eq!(runs(&payer, "return here.streams.size").await, 0);
}

/// A minute, in steps in which the merchant lets hear that it is there. Gives back what was done in it.
const A_MINUTE: &str = "const asked = () => here.asked.status + here.asked.events;
    const before = asked();
    for (let step = 0; step < 6; step += 1) { here.breathe(); await clock.passes(10_000); }
    return { ...clock.done(), asked: asked() - before };";

#[tokio::test(flavor = "multi_thread")]
async fn while_nothing_happens_it_moves_its_countdown_and_checks_twice_a_minute_and_hidden_it_only_checks() {
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await.trying("clock=by-hand");
    payer.opens("long_life").await;
    learns(&payer).await;
    let begins = "const widget = await here.begin(); clock.watches(widget.shadowRoot); await clock.passes(40_000);";
    runs(&payer, begins).await;
    payer.waits_for_state("pending").await;
    assert_eq!(runs(&payer, "clock.done(); return here.streams.size").await, 1, "it watches the push stream");

    let at_most = |seen: &Value, most: [(&str, u64); 4]| {
        for (what, most) in most {
            assert!(seen[what].as_u64().is_some_and(|it| it <= most), "{what} more than {most}: {seen}");
        }
    };
    let seen = runs(&payer, A_MINUTE).await;
    println!("in a minute of nothing: {seen}");
    // Sixty moves of the countdown; a check that pushes still arrive, at most two, each with its time limit.
    at_most(&seen, [("timers", 64), ("changes", 64), ("frames", 0), ("asked", 2)]);
    assert!(seen["changes"].as_u64().is_some_and(|it| it >= 55), "somebody who watches nothing sees nothing: {seen}");

    let hide = "Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
        document.dispatchEvent(new Event('visibilitychange')); await clock.passes(1_000); clock.done()";
    runs(&payer, hide).await;
    let hidden = runs(&payer, A_MINUTE).await;
    println!("in a hidden minute of nothing: {hidden}");
    // Nothing moves by itself; each of six breaths and two answers that are heard brings the countdown up to date.
    at_most(&hidden, [("timers", 4), ("changes", 8), ("frames", 0), ("asked", 2)]);
}
