//! The services themselves: does a cmdlet run, is Security & Compliance there, are audit records kept?

use exoctl_exchange::{CmdletName, Invocation};
use exoctl_identity::RoleScope;
use serde_json::Value;

use super::super::condition;
use super::super::finding::Finding;
use super::super::visit::Visit;
use super::{Check, Looking, rights};
use crate::error::CommandError;
use crate::profile::Service;

/// Whether a cmdlet runs.
pub(super) struct Exchange;

impl Check for Exchange {
    fn name(&self) -> &'static str {
        "Exchange Online"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["role"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let connection = visit.learned.exchange.as_ref().expect("the roles were looked at");
            let catalogue = visit.learned.catalogue.as_ref().expect("the roles were looked at");
            let Some(cmdlet) = exoctl_setup::probe(catalogue) else {
                return Finding::skipped("there is no cmdlet to try that changes nothing");
            };
            let invocation = Invocation::new(cmdlet.clone()).with("ResultSize", 1);
            match connection.invoke(invocation).next().await {
                Some(Err(error)) => Finding::failed(&CommandError::from(error)),
                _ => Finding::ok(format!("{cmdlet} runs at {}", place(connection))),
            }
        })
    }
}

fn place(connection: &exoctl_exchange::Connection) -> String {
    connection.uri().host_str().unwrap_or_default().to_owned()
}

/// Whether Security & Compliance takes the application.
pub(super) struct Compliance;

impl Check for Compliance {
    fn name(&self) -> &'static str {
        "Security & Compliance"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["consent"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let is_wanted = visit.settings().service() == Service::Compliance;
            let counts = visit.claims().is_none_or(|claims| {
                claims.directory_roles().any(|role| role.scope == RoleScope::Both)
            });
            if !counts && !is_wanted {
                return Finding::skipped("no directory role of the application counts there");
            }
            let connection = match visit.connect(Service::Compliance) {
                Ok(connection) => connection,
                Err(error) => return Finding::failed(&error),
            };
            match connection.module_file().await {
                Ok(file) => {
                    let catalogue = file.catalogue();
                    let region = connection.region().map(|region| format!(" in region {region}"));
                    let fact = format!(
                        "lets the application run {} cmdlets{}",
                        catalogue.cmdlets.len(),
                        region.unwrap_or_default()
                    );
                    visit.learned.compliance = Some(catalogue);
                    Finding::ok(fact)
                }
                Err(error) => {
                    let finding = rights::refused(error);
                    if is_wanted { finding } else { finding.but_works() }
                }
            }
        })
    }
}

/// Whether audit records are kept.
pub(super) struct AuditLog;

impl Check for AuditLog {
    fn name(&self) -> &'static str {
        "audit log"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["role"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let cmdlet: CmdletName = "Get-AdminAuditLogConfig".parse().expect("a verb and a noun");
            let catalogue = visit.learned.catalogue.as_ref().expect("the roles were looked at");
            if catalogue.find(&cmdlet).is_none() {
                return Finding::skipped(format!("the application may not run {cmdlet}"));
            }
            // Security & Compliance always says that it is off.
            let connection = visit.learned.exchange.as_ref().expect("the roles were looked at");
            match connection.invoke(Invocation::new(cmdlet)).collect().await {
                Ok(rows) => {
                    let setting =
                        rows.first().and_then(|row| row.find("UnifiedAuditLogIngestionEnabled"));
                    ingestion(setting.as_ref())
                }
                Err(error) => Finding::failed(&CommandError::from(error)).but_works(),
            }
        })
    }
}

fn ingestion(setting: Option<&Value>) -> Finding {
    let told = |value| format!("UnifiedAuditLogIngestionEnabled is {value}");
    match setting.and_then(Value::as_bool) {
        Some(true) => Finding::ok(told("True")),
        Some(false) => Finding::warn(condition::AUDIT_LOG_OFF, told("False")),
        None => Finding::skipped("Exchange does not tell"),
    }
}
