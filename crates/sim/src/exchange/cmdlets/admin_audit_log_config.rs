//! `AdminAuditLogConfig`: whether audit records are kept at all.

use super::configuration::set;
use crate::exchange::administration::object::{
    Kind,
    Preset::{Bool, Days, Int, Text},
};
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact, Offered};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{Parameter, Type};
use crate::exchange::row::{Output, Record};
use crate::exchange::value::Value;
use crate::exchange::world::World;

pub(super) static KIND: Kind = Kind {
    noun: "AdminAuditLogConfig",
    template: &[
        ("AdminAuditLogEnabled", Bool(true)),
        ("LogLevel", Text("None")),
        ("TestCmdletLoggingEnabled", Bool(false)),
        ("AdminAuditLogAgeLimit", Days(90)),
        ("LoadBalancerCount", Int(3)),
        ("UnifiedAuditLogIngestionEnabled", Bool(true)),
    ],
    first: &[("Admin Audit Log Settings", &[])],
};

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-AdminAuditLogConfig",
        &["View-Only Configuration", "Audit Logs", "View-Only Audit Logs", "Security Reader"],
        &[],
        get,
    )
    .offered(Offered::Both),
    Cmdlet::write(
        "Set-AdminAuditLogConfig",
        &["Audit Logs", "Organization Configuration"],
        Impact::Medium,
        &[
            Parameter::new("AdminAuditLogAgeLimit", Type::TimeSpan),
            Parameter::new("AdminAuditLogEnabled", Type::Bool),
            Parameter::new("Force", Type::Switch),
            Parameter::new("LogLevel", Type::String),
            Parameter::new("TestCmdletLoggingEnabled", Type::Bool),
            Parameter::new("UnifiedAuditLogIngestionEnabled", Type::Bool),
        ],
        set,
    ),
];

/// Whether the tenant records anything.
pub(in crate::exchange) fn records_audit(world: &World) -> bool {
    let settings = world.administration.configuration.all(KIND.noun).first();
    let on = settings.and_then(|settings| settings.get("UnifiedAuditLogIngestionEnabled"));
    on.is_none_or(|on| *on == Value::Bool(true))
}

/// The one row, in the recorded order. Ingestion always looks switched off from Security &
/// Compliance (documented); the caller's service is not known here, so Exchange's view is shown.
#[expect(clippy::unnecessary_wraps, reason = "handlers have this type")]
fn get<'a>(_call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let configuration = &world.administration.configuration;
    let settings = configuration.all(KIND.noun).first().expect("every tenant has the settings");
    let mut row = Record::new();
    for (property, _) in KIND.template {
        row = row.with(*property, settings.get(property).cloned().unwrap_or(Value::Null));
    }
    row = row.with("UnifiedAuditLogFirstOptInDate", Value::Utc(settings.created));
    Ok(Output::row(row.with("Name", &settings.name).with("Identity", &settings.name)))
}
