//! Contacts, mail users and devices.

use std::collections::HashSet;

use serde_json::json;

use super::super::super::call::Argument::{self, Flag};
use super::column;
use super::trial::{Trial, text};

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
