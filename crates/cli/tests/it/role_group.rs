//! `setup --for-cmdlets`: rights in Exchange, and no more than the job needs.

use exoctl_sim::DirectoryRole;

use crate::harness::{Home, Tenant};
use crate::setup::{WHO, counts, directory, home_of_administrator, killed_after, settings};

/// The smallest role group with which the cmdlets run: it reads and does not write.
#[test]
fn a_role_group_for_cmdlets_allows_them_and_no_more() {
    let tenant = Tenant::start(50);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    home.file("exchange.txt", tenant.exchange_token(&[DirectoryRole::ExchangeAdministrator]));
    let administrator = Home::of(&tenant);
    administrator.connected(&tenant);
    let before = (directory(&tenant), organization(&administrator));
    let who = format!("{WHO} --access-token-file token.txt --exchange-token-file exchange.txt");
    let line = format!("setup {who} --for-cmdlets Get-Mailbox,Search-UnifiedAuditLog");
    let done = home.run(&format!("{line} --yes")).ok();
    let again = home.run(&format!("{line} --what-if")).ok();
    assert_eq!(home.run("Get-Mailbox adele --select Alias").ok().rows().len(), 1);
    assert_eq!(home.run("Set-Mailbox adele -CustomAttribute1 x").exit, 5, "no more than asked for");
    let more = home.run(&format!("setup {who} --for-cmdlets Get-Mailbox,Set-Mailbox --yes")).ok();
    let _ = home.run("Set-Mailbox adele -CustomAttribute1 x").ok();
    let audit = format!("app audit {who} --role-group");
    assert_eq!(home.run(&audit).ok().stdout, "", "a role group is as good as a directory role");
    // The least that removing takes lets nobody read directory roles.
    let least = ["Application.ReadWrite.All", "Policy.Read.All", "Organization.Read.All"];
    home.file("token.txt", tenant.admin_token_with(&least));
    let removed = home.run(&format!("teardown {who} --purge --yes")).ok();
    settings(&home).bind(|| {
        insta::assert_snapshot!("role_group_done", done.text());
        insta::assert_snapshot!("role_group_again", again.text());
        insta::assert_snapshot!("role_group_more", more.text());
        insta::assert_snapshot!("role_group_removed", removed.text());
    });
    assert_eq!((directory(&tenant), organization(&administrator)), before);
    let alone = home.run(&format!(
        "setup {WHO} --access-token-file token.txt --role-group \"View-Only Organization Management\" --yes"
    ));
    settings(&home).bind(|| insta::assert_snapshot!("role_group_without_exchange", alone.text()));
}

/// One more job on the same application: what the others run stays granted if that is asked for.
#[test]
fn roles_that_a_group_has_can_be_kept() {
    let tenant = Tenant::start(50);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    home.file("exchange.txt", tenant.exchange_token(&[DirectoryRole::ExchangeAdministrator]));
    let who = format!("{WHO} --access-token-file token.txt --exchange-token-file exchange.txt");
    let _ = home.run(&format!("setup {who} --for-cmdlets Set-Mailbox --yes")).ok();
    let line = format!("setup {who} --for-cmdlets Get-Mailbox,Get-TransportRule");
    let alone = home.run(&format!("{line} --plan"));
    assert!(alone.stdout.contains("- Mail Recipients"), "{}", alone.text());
    let kept = home.run(&format!("{line} --keep-roles --yes")).ok();
    assert!(kept.stderr.contains("      + "), "{}", kept.text());
    assert!(!kept.stderr.contains("      - "), "{}", kept.text());
    assert!(
        !kept.stderr.contains("Recipients"),
        "Mail Recipients has Get-Mailbox: {}",
        kept.text()
    );
    let _ = home.run("Set-Mailbox adele -CustomAttribute1 x").ok();
    let _ = home.run("Get-TransportRule").ok();
    let again = home.run(&format!("{line} --keep-roles --yes")).ok();
    assert!(again.stderr.contains("Nothing to do"), "{}", again.text());
}

/// All that Exchange has of who may do what, as its cmdlets show it.
pub(crate) fn organization(administrator: &Home) -> Vec<String> {
    ["RoleGroup", "ServicePrincipal", "ManagementRoleAssignment", "ManagementScope"]
        .map(|noun| administrator.run(&format!("Get-{noun}")).ok().stdout)
        .into()
}

/// Killed after each thing that it has done or waits for, then run again: one role group with one
/// member, one pointer of Exchange, and nothing twice. With servers that are behind, Exchange's too.
#[test]
fn a_run_that_is_killed_among_the_steps_of_exchange_is_finished_by_the_next() {
    std::thread::scope(|scope| {
        for events in [2, 5, 7, 8, 9, 10, 11, 12, 13, 14] {
            scope.spawn(move || finished_after_a_kill(events));
        }
    });
}

fn finished_after_a_kill(events: usize) {
    let faults =
        ["replication:service=graph,reads=1,flaps=1", "replication:service=exchange,reads=2"];
    let tenant = Tenant::start_with(50, &faults);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    home.file("exchange.txt", tenant.exchange_token(&[DirectoryRole::ExchangeAdministrator]));
    let access =
        ["--for-cmdlets", "Get-Mailbox,Set-Mailbox", "--exchange-token-file", "exchange.txt"];
    let said = killed_after(&home, &access, events);
    let who = format!("{WHO} --access-token-file token.txt --exchange-token-file exchange.txt");
    let line = format!("setup {who} --for-cmdlets Get-Mailbox,Set-Mailbox --yes");
    let _ = home.run(&line).ok();
    tenant.clear_faults();
    assert_eq!(counts(&directory(&tenant)), [1, 1, 0], "killed after {said:?}");
    let again = home.run(&line).ok();
    assert!(again.stderr.contains("Nothing to do"), "killed after {said:?}: {}", again.stderr);
    let administrator = Home::of(&tenant);
    administrator.connected(&tenant);
    let rows = |line: &str| administrator.run(line).ok().rows();
    let groups = rows("Get-RoleGroup");
    let own: Vec<_> = groups.iter().filter(|one| one["Name"] == "exoctl EXO Reporting").collect();
    assert_eq!(own.len(), 1, "killed after {said:?}");
    assert_eq!(own[0]["Members"].as_array().unwrap().len(), 1, "killed after {said:?}");
    assert_eq!(rows("Get-ServicePrincipal").len(), 1, "killed after {said:?}");
    assert_eq!(home.run("cert list").ok().rows().len(), 1, "killed after {said:?}");
    let _ = home.run("Set-Mailbox adele -CustomAttribute1 x").ok();
}

/// All four steps in Exchange are done with the token of an application that may.
#[test]
fn an_application_can_be_the_administrator_of_exchange() {
    let tenant = Tenant::start(50);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let administrator = Home::of(&tenant);
    administrator.connected(&tenant);
    home.file("exchange.txt", administrator.run("token").ok().stdout);
    let scope =
        "New-ManagementScope -Name Berlin -RecipientRestrictionFilter \"City -eq 'Berlin'\"";
    let _ = administrator.run(scope).ok();
    let who = format!("{WHO} --access-token-file token.txt --exchange-token-file exchange.txt");
    let line = format!("setup {who} --for-cmdlets Set-Mailbox --write-scope Berlin");
    let planned = home.run(&format!("{line} --what-if"));
    let page = include_str!("../../../../docs/setup.md");
    assert!(page.contains(planned.stdout.trim_end()), "docs/setup.md shows another plan");
    settings(&home).bind(|| insta::assert_snapshot!("role_group_scoped", planned.text()));
    let _ = home.run(&format!("{line} --yes")).ok();
    let assigned = administrator
        .run("Get-ManagementRoleAssignment -RoleAssignee \"exoctl EXO Reporting\"")
        .ok()
        .rows();
    assert!(!assigned.is_empty());
    assert!(
        assigned.iter().all(|one| one["CustomRecipientWriteScope"] == "Berlin"),
        "{assigned:?}"
    );
    let _ = home.run(&format!("teardown {who} --purge --yes")).ok();
}

/// Five jobs as people have them, and the calls that each makes.
const JOBS: [(&str, &[&str]); 5] = [
    ("mailbox report", &["Get-Mailbox adele", "Get-MailboxStatistics adele"]),
    (
        "audit export",
        &[
            "Search-UnifiedAuditLog -StartDate (Get-Date).AddDays(-2) -EndDate (Get-Date) -ResultSize 1",
        ],
    ),
    (
        "permissions of shared mailboxes",
        &[
            "Get-Mailbox adele",
            "Get-MailboxPermission adele",
            "Add-RecipientPermission adele -Trustee adele -AccessRights SendAs -Confirm:$false",
        ],
    ),
    (
        "transport rules",
        &[
            "Get-TransportRule",
            "New-TransportRule -Name x -SubjectContainsWords y -Quarantine $true",
        ],
    ),
    ("quarantine", &["Get-QuarantineMessage", "Get-Mailbox adele"]),
];

/// With the role group that `--for-cmdlets` makes the job works; without any one of its roles it does not.
#[test]
fn the_role_group_of_a_job_has_no_role_that_the_job_can_do_without() {
    std::thread::scope(|scope| {
        for (job, calls) in JOBS {
            scope.spawn(move || least_privilege(job, calls));
        }
    });
}

fn least_privilege(job: &str, calls: &[&str]) {
    let tenant = Tenant::start(50);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    home.file("exchange.txt", tenant.exchange_token(&[DirectoryRole::ExchangeAdministrator]));
    let administrator = Home::of(&tenant);
    administrator.connected(&tenant);
    let mut cmdlets: Vec<&str> = calls.iter().map(|call| call.split(' ').next().unwrap()).collect();
    cmdlets.dedup();
    let line = format!(
        "setup {WHO} --access-token-file token.txt --exchange-token-file exchange.txt --for-cmdlets {} --yes",
        cmdlets.join(",")
    );
    let _ = home.run(&line).ok();
    for call in calls {
        let _ = home.run(call).ok();
    }
    let refused = || calls.iter().filter(|call| home.run(call).exit == 5).count();
    let group = administrator.run("Get-RoleGroup \"exoctl EXO Reporting\"").ok().rows();
    let roles = group[0]["Roles"].as_array().unwrap().clone();
    assert!(!roles.is_empty());
    for role in roles {
        let name = format!("{}-exoctl EXO Reporting", role.as_str().unwrap());
        let without = format!("Remove-ManagementRoleAssignment \"{name}\" -Confirm:$false");
        let _ = administrator.run(&without).ok();
        assert!(refused() > 0, "{job} works without {role}");
        let _ = home.run(&line).ok();
        assert_eq!(refused(), 0, "{job} works again");
    }
}
