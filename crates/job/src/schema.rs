//! The JSON schema of job files, for editors and other programs.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::duration::Duration;
use crate::file::JobFile;
use crate::name::{CHANNEL_PATTERN, ChannelName, JobName, PATTERN};
use crate::place::Template;
use crate::policy::Keep;
use crate::profiles::Pattern;
use crate::schedule::Schedule;
use crate::step::CmdletLine;

/// The schema, JSON Schema 2020-12. What it cannot say - whether a zone or a profile exists,
/// whether a schedule ever comes - `exoctl job check` says.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12();
    settings.into_generator().into_root_schema_for::<JobFile>().to_value()
}

macro_rules! text {
    ($type:ty, $name:literal, $description:literal, $pattern:expr, [$($example:literal),+]) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "description": $description,
                    "pattern": $pattern,
                    "examples": [$($example),+],
                })
            }
        }
    };
}

text!(
    JobName,
    "JobName",
    "Small letters, digits and hyphens, at most 63.",
    PATTERN,
    ["audit-monthly"]
);
text!(
    ChannelName,
    "ChannelName",
    "The name of a channel in notify.toml.",
    CHANNEL_PATTERN,
    ["ops-mail"]
);
text!(
    Pattern,
    "ProfilePattern",
    "A profile's name, in which * and ? stand for any signs.",
    Pattern::SYNTAX,
    ["contoso", "*"]
);
text!(
    Duration,
    "Duration",
    "A length of time in weeks, days (24 hours), hours, minutes and seconds.",
    r"^\s*\+?\s*([0-9]+|P)",
    ["90s", "30m", "2h 15m", "30d"]
);
text!(
    Keep,
    "Keep",
    "A length of time, or forever.",
    r"^(forever$|\s*\+?\s*([0-9]+|P))",
    ["400d", "forever"]
);
text!(
    Template,
    "Template",
    "A text in which {run}, {jobs}, {date}, {month}, {last-month}, {job} and {profile} are filled in.",
    "",
    ["{run}/report-{last-month}.html"]
);
text!(
    CmdletLine,
    "CmdletLine",
    "One cmdlet with its parameters, as in PowerShell.",
    "^\\s*[A-Za-z][A-Za-z0-9]*-[A-Za-z][A-Za-z0-9]*(\\s|$)",
    ["Get-Mailbox -ResultSize Unlimited"]
);

impl JsonSchema for Schedule {
    fn schema_name() -> Cow<'static, str> {
        "Schedule".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Calendar words or a cron expression, and a time zone of the IANA database (UTC if there is none).",
            "anyOf": [
                {
                    "type": "string",
                    "pattern": r"^\s*([0-9*@]|(hourly|daily|weekdays|weekly|monthly|quarterly|every|after-month-end)(\s|$))",
                    "examples": [
                        "monthly on day 1 at 06:00 Europe/Berlin",
                        "weekly on monday,thursday at 06:00",
                        "every 15m",
                        "after-month-end 48h",
                        "30 2 * * 1-5 America/New_York",
                    ],
                },
                {
                    "type": "object",
                    "properties": {
                        "cron": { "type": "string" },
                        "time-zone": { "type": "string", "default": "UTC" },
                    },
                    "required": ["cron"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}
