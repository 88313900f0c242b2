//! The fault table as text: the names of its tests, and docs/faults.md.

use crate::table::{At, ROWS, Row, Shows, Then};
use libtest_mimic::Failed;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Environment variable that makes the test write docs/faults.md instead of comparing it.
const REWRITES: &str = "FAULTS_MD";

const HEAD: &str = "\
# What goes wrong, and what the payer sees

Written from the table in tests/e2e/tests/faults/table.rs, which is run in Chromium, Firefox and WebKit, through the
built dist, row by row: `cargo xtask test e2e --engine firefox`, say. Do not edit it here;
`FAULTS_MD=write cargo test -p gopay-e2e --test faults docs` writes it.

Each fault can be injected, so that a shop can see its own page go through it: at the
[demo shop](../crates/demo-shop/README.md#faults) those of charge, status, events, deeplink and cancel, at the
[sandbox](../crates/sandbox/README.md#faults) those of the QR image. None of them ever counts as paid, and none
makes a second charge. `state` and `code` are the element's attribute and the code of `gopay-problem`.

*By itself*: the fault ends, and the payer does nothing. *Anyway*: the fault does not even have to end. A `fraud_status` is
changed in every answer that reaches the widget. Time-outs and streams are tested on a page whose clock runs twenty times as
fast as the world.
";

impl At {
    fn title(self) -> &'static str {
        match self {
            Self::Charge => "The charge (`charge-url`)",
            Self::Status => "The status (`status-url`, nothing pushed; the payer pays meanwhile)",
            Self::Events => "The pushed statuses (`events-url`)",
            Self::QrImage => "The QR image",
            Self::Deeplink => "The link to the GoPay app",
            Self::Cancel => "The cancel (`cancel-url`), after \"Batalkan pembayaran\"",
        }
    }

    fn subject(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Status => "status",
            Self::Events => "events",
            Self::QrImage => "qr_image",
            Self::Deeplink => "deeplink",
            Self::Cancel => "cancel",
        }
    }
}

impl Shows {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Waiting => "`charging`, \"Coba lagi\"",
            Self::Qr => "`pending`, the QR code",
            Self::OtherQr => "`pending`, the charge's other QR code",
            Self::Link => "`pending`, the link instead of the QR code",
            Self::Checking => "`checking`, nothing to pay with",
            Self::Problem => "`problem`, nothing to pay with",
            Self::Paid => "`settlement`",
            Self::Cancelled => "`cancel`",
        }
    }
}

impl Then {
    fn words(self) -> String {
        match self {
            Self::ByItself(state) => format!("by itself `{state}`"),
            Self::Anyway(state) => format!("anyway `{state}`"),
            Self::Pressed(label, state) => format!("\"{label}\", then `{state}`"),
            Self::Reloaded(state) => format!("page loaded anew, then `{state}`"),
        }
    }
}

impl Row {
    /// The name of its test.
    pub(crate) fn promise(&self) -> String {
        let tells = self.tells.map_or_else(String::new, |code| format!(" and tells {code}"));
        let then = match self.then {
            Then::ByItself(state) => format!("then by itself {state}"),
            Then::Anyway(state) => format!("then anyway {state}"),
            Then::Pressed(label, state) => format!("then on {label} {state}"),
            Then::Reloaded(state) => format!("then loaded anew {state}"),
        };
        let sees = self.shows.words().split(',').next().unwrap_or_default();
        let sentence = format!("{} {} shows {sees}{tells} {then}", self.at.subject(), self.fault.0);
        let words = sentence.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("_").to_ascii_lowercase()
    }

    fn line(&self) -> String {
        let hears = self.tells.map_or_else(|| "nothing".to_owned(), |code| format!("`{code}`"));
        format!("| {} | {} | {hears} | {} |\n", self.fault.0, self.shows.words(), self.then.words())
    }
}

fn written() -> String {
    let mut page = HEAD.to_owned();
    for at in At::ALL {
        page.push_str(&format!("\n## {}\n\n", at.title()));
        page.push_str("| fault | the payer sees | `gopay-problem` | then |\n|---|---|---|---|\n");
        page.extend(ROWS.iter().filter(|row| row.at == at).map(Row::line));
    }
    page.push_str("\n## How to inject each fault\n\nWith `\"on\"` and `\"times\"` as the READMEs above say.\n");
    for (path, is_merchant) in [("/faults", true), ("/sandbox/faults", false)] {
        page.push_str(&format!("\n| fault | `POST {path}` |\n|---|---|\n"));
        let mut faults: Vec<_> = ROWS.iter().filter(|row| row.is_steered_at_the_merchant() == is_merchant).collect();
        let mut known = HashSet::new();
        faults.retain(|row| known.insert(row.fault.1));
        page.extend(faults.iter().map(|row| format!("| {} | `{}` |\n", row.fault.0, row.fault.1)));
    }
    page
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn is_up_to_date() -> Result<(), Failed> {
    let file = root().join("docs/faults.md");
    if env::var_os(REWRITES).is_some() {
        return Ok(fs::write(&file, written())?);
    }
    if fs::read_to_string(&file).unwrap_or_default() == written() {
        return Ok(());
    }
    Err("docs/faults.md is not what the table says. Write it: FAULTS_MD=write cargo test -p gopay-e2e --test faults docs"
        .into())
}
