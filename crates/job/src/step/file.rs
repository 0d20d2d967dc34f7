//! A step as the file has it: a table whose one key says what is done.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Action, AuditExport, AuditReport, CertCheck, CertRotate, CmdletLine, Doctor, Format, Program,
    Step,
};
use crate::place::Template;

/// One step. Exactly one of `cmdlet`, `audit-export`, `audit-report`, `cert-rotate`, `cert-check`,
/// `doctor` and `program` says what is done.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[schemars(rename = "Step", transform = exactly_one)]
pub(crate) struct StepFile {
    /// A cmdlet with its parameters, as in PowerShell: `Get-Mailbox -ResultSize Unlimited`.
    #[serde(skip_serializing_if = "Option::is_none")]
    cmdlet: Option<CmdletLine>,
    /// Export the audit log of a period.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_export: Option<AuditExport>,
    /// Report on an export: a page, a mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_report: Option<AuditReport>,
    /// Replace the certificate if it expires soon.
    #[serde(skip_serializing_if = "Option::is_none")]
    cert_rotate: Option<CertRotate>,
    /// Find out whether certificates expire soon.
    #[serde(skip_serializing_if = "Option::is_none")]
    cert_check: Option<CertCheck>,
    /// Find out whether everything works.
    #[serde(skip_serializing_if = "Option::is_none")]
    doctor: Option<Doctor>,
    /// Run a program, which signs in as the application without its key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    program: Vec<String>,
    /// Of a program: it is a PowerShell script that is to be connected.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pwsh: bool,
    /// Of a program: the environment variable that gets an access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_env: Option<String>,
    /// Of a program: the resources that it gets tokens for, besides those of the profile.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<String>,
    /// Of a program: environment variables that it keeps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keep_env: Vec<String>,
    /// The file that the output is written to, relative to the run's directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Template>,
    /// The form of the output; without it, the one that the file's name asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Format>,
    /// Doing it again does no harm, so that it may be repeated after an unclear end.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    idempotent: bool,
    /// Exit codes, besides 0, after which the next step is started. Without it, 6 (incomplete) of
    /// an export, so that its report says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    continue_on: Option<Vec<u8>>,
}

/// The keys that say what a step does.
const ACTIONS: [&str; 7] =
    ["cmdlet", "audit-export", "audit-report", "cert-rotate", "cert-check", "doctor", "program"];

/// The keys that only a program has.
const OF_PROGRAMS: [&str; 4] = ["pwsh", "token-env", "resources", "keep-env"];

/// The exit code of an export that is not complete.
const INCOMPLETE: u8 = 6;

/// Says to JSON Schema what the reader checks.
fn exactly_one(schema: &mut schemars::Schema) {
    let one = |key: &str| serde_json::json!({ "required": [key] });
    schema.insert("oneOf".to_owned(), ACTIONS.map(one).to_vec().into());
    let programs: serde_json::Map<_, _> = OF_PROGRAMS
        .map(|key| (key.to_owned(), serde_json::json!(["program"])))
        .into_iter()
        .collect();
    schema.insert("dependentRequired".to_owned(), programs.into());
}

impl TryFrom<StepFile> for Step {
    type Error = String;

    fn try_from(file: StepFile) -> Result<Self, String> {
        let given = [
            file.cmdlet.is_some(),
            file.audit_export.is_some(),
            file.audit_report.is_some(),
            file.cert_rotate.is_some(),
            file.cert_check.is_some(),
            file.doctor.is_some(),
            !file.program.is_empty(),
        ];
        let named: Vec<&str> = ACTIONS
            .into_iter()
            .zip(given)
            .filter_map(|(name, given)| given.then_some(name))
            .collect();
        match named.as_slice() {
            [_] => {}
            [] => return Err(format!("a step has one of {}", ACTIONS.join(", "))),
            several => {
                return Err(format!("a step does one thing, and not {}", several.join(" and ")));
            }
        }
        let of_programs = [
            file.pwsh,
            file.token_env.is_some(),
            !file.resources.is_empty(),
            !file.keep_env.is_empty(),
        ];
        if let (Some(at), true) =
            (of_programs.iter().position(|given| *given), file.program.is_empty())
        {
            return Err(format!("{} is only of `program`", OF_PROGRAMS[at]));
        }
        if file.format.is_some() && !file.program.is_empty() {
            return Err("a program writes what it writes: `format` is not of `program`".to_owned());
        }
        if let Some(fault) = file.audit_report.as_ref().and_then(AuditReport::fault) {
            return Err(fault);
        }
        if file
            .output
            .as_ref()
            .is_some_and(|output| output.as_str().split(['/', '\\']).any(|part| part == ".."))
        {
            return Err(
                "`output` is in the run's directory or a whole path, without `..`".to_owned()
            );
        }
        let default = if file.audit_export.is_some() { vec![INCOMPLETE] } else { Vec::new() };
        let (output, format, idempotent) = (file.output.clone(), file.format, file.idempotent);
        let continue_on = file.continue_on.clone().unwrap_or(default);
        Ok(Self { action: file.action(), output, format, idempotent, continue_on })
    }
}

impl StepFile {
    /// What is done; one of them is there.
    fn action(self) -> Action {
        let program = Program {
            words: self.program.iter().map(|word| Template::lenient(word)).collect(),
            pwsh: self.pwsh,
            token_env: self.token_env,
            resources: self.resources,
            keep_env: self.keep_env,
        };
        None.or(self.cmdlet.map(Action::Cmdlet))
            .or(self.audit_export.map(Action::AuditExport))
            .or(self.audit_report.map(Action::AuditReport))
            .or(self.cert_rotate.map(Action::CertRotate))
            .or(self.cert_check.map(Action::CertCheck))
            .or(self.doctor.map(Action::Doctor))
            .unwrap_or(Action::Program(program))
    }
}

impl From<Step> for StepFile {
    fn from(step: Step) -> Self {
        let mut file = Self {
            output: step.output,
            format: step.format,
            idempotent: step.idempotent,
            continue_on: Some(step.continue_on),
            ..Self::default()
        };
        match step.action {
            Action::Cmdlet(line) => file.cmdlet = Some(line),
            Action::AuditExport(export) => file.audit_export = Some(export),
            Action::AuditReport(report) => file.audit_report = Some(report),
            Action::CertRotate(rotation) => file.cert_rotate = Some(rotation),
            Action::CertCheck(check) => file.cert_check = Some(check),
            Action::Doctor(doctor) => file.doctor = Some(doctor),
            Action::Program(program) => {
                file.program = program.words.into_iter().map(String::from).collect();
                file.pwsh = program.pwsh;
                file.token_env = program.token_env;
                file.resources = program.resources;
                file.keep_env = program.keep_env;
            }
        }
        file
    }
}
