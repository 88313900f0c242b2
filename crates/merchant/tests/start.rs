//! Starting and stopping the program itself.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

const SECRET: &str = "a secret of the shop, longer than thirty-two bytes";
const KEY: &str = "SB-Mid-server-offline-sandbox";

fn program(folder: &TempDir, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gopay-merchant"));
    command.env_clear().envs(variables.iter().copied()).current_dir(folder.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn refusal(mut command: Command) -> String {
    let Output { status, stderr, .. } = command.output().expect("it runs");
    let sentence = String::from_utf8(stderr).expect("text");
    assert_eq!(status.code(), Some(1), "{sentence}");
    sentence
}

#[test]
fn without_its_settings_it_says_which_one_is_missing() {
    let folder = TempDir::new().expect("a folder");
    let sentence = refusal(program(&folder, &[]));
    assert!(sentence.contains("MIDTRANS_SERVER_KEY is not set"), "{sentence}");
    let sentence = refusal(program(&folder, &[("MIDTRANS_SERVER_KEY", KEY)]));
    assert!(sentence.contains("ORDER_TOKEN_SECRET is not set"), "{sentence}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let folder = TempDir::new().expect("a folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let all = [("MIDTRANS_SERVER_KEY", KEY), ("ORDER_TOKEN_SECRET", SECRET), ("MERCHANT_BIND", &address)];
    let sentence = refusal(program(&folder, &all));
    assert!(sentence.contains("MERCHANT_BIND") && sentence.contains(&address), "{sentence}");
}

#[test]
fn the_environment_wins_over_the_file() {
    let folder = TempDir::new().expect("a folder");
    let file = format!("MIDTRANS_SERVER_KEY={KEY}\nMERCHANT_BIND=nowhere\nORDER_TOKEN_SECRET=short\n");
    std::fs::write(folder.path().join("shop.env"), file).expect("written");
    let mut command = program(&folder, &[("MERCHANT_BIND", "127.0.0.1:0")]);
    command.args(["--env-file", "shop.env"]);
    let sentence = refusal(command);
    assert!(sentence.contains("ORDER_TOKEN_SECRET is 5 bytes long"), "{sentence}");
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_not_quoted() {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("shop.env"), format!("MIDTRANS_SERVER_KEY is {KEY}\n")).expect("written");
    for (file, names) in [("shop.env", "NAME=value"), ("nothing.env", "No such file")] {
        let mut command = program(&folder, &[]);
        command.args(["--env-file", file]);
        let sentence = refusal(command);
        assert!(sentence.contains(file) && sentence.contains(names), "{sentence}");
        assert!(!sentence.contains(KEY), "{sentence}");
    }
}

#[test]
fn what_cannot_be_right_stops_the_start_and_is_named() {
    let folder = TempDir::new().expect("a folder");
    for (variable, value, more) in [
        ("MIDTRANS_SERVER_KEY", "SB-Mid-server-of-the-sandbox", ("MIDTRANS_BASE_URL", "https://api.midtrans.com")),
        ("MIDTRANS_SERVER_KEY", "SB-Mid-server-of-the-sandbox", ("MIDTRANS_BASE_URL", "https://API.veritrans.co.id.")),
        ("MIDTRANS_SERVER_KEY", "Mid-server-of-production", ("MIDTRANS_BASE_URL", "https://api.sandbox.midtrans.com")),
        ("MIDTRANS_SERVER_KEY", "Mid-server-of-production", ("MIDTRANS_BASE_URL", "http://127.0.0.1:7081")),
        ("MERCHANT_DATABASE_URL", "postgres://shop@db.example/shop", ("MERCHANT_BIND", "127.0.0.1:0")),
        ("ORDER_TOKEN_SECRET", "too short", ("MERCHANT_BIND", "127.0.0.1:0")),
        ("ORDER_TOKEN_SECRET", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ("MERCHANT_BIND", "127.0.0.1:0")),
        ("ORDER_TOKEN_SECRET", "changeme-changeme-changeme-changeme-now!", ("MERCHANT_BIND", "127.0.0.1:0")),
        ("ORDER_TOKEN_SECRET_PREVIOUS", "0123456789abcdef0123456789abcdef", ("MERCHANT_BIND", "127.0.0.1:0")),
        ("MERCHANT_CHARGES_PER_MINUTE", "a hundred", ("MERCHANT_BIND", "127.0.0.1:0")),
        ("MERCHANT_TRUSTED_PROXIES", "11", ("MERCHANT_BIND", "127.0.0.1:0")),
        ("MERCHANT_ADMIN_BIND", "everywhere", ("MERCHANT_BIND", "127.0.0.1:0")),
    ] {
        let mut variables = vec![("MIDTRANS_SERVER_KEY", KEY), ("ORDER_TOKEN_SECRET", SECRET), more];
        variables.retain(|(name, _)| *name != variable);
        variables.push((variable, value));
        let sentence = refusal(program(&folder, &variables));
        assert!(sentence.contains(&format!("{variable} is ")) && sentence.contains("expected"), "{sentence}");
        let is_secret = variable.contains("KEY") || variable.contains("SECRET");
        assert!(!is_secret || !sentence.contains(value), "{sentence}");
    }
}

#[test]
fn a_setting_that_nobody_reads_is_refused_in_the_file_and_warned_of_in_the_environment() {
    let folder = TempDir::new().expect("a folder");
    let file = format!("MIDTRANS_SERVER_KEY={KEY}\nORDER_TOKEN_SECRET={SECRET:?}\nMERCHANT_TRUSTED_PROXY=1\n");
    std::fs::write(folder.path().join("shop.env"), file).expect("written");
    let mut command = program(&folder, &[("MERCHANT_BIND", "127.0.0.1:0")]);
    command.args(["--env-file", "shop.env"]);
    let sentence = refusal(command);
    let expected = "MERCHANT_TRUSTED_PROXY in --env-file is not a setting: did you mean MERCHANT_TRUSTED_PROXIES?";
    assert!(sentence.contains(expected), "{sentence}");

    // Of another program it may well be, so it only warns; that it cannot start is another's fault here.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let all = [
        ("MIDTRANS_SERVER_KEY", KEY),
        ("ORDER_TOKEN_SECRET", SECRET),
        ("MERCHANT_BIND", &address),
        ("MERCHANT_CHARGE_PER_MINUTE", "7"),
        ("MERCHANT_SERVICE_HOST", "10.0.0.1"),
    ];
    let said = refusal(program(&folder, &all));
    let warned = |name: &str| said.lines().any(|line| line.contains("WARN") && line.contains(name));
    assert!(warned("MERCHANT_CHARGE_PER_MINUTE") && warned("MERCHANT_SERVICE_HOST"), "{said}");
    assert!(!warned("MERCHANT_BIND") && said.contains("MERCHANT_CHARGES_PER_MINUTE"), "{said}");
}

#[cfg(unix)]
#[test]
fn told_to_stop_it_stops_well() {
    let folder = TempDir::new().expect("a folder");
    let all = [("MIDTRANS_SERVER_KEY", KEY), ("ORDER_TOKEN_SECRET", SECRET), ("MERCHANT_BIND", "127.0.0.1:0")];
    let mut child: Child = program(&folder, &all).arg("--log-format=json").spawn().expect("it runs");
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    let listens = lines.next().expect("a line").expect("text");
    let line: serde_json::Value = serde_json::from_str(&listens).expect("JSON");
    assert_eq!(line["message"], "the merchant listens");
    assert!(folder.path().join("gopay-merchant.sqlite3").exists(), "the default database is here");
    let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    assert!(told.success());
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert!(child.wait().expect("it ends").success(), "{rest:?}");
}

#[cfg(unix)]
#[test]
fn a_second_merchant_on_a_sqlite_file_is_refused_until_the_first_is_gone() {
    let folder = TempDir::new().expect("a folder");
    std::os::unix::fs::symlink("shop.sqlite3", folder.path().join("alias.sqlite3")).expect("a second name");
    let on = |url| {
        let bind = ("MERCHANT_BIND", "127.0.0.1:0");
        let all = [("MIDTRANS_SERVER_KEY", KEY), ("ORDER_TOKEN_SECRET", SECRET), bind, ("MERCHANT_DATABASE_URL", url)];
        program(&folder, &all)
    };
    let listens = |child: &mut Child| {
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains("the merchant listens")), "it does not start");
    };
    let mut first = on("sqlite:shop.sqlite3").spawn().expect("it runs");
    listens(&mut first);
    for url in ["sqlite:shop.sqlite3", "sqlite:alias.sqlite3"] {
        let sentence = refusal(on(url));
        for word in ["MERCHANT_DATABASE_URL is", "shop.sqlite3", "another merchant", "PostgreSQL"] {
            assert!(sentence.contains(word), "{sentence}");
        }
    }
    assert!(first.try_wait().expect("asked").is_none(), "the first one is not disturbed");
    first.kill().expect("killed without a chance to tidy up");
    first.wait().expect("it is gone");
    let mut next = on("sqlite:shop.sqlite3").spawn().expect("it runs");
    listens(&mut next);
    next.kill().expect("killed");
    next.wait().expect("it is gone");
}
