//! The operator's commands, as they stand in docs/operations.md, each run with payments that must survive it.

use super::Promise;
use super::world::{Order, SERVER_KEY, World, blocks, until};
use serde_json::json;
use std::fs;
use throwaway_postgres::{Database, Server};

pub(crate) const PROMISES: [Promise; 8] = [
    ("a_sqlite_backup_that_is_restored_has_the_payments_of_its_time", sqlite, &["sqlite3", "curl"]),
    ("a_postgresql_dump_that_is_restored_has_the_payments_of_its_time", postgresql, &["pg_dump", "pg_restore", "curl"]),
    ("an_upgrade_and_its_rollback_keep_every_payment", upgrade, &["curl"]),
    ("a_new_server_key_is_taken_by_the_next_start", new_key, &["curl"]),
    ("a_promoted_standby_is_taken_by_the_next_start", fail_over, &["psql", "curl"]),
    (
        "another_region_takes_over_finds_the_money_and_gives_back",
        another_region,
        &["psql", "pg_basebackup", "pg_dump", "curl"],
    ),
    ("the_commands_about_orders_work_beside_a_merchant_on_sqlite_and_on_postgresql", commands, &["curl"]),
    ("every_command_block_of_these_sections_is_run_by_one_of_these", all_are_run, &[]),
];

/// How many blocks the trials below run, by section.
const RUN: [(u8, usize); 5] = [(3, 4), (4, 2), (5, 1), (6, 6), (8, 2)];

fn all_are_run() -> Result<(), String> {
    for (section, run) in RUN {
        let written = blocks(section)?.len();
        if written != run {
            return Err(format!("section {section} has {written} blocks, of which {run} are run"));
        }
    }
    Ok(())
}

/// The block of a section, counted from 0.
fn block(section: u8, place: usize) -> Result<String, String> {
    blocks(section)?.get(place).cloned().ok_or(format!("section {section} has no block {place}"))
}

fn is_known(world: &World, order: &Order) -> Result<(), String> {
    let known = world.knows(order)?;
    if known.as_ref() == Some(&order.transaction_id) {
        return Ok(());
    }
    Err(format!("{} is known as {known:?}, and not as {}", order.order_id, order.transaction_id))
}

fn is_not_known(world: &World, order: &Order) -> Result<(), String> {
    match world.knows(order)? {
        None => Ok(()),
        Some(_) => Err(format!("{} was made after the backup and is known", order.order_id)),
    }
}

fn sqlite() -> Result<(), String> {
    let world = World::begins(None)?;
    world.starts()?;
    let before = world.charges()?;
    world.runs(&block(3, 0)?, &[])?;
    let after = world.charges()?;
    world.kills()?;
    fs::write(world.at("var/lib/gopay-merchant/orders.sqlite3"), "damaged").map_err(|error| error.to_string())?;
    world.runs(&block(3, 1)?, &[])?;
    is_known(&world, &before)?;
    is_not_known(&world, &after)?;
    is_known(&world, &world.charges()?)
}

fn postgresql() -> Result<(), String> {
    let (lost, empty) = (throwaway_postgres::database(), throwaway_postgres::database());
    let world = World::begins(Some(&lost.url()))?;
    world.starts()?;
    let before = world.charges()?;
    world.runs(&block(3, 2)?, &[("DATABASE", &lost.url())])?;
    let after = world.charges()?;
    world.settings("etc/gopay-merchant/env", Some(&empty.url()), SERVER_KEY)?;
    world.runs(&block(3, 3)?, &[("DATABASE", &empty.url())])?;
    is_known(&world, &before)?;
    is_not_known(&world, &after)?;
    is_known(&world, &world.charges()?)
}

fn upgrade() -> Result<(), String> {
    let world = World::begins(None)?;
    let program = world.at("usr/local/bin/gopay-merchant");
    world.starts()?;
    let first = world.charges()?;
    let said = world.runs(&block(4, 0)?, &[])?;
    if !said.contains("gopay_build_info{version=") {
        return Err(format!("it does not say which version runs: {said}"));
    }
    is_known(&world, &first)?;
    let second = world.charges()?;
    // The new one turns out to be broken.
    fs::remove_file(&program).and_then(|()| fs::write(&program, "broken")).map_err(|error| error.to_string())?;
    world.runs(&block(4, 1)?, &[])?;
    is_known(&world, &first)?;
    is_known(&world, &second)
}

fn new_key() -> Result<(), String> {
    let new = "SB-Mid-server-another-one";
    let mut world = World::begins(None)?;
    world.starts()?;
    is_known(&world, &world.charges()?)?;
    world.midtrans_has_a_new_key(new)?;
    until("Midtrans refuses the old key", || Ok(world.charges().is_err()))?;
    world.settings("work/env.new", None, new)?;
    world.runs(&block(5, 0)?, &[])?;
    if world.at("work/env.new").exists() {
        return Err("a copy of the secrets is left".to_owned());
    }
    is_known(&world, &world.charges()?)
}

/// The primary's database, by the address of this server.
fn url_at(database: &Database, primary: &Server, server: &Server) -> String {
    database.url_at("127.0.0.1").replace(&format!(":{}/", primary.port()), &format!(":{}/", server.port()))
}

/// Waits until the server of this URL has the order's charge.
fn until_replicated(world: &World, url: &str, order: &Order) -> Result<(), String> {
    let find =
        format!("psql \"$STANDBY\" -tAc \"SELECT transaction_id FROM attempts WHERE order_id = '{}'\"", order.order_id);
    until("the standby has the order", || Ok(world.runs(&find, &[("STANDBY", url)])?.trim() == order.transaction_id))
}

fn fail_over() -> Result<(), String> {
    let mut primary = Server::start_to_replicate();
    let standby = primary.standby();
    let database = primary.database();
    let [old, new] = [&primary, &standby].map(|server| url_at(&database, &primary, server));
    let world = World::begins(Some(&old))?;
    world.starts()?;
    let order = world.charges()?;
    until_replicated(&world, &new, &order)?;
    primary.crash();
    world.runs(&block(6, 0)?, &[("STANDBY", &new)])?;
    world.settings("work/env.new", Some(&new), SERVER_KEY)?;
    world.runs(&block(6, 1)?, &[])?;
    is_known(&world, &order)?;
    is_known(&world, &world.charges()?)
}

/// Pays at Midtrans, whoever is told.
fn pays(world: &World, order: &Order) -> Result<(), String> {
    world.steers("POST", &format!("transactions/{}/pay", order.transaction_id), &json!({})).map(drop)
}

fn is_paid(world: &World, order: &Order) -> Result<(), String> {
    until("it is paid", || Ok(world.status(order)?["transaction_status"] == "settlement"))
}

fn another_region() -> Result<(), String> {
    let new_key = "SB-Mid-server-of-region-b";
    let mut primary = Server::start_to_replicate();
    let standby = primary.standby();
    let database = primary.database();
    let [old, new] = [&primary, &standby].map(|server| url_at(&database, &primary, server));
    let mut a = World::begins(Some(&old))?;
    a.starts()?;
    let b = a.elsewhere()?;

    // One is replicated, and of one only the order. The last, and that one is paid, are not; nobody at A is told any more.
    let open = a.charges()?;
    let token = a.places("INV-B-1")?;
    until_replicated(&a, &new, &open)?;
    let has_order = "psql \"$STANDBY\" -tAc \"SELECT count(*) FROM orders\"";
    until("the standby has the orders", || Ok(a.runs(has_order, &[("STANDBY", &new)])?.trim() == "2"))?;
    let stop = "psql \"$STANDBY\" -c \"ALTER SYSTEM SET primary_conninfo = ''\" -c \"SELECT pg_reload_conf()\"";
    a.runs(stop, &[("STANDBY", &new)])?;
    let is_alone = "psql \"$PRIMARY\" -tAc \"SELECT count(*) FROM pg_stat_replication\"";
    until("nothing is replicated", || Ok(a.runs(is_alone, &[("PRIMARY", &old)])?.trim() == "0"))?;
    let charged = a.charges_order("INV-B-1", &token, None)?;
    let transaction_id = charged["transaction_id"].as_str().ok_or("INV-B-1 is not charged")?.to_owned();
    let attempt_lost = Order { order_id: "INV-B-1".to_owned(), token, transaction_id };
    let order_lost = a.charges()?;
    a.kills()?;
    primary.crash();
    for order in [&open, &order_lost] {
        pays(&a, order)?;
    }

    // Fenced, promoted, started; and the shop's backend places again what it has sold.
    a.midtrans_has_a_new_key(new_key)?;
    b.settings("work/env.new", Some(&new), new_key)?;
    b.runs(&block(6, 2)?, &[("STANDBY", &new)])?;
    let again = b.places(&order_lost.order_id)?;
    a.name_moves_to(&b)?;

    // Found by asking, by its order_id, and by both.
    let said = b.runs(&block(6, 3)?.replace("INV-1", &open.order_id), &[])?;
    if !said.contains("pending → settlement") {
        return Err(format!("reconciliation says {said}"));
    }
    is_paid(&b, &open)?;
    for (order, token) in [(&attempt_lost, &attempt_lost.token), (&order_lost, &again)] {
        let found = b.charges_order(&order.order_id, token, None)?;
        if found["transaction_id"] != order.transaction_id {
            return Err(format!("{} is charged beside {}: {found}", order.order_id, order.transaction_id));
        }
    }
    is_paid(&b, &order_lost)?;
    pays(&a, &attempt_lost)?;
    is_paid(&b, &attempt_lost)?;

    // Region A is back, with its old truth and key.
    primary.start_again();
    until("region A's PostgreSQL is back", || Ok(a.runs("psql \"$OLD\" -c \"SELECT\"", &[("OLD", &old)]).is_ok()))?;
    a.starts()?;
    if let Ok(order) = a.charges() {
        return Err(format!("region A has charged {}", order.order_id));
    }
    a.runs("systemctl stop gopay-merchant", &[])?;

    // It becomes a standby, and then the primary again.
    let data = a.at("var/lib/postgresql/16/main");
    fs::create_dir_all(&data).and_then(|()| fs::write(data.join("old"), "")).map_err(|error| error.to_string())?;
    a.runs(&block(6, 4)?, &[("PRIMARY", &new), ("OLD", &old)])?;
    if data.join("old").exists() || !data.join("standby.signal").exists() {
        return Err("it is no standby".to_owned());
    }
    let returned = standby.standby();
    let home = url_at(&database, &primary, &returned);
    until("it has caught up", || Ok(b.runs(&block(6, 5)?, &[("PRIMARY", &new)]).is_ok()))?;
    a.settings("work/env.new", Some(&home), new_key)?;
    a.runs(&block(6, 2)?, &[("STANDBY", &home)])?;
    a.name_moves_to(&a)?;
    for order in [&open, &attempt_lost, &order_lost] {
        is_paid(&a, order)?;
    }
    let order = a.charges()?;
    pays(&a, &order)?;
    is_paid(&a, &order)
}

fn commands() -> Result<(), String> {
    let database = throwaway_postgres::database();
    for url in [None, Some(database.url())] {
        let world = World::begins(url.as_deref())?;
        world.starts()?;
        let order = world.charges()?;
        let about_it = |place: usize| Ok::<_, String>(block(8, place)?.replace("INV-1", &order.order_id));
        let said = world.runs(&about_it(0)?, &[])?;
        for expected in [order.transaction_id.as_str(), "pending", "oldest open"] {
            if !said.contains(expected) {
                return Err(format!("no {expected:?} in {said}"));
            }
        }
        let said = world.runs(&about_it(1)?, &[])?;
        for expected in ["pending → pending (same)", "is in the outbox, and nothing has delivered it"] {
            if !said.contains(expected) {
                return Err(format!("no {expected:?} in {said}"));
            }
        }
        is_known(&world, &order)?;
    }
    Ok(())
}
