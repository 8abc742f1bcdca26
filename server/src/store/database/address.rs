//! Where the database is.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::store::error::StoreError;

/// A SQLite file or a PostgreSQL database.
#[derive(Clone, Debug)]
pub enum Address {
    /// A SQLite database in this file.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres(Box<PgConnectOptions>),
}

impl FromStr for Address {
    type Err = StoreError;

    /// Reads `sqlite:PATH`, a plain path, or `postgres://user@host/database`.
    fn from_str(text: &str) -> Result<Self, StoreError> {
        let refused = |problem: &str| StoreError::Address {
            address: without_secret(text),
            problem: problem.to_owned(),
        };
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            let options = PgConnectOptions::from_str(text);
            let options = options.map_err(|error| refused(&error.to_string()))?;
            return Ok(Self::Postgres(Box::new(options)));
        }
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() {
            return Err(refused("没有写文件路径"));
        }
        if path.contains("://") || path.starts_with(":memory:") {
            return Err(refused("只支持 SQLite 文件和 PostgreSQL"));
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

impl fmt::Display for Address {
    /// Without user and password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(formatter, "sqlite:{}", path.display()),
            Self::Postgres(options) => {
                let (host, port) = (options.get_host(), options.get_port());
                let database = options.get_database().unwrap_or("");
                write!(formatter, "postgres://{host}:{port}/{database}")
            }
        }
    }
}

/// The address as written, except for what stands before `@` and what follows `?`.
fn without_secret(address: &str) -> String {
    let address = address.split_once('?').map_or(address, |(start, _)| start);
    match (address.split_once("://"), address.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://…@{place}"),
        (None, Some((_, place))) => format!("…@{place}"),
        (Some(_) | None, None) => address.to_owned(),
    }
}
