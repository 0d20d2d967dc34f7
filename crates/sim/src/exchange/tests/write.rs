//! Writes, and reads that show them.

use http::StatusCode;
use serde_json::{Value as Json, json};

use super::desk::Desk;

#[tokio::test]
async fn a_multivalued_edit_is_seen_afterwards() {
    let desk = Desk::new(50);
    let edit = |change: Json| json!({"Identity": "adele@contoso.com", "EmailAddresses": change});
    let answer = desk
        .run("Set-Mailbox", edit(json!({"@odata.type": "#Exchange.GenericHashTable", "Add": ["smtp:a2@contoso.com"], "Remove": ["smtp:adelev@contoso.onmicrosoft.com"]})))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let tail = r##""adminapi.warnings@odata.type":"#Collection(String)","@adminapi.warnings":[],"value":[]}"##;
    assert!(answer.text().ends_with(tail), "{}", answer.text());
    let row = &desk.run("Get-Mailbox", json!({"Identity": "a2@contoso.com"})).await.rows()[0];
    assert_eq!(row["Alias"], "adele");
    let addresses: Vec<&str> =
        row["EmailAddresses"].as_array().unwrap().iter().map(|a| a.as_str().unwrap()).collect();
    assert!(addresses.contains(&"smtp:a2@contoso.com"));
    assert!(!addresses.iter().any(|address| address.contains("AdeleV")));
    let gone = desk.run("Get-Mailbox", json!({"Identity": "adelev@contoso.onmicrosoft.com"})).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let taken = desk
        .run("Set-Mailbox", json!({"Identity": "AlexW", "EmailAddresses": {"@odata.type": "#Exchange.GenericHashTable", "add": "smtp:a2@contoso.com"}}))
        .await;
    assert_eq!(taken.status, StatusCode::BAD_REQUEST);
    assert!(taken.text().contains("ProxyAddressExistsException"), "{}", taken.text());
}

#[tokio::test]
async fn a_set_that_changes_nothing_warns() {
    let desk = Desk::new(50);
    let set = || {
        desk.run(
            "Set-Mailbox",
            json!({"Identity": "adele", "CustomAttribute3": "x", "ProhibitSendQuota": "50GB"}),
        )
    };
    assert_eq!(set().await.json()["@adminapi.warnings"], json!([]));
    assert_eq!(
        set().await.json()["@adminapi.warnings"],
        json!([
            "The command completed successfully but no settings of 'adele' have been modified."
        ])
    );
    let row = &desk.run("Get-Mailbox", json!({"Identity": "adele"})).await.rows()[0];
    assert_eq!(row["CustomAttribute3"], "x");
    assert_eq!(row["ProhibitSendQuota"], "50 GB (53,687,091,200 bytes)");
    assert_eq!(row["WhenChangedUTC"], "2026-07-23T22:00:00.0000000Z");
}

#[tokio::test]
async fn confirm_and_what_if_only_talk() {
    let desk = Desk::new(50);
    for parameter in ["Confirm", "WhatIf"] {
        let answer =
            desk.run("Remove-Mailbox", json!({"Identity": "adele", parameter: true})).await;
        assert_eq!(answer.status, StatusCode::OK);
        let text = answer.json()["@adminapi.confirmationmessage"].as_str().unwrap().to_owned();
        assert!(text.contains("Identity:\"adele\""), "{text}");
        assert!(answer.rows().is_empty());
    }
    // A missing mailbox is missing also for those who only ask.
    let missing = desk.run("Remove-Mailbox", json!({"Identity": "nobody", "WhatIf": true})).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let still = desk.run("Get-Mailbox", json!({"Identity": "adele"})).await;
    assert_eq!(still.status, StatusCode::OK);
    desk.run("Remove-Mailbox", json!({"Identity": "adele", "Confirm": false})).await;
    let gone = desk.run("Get-Mailbox", json!({"Identity": "adele"})).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let soft = desk.run("Get-Mailbox", json!({"SoftDeletedMailbox": true})).await.rows();
    assert_eq!(soft[0]["Alias"], "adele");
}

#[tokio::test]
async fn a_new_mailbox_is_there_once() {
    let desk = Desk::new(50);
    let new = || desk.run("New-Mailbox", json!({"Name": "Würzburg Büro", "Shared": true}));
    let row = &new().await.rows()[0];
    assert_eq!(row["PrimarySmtpAddress"], "wuerzburgbuero@contoso.com");
    assert_eq!(row["RecipientTypeDetails"], "SharedMailbox");
    let again = new().await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    assert!(again.text().contains("ADObjectAlreadyExistsException"), "{}", again.text());
    for identity in [row["Guid"].as_str().unwrap(), "wuerzburgbuero", "Würzburg Büro"] {
        let found = desk.run("Get-Mailbox", json!({"Identity": identity})).await;
        assert_eq!(found.status, StatusCode::OK, "{identity}");
    }
    let all = desk.run("Get-Mailbox", json!({"ResultSize": "Unlimited"})).await.rows();
    assert_eq!(all.len(), 51);
}

#[tokio::test]
async fn permissions_come_and_go() {
    let desk = Desk::new(50);
    let grant = json!({"Identity": "adele", "User": "AlexW", "AccessRights": ["FullAccess"], "Confirm": false});
    desk.run("Add-MailboxPermission", grant.clone()).await.rows();
    let users = || async {
        let rows = desk.run("Get-MailboxPermission", json!({"Identity": "adele"})).await.rows();
        rows.iter().map(|row| row["User"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(users().await, ["NT AUTHORITY\\SELF", "AlexW@contoso.com"]);
    desk.run("Remove-MailboxPermission", grant).await.rows();
    assert_eq!(users().await, ["NT AUTHORITY\\SELF"]);
    let calendar =
        json!({"Identity": "adele:\\Calendar", "User": "AlexW", "AccessRights": "Editor"});
    desk.run("Add-MailboxFolderPermission", calendar.clone()).await.rows();
    let rows = desk
        .run("Get-MailboxFolderPermission", json!({"Identity": "adele:\\calendar"}))
        .await
        .rows();
    assert_eq!(rows[0]["AccessRights"], json!(["AvailabilityOnly"]));
    assert_eq!(rows[2]["User"], "Alex Wilber");
    let twice = desk.run("Add-MailboxFolderPermission", calendar).await;
    assert!(twice.text().contains("UserAlreadyExistsInPermissionEntryException"));
}

#[tokio::test]
async fn groups_rules_and_settings_remember() {
    let desk = Desk::new(100);
    desk.run("New-DistributionGroup", json!({"Name": "Night Shift", "Members": ["adele"]}))
        .await
        .rows();
    desk.run("Add-DistributionGroupMember", json!({"Identity": "Night Shift", "Member": "AlexW"}))
        .await
        .rows();
    let twice = desk
        .run("Add-DistributionGroupMember", json!({"Identity": "nightshift", "Member": "AlexW"}))
        .await;
    assert!(twice.text().contains("MemberAlreadyExistsException"), "{}", twice.text());
    let members = desk
        .run("Get-DistributionGroupMember", json!({"Identity": "nightshift@contoso.com"}))
        .await
        .rows();
    assert_eq!(members.len(), 2);
    let rule = json!({"Mailbox": "adele", "Name": "fwd", "SubjectContainsWords": ["x"], "ForwardTo": "AlexW"});
    desk.run("New-InboxRule", rule).await.rows();
    let rules = desk.run("Get-InboxRule", json!({"Mailbox": "adele"})).await;
    let last = rules.rows().last().unwrap().clone();
    assert!(last["RuleIdentity"].as_u64().unwrap() > i64::MAX as u64);
    assert!(
        last["ForwardTo"][0]
            .as_str()
            .unwrap()
            .starts_with("\"Alex Wilber\" [EX:/o=ExchangeLabs/ou=")
    );
    for (cmdlet, parameter, value) in [
        ("CASMailbox", "PopEnabled", json!(false)),
        ("User", "Department", json!("Astronomy")),
        ("MailboxAutoReplyConfiguration", "AutoReplyState", json!("Enabled")),
    ] {
        let before = desk.run(&format!("Get-{cmdlet}"), json!({"Identity": "MeganB"})).await.rows();
        let value = if before[0][parameter] == value { json!(true) } else { value };
        desk.run(&format!("Set-{cmdlet}"), json!({"Identity": "MeganB", parameter: value}))
            .await
            .rows();
        let after = desk.run(&format!("Get-{cmdlet}"), json!({"Identity": "MeganB"})).await.rows();
        assert_eq!(after[0][parameter], value, "{cmdlet}");
    }
    desk.run("Set-OrganizationConfig", json!({"AuditDisabled": true})).await.rows();
    assert_eq!(
        desk.run("Get-OrganizationConfig", json!({})).await.rows()[0]["AuditDisabled"],
        true
    );
}
