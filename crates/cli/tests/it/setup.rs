//! `setup`, `setup apply`, `teardown` and `app`, as an administrator meets them.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use exoctl_http::{HttpOptions, HttpTransport, Transport as _};
use exoctl_model::Cloud;
use exoctl_sim::DirectoryRole;
use serde_json::Value;

use crate::harness::{Home, Tenant};

pub(crate) const WHO: &str = "--organization contoso.onmicrosoft.com --name \"EXO Reporting\"";

/// Replaces what differs from run to run and from day to day.
pub(crate) fn settings(home: &Home) -> insta::Settings {
    let mut settings = crate::harness::settings(home);
    settings.add_filter(r"valid until \d{4}-\d\d-\d\d", "valid until [DAY]");
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", "[TIME]");
    settings.add_filter(r"daysLeft.:\d+", "daysLeft:[DAYS]");
    settings.add_filter(r"\b\d{3} days\b", "[DAYS] days");
    settings.add_filter(r"daysLeft( +): \d+", "daysLeft$1: [DAYS]");
    settings
}

/// A home with a token of an administrator in `token.txt`.
pub(crate) fn home_of_administrator(tenant: &Tenant, roles: &[DirectoryRole]) -> Home {
    let home = Home::of(tenant);
    home.file("token.txt", tenant.admin_token(roles));
    home
}

fn setup(more: &str) -> String {
    format!("setup {WHO} --role \"Global Reader\" --access-token-file token.txt {more}")
}

fn teardown(more: &str) -> String {
    format!("teardown {WHO} --access-token-file token.txt {more}")
}

#[test]
fn one_command_leads_to_a_connection_and_a_second_run_changes_nothing() {
    let tenant = Tenant::start(50);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let before = directory(&tenant);

    let rehearsed = home.run(&setup("--what-if"));
    assert_eq!(rehearsed.exit, 3, "{}", rehearsed.stderr);
    assert_eq!(directory(&tenant), before, "--what-if changes nothing");
    let readme = include_str!("../../../../README.md");
    assert!(readme.contains(rehearsed.stdout.trim_end()), "the README shows another plan");
    let done = home.run(&setup("--yes")).ok();
    let again = home.run(&setup("--yes")).ok();
    let after = directory(&tenant);
    let right = home.run(&setup("--what-if")).ok();
    settings(&home).bind(|| {
        insta::assert_snapshot!("setup_what_if", rehearsed.text());
        insta::assert_snapshot!("setup_done", done.text());
        insta::assert_snapshot!("setup_again", again.text());
        insta::assert_snapshot!("setup_already_right", right.text());
    });
    assert_ne!(after, before);
    assert_eq!(home.run("Get-Mailbox adele --select Alias").ok().rows().len(), 1);
    let profiles = home.run("profile list").ok().rows();
    assert_eq!(profiles[0]["name"], "exo-reporting");
    let _ = home.run(&setup("--yes")).ok();
    assert_eq!(directory(&tenant), after, "a second run changes nothing");
}

#[test]
fn teardown_leaves_the_tenant_as_it_was() {
    let tenant = Tenant::start(50);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let before = directory(&tenant);
    let _ = home.run(&setup("--yes")).ok();
    let rehearsed = home.run(&teardown("--what-if --purge"));
    assert_eq!(rehearsed.exit, 3, "{}", rehearsed.stderr);
    let removed = home.run(&teardown("--yes --purge")).ok();
    assert_eq!(directory(&tenant), before);
    let again = home.run(&teardown("--yes --purge")).ok();
    settings(&home).bind(|| {
        insta::assert_snapshot!("teardown_what_if", rehearsed.text());
        insta::assert_snapshot!("teardown_done", removed.text());
        insta::assert_snapshot!("teardown_again", again.text());
    });
    assert_eq!(home.run("profile list").ok().rows().len(), 0);
    let _ = home.run(&setup("--yes")).ok();
}

#[test]
fn a_name_that_a_deleted_application_holds_is_explained() {
    let tenant = Tenant::start(50);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let _ = home.run(&setup("--yes")).ok();
    let _ = home.run(&teardown("--yes")).ok();
    let held = home.run(&setup("--yes"));
    settings(&home).bind(|| insta::assert_snapshot!("setup_name_held", held.text()));
    let _ = home.run(&teardown("--yes --purge")).ok();
    let _ = home.run(&setup("--yes")).ok();
}

#[test]
fn two_people_with_different_rights_carry_out_one_plan() {
    let tenant = Tenant::start(50);
    let first = home_of_administrator(&tenant, &[DirectoryRole::CloudApplicationAdministrator]);
    let planned = first.run(&setup("--plan-file plan.json")).ok();
    let apply = "setup apply plan.json --access-token-file token.txt --yes";
    let stopped = first.run(apply);
    assert_eq!(stopped.exit, 5, "{}", stopped.stderr);

    let second = home_of_administrator(&tenant, &[DirectoryRole::PrivilegedRoleAdministrator]);
    let plan = std::fs::read_to_string(first.path().join("plan.json")).unwrap();
    let token = std::fs::read_to_string(first.path().join("token.txt")).unwrap();
    assert!(!plan.contains(token.trim()), "{plan}");
    let certificate =
        &serde_json::from_str::<Value>(&plan).unwrap()["goal"]["setup"]["certificate"];
    let members: Vec<&String> = certificate.as_object().unwrap().keys().collect();
    assert_eq!(members, ["kind", "certificate"], "the public part and no more");
    second.file("plan.json", plan);
    let finished = second.run(apply).ok();
    let right = first.run(apply).ok();
    settings(&first).bind(|| {
        insta::assert_snapshot!("setup_planned", planned.text());
        insta::assert_snapshot!("setup_stopped", stopped.text());
    });
    settings(&second).bind(|| insta::assert_snapshot!("setup_finished", finished.text()));
    assert!(right.stderr.contains("Nothing to do"), "{}", right.stderr);
    assert_eq!(first.run("Get-Mailbox adele --select Alias").ok().rows().len(), 1);
}

/// Killed after each thing that it has done or waits for, then run again: one application, one service
/// principal, one role, one key, and it works. With servers that are behind.
#[test]
fn a_run_that_is_killed_anywhere_is_finished_by_the_next() {
    std::thread::scope(|scope| {
        for events in 0..=11 {
            scope.spawn(move || finished_after_a_kill(events));
        }
    });
}

fn finished_after_a_kill(events: usize) {
    let tenant = Tenant::start_with(50, &["replication:service=graph,reads=1,flaps=1"]);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let said = killed_after(&home, &["--role", "Global Reader"], events);
    let _ = home.run(&setup("--yes")).ok();
    tenant.clear_faults();
    let objects = directory(&tenant);
    assert_eq!(counts(&objects), [1, 1, 1], "killed after {said:?}");
    assert_eq!(home.run("Get-Mailbox adele --select Alias").ok().rows().len(), 1);
    let keys = home.run("cert list").ok().rows();
    assert_eq!(keys.len(), 1, "one key, not one for each run");
    let (_, applications) = &objects[0];
    let registered = &applications["value"].as_array().unwrap()[0]["keyCredentials"];
    assert_eq!(registered.as_array().unwrap().len(), 1, "killed after {said:?}");
}

/// What it said until it was killed: so many things done or waited for, none of them being before
/// anything is done at all.
pub(crate) fn killed_after(home: &Home, access: &[&str], events: usize) -> Vec<String> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_exoctl"))
        .args(["setup", "--organization", "contoso.onmicrosoft.com", "--name", "EXO Reporting"])
        .args(["--access-token-file", "token.txt", "--yes"])
        .args(access)
        .env_clear()
        .env("EXOCTL_HOME", home.path().join("home"))
        .env("EXOCTL_ENVIRONMENT", home.environment().unwrap())
        .env("HOME", home.path())
        .current_dir(home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let is_event = |line: &String| {
        [": done", ": made", "waiting for", "already right."].iter().any(|sign| line.contains(sign))
    };
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let said = stderr.lines().map(Result::unwrap).filter(is_event).take(events + 1).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    said
}

/// Own applications, their service principals, and roles in the tenant.
pub(crate) fn counts(objects: &[(String, Value)]) -> [usize; 3] {
    let of = |path: &str, name: &str| {
        let (_, list) = objects.iter().find(|(known, _)| known == path).unwrap();
        list["value"].as_array().unwrap().iter().filter(|one| one["displayName"] == name).count()
    };
    let (_, roles) = objects.iter().find(|(path, _)| path.starts_with("roleManagement")).unwrap();
    [
        of("applications", "EXO Reporting"),
        of("servicePrincipals", "EXO Reporting"),
        roles["value"].as_array().unwrap().len(),
    ]
}

/// Makes an object through Graph, as a Global Administrator.
pub(crate) fn post(tenant: &Tenant, path: &str, body: &Value) {
    let text = std::fs::read_to_string(tenant.environment()).unwrap();
    let cloud = Cloud::from_environment_json(&text).unwrap();
    let certificate_authority = cloud.certificate_authority.clone();
    let options = HttpOptions { certificate_authority, ..HttpOptions::default() };
    let token = tenant.admin_token(&[DirectoryRole::GlobalAdministrator]);
    let request = http::Request::post(format!("{}v1.0/{path}", cloud.graph))
        .header("authorization", format!("Bearer {}", token.trim()))
        .header("content-type", "application/json")
        .body(body.to_string().into())
        .unwrap();
    let transport = HttpTransport::new(&options).unwrap();
    let answer = tenant.block_on(transport.send(request)).unwrap();
    assert_eq!(answer.status(), 201, "{path}");
}

/// All that Graph has, as it shows it.
pub(crate) fn directory(tenant: &Tenant) -> Vec<(String, Value)> {
    let text = std::fs::read_to_string(tenant.environment()).unwrap();
    let cloud = Cloud::from_environment_json(&text).unwrap();
    let certificate_authority = cloud.certificate_authority.clone();
    let options = HttpOptions { certificate_authority, ..HttpOptions::default() };
    let transport = Arc::new(HttpTransport::new(&options).unwrap());
    let token = tenant.admin_token(&[DirectoryRole::GlobalAdministrator]);
    let read = |path: &str| {
        let url = format!("{}v1.0/{path}", cloud.graph);
        let request = http::Request::get(url)
            .header("authorization", format!("Bearer {}", token.trim()))
            .body(Vec::new().into())
            .unwrap();
        let answer = tenant.block_on(transport.send(request)).unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let mut list: Value = serde_json::from_slice(answer.body()).unwrap();
        list["value"].as_array_mut().unwrap().sort_by_key(|one| one["id"].to_string());
        (path.to_owned(), list)
    };
    let mut all: Vec<(String, Value)> = [
        "applications",
        "servicePrincipals",
        "directory/deletedItems/microsoft.graph.application",
        "roleManagement/directory/roleAssignments",
    ]
    .map(read)
    .into();
    let principals = all[1].1["value"].as_array().unwrap().clone();
    for principal in principals {
        let id = principal["id"].as_str().unwrap();
        all.push(read(&format!("servicePrincipals/{id}/appRoleAssignedTo")));
    }
    all
}

#[test]
fn an_audit_finds_what_is_missing_and_its_commands_fix_it() {
    let tenant = Tenant::start(50);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let (_, certificate) = home.certificate();
    let app = tenant.register_as(exoctl_sim::Registration::new(certificate).without_consent());
    let line = format!(
        "app audit --app-id {app} --organization contoso.onmicrosoft.com --access-token-file token.txt"
    );
    let found = home.run(&line);
    assert_eq!(found.exit, 3, "{}", found.stderr);
    for finding in found.rows().iter().filter(|finding| finding["kind"] == "missing") {
        let fix = finding["fix"].as_str().unwrap().split(", or ").next().unwrap();
        let fix = fix.strip_prefix("exoctl ").unwrap();
        let _ = home.run(&format!("{fix} --access-token-file token.txt --yes")).ok();
    }
    let fixed = home.run(&line).ok();
    settings(&home).bind(|| {
        insta::assert_snapshot!("audit_found", found.text());
        insta::assert_snapshot!("audit_fixed", fixed.text());
    });
}

#[test]
fn an_application_of_somebody_else_is_adopted_and_its_credentials_stay() {
    let tenant = Tenant::start(50);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let (foreign, certificate) = home.certificate();
    let app = tenant.register(certificate);
    let line = format!(
        "setup --organization contoso.onmicrosoft.com --app-id {app} --role \"Global Reader\" --access-token-file token.txt"
    );
    let done = home.run(&format!("{line} --yes")).ok();
    settings(&home).bind(|| insta::assert_snapshot!("setup_adopted", done.text()));
    let shown = home.run(&format!("app show --app-id {app} --organization contoso.onmicrosoft.com --access-token-file token.txt")).ok();
    let keys = shown.rows()[0]["keyCredentials"].as_array().unwrap().clone();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0]["thumbprint"], foreign.as_str());
    let connect = format!(
        "Connect-ExchangeOnline -CertificateThumbprint {foreign} -AppId {app} -Organization contoso.onmicrosoft.com"
    );
    let _ = home.run(&connect).ok();
}

#[test]
fn what_is_wanted_is_written_for_other_tools_and_nothing_is_changed() {
    let tenant = Tenant::start(50);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let before = directory(&tenant);
    let manifest = home.run(&setup("--emit manifest")).ok();
    // Learn, "App-only authentication for unattended scripts", step 2.
    let expected = serde_json::json!({ "requiredResourceAccess": [{
        "resourceAppId": "00000002-0000-0ff1-ce00-000000000000",
        "resourceAccess": [{ "id": "dc50a0fb-09a3-484d-be87-e023b12c6440", "type": "Role" }] }] });
    assert_eq!(serde_json::from_str::<Value>(&manifest.stdout).unwrap(), expected);
    assert!(home.run(&setup("--emit terraform")).ok().stdout.contains("azuread_application"));
    assert!(home.run(&setup("--emit guide")).ok().stdout.contains("## 1. Make the key"));
    assert_eq!(directory(&tenant), before);
}

#[test]
fn what_cannot_be_set_up_is_explained() {
    let tenant = Tenant::start(50);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let plain = home_of_administrator(&tenant, &[]);
    let lines = [
        setup("--role \"Reports Reader\" --yes"),
        setup("--valid-for soon --yes"),
        setup(""),
        format!("setup {WHO} --access-token-file token.txt"),
        format!("setup {WHO} --role \"Global Reader\" --access-token-file nowhere.txt"),
        "setup --organization contoso.onmicrosoft.com --app-id 11111111-2222-4333-8444-555555555555 --role \"Global Reader\" --access-token-file token.txt".to_owned(),
        "setup --name x --role \"Global Reader\" --access-token-file token.txt".to_owned(),
        "setup apply nowhere.json --access-token-file token.txt".to_owned(),
        "app show --access-token-file token.txt".to_owned(),
    ];
    let mut told = String::new();
    for line in &lines {
        let _ = writeln!(told, "$ exoctl {line}\n{}", home.run(line).text());
    }
    let refused = plain.run(&setup("--yes")).text();
    settings(&home).bind(|| insta::assert_snapshot!("setup_refused", told));
    settings(&plain).bind(|| insta::assert_snapshot!("setup_plain_user", refused));
}

#[test]
fn an_application_is_shown_with_all_it_has() {
    let tenant = Tenant::start(50);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let _ = home.run(&setup("--yes")).ok();
    let shown = home.run("app show --access-token-file token.txt -o list").ok();
    settings(&home).bind(|| insta::assert_snapshot!("app_show", shown.text()));
}
