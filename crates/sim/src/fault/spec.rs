//! The text form of a fault rule: `kind:key=value,key=value`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::settings::Settings;
use super::{CallContext, Pattern};
use crate::directory::Lag;
use crate::entra;

/// A rule saying what goes wrong, how often and with which calls.
///
/// ```
/// use exoctl_sim::FaultSpec;
///
/// let spec: FaultSpec = "throttle:rate=0.1,after=5,count=3,match=Get-Mailbox,retry-after=1.5".parse()?;
/// assert!("throttle:often=yes".parse::<FaultSpec>().is_err());
/// # Ok::<(), exoctl_sim::FaultSpecError>(())
/// ```
///
/// Kinds and their own keys:
///
/// | kind | keys | what happens |
/// |---|---|---|
/// | `throttle` | `retry-after` (seconds, absent: no header), `body` (`json`, `text`, `empty`) | 429 |
/// | `bucket` | `rate`, `burst` (calls a second, calls) | 429 with Retry-After while the bucket is empty |
/// | `error` | `status` (500, 502, 503, 504), `when` (`before`, `after`), `retry-after` | 5xx, also after the work was done |
/// | `reset` | `when` | the connection breaks |
/// | `slow` | `delay` (seconds) | the answer is late |
/// | `truncate` | `keep` (share of the body) | the body breaks off |
/// | `nul403` | | 403 with NUL bytes that claim to be gzip |
/// | `expired-token` | | 401 |
/// | `lost-continuation` | | the next link is already invalid |
/// | `replication` | `reads`, `seconds`, `flaps`, `of` (`new`, `all`) | what is new, or Graph has changed or deleted, is not seen for so many reads or seconds, and then gone again so many times |
/// | `skew` | `seconds` | Entra's clock differs |
/// | `refuse` | `code` (the number behind AADSTS) | Entra gives applications no token, and says this |
/// | `wrong-role` | | Exchange sees no role |
/// | `short-page` | `keep` (share of the rows) | a page is short and yet more follow |
/// | `warning` | `text`, `keep` | 200 with a warning and part of the rows |
///
/// Keys of every kind: `rate` (0 to 1, default 1), `after` (calls spared at first), `count` (hits at
/// most), `match` (cmdlet or path, `*` and `|` allowed), `service` (`exchange`, `compliance`,
/// `entra`, `graph`, `activity`; both admin APIs by default), `seed`.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultSpec {
    pub(crate) kind: FaultKind,
    pub(crate) rate: f64,
    pub(crate) after: u64,
    pub(crate) count: Option<u64>,
    pub(crate) pattern: Option<Pattern>,
    pub(crate) service: Option<&'static str>,
    pub(crate) seed: Option<u64>,
    text: String,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FaultKind {
    Throttle { retry_after: Option<f64>, body: ThrottleBody },
    Bucket { rate: f64, burst: f64 },
    Error { status: u16, when: When, retry_after: Option<f64> },
    Reset { when: When },
    Slow { delay: Duration },
    Truncate { keep: f64 },
    Nul403,
    ExpiredToken,
    LostContinuation,
    Replication(Lag),
    Skew { seconds: i64 },
    Refuse { code: u32 },
    WrongRole,
    ShortPage { keep: f64 },
    Warning { text: String, keep: f64 },
}

/// Before or after the work was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Nothing was done.
    Before,
    /// It was done, only the answer is lost.
    After,
}

/// What a 429 says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ThrottleBody {
    /// A JSON error.
    Json,
    /// The plain sentence about concurrent requests.
    Text,
    /// Nothing.
    Empty,
}

impl FaultKind {
    /// Whether the server does it, rather than a service.
    pub(super) const fn is_transport(&self) -> bool {
        self.is_answer()
            || matches!(
                self,
                Self::Reset { .. } | Self::Slow { .. } | Self::Truncate { .. } | Self::ExpiredToken
            )
    }

    /// Whether it is an answer that a member of a batch can have on its own.
    pub(super) const fn is_answer(&self) -> bool {
        matches!(
            self,
            Self::Throttle { .. } | Self::Bucket { .. } | Self::Error { .. } | Self::Nul403
        )
    }
}

impl FaultSpec {
    /// Whether the rule is about this call.
    pub(crate) fn matches(&self, call: &CallContext<'_>) -> bool {
        let service = match self.service {
            Some(name) => call.service.name() == name,
            None => call.service.is_admin_api(),
        };
        let subject = call.cmdlet.unwrap_or(call.path);
        service && self.pattern.as_ref().is_none_or(|pattern| pattern.matches(subject))
    }
}

impl fmt::Display for FaultSpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// A text that is no fault rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultSpecError {
    /// Nobody knows the kind.
    #[error(
        "there is no fault {0:?}; known are throttle, bucket, error, reset, slow, truncate, nul403, expired-token, lost-continuation, replication, skew, refuse, wrong-role, short-page and warning"
    )]
    Kind(String),
    /// Not `key=value`, or a key that the kind does not have.
    #[error("the fault {kind} has no setting {setting:?}")]
    Setting {
        /// The kind.
        kind: String,
        /// What was written.
        setting: String,
    },
    /// A value that cannot be.
    #[error("{value:?} is no value for {key} of the fault {kind}")]
    Value {
        /// The kind.
        kind: String,
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
    },
}

impl FromStr for FaultSpec {
    type Err = FaultSpecError;

    fn from_str(text: &str) -> Result<Self, FaultSpecError> {
        let (kind, settings) = text.split_once(':').unwrap_or((text, ""));
        let mut settings = Settings::read(kind.trim(), settings)?;
        let kind = kind_from(&mut settings)?;
        let is_bucket = matches!(kind, FaultKind::Bucket { .. });
        let spec = Self {
            rate: if is_bucket { 1.0 } else { settings.share("rate", 1.0)? },
            after: settings.number("after")?.unwrap_or(0),
            count: settings.number("count")?,
            pattern: settings.take("match").map(|text| Pattern::new(&text)),
            service: match settings
                .choice("service", &["exchange", "compliance", "entra", "graph", "activity"])?
            {
                None if matches!(kind, FaultKind::Refuse { .. }) => Some("entra"),
                service => service,
            },
            seed: settings.number("seed")?,
            kind,
            text: text.to_owned(),
        };
        settings.finish()?;
        Ok(spec)
    }
}

fn kind_from(settings: &mut Settings) -> Result<FaultKind, FaultSpecError> {
    Ok(match settings.kind.as_str() {
        "throttle" => FaultKind::Throttle {
            retry_after: settings.positive("retry-after")?,
            body: match settings.choice("body", &["json", "text", "empty"])? {
                Some("text") => ThrottleBody::Text,
                Some("empty") => ThrottleBody::Empty,
                _ => ThrottleBody::Json,
            },
        },
        "bucket" => FaultKind::Bucket {
            rate: settings.positive("rate")?.unwrap_or(50.0),
            burst: settings.positive("burst")?.unwrap_or(100.0),
        },
        "error" => FaultKind::Error {
            status: match settings.choice("status", &["500", "502", "503", "504"])? {
                Some("500") => 500,
                Some("502") => 502,
                Some("504") => 504,
                _ => 503,
            },
            when: settings.when()?,
            retry_after: settings.positive("retry-after")?,
        },
        "reset" => FaultKind::Reset { when: settings.when()? },
        "slow" => FaultKind::Slow {
            delay: Duration::from_secs_f64(settings.positive("delay")?.unwrap_or(1.0)),
        },
        "truncate" => FaultKind::Truncate { keep: settings.share("keep", 0.5)? },
        "nul403" => FaultKind::Nul403,
        "expired-token" => FaultKind::ExpiredToken,
        "lost-continuation" => FaultKind::LostContinuation,
        "replication" => FaultKind::Replication(replication_from(settings)?),
        "skew" => FaultKind::Skew { seconds: settings.number("seconds")?.unwrap_or(3600) },
        "refuse" => FaultKind::Refuse { code: code_from(settings)? },
        "wrong-role" => FaultKind::WrongRole,
        "short-page" => FaultKind::ShortPage { keep: settings.share("keep", 0.5)? },
        "warning" => FaultKind::Warning {
            text: settings.take("text").unwrap_or_else(|| {
                "There was an error while processing the request; the result may be incomplete."
                    .into()
            }),
            keep: settings.share("keep", 1.0)?,
        },
        other => return Err(FaultSpecError::Kind(other.to_owned())),
    })
}

/// A code that there are words for.
fn code_from(settings: &mut Settings) -> Result<u32, FaultSpecError> {
    let code = settings.number("code")?.unwrap_or(0);
    if entra::has_words_for(code) { Ok(code) } else { Err(settings.bad("code", &code.to_string())) }
}

fn replication_from(settings: &mut Settings) -> Result<Lag, FaultSpecError> {
    let seconds = settings.positive("seconds")?.map(|seconds| seconds.ceil() as i64);
    let reads = settings.number("reads")?.unwrap_or(if seconds.is_some() { 0 } else { 3 });
    let flaps = settings.number("flaps")?.unwrap_or(0);
    let changes = settings.choice("of", &["new", "all"])? == Some("all");
    Ok(Lag { reads, seconds: seconds.unwrap_or(0), flaps, changes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_forms_are_read() {
        let spec: FaultSpec =
            "throttle:rate=0.1,after=5,count=3,match=Get-Mailbox,retry-after=1.5,seed=7"
                .parse()
                .unwrap();
        let kind = FaultKind::Throttle { retry_after: Some(1.5), body: ThrottleBody::Json };
        assert_eq!(spec.kind, kind);
        assert_eq!((spec.after, spec.count, spec.seed), (5, Some(3), Some(7)));
        let bucket: FaultSpec = "bucket:rate=50,burst=100".parse().unwrap();
        assert_eq!(bucket.kind, FaultKind::Bucket { rate: 50.0, burst: 100.0 });
        let after: FaultSpec = "error:status=504,when=after".parse().unwrap();
        assert_eq!(
            after.kind,
            FaultKind::Error { status: 504, when: When::After, retry_after: None }
        );
        assert_eq!(after.to_string(), "error:status=504,when=after");
    }

    #[test]
    fn nonsense_is_refused_with_its_place() {
        for (text, message) in [
            ("storm", "there is no fault \"storm\""),
            ("reset:often", "the fault reset has no setting \"often\""),
            ("nul403:keep=1", "the fault nul403 has no setting \"keep=1\""),
            ("throttle:rate=2", "\"2\" is no value for rate of the fault throttle"),
            ("error:status=418", "\"418\" is no value for status of the fault error"),
            ("slow:delay=-1", "\"-1\" is no value for delay of the fault slow"),
            ("refuse:code=1", "\"1\" is no value for code of the fault refuse"),
        ] {
            let error = text.parse::<FaultSpec>().unwrap_err().to_string();
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }
}
