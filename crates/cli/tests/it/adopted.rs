//! An application of somebody else's: what setup adds to it, and nothing else, is taken away again.

use exoctl_sim::{DirectoryRole, Registration};

use crate::harness::{Home, Tenant};
use crate::role_group::organization;
use crate::setup::{directory, home_of_administrator, settings};

const TOKENS: &str = "--access-token-file token.txt --exchange-token-file exchange.txt";

/// An application that somebody made in the portal, with a certificate of theirs.
fn foreign(tenant: &Tenant, home: &Home) -> String {
    home.file("exchange.txt", tenant.exchange_token(&[DirectoryRole::ExchangeAdministrator]));
    let (_, certificate) = Home::new().certificate();
    let registration = Registration::new(certificate).with_name("Theirs").without_consent();
    tenant.register_as(registration.with_role(DirectoryRole::SecurityReader))
}

#[test]
fn what_setup_has_added_to_an_application_is_taken_away_and_nothing_else() {
    let tenant = Tenant::start(50);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let app = foreign(&tenant, &home);
    let before = directory(&tenant);
    let who = format!(
        "--organization contoso.onmicrosoft.com --app-id {app} --access-token-file token.txt"
    );
    let line = format!("setup {who} --role \"Global Reader\" --role \"Security Reader\"");
    let rehearsed = home.run(&format!("{line} --what-if"));
    let _ = home.run(&format!("{line} --yes")).ok();
    assert_ne!(directory(&tenant), before);
    let stranger = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let unknown = stranger.run(&format!("teardown {who} --yes"));
    let removal = home.run(&format!("teardown {who} --what-if"));
    let removed = home.run(&format!("teardown {who} --yes")).ok();
    assert_eq!(directory(&tenant), before);
    assert_eq!(home.run("profile list").ok().stdout, "");
    settings(&home).bind(|| {
        insta::assert_snapshot!("adopted_what_if", rehearsed.text());
        insta::assert_snapshot!("adopted_removal", removal.text());
        insta::assert_snapshot!("adopted_removed", removed.text());
    });
    settings(&stranger).bind(|| insta::assert_snapshot!("adopted_elsewhere", unknown.text()));
    let again = home.run(&format!("teardown {who} --yes"));
    assert_eq!(again.exit, 2, "what was undone is forgotten: {}", again.stderr);
}

#[test]
fn it_leaves_the_role_group_that_it_was_put_into() {
    let tenant = Tenant::start(50);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let app = foreign(&tenant, &home);
    let administrator = Home::of(&tenant);
    administrator.connected(&tenant);
    let before = (directory(&tenant), organization(&administrator));
    let who = format!("--organization contoso.onmicrosoft.com --app-id {app} {TOKENS}");
    let line = format!("setup {who} --role-group \"View-Only Organization Management\" --yes");
    let _ = home.run(&line).ok();
    assert_eq!(home.run("Get-Mailbox adele --select Alias").ok().rows().len(), 1);
    assert_ne!(organization(&administrator), before.1);
    let _ = home.run(&format!("teardown {who} --yes")).ok();
    assert_eq!((directory(&tenant), organization(&administrator)), before);
}
