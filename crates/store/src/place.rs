//! Where a ledger is: a file, or a database server whose address is a secret.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::postgres::PgConnectOptions;

/// Where a ledger is.
#[derive(Clone)]
pub enum LedgerPlace {
    /// An SQLite database.
    File(PathBuf),
    /// A PostgreSQL database, by its URL, which may hold a password.
    Postgres(SecretString),
}

/// Why a text is no place of a ledger. The text is not repeated: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPlace {
    /// Nothing at all.
    #[error("the place of the ledger is empty")]
    Empty,
    /// It begins like the URL of a PostgreSQL database, and is none.
    #[error("the place of the ledger begins with postgres:// and is not the URL of a database")]
    Url,
    /// A URL of something else.
    #[error("the place of the ledger is neither a path nor a postgres:// URL")]
    Scheme,
}

impl LedgerPlace {
    /// Whether several machines can work on it.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

impl FromStr for LedgerPlace {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidPlace::Empty);
        }
        match text.split_once("://") {
            None => Ok(Self::File(PathBuf::from(text))),
            Some(("postgres" | "postgresql", _)) => {
                let _: PgConnectOptions = text.parse().map_err(|_| InvalidPlace::Url)?;
                Ok(Self::Postgres(SecretString::from(text)))
            }
            Some(_) => Err(InvalidPlace::Scheme),
        }
    }
}

impl fmt::Debug for LedgerPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

/// The path, or the server and database without user and password.
impl fmt::Display for LedgerPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => match url.expose_secret().parse::<PgConnectOptions>() {
                Ok(options) => {
                    let database = options.get_database().unwrap_or_default();
                    write!(f, "postgres://{}/{database}", options.get_host())
                }
                Err(_) => f.write_str("postgres://…"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let url = "postgres://exoctl:hunter2@db.contoso.com:5433/runs?sslmode=require";
        let place: LedgerPlace = url.parse().unwrap();
        assert_eq!(place.to_string(), "postgres://db.contoso.com/runs");
        assert_eq!(format!("{place:?}"), "Postgres(…)");
        let error = "postgres://exoctl:hunter2@[bad/runs".parse::<LedgerPlace>().unwrap_err();
        assert_eq!(error, InvalidPlace::Url);
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }

    #[test]
    fn places_are_paths_or_urls_of_postgresql() {
        let file: LedgerPlace = "/var/lib/exoctl/ledger.db".parse().unwrap();
        assert!(matches!(&file, LedgerPlace::File(_)) && !file.is_shared());
        assert_eq!("mysql://host/db".parse::<LedgerPlace>().unwrap_err(), InvalidPlace::Scheme);
        assert_eq!(" ".parse::<LedgerPlace>().unwrap_err(), InvalidPlace::Empty);
    }
}
