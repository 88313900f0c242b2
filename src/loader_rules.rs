//! Writes `src/loader/generated_*.js`: what the loader's JavaScript shares with the core, said once, here in Rust.
//!
//! `generated_rules.js` is part of the loader, which every payer fetches. `generated_dialog.js` is for pages that call `pay()`,
//! `generated_debug.js` for developers: what only they need is not in the loader.
//!
//! The loader sends the first charge, and shows its QR code or deeplink, before the core is there. Attribute names, hosts,
//! limits and the payer's words are the core's own. The patterns accept what the core accepts, or less: what they refuse
//! is left to the core. `tests/early.rs` compares both over thousands of elements and answers; `tests/loader_rules.rs`
//! fails when a file is stale.

use crate::config::Config;
use crate::payment::shared::{
    APP_SCHEMES, DEEPLINK_DOMAIN, DEEPLINK_HOSTS, DEFAULT_LIFE_MS, MAX_URL_LENGTH, NO_SMARTPHONE, QR_HOSTS,
    SERVER_KEY_MARKS, TABLET_SIDE,
};
use crate::payment::{HostEvent, Input};
use crate::text::Lang;
use gopay_contract::{ActionName, FraudStatus, GrossAmount, OrderId, TransactionId, TransactionStatus};
use serde_json::{Value, json};

/// The generated files of `src/loader/`: names and texts.
#[must_use]
pub fn files() -> [(&'static str, String); 3] {
    [("generated_rules.js", rules()), ("generated_dialog.js", dialog()), ("generated_debug.js", debug())]
}

fn rules() -> String {
    let rules = Config::ATTRIBUTES.map(|name| format!("  {}: {},\n", json!(name), early_rule(name))).concat();
    let deeplink_hosts = format!("{}|.*{}", one_of(&DEEPLINK_HOSTS), literal(DEEPLINK_DOMAIN));
    let answer = ANSWER.map(|name| format!("  {name}: {},\n", answer_rule(name))).concat();
    let exports = [
        (
            "Every attribute, and what it may hold for the first charge to be sent early.",
            "EARLY_RULES",
            format!("{{\n{rules}}}"),
        ),
        ("Finds what looks like a Midtrans server key.", "SERVER_KEY", format!("/{}/", one_of(&SERVER_KEY_MARKS))),
        (
            "Scheme, authority and host of a URL. What a browser would have to repair does not match.",
            "URL_PARTS",
            format!(r"/^(?=[!-[\]-~]{{1,{MAX_URL_LENGTH}}}$)([a-z]+):\/\/(([a-zA-Z\d.-]+)(?::\d{{1,5}})?)(?![^/?#])/"),
        ),
        ("Hosts of QR pictures.", "QR_HOST", format!("/^({})$/", one_of(&QR_HOSTS))),
        ("Hosts of deeplinks.", "DEEPLINK_HOST", format!("/^({deeplink_hosts})$/")),
        ("Schemes that the apps own.", "APP_SCHEME", format!("/^({})$/", one_of(&APP_SCHEMES))),
        (
            "The actions with a QR picture, the one that is shown first.",
            "QR_ACTIONS",
            json!([ActionName::GenerateQrCode, ActionName::GenerateQrCodeV2]).to_string(),
        ),
        ("The action with the deeplink.", "DEEPLINK_ACTION", json!(ActionName::DeeplinkRedirect).to_string()),
        (
            "Fields that decide about a charge: texts, or whole numbers written as texts. Any other value is the core's to refuse.",
            "ANSWER_RULES",
            format!("{{\n{answer}}}"),
        ),
        ("An amount; the group is whole rupiah.", "AMOUNT", format!("/^{}$/", amount())),
        ("How long a charge without an expiry_time lives, in ms.", "DEFAULT_LIFE", DEFAULT_LIFE_MS.to_string()),
        ("User agents that are no smartphone.", "NO_SMARTPHONE", format!("/{}/", one_of(&NO_SMARTPHONE))),
        (
            "A screen whose shorter side is as long is a tablet's, in CSS pixels.",
            "TABLET_SIDE",
            TABLET_SIDE.to_string(),
        ),
        ("The payer's words.", "INDONESIAN", words(Lang::Id).to_string()),
        ("The same in English.", "ENGLISH", words(Lang::En).to_string()),
    ];
    module(&exports)
}

/// Texts of the dialog of `pay()`.
fn dialog() -> String {
    let words = |lang: Lang| {
        let words = lang.dialog_words();
        json!({ "label": words.label, "close": words.close }).to_string()
    };
    module(&[
        ("The dialog's words.", "INDONESIAN", words(Lang::Id)),
        ("The same in English.", "ENGLISH", words(Lang::En)),
    ])
}

/// Names that the debug panel shows.
fn debug() -> String {
    module(&[
        ("Names of the state machine's inputs, by number.", "INPUTS", json!(Input::NAMES).to_string()),
        ("Names of the element's events.", "EVENTS", json!(HostEvent::NAMES).to_string()),
    ])
}

/// A module of exports: what each is, its name, its value.
fn module(exports: &[(&str, &str, String)]) -> String {
    let head = "// Generated from Rust by src/loader_rules.rs; `GOPAY_BLESS=1 cargo test --test loader_rules` writes it anew.\n";
    let export =
        |(what, name, value): &(&str, &str, String)| format!("\n/** {what} */\nexport const {name} = {value};\n");
    head.to_owned() + &exports.iter().map(export).collect::<String>()
}

/// The pattern of values with which the core charges by itself. The loader trims a value first; an empty one is absent.
/// The four URLs are parsed, too.
fn early_rule(attribute: &str) -> String {
    match attribute {
        "order-id" => format!("/^{}$/", order_id()),
        "charge-url" | "status-url" => "/^[!-~]+$/".to_owned(),
        "events-url" | "cancel-url" | "order-token" => "/^[!-~]*$/".to_owned(),
        "gross-amount" => format!("/^({})?$/", amount()),
        // Any scheme but those that run or show something (javascript, data, vbscript, blob, file), and their neighbours.
        "callback-url" => r"/^((?![bdfjv])[a-z][a-z\d+.-]*:\/\/[!-~]+)?$/i".to_owned(),
        "start" => "/^(auto)?$/i".to_owned(),
        // Whatever they say, they never stop a payment.
        "channel" | "lang" | "theme" => "/^/".to_owned(),
        "credentials" => "/^(same-origin|include|omit)?$/i".to_owned(),
        "trusted-hosts" => r"/^([a-z\d.-]+(:\d{1,5})?(?![^\s,])[\s,]*)*$/i".to_owned(),
        // One that is not known here sends nothing early.
        _ => "/^$/".to_owned(),
    }
}

/// The fields of an answer without which, or with another value, nothing is shown early.
const ANSWER: [&str; 8] = [
    "status_code",
    "order_id",
    "transaction_id",
    "gross_amount",
    "currency",
    "transaction_status",
    "fraud_status",
    "refund_amount",
];

/// The pattern of values that the core takes for an ordinary pending charge.
fn answer_rule(field: &str) -> String {
    match field {
        "status_code" => r"/^([1-9]\d\d)?$/".to_owned(),
        "order_id" => format!("/^{}$/", order_id()),
        "transaction_id" => format!(r"/^[\w-]{{1,{}}}$/", TransactionId::MAX_LENGTH),
        "gross_amount" => format!("/^{}$/", amount()),
        "currency" => "/^(IDR)?$/i".to_owned(),
        "transaction_status" => format!("/^{}$/", TransactionStatus::Pending.as_str()),
        "fraud_status" => format!("/^({})?$/", FraudStatus::Accept.as_str()),
        // None, or zero.
        _ => "/^[0.]*$/".to_owned(),
    }
}

fn order_id() -> String {
    format!(r"[\w.~-]{{1,{}}}", OrderId::MAX_LENGTH)
}

/// Whole rupiah, with a fraction of zeros as [`GrossAmount::parse`] takes it.
fn amount() -> String {
    format!(r"([1-9]\d{{0,{}}})(?:\.(?:00?|0{{4,15}}))?", GrossAmount::MAX.ilog10())
}

/// Alternatives of a pattern.
fn one_of(texts: &[&str]) -> String {
    texts.iter().map(|text| literal(text)).collect::<Vec<_>>().join("|")
}

/// A text as a pattern has it that matches this text alone.
fn literal(text: &str) -> String {
    text.replace('.', r"\.").replace('/', r"\/")
}

fn words(lang: Lang) -> Value {
    let words = lang.words();
    json!({ "pay": words.pay, "failed": words.reload })
}
