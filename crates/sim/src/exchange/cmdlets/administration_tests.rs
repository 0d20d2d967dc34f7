//! What administrators do, cmdlet by cmdlet. Row shapes and messages are those of recorded answers.

use std::collections::HashSet;

use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::super::access::{COMPLIANCE_ROLES, EXCHANGE_ROLES};
use super::super::call::Argument::{self, Flag, Number, Texts};
use super::super::cmdlet::Offered;
use super::trial::{Trial, text, time};
use crate::tenant::Principal;

fn keys(row: &Json) -> Vec<&str> {
    row.as_object().unwrap().keys().map(String::as_str).collect()
}

fn texts(items: &[&str]) -> Argument {
    Texts(items.iter().map(|item| (*item).to_owned()).collect())
}

fn column<'a>(rows: &'a [Json], name: &str) -> Vec<&'a str> {
    rows.iter().map(|row| row[name].as_str().unwrap()).collect()
}

#[test]
fn every_cmdlet_can_be_granted() {
    let mut names = HashSet::new();
    for cmdlet in super::all() {
        assert!(names.insert(cmdlet.name.to_lowercase()), "{} twice", cmdlet.name);
        let parameters = cmdlet.parameters.iter().flat_map(|parameter| parameter.roles);
        for role in cmdlet.roles.iter().chain(parameters) {
            let known = match cmdlet.offered {
                Offered::Exchange => EXCHANGE_ROLES.contains(role),
                Offered::Compliance => COMPLIANCE_ROLES.contains(role),
                Offered::Both => EXCHANGE_ROLES.contains(role) || COMPLIANCE_ROLES.contains(role),
            };
            assert!(known, "{}: there is no role {role}", cmdlet.name);
        }
    }
}

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
fn a_transport_rule_is_made_moved_disabled_and_removed() {
    let mut trial = Trial::new();
    let made = trial.run(
        "New-TransportRule",
        &[
            ("Name", text("Stamp")),
            ("Priority", Number(0)),
            ("SubjectContainsWords", texts(&["a", "b"])),
        ],
    );
    assert_eq!(made[0]["SubjectContainsWords"], json!(["a", "b"]));
    let order = |trial: &mut Trial| -> Vec<String> {
        let rows = trial.run("Get-TransportRule", &[]);
        assert!(rows.iter().zip(0..).all(|(row, nth)| row["Priority"] == nth));
        column(&rows, "Name").into_iter().map(str::to_owned).collect()
    };
    assert_eq!(order(&mut trial)[..2], ["Stamp", "Mark external mail"]);
    trial.run(
        "Set-TransportRule",
        &[("Identity", text("Stamp")), ("Priority", Number(3)), ("Comments", text("x"))],
    );
    assert_eq!(order(&mut trial)[3], "Stamp");
    trial.run("Disable-TransportRule", &[("Identity", text("stamp"))]);
    let disabled = trial.run("Get-TransportRule", &[("State", text("Disabled"))]);
    assert_eq!(column(&disabled, "Name"), ["Forwarding outside (old)", "Stamp"]);
    assert_eq!(disabled[1]["Comments"], "x");
    let twice = trial.fail("New-TransportRule", &[("Name", text("STAMP"))]);
    assert!(twice.exception.ends_with("ADObjectAlreadyExistsException"));
    assert_eq!(
        trial.preview("Remove-TransportRule", &[("Identity", text("Stamp"))]),
        "Removing transport rule \"Stamp\"."
    );
    trial.run("Remove-TransportRule", &[("Identity", text("Stamp"))]);
    let gone = trial.fail("Get-TransportRule", &[("Identity", text("Stamp"))]);
    assert_eq!(gone.status, 404);
    assert!(gone.message.starts_with(
        "The operation couldn't be performed because object 'Stamp' couldn't be found on '"
    ));
}

#[test]
fn a_connector_is_edited_by_hashtable() {
    let mut trial = Trial::new();
    trial.run(
        "New-InboundConnector",
        &[
            ("Name", text("Scanner")),
            ("SenderDomains", texts(&["*"])),
            ("SenderIPAddresses", texts(&["192.0.2.1"])),
        ],
    );
    let edit =
        Argument::Edit { add: vec!["192.0.2.2".to_owned()], remove: vec!["192.0.2.1".to_owned()] };
    trial
        .run("Set-InboundConnector", &[("Identity", text("Scanner")), ("SenderIPAddresses", edit)]);
    let row = trial.run("Get-InboundConnector", &[("Identity", text("scanner"))]).remove(0);
    assert_eq!(row["SenderIPAddresses"], json!(["192.0.2.2"]));
    assert_eq!(row["SenderIPAddresses@odata.type"], "#Collection(String)");
    trial.run("Remove-InboundConnector", &[("Identity", text("Scanner"))]);
    assert_eq!(column(&trial.run("Get-InboundConnector", &[]), "Name"), ["From Fabrikam"]);
}

#[test]
fn a_role_group_decides_what_an_application_may_call() {
    let mut trial = Trial::new();
    let app = Principal {
        app_id: Uuid::from_u128(0xa),
        object_id: Uuid::from_u128(0xb),
        display_name: "Audit export".to_owned(),
        roles: vec!["Exchange.ManageAsApp".to_owned()],
        wids: Vec::new(),
    };
    let search = super::find("Search-UnifiedAuditLog").unwrap();
    let may = |trial: &Trial| trial.world.access.caller(app.clone()).may_run(search);
    assert!(!may(&trial));
    // The least-privilege recipe of the app-only article.
    trial.run(
        "New-ServicePrincipal",
        &[
            ("AppId", text(&app.app_id.to_string())),
            ("ObjectId", text(&app.object_id.to_string())),
            ("DisplayName", text("Audit export")),
        ],
    );
    trial.run(
        "New-RoleGroup",
        &[("Name", text("Audit readers")), ("Roles", texts(&["View-Only Audit Logs"]))],
    );
    trial.run(
        "Add-RoleGroupMember",
        &[("Identity", text("Audit readers")), ("Member", text("Audit export"))],
    );
    assert!(may(&trial));
    let again = trial.fail(
        "Add-RoleGroupMember",
        &[("Identity", text("Audit readers")), ("Member", text("Audit export"))],
    );
    assert!(again.exception.ends_with("MemberAlreadyExistsException"));
    let members = trial.run("Get-RoleGroupMember", &[("Identity", text("Audit readers"))]);
    assert_eq!(members[0]["RecipientType"], "ServicePrincipal");
    trial.run(
        "Remove-RoleGroupMember",
        &[("Identity", text("Audit readers")), ("Member", text(&app.app_id.to_string()))],
    );
    assert!(!may(&trial));
    trial.run(
        "New-ManagementRoleAssignment",
        &[("Role", text("Audit Logs")), ("App", text("Audit export"))],
    );
    assert!(may(&trial));
    let assigned =
        trial.run("Get-ManagementRoleAssignment", &[("RoleAssignee", text("Audit export"))]);
    assert_eq!(column(&assigned, "Name"), ["Audit Logs-Audit export"]);
    trial.run("Remove-ManagementRoleAssignment", &[("Identity", text("Audit Logs-Audit export"))]);
    assert!(!may(&trial));
    trial.run("Remove-ServicePrincipal", &[("Identity", text("Audit export"))]);
    assert!(trial.run("Get-ServicePrincipal", &[]).is_empty());
}

#[test]
fn roles_can_be_asked_for_a_cmdlet() {
    let mut trial = Trial::new();
    let rows = trial.run("Get-ManagementRole", &[("Cmdlet", text("search-unifiedauditlog"))]);
    assert_eq!(column(&rows, "Name"), ["Audit Logs", "View-Only Audit Logs"]);
    let built_in = trial.fail("Remove-RoleGroup", &[("Identity", text("Help Desk"))]);
    assert!(built_in.message.contains("built-in"));
}

#[test]
fn a_role_assignment_can_be_limited_to_a_scope() {
    let mut trial = Trial::new();
    let scope =
        [("Name", text("Sales")), ("RecipientRestrictionFilter", text("Department -eq 'Sales'"))];
    trial.run("New-ManagementScope", &scope);
    let id = [
        ("AppId", text(&Uuid::from_u128(1).to_string())),
        ("ObjectId", text(&Uuid::from_u128(2).to_string())),
    ];
    trial.run("New-ServicePrincipal", &id);
    let made = trial.run(
        "New-ManagementRoleAssignment",
        &[
            ("Role", text("Mail Recipients")),
            ("App", text(&Uuid::from_u128(2).to_string())),
            ("CustomResourceScope", text("sales")),
        ],
    );
    assert_eq!(made[0]["CustomResourceScope"], "Sales");
    let missing = trial.fail("Get-ManagementScope", &[("Identity", text("Marketing"))]);
    assert_eq!(missing.status, 404);
}

#[test]
fn contacts_and_mail_users_live_and_keep_addresses_unique() {
    let mut trial = Trial::new();
    let made = trial.run(
        "New-MailContact",
        &[("Name", text("Rosa Weber")), ("ExternalEmailAddress", text("rosa@weber.example"))],
    );
    assert_eq!(made[0]["ExternalEmailAddress"], "SMTP:rosa@weber.example");
    assert_eq!(made[0]["EmailAddresses"], json!(["SMTP:rosa@weber.example"]));
    let edit = Argument::Edit { add: vec!["smtp:r.weber@contoso.com".to_owned()], remove: vec![] };
    trial.run(
        "Set-MailContact",
        &[("Identity", text("rosa@weber.example")), ("EmailAddresses", edit)],
    );
    let found = trial.run("Get-MailContact", &[("Identity", text("r.weber@contoso.com"))]);
    assert_eq!(found[0]["Name"], "Rosa Weber");
    assert_eq!(
        trial.run("Get-Contact", &[("Identity", text("RosaWeber"))])[0]["DisplayName"],
        "Rosa Weber"
    );
    for taken in ["adele@contoso.com", "rosa@weber.example"] {
        let failure = trial.fail(
            "New-MailUser",
            &[
                ("Name", text("Other")),
                ("ExternalEmailAddress", text(taken)),
                ("MicrosoftOnlineServicesID", text("other@contoso.com")),
            ],
        );
        assert!(failure.exception.ends_with("ProxyAddressExistsException"), "{taken}");
    }
    trial.run(
        "New-MailUser",
        &[
            ("Name", text("Other")),
            ("ExternalEmailAddress", text("other@elsewhere.example")),
            ("MicrosoftOnlineServicesID", text("other@contoso.com")),
        ],
    );
    assert_eq!(trial.run("Get-MailUser", &[("Identity", text("other@contoso.com"))]).len(), 1);
    trial.run("Remove-MailContact", &[("Identity", text("Rosa Weber"))]);
    assert_eq!(trial.fail("Get-MailContact", &[("Identity", text("Rosa Weber"))]).status, 404);
}

#[test]
fn the_allow_block_list_has_the_recorded_row() {
    let mut trial = Trial::new();
    let new = [
        ("ListType", text("Sender")),
        ("Entries", texts(&["fabrikam.com"])),
        ("Block", Flag(true)),
    ];
    let row = trial.run("New-TenantAllowBlockListItems", &new).remove(0);
    let plain: Vec<&str> = keys(&row).into_iter().filter(|key| !key.contains("@data")).collect();
    assert_eq!(
        plain,
        [
            "LastUsedDate",
            "Error",
            "Identity",
            "Value",
            "Action",
            "Notes",
            "SubmissionID",
            "ListSubType",
            "SysManaged",
            "LastModifiedDateTime",
            "ExpirationDate",
            "ObjectState",
            "EntryValueHash",
            "ModifiedBy",
            "LastUsedDate(DateTime])",
            "RemoveAfter",
            "CreatedDateTime"
        ]
    );
    assert_eq!(row["ExpirationDate"], "2026-12-01T12:00:00.0000000Z");
    let wrong = trial.fail("New-TenantAllowBlockListItems", &new[..2]);
    assert!(wrong.message.contains("Allow or the Block"));
    trial.run(
        "Remove-TenantAllowBlockListItems",
        &[("ListType", text("Sender")), ("Entries", texts(&["FABRIKAM.com"]))],
    );
    assert!(trial.run("Get-TenantAllowBlockListItems", &[("ListType", text("Sender"))]).is_empty());
}

#[test]
fn a_message_trace_is_walked_by_its_last_row() {
    let mut trial = Trial::new();
    let window =
        [("StartDate", time("2026-10-31T00:00:00Z")), ("EndDate", time("2026-11-01T00:00:00Z"))];
    let with = |more: &[(&'static str, Argument)]| [&window[..], more].concat();
    let all = trial.run("Get-MessageTraceV2", &with(&[("ResultSize", Number(5_000))]));
    assert!(trial.warnings.is_empty());
    assert!(all.len() > 500, "{}", all.len());
    // Recorded.
    assert_eq!(
        keys(&all[0]),
        [
            "MessageTraceId",
            "MessageId",
            "Received@data.type",
            "Received",
            "SenderAddress",
            "RecipientAddress",
            "FromIP",
            "ToIP",
            "Subject",
            "Status",
            "Size@data.type",
            "Size"
        ]
    );
    let received = column(&all, "Received");
    assert!(received.is_sorted_by(|a, b| a >= b));
    let key = |row: &Json| format!("{} {}", row["MessageTraceId"], row["RecipientAddress"]);
    let mut seen = HashSet::new();
    let mut rows = trial.run("Get-MessageTraceV2", &with(&[("ResultSize", Number(100))]));
    while !trial.warnings.is_empty() {
        seen.extend(rows.iter().map(key));
        let last = rows.last().unwrap().clone();
        let next = [
            window[0].clone(),
            ("EndDate", time(last["Received"].as_str().unwrap())),
            ("StartingRecipientAddress", text(last["RecipientAddress"].as_str().unwrap())),
            ("ResultSize", Number(100)),
        ];
        rows = trial.run("Get-MessageTraceV2", &next);
    }
    seen.extend(rows.iter().map(key));
    assert_eq!(seen, all.iter().map(key).collect());
    assert_eq!(trial.fail("Get-MessageTrace", &[]).status, 400);
}

#[test]
fn quarantine_has_pages_of_its_own() {
    let mut trial = Trial::new();
    let page = |trial: &mut Trial, page, size| {
        trial.run("Get-QuarantineMessage", &[("Page", Number(page)), ("PageSize", Number(size))])
    };
    assert_eq!(trial.run("Get-QuarantineMessage", &[]).len(), 100);
    assert_eq!(page(&mut trial, 1, 0).len(), 0);
    let all = page(&mut trial, 1, 1_001);
    assert_eq!(all.len(), 240);
    assert_eq!(page(&mut trial, 3, 100), all[200..]);
    assert_eq!(all[0]["ReleaseStatus"], "NOTRELEASED");
    let id = [("Identity", text(all[0]["Identity"].as_str().unwrap()))];
    let release = [id[0].clone(), ("ReleaseToAll", Flag(true))];
    trial.run("Release-QuarantineMessage", &release);
    assert_eq!(trial.run("Get-QuarantineMessage", &id)[0]["ReleaseStatus"], "RELEASED");
    trial.run("Delete-QuarantineMessage", &id);
    assert_eq!(trial.fail("Get-QuarantineMessage", &id).status, 404);
    assert_eq!(page(&mut trial, 1, 1_000).len(), 239);
    // Recorded: a prefix of a type is accepted by the binder and finds what it finds.
    let spam = trial.run("Get-QuarantineMessage", &[("QuarantineTypes", texts(&["Spam"]))]);
    assert!(spam.iter().all(|row| row["Type"] == "Spam"));
}

#[test]
fn a_device_is_wiped_until_that_is_cancelled() {
    let mut trial = Trial::new();
    let devices = trial.run("Get-MobileDevice", &[]);
    let ids: HashSet<_> = column(&devices, "Identity").into_iter().collect();
    assert!(devices.len() > 20 && ids.len() == devices.len());
    assert_eq!(
        trial.resume("Get-MobileDevice", &[], 1),
        trial.run("Get-MobileDevice", &[])[..]
            .iter()
            .skip(usize::from(devices[0]["Identity"].as_str().unwrap().starts_with("adele\\")))
            .cloned()
            .collect::<Vec<_>>()
    );
    let identity = devices[0]["Identity"].as_str().unwrap();
    let id = [("Identity", text(identity))];
    let status =
        |trial: &mut Trial| trial.run("Get-MobileDeviceStatistics", &id)[0]["Status"].clone();
    assert_eq!(status(&mut trial), "DeviceOk");
    trial.run("Clear-MobileDevice", &id);
    assert_eq!(status(&mut trial), "DeviceWipePending");
    trial.run("Clear-MobileDevice", &[id[0].clone(), ("Cancel", Flag(true))]);
    assert_eq!(status(&mut trial), "DeviceOk");
    let owner = identity.split('\\').next().unwrap();
    let his = trial.run("Get-MobileDevice", &[("Mailbox", text(owner))]);
    assert!(his.iter().any(|row| row["Identity"] == identity));
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
fn policies_are_listed_by_name_and_wildcard() {
    let mut trial = Trial::new();
    for (cmdlet, name) in [
        ("Get-RemoteDomain", "Default"),
        ("Get-OutboundConnector", "To Fabrikam"),
        ("Get-HostedContentFilterPolicy", "Default"),
        ("Get-AntiPhishPolicy", "Office365 AntiPhish Default"),
        ("Get-MalwareFilterPolicy", "Default"),
        ("Get-DkimSigningConfig", "contoso.com"),
        ("Get-OwaMailboxPolicy", "OwaMailboxPolicy-Default"),
        ("Get-RetentionPolicy", "Default MRM Policy"),
        ("Get-SharingPolicy", "Default Sharing Policy"),
        ("Get-RetentionCompliancePolicy", "Keep seven years"),
        ("Get-Label", "Confidential"),
        ("Get-DlpCompliancePolicy", "Payment cards"),
        ("Get-UnifiedAuditLogRetentionPolicy", "Short Teams history"),
        ("Get-ComplianceTag", "Contract"),
    ] {
        let named = trial.run(cmdlet, &[("Identity", text(&name.to_uppercase()))]);
        assert_eq!(column(&named, "Name"), [name], "{cmdlet}");
        let starts = format!("{}*", &name[..3]);
        let found = trial.run(cmdlet, &[("Identity", text(&starts))]);
        assert!(column(&found, "Name").contains(&name), "{cmdlet} {starts}");
        assert_eq!(trial.fail(cmdlet, &[("Identity", text("nothing"))]).status, 404);
    }
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
