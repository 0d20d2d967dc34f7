//! `doctor --explain`: texts from elsewhere, as people paste them.

use serde_json::Value;

use crate::harness::{Home, Ran};

fn explain(text: &str) -> Ran {
    Home::new().run_with("doctor --explain -", &[], text)
}

/// The code of the first row, and what else the text was found to name.
fn codes_and_names(text: &str) -> (Vec<String>, Value) {
    let ran = Home::new().run_with("doctor --explain - -o json", &[], text).ok();
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let explained = told[0]["explained"].as_array().unwrap();
    let codes = explained.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect();
    (codes, told[0]["named"].clone())
}

/// Windows PowerShell 5.1 writes an error so; the sentence is one of Microsoft365DSC's issues.
const IN_POWERSHELL_5: &str = "\
Connect-ExchangeOnline : AADSTS700027: Client assertion contains an invalid signature. [Reason - The key was \r
not found., Thumbprint of key used by client: '3D05A4E8F0F30C9A1C3B5D7E9F1A2B3C4D5E6F70', Please visit the Azure \r
Portal, Graph Explorer or directly use MS Graph to see configured keys for app Id \r
'36ee4c6c-0812-40a2-b820-b22ebd02bce3'.]\r
Trace ID: 5d9b1c2e-0000-4c5d-8e9f-0a1b2c3d4e5f\r
Correlation ID: 7e8f9a0b-1111-4c5d-8e9f-0a1b2c3d4e5f\r
Timestamp: 2026-01-09 02:02:12Z\r
At line:1 char:1\r
+ Connect-ExchangeOnline -CertificateThumbprint 3D05A4E8F0F30C9A1C3B5D7 ...\r
+ ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\r
    + CategoryInfo          : NotSpecified: (:) [Connect-ExchangeOnline], AdalServiceException\r
    + FullyQualifiedErrorId : Connect-ExchangeOnline\r
";

/// PowerShell 7 writes an error so, in colours and with a line at its left.
const IN_POWERSHELL_7: &str = "\
\u{1b}[31;1mGet-Mailbox: \u{1b}[0m
\u{1b}[31;1m\u{1b}[0m\u{1b}[36;1mLine |\u{1b}[0m
\u{1b}[31;1m\u{1b}[0m\u{1b}[36;1m\u{1b}[36;1m   1 | \u{1b}[0m \u{1b}[36;1mGet-Mailbox\u{1b}[0m -Identity x -Bogus y
\u{1b}[31;1m\u{1b}[0m\u{1b}[36;1m\u{1b}[36;1m\u{1b}[0m\u{1b}[36;1m     | \u{1b}[31;1m ~~~~~~~~~~~~\u{1b}[0m
\u{1b}[31;1m\u{1b}[0m\u{1b}[36;1m     | \u{1b}[31;1mYou must call Connect-ExchangeOnline before calling\u{1b}[0m
\u{1b}[31;1m\u{1b}[0m\u{1b}[36;1m     | \u{1b}[31;1many other cmdlets.\u{1b}[0m
";

#[test]
fn an_error_record_of_powershell_is_read_whatever_its_lines_and_colours() {
    let (codes, named) = codes_and_names(IN_POWERSHELL_5);
    assert_eq!(codes, ["AADSTS700027"]);
    assert_eq!(named["correlationId"], "7e8f9a0b-1111-4c5d-8e9f-0a1b2c3d4e5f");
    assert_eq!(named["traceId"], "5d9b1c2e-0000-4c5d-8e9f-0a1b2c3d4e5f");
    assert_eq!(named["timestamp"], "2026-01-09 02:02:12Z");
    assert_eq!(named["application"], "36ee4c6c-0812-40a2-b820-b22ebd02bce3");
    assert_eq!(named["thumbprint"], "3D05A4E8F0F30C9A1C3B5D7E9F1A2B3C4D5E6F70");
    let (codes, _) = codes_and_names(IN_POWERSHELL_7);
    assert_eq!(codes, ["module-not-connected"]);
    insta::assert_snapshot!("explain_powershell_5", explain(IN_POWERSHELL_5).text());
    insta::assert_snapshot!("explain_powershell_7", explain(IN_POWERSHELL_7).text());
}

/// The texts are those of the modules, of Windows, and of the services; most are titles of issues.
#[test]
fn texts_without_a_code_are_known_by_their_words() {
    for (text, code) in [
        (
            "Failed to fetch banner content from server. Reason: Object reference not set to an instance of an object.",
            "module-banner",
        ),
        (
            "Module could not be correctly formed. Please run Connect-ExchangeOnline again.",
            "module-not-formed",
        ),
        (
            "Could not load file or assembly 'Microsoft.Identity.Client, Version=4.66.1.0, Culture=neutral, PublicKeyToken=0a613f4dd989e8ae'. Could not find or load a specific file.",
            "module-assembly",
        ),
        (
            "Method not found: 'Microsoft.Identity.Client.PublicClientApplicationBuilder Microsoft.Identity.Client.Desktop.WamExtension.WithBroker(…)'",
            "module-assembly",
        ),
        (
            "An item with the same key has already been added. Key: https://login.microsoftonline.com/organizations",
            "module-same-key",
        ),
        (
            "The term 'Get-Mailbox' is not recognized as the name of a cmdlet, function, script file, or operable program.",
            "module-cmdlet-missing",
        ),
        (
            "A parameter cannot be found that matches parameter name 'CertificateThumbprint'.",
            "module-thumbprint-windows-only",
        ),
        ("A parameter cannot be found that matches parameter name 'Bogus'.", "unknown-parameter"),
        ("Keyset does not exist", "windows-keyset"),
        (
            "Exception calling \".ctor\" with \"2\" argument(s): \"The specified network password is not correct.\"",
            "password-wrong",
        ),
        ("Invalid provider type specified.", "key-algorithm"),
        (
            "The role assigned to application 36ee4c6c-0812-40a2-b820-b22ebd02bce3 isn't supported in this scenario. Please check online documentation for assigning correct Directory Roles to Azure AD Application for EXO App-Only Authentication.",
            "role-not-supported",
        ),
        (
            "[FailureCategory=AuthZ-CmdletAccessDeniedException] The application **36ee** isn't assigned to any management roles.",
            "exchange-403",
        ),
        (
            "{\"error\":{\"code\":\"Unauthorized\",\"message\":\"User is not allowed to call Get-Mailbox\"}}",
            "exchange-403",
        ),
        ("UnAuthorized", "exchange-401"),
        (
            "You have reached the maximum number of concurrent requests per tenant. Please wait and try again",
            "exchange-429",
        ),
        ("Expired or Invalid pagination request. Default Expiry time is 00:30:00", "incomplete"),
        (
            "Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|The operation couldn't be performed because object 'x' couldn't be found on 'AM0P…'.",
            "object-not-found",
        ),
        (
            "CredentialInvalidLifetimeAsPerAppPolicy: Credential lifetime exceeds the max value allowed as per assigned policy",
            "graph-policy",
        ),
        (
            "Authorization_RequestDenied: Insufficient privileges to complete the operation.",
            "graph-403",
        ),
        ("No such host is known. (outlook.office365.com:443)", "no-connection"),
        (
            "New-ManagementRoleAssignment -App \"AppID\" -Role \"ApplicationImpersonation\"",
            "application-impersonation",
        ),
        ("exchange-403", "exchange-403"),
        ("aadsts90002", "AADSTS90002"),
    ] {
        assert_eq!(codes_and_names(text).0, [code], "{text}");
    }
}

#[test]
fn a_code_that_means_two_things_is_explained_as_both() {
    let (codes, _) =
        codes_and_names("AADSTS53003: Access has been blocked by Conditional Access policies.");
    assert_eq!(codes, ["AADSTS53003", "AADSTS53003"]);
}

#[test]
fn the_advice_to_impersonate_is_corrected_with_the_reason() {
    let advice = "Run New-ManagementRoleAssignment -App 36ee4c6c-0812-40a2-b820-b22ebd02bce3 -Role ApplicationImpersonation";
    insta::assert_snapshot!("explain_impersonation", explain(advice).text());
}

#[test]
fn what_is_not_known_is_said_to_be_unknown_with_what_was_found() {
    let text = "AADSTS999999: Something new. Correlation ID: 7e8f9a0b-1111-4c5d-8e9f-0a1b2c3d4e5f";
    let unknown = explain(text);
    assert_eq!(unknown.exit, 1);
    let nothing = explain("Good morning.");
    assert_eq!(nothing.exit, 1);
    assert_eq!(nothing.stdout, "");
    let told = format!("{}\n{}", unknown.text(), nothing.text());
    insta::assert_snapshot!("explain_unknown", told);
}
