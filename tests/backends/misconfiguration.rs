//! A backend that lacks something, or whose server key Midtrans refuses: whoever looks into its log is told what is wrong.

use crate::language::Language;
use crate::process::{PAUSE, client, free_port};
use crate::stage::Stage;
use reqwest::Method;
use serde_json::json;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A wrong or revoked key, and a channel that is not activated.
async fn logs_what_midtrans_refuses(language: Language) {
    let stage = Stage::of(language).await;
    for (code, http, told_to_the_page) in [(401, 401, 503), (402, 200, 402)] {
        let order = stage.orders().await;
        let message = refusal_of(&stage, code).await;
        let refused = json!({"fault": "error", "status_code": code, "http_status": http, "on": ["charge"]});
        stage.steers(Method::POST, "faults", refused).await;
        let answer = order.asks_for_the_charge().await;
        assert_eq!(answer.status().as_u16(), told_to_the_page, "{language:?}");
        let body: serde_json::Value = answer.json().await.unwrap();
        assert!(body["status_message"].as_str().unwrap().contains(&message), "{language:?}: {body}");
        let log = stage.log();
        let its_line = log.lines().find(|line| line.contains(&message));
        assert!(its_line.is_some_and(|line| line.contains(&code.to_string())), "{message:?} is not in\n{log}");
    }
}

/// Midtrans' own words for a code, asked without the backend.
async fn refusal_of(stage: &Stage, code: u16) -> String {
    let fault = json!({"fault": "error", "status_code": code, "on": ["status"]});
    stage.steers(Method::POST, "faults", fault).await;
    stage.midtrans_says("order-of-nobody").await["status_message"].as_str().unwrap().to_owned()
}

/// The start ends with a sentence that names the module and where it comes from.
fn names_what_is_missing(language: Language, words: [&str; 2]) {
    let folder = TempDir::new().unwrap();
    let done = start_with_something_missing(language, folder.path());
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1), "{language:?}: {told}");
    for word in words {
        assert!(told.contains(word), "{word:?} is not in {told}");
    }
    assert!(told.trim_end().lines().count() <= 2, "a sentence, and no stack trace: {told}");
}

fn start_with_something_missing(language: Language, folder: &Path) -> Output {
    let source = language.source();
    let sources = source.parent().unwrap();
    let mut command = match language {
        // Its packages are not beside it.
        Language::Node => {
            let alone = folder.join("shop.mjs");
            std::fs::copy(&source, &alone).unwrap();
            let mut command = Command::new("node");
            command.arg(alone);
            command
        }
        Language::Python => {
            let mut command = Command::new(sources.join(".venv/bin/python"));
            command.args(["-I", "-S"]).arg(&source);
            command
        }
        // Without the files that load its extensions.
        Language::Php => {
            let mut command = Command::new("php");
            command.arg("-n").arg(&source);
            command
        }
        Language::Java => {
            let [gson, sqlite] = crate::language::JARS.map(PathBuf::from);
            let both = format!("{}:{}", gson.display(), sqlite.display());
            let files = ["Platform.java", "Shop.java"].map(|name| sources.join(name));
            let compiled = Command::new("javac").args(["-cp", &both, "-d"]).arg(folder).args(files).output().unwrap();
            assert!(compiled.status.success(), "{compiled:?}");
            let mut command = Command::new("java");
            command.arg("-cp").arg(format!("{}:{}", folder.display(), gson.display())).arg("Shop");
            command
        }
        // Without a C compiler the driver is an empty one.
        Language::Go => {
            let program = folder.join("shop");
            let mut build = Command::new("go");
            build.env("GO111MODULE", "off").env("GOPATH", crate::language::GO_PACKAGES).env("CGO_ENABLED", "0");
            let built = build.args(["build", "-o"]).arg(&program).arg(&source).output().unwrap();
            assert!(built.status.success(), "{built:?}");
            Command::new(program)
        }
    };
    command.env("MIDTRANS_SERVER_KEY", midtrans_sandbox::DEFAULT_SERVER_KEY);
    command.env("ORDER_TOKEN_SECRET", crate::process::ORDER_TOKEN_SECRET).env("PORT", "0");
    command.env("DATABASE", folder.join("shop.sqlite3")).output().unwrap()
}

#[tokio::test]
async fn node_logs_what_midtrans_refuses() {
    logs_what_midtrans_refuses(Language::Node).await;
}

#[tokio::test]
async fn python_logs_what_midtrans_refuses() {
    logs_what_midtrans_refuses(Language::Python).await;
}

#[tokio::test]
async fn php_logs_what_midtrans_refuses() {
    logs_what_midtrans_refuses(Language::Php).await;
}

#[tokio::test]
async fn java_logs_what_midtrans_refuses() {
    logs_what_midtrans_refuses(Language::Java).await;
}

#[tokio::test]
async fn go_logs_what_midtrans_refuses() {
    logs_what_midtrans_refuses(Language::Go).await;
}

#[test]
fn node_names_what_is_missing() {
    names_what_is_missing(Language::Node, ["express", "npm ci"]);
}

#[test]
fn python_names_what_is_missing() {
    names_what_is_missing(Language::Python, ["itsdangerous", "pip install -r requirements.txt"]);
}

#[test]
fn php_names_what_is_missing() {
    names_what_is_missing(Language::Php, ["curl", "php-curl"]);
}

/// As php-fpm would be: started all the same, and each answer says why there is none.
#[tokio::test]
async fn php_names_the_database_driver_that_is_missing() {
    let with_curl_alone = ["-n", "-d", "extension=curl"];
    let (folder, port) = (TempDir::new().unwrap(), free_port());
    let php = || {
        let mut command = Command::new("php");
        command.args(with_curl_alone).current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null());
        command.env("MIDTRANS_SERVER_KEY", midtrans_sandbox::DEFAULT_SERVER_KEY);
        command.env("ORDER_TOKEN_SECRET", crate::process::ORDER_TOKEN_SECRET);
        command
    };
    let source = Language::Php.source().canonicalize().unwrap();
    let checked = php().arg(&source).output().unwrap();
    let told = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert_eq!(checked.status.code(), Some(1), "{told}");
    assert_eq!(told, "PHP's extension pdo_sqlite is missing: install php-sqlite3\n");

    let log = folder.path().join("log");
    let mut server = php();
    server.args(["-S", &format!("127.0.0.1:{port}")]).arg(&source);
    let mut server = server.stderr(File::create(&log).unwrap()).spawn().unwrap();
    let (http, url) = (client(), format!("http://127.0.0.1:{port}/api/gopay/orders/order-101"));
    let mut answers = Vec::new();
    for _ in 0..200 {
        if let Ok(answer) = http.get(&url).send().await {
            answers.push((answer.status().as_u16(), answer.text().await.unwrap()));
        }
        if answers.len() == 2 {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    server.kill().unwrap();
    server.wait().unwrap();
    let log = std::fs::read_to_string(log).unwrap();
    assert_eq!(answers.len(), 2, "{log}");
    for (code, body) in answers {
        assert_eq!(code, 503, "{body}");
        assert!(body.contains("pdo_sqlite is missing: install php-sqlite3"), "{body}");
    }
    let lines = log.lines().filter(|line| *line == r#""PHP's extension pdo_sqlite is missing: install php-sqlite3""#);
    assert_eq!(lines.count(), 2, "each entry is a line:\n{log}");
}

#[test]
fn java_names_what_is_missing() {
    names_what_is_missing(Language::Java, ["sqlite-jdbc", "class path"]);
}

#[test]
fn go_names_what_is_missing() {
    names_what_is_missing(Language::Go, ["go-sqlite3", "cgo"]);
}
