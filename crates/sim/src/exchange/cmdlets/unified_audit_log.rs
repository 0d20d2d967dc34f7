//! `Search-UnifiedAuditLog`: the parameters of [`crate::audit::search`], and its rows.

use std::sync::Arc;

use jiff::Timestamp;

use crate::audit::record_type::{RECORD_TYPES, record_type_number};
use crate::audit::search::{AuditSearch, PageRow, SearchPage, SearchRequest, SessionCommand};
use crate::exchange::call::Call;
use crate::exchange::cmdlet::Cmdlet;
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{Enumeration, Parameter, Type};
use crate::exchange::row::{Output, Record, Row, RowWriter};
use crate::exchange::value::Value;
use crate::exchange::world::World;

const SESSION_COMMAND: Enumeration = Enumeration {
    name: "Microsoft.Office.Compliance.Audit.UnifiedAuditSessionCommand",
    members: &["Initialize", "ReturnLargeSet", "ReturnNextPreviewPage"],
};

pub(super) const CMDLETS: &[Cmdlet] = &[Cmdlet::read(
    "Search-UnifiedAuditLog",
    &["View-Only Audit Logs", "Audit Logs"],
    &[
        Parameter::new("StartDate", Type::DateTime).mandatory(),
        Parameter::new("EndDate", Type::DateTime).mandatory(),
        Parameter::new("Formatted", Type::Switch),
        Parameter::new("FreeText", Type::String),
        Parameter::new("HighCompleteness", Type::Switch),
        Parameter::new("IPAddresses", Type::Strings),
        Parameter::new("LegacyFlow", Type::Switch),
        Parameter::new("LongerRetentionEnabled", Type::String),
        Parameter::new("ObjectIds", Type::Strings),
        Parameter::new("Operations", Type::Strings),
        Parameter::new("RecordType", Type::String),
        Parameter::new("ResultSize", Type::Int),
        Parameter::new("SessionCommand", Type::Enum(&SESSION_COMMAND)),
        Parameter::new("SessionId", Type::String),
        Parameter::new("SiteIds", Type::Strings),
        Parameter::new("UserIds", Type::Strings),
    ],
    search,
)];

/// One call of the cmdlet is fetched in several responses: the first asks the log, the others get
/// more rows of the same answer.
fn search<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let audit = &world.administration.audit;
    let request = request(call)?;
    audit
        .check(call.now, &request)
        .map_err(|error| CmdletError::failed("System.ArgumentException", error.to_string()))?;
    let caller = call.caller.app_id.to_string();
    Ok(Output::seek(move |from| {
        let answer = audit.answer(&caller, call.now, &request, from == 0);
        let page = answer.ok().flatten().unwrap_or_default();
        for warning in &page.warnings {
            call.warn(warning.clone());
        }
        (from..page.rows.len() as u64).map(move |nth| {
            let row = page.rows[nth as usize];
            (nth + 1, AuditRow { audit, page: Arc::clone(&page), row })
        })
    }))
}

fn request(call: &Call) -> Result<SearchRequest, CmdletError> {
    let time = |name| call.time(name).unwrap_or(Timestamp::UNIX_EPOCH);
    let list = |name| call.strings(name).to_vec();
    Ok(SearchRequest {
        result_size: call.number("ResultSize").map(|size| usize::try_from(size).unwrap_or(0)),
        session_id: call.string("SessionId").map(str::to_owned),
        session_command: match call.string("SessionCommand") {
            Some("ReturnLargeSet") => Some(SessionCommand::ReturnLargeSet),
            Some("ReturnNextPreviewPage") => Some(SessionCommand::ReturnNextPreviewPage),
            _ => None,
        },
        record_type: call.string("RecordType").map(record_type).transpose()?,
        operations: list("Operations"),
        user_ids: list("UserIds"),
        ip_addresses: list("IPAddresses"),
        object_ids: list("ObjectIds"),
        free_text: call.string("FreeText").map(str::to_owned),
        formatted: call.switch("Formatted"),
        ..SearchRequest::new(time("StartDate"), time("EndDate"))
    })
}

/// One record type, by name or number.
fn record_type(text: &str) -> Result<u16, CmdletError> {
    record_type_number(text).ok_or_else(|| {
        let known: Vec<&str> = RECORD_TYPES.iter().map(|(_, name)| *name).collect();
        CmdletError::failed(
            "Microsoft.Exchange.AdminApi.CommandInvocation.ParameterTransformationException",
            format!(
                "Cannot process argument transformation on parameter 'RecordType'. Cannot convert \
                 value \"{text}\" to type \"Microsoft.Exchange.Data.ApplicationLogic.UnifiedAuditLog.AuditRecordType\". \
                 Error: \"Unable to match the identifier name {text} to a valid enumerator name. \
                 Specify one of the following enumerator names and try again: {}\"",
                known.join(", ")
            ),
        )
    })
}

/// A row whose record is written out only when the row is.
struct AuditRow<'a> {
    audit: &'a AuditSearch,
    page: Arc<SearchPage>,
    row: PageRow,
}

impl AuditRow<'_> {
    fn record(&self) -> Record<'static> {
        let row = self.audit.row(&self.page, &self.row);
        let record = Record::new()
            .with("RecordType", row.record_type)
            .with("CreationDate", Value::Utc(row.creation_date))
            .with("UserIds", row.user_ids)
            .with("Operations", row.operations)
            .with("AuditData", row.audit_data)
            .with("ResultIndex", row.result_index as i32)
            .with("ResultCount", row.result_count as i32)
            .with("Identity", row.identity.to_string())
            .with("IsValid", true)
            .with("ObjectState", "Unchanged");
        match row.more_records_available {
            Some(more) => record.with(
                "AuditSearchRequestMetadata",
                serde_json::json!({ "moreRecordsAvailable": more }),
            ),
            None => record,
        }
    }
}

impl Row for AuditRow<'_> {
    fn write(&self, to: &mut RowWriter<'_>) {
        self.record().write(to);
    }

    fn get(&self, property: &str) -> Option<Value<'_>> {
        let record = self.record();
        let text = record.get(property)?.text().into_owned();
        Some(Value::from(text))
    }
}
