//! Each alert of ops/prometheus/alerts.yml, raised by the fault that it is for.
//!
//! A real merchant suffers the fault, with the sandbox and a real database. What it shows at `/metrics` before and after is what
//! Prometheus would have stored. promtool takes those series, stretched over two and a half hours: the fault comes once, or goes
//! on and does as much in each minute. Then exactly the alerts that are listed here have been raised, and none before the fault.

use super::monitoring;
use super::world::{Order, SERVER_KEY, TOKEN_SECRET, World, until};
use async_trait::async_trait;
use gopay_documents::root;
use gopay_merchant::{BoxError, CheckoutBackend, Payment, PaymentListener, Settings};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::Duration;
use std::{fs, process};
use throwaway_postgres::Server;

/// A fault, and the alerts that it raises: the one that it is for first, and those that follow.
struct Fault {
    /// The trial's name, a promise.
    name: &'static str,
    raises: &'static [&'static str],
    suffer: fn() -> Result<History, String>,
    needs: &'static [&'static str],
}

/// Every alert is in one of these.
const FAULTS: [Fault; 24] = [
    Fault { name: "a_healthy_merchant_raises_no_alert", raises: &[], suffer: healthy, needs: &[] },
    Fault {
        name: "one_process_of_two_that_is_killed_raises_merchant_down",
        raises: &["GopayMerchantDown"],
        suffer: one_is_killed,
        needs: &[],
    },
    Fault {
        name: "the_only_process_that_is_killed_raises_merchant_gone",
        raises: &["GopayMerchantGone", "GopayMerchantDown"],
        suffer: all_are_killed,
        needs: &[],
    },
    Fault {
        name: "an_sqlite_file_that_cannot_be_written_raises_merchant_not_ready",
        raises: &["GopayMerchantNotReady", "GopayChargesFail", "GopayNotificationsNotStored", "GopayServerErrors"],
        suffer: file_cannot_be_written,
        needs: &["prlimit"],
    },
    Fault {
        name: "a_postgresql_that_is_gone_raises_merchant_not_ready",
        raises: &["GopayMerchantNotReady", "GopayChargesFail", "GopayNotificationsNotStored", "GopayServerErrors"],
        suffer: postgresql_is_gone,
        needs: &[],
    },
    Fault {
        name: "a_server_key_that_was_rotated_at_midtrans_alone_raises_server_key_refused",
        raises: &["GopayServerKeyRefused", "GopayChargesFail", "GopayServerErrors"],
        suffer: key_is_refused,
        needs: &[],
    },
    Fault {
        name: "a_midtrans_that_is_gone_raises_midtrans_unreachable",
        raises: &["GopayMidtransUnreachable", "GopayChargesFail", "GopayServerErrors"],
        suffer: midtrans_is_gone,
        needs: &[],
    },
    Fault {
        name: "charges_that_midtrans_cuts_raise_charges_fail",
        raises: &["GopayChargesFail", "GopayMidtransUnreachable", "GopayServerErrors"],
        suffer: charges_are_cut,
        needs: &[],
    },
    Fault {
        name: "charges_that_take_six_seconds_raise_midtrans_slow",
        raises: &["GopayMidtransSlow"],
        suffer: midtrans_is_slow,
        needs: &[],
    },
    Fault {
        name: "an_account_without_gopay_raises_charges_refused",
        raises: &["GopayChargesRefused"],
        suffer: charges_are_refused,
        needs: &[],
    },
    Fault {
        name: "payers_who_cannot_pay_raise_nothing_is_paid",
        raises: &["GopayNothingIsPaid"],
        suffer: nothing_is_paid,
        needs: &[],
    },
    Fault {
        name: "money_for_an_ended_attempt_beside_a_paid_one_raises_paid_twice",
        raises: &["GopayPaidTwice"],
        suffer: paid_twice,
        needs: &[],
    },
    Fault {
        name: "order_numbers_that_begin_anew_raise_contradiction",
        raises: &["GopayContradiction"],
        suffer: contradiction,
        needs: &["sqlite3"],
    },
    Fault {
        name: "an_attempt_that_is_open_for_eight_days_raises_given_up",
        raises: &["GopayGivenUp"],
        suffer: given_up,
        needs: &["sqlite3"],
    },
    Fault {
        name: "an_account_without_a_notification_url_raises_notifications_missing",
        raises: &["GopayNotificationsMissing"],
        suffer: notifications_are_missing,
        needs: &[],
    },
    Fault {
        name: "wrong_signatures_raise_notifications_forged",
        raises: &["GopayNotificationsForged"],
        suffer: notifications_are_forged,
        needs: &[],
    },
    Fault {
        name: "a_get_status_that_fails_raises_notifications_not_stored",
        raises: &["GopayNotificationsNotStored", "GopayMidtransUnreachable", "GopayServerErrors"],
        suffer: notifications_are_not_stored,
        needs: &[],
    },
    Fault {
        name: "a_listener_of_the_shops_that_fails_raises_listener_fails",
        raises: &["GopayListenerFails"],
        suffer: listener_fails,
        needs: &[],
    },
    Fault {
        name: "reconciliation_without_midtrans_raises_reconciliation_fails",
        raises: &["GopayReconciliationFails", "GopayMidtransUnreachable"],
        suffer: reconciliation_fails,
        needs: &["sqlite3"],
    },
    Fault {
        name: "a_clock_that_is_two_hours_behind_midtrans_raises_retention_halted",
        raises: &["GopayRetentionHalted"],
        suffer: clocks_disagree,
        needs: &[],
    },
    Fault {
        name: "payers_who_are_taken_for_one_client_raise_too_many_requests",
        raises: &["GopayTooManyRequests"],
        suffer: too_many_requests,
        needs: &[],
    },
    Fault {
        name: "almost_as_many_push_streams_as_connections_raise_push_streams_near_limit",
        raises: &["GopayPushStreamsNearLimit"],
        suffer: streams_near_limit,
        needs: &["prlimit"],
    },
    Fault {
        name: "a_flood_without_order_tokens_raises_log_lines_left_out",
        raises: &["GopayLogLinesLeftOut"],
        suffer: flood,
        needs: &[],
    },
    Fault {
        name: "two_versions_side_by_side_raise_versions_differ",
        raises: &["GopayVersionsDiffer"],
        suffer: versions_differ,
        needs: &[],
    },
];

/// The trials: one for each fault, and one that no alert is without.
pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    let is_missing = |program: &&str| gopay_documents::installed(program).is_none();
    let trials = FAULTS.iter().map(move |fault| {
        let trial = Trial::test(fault.name, || fault.raises_its_alerts().map_err(Failed::from));
        trial.with_ignored_flag(is_missing(&"promtool") || fault.needs.iter().any(is_missing))
    });
    let all = || all_are_raised().map_err(Failed::from);
    trials.chain([Trial::test("every_alert_is_raised_by_a_fault_that_was_really_there", all)])
}

fn all_are_raised() -> Result<(), String> {
    let raised: BTreeSet<&str> = FAULTS.iter().flat_map(|fault| fault.raises).copied().collect();
    let alerts = monitoring::alerts()?;
    let written: BTreeSet<&str> = alerts.iter().map(String::as_str).collect();
    if raised == written { Ok(()) } else { Err(format!("these are not in both: {:?}", &raised ^ &written)) }
}

/// How a fault goes on in Prometheus' time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// It happened once.
    Once,
    /// It happens again in every minute.
    GoesOn,
}

/// What Prometheus reads of each process before the fault and after it. Nothing where it does not answer.
struct History {
    course: Course,
    processes: Vec<[Option<String>; 2]>,
}

impl History {
    fn of(course: Course, before: String, after: String) -> Self {
        Self { course, processes: vec![[Some(before), Some(after)]] }
    }
}

/// Minutes before the fault, and after its beginning. Longer than any rule looks back, but for two that look for a day.
const MINUTES: (u32, u32) = (10, 140);

/// A metric's value by name and labels, as Prometheus stores them.
type Series = BTreeMap<String, f64>;

/// Reads what is shown at `/metrics`, and adds what Prometheus adds.
fn series(process: usize, shown: Option<&str>) -> Result<Series, String> {
    let labels = format!("job=\"gopay-merchant\", instance=\"{process}\"");
    let mut series = Series::from([(format!("up{{{labels}}}"), if shown.is_some() { 1.0 } else { 0.0 })]);
    for line in shown.unwrap_or_default().lines().filter(|line| !line.starts_with('#')) {
        let wrong = || format!("no sample: {line}");
        let (name, value) = line.rsplit_once(' ').ok_or_else(wrong)?;
        let name = match name.split_once('{') {
            Some((name, more)) => format!("{name}{{{labels}, {more}"),
            None => format!("{name}{{{labels}}}"),
        };
        series.insert(name, value.parse().map_err(|_| wrong())?);
    }
    Ok(series)
}

/// The samples of one series, a minute apart, in promtool's notation.
fn samples(name: &str, before: Option<f64>, after: Option<f64>, course: Course) -> String {
    let is_counter = ["_total{", "_count{", "_sum{", "_bucket{"].iter().any(|end| name.contains(end));
    let growth =
        if course == Course::GoesOn && is_counter { after.unwrap_or(0.0) - before.unwrap_or(0.0) } else { 0.0 };
    // `1x9` are ten.
    let first = before.map_or_else(|| format!("_x{}", MINUTES.0), |it| format!("{it}x{}", MINUTES.0 - 1));
    let rest = after.map_or_else(|| "stale".to_owned(), |it| format!("{it}+{growth}x{}", MINUTES.1));
    format!("{first} {rest}")
}

impl Fault {
    fn raises_its_alerts(&self) -> Result<(), String> {
        let history = (self.suffer)()?;
        let mut input = Vec::new();
        for (process, shown) in history.processes.iter().enumerate() {
            let [before, after] = [series(process, shown[0].as_deref())?, series(process, shown[1].as_deref())?];
            let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            input.extend(names.into_iter().map(|name| {
                let values = samples(name, before.get(name).copied(), after.get(name).copied(), history.course);
                json!({"series": name, "values": values})
            }));
        }
        // All that have been firing at any time up to then.
        let raised = |minute: u32, alerts: &[&str]| {
            let one = |alert: &&str| json!({"labels": format!("{{alertname=\"{alert}\"}}"), "value": 1});
            json!({
                "expr": "group by (alertname) (last_over_time(ALERTS{alertstate=\"firing\"}[3h]))",
                "eval_time": format!("{minute}m"),
                "exp_samples": alerts.iter().map(one).collect::<Vec<Value>>(),
            })
        };
        let test = json!({
            "rule_files": [root().join(monitoring::RULES)],
            "evaluation_interval": "1m",
            "tests": [{
                "interval": "1m",
                "input_series": input,
                "promql_expr_test": [raised(MINUTES.0 - 1, &[]), raised(MINUTES.0 + MINUTES.1, self.raises)],
            }],
        });
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        // JSON is YAML.
        let file = folder.path().join("fault.yml");
        fs::write(&file, test.to_string()).map_err(|error| error.to_string())?;
        monitoring::promtool(&["test", "rules", &file.to_string_lossy()])
            .map_err(|why| format!("{why}\nwith these series:\n{test:#}"))
    }
}

/// Three payers come and pay. Each page reads its status until it is paid, and each notification is answered.
fn payers_come(world: &World) -> Result<(), String> {
    for _ in 0..3 {
        pays(world, &world.charges()?)?;
    }
    notifications_are_answered(world)
}

fn notifications_are_answered(world: &World) -> Result<(), String> {
    until("every notification is answered", || {
        let sent = world.steers("GET", "notifications", &json!({}))?;
        let sent = sent.as_array().ok_or("no list")?;
        Ok(!sent.is_empty() && sent.iter().all(|it| it["answer_code"].is_u64()))
    })
}

/// A merchant's database fails. Meanwhile an order is charged twice, and another one paid.
fn database_fails(world: &World, fail: impl FnOnce() -> Result<(), String>) -> Result<History, String> {
    let order = world.charges()?;
    let placed = "INV-BEFORE";
    let token = world.places(placed)?;
    notifications_are_answered(world)?;
    let before = metrics(world)?;
    fail()?;
    until("/readyz says no", || Ok(readiness(world)? == 503))?;
    for _ in 0..2 {
        let answered = world.charges_order(placed, &token, None)?;
        if answered["transaction_id"].is_string() {
            return Err(format!("it is charged: {answered}"));
        }
    }
    world.steers("POST", &format!("transactions/{}/pay", order.transaction_id), &json!({}))?;
    let counted = "gopay_notifications_total{outcome=\"failed\"}";
    until("a notification fails", || Ok(metrics(world)?.contains(counted)))?;
    Ok(History::of(Course::GoesOn, before, metrics(world)?))
}

/// The payer pays, and the page reads its status until it says so.
fn pays(world: &World, order: &Order) -> Result<(), String> {
    world.steers("POST", &format!("transactions/{}/pay", order.transaction_id), &json!({}))?;
    until_status(world, order, "settlement")
}

fn until_status(world: &World, order: &Order, status: &str) -> Result<(), String> {
    until(status, || Ok(world.status(order)?["transaction_status"] == status))
}

fn metrics(world: &World) -> Result<String, String> {
    Ok(world.operator("/metrics")?.1)
}

/// Ready, as a balancer asks it.
fn readiness(world: &World) -> Result<u16, String> {
    Ok(world.operator("/readyz")?.0)
}

/// A merchant that payers have come to, and its metrics.
fn at_work(more: &'static str) -> Result<(World, String), String> {
    let world = World::begins_with(None, more)?;
    world.starts()?;
    payers_come(&world)?;
    let before = metrics(&world)?;
    Ok((world, before))
}

/// The same, and what `suffer` does to it.
fn after(
    course: Course,
    more: &'static str,
    suffer: impl FnOnce(&mut World) -> Result<(), String>,
) -> Result<History, String> {
    let (mut world, before) = at_work(more)?;
    suffer(&mut world)?;
    Ok(History::of(course, before, metrics(&world)?))
}

/// Charges that must fail.
fn charges_fail(world: &World, how_many: usize) -> Result<(), String> {
    for _ in 0..how_many {
        if let Ok(order) = world.charges() {
            return Err(format!("{} was charged", order.order_id));
        }
    }
    Ok(())
}

fn healthy() -> Result<History, String> {
    after(Course::GoesOn, "", |world| {
        payers_come(world)?;
        // One leaves, and one comes back to it.
        let order = world.charges()?;
        world.charges_order(&order.order_id, &order.token, None)?;
        // The dashboard's test.
        world.steers("POST", "notifications/test", &json!({}))?;
        match readiness(world)? {
            200 => Ok(()),
            other => Err(format!("/readyz says {other}")),
        }
    })
}

/// Two processes on one database, and their metrics.
fn two_processes(database: &str) -> Result<[(World, String); 2], String> {
    let begin = || {
        let world = World::begins(Some(database))?;
        world.starts()?;
        payers_come(&world)?;
        let before = metrics(&world)?;
        Ok::<_, String>((world, before))
    };
    Ok([begin()?, begin()?])
}

fn one_is_killed() -> Result<History, String> {
    let database = throwaway_postgres::database();
    let [(first, before_first), (second, before_second)] = two_processes(&database.url())?;
    second.kills()?;
    payers_come(&first)?;
    let processes = vec![[Some(before_first), metrics(&first).ok()], [Some(before_second), metrics(&second).ok()]];
    Ok(History { course: Course::GoesOn, processes })
}

fn all_are_killed() -> Result<History, String> {
    let (world, before) = at_work("")?;
    world.kills()?;
    Ok(History { course: Course::Once, processes: vec![[Some(before), metrics(&world).ok()]] })
}

fn file_cannot_be_written() -> Result<History, String> {
    let (world, _) = at_work("")?;
    database_fails(&world, || world.limits_files())
}

fn postgresql_is_gone() -> Result<History, String> {
    let mut server = Server::start_on_a_port(None);
    let database = server.database();
    let world = World::begins(Some(&database.url_at("127.0.0.1")))?;
    world.starts()?;
    payers_come(&world)?;
    database_fails(&world, || {
        server.crash();
        Ok(())
    })
}

fn key_is_refused() -> Result<History, String> {
    after(Course::GoesOn, "", |world| {
        world.midtrans_has_a_new_key("SB-Mid-server-another-one")?;
        charges_fail(world, 2)
    })
}

fn midtrans_is_gone() -> Result<History, String> {
    after(Course::GoesOn, "", |world| {
        world.midtrans_is_gone();
        charges_fail(world, 2)
    })
}

fn charges_are_cut() -> Result<History, String> {
    after(Course::GoesOn, "", |world| {
        world.steers("POST", "faults", &json!({"fault": "cut_connection", "on": ["charge"], "times": 0}))?;
        charges_fail(world, 2)
    })
}

fn midtrans_is_slow() -> Result<History, String> {
    after(Course::GoesOn, "", |world| {
        let late = json!({"fault": "latency", "milliseconds": 6000, "on": ["charge"], "times": 0});
        world.steers("POST", "faults", &late)?;
        thread::scope(|scope| {
            let world = &*world;
            let payers = [(); 3].map(|()| scope.spawn(|| pays(world, &world.charges()?)));
            payers.into_iter().try_for_each(|payer| payer.join().map_err(|_| "a payer panicked".to_owned())?)
        })
    })
}

fn charges_are_refused() -> Result<History, String> {
    after(Course::GoesOn, "", |world| {
        world.steers("PATCH", "behaviour", &json!({"gopay_account": "not_activated"}))?;
        charges_fail(world, 2)
    })
}

fn nothing_is_paid() -> Result<History, String> {
    after(Course::GoesOn, "", |world| {
        let orders = [world.charges()?, world.charges()?];
        orders.iter().try_for_each(|order| until_status(world, order, "pending"))
    })
}

fn paid_twice() -> Result<History, String> {
    after(Course::Once, "", |world| {
        let first = world.charges()?;
        let of_first = |verb: &str| format!("transactions/{}/{verb}", first.transaction_id);
        world.steers("POST", &of_first("expire"), &json!({}))?;
        until_status(world, &first, "expire")?;
        let again = world.charges_order(&first.order_id, &first.token, Some(&first.transaction_id))?;
        let second = again["transaction_id"].as_str().ok_or(format!("not started over: {again}"))?;
        world.steers("POST", &format!("transactions/{second}/pay"), &json!({}))?;
        until_status(world, &first, "settlement")?;
        world.steers("POST", &of_first("pay"), &json!({"late": true}))?;
        until("it is noticed", || Ok(metrics(world)?.contains("gopay_alerts_total{what=\"paid_twice\"}")))
    })
}

fn contradiction() -> Result<History, String> {
    after(Course::Once, "", |world| {
        // Sold and paid two days ago; and then a database without it, in which the numbers begin anew.
        let old = world.charges()?;
        let two_days_ago = json!({"seconds_ago": 172_800});
        world.steers("POST", &format!("transactions/{}/pay", old.transaction_id), &two_days_ago)?;
        until_status(world, &old, "settlement")?;
        world.changes_database(&format!(
            "DELETE FROM attempts WHERE order_id = '{0}'; DELETE FROM orders WHERE order_id = '{0}'",
            old.order_id
        ))?;
        let token = world.places(&old.order_id)?;
        let charged = world.charges_order(&old.order_id, &token, None)?;
        if charged["status_code"] == "500" { Ok(()) } else { Err(format!("it is charged: {charged}")) }
    })
}

fn given_up() -> Result<History, String> {
    after(Course::Once, "", |world| {
        world.steers("POST", "faults", &json!({"fault": "stuck_pending"}))?;
        let order = world.charges()?;
        // Claimed more than eight days ago, last asked about before they were over, and due.
        let days = 86_400_000;
        world.changes_database(&format!(
            "UPDATE attempts SET claimed_at = claimed_at - 8 * {days} - 3600000, moved_at = moved_at - 8 * {days}, \
             polled_at = claimed_at - {days}, next_poll_at = claimed_at WHERE order_id = '{}'",
            order.order_id
        ))?;
        until("it is given up", || Ok(metrics(world)?.contains("gopay_alerts_total{what=\"given_up\"}")))
    })
}

fn notifications_are_missing() -> Result<History, String> {
    after(Course::GoesOn, "MIDTRANS_MIN_POLL_INTERVAL_SECONDS=1\n", |world| {
        world.steers("POST", "notification-url", &json!({"url": null}))?;
        pays(world, &world.charges()?)
    })
}

fn notifications_are_forged() -> Result<History, String> {
    after(Course::GoesOn, "", |world| {
        let order = world.charges()?;
        let forged = json!({
            "order_id": order.order_id, "transaction_id": order.transaction_id, "transaction_status": "settlement",
            "status_code": "200", "gross_amount": "44000.00", "payment_type": "gopay", "fraud_status": "accept",
            "signature_key": "f".repeat(128),
        });
        for _ in 0..3 {
            let answered = world.answers("POST", "/api/gopay/notifications", Some(&forged))?;
            if answered != 403 {
                return Err(format!("a forged notification is answered {answered}"));
            }
        }
        pays(world, &order)
    })
}

fn notifications_are_not_stored() -> Result<History, String> {
    let (world, _) = at_work("")?;
    let order = world.charges()?;
    let before = metrics(&world)?;
    world.steers("POST", "faults", &json!({"fault": "error", "status_code": 500, "on": ["status"], "times": 0}))?;
    world.steers("POST", &format!("transactions/{}/pay", order.transaction_id), &json!({}))?;
    let counted = "gopay_notifications_total{outcome=\"unconfirmed\"}";
    until("it is not confirmed", || Ok(metrics(&world)?.contains(counted)))?;
    Ok(History::of(Course::GoesOn, before, metrics(&world)?))
}

/// A listener whose own database is gone.
struct Broken;

#[async_trait]
impl PaymentListener for Broken {
    async fn payment_changed(&self, _: &Payment) -> Result<(), BoxError> {
        Err("the shop's table is gone".into())
    }
}

fn listener_fails() -> Result<History, String> {
    // What the program has stored, a shop in Rust is told of.
    let (world, _) = at_work("")?;
    world.runs("systemctl stop gopay-merchant", &[])?;
    let lookup = |name: &str| match name {
        "MIDTRANS_SERVER_KEY" => Some(SERVER_KEY.to_owned()),
        "MIDTRANS_BASE_URL" => Some(world.midtrans()),
        "ORDER_TOKEN_SECRET" => Some(TOKEN_SECRET.to_owned()),
        "MERCHANT_DATABASE_URL" => Some(world.sqlite()),
        _ => None,
    };
    let settings = Settings::from_lookup(lookup).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let shop = CheckoutBackend::builder(settings).payment_listener(Broken).build().await;
        let shop = shop.map_err(|error| error.to_string())?;
        let shown = || shop.metrics().map_err(|error| error.to_string());
        let before = shown()?;
        let mut shows = tokio::time::interval(Duration::from_millis(50));
        while !shown()?.contains("gopay_listener_deliveries_total{outcome=\"failed\"}") {
            shows.tick().await;
        }
        let after = shown()?;
        shop.stop().await;
        Ok(History::of(Course::GoesOn, before, after))
    })
}

fn reconciliation_fails() -> Result<History, String> {
    let (mut world, _) = at_work("")?;
    let order = world.charges()?;
    let before = metrics(&world)?;
    world.midtrans_is_gone();
    world.changes_database(&format!("UPDATE attempts SET next_poll_at = 1 WHERE order_id = '{}'", order.order_id))?;
    let failed = "gopay_reconciliations_total{outcome=\"failed\"}";
    until("its reconciliation fails", || Ok(metrics(&world)?.contains(failed)))?;
    Ok(History::of(Course::GoesOn, before, metrics(&world)?))
}

fn clocks_disagree() -> Result<History, String> {
    let world = World::begins_with(None, "MERCHANT_RETENTION_DAYS=90\n")?;
    world.starts()?;
    let before = metrics(&world)?;
    world.steers("POST", "clock/advance", &json!({"seconds": 7200}))?;
    // The first answer tells.
    payers_come(&world)?;
    let counted = "gopay_retention_total{outcome=\"clocks_disagree\"}";
    until("it is noticed", || Ok(metrics(&world)?.contains(counted)))?;
    Ok(History::of(Course::Once, before, metrics(&world)?))
}

fn too_many_requests() -> Result<History, String> {
    // As many in a minute as one payer needs, and all payers come through a proxy that the merchant does not know.
    let (world, _) = at_work("MERCHANT_STATUSES_PER_MINUTE=60\n")?;
    let path = format!("/api/gopay/orders/{}", world.charges()?.order_id);
    let before = metrics(&world)?;
    let refused = (0..80).filter(|_| world.answers("GET", &path, None) == Ok(429)).count();
    if refused < 10 {
        return Err(format!("only {refused} of 80 requests are beyond the limit"));
    }
    Ok(History::of(Course::GoesOn, before, metrics(&world)?))
}

fn streams_near_limit() -> Result<History, String> {
    /// More than four fifths of 12,000.
    const STREAMS: usize = 9_700;
    // Of one machine, in place of thousands of payers'.
    let one_client =
        "MERCHANT_STREAMS_PER_CLIENT=0\nMERCHANT_CONNECTIONS_PER_CLIENT=0\nMERCHANT_STATUSES_PER_MINUTE=0\n";
    let mut raise = Command::new("prlimit");
    let raised = raise.args(["--pid", &process::id().to_string(), "--nofile=20000:20000"]).status();
    if !raised.is_ok_and(|status| status.success()) {
        return Err("this test opens 9,700 files: raise the hard limit (ulimit -H -n)".to_owned());
    }
    let (world, _) = at_work(one_client)?;
    let order = world.charges()?;
    let before = metrics(&world)?;
    let streams = (0..STREAMS).map(|_| world.watches(&order)).collect::<Result<Vec<TcpStream>, String>>()?;
    let open = format!("gopay_push_streams {STREAMS}");
    until("all are open", || Ok(metrics(&world)?.lines().any(|line| line == open)))?;
    let after = metrics(&world)?;
    drop(streams);
    Ok(History::of(Course::GoesOn, before, after))
}

fn flood() -> Result<History, String> {
    after(Course::GoesOn, "", |world| {
        for _ in 0..400 {
            let answered = world.answers("GET", "/api/gopay/orders/INV-1", None)?;
            if answered != 401 {
                return Err(format!("without an order token it answers {answered}"));
            }
        }
        payers_come(world)
    })
}

/// There is one version of the program here: the second process' is put into what it shows.
fn versions_differ() -> Result<History, String> {
    let database = throwaway_postgres::database();
    let [(first, before_first), (second, before_second)] = two_processes(&database.url())?;
    payers_come(&first)?;
    payers_come(&second)?;
    let (ours, next) = (format!("version=\"{}\"", env!("CARGO_PKG_VERSION")), "version=\"9.9.9\"");
    let shown = metrics(&second)?;
    if !shown.contains(&ours) {
        return Err(format!("it does not show {ours}:\n{shown}"));
    }
    let processes =
        vec![[Some(before_first), Some(metrics(&first)?)], [Some(before_second), Some(shown.replace(&ours, next))]];
    Ok(History { course: Course::GoesOn, processes })
}
