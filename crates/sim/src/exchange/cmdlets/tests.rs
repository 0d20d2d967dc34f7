//! What administrators do, cmdlet by cmdlet. Row shapes and messages are those of recorded answers.

mod audit;
mod mail_flow;
mod recipients;
mod roles;
mod trial;

use std::collections::HashSet;

use serde_json::Value as Json;

use super::super::access::{COMPLIANCE_ROLES, EXCHANGE_ROLES};
use super::super::call::Argument::{self, Texts};
use super::super::cmdlet::Offered;
use trial::{Trial, text};

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
