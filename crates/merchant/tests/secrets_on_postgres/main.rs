//! Secrets, where the merchant has the password of a PostgreSQL, too.

#[path = "../secrets.rs"]
mod secrets;
