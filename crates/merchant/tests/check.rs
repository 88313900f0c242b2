//! `--check` says what a start would find, and changes nothing anywhere.

use gopay_contract::midtrans::OptionalData;
use gopay_contract::{GrossAmount, OrderId};
use gopay_merchant::UnixMillis;
use gopay_merchant::orders::{NewOrder, Orders, PostgresOrders, SqliteOrders};
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

static OF_SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static OF_POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Leaves a database as it is for a program that has one migration more.
const FORGET_LAST: &str = "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)";
const NEWER: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                     VALUES (987654, 'of next year', TRUE, 'x', 1)";

/// Output of a check.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    fine: String,
    wrong: String,
}

impl Said {
    #[track_caller]
    fn is_fine_and_says(&self, words: &[&str]) {
        // It may warn, as a start would.
        assert!(self.code == Some(0) && !self.wrong.contains("gopay-merchant: "), "{self:?}");
        assert!(words.iter().all(|word| self.fine.contains(word)), "{words:?} in {self:?}");
    }

    #[track_caller]
    fn refuses_and_says(&self, words: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        assert!(words.iter().all(|word| self.wrong.contains(word)), "{words:?} in {self:?}");
    }
}

/// A Midtrans that would notice if anybody connected.
struct Midtrans(TcpListener);

impl Midtrans {
    fn listens() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("it does not wait");
        Self(listener)
    }

    fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().expect("an address"))
    }

    /// The kernel would have kept whoever came.
    #[track_caller]
    fn was_not_asked(&self) {
        assert_eq!(self.0.accept().expect_err("somebody connected").kind(), ErrorKind::WouldBlock);
    }
}

/// Runs the program in this folder with `--check` and these settings.
fn check(folder: &Path, midtrans: &Midtrans, more: &[(&str, &str)]) -> Said {
    let base_url = midtrans.url();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gopay-merchant"));
    command.arg("--check").env_clear().current_dir(folder).stdin(Stdio::null());
    command.envs([
        ("MIDTRANS_SERVER_KEY", "SB-Mid-server-offline-sandbox"),
        ("ORDER_TOKEN_SECRET", "a secret of the shop, longer than thirty-two bytes"),
        ("MIDTRANS_BASE_URL", base_url.as_str()),
        // Whatever is open would be asked about, or ended, as soon as there is a job that does.
        ("MIDTRANS_EXPIRE_OVERDUE", "on"),
        ("MERCHANT_BIND", "127.0.0.1:0"),
        ("MERCHANT_DATABASE_URL", "sqlite:shop.sqlite3"),
    ]);
    let Output { status, stdout, stderr } = command.envs(more.iter().copied()).output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Said { code: status.code(), fine: text(stdout), wrong: text(stderr) }
}

/// Every file in a folder, byte by byte.
fn all_files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = folder.read_dir().expect("a folder").map(|entry| entry.expect("an entry"));
    files
        .map(|file| (file.file_name().into_string().expect("text"), std::fs::read(file.path()).expect("read")))
        .collect()
}

/// An order in the middle of its charge, whose process is gone: a start frees its claim and looks at once what became of it.
async fn leave_a_charge_half_done(orders: &dyn Orders) {
    let order_id = OrderId::parse("order-101").expect("an id");
    let amount = GrossAmount::from_rupiah(44_000).expect("an amount");
    let order = NewOrder::new(order_id.clone(), amount, "Kopi", OptionalData::default()).expect("an order");
    let long_ago = UnixMillis::now().minus(Duration::from_secs(3600));
    orders.place(&order, long_ago).await.expect("placed");
    orders.claim(&order_id, 1, None, long_ago, Duration::from_secs(60)).await.expect("claimed").expect("free");
    orders.close().await;
}

fn names(migrations: &Migrator) -> Vec<String> {
    migrations.iter().map(|it| format!("{} ({})", it.version, it.description)).collect()
}

#[tokio::test]
async fn a_good_one_passes_and_leaves_every_byte_of_a_sqlite_file_as_it_is() {
    let (folder, midtrans) = (TempDir::new().expect("a folder"), Midtrans::listens());
    let file = format!("sqlite:{}", folder.path().join("shop.sqlite3").display());
    leave_a_charge_half_done(&SqliteOrders::open(&file, 2).await.expect("it opens")).await;
    let before = all_files(folder.path());
    let said = check(folder.path(), &midtrans, &[]);
    said.is_fine_and_says(&["MERCHANT_DATABASE_URL", "up to date", "MERCHANT_BIND", "was not asked"]);
    assert_eq!(all_files(folder.path()).keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    assert!(all_files(folder.path()) == before, "a byte has changed");
    midtrans.was_not_asked();
}

#[test]
fn a_file_that_is_not_there_does_not_come_into_being() {
    let (folder, midtrans) = (TempDir::new().expect("a folder"), Midtrans::listens());
    let said = check(folder.path(), &midtrans, &[]);
    said.is_fine_and_says(&["there is no such file"]);
    assert!(names(&OF_SQLITE).iter().all(|name| said.fine.contains(name.as_str())), "{said:?}");
    assert!(all_files(folder.path()).is_empty(), "something was made");
    midtrans.was_not_asked();
}

#[tokio::test]
async fn migrations_that_a_start_would_run_are_named_and_not_run() {
    let (folder, midtrans) = (TempDir::new().expect("a folder"), Midtrans::listens());
    let url = format!("sqlite:{}?mode=rwc", folder.path().join("shop.sqlite3").display());
    let mut old = SqliteConnection::connect(&url).await.expect("it opens");
    OF_SQLITE.run(&mut old).await.expect("the migrations");
    old.execute(FORGET_LAST).await.expect("forgotten");
    old.close().await.expect("closed");
    let before = all_files(folder.path());
    let said = check(folder.path(), &midtrans, &[]);
    said.is_fine_and_says(&["a start would run its migrations"]);
    let last = |migrations| names(migrations).pop().expect("there is one");
    assert!(said.fine.contains(&last(&OF_SQLITE)), "{said:?}");
    assert!(all_files(folder.path()) == before, "a byte has changed");

    let database = throwaway_postgres::database();
    let mut old = PgConnection::connect(&database.url()).await.expect("reached");
    OF_POSTGRES.run(&mut old).await.expect("the migrations");
    old.execute(FORGET_LAST).await.expect("forgotten");
    let said = check(folder.path(), &midtrans, &[("MERCHANT_DATABASE_URL", &database.url())]);
    said.is_fine_and_says(&["a start would run its migrations"]);
    assert!(said.fine.contains(&last(&OF_POSTGRES)), "{said:?}");
    let run: i64 = sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations").fetch_one(&mut old).await.expect("told");
    assert_eq!(run, i64::try_from(OF_POSTGRES.iter().count() - 1).expect("few"), "a migration was run");
    midtrans.was_not_asked();
}

#[tokio::test]
async fn tables_of_a_newer_version_are_taken_as_a_start_would() {
    let (folder, midtrans) = (TempDir::new().expect("a folder"), Midtrans::listens());
    let file = format!("sqlite:{}", folder.path().join("shop.sqlite3").display());
    SqliteOrders::open(&file, 2).await.expect("it opens").close().await;
    SqliteConnection::connect(&file).await.expect("it opens").execute(NEWER).await.expect("written");
    check(folder.path(), &midtrans, &[]).is_fine_and_says(&["its tables are up to date"]);
    SqliteOrders::open(&file, 2).await.expect("a start would").close().await;

    let database = throwaway_postgres::database();
    PostgresOrders::open(&database.url(), 2).await.expect("it opens").close().await;
    PgConnection::connect(&database.url()).await.expect("reached").execute(NEWER).await.expect("written");
    check(folder.path(), &midtrans, &[("MERCHANT_DATABASE_URL", &database.url())])
        .is_fine_and_says(&["its tables are up to date"]);
    PostgresOrders::open(&database.url(), 2).await.expect("a start would").close().await;
}

#[tokio::test]
async fn a_postgresql_database_is_read_and_stays_as_it_is() {
    let (folder, midtrans) = (TempDir::new().expect("a folder"), Midtrans::listens());
    let database = throwaway_postgres::database();
    let url = database.url();
    let setting = [("MERCHANT_DATABASE_URL", url.as_str())];
    check(folder.path(), &midtrans, &setting).is_fine_and_says(&["a start would run its migrations 1 "]);
    let mut operator = PgConnection::connect(&url).await.expect("reached");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    let tables: i64 = sqlx::query_scalar(tables).fetch_one(&mut operator).await.expect("told");
    assert_eq!(tables, 0, "a table was made");

    leave_a_charge_half_done(&PostgresOrders::open(&url, 2).await.expect("it opens")).await;
    // Whoever writes a row, with the same values too, changes its `xmin`.
    let rows = "SELECT string_agg(concat(xmin, ' ', attempts), ' ') FROM attempts";
    let before: String = sqlx::query_scalar(rows).fetch_one(&mut operator).await.expect("told");
    check(folder.path(), &midtrans, &setting).is_fine_and_says(&["up to date"]);
    let after: String = sqlx::query_scalar(rows).fetch_one(&mut operator).await.expect("told");
    assert_eq!(after, before);
    midtrans.was_not_asked();
}

#[tokio::test]
async fn a_user_who_may_not_make_tables_is_told_so_before_the_start_fails() {
    let (folder, midtrans) = (TempDir::new().expect("a folder"), Midtrans::listens());
    let database = throwaway_postgres::database();
    let mut operator = PgConnection::connect(&database.url()).await.expect("reached");
    let role = format!("reader_{}", std::process::id());
    operator.execute(AssertSqlSafe(format!("CREATE ROLE {role} LOGIN"))).await.expect("made");
    operator.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC").await.expect("revoked");
    let url = database.url().replace("postgres@", &format!("{role}@"));
    let said = check(folder.path(), &midtrans, &[("MERCHANT_DATABASE_URL", &url)]);
    said.refuses_and_says(&["MERCHANT_DATABASE_URL", "may not make tables"]);
}

#[test]
fn all_that_is_wrong_is_named_at_once() {
    let (folder, midtrans) = (TempDir::new().expect("a folder"), Midtrans::listens());
    std::fs::write(folder.path().join("shop.sqlite3"), "This is a letter to the shop, and no database.")
        .expect("written");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let said = check(folder.path(), &midtrans, &[("MERCHANT_BIND", &address), ("MERCHANT_ADMIN_BIND", "127.0.0.1:0")]);
    said.refuses_and_says(&["MERCHANT_BIND", &address, "MERCHANT_DATABASE_URL", "not a database"]);
    assert!(said.fine.contains("MERCHANT_ADMIN_BIND"), "{said:?}");
    let said = check(folder.path(), &midtrans, &[("MERCHANT_DATABASE_URL", "sqlite:no/such/folder/shop.sqlite3")]);
    said.refuses_and_says(&["MERCHANT_DATABASE_URL", "no/such/folder is no folder"]);
    let said = check(folder.path(), &midtrans, &[("MERCHANT_BIND", "127.0.0.1")]);
    said.refuses_and_says(&["MERCHANT_BIND is \"127.0.0.1\"", "expected a host and a port"]);
}

#[test]
fn one_address_for_two_listeners_is_refused() {
    let (folder, midtrans) = (TempDir::new().expect("a folder"), Midtrans::listens());
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").to_string();
    let said = check(folder.path(), &midtrans, &[("MERCHANT_BIND", &address), ("MERCHANT_ADMIN_BIND", &address)]);
    said.refuses_and_says(&["MERCHANT_ADMIN_BIND", &address]);
    TcpListener::bind(&address).expect("what was bound was let go");
}

#[tokio::test]
async fn what_a_killed_merchant_left_is_read_with_its_log_and_not_tidied_up() {
    let (folder, midtrans) = (TempDir::new().expect("a folder"), Midtrans::listens());
    let file = format!("sqlite:{}", folder.path().join("shop.sqlite3").display());
    let killed = SqliteOrders::open(&file, 2).await.expect("it opens");
    // Its files as they are now are what a kill would leave: the tables are in the log alone.
    let left = TempDir::new().expect("a folder");
    for name in ["shop.sqlite3", "shop.sqlite3-wal", "shop.sqlite3.lock"] {
        std::fs::copy(folder.path().join(name), left.path().join(name)).expect("copied");
    }
    killed.close().await;
    let before = all_files(left.path());
    check(left.path(), &midtrans, &[]).is_fine_and_says(&["up to date"]);
    let mut after = all_files(left.path());
    // SQLite's index of the log. It holds nothing, and is made anew whenever it is not there.
    after.remove("shop.sqlite3-shm");
    assert!(after == before, "a byte has changed");
}

#[tokio::test]
async fn a_sqlite_file_that_another_merchant_works_on_is_refused_and_left_alone() {
    let (folder, midtrans) = (TempDir::new().expect("a folder"), Midtrans::listens());
    let file = format!("sqlite:{}", folder.path().join("shop.sqlite3").display());
    let working = SqliteOrders::open(&file, 2).await.expect("it opens");
    let before = all_files(folder.path());
    check(folder.path(), &midtrans, &[]).refuses_and_says(&["MERCHANT_DATABASE_URL", "another merchant"]);
    assert!(all_files(folder.path()) == before, "a byte has changed");
    working.check().await.expect("it goes on");
}
