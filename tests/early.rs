//! The loader's early rules, compared with the core's: whatever `src/loader/early_charge.js` charges or shows, the core
//! would charge or show. Thousands of elements and answers, right and wrong, are put to both; the JavaScript runs in Node.
#![cfg(not(target_arch = "wasm32"))]

use gopay_checkout::config::{Config, Start};
use gopay_checkout::payment::{Charge, Expected, Trust, TrustedUrl, UnixMillis, read_answer};
use gopay_contract::{GrossAmount, OrderId, TransactionStatus};
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

/// Puts `cases` to a function of `src/loader/early_charge.js`; gives back what it says of each.
fn ask_early(function: &str, cases: &[Value]) -> Vec<Value> {
    let early = format!("{}/src/loader/early_charge.js", env!("CARGO_MANIFEST_DIR"));
    let script = format!(
        "globalThis.location = {{ search: '' }};
        globalThis.addEventListener = () => {{}};
        const {{ {function} }} = await import({early:?});
        const {{ readFileSync }} = await import('node:fs');
        const element = (attributes) => ({{
          getAttribute: (name) => attributes.find(([known]) => known === name)?.[1] ?? null,
          baseURI: 'https://toko.example/bayar',
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
    assert!(output.status.success(), "early_charge.js throws");
    serde_json::from_slice(&output.stdout).expect("a list")
}

const ATTRIBUTES: [(&str, &[&str]); 14] = [
    ("order-id", &["order-101", "a~b.c-d_e", " order-101 ", "pesanan 1", "", "../x", "é"]),
    (
        "charge-url",
        &["/api/charge", "https://toko.example/c", "charge", "//cdn.example/c", "javascript:x", "/a b", "ftp://x/"],
    ),
    ("status-url", &["/api/{order_id}", "https://toko.example/{order_id}?t={transaction_id}", "/s\n", "data:x"]),
    ("events-url", &["/e", "http://x/e", "mailto:x", "", "/\u{7f}", "\u{feff}/e"]),
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
            "JavaScript://x",
            "data://x",
            "a+b-c.d://x",
            "1a://x",
        ],
    ),
    ("channel", &["auto", "qr", "deeplink", "barcode", "QR"]),
    ("start", &["auto", "press", "AUTO", ""]),
    ("lang", &["id", "en", "en-GB", "in_ID", "EN", "fr", "english", ""]),
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
    let said = ask_early("canChargeEarly", &cases);
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

const QR: [&str; 13] = [
    "https://api.sandbox.midtrans.com/v2/gopay/t/qr-code",
    "https://merchants-app.sbx.midtrans.com/v4/qris/gopay/A1/qr-code",
    "https://toko.example/qr/1.png",
    "http://127.0.0.1:7081/qr.png",
    "https://127.0.0.1:7081/qr.png",
    "https://sim.toko.example:8443/qr.png",
    "http://toko.example/qr/1.png",
    "https://api.midtrans.com.evil.example/qr",
    "https://api.midtrans.com@evil.example/qr",
    "https://api.midtrans.com:8443/qr",
    "http://api.midtrans.com/qr",
    "httpx://127.0.0.1:7081/qr.png",
    "https://api.sbx.midtrans.com/qr",
];
const DEEPLINK: [&str; 14] = [
    "https://gopay.co.id/app/x?tref=A1",
    "gojek://gopay/merchanttransfer?tref=A1",
    "https://app.gopay.co.id/x",
    "https://gojek.page.link/x",
    "https://simulator-v2.sandbox.midtrans.com/v2/deeplink/payment?tref=A2&a=b",
    "http://sim.toko.example/v2/deeplink/detail?tref=A1",
    "https://toko.example/x",
    "https://evilgopay.co.id/x",
    "https://gopay.co.id.evil.example/x",
    "https://evil.example/",
    "javascript:alert(1)",
    "https://gopay.co.id\\@evil.example/",
    "gojek://",
    "https://gopay.co.id/a b",
];

/// Server time of the answers.
const NOW: &str = "Sat, 31 Jan 2026 03:05:00 GMT";
const NOW_MS: i64 = 1_769_828_700_000;

/// Values of every kind, for a field to have that should have another.
fn any_value() -> Vec<Value> {
    vec![
        json!(null),
        json!(""),
        json!("order-1"),
        json!("order-101h-1570513296"),
        json!("order-1010"),
        json!("order-101 2"),
        json!("order-202"),
        json!(101),
        json!("44000"),
        json!("44000.0"),
        json!("44000.0000"),
        json!("44.000"),
        json!("44000.000"),
        json!("44001.00"),
        json!("44000.50"),
        json!(44000),
        json!(44000.5),
        json!(-44000),
        json!(0),
        json!("0.00"),
        json!("044000.00"),
        json!(1_000_000_000_000_u64),
        json!("USD"),
        json!("idr"),
        json!("settlement"),
        json!("Pending"),
        json!("PENDING"),
        json!("sukses"),
        json!("accept"),
        json!("challenge"),
        json!("201"),
        json!(201),
        json!("20"),
        json!("+201"),
        json!("../t"),
        json!([]),
        json!(["44000"]),
        json!(true),
        json!({}),
        json!("SB-Mid-server-abc"),
        json!("\u{feff}x"),
        json!("2026-01-31 10:15:00"),
        json!("2026-01-31 10:04:59"),
        json!("2026-01-31T10:15:00+07:00"),
        json!("2026-01-31T03:15:00Z"),
        json!("2026-01-31T03:15:00"),
        json!("2026-01-31 09:00:00"),
        json!("besok"),
    ]
}

fn any_actions(chance: &mut Chance) -> Value {
    let qr = |name: &str, url: &str| json!({"name": name, "method": "GET", "url": url});
    let (code, link) = (*chance.one_of(&QR), *chance.one_of(&DEEPLINK));
    let first = qr("generate-qr-code", QR[0]);
    let all = [
        json!([first]),
        json!([qr("generate-qr-code-v2", code)]),
        json!([qr("generate-qr-code-v2", code), first]),
        json!([qr("generate-qr-code", code), qr("generate-qr-code-v2", QR[1])]),
        json!([qr("generate-qr-code", code), first]),
        json!([qr("deeplink-redirect", link)]),
        json!([qr("deeplink-redirect", link), qr("deeplink-redirect", DEEPLINK[0])]),
        json!([first, qr("deeplink-redirect", link), {"name": "get-status", "method": "GET", "url": "https://x/"}]),
        json!([first, null, {"name": "deeplink-redirect", "url": ""}]),
        json!([{"name": "generate-qr-code", "method": 1, "url": QR[0]}]),
        json!([{"name": "generate-qr-code", "method": [], "url": QR[0]}]),
        json!([{"name": "generate-qr-code", "url": [QR[0]]}]),
        json!([["generate-qr-code", QR[0]]]),
        json!({"0": first, "2": qr("deeplink-redirect", link)}),
        json!({"2": qr("generate-qr-code", code), "0": first}),
        json!("generate-qr-code"),
        json!([]),
        json!(null),
    ];
    chance.one_of(&all).clone()
}

fn answer(chance: &mut Chance) -> String {
    let qr = if chance.below(3) == 0 { chance.one_of(&QR) } else { &QR[0] };
    let deeplink = if chance.below(3) == 0 { chance.one_of(&DEEPLINK) } else { &DEEPLINK[0] };
    let mut answer = json!({
        "status_code": "201", "order_id": "order-101", "transaction_id": "t-1", "gross_amount": "44000.00",
        "currency": "IDR", "transaction_status": "pending", "fraud_status": "accept",
        "transaction_time": "2026-01-31 10:00:00", "expiry_time": "2026-01-31 10:15:00",
        "actions": [
            {"name": "generate-qr-code", "method": "GET", "url": qr},
            {"name": "deeplink-redirect", "method": "GET", "url": deeplink},
        ],
    });
    let fields = [
        "status_code",
        "order_id",
        "transaction_id",
        "gross_amount",
        "currency",
        "transaction_status",
        "fraud_status",
        "refund_amount",
        "transaction_time",
        "expiry_time",
        "expire_time",
        "status_message",
    ];
    match chance.below(4) {
        0 => answer[*chance.one_of(&fields)] = chance.one_of(&any_value()).clone(),
        1 => answer["actions"] = any_actions(chance),
        _ => {}
    }
    written(chance, &answer)
}

/// The answer as one serializer or another writes it. What none of them writes, such as a name that occurs twice, is left to
/// the core, which refuses it.
fn written(chance: &mut Chance, answer: &Value) -> String {
    let mut text = if chance.below(4) == 0 { format!("{answer:#}") } else { answer.to_string() };
    let more = ["\"metadata\":{\"gross_amount\":1.5},", "\"note\":\"a\\u0022:b\","];
    let numbers = ["44000", "44000.00", "44000.5", "-0"];
    match chance.below(40) {
        0..4 => text.insert_str(1, more[chance.below(more.len())]),
        4..8 => text = text.replace("\"44000.00\"", numbers[chance.below(numbers.len())]),
        8 => text = text.replace("\"order-101\"", "101.5"),
        11 => text.truncate(text.len() / 2),
        12 => text.push('x'),
        13 => text = format!("\u{feff}{text}"),
        14 => text = text.replace('&', "\\u0026"),
        15 => text = text.replace('/', "\\/"),
        _ => {}
    }
    text
}

/// A charge that was answered: to what element, with which HTTP status and which `Date`, and what.
struct Case {
    attributes: Vec<(&'static str, &'static str)>,
    status: u16,
    date: Option<&'static str>,
    text: String,
}

impl Case {
    fn any(chance: &mut Chance) -> Self {
        let promised = *chance.one_of(&["", "44000", "44000.00", "44001", "44000.0000"]);
        let hosts = *chance.one_of(&["", "127.0.0.1:7081", "SIM.toko.example, 127.0.0.1"]);
        let charge_url = *chance.one_of(&["/charge", "https://kedai.example/charge"]);
        Self {
            attributes: vec![
                ("order-id", "order-101"),
                ("gross-amount", promised),
                ("trusted-hosts", hosts),
                ("charge-url", charge_url),
            ],
            status: *chance.one_of(&[200, 200, 201, 201, 200, 500, 404, 401, 302]),
            date: Some(NOW),
            text: answer(chance),
        }
    }

    fn put(&self) -> Value {
        json!([self.attributes, [self.status, self.date, null, self.text]])
    }

    fn value(&self, name: &str) -> &'static str {
        self.attributes.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// The core's reading of an answer: the amount, the QR image and the deeplink that it would show.
    fn core(&self) -> Result<(String, Option<String>, Option<String>), String> {
        let hosts = self.value("trusted-hosts").to_ascii_lowercase();
        let origin =
            if self.value("charge-url").starts_with('/') { "https://toko.example" } else { "https://kedai.example" };
        let expected = Expected {
            order_id: OrderId::parse(self.value("order-id")).expect("an order id"),
            gross_amount: GrossAmount::parse(self.value("gross-amount")).ok(),
            trust: Trust {
                hosts: hosts.split([' ', ',']).filter(|host| !host.is_empty()).map(str::to_owned).collect(),
                charge_origin: Some(origin.to_owned()),
            },
        };
        let answer = read_answer(self.status, &self.text).map_err(|trouble| trouble.problem.message.clone())?;
        let (charge, status) = Charge::read(&answer, &expected).map_err(|problem| problem.message.clone())?;
        if status != TransactionStatus::Pending {
            return Err(format!("{status:?}"));
        }
        if charge.expiry_time.is_some_and(|UnixMillis(ms)| ms <= NOW_MS) {
            return Err("its time is over".to_owned());
        }
        let url = |url: &TrustedUrl| url.as_str().to_owned();
        Ok((
            charge.gross_amount.rupiah().to_string(),
            charge.qr_codes.first().map(url),
            charge.deeplink.as_ref().map(url),
        ))
    }
}

#[test]
fn what_is_painted_early_is_what_the_core_paints() {
    let mut chance = Chance(2);
    let cases: Vec<_> = (0..20_000).map(|_| Case::any(&mut chance)).collect();
    let said = ask_early("previewFrom", &cases.iter().map(Case::put).collect::<Vec<_>>());
    let (mut early, mut possible) = (0, 0);
    for (case, said) in cases.iter().zip(said) {
        let core = case.core();
        possible += u32::from(core.is_ok());
        if said.is_null() {
            continue;
        }
        early += 1;
        let (amount, qr, deeplink) = core.unwrap_or_else(|why| panic!("{} {}: {why}", case.status, case.text));
        assert_eq!(said, json!({ "amount": amount, "qr": qr, "deeplink": deeplink }), "{}", case.text);
    }
    assert!(early * 2 > possible, "of {possible} only {early} were painted early: that proves little");
}

/// An answer that shops give every day, of which the loader must not wait for the core.
fn ordinary(change: impl FnOnce(&mut Value)) -> Case {
    let mut answer: Value = serde_json::from_str(CHARGE).expect("JSON");
    change(&mut answer);
    Case {
        attributes: vec![("order-id", "order-101"), ("charge-url", "/charge"), ("gross-amount", "44000.00")],
        status: 201,
        date: Some("Tue, 08 Oct 2019 05:41:37 GMT"),
        text: answer.to_string(),
    }
}

const CHARGE: &str = include_str!("../crates/contract/samples/charge-response.json");

#[test]
fn every_ordinary_answer_is_painted_before_the_core_is_there() {
    let qr = |json: &Value| json["actions"].as_array().expect("a list")[0]["url"].clone();
    let set = |json: &mut Value, name: &str, url: &str| {
        for action in json["actions"].as_array_mut().expect("a list").iter_mut().filter(|it| it["name"] == name) {
            action["url"] = url.into();
        }
    };
    let cases = [
        ("the documents' own answer, with an attempt's order_id", ordinary(|_| ())),
        ("HTTP 200", Case { status: 200, ..ordinary(|_| ()) }),
        ("no amount promised", Case { attributes: vec![("order-id", "order-101")], ..ordinary(|_| ()) }),
        (
            "no Date, as another origin does not expose it",
            Case { date: None, ..ordinary(|json| json["transaction_time"] = "2099-01-01 00:00:00".into()) },
        ),
        ("an amount without a fraction", ordinary(|json| json["gross_amount"] = "44000".into())),
        ("an amount as a number", ordinary(|json| json["gross_amount"] = 44_000.into())),
        ("an amount as a Java Double", ordinary(|json| json["gross_amount"] = 44_000.0.into())),
        ("an amount as a database's decimal", ordinary(|json| json["gross_amount"] = "44000.0000".into())),
        ("a status code as a number", ordinary(|json| json["status_code"] = 201.into())),
        ("absence as null", ordinary(|json| json["fraud_status"] = Value::Null)),
        ("a time of ISO 8601", ordinary(|json| json["transaction_time"] = "2019-10-08T12:41:36+07:00".into())),
        (
            "PHP's array with a gap",
            ordinary(|json| {
                let actions = json["actions"].as_array().expect("a list").clone();
                json["actions"] = json!({"0": actions[0], "2": actions[1]});
            }),
        ),
        (
            "only generate-qr-code-v2",
            ordinary(|json| {
                json["actions"] = json!([{"name": "generate-qr-code-v2", "method": "GET", "url": qr(json)}]);
            }),
        ),
        (
            "only a deeplink",
            ordinary(|json| {
                json["actions"] = json!([{"name": "deeplink-redirect", "method": "GET", "url": DEEPLINK[0]}]);
            }),
        ),
        ("a QR image from the shop itself", ordinary(|json| set(json, "generate-qr-code", QR[2]))),
        ("a deeplink below gopay.co.id", ordinary(|json| set(json, "deeplink-redirect", DEEPLINK[2]))),
        ("a deeplink of gojek.page.link", ordinary(|json| set(json, "deeplink-redirect", DEEPLINK[3]))),
        ("a deeplink of the simulator", ordinary(|json| set(json, "deeplink-redirect", DEEPLINK[4]))),
        ("a trusted host with a port, over https", {
            let mut case = ordinary(|json| set(json, "generate-qr-code", QR[5]));
            case.attributes.push(("trusted-hosts", "sim.toko.example:8443"));
            case
        }),
        ("a trusted host that names no port", {
            let mut case = ordinary(|json| set(json, "generate-qr-code", QR[4]));
            case.attributes.push(("trusted-hosts", "127.0.0.1"));
            case
        }),
        ("Go's escapes", {
            let case = ordinary(|json| set(json, "deeplink-redirect", DEEPLINK[4]));
            Case { text: case.text.replace('&', "\\u0026"), ..case }
        }),
        ("PHP's escapes", {
            let case = ordinary(|_| ());
            Case { text: case.text.replace('/', "\\/"), ..case }
        }),
        ("in many lines", {
            let case = ordinary(|_| ());
            Case { text: CHARGE.to_owned(), ..case }
        }),
    ];
    let said = ask_early("previewFrom", &cases.iter().map(|(_, case)| case.put()).collect::<Vec<_>>());
    let waits: Vec<_> = cases.iter().zip(said).filter(|(_, said)| said.is_null()).map(|((what, _), _)| what).collect();
    assert!(waits.is_empty(), "the core is waited for with: {waits:?}");
}

#[test]
fn every_ordinary_element_is_charged_before_the_core_is_there() {
    let with = |name: &'static str, value: &'static str| {
        let needed = [("order-id", "order-101"), ("charge-url", "/charge"), ("status-url", "/orders/{order_id}")];
        let mut all: Vec<_> = needed.into_iter().filter(|(known, _)| *known != name).collect();
        all.push((name, value));
        json!([all])
    };
    let elements = [
        with("lang", "en-US"),
        with("lang", "id"),
        with("gross-amount", "44000.00"),
        with("gross-amount", "44000"),
        with("callback-url", "someapps://callback"),
        with("callback-url", "https://toko.example/selesai/"),
        with("charge-url", "api/charge"),
        with("charge-url", "https://api.toko.example:8443/charge/{order_id}"),
        with("events-url", "/orders/{order_id}/events"),
        with("trusted-hosts", "127.0.0.1:7081, sim.toko.example"),
        with("channel", "QR"),
        with("order-token", "v1.abc"),
    ];
    let said = ask_early("canChargeEarly", &elements);
    let waits: Vec<_> = elements.iter().zip(said).filter(|(_, said)| *said != json!(true)).collect();
    assert!(waits.is_empty(), "the core is waited for with: {waits:?}");
}
