//! One way to speak to both databases: the same text, the same values, the same rows.

use jiff::Timestamp;
use sqlx::postgres::{PgArguments, PgPool, PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteArguments, SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Row as _, Transaction};

/// A database.
#[derive(Debug)]
pub(crate) enum Database {
    /// One connection that writes and some that read.
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    /// A pool for everything.
    Postgres(PgPool),
}

/// A transaction that writes.
#[derive(Debug)]
pub(crate) enum Change {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Takes the lock for writing at once: a change never fails half-way for want of it.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// Something that goes into a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
}

/// Something that comes out.
#[derive(Debug)]
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Database {
    pub(crate) async fn begin(&self) -> sqlx::Result<Change> {
        match self {
            Self::Sqlite { writer, .. } => writer.begin_with(BEGIN).await.map(Change::Sqlite),
            Self::Postgres(pool) => pool.begin().await.map(Change::Postgres),
        }
    }

    /// What is there now, without a lock.
    pub(crate) async fn rows(&self, text: &str, values: Vec<Value>) -> sqlx::Result<Vec<Row>> {
        let text = AssertSqlSafe(text);
        match self {
            Self::Sqlite { readers, .. } => {
                let query = sqlx::query_with(text, for_sqlite(values)?);
                let rows = query.fetch_all(readers).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(pool) => {
                let rows = sqlx::query_with(text, for_postgres(values)?).fetch_all(pool).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    pub(crate) async fn row(&self, text: &str, values: Vec<Value>) -> sqlx::Result<Option<Row>> {
        Ok(self.rows(text, values).await?.into_iter().next())
    }
}

impl Change {
    /// How many rows it changed.
    pub(crate) async fn execute(&mut self, text: &str, values: Vec<Value>) -> sqlx::Result<u64> {
        let text = AssertSqlSafe(text);
        match self {
            Self::Sqlite(change) => {
                let query = sqlx::query_with(text, for_sqlite(values)?);
                Ok(query.execute(&mut **change).await?.rows_affected())
            }
            Self::Postgres(change) => {
                let query = sqlx::query_with(text, for_postgres(values)?);
                Ok(query.execute(&mut **change).await?.rows_affected())
            }
        }
    }

    pub(crate) async fn rows(&mut self, text: &str, values: Vec<Value>) -> sqlx::Result<Vec<Row>> {
        let text = AssertSqlSafe(text);
        match self {
            Self::Sqlite(change) => {
                let query = sqlx::query_with(text, for_sqlite(values)?);
                let rows = query.fetch_all(&mut **change).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(change) => {
                let query = sqlx::query_with(text, for_postgres(values)?);
                let rows = query.fetch_all(&mut **change).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    pub(crate) async fn row(
        &mut self,
        text: &str,
        values: Vec<Value>,
    ) -> sqlx::Result<Option<Row>> {
        Ok(self.rows(text, values).await?.into_iter().next())
    }

    /// Several statements without values.
    pub(crate) async fn script(&mut self, text: &'static str) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(change) => sqlx::raw_sql(text).execute(&mut **change).await.map(drop),
            Self::Postgres(change) => sqlx::raw_sql(text).execute(&mut **change).await.map(drop),
        }
    }

    /// A statement that only PostgreSQL needs, because SQLite has one writer: locks.
    pub(crate) async fn lock(&mut self, text: &str, values: Vec<Value>) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(_) => self.rows(text, values).await.map(drop),
        }
    }

    /// What ends a statement that reads rows in order to change them, passing over those that
    /// somebody else is changing.
    pub(crate) fn skip_locked(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "",
            Self::Postgres(_) => " for update skip locked",
        }
    }

    /// What ends a statement that reads rows in order to change them; `of` is a table's name in it.
    pub(crate) fn for_update(&self, of: &str) -> String {
        match self {
            Self::Sqlite(_) => String::new(),
            Self::Postgres(_) => format!(" for update of {of}"),
        }
    }

    pub(crate) async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(change) => change.commit().await,
            Self::Postgres(change) => change.commit().await,
        }
    }
}

fn for_sqlite(values: Vec<Value>) -> sqlx::Result<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        let added = match value {
            Value::Int(number) => sqlx::Arguments::add(&mut arguments, number),
            Value::Text(text) => sqlx::Arguments::add(&mut arguments, text),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

fn for_postgres(values: Vec<Value>) -> sqlx::Result<PgArguments> {
    let mut arguments = PgArguments::default();
    for value in values {
        let added = match value {
            Value::Int(number) => sqlx::Arguments::add(&mut arguments, number),
            Value::Text(text) => sqlx::Arguments::add(&mut arguments, text),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

impl Row {
    pub(crate) fn maybe_int(&self, column: &str) -> sqlx::Result<Option<i64>> {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
    }

    pub(crate) fn int(&self, column: &str) -> sqlx::Result<i64> {
        self.maybe_int(column)?.ok_or_else(|| empty(column))
    }

    pub(crate) fn maybe_text(&self, column: &str) -> sqlx::Result<Option<String>> {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
    }

    pub(crate) fn text(&self, column: &str) -> sqlx::Result<String> {
        self.maybe_text(column)?.ok_or_else(|| empty(column))
    }

    pub(crate) fn maybe_time(&self, column: &str) -> sqlx::Result<Option<Timestamp>> {
        let time = |at: i64| Timestamp::from_millisecond(at).map_err(|_| wrong(column));
        self.maybe_int(column)?.map(time).transpose()
    }

    pub(crate) fn time(&self, column: &str) -> sqlx::Result<Timestamp> {
        self.maybe_time(column)?.ok_or_else(|| empty(column))
    }

    /// A column as what it stands for.
    pub(crate) fn parsed<T>(
        &self,
        column: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> sqlx::Result<T> {
        parse(&self.text(column)?).ok_or_else(|| wrong(column))
    }

    pub(crate) fn json(&self, column: &str) -> sqlx::Result<serde_json::Value> {
        let text = self.maybe_text(column)?;
        let read = text.map(|text| serde_json::from_str(&text)).transpose();
        Ok(read.map_err(|_| wrong(column))?.unwrap_or_default())
    }
}

fn empty(column: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("the column {column} is empty").into())
}

pub(crate) fn wrong(column: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("the column {column} holds something else").into())
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Int(Some(time.as_millisecond()))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(time: Option<Timestamp>) -> Self {
        Self::Int(time.map(Timestamp::as_millisecond))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<&serde_json::Value> for Value {
    fn from(value: &serde_json::Value) -> Self {
        Self::Text((!value.is_null()).then(|| value.to_string()))
    }
}

impl From<crate::RunId> for Value {
    fn from(run: crate::RunId) -> Self {
        Self::Text(Some(run.to_string()))
    }
}

impl From<crate::Fence> for Value {
    fn from(fence: crate::Fence) -> Self {
        Self::Int(Some(fence.0))
    }
}

/// The values of a statement, in the order of their numbers.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$(crate::sql::database::Value::from($value)),*] };
}
pub(crate) use values;
