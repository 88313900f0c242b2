//! Speech: what a screen reader says in five journeys, in order, compared with the scripts in `speech/`. A screen is read from
//! Chromium's accessibility tree; after that its live regions speak as they change, and the focus as it moves.
//! `GOPAY_E2E_BASELINES=draw` writes the scripts anew; read them aloud before you commit them.

use super::in_chromium;
use gopay_e2e::{Device, Order, Payer, Shop, eventually};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use std::{env, fs};

/// Seconds until after the expiry: Midtrans' default for GoPay is fifteen minutes.
const PAST_THE_END: u64 = 16 * 60;

/// Records what the live regions say when they change, and what gets the focus. A region that was not there before is
/// named: screen readers do not announce it.
const RECORDER: &str = "
    const root = document.querySelector('gopay-checkout').shadowRoot;
    const words = (it) => (it.children.length ? [...it.children] : [it]).map((it) => it.innerText.trim()).filter(Boolean).join(' / ');
    const regions = () => [...root.querySelectorAll('[role=status], [aria-live=polite]')];
    const spoken = new Map(regions().map((it) => [it, words(it)]));
    window.heard = [];
    new MutationObserver(() => {
        for (const it of regions()) {
            const now = words(it);
            if (now === spoken.get(it)) continue;
            if (now) heard.push(`${spoken.has(it) ? 'Diumumkan' : 'Wilayah baru, tidak diumumkan'}: ${now}`);
            spoken.set(it, now);
        }
    }).observe(root, { childList: true, characterData: true, subtree: true });
    root.addEventListener('focusin', ({ target }) => {
        const role = { A: 'tautan', BUTTON: 'tombol' }[target.tagName] ?? target.role ?? target.tagName;
        heard.push(`Fokus: ${role} ${words(target)}`);
    });";

/// The texts that were said so far in one journey.
struct Script<'a> {
    payer: &'a Payer<'a>,
    order: Order,
    lines: Vec<String>,
}

impl<'a> Script<'a> {
    /// The first screen is read, and from now on it is listened.
    async fn begins(payer: &'a Payer<'a>, order: Order) -> Self {
        let mut script = Self { payer, order, lines: Vec::new() };
        script.listens().await;
        script.reads().await;
        script
    }

    /// Listens on this page.
    async fn listens(&self) {
        self.payer.evaluates(RECORDER).await.expect("a widget");
    }

    /// The whole screen is read from top to bottom, once it rests: a button that is still appearing is not in the tree.
    async fn reads(&mut self) {
        let rests = "return Promise.all(document.querySelector('gopay-checkout').shadowRoot.getAnimations()
            .filter((it) => it.effect.getTiming().iterations === 1).map((it) => it.finished)).then(() => 0)";
        self.payer.evaluates(rests).await.expect("it comes to rest");
        self.lines.push(format!("Dibaca ({}):", self.payer.state().await));
        for line in screen(self.payer).await {
            self.lines.push(format!("- {}", self.masked(&line)));
        }
    }

    /// The payer does something.
    fn does(&mut self, what: &str) {
        self.lines.push(format!("Pembayar: {what}"));
    }

    /// Everything that is heard until this is.
    async fn listens_until(&mut self, wanted: &str) {
        let script = format!(
            "const at = heard.findIndex((it) => it.includes({}));
            return at < 0 ? heard.join(', ') : heard.splice(0, at + 1)",
            json!(wanted)
        );
        let heard = eventually(&format!("{wanted:?} is heard"), async || {
            let heard = self.payer.evaluates(&script).await?;
            heard.as_array().cloned().ok_or_else(|| heard.to_string())
        })
        .await;
        for line in heard.iter().filter_map(Value::as_str) {
            self.lines.push(self.masked(line));
        }
    }

    /// Compares it with the script that was found good. Nothing else is heard.
    async fn must_be_as_written(mut self, name: &str) {
        let rest = self.payer.evaluates("return heard").await.expect("a list");
        let rest: Vec<_> = rest.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        self.lines.extend(rest);
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/gallery/speech/{name}.txt"));
        let said = self.lines.join("\n") + "\n";
        if env::var("GOPAY_E2E_BASELINES").as_deref() == Ok("draw") {
            fs::write(&file, &said).expect("the folder is there");
        }
        let written = fs::read_to_string(&file).expect("a script that was committed");
        assert_eq!(said, written, "{}", file.display());
    }

    /// Without what is another each time: order, transaction, time, minutes left.
    fn masked(&self, line: &str) -> String {
        let line = line.replace(&self.order.order_id, "<pesanan>");
        let words: Vec<_> = line.split(' ').collect();
        let masked = words.iter().enumerate().map(|(at, word)| {
            let is_made_of = |more: &str| word.chars().all(|it| it.is_ascii_digit() || more.contains(it));
            match word.len() {
                1..=2 if is_made_of("") && words.get(at + 1) == Some(&"menit") => "<n>",
                36 if is_made_of("abcdef-") => "<id>",
                10 if is_made_of("-") => "<tanggal>",
                8 if is_made_of(":") => "<jam>",
                _ => word,
            }
        });
        masked.collect::<Vec<_>>().join(" ")
    }
}

/// The widget's accessibility tree, as lines of role and name.
async fn screen(payer: &Payer<'_>) -> Vec<String> {
    let browser = payer.browser();
    let card = "document.querySelector('gopay-checkout').shadowRoot.querySelector('[part=card]')";
    let card = browser.devtools("Runtime.evaluate", json!({"expression": card})).await.expect("a card");
    let object = json!({"objectId": card["result"]["objectId"]});
    let card = browser.devtools("DOM.describeNode", object).await.expect("a node");
    browser.devtools("Accessibility.enable", json!({})).await.expect("Chromium has it");
    let tree = browser.devtools("Accessibility.getFullAXTree", json!({})).await.expect("a tree");
    let nodes = tree["nodes"].as_array().expect("a list");
    let by_id: HashMap<_, _> = nodes.iter().filter_map(|node| Some((node["nodeId"].as_str()?, node))).collect();
    let card = nodes.iter().find(|node| node["backendDOMNodeId"] == card["node"]["backendNodeId"]);
    let mut lines = Vec::new();
    read(card.expect("the card is in the tree"), &by_id, &mut lines);
    lines
}

fn read(node: &Value, by_id: &HashMap<&str, &Value>, lines: &mut Vec<String>) {
    let name = node["name"]["value"].as_str().unwrap_or_default().trim();
    let role = if node["ignored"] == true { "" } else { node["role"]["value"].as_str().unwrap_or_default() };
    let word = match role {
        "StaticText" => {
            if !name.is_empty() {
                lines.push(name.to_owned());
            }
            return;
        }
        "image" | "img" => "gambar",
        "link" => "tautan",
        "button" => "tombol",
        "status" => "status",
        "timer" => "pewaktu",
        "list" => "daftar",
        // A place, not something that is said.
        _ => "",
    };
    let mut inside = Vec::new();
    for child in children(node, by_id) {
        read(child, by_id, &mut inside);
    }
    match word {
        "" => lines.append(&mut inside),
        "gambar" | "tautan" | "tombol" => lines.push(format!("{word} {name}")),
        _ if inside.is_empty() => {}
        _ => lines.push(format!("{word} {}", inside.join(" / "))),
    }
}

fn children<'a>(node: &'a Value, by_id: &'a HashMap<&str, &Value>) -> impl Iterator<Item = &'a Value> {
    let ids = node["childIds"].as_array().into_iter().flatten().filter_map(Value::as_str);
    ids.filter_map(|id| by_id.get(id).copied())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_pays_by_qr_code_hears_the_code_named_by_amount_and_order_and_then_that_it_is_paid() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;
    let mut script = Script::begins(&payer, order).await;
    script.does("memindai kode dan membayar");
    payer.scans_and_pays().await;
    script.listens_until("Pembayaran berhasil").await;
    script.reads().await;
    script.must_be_as_written("qr-dibayar").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_pays_by_link_hears_a_link_with_the_apps_name_and_on_the_way_back_that_it_is_paid() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Phone).await;
    let order = payer.buys("kopi-gayo").await;
    payer.sees_deeplink().await;
    let mut script = Script::begins(&payer, order).await;
    script.does("mengetuk tautan, membayar di aplikasi GoPay, dan kembali");
    payer.taps_pay_button().await;
    payer.presses_in_gopay("success").await;
    payer.waits_to_be_at(&shop.address("/selesai/")).await;
    payer.waits_for_state("settlement").await;
    script.listens().await;
    script.reads().await;
    script.must_be_as_written("tautan-dibayar").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lets_it_expire_hears_so_and_after_the_press_each_step_to_the_new_payment() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;
    let mut script = Script::begins(&payer, order).await;
    script.does("menunggu sampai waktunya habis");
    shop.sandbox.waits(PAST_THE_END).await;
    script.listens_until("Waktu pembayaran habis").await;
    script.reads().await;
    script.does("menekan Bayar lagi");
    payer.presses_button("Bayar lagi").await;
    script.listens_until("Scan kode QR ini").await;
    script.does("memindai kode dan membayar");
    payer.scans_and_pays().await;
    script.listens_until("Pembayaran berhasil").await;
    script.must_be_as_written("habis-lalu-bayar-lagi").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_declined_hears_that_no_money_came_and_which_other_way_there_is() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    shop.sandbox.suffers(json!({"fault": "deny_next_charge"})).await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.buys("kopi-gayo").await;
    payer.waits_for_state("deny").await;
    let mut script = Script::begins(&payer, order).await;
    script.does("menekan Bayar lagi");
    payer.presses_button("Bayar lagi").await;
    script.listens_until("Scan kode QR ini").await;
    script.must_be_as_written("ditolak").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_loses_the_network_hears_that_it_goes_on_by_itself_and_then_that_it_does() {
    if !in_chromium() {
        return;
    }
    let shop = Shop::opens().await;
    let payer = shop.welcomes(Device::Desktop).await;
    let order = payer.buys("kopi-gayo").await;
    payer.sees_qr_code().await;
    let mut script = Script::begins(&payer, order).await;
    script.does("kehilangan jaringan");
    payer.loses_network().await;
    script.listens_until("Tidak ada koneksi internet").await;
    script.does("mendapat jaringan lagi");
    payer.has_network_again().await;
    script.listens_until("Pakai aplikasi GoPay").await;
    script.does("memindai kode dan membayar");
    payer.scans_and_pays().await;
    script.listens_until("Pembayaran berhasil").await;
    script.must_be_as_written("tanpa-jaringan").await;
}
