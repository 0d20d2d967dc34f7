//! The audit log, its settings, and whom it leaves out.

use serde_json::{Value as Json, json};

use super::super::super::call::Argument::{Flag, Number};
use super::keys;
use super::trial::{Trial, text, time};

#[test]
fn audit_settings_look_as_recorded_and_can_be_switched() {
    let mut trial = Trial::new();
    let row = trial.run("Get-AdminAuditLogConfig", &[]).remove(0);
    // Recorded with an application's token, July 2026.
    assert_eq!(
        keys(&row),
        [
            "AdminAuditLogEnabled",
            "LogLevel",
            "TestCmdletLoggingEnabled",
            "AdminAuditLogAgeLimit",
            "LoadBalancerCount@data.type",
            "LoadBalancerCount",
            "UnifiedAuditLogIngestionEnabled",
            "UnifiedAuditLogFirstOptInDate@data.type",
            "UnifiedAuditLogFirstOptInDate",
            "Name",
            "Identity"
        ]
    );
    assert_eq!(row["AdminAuditLogAgeLimit"], "90.00:00:00");
    assert_eq!(row["Name"], "Admin Audit Log Settings");
    trial.run("Set-AdminAuditLogConfig", &[("UnifiedAuditLogIngestionEnabled", Flag(false))]);
    let row = trial.run("Get-AdminAuditLogConfig", &[]).remove(0);
    assert_eq!(row["UnifiedAuditLogIngestionEnabled"], false);
    trial.run("Set-AdminAuditLogConfig", &[("UnifiedAuditLogIngestionEnabled", Flag(false))]);
    assert_eq!(
        trial.warnings,
        [
            "The command completed successfully but no settings of 'Admin Audit Log Settings' have been modified."
        ]
    );
}

#[test]
fn a_mailbox_can_be_left_out_of_the_audit() {
    let mut trial = Trial::new();
    assert_eq!(trial.run("Get-MailboxAuditBypassAssociation", &[]).len(), 120);
    let adele = [("Identity", text("adele@contoso.com"))];
    assert_eq!(
        trial.run("Get-MailboxAuditBypassAssociation", &adele)[0]["AuditBypassEnabled"],
        false
    );
    let set = [adele[0].clone(), ("AuditBypassEnabled", Flag(true))];
    trial.run("Set-MailboxAuditBypassAssociation", &set);
    assert_eq!(
        trial.run("Get-MailboxAuditBypassAssociation", &adele)[0]["AuditBypassEnabled"],
        true
    );
}

#[test]
fn an_audit_search_goes_on_in_later_responses_without_moving_the_session() {
    let mut trial = Trial::new();
    let search = [
        ("StartDate", time("2026-06-01T00:00:00Z")),
        ("EndDate", time("2026-11-02T00:00:00Z")),
        ("ResultSize", Number(5_000)),
        ("SessionId", text("month")),
        ("SessionCommand", text("ReturnLargeSet")),
    ];
    let first = trial.run("Search-UnifiedAuditLog", &search);
    assert_eq!(first.len(), 5_000);
    assert_eq!(trial.resume("Search-UnifiedAuditLog", &search, 3_000), first[3_000..]);
    let second = trial.run("Search-UnifiedAuditLog", &search);
    assert_eq!(second[0]["ResultIndex"], 5_001);
    let row = &second[0];
    assert_eq!(
        keys(row),
        [
            "RecordType",
            "CreationDate@data.type",
            "CreationDate",
            "UserIds",
            "Operations",
            "AuditData",
            "ResultIndex@data.type",
            "ResultIndex",
            "ResultCount@data.type",
            "ResultCount",
            "Identity",
            "IsValid",
            "ObjectState",
            "AuditSearchRequestMetadata"
        ]
    );
    let data: Json = serde_json::from_str(row["AuditData"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&data["Id"], &data["Operation"], &data["UserId"]),
        (&row["Identity"], &row["Operations"], &row["UserIds"])
    );
    assert_eq!(row["AuditSearchRequestMetadata"], json!({ "moreRecordsAvailable": true }));
}

#[test]
fn an_audit_search_refuses_what_the_service_refuses() {
    let mut trial = Trial::new();
    let too_early =
        [("StartDate", time("2025-06-01T00:00:00Z")), ("EndDate", time("2026-11-01T00:00:00Z"))];
    let failure = trial.fail("Search-UnifiedAuditLog", &too_early);
    assert_eq!(failure.exception, "System.ArgumentException");
    assert_eq!(
        failure.message,
        "Audit log search argument startDate should be after 5/5/2026 12:00:00 PM UTC."
    );
    let day =
        [("StartDate", time("2026-10-01T00:00:00Z")), ("EndDate", time("2026-11-01T00:00:00Z"))];
    let with = |name, value| [&day[..], &[(name, value)]].concat();
    let unknown = trial.fail("Search-UnifiedAuditLog", &with("RecordType", text("NoSuchType")));
    assert!(unknown.message.contains("Unable to match the identifier name NoSuchType"));
    for record_type in ["15", "azureactivedirectorystslogon"] {
        let rows = trial.run("Search-UnifiedAuditLog", &with("RecordType", text(record_type)));
        assert!(
            rows.len() == 100
                && rows.iter().all(|row| row["RecordType"] == "AzureActiveDirectoryStsLogon")
        );
    }
}
