//! Device detection: the way to pay shown first, and the in-app browser, over a corpus of what devices report,
//! `tests/devices/user_agents.tsv`. How to read and extend it stands in the README beside it.
#![cfg(not(target_arch = "wasm32"))]

use gopay_checkout::payment::{Channel, Device, InAppBrowser, in_app_browser};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

const CORPUS: &str = include_str!("devices/user_agents.tsv");

const COLUMNS: [&str; 11] = [
    "device",
    "kind",
    "channel",
    "in_app",
    "touch_points",
    "shorter_side",
    "platform",
    "hinted_platform",
    "hinted_mobile",
    "origin",
    "user_agent",
];

/// Kinds of devices that the corpus must contain, with their minimum numbers.
const KINDS: [(&str, usize); 13] = [
    ("phone", 300),
    ("tablet", 60),
    ("foldable", 15),
    ("desktop-mode", 15),
    ("chromebook", 5),
    ("computer", 20),
    ("tv", 10),
    ("console", 5),
    ("car", 3),
    ("headset", 2),
    ("speaker", 1),
    ("feature-phone", 8),
    ("bot", 8),
];

/// Common devices in Indonesia: words that must be found in the column `device`.
const MAKERS_AND_BROWSERS: [&str; 38] = [
    "Samsung",
    "Xiaomi",
    "Redmi",
    "POCO",
    "OPPO",
    "vivo",
    "realme",
    "Infinix",
    "TECNO",
    "itel",
    "Huawei",
    "Honor",
    "Advan",
    "Evercoss",
    "Polytron",
    "iPhone",
    "iPad as a Mac",
    "Z Fold",
    "Pixel Fold",
    "MatePad",
    "Xiaomi Pad",
    "Fire HD",
    "(reduced)",
    "WebView",
    "Samsung Internet",
    "Mi Browser",
    "HeyTap Browser",
    "vivo Browser",
    "Huawei Browser",
    "UC Browser",
    "Opera Mini",
    "Opera",
    "Firefox",
    "Edge",
    "DuckDuckGo",
    "WhatsApp",
    "Gojek",
    "Tesla",
];

struct Row {
    line: usize,
    name: &'static str,
    kind: &'static str,
    channel: &'static str,
    in_app: Option<&'static str>,
    origin: &'static str,
    touch_points: u32,
    shorter_side: u32,
    platform: &'static str,
    hinted_platform: &'static str,
    hinted_mobile: Option<bool>,
    user_agent: &'static str,
}

impl Row {
    fn parse(line: usize, text: &'static str) -> Self {
        let fields: Vec<&str> = text.split('\t').collect();
        let Ok(
            [name, kind, channel, in_app, touch_points, shorter_side, platform, hinted_platform, mobile, origin, agent],
        ) = <[&str; 11]>::try_from(fields)
        else {
            panic!("line {line}: expected {} columns between tabs: {text}", COLUMNS.len())
        };
        let number = |column: &str, field: &str| {
            field.parse().unwrap_or_else(|_| panic!("line {line}: {column} {field:?}, expected a whole number"))
        };
        let or_nothing = |field| if field == "-" { "" } else { field };
        Self {
            line,
            name,
            kind,
            channel,
            in_app: (in_app != "-").then_some(in_app),
            origin,
            touch_points: number("touch_points", touch_points),
            shorter_side: number("shorter_side", shorter_side),
            platform: or_nothing(platform),
            hinted_platform: or_nothing(hinted_platform),
            hinted_mobile: match mobile {
                "-" => None,
                "true" => Some(true),
                "false" => Some(false),
                other => panic!("line {line}: hinted_mobile {other:?}, expected true, false or -"),
            },
            user_agent: agent,
        }
    }

    fn device(&self) -> Device {
        Device {
            user_agent: self.user_agent.to_owned(),
            hinted_mobile: self.hinted_mobile,
            hinted_platform: self.hinted_platform.to_owned(),
            platform: self.platform.to_owned(),
            touch_points: self.touch_points,
            shorter_side: self.shorter_side,
        }
    }
}

fn corpus() -> Vec<Row> {
    let mut lines = CORPUS.lines().enumerate();
    let (_, heading) = lines.next().expect("a heading");
    assert_eq!(heading.split('\t').collect::<Vec<_>>(), COLUMNS, "the heading names the columns");
    lines.map(|(index, text)| Row::parse(index + 1, text)).collect()
}

/// All rows that fail, by name: one wrong word is seldom alone.
fn assert_all(what: &str, fails: impl Fn(&Row) -> Option<String>) {
    let mut failed = String::new();
    for row in corpus() {
        if let Some(why) = fails(&row) {
            let _ = write!(failed, "\nline {}, {}: {why}\n    {}", row.line, row.name, row.user_agent);
        }
    }
    assert!(failed.is_empty(), "{what}{failed}");
}

#[test]
fn every_device_of_the_corpus_is_shown_its_own_way_to_pay() {
    assert_all("another way to pay than expected:", |row| {
        let channel = row.device().channel();
        (channel.as_str() != row.channel).then(|| format!("{}, expected {}", channel.as_str(), row.channel))
    });
}

#[test]
fn the_loader_shows_every_device_of_the_corpus_the_same_way_to_pay() {
    let placeholder = format!("{}/src/loader/placeholder.js", env!("CARGO_MANIFEST_DIR"));
    let script = format!(
        "globalThis.addEventListener = () => {{}};
        globalThis.fetch = async () => new Response('');
        const {{ isSmartphone }} = await import({placeholder:?});
        const {{ readFileSync }} = await import('node:fs');
        const said = JSON.parse(readFileSync(0, 'utf8')).map((device) => isSmartphone(device, device.screen) ? 'deeplink' : 'qr');
        process.stdout.write(JSON.stringify(said));"
    );
    let devices: Vec<_> = corpus()
        .iter()
        .map(|row| {
            let side = row.shorter_side;
            let hints = row.hinted_mobile.map(|mobile| json!({"mobile": mobile, "platform": row.hinted_platform}));
            let screen = if row.line % 2 == 0 {
                json!({"width": side, "height": 2000})
            } else {
                json!({"width": 2000, "height": side})
            };
            json!({
                "userAgent": row.user_agent, "userAgentData": hints, "platform": row.platform,
                "maxTouchPoints": row.touch_points, "screen": screen,
            })
        })
        .collect();
    let mut node = Command::new("node")
        .args(["--input-type=module", "--eval", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node.js runs");
    let mut input = node.stdin.take().expect("piped");
    input.write_all(&serde_json::to_vec(&devices).expect("JSON")).expect("Node reads it");
    drop(input);
    let output = node.wait_with_output().expect("it ends");
    let said: Vec<String> = serde_json::from_slice(&output.stdout).expect("a list");
    let rows = corpus();
    assert_eq!(said.len(), rows.len());
    for (row, said) in rows.iter().zip(said) {
        let core = row.device().channel().as_str();
        assert_eq!(said, core, "line {}, {}: {}", row.line, row.name, row.user_agent);
    }
}

#[test]
fn every_in_app_browser_of_the_corpus_is_named_and_no_other_browser_is() {
    assert_all("another in-app browser than expected:", |row| {
        let named = in_app_browser(row.user_agent).map(InAppBrowser::name);
        (named != row.in_app).then(|| format!("{named:?}, expected {:?}", row.in_app))
    });
}

#[test]
fn the_corpus_has_three_hundred_user_agents_that_were_seen_and_no_row_twice() {
    let rows = corpus();
    let seen: BTreeSet<_> = rows.iter().filter(|row| row.origin == "seen").map(|row| row.user_agent).collect();
    assert!(seen.len() >= 300, "only {}", seen.len());
    let mut devices = BTreeMap::new();
    for row in &rows {
        let facts =
            (row.user_agent, row.touch_points, row.shorter_side, row.platform, row.hinted_platform, row.hinted_mobile);
        if let Some(other) = devices.insert(facts, row.line) {
            panic!("line {} says what line {other} says", row.line);
        }
    }
    let names: BTreeSet<_> = rows.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), rows.len(), "two rows have the same name");
}

#[test]
fn the_corpus_has_every_kind_of_device_and_every_maker_and_browser_that_counts_here() {
    let rows = corpus();
    for row in &rows {
        assert!(KINDS.iter().any(|(kind, _)| *kind == row.kind), "line {}: unknown kind {:?}", row.line, row.kind);
        assert!(
            ["seen", "made"].contains(&row.origin),
            "line {}: origin {:?}, expected seen or made",
            row.line,
            row.origin
        );
    }
    for (kind, least) in KINDS {
        let found = rows.iter().filter(|row| row.kind == kind).count();
        assert!(found >= least, "{found} of kind {kind}, expected {least}");
    }
    for word in MAKERS_AND_BROWSERS {
        assert!(rows.iter().any(|row| row.name.contains(word)), "nothing of {word}");
    }
    for channel in [Channel::Qr, Channel::Deeplink] {
        let found = rows.iter().filter(|row| row.channel == channel.as_str()).count();
        assert!(found >= 100, "{found} with {}", channel.as_str());
    }
    for app in ["Instagram", "Facebook", "TikTok", "LINE"] {
        let found = rows.iter().filter(|row| row.in_app == Some(app)).count();
        assert!(found >= 5, "{found} in {app}");
    }
}

/// Rows are written by people: what cannot be so is a slip of the pen.
#[test]
fn the_facts_beside_a_user_agent_agree_with_it() {
    assert_all("facts that cannot be so:", |row| {
        let says = |word| row.user_agent.contains(word);
        let has_hints = row.hinted_mobile.is_some();
        if has_hints && (says("Firefox/") || says("like Mac OS X") || says("Trident/")) {
            return Some("client hints, which this engine does not have".to_owned());
        }
        if has_hints == row.hinted_platform.is_empty() {
            return Some("one client hint without the other".to_owned());
        }
        if row.hinted_platform == "Windows" && !says("Windows") || row.hinted_platform == "macOS" && !says("Macintosh")
        {
            return Some(format!("hinted platform {}", row.hinted_platform));
        }
        None
    });
}
