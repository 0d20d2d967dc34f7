//! The module file as the service generates it: shape recorded, content our own.

use exoctl_exchange::{Asked, ConfirmImpact, ErrorKind, ParameterValue, ValueType};
use serde_json::json;

use crate::script::{Script, Step, TENANT, answer, call, connection, names, rows};

/// A key that openssl made.
const KEY: &str = include_str!("../fixtures/public_key.xml");

/// The file with the functions; `{KEY}` stands for the key.
const FUNCTIONS: &str = r"# helpers of the module
function Init-CmdletBegin
{
    [CmdletBinding()]
    param($CmdletParameters, $CmdletName)
    Write-Verbose 'function Get-Nothing in a text'
}

# .ExternalHelp Microsoft.Exchange.ProvisioningAndMigration-Help.xml
function script:Set-Mailbox
{
    [CmdletBinding(DefaultParameterSetName='Identity', SupportsShouldProcess=$true, ConfirmImpact='Medium')]
    param(
    
    [Parameter(ParameterSetName='Identity', Mandatory=$true, Position=0, ValueFromPipeline=$true)]
    [Parameter(ParameterSetName='Other')]
    ${Identity},

    [Parameter(ParameterSetName='Identity')]
    [System.Object[]]
    ${EmailAddresses},

    [switch]
    ${Force},

    [Alias('LHD','Hold')]
    [ValidateNotNullOrEmpty()]
    [System.Nullable[System.DateTime]]
    ${LitigationHoldDate},

    [securestring]
    ${Password},

    [Parameter(Mandatory=$true)]
    [byte[]]
    ${FileData}
    )
    Begin {
        $UseBatching, $BatchBodyObj = Execute-CmdletBatchingBeginBody -EnableBatchingStatus:$true
    }
    Process {
        $cmdletConfirmImpactValue = 2
        Execute-Command -CmdletName 'Set-Mailbox' -Parameters $PSBoundParameters
    }
}

function script:Remove-Mailbox
{
    [CmdletBinding(SupportsShouldProcess=$true, ConfirmImpact='High')]
    param(
    [Parameter(Mandatory=$true, Position=0)]
    [string]
    ${Identity}
    )
    Process { Execute-Command -CmdletName 'Remove-Mailbox' -Parameters $PSBoundParameters }
}

$PublicKey = '{KEY}'
$ConnectionContextObjectId = '…'
";

fn module() -> String {
    let functions = FUNCTIONS.replace("{KEY}", KEY.trim());
    json!({"value": [
        {"fileName": "ExchangeOnline.psd1", "fileContent": "@{}"},
        {"fileName": "ExchangeOnline.psm1", "fileContent": functions},
    ]})
    .to_string()
}

#[tokio::test(start_paused = true)]
async fn cmdlets_and_parameters_are_read_from_the_proxies() {
    let script = Script::new([answer(200, module())]);
    let catalogue = connection(&script).catalogue().await.unwrap();
    let names: Vec<&str> = catalogue.cmdlets.iter().map(|cmdlet| cmdlet.name.as_str()).collect();
    assert_eq!(names, ["Remove-Mailbox", "Set-Mailbox"], "helpers are no cmdlets");
    let remove = &catalogue.cmdlets[0];
    assert_eq!((remove.impact, remove.parameters.len()), (ConfirmImpact::High, 1));
    let set = &catalogue.cmdlets[1];
    assert_eq!((set.impact, set.batchable), (ConfirmImpact::Medium, true));
    assert_eq!(set.default_set.as_deref(), Some("Identity"));
    let types: Vec<(&str, ValueType)> =
        set.parameters.iter().map(|p| (p.name.as_str(), p.value_type.clone())).collect();
    assert_eq!(
        types,
        [
            ("Identity", ValueType::Any),
            ("EmailAddresses", ValueType::List(Box::new(ValueType::Any))),
            ("Force", ValueType::Switch),
            ("LitigationHoldDate", ValueType::DateTime),
            ("Password", ValueType::SecureString),
            ("FileData", ValueType::Bytes),
        ]
    );
    let identity = &set.parameters[0];
    assert_eq!((identity.mandatory, identity.position), (false, Some(0)));
    assert_eq!(identity.sets.len(), 2);
    assert!(identity.sets[0].mandatory && !identity.sets[1].mandatory);
    assert!(set.parameters[5].mandatory);
    assert!(set.find("hold").is_some_and(|parameter| parameter.name == "LitigationHoldDate"));
    assert!(catalogue.public_key.is_some());

    let seen = &script.seen()[0];
    assert_eq!(seen.method, "GET");
    let url =
        format!("https://outlook.office365.com/adminapi/v1.0/{TENANT}/EXOModuleFile?Version=");
    assert!(seen.url.starts_with(&url), "{}", seen.url);
    assert_eq!(seen.header("commandname"), "*");

    let cached = serde_json::to_string(&*catalogue).unwrap();
    let read: exoctl_exchange::Catalogue = serde_json::from_str(&cached).unwrap();
    assert_eq!(read, *catalogue);
}

#[tokio::test(start_paused = true)]
async fn a_secret_fetches_the_key_once_and_goes_encrypted() {
    let script = Script::new([answer(200, module()), rows(&[], None), rows(&[], None)]);
    let connection = connection(&script);
    for _ in 0..2 {
        let secret = ParameterValue::Secure("correct horse".into());
        let invocation = call("Set-Mailbox").with("Identity", "a").with("Password", secret);
        let (_, error) = names(connection.invoke(invocation)).await;
        assert!(error.is_none(), "{error:?}");
    }
    let seen = script.seen();
    assert_eq!(seen.len(), 3);
    let sent = seen[1].json()["CmdletInput"]["Parameters"]["Password"].as_str().unwrap().to_owned();
    assert_eq!(sent.len(), 344, "base64 of a 2048-bit block");
    assert!(!String::from_utf8_lossy(&seen[1].body).contains("horse"));
    let again =
        seen[2].json()["CmdletInput"]["Parameters"]["Password"].as_str().unwrap().to_owned();
    assert_ne!(sent, again, "PKCS#1 v1.5 pads at random");
}

#[tokio::test(start_paused = true)]
async fn a_module_file_without_a_script_is_an_error() {
    for step in [answer(200, "{}"), answer(200, r#"{"value":[]}"#), answer(200, "<html>")] {
        let steps: [Step; 1] = [step];
        let error = connection(&Script::new(steps)).module_file().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failed);
        assert_eq!(
            error.to_string(),
            "could not read the module file of contoso.onmicrosoft.com: it holds no script module"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_dangerous_cmdlet_is_asked_about_first() {
    let question = json!({"@adminapi.confirmationmessage": "Removing mailbox adele.", "value": []});
    let script = Script::new([answer(200, question.to_string()), rows(&[], None)]);
    let connection = connection(&script);
    let invocation = call("Remove-Mailbox").with("Identity", "adele");
    let Asked::Confirm(text) = connection.ask(&invocation).await.unwrap() else { panic!() };
    assert_eq!(text, "Removing mailbox adele.");
    names(connection.invoke(invocation.confirmed())).await;
    let confirm =
        |index: usize| script.seen()[index].json()["CmdletInput"]["Parameters"]["Confirm"].clone();
    assert_eq!((confirm(0), confirm(1)), (json!(true), json!(false)));
}
