//! `stats`, and that what only reads changes nothing.

use crate::command::run_with;
use crate::stage::Stage;
use serde_json::json;
use std::path::Path;

#[tokio::test]
async fn orders_are_counted_by_status_with_what_is_due_undelivered_and_open_for_longest() {
    let stage = Stage::set().await;
    let (never, open, paid, ended) =
        (stage.order().await, stage.order().await, stage.order().await, stage.order().await);
    stage.charge(&open).await;
    stage.charge(&paid).await;
    stage.at_midtrans(&paid.order_id, "pay").await;
    stage.until_status(&paid, "settlement").await;
    stage.expired(&ended).await;
    let counts = run_with(&stage, &[], &["stats", "--json"]).await.json();
    assert_eq!((&counts["orders"], &counts["never_charged"], &counts["deleted"]), (&json!(4), &json!(1), &json!(0)));
    assert_eq!(counts["attempts"], json!({"expire": 1, "pending": 1, "settlement": 1}), "{never:?}");
    assert_eq!(counts["oldest_open"]["order_id"], open.order_id.as_str());
    assert_eq!((&counts["outbox"]["undelivered"], &counts["outbox"]["has_delivered"]), (&json!(3), &json!(false)));
    let scheduled = &counts["reconciliation"]["scheduled"];
    assert_eq!((scheduled, &counts["reconciliation"]["given_up"]), (&json!(2), &json!(0)), "{counts:#}");
    assert!(counts["notifications"].as_object().is_some_and(|outcomes| !outcomes.is_empty()), "{counts:#}");

    let said = run_with(&stage, &[], &["stats"]).await;
    assert!(said.has_line("orders", "4, 1 never charged, 0 deleted") && said.has_line("settlement", "1"), "{said:?}");
    assert!(said.has_line("reconciliation", "2 scheduled, 0 due, 0 given up"), "{said:?}");
}

#[tokio::test]
async fn showing_and_counting_change_nothing_beside_a_merchant_or_without_one() {
    let mut stage = Stage::set().await;
    let order = stage.order().await;
    stage.charge(&order).await;
    stage.deliveries(&order.order_id, "pending", 1).await;
    let rows = "SELECT order_id || number || version || delivered_version || polled_at || moved_at || claimed_until FROM attempts";
    let before = stage.ask_the_database(rows).await;
    for is_running in [true, false] {
        if !is_running {
            stage.merchant.stop().await;
        }
        let files = files_in(stage.folder.path());
        for arguments in [&["orders", "show", order.order_id.as_str()][..], &["stats"]] {
            run_with(&stage, &[], arguments).await.done();
        }
        assert_eq!(files_in(stage.folder.path()), files, "a merchant is running: {is_running}");
        assert_eq!(stage.ask_the_database(rows).await, before, "a merchant is running: {is_running}");
    }
}

/// The names of the files in a folder.
fn files_in(folder: &Path) -> Vec<String> {
    let name =
        |entry: std::io::Result<std::fs::DirEntry>| entry.expect("read").file_name().to_string_lossy().into_owned();
    let mut files: Vec<String> = folder.read_dir().expect("a folder").map(name).collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_database_that_is_not_there_or_older_is_named_and_left_as_it_is() {
    let stage = Stage::set().await;
    let absent = if stage.is_on_sqlite() {
        format!("sqlite:{}", stage.folder.path().join("absent.sqlite3").display())
    } else {
        "postgres://postgres@127.0.0.1:1/absent".to_owned()
    };
    let said = run_with(&stage, &[("MERCHANT_DATABASE_URL", &absent)], &["stats"]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.log.contains("gopay-merchant: MERCHANT_DATABASE_URL is "), "{said:?}");
    assert!(!stage.folder.path().join("absent.sqlite3").exists(), "no file is made");
    stage.database("DELETE FROM _sqlx_migrations").await;
    let said = run_with(&stage, &[], &["stats"]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.log.contains("its tables are older than this program"), "{said:?}");
}
