//! Where and when a run takes place, and the placeholders that are filled in with it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::name::JobName;

/// What the command lines of a run are made with.
#[derive(Clone, Debug)]
pub struct RunPlace<'a> {
    /// The job.
    pub job: &'a JobName,
    /// The profile that the run is for.
    pub profile: &'a str,
    /// The instant of the occurrence; of a run by hand, when it was wished for.
    pub scheduled: Timestamp,
    /// The zone of the schedule, in which dates are meant.
    pub zone: TimeZone,
    /// The run's own directory, in which its steps are started.
    pub directory: &'a Path,
    /// The directory of the job files.
    pub jobs: &'a Path,
}

impl RunPlace<'_> {
    /// The value of a placeholder by its name, without the braces.
    fn value(&self, name: &str) -> Option<String> {
        let day = || self.scheduled.to_zoned(self.zone.clone()).date();
        let month = |date: jiff::civil::Date| date.strftime("%Y-%m").to_string();
        Some(match name {
            "run" => self.directory.display().to_string(),
            "jobs" => self.jobs.display().to_string(),
            "date" => day().to_string(),
            "month" => month(day()),
            "last-month" => month(day().first_of_month().saturating_sub(1.month())),
            "job" => self.job.to_string(),
            "profile" => self.profile.to_owned(),
            _ => return None,
        })
    }
}

/// The placeholders with what they stand for, as the reference lists them.
pub(crate) const PLACEHOLDERS: [(&str, &str); 7] = [
    ("run", "the run's own directory"),
    ("jobs", "the directory of the job files"),
    ("date", "the day of the occurrence in the schedule's zone, as 2026-11-01"),
    ("month", "the month of that day, as 2026-11"),
    ("last-month", "the month before it, as 2026-10"),
    ("job", "the job's name"),
    ("profile", "the profile that the run is for"),
];

/// A text with placeholders such as `{run}` or `{date}`. Other braces stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template(String);

/// A text with a word in braces that looks like a placeholder and is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{{{word}}} is no placeholder; there are {}", known(), word = .0)]
pub struct InvalidTemplate(pub String);

fn known() -> String {
    PLACEHOLDERS.map(|(name, _)| format!("{{{name}}}")).join(", ")
}

impl Template {
    /// A text that is taken as it is but for the placeholders that there are. In scripts and
    /// filters, other words in braces are no mistakes.
    pub(crate) fn lenient(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text with the values of a run. They are not looked at again: a value that has braces
    /// in it stays as it is.
    pub fn fill(&self, place: &RunPlace<'_>) -> String {
        let mut filled = String::with_capacity(self.0.len());
        let mut rest = self.0.as_str();
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at(at);
            filled.push_str(before);
            let value = from.find('}').and_then(|end| Some((place.value(&from[1..end])?, end)));
            if let Some((value, end)) = value {
                filled.push_str(&value);
                rest = &from[end + 1..];
            } else {
                filled.push('{');
                rest = &from[1..];
            }
        }
        filled + rest
    }
}

impl FromStr for Template {
    type Err = InvalidTemplate;

    fn from_str(text: &str) -> Result<Self, InvalidTemplate> {
        for piece in text.split('{').skip(1) {
            let Some((word, _)) = piece.split_once('}') else { continue };
            let looks =
                !word.is_empty() && word.chars().all(|c| c.is_ascii_alphabetic() || c == '-');
            if looks && !PLACEHOLDERS.iter().any(|(name, _)| *name == word) {
                return Err(InvalidTemplate(word.to_owned()));
            }
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Template {
    type Error = InvalidTemplate;

    fn try_from(text: String) -> Result<Self, InvalidTemplate> {
        text.parse()
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.0
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The name by which an occurrence is known everywhere: in the ledger, to a delivery engine and to
/// who gets a mail. There is one run for a key, whoever makes it and however often.
pub fn occurrence_key(job: &JobName, scheduled: Timestamp, tenant: &str) -> String {
    format!("{job}/{scheduled}/{tenant}")
}

/// The directory of a run, below the one of all runs: `job/tenant/2026-11-01T050000Z-run`.
pub fn run_directory(job: &JobName, tenant: &str, scheduled: Timestamp, run: &str) -> PathBuf {
    let time = scheduled.strftime("%Y-%m-%dT%H%M%SZ");
    PathBuf::from(job.as_str()).join(tenant).join(format!("{time}-{run}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &str) -> String {
        let place = RunPlace {
            job: &"audit".parse().unwrap(),
            profile: "contoso",
            scheduled: "2026-10-31T23:30:00Z".parse().unwrap(),
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            directory: Path::new("/runs/{date}"),
            jobs: Path::new("/jobs"),
        };
        text.parse::<Template>().unwrap().fill(&place)
    }

    #[test]
    fn placeholders_are_filled_in_once_and_dates_are_of_the_schedules_zone() {
        assert_eq!(fill("{run}/{job}-{profile}.csv"), "/runs/{date}/audit-contoso.csv");
        assert_eq!(fill("{date} {month} {last-month}"), "2026-11-01 2026-11 2026-10");
        assert_eq!(fill("{}{ {run {jobs} @{a=1} {1}"), "{}{ {run /jobs @{a=1} {1}");
    }

    #[test]
    fn a_misspelt_placeholder_is_refused() {
        assert_eq!("{dat}".parse::<Template>().unwrap_err().0, "dat");
        assert_eq!("a{run}{Month}".parse::<Template>().unwrap_err().0, "Month");
    }

    #[test]
    fn occurrences_and_their_directories_have_names() {
        let job: JobName = "audit-monthly".parse().unwrap();
        let time: Timestamp = "2026-11-01T05:00:00Z".parse().unwrap();
        assert_eq!(
            occurrence_key(&job, time, "contoso"),
            "audit-monthly/2026-11-01T05:00:00Z/contoso"
        );
        let directory = run_directory(&job, "contoso", time, "4f2a");
        assert_eq!(directory, Path::new("audit-monthly/contoso/2026-11-01T050000Z-4f2a"));
    }
}
