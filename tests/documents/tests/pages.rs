//! `docs/pages.md`: the pages that the widget is tried on, from the tables and the tests in `tests/e2e`.
//! `GOPAY_BLESS=1 cargo test -p gopay-documents --test pages` writes it.

use gopay_documents::{files, root};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Writes the document anew instead of comparing it.
const BLESS: &str = "GOPAY_BLESS";

const DOCUMENT: &str = "docs/pages.md";

const HEAD: &str = "# Pages it was tried on

Written from the tables and tests in `tests/e2e`. Do not edit it here; `GOPAY_BLESS=1 cargo test -p gopay-documents --test pages`
writes it. Each row is played in a browser, through the built dist. What to do on pages like these: [site-builders.md](site-builders.md).

- **Chromium**, **Firefox**, **WebKit** (Safari's engine) run the wasm build; **JavaScript** is Chromium with the JavaScript build.
- ✓ runs on each change. ○ runs when it is asked for, as before a release: `cargo xtask test e2e --engine firefox`,
  `--engine webkit`, `--build js`. – does not run there, because it is about something that this engine or build does not have, or
  because one engine is enough.
";

/// A function of a test's file.
struct Function<'a> {
    name: &'a str,
    body: &'a str,
    is_test: bool,
}

/// A test file: its path below `tests/e2e/tests`, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn read(path: &str) -> Self {
        let file = root().join("tests/e2e/tests").join(path);
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self { path: path.to_owned(), text }
    }

    /// Its functions at the outermost level.
    fn functions(&self) -> Vec<Function<'_>> {
        let mut functions = Vec::new();
        let mut is_test = false;
        let mut at = 0;
        for line in self.text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            if line.starts_with("#[") && line.contains("test") {
                is_test = true;
            }
            let declared = ["async fn ", "fn ", "pub(crate) async fn "].iter().find_map(|it| line.strip_prefix(it));
            if let Some(rest) = declared {
                let name = rest.split(['(', '<']).next().unwrap_or_default();
                let end = self.text[start..].find("\n}").map_or(self.text.len(), |end| start + end);
                functions.push(Function { name, body: &self.text[start..end], is_test });
                is_test = false;
            }
        }
        functions
    }

    /// Its tests, each with what it runs: its own body and that of the helpers in its file that it calls.
    fn tests(&self) -> Vec<(String, String)> {
        let functions = self.functions();
        let whole = |test: &Function<'_>| {
            let calls = |it: &&Function<'_>| !it.is_test && test.body.contains(&format!("{}(", it.name));
            let helpers = functions.iter().filter(calls).map(|it| it.body);
            std::iter::once(test.body).chain(helpers).collect::<Vec<_>>().join("\n")
        };
        functions.iter().filter(|it| it.is_test).map(|it| (it.name.to_owned(), whole(it))).collect()
    }

    /// The suite that it belongs to.
    fn suite(&self) -> &str {
        self.path.split(['/', '.']).next().unwrap_or_default()
    }
}

/// The texts of a list in `cargo xtask test`.
fn listed(list: &str) -> Vec<String> {
    let xtask = fs::read_to_string(root().join("xtask/src/test/end_to_end.rs")).expect("how the suites are run");
    let (_, list) = xtask.split_once(&format!("const {list}: [&str; ")).expect("the list");
    let (list, _) = list.split_once("];").expect("its end");
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The columns of a test: Chromium, Firefox, WebKit, the JavaScript build.
fn engines(source: &Source, body: &str) -> String {
    // `if … { return; }`: a test that ends at once.
    let ends_at = |mark: &str| {
        let lines: Vec<_> = body.lines().map(str::trim).collect();
        lines.windows(2).any(|pair| pair[0].starts_with("if ") && pair[0].contains(mark) && pair[1] == "return;")
    };
    let chromium_only = ends_at("Engine::from_env() != Engine::Chromium");
    let not_webkit = chromium_only || ends_at("Engine::from_env() == Engine::Webkit");
    let wasm_only = ends_at("!WidgetBuild::Wasm.is_tried(") || body.contains("opens_with_fetched_core().await");
    let everywhere = listed("EVERYWHERE").iter().any(|it| it == source.suite());
    let is_foreign = source.suite() == "foreign_pages";
    let by_engine = is_foreign && listed("BY_ENGINE").iter().any(|it| source.path.ends_with(&format!("/{it}.rs")));
    // Whether it can run there, whether it does on each change, and whether it does when it is asked for.
    let mark = |can: bool, always: bool, asked: bool| match (can, always, asked) {
        (false, _, _) | (_, false, false) => "–",
        (true, true, _) => "✓",
        (true, false, true) => "○",
    };
    let asked = everywhere || is_foreign;
    [
        "✓",
        mark(!chromium_only, everywhere || by_engine, asked),
        mark(!not_webkit, everywhere || by_engine, asked),
        mark(!wasm_only, everywhere, asked),
    ]
    .join(" | ")
}

/// A test's name as a sentence.
fn promise(name: &str) -> String {
    name.replace('_', " ")
}

/// The first texts of the rows of a table in the source.
fn rows<'a>(source: &'a str, table: &str) -> Vec<&'a str> {
    let (_, rest) = source.split_once(&format!("const {table}: ")).unwrap_or_else(|| panic!("no table {table}"));
    let (_, rest) = rest.split_once("[\n").expect("its rows");
    let (rows, _) = rest.split_once("\n];").expect("its end");
    let first = |row: &'a str| row.trim_start().strip_prefix('"').and_then(|row| row.split_once('"')).map(|it| it.0);
    rows.split("\n    (").flat_map(|row| row.strip_prefix("    (").or(Some(row))).filter_map(first).collect()
}

fn section(text: &mut String, title: &str, promised: &str, first: &str) {
    writeln!(text, "\n## {title}\n\n{promised}\n").expect("a text");
    writeln!(text, "| {first} | Chromium | Firefox | WebKit | JavaScript |\n|---|---|---|---|---|").expect("a text");
}

/// A table of a test, whose rows are situations, and what the document says of it.
struct Situations {
    file: &'static str,
    table: &'static str,
    title: &'static str,
    promised: &'static str,
    first: &'static str,
}

const SITUATIONS: &[Situations] = &[
    Situations {
        file: "foreign_pages/parents.rs",
        table: "PARENTS",
        title: "Parents and themes",
        promised: "It shows, with at least the width that the place has for it: nothing leaves the card or the page, the button is 44 px high, letters \
            are 14 px at least, and nothing of the theme is inherited (`it_shows_in_every_kind_of_parent_and_under_every_kind_of_theme`).",
        first: "the element is in",
    },
    Situations {
        file: "foreign_pages/displayed.rs",
        table: "PLACES",
        title: "Places that are not displayed",
        promised: "Nothing is charged until it is displayed; then it is, once \
            (`not_displayed_it_charges_nothing_and_charges_as_soon_as_it_is`).",
        first: "the element is in",
    },
    Situations {
        file: "foreign_pages/life.rs",
        table: "KEPT",
        title: "Updates in place",
        promised: "It goes on with the same QR code and the same transaction, and sends no other charge \
            (`updated_in_place_it_goes_on_with_its_qr_code_and_without_another_charge`).",
        first: "what the page does with the element",
    },
    Situations {
        file: "foreign_pages/life.rs",
        table: "BEGUN_ANEW",
        title: "Updates that make another element",
        promised: "It finds the same transaction, which is one charge at Midtrans, and is paid once \
            (`rendered_anew_it_finds_the_same_transaction_and_is_paid_once`).",
        first: "what the page does with the element",
    },
    Situations {
        file: "foreign_pages/frameworks.rs",
        table: "KEPT_BY_FRAMEWORK",
        title: "Frameworks that update it",
        promised: "It goes on with its transaction, and sends no other charge \
            (`updated_by_a_framework_it_goes_on_without_another_charge`).",
        first: "what the framework does",
    },
    Situations {
        file: "foreign_pages/frameworks.rs",
        table: "BEGUN_ANEW_BY_FRAMEWORK",
        title: "Frameworks that make it anew",
        promised: "It finds the same transaction, which is one charge at Midtrans, and is paid once \
            (`made_anew_by_a_framework_it_finds_the_same_transaction_and_is_paid_once`).",
        first: "what the framework does",
    },
    Situations {
        file: "foreign_pages/life.rs",
        table: "PUT_ASIDE",
        title: "Pages that are put aside",
        promised: "Paid meanwhile, it says so when the page is taken up again \
            (`a_page_that_was_put_aside_says_paid_when_it_is_taken_up_again`).",
        first: "the page is",
    },
    Situations {
        file: "foreign_pages/network.rs",
        table: "AT_THE_CHARGE",
        title: "One odd answer to the charge",
        promised: "It is said, with a button that helps; nothing was charged, and then it is, once \
            (`one_odd_answer_to_a_charge_is_said_and_the_button_beside_it_leads_to_a_payment`).",
        first: "the answer to the charge is",
    },
    Situations {
        file: "foreign_pages/network.rs",
        table: "AFTER_THE_CHARGE",
        title: "One odd answer after the charge",
        promised: "The QR code stays, and the payment is seen \
            (`one_odd_answer_after_the_charge_takes_nothing_away_and_the_payment_is_seen`). More faults: [faults.md](faults.md).",
        first: "what is answered, and how",
    },
    Situations {
        file: "foreign_pages/agents.rs",
        table: "OPTIMIZERS",
        title: "Script tags that an optimizer has changed",
        promised: "One charge, and it is paid (`a_script_tag_that_an_optimizer_has_changed_still_leads_to_one_charge_and_a_payment`).",
        first: "the script is",
    },
];

fn situations(text: &mut String) {
    for Situations { file, table, title, promised, first } in SITUATIONS {
        let source = Source::read(file);
        let rows = rows(&source.text, table);
        assert!(rows.len() >= 3, "{table}: {rows:?}");
        let tests = source.tests();
        let (_, body) =
            tests.iter().find(|(_, body)| body.contains(table)).unwrap_or_else(|| panic!("no test of {table}"));
        section(text, title, promised, first);
        for row in rows {
            writeln!(text, "| {} | {} |", row.replace('<', "&lt;"), engines(&source, body)).expect("a text");
        }
    }
}

/// The pages in `tests/e2e/pages`: folders and titles.
fn titles() -> Vec<(String, String)> {
    let pages = root().join("tests/e2e/pages");
    let pages: Vec<_> = files(&["html"]).into_iter().filter(|file| file.starts_with(&pages)).collect();
    let title = |file: &Path| {
        let folder = file.parent()?.file_name()?.to_string_lossy().into_owned();
        let page = fs::read_to_string(file).ok()?;
        let title = page.split_once("<title>")?.1.split_once("</title>")?.0.to_owned();
        Some((folder, title))
    };
    pages.iter().map(|file| title(file).unwrap_or_else(|| panic!("{} has no title", file.display()))).collect()
}

fn pages(text: &mut String) {
    let tests_folder = root().join("tests/e2e/tests");
    let sources: Vec<_> = files(&["rs"])
        .iter()
        .filter_map(|file| file.strip_prefix(&tests_folder).ok())
        .map(|path| Source::read(&path.to_string_lossy()))
        .collect();
    let promised = "Each is a folder of `tests/e2e/pages`, and each row a test. What is promised is the test's name.";
    section(text, "Pages", promised, "page | promised");
    let title = text.rfind("|---").expect("the line below the head");
    text.insert_str(title, "|---");
    for (folder, title) in titles() {
        let mut shown = title.as_str();
        let opens = format!("opens(\"{folder}\")");
        let of_source = |source: &Source| -> Vec<(String, String)> {
            let tests = source.tests().into_iter().filter(|(_, body)| body.contains(&opens));
            tests.map(|(name, body)| (promise(&name), engines(source, &body))).collect()
        };
        let found: Vec<_> = sources.iter().flat_map(of_source).collect();
        assert!(!found.is_empty(), "no test opens {folder}");
        for (promise, engines) in found {
            writeln!(text, "| {shown} | {promise} | {engines} |").expect("a text");
            shown = "";
        }
    }
}

fn deliveries(text: &mut String) {
    let source = Source::read("strict_pages/wrong_bytes.rs");
    let promised = "The payer pays with the other build, or is told that nothing runs; no altered file ever does. Which build runs is up to the \
        page here, so each column tries both. More servers and policies: [browsers.md](browsers.md).";
    section(text, "Files that do not come as they were built", promised, "promised");
    let tests = source.tests();
    assert!(tests.len() > 8, "{} tests", tests.len());
    for (name, body) in tests {
        writeln!(text, "| {} | {} |", promise(&name), engines(&source, &body)).expect("a text");
    }
}

#[test]
fn the_table_of_pages_is_that_of_the_tests() {
    let mut text = HEAD.to_owned();
    situations(&mut text);
    pages(&mut text);
    deliveries(&mut text);
    let file = root().join(DOCUMENT);
    if std::env::var_os(BLESS).is_some() {
        fs::write(&file, &text).expect("it is written");
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == text,
        "{DOCUMENT} is stale: `{BLESS}=1 cargo test -p gopay-documents --test pages` writes it anew"
    );
}
