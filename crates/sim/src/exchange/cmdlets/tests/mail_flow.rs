//! Rules, connectors, traces, quarantine, and who may send.

use std::collections::HashSet;

use serde_json::{Value as Json, json};

use super::super::super::call::Argument::{self, Flag, Number};
use super::trial::{Trial, text, time};
use super::{column, keys, texts};

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
