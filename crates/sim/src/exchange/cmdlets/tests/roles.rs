//! Role groups, role assignments and scopes.

use uuid::Uuid;

use super::trial::{Trial, text};
use super::{column, texts};
use crate::tenant::Principal;

#[test]
fn a_role_group_decides_what_an_application_may_call() {
    let mut trial = Trial::new();
    let app = Principal {
        app_id: Uuid::from_u128(0xa),
        object_id: Uuid::from_u128(0xb),
        display_name: "Audit export".to_owned(),
        roles: vec!["Exchange.ManageAsApp".to_owned()],
        wids: Vec::new(),
        person: None,
    };
    let search = super::super::find("Search-UnifiedAuditLog").unwrap();
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

/// What a well-known blog recommends. New assignments have been refused since May 2024.
#[test]
fn the_role_of_impersonation_is_shown_and_can_no_longer_be_given() {
    let mut trial = Trial::new();
    let role = trial.run("Get-ManagementRole", &[("Identity", text("applicationimpersonation"))]);
    assert_eq!(role[0]["RoleEntries"], serde_json::json!([]));
    let (app_id, object_id) = (Uuid::from_u128(0xa), Uuid::from_u128(0xb));
    trial.run(
        "New-ServicePrincipal",
        &[("AppId", text(&app_id.to_string())), ("ObjectId", text(&object_id.to_string()))],
    );
    let wanted = [("Role", text("ApplicationImpersonation")), ("App", text(&app_id.to_string()))];
    let refused = trial.fail("New-ManagementRoleAssignment", &wanted);
    assert!(refused.message.contains("retired"), "{}", refused.message);
    // Who had it before still shows it, and loses it when somebody takes it away.
    let application = crate::Registered { app_id, object_id };
    trial.world.access.give(&application, "Old sync", "ApplicationImpersonation");
    let named = [("RoleAssignee", text(&object_id.to_string()))];
    let shown = trial.run("Get-ManagementRoleAssignment", &named);
    assert_eq!(column(&shown, "Role"), ["ApplicationImpersonation"]);
    let name = [("Identity", text("ApplicationImpersonation-Old sync"))];
    trial.run("Remove-ManagementRoleAssignment", &name);
    assert!(trial.run("Get-ManagementRoleAssignment", &named).is_empty());
}
