//! Alert rules, their tests, the dashboard and the runbooks, against the merchant's metrics and each other.

use super::Promise;
use gopay_documents::{Document, documents, files, installed, root};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

pub(crate) const PROMISES: [Promise; 7] = [
    ("every_metric_and_label_in_rules_and_dashboard_is_the_merchants", all_are_known, &[]),
    ("every_metric_of_the_merchant_is_on_the_dashboard_and_in_a_rule", all_are_shown, &[]),
    ("every_alert_has_a_runbook_in_both_languages_and_every_runbook_an_alert", all_have_runbooks, &[]),
    ("every_alert_is_raised_once_and_kept_silent_once_by_a_unit_test", all_are_tested, &[]),
    ("a_name_that_the_merchant_does_not_have_is_found", unknown_is_found, &[]),
    ("prometheus_takes_the_rules_and_their_unit_tests_pass", promtool_passes, &["promtool"]),
    ("prometheus_takes_every_expression_of_the_dashboard", dashboard_passes, &["promtool"]),
];

pub(crate) const RULES: &str = "ops/prometheus/alerts.yml";
const TESTS: &str = "ops/prometheus/alerts_test.yml";
const DASHBOARD: &str = "ops/grafana/gopay-merchant.json";

/// Suffixes that the client library appends to a counter's or a histogram's name.
const SUFFIXES: [&str; 4] = ["_total", "_bucket", "_count", "_sum"];

/// Labels whose values are words of the merchant's.
const WORDS: [&str; 6] = ["outcome", "what", "decision", "transaction_status", "call", "of"];

/// Labels whose values are not: Prometheus', and what a request has.
const FREE: [&str; 9] = ["job", "instance", "le", "route", "code", "method", "version", "alertname", "alertstate"];

/// Programs, filters of the log and a channel of PostgreSQL are called so too.
const NO_METRICS: [&str; 4] = ["gopay_merchant", "gopay_contract", "gopay_orders", "gopay_listen_check"];

fn text(file: &str) -> Result<String, String> {
    fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))
}

/// The sources of a folder.
fn sources(folder: &str) -> String {
    let below = root().join(folder);
    let found = files(&["rs"]).into_iter().filter(|file| file.starts_with(&below));
    found.map(|file| fs::read_to_string(file).unwrap_or_default()).collect()
}

/// The merchant's metrics as its sources name them, without what the client library appends.
fn metrics() -> BTreeSet<String> {
    let sources = sources("crates/merchant/src");
    let literals = sources.split('"').filter(|it| it.starts_with("gopay_"));
    let names = literals.filter(|it| it.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
    names.filter(|it| !NO_METRICS.contains(it)).map(str::to_owned).collect()
}

/// A metric's name and the labels in braces behind it.
#[derive(Debug, PartialEq, Eq)]
struct Selector {
    name: String,
    /// Each with its values.
    labels: Vec<(String, Vec<String>)>,
}

/// The merchant's metrics that are selected in a PromQL expression.
fn selectors(expression: &str) -> Vec<Selector> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(start) = rest.find("gopay_") {
        let is_begin = !rest[..start].ends_with(is_word);
        let from = &rest[start..];
        let end = from.find(|c: char| !is_word(c)).unwrap_or(from.len());
        rest = &from[end..];
        let labels = rest.strip_prefix('{').map(labels_of).unwrap_or_default();
        if is_begin && !NO_METRICS.contains(&&from[..end]) {
            found.push(Selector { name: from[..end].to_owned(), labels });
        }
    }
    found
}

/// `outcome=~"failed|unavailable", route!~"…"}` …: each label with its values.
fn labels_of(text: &str) -> Vec<(String, Vec<String>)> {
    let mut labels = Vec::new();
    let mut rest = text;
    while let Some((before, quoted)) = rest.split_once('"') {
        let name = before.trim_start_matches([',', ' ']);
        // Behind the braces begins something else.
        if name.contains('}') {
            break;
        }
        let Some((value, after)) = quoted.split_once('"') else { break };
        let name = name.trim_end_matches(['=', '!', '~', ' ']).to_owned();
        labels.push((name, value.split('|').map(str::to_owned).collect()));
        rest = after;
    }
    labels
}

/// The selectors' names that are not the merchant's.
fn unknown(expression: &str, metrics: &BTreeSet<String>, sources: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for Selector { name, labels } in selectors(expression) {
        let bare = SUFFIXES.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
        if !metrics.contains(bare) {
            wrong.push(name.clone());
        }
        for (label, values) in labels {
            if WORDS.contains(&label.as_str()) {
                let is_unknown = |value: &&String| !sources.contains(&format!("\"{value}\""));
                wrong.extend(values.iter().filter(is_unknown).map(|value| format!("{name}{{{label}=\"{value}\"}}")));
            } else if !FREE.contains(&label.as_str()) {
                wrong.push(format!("{name}{{{label}}}"));
            }
        }
    }
    wrong
}

/// The dashboard's expressions.
fn expressions() -> Result<Vec<String>, String> {
    let dashboard: Value = serde_json::from_str(&text(DASHBOARD)?).map_err(|error| format!("{DASHBOARD}: {error}"))?;
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let targets = list(&dashboard, "panels").iter().flat_map(|panel| list(panel, "targets")).collect::<Vec<_>>();
    let found: Vec<String> = targets.iter().filter_map(|it| it["expr"].as_str().map(str::to_owned)).collect();
    if found.len() > 15 { Ok(found) } else { Err(format!("{DASHBOARD} has only {} expressions", found.len())) }
}

fn all_are_known() -> Result<(), String> {
    let (metrics, sources) = (metrics(), sources("crates"));
    let mut all = expressions()?;
    all.extend([text(RULES)?, text(TESTS)?]);
    let wrong: Vec<String> = all.iter().flat_map(|it| unknown(it, &metrics, &sources)).collect();
    if wrong.is_empty() { Ok(()) } else { Err(format!("the merchant does not have\n{}", wrong.join("\n"))) }
}

fn all_are_shown() -> Result<(), String> {
    let metrics = metrics();
    if metrics.len() < 12 {
        return Err(format!("only {metrics:?} were found in the sources"));
    }
    let (dashboard, rules) = (expressions()?.join("\n"), text(RULES)?);
    for (place, there) in [(DASHBOARD, dashboard), (RULES, rules)] {
        let selected: BTreeSet<String> = selectors(&there).into_iter().map(|it| it.name).collect();
        let is_there = |name: &&String| {
            selected.contains(*name) || SUFFIXES.iter().any(|end| selected.contains(&format!("{name}{end}")))
        };
        // Throttled polls are no reason for an alert.
        let excused = |name: &&String| place == RULES && *name == "gopay_status_polls";
        let missing: Vec<&String> = metrics.iter().filter(|name| !is_there(name) && !excused(name)).collect();
        if !missing.is_empty() {
            return Err(format!("{place} lacks {missing:?}"));
        }
    }
    Ok(())
}

/// The alerts' names, in the rules' order.
pub(crate) fn alerts() -> Result<Vec<String>, String> {
    let rules = text(RULES)?;
    Ok(rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).map(str::to_owned).collect())
}

fn all_have_runbooks() -> Result<(), String> {
    let (alerts, rules) = (alerts()?, text(RULES)?);
    if alerts.len() < 20 {
        return Err(format!("only {} alerts were found", alerts.len()));
    }
    let all = documents();
    for path in ["docs/operations.md", "docs/id/operations.md"] {
        let document: &Document = all.iter().find(|it| it.path == Path::new(path)).ok_or(format!("no {path}"))?;
        let before_backup = document.text.lines().take_while(|line| !line.starts_with("## 3. "));
        let written: Vec<&str> = before_backup.filter_map(|line| line.strip_prefix("### ")).collect();
        if written != alerts {
            return Err(format!("{path} has sections for {written:?}, in this order, and {RULES} has {alerts:?}"));
        }
    }
    for alert in &alerts {
        let url = format!("runbook_url: docs/operations.md#{}\n", alert.to_lowercase());
        if rules.matches(&url).count() != 1 {
            return Err(format!("{alert} does not name its section: {url}"));
        }
    }
    Ok(())
}

fn all_are_tested() -> Result<(), String> {
    let tests = text(TESTS)?;
    for alert in alerts()? {
        let raised = format!("- alertname: {alert}\n");
        let silent = format!("- {{ alertname: {alert}, eval_time: ");
        if !tests.contains(&raised) || !tests.contains(&silent) {
            return Err(format!("{TESTS} does not both raise {alert} and keep it silent"));
        }
    }
    Ok(())
}

fn unknown_is_found() -> Result<(), String> {
    let (metrics, sources) = (metrics(), sources("crates"));
    for wrong in [
        "rate(gopay_charge_total[5m])",
        "gopay_charges_total{outcome=\"no_such_outcome\"}",
        "gopay_charges_total{outcome=~\"failed|no_such_outcome\"}",
        "gopay_charges_total{result=\"failed\"}",
        "gopay_http_requests_total{code!~\"2..\", method!=\"GET\", rout=\"/readyz\"}",
        "sum(gopay_push_stream)",
    ] {
        if unknown(wrong, &metrics, &sources).is_empty() {
            return Err(format!("it passes: {wrong}"));
        }
    }
    let right = "sum(rate(gopay_charges_total{outcome=~\"failed|unavailable\", job=\"a\"}[5m]))";
    let wrong = unknown(right, &metrics, &sources);
    if wrong.is_empty() { Ok(()) } else { Err(format!("{right}: {wrong:?}")) }
}

/// Runs promtool, beside the rules.
pub(crate) fn promtool(arguments: &[&str]) -> Result<(), String> {
    let promtool = installed("promtool").ok_or("there is no promtool")?;
    let mut command = Command::new(promtool);
    let done = command.current_dir(root()).args(arguments).output().map_err(|error| error.to_string())?;
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    if done.status.success() { Ok(()) } else { Err(format!("promtool {}:\n{said}", arguments.join(" "))) }
}

fn promtool_passes() -> Result<(), String> {
    promtool(&["check", "config", "ops/prometheus/prometheus.yml"])?;
    promtool(&["check", "rules", RULES])?;
    promtool(&["test", "rules", TESTS])
}

fn dashboard_passes() -> Result<(), String> {
    // Rules are the only file in which promtool reads expressions; JSON is YAML.
    let rule = |(number, expression): (usize, &String)| serde_json::json!({ "record": format!("panel:{number}"), "expr": expression.replace("$__rate_interval", "5m") });
    let rules: Vec<Value> = expressions()?.iter().enumerate().map(rule).collect();
    let file = serde_json::json!({ "groups": [{ "name": "dashboard", "rules": rules }] });
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = folder.path().join("dashboard.yml");
    fs::write(&path, file.to_string()).map_err(|error| error.to_string())?;
    promtool(&["check", "rules", &path.to_string_lossy()])
}
