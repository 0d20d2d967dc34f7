//! The rows of a ledger as they are read.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::period::Period;
use crate::plan::SplitBy;
use crate::query::Window;
use crate::source::Anomaly;
use crate::stage::Counts;
use crate::verdict::Verdict;

/// How far an export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Windows are read, or sinks written.
    Open,
    /// The files have their names and the manifest is there.
    Published,
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Published => "published",
        }
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        [Self::Open, Self::Published].into_iter().find(|state| state.name() == text)
    }
}

/// A stretch of the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StretchRow {
    pub(crate) number: i64,
    pub(crate) period: Period,
    /// How many records the sinks were given up to its end, if they were.
    pub(crate) fed: Option<u64>,
}

impl StretchRow {
    pub(super) fn read(row: &SqliteRow) -> Option<Self> {
        let fed: Option<i64> = row.get("fed");
        Some(Self {
            number: row.get("number"),
            period: Period::of_seconds(row.get("starts"), row.get("ends"))?,
            fed: fed.map(|records| records as u64),
        })
    }
}

/// A window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WindowRow {
    pub(crate) id: i64,
    pub(crate) stretch: i64,
    pub(crate) parent: Option<i64>,
    pub(crate) window: Window,
    /// By what it was split, if it was.
    pub(crate) split_by: Option<SplitBy>,
    /// How it ended, if it did.
    pub(crate) verdict: Option<Verdict>,
    pub(crate) reason: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) anomalies: Vec<Anomaly>,
    pub(crate) calls: u64,
    pub(crate) request_ids: Vec<String>,
    /// How many rows the service says that it has.
    pub(crate) told: Option<u64>,
    /// The service knows no such record type.
    pub(crate) refused: bool,
    pub(crate) counts: Counts,
    /// Size and SHA-256 of its segment, if it has one.
    pub(crate) segment: Option<(u64, [u8; 32])>,
    pub(crate) ended: Option<String>,
}

impl WindowRow {
    /// Whether it was split by values: then it is told of together with its parts.
    pub(crate) fn is_whole(&self) -> bool {
        self.split_by.is_some_and(SplitBy::is_by_value)
    }

    /// Whether a manifest tells of it: windows that were split by time are no more than their parts.
    pub(crate) fn is_told(&self) -> bool {
        self.split_by.is_none() || self.is_whole()
    }

    pub(super) fn read(row: &SqliteRow) -> Result<Self, String> {
        let id: i64 = row.get("id");
        let wrong = |what: &str| format!("window {id} has no readable {what}");
        let json = |column: &str| row.get::<Option<String>, _>(column).unwrap_or_default();
        let period = Period::of_seconds(row.get("starts"), row.get("ends"));
        let filter = serde_json::from_str(&json("filter")).map_err(|_| wrong("filter"))?;
        let verdict: Option<String> = row.get("verdict");
        let counts = match json("counts").as_str() {
            "" => Counts::default(),
            text => serde_json::from_str(text).map_err(|_| wrong("counts"))?,
        };
        let split_by: Option<String> = row.get("split_by");
        let bytes: Option<i64> = row.get("segment_bytes");
        let sha256: Option<Vec<u8>> = row.get("segment_sha256");
        let sha256 = sha256.and_then(|hash| hash.try_into().ok());
        Ok(Self {
            id,
            stretch: row.get("stretch"),
            parent: row.get("parent"),
            window: Window { period: period.ok_or_else(|| wrong("period"))?, filter },
            split_by: split_by
                .map(|by| SplitBy::of_name(&by).ok_or_else(|| wrong("parts")))
                .transpose()?,
            verdict: verdict.map(|v| v.parse()).transpose().map_err(|_| wrong("verdict"))?,
            reason: row.get("reason"),
            attempts: row.get::<i64, _>("attempts") as u32,
            anomalies: serde_json::from_str(&json("anomalies")).map_err(|_| wrong("anomalies"))?,
            calls: row.get::<i64, _>("calls") as u64,
            request_ids: serde_json::from_str(&json("request_ids")).map_err(|_| wrong("ids"))?,
            told: row.get::<Option<i64>, _>("told").map(|rows| rows as u64),
            refused: row.get("refused"),
            counts,
            segment: bytes.map(|bytes| bytes as u64).zip(sha256),
            ended: row.get("ended"),
        })
    }
}
