//! Where to remember.

use super::{InvalidSetting, Lookup, bad};

/// Where to remember orders, charges and notifications.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// A SQLite URL; the file is made if it is not there. Default `sqlite:gopay-merchant.sqlite3`. Read from
    /// `MERCHANT_DATABASE_URL`.
    pub url: String,
}

impl DatabaseSettings {
    pub(super) fn read(lookup: Lookup<'_>) -> Result<Self, InvalidSetting> {
        let url = lookup("MERCHANT_DATABASE_URL").unwrap_or_else(|| "sqlite:gopay-merchant.sqlite3".to_owned());
        // A URL of another kind may carry a password.
        let shown = if url.contains('@') { "a URL with a password in it".to_owned() } else { format!("{url:?}") };
        // In memory every connection of the pool would be a database of its own.
        if !url.starts_with("sqlite:") || url.contains(":memory:") || url.contains("mode=memory") {
            return Err(bad("MERCHANT_DATABASE_URL", shown, "a SQLite file, like sqlite:shop.sqlite3"));
        }
        Ok(Self { url })
    }
}
