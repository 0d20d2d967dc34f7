//! What a reviewer wants to see of a record.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::record::{Record, instant_of};

/// The most characters of a summary.
const SUMMARY: usize = 1000;

/// One line of a review.
pub(super) struct Columns<'a> {
    time: String,
    record_type: &'a str,
    operation: &'a str,
    user: &'a str,
    id: &'a str,
    told: Map<String, Value>,
    summary: String,
}

impl<'a> Columns<'a> {
    /// Takes what the record has; what it has not stays empty, and nothing is an error.
    pub(super) fn of(record: &'a Record<'a>) -> Self {
        let row = &record.row;
        let told: Map<String, Value> =
            serde_json::from_str(record.audit_data()).unwrap_or_default();
        let time = jiff::Timestamp::from_second(record.key.second).ok();
        let time = time.or_else(|| instant_of(&row.creation_date));
        Self {
            time: time.map(|t| t.strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default(),
            record_type: &row.record_type,
            operation: &row.operations,
            user: &row.user_ids,
            id: &row.identity,
            summary: summary(&told),
            told,
        }
    }

    /// The cells in the order of the head.
    pub(super) fn texts(&self) -> [&str; 11] {
        let text = |member: &str| match self.told.get(member) {
            Some(Value::String(text)) => text.as_str(),
            _ => "",
        };
        [
            &self.time,
            text("Workload"),
            self.record_type,
            self.operation,
            self.user,
            self.user_type(),
            text("ClientIP"),
            text("ObjectId"),
            text("ResultStatus"),
            &self.summary,
            self.id,
        ]
    }

    fn user_type(&self) -> &str {
        let number = match self.told.get("UserType") {
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => match text.parse() {
                Ok(number) => Some(number),
                Err(_) => return text,
            },
            _ => None,
        };
        number.and_then(|number| USER_TYPES.get(number as usize).copied()).unwrap_or_default()
    }
}

/// `UserType` by number, as the schema page has them.
const USER_TYPES: [&str; 11] = [
    "Regular",
    "Reserved",
    "Admin",
    "DcAdmin",
    "System",
    "Application",
    "ServicePrincipal",
    "CustomPolicy",
    "SystemPolicy",
    "PartnerTechnician",
    "Guest",
];

/// What was done, in one line: parameters of a cmdlet, properties that changed, a file.
fn summary(told: &Map<String, Value>) -> String {
    let mut summary = String::new();
    for member in ["Parameters", "ModifiedProperties", "ExtendedProperties"] {
        // Some services give a list, and some the text of one.
        let list = match told.get(member) {
            Some(Value::Array(list)) => Cow::Borrowed(list),
            Some(Value::String(text)) => {
                if let Ok(list) = serde_json::from_str(text) {
                    Cow::Owned(list)
                } else {
                    push(&mut summary, text);
                    continue;
                }
            }
            _ => continue,
        };
        for entry in list.iter() {
            push(&mut summary, &one(entry));
        }
        if !summary.is_empty() {
            break;
        }
    }
    for member in ["SourceFileName", "Subject", "TargetUserOrGroupName"] {
        if let Some(Value::String(text)) = told.get(member) {
            push(&mut summary, text);
        }
    }
    if summary.chars().count() > SUMMARY {
        summary = summary.chars().take(SUMMARY).chain(['…']).collect();
    }
    summary
}

fn one(entry: &Value) -> String {
    let text = |member: &str| match &entry[member] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut line = text("Name");
    if !entry["OldValue"].is_null() {
        let _ = write!(line, ": {} → {}", text("OldValue"), text("NewValue"));
    } else if !entry["NewValue"].is_null() {
        let _ = write!(line, ": {}", text("NewValue"));
    } else if !entry["Value"].is_null() {
        let _ = write!(line, "={}", text("Value"));
    }
    line
}

fn push(summary: &mut String, text: &str) {
    if !text.is_empty() && summary.len() <= SUMMARY * 4 {
        if !summary.is_empty() {
            summary.push_str("; ");
        }
        summary.push_str(text);
    }
}
