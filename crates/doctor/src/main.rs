//! `gopay-doctor`: the command line around [`gopay_doctor::run`], read into a [`Plan`] or refused with the field's name.

use clap::{Parser, ValueEnum};
use gopay_doctor::report::{self, Tally};
use gopay_doctor::{
    Check, Endpoints, Finding, Group, Order, OrderSource, PROBE_ORDERS, Plan, Secrets, UrlTemplate, all,
};
use midtrans_sandbox::DEFAULT_SERVER_KEY;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use serde_json::Value;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Exit code: at least one check failed.
const FAILED: u8 = 1;
/// Exit code: the merchant could not be checked; clap's own code for a bad command line, too.
const CANNOT: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    match examined(&CommandLine::parse()).await {
        Ok(code) => code,
        Err(why) => {
            eprintln!("gopay-doctor: {why:#}");
            ExitCode::from(CANNOT)
        }
    }
}

async fn examined(wanted: &CommandLine) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout();
    if wanted.list {
        for check in all() {
            writeln!(out, "{:<55} {}", check.id, check.promise)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let is_table = wanted.format == Format::Table;
    let mut group = None;
    let findings = gopay_doctor::run_until(wanted.plan()?, interrupted(), |finding| {
        if is_table {
            // Shown at once. A closed pipe is no error.
            let mut now = io::stdout();
            drop(write!(now, "{}", line(finding, &mut group)).and_then(|()| now.flush()));
        }
    })
    .await?;
    let tally = Tally::of(&findings);
    if is_table {
        write!(out, "{}", report::summary(tally))?;
    } else {
        writeln!(out, "{:#}", report::json(&findings))?;
    }
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// Completes when the program is asked to end, by Ctrl-C or `kill`.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    drop(tokio::signal::ctrl_c().await);
}

fn line(finding: &Finding, group: &mut Option<Group>) -> String {
    let is_next = group.replace(finding.check.group) != Some(finding.check.group);
    let heading = if is_next { report::heading(finding.check.group) } else { String::new() };
    format!("{heading}{}", report::row(finding))
}

/// The word for an endpoint that the merchant does not have.
const NONE: &str = "none";

/// Checks whether a merchant's backend keeps the rules that the GoPay checkout widget and the money rely on.
///
/// It drives the backend over HTTP, with the Midtrans sandbox behind it. Exit code: 0 if nothing failed, 1 if something
/// did, 2 if nothing could be said.
#[derive(Parser)]
#[command(name = "gopay-doctor", version, max_term_width = 110)]
pub(crate) struct CommandLine {
    /// The merchant's base URL; the paths below are relative to it.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7080")]
    merchant: String,
    /// POST: a charge. URL or path.
    #[arg(long, value_name = "URL", default_value = "/api/gopay/charge")]
    charge_url: String,
    /// GET: the status. `{order_id}` and `{transaction_id}` are filled in, here and below.
    #[arg(long, value_name = "URL", default_value = "/api/gopay/orders/{order_id}")]
    status_url: String,
    /// GET: server-sent events; `none` if they are not offered.
    #[arg(long, value_name = "URL", default_value = "/api/gopay/orders/{order_id}/events")]
    events_url: String,
    /// POST: a cancel; `none` if it is not offered.
    #[arg(long, value_name = "URL", default_value = "/api/gopay/orders/{order_id}/cancel")]
    cancel_url: String,
    /// POST: Midtrans' notifications; the sandbox is told to send them there.
    #[arg(long, value_name = "URL", default_value = "/api/gopay/notifications")]
    notification_url: String,
    /// POST: the shop makes an order, answered with `order_id`, `gross_amount` and `order_token`.
    #[arg(long, value_name = "URL", default_value = "/api/shop/orders")]
    orders_url: String,
    /// Body of the request that makes an order, as JSON.
    #[arg(long, value_name = "JSON", default_value = r#"{"items":[{"sku":"kopi-gayo","quantity":1}]}"#)]
    order_body: String,
    /// Orders that are there already, instead: a JSON list of `order_id`, `gross_amount`, `order_token`; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    orders_file: Option<PathBuf>,
    /// A header that the shop's pages send besides, like `X-CSRF-Token: …`. May be repeated.
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// The Midtrans sandbox that the merchant uses; no other program may use it meanwhile.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7081")]
    sandbox: String,
    /// The server key that both of them use.
    #[arg(long, value_name = "KEY", env = "MIDTRANS_SERVER_KEY", default_value = DEFAULT_SERVER_KEY, hide_env_values = true)]
    server_key: String,
    /// Seconds in which the merchant must learn of a change at Midtrans.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=200))]
    patience: u64,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Only these checks, by their ids and with commas.
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    only: Vec<String>,
    /// Lists the checks and ends.
    #[arg(long)]
    pub(crate) list: bool,
}

/// Output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table for people.
    Table,
    /// JSON for programs.
    Json,
}

/// Error: the command line cannot be used. It names field, value and what was expected.
#[derive(Debug, thiserror::Error)]
#[error("{field} is {value:?}: expected {expected}")]
pub(crate) struct Unusable {
    field: &'static str,
    value: String,
    expected: String,
}

fn unusable(field: &'static str, value: impl Into<String>, expected: impl Into<String>) -> Unusable {
    Unusable { field, value: value.into(), expected: expected.into() }
}

impl CommandLine {
    /// The plan of the run.
    pub(crate) fn plan(&self) -> anyhow::Result<Plan> {
        let base = web_url("--merchant", &self.merchant)?;
        let sandbox = web_url("--sandbox", &self.sandbox)?;
        let at = |field, text: &str| UrlTemplate::parse(field, text, &base);
        let offered = |field, text: &str| if text == NONE { Ok(None) } else { at(field, text).map(Some) };
        let endpoints = Endpoints {
            charge: at("--charge-url", &self.charge_url)?,
            status: at("--status-url", &self.status_url)?,
            events: offered("--events-url", &self.events_url)?,
            cancel: offered("--cancel-url", &self.cancel_url)?,
            notification: at("--notification-url", &self.notification_url)?,
        };
        for (field, text) in
            [("--status-url", &self.status_url), ("--events-url", &self.events_url), ("--cancel-url", &self.cancel_url)]
        {
            if text != NONE && !text.contains("{order_id}") && !text.contains("{transaction_id}") {
                return Err(unusable(field, text, "{order_id} or {transaction_id} in it").into());
            }
        }
        if self.server_key.len() < 8 {
            // Not shown: it may be the beginning of a true one.
            return Err(unusable("--server-key", "…", "a server key of at least 8 characters").into());
        }
        let checks = self.checks()?;
        let orders = self.orders(&base, &checks)?;
        let secrets = Arc::new(Secrets::new(SecretString::from(self.server_key.clone())));
        let (headers, patience) = (self.headers()?, Duration::from_secs(self.patience));
        Ok(Plan { endpoints, headers, orders, sandbox, secrets, patience, checks })
    }

    fn checks(&self) -> Result<Vec<Check>, Unusable> {
        let known = all();
        if let Some(unknown) = self.only.iter().find(|id| !known.iter().any(|check| check.id == id.as_str())) {
            return Err(unusable("--only", unknown, "ids that --list shows, with commas"));
        }
        let is_wanted = |check: &Check| self.only.is_empty() || self.only.iter().any(|id| id == check.id);
        Ok(known.into_iter().filter(is_wanted).collect())
    }

    fn orders(&self, base: &Url, checks: &[Check]) -> anyhow::Result<OrderSource> {
        let Some(file) = &self.orders_file else {
            let url = UrlTemplate::parse("--orders-url", &self.orders_url, base)?.of_text("");
            let body: Value = serde_json::from_str(&self.order_body)
                .map_err(|why| unusable("--order-body", &self.order_body, format!("JSON: {why}")))?;
            return Ok(OrderSource::Shop { url, body });
        };
        let shown = file.display().to_string();
        let text =
            read(file).map_err(|why| unusable("--orders-file", &shown, format!("a file that can be read: {why}")))?;
        let form = "a JSON list like [{\"order_id\": \"order-101\", \"gross_amount\": 44000, \"order_token\": \"…\"}]";
        let orders: Vec<Order> =
            serde_json::from_str(&text).map_err(|why| unusable("--orders-file", &shown, format!("{form}: {why}")))?;
        let needed = PROBE_ORDERS + checks.iter().map(|check| check.orders).sum::<usize>();
        if orders.len() < needed {
            let expected = format!("at least {needed} unpaid orders for these checks, and not {}", orders.len());
            return Err(unusable("--orders-file", shown, expected).into());
        }
        Ok(OrderSource::Ready(orders))
    }

    fn headers(&self) -> Result<HeaderMap, Unusable> {
        let read = |text: &String| {
            let (name, value) = text.split_once(':')?;
            let name = HeaderName::try_from(name.trim()).ok()?;
            Some((name, HeaderValue::try_from(value.trim()).ok()?))
        };
        // Only the name is shown: the value may be a cookie.
        let shown = |text: &String| text.split(':').next().unwrap_or_default().to_owned();
        self.headers
            .iter()
            .map(|text| read(text).ok_or_else(|| unusable("--header", shown(text), "NAME: VALUE")))
            .collect()
    }
}

fn web_url(field: &'static str, text: &str) -> Result<Url, Unusable> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    url.ok_or_else(|| unusable(field, text, "a URL like http://127.0.0.1:7080"))
}

fn read(file: &Path) -> std::io::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file)
}
