//! Durability: what was answered is on disk, whatever the database's owner has set.

use crate::midtrans::Midtrans;
use crate::program::Program;
use crate::shop::{Shop, transaction_id};
use crate::store::Store;
use gopay_contract::TransactionStatus;
use sqlx::{Connection as _, Executor as _, PgConnection};

/// Every session that writes leaves its own setting behind.
const WITNESS: &str = "
    CREATE TABLE witness (written_to TEXT NOT NULL, synchronous_commit TEXT NOT NULL);
    CREATE FUNCTION bear_witness() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO witness VALUES (TG_TABLE_NAME, current_setting('synchronous_commit'));
            RETURN NULL;
        END $$;
    CREATE TRIGGER orders AFTER INSERT OR UPDATE ON orders EXECUTE FUNCTION bear_witness();
    CREATE TRIGGER attempts AFTER INSERT OR UPDATE ON attempts EXECUTE FUNCTION bear_witness();
    CREATE TRIGGER notifications AFTER INSERT OR UPDATE ON notifications EXECUTE FUNCTION bear_witness();";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_session_that_writes_waits_for_the_disk_whatever_the_databases_default_is() {
    let store = Store::postgres();
    let mut owner = PgConnection::connect(&store.url()).await.expect("it is reached");
    let careless = "DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database());
    END $$";
    owner.execute(careless).await.expect("altered");
    let midtrans = Midtrans::start().await;
    let merchant = Program::start(&store.url(), &midtrans.url, &[]).await;
    midtrans.notify(&merchant.notification_url()).await;
    owner.execute(WITNESS).await.expect("the tables are there");

    let shop = Shop::at(&[merchant.url()]);
    let order = shop.order().await;
    let charged = shop.charge(&order, None).await;
    midtrans.act(&transaction_id(&charged), "pay").await;
    midtrans.until_acknowledged(&order.order_id, &TransactionStatus::Settlement).await;

    let seen = "SELECT DISTINCT written_to, synchronous_commit FROM witness ORDER BY written_to";
    let seen: Vec<(String, String)> = sqlx::query_as(seen).fetch_all(&mut owner).await.expect("read");
    let on = |table: &str| (table.to_owned(), "on".to_owned());
    assert_eq!(seen, [on("attempts"), on("notifications"), on("orders")]);
}
