//! What the loader does before the core is there, held against the core: whatever `src/early.js` takes for certain, the
//! core's own rules confirm. Thousands of elements and answers, right and wrong, are put to both; the JavaScript runs in Node.
#![cfg(not(target_arch = "wasm32"))]

use gopay_checkout::config::{Config, Start};
use gopay_checkout::payment::{Charge, Terms, Trust, read_answer};
use gopay_contract::{GrossAmount, TransactionStatus};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

/// Any numbers, the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % end as u64).expect("below end")
    }

    fn one_of<'a, T>(&mut self, values: &'a [T]) -> &'a T {
        &values[self.below(values.len())]
    }
}

/// Puts `cases` to a function of `src/early.js`; gives back what it says of each.
fn ask_early(function: &str, cases: &[Value]) -> Vec<Value> {
    let early = format!("{}/src/early.js", env!("CARGO_MANIFEST_DIR"));
    let script = format!(
        "import {{ {function} }} from {early:?};
        import {{ readFileSync }} from 'node:fs';
        const element = (attributes) => ({{
          getAttribute: (name) => attributes.find(([known]) => known === name)?.[1] ?? null,
          attributes: attributes.map(([name, value]) => ({{ name, value }})),
        }});
        const said = JSON.parse(readFileSync(0, 'utf8')).map(([attributes, answer]) => {function}(element(attributes), answer));
        process.stdout.write(JSON.stringify(said));"
    );
    let node = Command::new("node")
        .args(["--input-type=module", "--eval", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut node = node.expect("Node.js runs");
    let put = serde_json::to_vec(cases).expect("JSON");
    let mut input = node.stdin.take().expect("piped");
    let writing = std::thread::spawn(move || input.write_all(&put));
    let output = node.wait_with_output().expect("it ends");
    writing.join().expect("it is written").expect("Node reads it");
    assert!(output.status.success(), "early.js throws");
    serde_json::from_slice(&output.stdout).expect("a list")
}

const ATTRIBUTES: [(&str, &[&str]); 14] = [
    ("order-id", &["order-101", "a~b.c-d_e", " order-101 ", "pesanan 1", "", "../x", "é"]),
    (
        "charge-url",
        &["/api/charge", "https://toko.example/c", "charge", "//evil.example/c", "javascript:x", "/a b", "ftp://x/"],
    ),
    ("status-url", &["/api/{order_id}", "https://toko.example/{order_id}?t={transaction_id}", "/s\n", "data:x"]),
    ("events-url", &["/e", "http://x/e", "mailto:x", "", "/\u{7f}"]),
    ("cancel-url", &["/c", "blob:x", "HTTPS://x/"]),
    ("order-token", &["v1.abc", "se cret", "", "ü", "a\tb"]),
    ("gross-amount", &["44000", "0", "44.000", "44000.00", "-1", "999999999999", "1000000000000", "044000", " 44000 "]),
    (
        "callback-url",
        &[
            "https://toko.example/selesai/",
            "someapps://callback",
            "javascript://x",
            "/x",
            "https://",
            "https://x/\u{a0}",
        ],
    ),
    ("channel", &["auto", "qr", "deeplink", "barcode", "QR"]),
    ("start", &["auto", "press", "AUTO", ""]),
    ("lang", &["id", "en", "en-GB", "fr", ""]),
    ("theme", &["light", "blue", "dark"]),
    ("credentials", &["include", "omit", "all", "Same-Origin"]),
    (
        "trusted-hosts",
        &["127.0.0.1:7081", "sim.toko.example, localhost", "http://x", "LOCALHOST", "a@b", "a:123456", "", "a/b"],
    ),
];

fn attributes(chance: &mut Chance) -> Vec<(String, String)> {
    let mut made = Vec::new();
    for (name, values) in ATTRIBUTES {
        let needed = matches!(name, "order-id" | "charge-url" | "status-url");
        let value = match chance.below(12) {
            // Mostly right, or nothing would ever be certain.
            0 => chance.one_of(values),
            1..6 if needed => &values[0],
            6.. if needed => &values[1],
            1..4 => &values[0],
            _ => continue,
        };
        made.push((name.to_owned(), (*value).to_owned()));
    }
    if chance.below(40) == 0 {
        made.push(("data-key".to_owned(), "SB-Mid-server-abc".to_owned()));
    }
    made
}

#[test]
fn an_element_that_is_charged_early_is_one_that_the_core_charges_by_itself() {
    let mut chance = Chance(1);
    let elements: Vec<_> = (0..20_000).map(|_| attributes(&mut chance)).collect();
    let cases: Vec<_> = elements.iter().map(|attributes| json!([attributes])).collect();
    let said = ask_early("mayCharge", &cases);
    let mut early = 0;
    for (attributes, said) in elements.iter().zip(said) {
        if said == json!(true) {
            early += 1;
            match Config::read(attributes, None) {
                Ok(config) => assert_eq!(config.start, Start::Auto, "{attributes:?}"),
                Err(problem) => panic!("{attributes:?}: {}", problem.message),
            }
        }
    }
    assert!(early > 2_000, "only {early} were ever certain: that proves little");
}

const QR: [&str; 8] = [
    "https://api.sandbox.midtrans.com/v2/gopay/t/qr-code",
    "https://merchants-app.sbx.midtrans.com/v4/qris/gopay/A1/qr-code",
    "http://127.0.0.1:7081/qr.png",
    "https://api.midtrans.com.evil.example/qr",
    "https://api.midtrans.com@evil.example/qr",
    "https://api.midtrans.com:8443/qr",
    "http://api.midtrans.com/qr",
    "https://api.sbx.midtrans.com/qr",
];
const DEEPLINK: [&str; 6] = [
    "https://gopay.co.id/app/x?tref=A1",
    "gojek://gopay/merchanttransfer?tref=A1",
    "https://evil.example/",
    "javascript:alert(1)",
    "https://gopay.co.id\\@evil.example/",
    "gojek://",
];

fn answer(chance: &mut Chance) -> String {
    let qr = if chance.below(3) == 0 { chance.one_of(&QR) } else { &QR[0] };
    let deeplink = if chance.below(3) == 0 { chance.one_of(&DEEPLINK) } else { &DEEPLINK[0] };
    let mut answer = json!({
        "status_code": "201", "order_id": "order-101", "transaction_id": "t-1", "gross_amount": "44000.00",
        "currency": "IDR", "transaction_status": "pending", "fraud_status": "accept",
        "transaction_time": "2026-01-31 10:00:00",
        "actions": [
            {"name": "generate-qr-code", "method": "GET", "url": qr},
            {"name": "deeplink-redirect", "method": "GET", "url": deeplink},
        ],
    });
    let fields = ["order_id", "transaction_id", "gross_amount", "currency", "transaction_status", "actions"];
    if chance.below(2) == 0 {
        let values = [
            json!(null),
            json!(""),
            json!("order-1"),
            json!("order-202"),
            json!("44000"),
            json!("44001.00"),
            json!(44000),
            json!("044000.00"),
            json!("USD"),
            json!("settlement"),
            json!("Pending"),
            json!("sukses"),
            json!("../t"),
            json!([]),
            json!({}),
            json!("SB-Mid-server-abc"),
            json!([{"name": "generate-qr-code", "url": QR[0]}]),
            json!([{"name": "generate-qr-code", "url": QR[0]}, {"name": "deeplink-redirect", "url": DEEPLINK[2]}]),
        ];
        answer[*chance.one_of(&fields)] = chance.one_of(&values).clone();
    }
    let mut text = answer.to_string();
    match chance.below(12) {
        0 => text.insert_str(1, "\"gross_amount\":\"1.00\","),
        1 => text.insert_str(1, "\"transaction_status\":\"expire\","),
        2 => text.truncate(text.len() / 2),
        3 => text.push('x'),
        _ => {}
    }
    text
}

#[test]
fn a_code_that_is_painted_early_is_one_that_the_core_paints() {
    let mut chance = Chance(2);
    let promised = ["", "44000", "44001"];
    let hosts = ["", "127.0.0.1:7081"];
    let cases: Vec<_> = (0..20_000)
        .map(|_| {
            (
                *chance.one_of(&promised),
                *chance.one_of(&hosts),
                *chance.one_of(&[200, 200, 200, 500]),
                answer(&mut chance),
            )
        })
        .collect();
    let put: Vec<_> = cases
        .iter()
        .map(|(amount, hosts, status, text)| {
            json!([
                [["order-id", "order-101"], ["gross-amount", amount], ["trusted-hosts", hosts]],
                [status, null, null, text]
            ])
        })
        .collect();
    let mut painted = 0;
    for ((amount, hosts, status, text), said) in cases.iter().zip(ask_early("certain", &put)) {
        if said.is_null() {
            continue;
        }
        painted += 1;
        let terms = Terms {
            order_id: "order-101".parse_order(),
            gross_amount: GrossAmount::parse(amount).ok(),
            trust: Trust { hosts: hosts.split_whitespace().map(str::to_owned).collect(), charge_origin: None },
        };
        let answer = read_answer(*status, text).unwrap_or_else(|trouble| panic!("{text}: {}", trouble.problem.message));
        let (charge, status) =
            Charge::read(&answer, &terms).unwrap_or_else(|problem| panic!("{text}: {}", problem.message));
        assert_eq!(status, TransactionStatus::Pending, "{text}");
        assert_eq!(said["qr"], charge.qr_codes[0].as_str(), "{text}");
        assert_eq!(said["amount"], charge.gross_amount.rupiah().to_string(), "{text}");
    }
    assert!(painted > 2_000, "only {painted} were ever certain: that proves little");
}

trait ParseOrder {
    fn parse_order(&self) -> gopay_contract::OrderId;
}

impl ParseOrder for str {
    fn parse_order(&self) -> gopay_contract::OrderId {
        gopay_contract::OrderId::parse(self).expect("an order id")
    }
}
