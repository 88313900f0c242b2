//! Every snippet of every document, judged by its language: one trial each, named by where it stands.

mod examples;
mod html;
mod javascript;
mod json;
mod policy;
mod programs;
mod read_only;
mod rust;
mod served;
mod server;
mod shell;
mod unit;

use gopay_documents::{Snippet, documents};
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = own_trials();
    trials.extend(examples::trials());
    trials.extend(served::trials());
    for document in documents() {
        for snippet in document.snippets() {
            let name = format!("{}:{} {}", document.path.display(), snippet.line, snippet.language);
            let path = document.path.clone();
            trials.push(Trial::test(name, move || check(&path, &snippet).map_err(Failed::from)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Checks a snippet by its language.
fn check(path: &Path, snippet: &Snippet) -> Result<(), String> {
    let code = &snippet.code;
    match snippet.language.as_str() {
        "html" => html::check(code),
        "js" | "javascript" | "mjs" => javascript::check(code),
        "jsx" | "ts" | "tsx" | "css" => javascript::check_form(&snippet.language, code),
        "json" => json::check(code),
        "sh" | "bash" | "console" => shell::check(&snippet.language, code),
        "http" => policy::check(code),
        "nginx" => server::check_nginx(code),
        "caddyfile" => server::check_caddyfile(code),
        "ini" => unit::check(code),
        "rust" | "no_run" => rust::check(path, code),
        "python" => programs::python("import ast, sys; ast.parse(sys.stdin.read())", code),
        "xml" => programs::python(XML, code),
        "toml" => programs::python("import sys, tomllib; tomllib.loads(sys.stdin.read())", code),
        // A picture that GitHub draws, and what is in no language.
        "mermaid" | "text" => Ok(()),
        "" => Err("has no language: say which, or `text`".to_owned()),
        language => read_only::check(path, language),
    }
}

/// A part of a file, with the one prefix that ours use.
const XML: &str = "import sys, xml.dom.minidom as m; \
    m.parseString('<r xmlns:android=\"http://schemas.android.com/apk/res/android\">' + sys.stdin.read() + '</r>')";

/// Tests of the checks themselves: each must refuse something.
fn own_trials() -> Vec<Trial> {
    let wrong = [
        ("html", "<gopay-checkout order-id='a' charge-url='/c' status-url='/s' chanel='qr'></gopay-checkout>"),
        ("html", "<gopay-checkout order-id='a' charge-url='/c' status-url='/s' channel='barcode'></gopay-checkout>"),
        ("html", "<gopay-checkout order-id='a' charge-url='/c' status-url='/s'/>"),
        ("html", "<script src='gopay-checkout.js'></script>"),
        ("js", "const a = ;"),
        ("js", "import { open } from 'https://cdn.example/gopay-checkout.js';"),
        ("js", "document.addEventListener('gopay-open', () => { throw new Error('no'); });"),
        ("jsx", "const a = <b>;"),
        ("json", "{\"a\": }"),
        ("json", "{\"status_code\": \"200\", \"order_id\": \"a\", \"transaction_status\": \"paid\"}"),
        ("json", "{\"payment_type\": \"gopay\", \"transaction_details\": {\"order_id\": \"a b\"}}"),
        ("sh", "if"),
        ("sh", "cargo xtask dits"),
        ("sh", "cargo xtask test e2e --engine opera"),
        ("sh", "cargo test -p gopay-shop"),
        ("sh", "MERCHANT_BINT=127.0.0.1:7080 cargo run -p gopay-merchant"),
        ("sh", "no-such-program"),
        ("http", "Content-Security-Policy: default-src 'none'; scirpt-src 'self'"),
        ("http", "Content-Security-Policy: default-src 'self'; script-src *"),
        ("http", "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'"),
        ("http", "Content-Security-Policy: default-src 'none'; script-src 'self'; frame-ancestors 'self'"),
        ("nginx", "location / { root /srv }"),
        ("ini", "[Service]\nExecStart=/usr/local/bin/gopay-merchant --chek"),
        ("ini", "[Servcie]\nUser=gopay-merchant"),
        ("ini", "[Service]\nUser gopay-merchant"),
        ("rust", "let checkout = no_such_line_in_any_example();"),
        ("python", "def :"),
        ("xml", "<a>"),
        ("cobol", "DISPLAY 'A'."),
        ("", "a"),
    ];
    let trial = |(n, (language, code)): (usize, (&'static str, &'static str))| {
        Trial::test(format!("a_wrong_snippet_is_refused {n} {language}"), move || {
            let snippet = Snippet { language: language.to_owned(), code: code.to_owned(), line: 1 };
            match check(Path::new("README.md"), &snippet) {
                Ok(()) => Err(Failed::from(format!("it passes: {code}"))),
                Err(_) => Ok(()),
            }
        })
    };
    wrong.into_iter().enumerate().map(trial).collect()
}
