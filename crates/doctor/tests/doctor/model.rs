//! Every check finds the flaw that it is there for, and nothing else is found.

use crate::flaw::{FLAWS, Flaw};
use crate::model_shop;
use crate::stage::{Stage, check, complaints};
use futures_util::StreamExt as _;
use gopay_doctor::report::Tally;
use gopay_doctor::{Outcome, all};
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::time::Duration;

/// Long enough for what is true, short enough to wait for what is not.
const PATIENCE: Duration = Duration::from_secs(6);
/// Number of shops that are checked at a time: nearly all of a check is waiting.
const AT_A_TIME: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_without_a_flaw_keeps_every_rule() {
    let stage = Stage::of(|sandbox| model_shop::router(sandbox, None)).await;
    let findings = gopay_doctor::run(stage.plan(PATIENCE), |_| ()).await.expect("everything is there");
    let expected = Tally { passed: all().len(), failed: 0, skipped: 0 };
    assert_eq!(Tally::of(&findings), expected, "{}", complaints(&findings));
}

/// Once each; `DOCTOR_RUNS=25` for so many.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_check_finds_the_flaw_that_it_is_there_for_each_time() {
    let runs: usize = env::var("DOCTOR_RUNS").map_or(1, |runs| runs.parse().expect("DOCTOR_RUNS is a number"));
    let wanted = env::var("DOCTOR_CHECKS").unwrap_or_default();
    let rows = FLAWS.iter().filter(|(id, _)| wanted.is_empty() || wanted.split(',').any(|one| one == *id));
    let all_runs = rows.flat_map(|row| std::iter::repeat_n(*row, runs));
    let found = futures_util::stream::iter(all_runs).map(|(id, flaw)| async move { (id, flaw, finds(id, flaw).await) });
    let mut table: BTreeMap<(&str, String), (usize, Vec<String>)> = BTreeMap::new();
    let mut found = found.buffer_unordered(AT_A_TIME);
    while let Some((id, flaw, found)) = found.next().await {
        let row = table.entry((id, format!("{flaw:?}"))).or_default();
        match found {
            Ok(()) => row.0 += 1,
            Err(why) => row.1.push(why),
        }
        if row.0 + row.1.len() == runs {
            println!("| `{id}` | {flaw:?} | {} of {runs} |", row.0);
        }
    }
    let missed: Vec<_> = table.iter().filter(|(_, (count, _))| *count < runs).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn every_check_has_a_flaw_to_find() {
    let known: BTreeSet<&str> = all().iter().map(|check| check.id).collect();
    let shown: BTreeSet<&str> = FLAWS.iter().map(|(id, _)| *id).collect();
    assert_eq!(known, shown);
}

/// The check fails, and another row does not.
async fn finds(id: &'static str, flaw: Flaw) -> Result<(), String> {
    let stage = Stage::of(|sandbox| model_shop::router(sandbox, Some(flaw))).await;
    let mut plan = stage.plan(PATIENCE);
    plan.checks = vec![check(id)];
    let findings = gopay_doctor::run(plan, |_| ()).await.map_err(|why| why.to_string())?;
    let is_found = findings.iter().all(|finding| matches!(finding.outcome, Outcome::Fail(_)));
    if is_found { Ok(()) } else { Err(format!("{:?}", findings.first().map(|finding| &finding.outcome))) }
}
