//! Compares the migrations of a database with this program's.

use super::Result;
use anyhow::bail;
use sqlx::migrate::{Migration, Migrator};
use std::fmt;

/// The schema of a database, compared with this program's. A schema that a start would refuse is an error instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaStatus {
    /// Its tables are this program's.
    UpToDate,
    /// It is there, and a start would run these migrations on it.
    Behind(Vec<String>),
    /// There is no such file. A start would make it, and run these migrations on it.
    Absent(Vec<String>),
}

/// One row of sqlx's own table: which migration, whether it came to its end, and the hash of its text.
pub(super) type Applied = (i64, bool, Vec<u8>);

/// The same question for every database.
pub(super) const APPLIED: &str = "SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version";

/// Every migration of `ours`, in words.
pub(super) fn all(ours: &Migrator) -> Vec<String> {
    ours.iter().map(in_words).collect()
}

/// Compares what was done to a database with what this program would have done. Refuses what sqlx would refuse. More than
/// ours may have been done, by a later program that this one stands beside or is put back in the place of.
pub(super) fn compare(ours: &Migrator, applied: &[Applied]) -> Result<SchemaStatus> {
    for (version, is_whole, checksum) in applied {
        if !is_whole {
            bail!("its migration {version} was begun and has not come to its end");
        }
        if let Some(migration) = ours.iter().find(|migration| migration.version == *version)
            && *migration.checksum != **checksum
        {
            bail!("its migration {version} is another one than this program's {}", in_words(migration));
        }
    }
    let is_missing = |migration: &&Migration| !applied.iter().any(|(version, ..)| *version == migration.version);
    let missing: Vec<String> = ours.iter().filter(is_missing).map(in_words).collect();
    Ok(if missing.is_empty() { SchemaStatus::UpToDate } else { SchemaStatus::Behind(missing) })
}

/// Refuses a database whose tables this program cannot work with as they are.
pub(super) fn must_be_up_to_date(found: &SchemaStatus) -> Result<()> {
    match found {
        SchemaStatus::UpToDate => Ok(()),
        SchemaStatus::Behind(migrations) => bail!(
            "its tables are older than this program, and lack the migrations {}: start the merchant of this version first",
            migrations.join(", ")
        ),
        SchemaStatus::Absent(_) => bail!("there is no such file"),
    }
}

fn in_words(migration: &Migration) -> String {
    format!("{} ({})", migration.version, migration.description)
}

impl fmt::Display for SchemaStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UpToDate => f.write_str("its tables are up to date"),
            Self::Behind(migrations) => write!(f, "a start would run its migrations {}", migrations.join(", ")),
            Self::Absent(migrations) => {
                write!(
                    f,
                    "there is no such file; a start would make it and run its migrations {}",
                    migrations.join(", ")
                )
            }
        }
    }
}
