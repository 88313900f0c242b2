//! Settings of the database.

use super::values::{InvalidSetting, InvalidValue, number};
use crate::clock::MachineClock;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use url::Url;

/// The database of orders, charges and notifications.
#[derive(Clone, Debug, clap::Args)]
pub struct DatabaseSettings {
    /// `sqlite:FILE`, made if it is not there, for one process at a time; or
    /// `postgres://USER:PASSWORD@HOST/DATABASE?sslmode=verify-full`.
    #[arg(
        id = "MERCHANT_DATABASE_URL",
        long,
        env,
        hide_env_values = true,
        default_value = "sqlite:gopay-merchant.sqlite3"
    )]
    pub url: DatabaseUrl,
    /// PostgreSQL without a pooler of transactions, where `MERCHANT_DATABASE_URL` leads to one (`PgBouncer` with
    /// `pool_mode=transaction`); for LISTEN, migrations and commands.
    #[arg(id = "MERCHANT_DATABASE_DIRECT_URL", long, env, hide_env_values = true)]
    pub direct_url: Option<DatabaseUrl>,
    /// Maximum number of connections, 1 to 1000; and one more, which listens (PostgreSQL) or writes (SQLite).
    #[arg(id = "MERCHANT_DATABASE_CONNECTIONS", long, env, default_value = "8", value_parser = number(1..=1000))]
    pub connections: u32,
    /// The clock of a SQLite file: this machine's. PostgreSQL has its own.
    #[arg(skip)]
    pub clock: MachineClock,
}

impl DatabaseSettings {
    /// Checks what no single value can show.
    pub(super) fn check(&self) -> Result<(), InvalidSetting> {
        match (&self.direct_url, &self.url) {
            (None, _) | (Some(DatabaseUrl::Postgres(_)), DatabaseUrl::Postgres(_)) => Ok(()),
            (Some(direct), _) => {
                let expected = "postgres://USER:PASSWORD@HOST/DATABASE, and the same for MERCHANT_DATABASE_URL";
                let why = InvalidValue::new(&direct.to_string(), expected);
                Err(InvalidSetting::bad("MERCHANT_DATABASE_DIRECT_URL", why))
            }
        }
    }
}

/// A database of a kind that we know. Shown without its password.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// `sqlite:…`: a file, made if it is not there.
    Sqlite(String),
    /// `postgres://…`: a database of a PostgreSQL server. On another machine only with an `sslmode` that somebody has chosen.
    Postgres(SecretString),
}

/// Parameters that a PostgreSQL URL's query may have. Another word would be ignored, and its value logged.
const POSTGRES_PARAMETERS: &[&str] = &[
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// Those that name a file.
const FILE_PARAMETERS: &[&str] = &["sslrootcert", "sslcert", "sslkey"];

/// Reads a URL of a kind that we know. The error does not show a password.
impl FromStr for DatabaseUrl {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        if text.starts_with("sqlite:") {
            // In memory every connection of the pool would be a database of its own.
            return if text.contains(":memory:") || text.contains("mode=memory") {
                Err(InvalidValue::new(text, "a SQLite file, like sqlite:shop.sqlite3"))
            } else {
                Ok(Self::Sqlite(text.to_owned()))
            };
        }
        let Some(url) = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "postgres" | "postgresql")) else {
            return Err(InvalidValue::new(&shown(text), "sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE"));
        };
        if let Some((other, _)) = url.query_pairs().find(|(name, _)| !POSTGRES_PARAMETERS.contains(&&**name)) {
            let value = format!("{:?} with the parameter {other:?}", shown(text));
            return Err(InvalidValue::described(value, "only libpq's own parameters, like sslmode"));
        }
        let files = url.query_pairs().filter(|(name, _)| FILE_PARAMETERS.contains(&&**name));
        for (name, file) in files {
            if let Err(why) = std::fs::File::open(&*file) {
                let value = format!("{:?} with {name}={file:?} ({why})", shown(text));
                return Err(InvalidValue::described(value, "a file in PEM form that can be read"));
            }
        }
        // What cannot be read as options is refused, with its reason, where it is connected to.
        if text.parse().is_ok_and(|options| may_be_overheard(&options)) {
            let value = format!("{:?} on another machine, with no sslmode that insists on TLS", shown(text));
            return Err(InvalidValue::described(value, TLS));
        }
        Ok(Self::Postgres(text.into()))
    }
}

/// Expected parameters, where the URL has none about TLS.
const TLS: &str = "?sslmode=verify-full behind it (with &sslrootcert=FILE where an authority of your own signed the server's \
    certificate), ?sslmode=require for TLS with whoever answers, or ?sslmode=disable in a network that is yours alone";

/// True if the URL does not decide about TLS. libpq's default, `prefer`, goes on in the clear when whoever answers says that it has no TLS,
/// and asks nobody for a certificate; `allow` here never has TLS.
fn may_be_overheard(options: &PgConnectOptions) -> bool {
    let is_undecided = match options.get_ssl_mode() {
        PgSslMode::Allow | PgSslMode::Prefer => true,
        PgSslMode::Disable | PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull => false,
    };
    is_undecided && leaves_this_machine(options)
}

/// True if the connection to this server goes through a network.
pub(crate) fn leaves_this_machine(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let is_loopback = address.parse().is_ok_and(|address: IpAddr| address.to_canonical().is_loopback());
    let is_socket = options.get_socket().is_some() || host.starts_with('/');
    !is_socket && !is_loopback && !host.eq_ignore_ascii_case("localhost")
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(url) => f.write_str(url),
            Self::Postgres(url) => f.write_str(&shown(url.expose_secret())),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

/// A URL without its password and its parameters; nothing of it where it cannot be told what is the password.
fn shown(text: &str) -> String {
    let hidden = || "a URL with a password in it".to_owned();
    let Ok(mut url) = Url::parse(text) else {
        return if text.contains('@') { hidden() } else { text.to_owned() };
    };
    let is_somebodys = !url.username().is_empty() || url.password().is_some();
    if text.matches('@').count() != usize::from(is_somebodys) || (is_somebodys && url.set_password(None).is_err()) {
        return hidden();
    }
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_cannot_be_read_is_named() {
        let url = "postgres://shop:hunter2@db.example/shop?sslmode=verify-full&sslrootcert=/no/such/ca.pem";
        let refused = url.parse::<DatabaseUrl>().expect_err("it is not there").to_string();
        assert!(refused.starts_with("\"postgres://shop@db.example/shop\" with sslrootcert="), "{refused}");
        assert!(refused.contains("/no/such/ca.pem") && refused.contains("expected a file"), "{refused}");
    }

    #[test]
    fn a_server_elsewhere_is_not_spoken_to_in_the_clear_unless_the_shop_says_so() {
        let elsewhere = [
            "postgres://shop:hunter2@db.example/shop",
            "postgres://shop@10.0.0.5:5432/shop",
            "postgres://shop@[2001:db8::5]/shop",
            "postgres://shop@localhost/shop?host=db.example",
            "postgres://shop@localhost/shop?hostaddr=10.0.0.5",
            "postgres://shop@localhost.evil.example/shop",
        ];
        for url in elsewhere {
            let (before, with) = (url, if url.contains('?') { '&' } else { '?' });
            for mode in ["", "prefer", "allow"] {
                let url = if mode.is_empty() { before.to_owned() } else { format!("{before}{with}sslmode={mode}") };
                let refused = url.parse::<DatabaseUrl>().expect_err(&url).to_string();
                assert!(refused.starts_with("\"postgres://shop"), "{refused}");
                assert!(refused.contains("expected ?sslmode=verify-full") && !refused.contains("hunter2"), "{refused}");
            }
            for mode in ["disable", "require", "verify-ca", "verify-full"] {
                let url = format!("{before}{with}sslmode={mode}");
                url.parse::<DatabaseUrl>().unwrap_or_else(|refused| panic!("{url}: {refused}"));
            }
        }
        for url in [
            "postgres://shop@localhost/shop",
            "postgres://shop@LOCALHOST/shop",
            "postgres://shop@127.0.0.1:6432/shop",
            "postgres://shop@[::1]/shop",
            "postgres://shop@db.example/shop?host=/run/postgresql",
            "postgres://shop@%2Frun%2Fpostgresql/shop",
        ] {
            url.parse::<DatabaseUrl>().unwrap_or_else(|refused| panic!("{url}: {refused}"));
        }
    }

    #[test]
    fn a_password_is_never_shown_wherever_it_stands() {
        for url in [
            "postgres://shop:hunter2@db.example/shop?sslmode=require",
            "postgres://shop@db.example/shop?password=hunter2&sslmode=require",
            "postgres://shop:hunter2@db.example/shop?sslmode=require#hunter2",
            "postgresql://:hunter2@db.example?sslmode=require",
        ] {
            let read = url.parse::<DatabaseUrl>().expect(url);
            assert!(!format!("{read} {read:?}").contains("hunter2"), "{read}");
            assert!(read.to_string().contains("db.example"), "{read}");
        }
        for url in [
            "postgres://shop:hunter2@db.example/shop",
            "mysql://shop:hunter2@db.example/shop",
            "postgres://shop:hunter2@db.example:port/shop",
            "postgres://shop:12/hunter2@db.example/shop",
            "postgres://shop:12#hunter2@db.example/shop",
            "postgres://shop@db.example/shop?passwd=hunter2",
            "postgres:shop:hunter2@db.example",
            "shop:hunter2@db.example",
        ] {
            let shown = match url.parse::<DatabaseUrl>() {
                Ok(read) => format!("{read} {read:?}"),
                Err(refused) => format!("{refused} {refused:?}"),
            };
            assert!(!shown.contains("hunter2"), "{url}: {shown}");
        }
    }
}
