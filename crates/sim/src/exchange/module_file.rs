//! The PowerShell module that the service makes for a caller: a proxy function for each cmdlet that
//! its roles permit, with the permitted parameters.
//!
//! The shape of a proxy (its attributes, its types, the name of what it calls) is the recorded one;
//! what it calls is not in the file, for the module is read here, not run.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::caller::Caller;
use super::cmdlet::{Cmdlet, Impact};
use super::cmdlets;
use super::invoke::is_offered;
use super::parameter::{Parameter, Type};
use crate::call::Service;

/// Cmdlets whose pipeline the module does not send in batches.
const CUSTOM_ROUTING: [&str; 10] = [
    "Get-InboxRule",
    "Get-MailboxAutoReplyConfiguration",
    "Get-MailboxFolderPermission",
    "Get-MailboxFolderStatistics",
    "Get-MailboxPermission",
    "Get-MailboxRegionalConfiguration",
    "Get-MailboxStatistics",
    "Get-MobileDeviceStatistics",
    "Get-MailboxCalendarFolder",
    "Set-MailboxRegionalConfiguration",
];

/// The body of an `EXOModuleFile` answer. `names` is the `CommandName` header: `*`, or a list.
pub(crate) fn body(
    caller: &Caller,
    service: &Service,
    public_key: &str,
    names: Option<&str>,
    context: &str,
) -> Json {
    let wanted = |cmdlet: &Cmdlet| {
        let names = names.unwrap_or("*");
        names
            .split(',')
            .map(str::trim)
            .any(|name| name == "*" || name.eq_ignore_ascii_case(cmdlet.name))
    };
    let mut found: Vec<&Cmdlet> = cmdlets::all()
        .filter(|cmdlet| is_offered(cmdlet, service) && caller.may_run(cmdlet) && wanted(cmdlet))
        .collect();
    found.sort_by_key(|cmdlet| cmdlet.name);
    let exported: Vec<&str> = found.iter().map(|cmdlet| cmdlet.name).collect();
    let mut files = vec![
        json!({"fileName": "ExchangeOnline.psm1", "fileContent": script(&found, caller, public_key)}),
        json!({"fileName": "ExchangeOnline.psd1", "fileContent": manifest(&exported)}),
        json!({
            "fileName": "ExchangeOnline.Format.ps1xml",
            "fileContent": "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Configuration><ViewDefinitions /></Configuration>\n",
        }),
    ];
    if names.is_some() {
        files[0]["exportedCmdlets"] = json!(exported.join(","));
    }
    json!({"@odata.context": context, "value": files})
}

fn script(cmdlets: &[&Cmdlet], caller: &Caller, public_key: &str) -> String {
    let mut out =
        String::from("# Proxies of the cmdlets that the signed-in application may use.\n");
    for cmdlet in cmdlets {
        proxy(&mut out, cmdlet, caller);
    }
    for (name, value) in [
        ("PublicKey", public_key),
        ("ConnectionContextObjectId", &Uuid::nil().to_string()),
        ("TokenProviderObjectId", &Uuid::nil().to_string()),
    ] {
        writeln!(out, "$script:{name} = '{value}'").expect("memory takes every write");
    }
    out
}

fn proxy(out: &mut String, cmdlet: &Cmdlet, caller: &Caller) {
    let parameters: Vec<String> = cmdlet
        .parameters
        .iter()
        .filter(|parameter| caller.may_use(parameter))
        .map(declaration)
        .collect();
    let batching = !CUSTOM_ROUTING.contains(&cmdlet.name);
    let prompt =
        if cmdlet.impact == Impact::None { "" } else { " -ShowConfirmPrompt $ShowConfirmPrompt" };
    write!(
        out,
        "\n# .ExternalHelp Microsoft.Exchange-Help.xml\nfunction script:{name}\n{{\n    {binding}\n    \
         param(\n{parameters}\n    )\n    Begin {{\n        Execute-CmdletBatchingBeginBody \
         -EnableBatchingStatus:${batching} -ExpectingInput $PSCmdlet.MyInvocation.ExpectingInput\n    }}\n    \
         Process {{\n        Execute-Command -CmdletName '{name}' -Parameters $PSBoundParameters \
         -CmdletRequestId $CmdletRequestId{prompt} -PSCmdletObject $PSCmdlet\n    }}\n}}\n",
        name = cmdlet.name,
        binding = binding(cmdlet),
        parameters = parameters.join(",\n\n"),
    )
    .expect("memory takes every write");
}

fn binding(cmdlet: &Cmdlet) -> String {
    let mut arguments = Vec::new();
    if let Some(set) = default_set(cmdlet) {
        arguments.push(format!("DefaultParameterSetName='{set}'"));
    }
    match cmdlet.impact {
        Impact::None => {}
        Impact::Medium => {
            arguments.push("SupportsShouldProcess=$true, ConfirmImpact='Medium'".into());
        }
        Impact::High => arguments.push("SupportsShouldProcess=$true, ConfirmImpact='High'".into()),
    }
    format!("[CmdletBinding({})]", arguments.join(", "))
}

/// The set of the first parameter that has sets.
fn default_set(cmdlet: &Cmdlet) -> Option<&'static str> {
    cmdlet.parameters.iter().find_map(|parameter| parameter.sets.first()).copied()
}

fn declaration(parameter: &Parameter) -> String {
    let mut lines = Vec::new();
    let mut common = Vec::new();
    if parameter.mandatory {
        common.push("Mandatory=$true".to_owned());
    }
    common.extend(parameter.position.map(|position| format!("Position={position}")));
    if parameter.pipeline {
        common.push("ValueFromPipeline=$true, ValueFromPipelineByPropertyName=$true".to_owned());
    }
    for set in parameter.sets {
        let mut arguments = vec![format!("ParameterSetName='{set}'")];
        arguments.extend(common.iter().cloned());
        lines.push(format!("[Parameter({})]", arguments.join(", ")));
    }
    if parameter.sets.is_empty() && !common.is_empty() {
        lines.push(format!("[Parameter({})]", common.join(", ")));
    }
    if let Some(kind) = type_name(parameter.kind) {
        lines.push(format!("[{kind}]"));
    }
    lines.push(format!("${{{}}}", parameter.name));
    lines.iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// The type that a proxy declares. Identities, enumerations and multivalued properties are untyped.
fn type_name(kind: Type) -> Option<&'static str> {
    match kind {
        Type::Switch => Some("switch"),
        Type::String => Some("string"),
        Type::Strings => Some("string[]"),
        Type::Bool => Some("bool"),
        Type::Int => Some("int"),
        Type::Guid => Some("guid"),
        Type::DateTime => Some("System.DateTime"),
        Type::Bytes => Some("byte[]"),
        Type::Secret => Some("securestring"),
        Type::Hashtable => Some("hashtable"),
        Type::Identities | Type::Enums(_) => Some("System.Object[]"),
        _ => None,
    }
}

fn manifest(exported: &[&str]) -> String {
    let quoted: Vec<String> = exported.iter().map(|name| format!("'{name}'")).collect();
    format!(
        "@{{\n    ModuleVersion = '1.0'\n    RootModule = 'ExchangeOnline.psm1'\n    \
         FormatsToProcess = 'ExchangeOnline.Format.ps1xml'\n    FunctionsToExport = @({})\n}}\n",
        quoted.join(", ")
    )
}
