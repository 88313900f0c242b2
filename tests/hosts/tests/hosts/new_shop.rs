//! `npm create gopay-shop`: from nothing to a paid order, without Rust.

use gopay_e2e::{Device, Shop, eventually};
use gopay_hosts::{NewShop, example_backend};
use serde_json::Value;
use std::fs;
use std::process::{Command, Stdio};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_shop_runs_by_one_command_and_its_first_order_is_paid_in_a_browser() {
    // Only for its browser: this shop's backend, page and sandbox are not its own.
    let browsers = Shop::opens().await;
    let running = NewShop::installed().starts();
    let payer = browsers.welcomes(Device::Desktop).await;
    let http = browsers.http();
    eventually("the new shop's page is served", async || {
        let answer = http.get(running.page()).send().await.map_err(|error| error.to_string())?;
        if answer.status().is_success() { Ok(()) } else { Err(answer.status().to_string()) }
    })
    .await;

    payer.goes_to(&running.page()).await;
    payer.presses_beside("#buy").await;
    payer.waits_for_state("pending").await;
    payer.reads("amount", "Rp44.000").await;
    let shown = "return document.querySelector('gopay-checkout').shadowRoot.querySelector('img[part~=qr]')?.src ?? ''";
    eventually("the sandbox's QR code is shown", async || {
        let src = payer.evaluates(shown).await?;
        if src.as_str().is_some_and(|src| src.starts_with(&running.sandbox())) { Ok(()) } else { Err(src.to_string()) }
    })
    .await;
    let order_id = payer.evaluates("return document.querySelector('gopay-checkout').orderId").await.expect("a page");
    let order_id = order_id.as_str().expect("an order").to_owned();

    let pay = format!("{}/sandbox/transactions/{order_id}/pay", running.sandbox());
    let paid = http.post(pay).send().await.expect("the sandbox answers");
    assert!(paid.status().is_success(), "{}", paid.status());
    payer.waits_for_state("settlement").await;
    payer.reads("status", "Pembayaran berhasil").await;
    eventually("the page thanks", async || {
        let thanks = payer.evaluates("return document.querySelector('#thanks').textContent").await?;
        if thanks.as_str().is_some_and(|it| it.contains("44.000")) { Ok(()) } else { Err(thanks.to_string()) }
    })
    .await;
    let mut console = payer.browser().console().await;
    console.retain(|line| !line.contains("/@vite/client "));
    assert!(console.is_empty(), "{console:?}");
}

#[test]
fn the_doctor_runs_by_one_command_on_a_sandbox_and_a_backend_of_its_own() {
    let said = NewShop::installed().runs("npm", &["run", "doctor", "--", "--only", "charge-is-idempotent"]);
    assert!(said.contains("pass  charge-is-idempotent"), "{said}");
}

#[test]
fn the_page_is_built_and_trusts_no_host_but_midtrans() {
    let shop = NewShop::installed();
    drop(shop.runs("npm", &["run", "build"]));
    let assets = fs::read_dir(shop.path("dist/assets")).expect("it was built");
    let scripts =
        assets.map(|it| it.expect("an entry").path()).filter(|it| it.extension().is_some_and(|it| it == "js"));
    let text: String = scripts.map(|file| fs::read_to_string(file).expect("a script")).collect();
    assert!(text.contains("/api/shop/orders"), "the page's script is not among what was built");
    assert!(!text.contains("trusted_hosts"), "what is built for payers takes hosts from the backend's answer");
}

#[test]
fn the_backend_and_its_dependencies_are_those_of_the_example_to_the_byte() {
    let shop = NewShop::made();
    let example = fs::read_to_string(example_backend().join("shop.js")).expect("the example");
    assert_eq!(shop.reads("backend/shop.js"), example, "stale: `cargo xtask package`");
    let read = |text: String| -> Value { serde_json::from_str(&text).expect("JSON") };
    let example = read(fs::read_to_string(example_backend().join("package.json")).expect("the example"));
    let mut own = read(shop.reads("package.json"))["dependencies"].clone();
    let checkout = own.as_object_mut().expect("dependencies").remove("gopay-checkout");
    assert_eq!(checkout, Some(env!("CARGO_PKG_VERSION").into()));
    assert_eq!(own, example["dependencies"], "stale: `cargo xtask package`");
}

#[test]
fn a_new_shop_has_a_secret_of_its_own_that_only_its_owner_reads_and_git_ignores() {
    use std::os::unix::fs::PermissionsExt as _;
    let secret = |shop: &NewShop| {
        let settings = shop.reads(".env");
        let line = settings.lines().find_map(|line| line.strip_prefix("ORDER_TOKEN_SECRET=")).map(str::to_owned);
        line.expect("a secret")
    };
    let (one, other) = (NewShop::made(), NewShop::made());
    assert!(secret(&one).len() >= 32 && secret(&one) != secret(&other));
    let mode = fs::metadata(one.path(".env")).expect("a file").permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
    assert!(one.reads(".gitignore").lines().any(|line| line == ".env"));
}

#[test]
fn a_missing_sandbox_is_named_with_what_to_do_and_nothing_is_left_running() {
    let shop = NewShop::installed();
    let mut dev = shop.command("node", &["scripts/dev.js"]);
    let output = dev.stdin(Stdio::null()).output().expect("there is Node.js");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for hint in ["midtrans-sandbox is not here", "GOPAY_SANDBOX", "tar -xzf gopay-programs-", "cargo build"] {
        assert!(said.contains(hint), "{hint:?} is not in: {said}");
    }
    let named = dev.env("GOPAY_SANDBOX", "/nowhere/midtrans-sandbox").output().expect("there is Node.js");
    let said = String::from_utf8_lossy(&named.stderr);
    assert!(said.contains("GOPAY_SANDBOX is /nowhere/midtrans-sandbox, which is no program"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_programs_of_the_release_are_fetched_once_and_not_run_if_their_hash_is_another() {
    let shop = NewShop::made();
    // What a release packs, with a program that only says its name.
    let release = shop.path("release");
    fs::create_dir_all(release.join("programs")).expect("a folder");
    fs::write(release.join("programs/midtrans-sandbox"), "#!/bin/sh\necho sandbox\n").expect("a program");
    let pack = "chmod +x programs/midtrans-sandbox && tar -czf programs.tar.gz programs && sha256sum programs.tar.gz";
    let packed = Command::new("sh").args(["-c", pack]).current_dir(&release).output().expect("there is a shell");
    let sha256 = String::from_utf8_lossy(&packed.stdout).split(' ').next().unwrap_or_default().to_owned();
    let server = Shop::opens().await;
    server.serves("release", &release);

    let asks = "const { find } = await import('./scripts/programs.js'); console.log(await find('midtrans-sandbox'));";
    let found = |sha256: &str| {
        let mut known: Value = serde_json::from_str(&shop.reads("scripts/release.json")).expect("JSON");
        known["url"] = server.address("/release/programs.tar.gz").into();
        known["sha256"] = sha256.into();
        fs::write(shop.path("scripts/release.json"), known.to_string()).expect("it can be written");
        let output = shop.command("node", &["--input-type=module", "--eval", asks]).output().expect("there is Node.js");
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    };
    let refused = found(&"0".repeat(64));
    assert!(refused.contains("it is not used") && refused.contains("midtrans-sandbox is not here"), "{refused}");
    assert!(!shop.path("programs").exists(), "{refused}");
    let fetched = found(&sha256);
    assert!(fetched.starts_with("Fetching ") && fetched.trim().ends_with("programs/midtrans-sandbox"), "{fetched}");
    let again = found(&sha256);
    assert!(!again.contains("Fetching") && again.trim().ends_with("programs/midtrans-sandbox"), "{again}");
}
