//! The operator's commands, as they stand in docs/operations.md, each run with payments that must survive it.

use super::Promise;
use super::world::{Order, World, blocks, until};
use std::fs;
use throwaway_postgres::Server;

pub(crate) const PROMISES: [Promise; 7] = [
    ("a_sqlite_backup_that_is_restored_has_the_payments_of_its_time", sqlite, &["sqlite3", "curl"]),
    ("a_postgresql_dump_that_is_restored_has_the_payments_of_its_time", postgresql, &["pg_dump", "pg_restore", "curl"]),
    ("an_upgrade_and_its_rollback_keep_every_payment", upgrade, &["curl"]),
    ("a_new_server_key_is_taken_by_the_next_start", new_key, &["curl"]),
    ("a_promoted_standby_is_taken_by_the_next_start", fail_over, &["psql", "curl"]),
    ("the_commands_about_orders_work_beside_a_merchant_on_sqlite_and_on_postgresql", commands, &["curl"]),
    ("every_command_block_of_these_sections_is_run_by_one_of_these", all_are_run, &[]),
];

/// How many blocks the trials below run, by section.
const RUN: [(u8, usize); 5] = [(3, 4), (4, 2), (5, 1), (6, 2), (8, 2)];

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
    world.settings("etc/gopay-merchant/env", Some(&empty.url()), "SB-Mid-server-offline-sandbox")?;
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

fn fail_over() -> Result<(), String> {
    let mut primary = Server::start_to_replicate();
    let standby = primary.standby();
    let database = primary.database();
    let at = |port: u16| database.url_at("127.0.0.1").replace(&format!(":{}/", primary.port()), &format!(":{port}/"));
    let (old, new) = (at(primary.port()), at(standby.port()));
    let world = World::begins(Some(&old))?;
    world.starts()?;
    let order = world.charges()?;
    let find =
        format!("psql \"$STANDBY\" -tAc \"SELECT transaction_id FROM attempts WHERE order_id = '{}'\"", order.order_id);
    until("the standby has the order", || Ok(world.runs(&find, &[("STANDBY", &new)])?.trim() == order.transaction_id))?;
    primary.crash();
    world.runs(&block(6, 0)?, &[("STANDBY", &new)])?;
    world.settings("work/env.new", Some(&new), "SB-Mid-server-offline-sandbox")?;
    world.runs(&block(6, 1)?, &[])?;
    is_known(&world, &order)?;
    is_known(&world, &world.charges()?)
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
