//! Checks that words which were replaced by the field's own do not come back as names: of files, modules, types,
//! functions and constants, and of metrics and settings.

use gopay_documents::{files, root};
use std::fs;
use std::path::Path;

/// Folders to check. Those that are not here yet still have such names.
const FOLDERS: [&str; 15] = [
    "src",
    "tests/harness",
    "crates/merchant",
    "crates/contract",
    "crates/demo-shop",
    "crates/doctor",
    "crates/fault-proxy",
    "crates/sandbox",
    "xtask",
    "tests/backends",
    "tests/documents",
    "tests/e2e",
    "tests/hosts",
    "tests/load",
    "tests/postgres",
];

/// Names of files, without their ending.
const FILES: [&str; 28] = [
    "app_opening",
    "asking",
    "complaint",
    "desk",
    "hearing",
    "heard",
    "in_turn",
    "leading",
    "mishap",
    "operator_door",
    "painter",
    "payment_detour",
    "played",
    "presses",
    "refusal",
    "seats",
    "seen",
    "situation",
    "spoil",
    "standing",
    "status_board",
    "supply",
    "telling",
    "told",
    "twist",
    "verdict",
    "victim",
    "watching",
];

/// Names of functions, types, constants and modules.
const NAMES: [&str; 88] = [
    "Cashier",
    "Complaint",
    "Complaints",
    "Copied",
    "DUST",
    "Detour",
    "Fails",
    "Fed",
    "Feeding",
    "Found",
    "Gap",
    "Gaps",
    "HOP",
    "Halt",
    "Heard",
    "Holder",
    "InTheWay",
    "Means",
    "Mishap",
    "News",
    "NewsElsewhere",
    "OTHERWISE",
    "Occasion",
    "OfItsOwn",
    "OnlyTold",
    "OperatorDoor",
    "Out",
    "Pace",
    "Played",
    "Press",
    "Reading",
    "Refusal",
    "Say",
    "Seat",
    "Seats",
    "Seen",
    "Standing",
    "StandingElement",
    "Standings",
    "StatusBoard",
    "Supply",
    "Terms",
    "Trouble",
    "Wake",
    "Wanted",
    "Watch",
    "alive",
    "app_is_forgotten",
    "ask_at",
    "attend",
    "become_child",
    "believed",
    "checked_before",
    "cut",
    "deciding",
    "doubt",
    "dressed",
    "edged",
    "follow_on",
    "for_whoever_runs_it",
    "guarded",
    "hears",
    "heed",
    "hold_against_the_shop",
    "hold_the_limits",
    "holds",
    "is_mine_to_look_behind",
    "judge",
    "lets_pass",
    "look_at",
    "look_behind",
    "look_once",
    "mend",
    "must_be_true_at_last",
    "read_quietly",
    "seated",
    "situation",
    "spend",
    "spoil",
    "standing_for",
    "step_aside",
    "strike",
    "superfluous",
    "surrounded",
    "take_part",
    "told_version",
    "untold",
    "watch_lives",
];

/// Names of metrics and settings, as texts in any source or document below the folders.
const TEXTS: [&str; 7] = [
    "gopay_asks_total",
    "gopay_told_total",
    "gopay_looks_total",
    "gopay_alarms_total",
    "MERCHANT_LOOK_AGAIN_SECONDS",
    "MIDTRANS_ASK_FLOOR_SECONDS",
    "MIDTRANS_HARD_STOP",
];

/// The name that a line of Rust defines, if it defines one.
fn defined(line: &str) -> Option<&str> {
    const KEYWORDS: [&str; 8] = ["fn", "struct", "enum", "trait", "type", "const", "static", "mod"];
    let mut words = line.trim().split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        match word {
            "pub" | "crate" | "super" | "async" | "unsafe" | "extern" => {}
            "const" if line.contains("const fn ") => {}
            word if KEYWORDS.contains(&word) => return words.next(),
            _ => return None,
        }
    }
    None
}

/// Old words in a file: its own name, the names that it defines, and metrics and settings.
fn old_words(path: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    found.extend(FILES.iter().filter(|name| **name == stem).map(ToString::to_string));
    if path.extension().is_some_and(|it| it == "rs") {
        found.extend(text.lines().filter_map(defined).filter(|name| NAMES.contains(name)).map(str::to_owned));
    }
    found.extend(TEXTS.iter().filter(|name| text.contains(**name)).map(ToString::to_string));
    found
}

#[test]
fn no_old_word_comes_back_as_a_name() {
    let own = Path::new("tests/documents/tests/word_list.rs");
    let (mut looked_at, mut found) = (0, Vec::new());
    for file in files(&["rs", "js", "mjs", "md", "toml", "py", "php", "java", "go", "html"]) {
        let path = file.strip_prefix(root()).expect("below the root");
        if path == own || !FOLDERS.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        looked_at += 1;
        let words = old_words(path, &fs::read_to_string(&file).expect("a text file"));
        found.extend(words.iter().map(|word| format!("{}: {word}", path.display())));
    }
    assert!(looked_at > 200, "{looked_at} files were found");
    assert!(found.is_empty(), "say it in the field's word (docs/glossary.md):\n{}", found.join("\n"));
}

#[test]
fn an_old_word_is_found_as_a_file_a_name_and_a_setting() {
    let text =
        "pub(crate) const fn mend() {}\n    async fn untold() {}\nstruct Mishap;\nlet mend = \"MIDTRANS_HARD_STOP\";\n";
    let found = old_words(Path::new("crates/sandbox/src/refusal.rs"), text);
    assert_eq!(found, ["refusal", "mend", "untold", "Mishap", "MIDTRANS_HARD_STOP"]);
    assert!(old_words(Path::new("crates/sandbox/src/error.rs"), "fn clear_faults() {}\n// mend\n").is_empty());
}
