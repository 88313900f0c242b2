//! The merchant's database, behind its back.

use super::{Placed, Stage, with_a_password};

impl Stage {
    /// The merchant's attempts were all claimed an hour earlier than they were.
    pub(crate) async fn an_hour_passes_in_the_database(&self) {
        self.database("UPDATE attempts SET claimed_at = claimed_at - 3600000").await;
    }

    pub(crate) fn is_on_sqlite(&self) -> bool {
        self.variables["MERCHANT_DATABASE_URL"].starts_with("sqlite:")
    }

    /// The URL of an empty one, for a merchant that shares only Midtrans with the stage's own.
    pub(crate) fn another_database(&self) -> String {
        if self.is_on_sqlite() {
            return format!("sqlite:{}", self.folder.path().join("another.sqlite3").display());
        }
        // It goes with its server, when this program ends: a merchant may outlive whoever asked for it here.
        with_a_password(Box::leak(Box::new(throwaway_postgres::database())))
    }

    /// The first column of what the merchant's database answers, as text.
    pub(crate) async fn ask_the_database(&self, question: &str) -> Vec<String> {
        self.ask_database(&self.variables["MERCHANT_DATABASE_URL"], question).await
    }

    async fn ask_database(&self, url: &str, question: &str) -> Vec<String> {
        use sqlx::Connection as _;
        let asked = sqlx::AssertSqlSafe(question.to_owned());
        if self.is_on_sqlite() {
            let mut database = sqlx::SqliteConnection::connect(url).await.expect("the database");
            let answer = sqlx::query_scalar(asked).fetch_all(&mut database).await.expect(question);
            // Dropped, it would be closed by a thread at some time, and leave its files there until then.
            database.close().await.expect("it is closed");
            answer
        } else {
            let mut database = sqlx::PgConnection::connect(url).await.expect("the database");
            sqlx::query_scalar(asked).fetch_all(&mut database).await.expect(question)
        }
    }

    /// Does something to the merchant's database behind its back.
    pub(crate) async fn database(&self, statement: &str) {
        drop(self.ask_the_database(statement).await);
    }

    /// The order's pending transaction becomes a settlement in the database, and nobody here is told.
    pub(crate) async fn somebody_else_records_a_settlement(&self, order: &Placed) {
        let settled = "UPDATE attempts SET transaction_status = 'settlement', version = version + 1,
                           status_answer = replace(status_answer, '\"pending\"', '\"settlement\"')
                       WHERE transaction_status = 'pending' RETURNING order_id";
        assert_eq!(self.ask_the_database(settled).await, std::slice::from_ref(&order.order_id));
    }

    /// For the merchant, everything happened this much earlier. Midtrans' clock goes on as before.
    pub(crate) async fn time_passes_for_the_merchant(&self, seconds: i64) {
        self.time_passes_in(&self.variables["MERCHANT_DATABASE_URL"], seconds).await;
    }

    /// The same for the merchant with this database.
    pub(crate) async fn time_passes_in(&self, url: &str, seconds: i64) {
        let millis = seconds * 1000;
        let earlier = format!(
            "UPDATE attempts SET claimed_at = claimed_at - {millis}, claimed_until = claimed_until - {millis},
                    polled_at = polled_at - {millis}, moved_at = moved_at - {millis}, next_poll_at = next_poll_at - {millis}"
        );
        drop(self.ask_database(url, &earlier).await);
        let earlier = format!("UPDATE notifications SET first_at = first_at - {millis}, last_at = last_at - {millis}");
        drop(self.ask_database(url, &earlier).await);
    }

    /// For the merchant, everything happened years ago, by Midtrans' own times too.
    pub(crate) async fn everything_was_years_ago(&self) {
        self.time_passes_for_the_merchant(3 * 365 * 86_400).await;
        for time in ["transaction_time", "settlement_time", "expiry_time"] {
            let long_ago = if self.is_on_sqlite() {
                format!("json_replace(status_answer, '$.{time}', '2020-01-31 10:00:00')")
            } else {
                format!("jsonb_set(status_answer::jsonb, '{{{time}}}', '\"2020-01-31 10:00:00\"', FALSE)::text")
            };
            self.database(&format!("UPDATE attempts SET status_answer = {long_ago}")).await;
        }
    }

    /// The merchant believes that the order could be paid until long ago.
    pub(crate) async fn its_time_is_over(&self, order: &Placed) {
        let over = if self.is_on_sqlite() {
            "json_set(status_answer, '$.expiry_time', '2020-01-31 10:00:00')"
        } else {
            "jsonb_set(status_answer::jsonb, '{expiry_time}', '\"2020-01-31 10:00:00\"')::text"
        };
        let over = format!("UPDATE attempts SET status_answer = {over} WHERE order_id = '{}'", order.order_id);
        self.database(&over).await;
    }
}
