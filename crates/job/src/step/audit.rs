//! The audit log exported, and reported on.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::place::{RunPlace, Template};

/// The audit log of a period, as `exoctl audit export` writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct AuditExport {
    /// Which time it is of, counted from the occurrence: a run that was caught up later exports
    /// the same.
    pub period: Period,
    /// Where it is written to: a directory, or what else `audit export --to` takes.
    pub to: Template,
    /// What is written: `cmdlet-csv`, `portal-csv`, `reviewer-csv`, `jsonl` and what else `--sink` takes.
    pub sinks: Vec<String>,
    /// How it is compressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compress: Option<String>,
    /// Only records of these types.
    pub record_types: Vec<String>,
    /// Only these operations.
    pub operations: Vec<String>,
    /// Only records of these users.
    pub user_ids: Vec<String>,
    /// How many searches run at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 8))]
    pub sessions: Option<u8>,
}

/// A period that is over, counted back from an instant; in UTC, as the audit log itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Period {
    /// The whole calendar month before this one.
    #[default]
    LastMonth,
    /// The seven days before the last midnight from Sunday to Monday.
    LastWeek,
    /// The day before this one.
    Yesterday,
}

impl Period {
    /// The period that is meant at an instant: from, and until before.
    pub fn at(self, now: Timestamp) -> (Timestamp, Timestamp) {
        let today = now.to_zoned(TimeZone::UTC).date();
        let (from, to) = match self {
            Self::LastMonth => {
                let this = today.first_of_month();
                (this.saturating_sub(1.month()), this)
            }
            Self::LastWeek => {
                let since_monday = i64::from(today.weekday().to_monday_zero_offset());
                let monday = today.saturating_sub(since_monday.days());
                (monday.saturating_sub(7.days()), monday)
            }
            Self::Yesterday => (today.saturating_sub(1.day()), today),
        };
        let midnight = |day: jiff::civil::Date| {
            TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).expect("a day of our time is a time")
        };
        (midnight(from), midnight(to))
    }
}

impl Default for AuditExport {
    fn default() -> Self {
        Self {
            period: Period::default(),
            to: Template::lenient("{run}/audit"),
            sinks: Vec::new(),
            compress: None,
            record_types: Vec::new(),
            operations: Vec::new(),
            user_ids: Vec::new(),
            sessions: None,
        }
    }
}

impl AuditExport {
    pub(super) fn arguments(&self, place: &RunPlace<'_>, line: &mut Vec<String>) {
        let (from, to) = self.period.at(place.scheduled);
        line.extend(["audit", "export"].map(str::to_owned));
        let mut option = |name: &str, value: String| line.push(format!("--{name}={value}"));
        option("from", from.to_string());
        option("to-date", to.to_string());
        option("to", self.to.fill(place));
        for sink in &self.sinks {
            option("sink", sink.clone());
        }
        if let Some(method) = &self.compress {
            option("compress", method.clone());
        }
        for kind in &self.record_types {
            option("record-type", kind.clone());
        }
        for operation in &self.operations {
            option("operations", operation.clone());
        }
        for user in &self.user_ids {
            option("user-ids", user.clone());
        }
        if let Some(sessions) = self.sessions {
            option("sessions", sessions.to_string());
        }
    }
}

/// A report of an export, as `exoctl audit report` makes it: a page, a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct AuditReport {
    /// The directory of the export.
    pub of: Template,
    /// The file that the report is written to as one HTML page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<Template>,
    /// The file that the report is written to as plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Template>,
    /// The addresses that the report is mailed to.
    pub mail_to: Vec<String>,
    /// In the name of this address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_from: Option<String>,
    /// Mail through Microsoft Graph, as the application.
    pub mail_graph: bool,
    /// Mail through this server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp: Option<String>,
    /// When TLS begins: `starttls` or `implicit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_tls: Option<String>,
    /// Trust a server's certificate that was issued by this one too (PEM).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_ca: Option<Template>,
    /// Sign in to the server as this account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_user: Option<String>,
    /// Where the account's password is: `file:PATH` or `env:NAME`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_password: Option<String>,
    /// Where an access token for XOAUTH2 is: `file:PATH` or `env:NAME`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp_token: Option<String>,
}

impl Default for AuditReport {
    fn default() -> Self {
        Self {
            of: Template::lenient("{run}/audit"),
            html: None,
            text: None,
            mail_to: Vec::new(),
            mail_from: None,
            mail_graph: false,
            smtp: None,
            smtp_tls: None,
            smtp_ca: None,
            smtp_user: None,
            smtp_password: None,
            smtp_token: None,
        }
    }
}

impl AuditReport {
    /// Whether it is mailed to anybody.
    pub fn is_mailed(&self) -> bool {
        !self.mail_to.is_empty()
    }

    /// What does not fit together.
    pub(super) fn fault(&self) -> Option<String> {
        let mailed = self.mail_from.is_some() || self.mail_graph || self.smtp.is_some();
        for source in [&self.smtp_password, &self.smtp_token].into_iter().flatten() {
            if !source.starts_with("file:") && !source.starts_with("env:") {
                return Some(
                    "a secret is not written into a job file: say where it is, as file:PATH or env:NAME"
                        .to_owned(),
                );
            }
        }
        match self.is_mailed() {
            false if mailed => Some("`mail-to` is missing: nobody gets the mail".to_owned()),
            true if self.mail_from.is_none() => Some("`mail-from` is missing".to_owned()),
            true if self.mail_graph == self.smtp.is_some() => {
                Some("a mail goes either through `smtp` or with `mail-graph = true`".to_owned())
            }
            false if self.html.is_none() && self.text.is_none() => {
                Some("a report goes somewhere: `html`, `text` or `mail-to`".to_owned())
            }
            _ => None,
        }
    }

    pub(super) fn arguments(&self, place: &RunPlace<'_>, line: &mut Vec<String>) {
        line.extend(["audit", "report"].map(str::to_owned));
        let fill = |template: &Option<Template>| template.as_ref().map(|one| one.fill(place));
        let options = [
            ("html", fill(&self.html)),
            ("text", fill(&self.text)),
            ("mail-from", self.mail_from.clone()),
            ("smtp", self.smtp.clone()),
            ("smtp-tls", self.smtp_tls.clone()),
            ("smtp-ca", fill(&self.smtp_ca)),
            ("smtp-user", self.smtp_user.clone()),
            ("smtp-password", self.smtp_password.clone()),
            ("smtp-token", self.smtp_token.clone()),
        ];
        line.extend(self.mail_to.iter().map(|address| format!("--mail-to={address}")));
        let said = options.into_iter().filter_map(|(name, value)| Some((name, value?)));
        line.extend(said.map(|(name, value)| format!("--{name}={value}")));
        line.extend(self.mail_graph.then(|| "--mail-graph".to_owned()));
        line.extend(["--".to_owned(), self.of.fill(place)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_over_and_in_utc() {
        let at = |period: Period, now: &str| {
            let (from, to) = period.at(now.parse().unwrap());
            format!("{from} {to}")
        };
        let october = "2026-10-01T00:00:00Z 2026-11-01T00:00:00Z";
        assert_eq!(at(Period::LastMonth, "2026-11-01T05:00:00Z"), october);
        assert_eq!(at(Period::LastMonth, "2026-11-30T23:59:59Z"), october);
        assert_eq!(
            at(Period::Yesterday, "2026-03-01T00:00:00Z"),
            "2026-02-28T00:00:00Z 2026-03-01T00:00:00Z"
        );
        // The first of November 2026 is a Sunday, the second a Monday.
        let week = |from: &str, to: &str| format!("2026-{from}T00:00:00Z 2026-{to}T00:00:00Z");
        assert_eq!(at(Period::LastWeek, "2026-11-01T12:00:00Z"), week("10-19", "10-26"));
        assert_eq!(at(Period::LastWeek, "2026-11-02T00:00:00Z"), week("10-26", "11-02"));
    }
}
