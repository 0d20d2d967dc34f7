//! `exoctl audit verify`.

use std::error::Error as _;
use std::fs;
use std::path::{Path, PathBuf};

use exoctl_certificate::{Certificate, read_key_file};
use exoctl_export::Verdict;
use exoctl_export::manifest::{Verification, verify};
use serde_json::json;

use super::export::show_incomplete;
use super::target::Target;
use crate::context::Context;
use crate::error::{CommandError, FileError};
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::ui::Ui;

/// The arguments of `exoctl audit verify`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The directory of the export, or s3://BUCKET/PREFIX, az://CONTAINER/PREFIX, gs://BUCKET/PREFIX
    #[arg(value_name = "DIR|URL", value_parser = Target::parse)]
    export: Target,
    /// The certificate that must have signed it, as DER or PEM
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  exoctl audit verify ./audit/2026-10 --certificate exo.cer
  exoctl audit verify ./audit/2026-10 -o json
  exoctl audit verify s3://contoso-audit/2026-10 --certificate exo.cer

Needs no network but for object storage, whose objects are read one after the other. Checks the signature, the chain of the manifest's entries, the bytes and the number of records of every
file, and that the windows cover the period without a hole. The exit code is 1 if something was changed, 6 if nothing was
and the export is not complete. Without --certificate the signature shows only that whoever signed has signed this.";

impl Args {
    pub(super) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let mut rows = Rows::new(context, ui)?.noun("AuditVerification");
        let certificate = self.certificate.as_deref().map(read_certificate).transpose()?;
        let verification = match (self.export.bucket(context)?, &self.export) {
            (Some(bucket), _) => bucket.verify(certificate.as_ref()).await?,
            (None, target) => verify(&target.directory(None, context)?, certificate.as_ref())?,
        };
        let total = verification.manifest.latest();
        let findings: Vec<String> = verification.findings.iter().map(describe).collect();
        let signed_by = verification.signed_by.as_ref();
        let row = json!({
            "genuine": verification.is_genuine(),
            "verdict": total.verdict.name(),
            "records": total.records,
            "files": verification.manifest.all_files().count(),
            "later": verification.manifest.later.len(),
            "windows": verification.manifest.windows.len(),
            "signedBy": signed_by.map(|certificate| certificate.thumbprint().to_string()),
            "subject": signed_by.map(Certificate::subject),
            "findings": findings,
        });
        rows.value(&row, ui)?;
        rows.finish(ui)?;
        tell(&verification, certificate.is_some(), ui);
        Ok(match total.verdict {
            _ if !verification.is_genuine() => ExitCode::Failed,
            Verdict::Complete => ExitCode::Ok,
            _ => ExitCode::Incomplete,
        })
    }
}

/// What a row does not say.
fn tell(verification: &Verification, trusted: bool, ui: &mut Ui) {
    for finding in &verification.findings {
        ui.warning(describe(finding));
    }
    match &verification.signed_by {
        Some(certificate) if !trusted => ui.note(format_args!(
            "Signed with the certificate that it names itself, {}. With --certificate FILE it is compared with yours.",
            certificate.thumbprint()
        )),
        None if verification.is_genuine() => {
            ui.warning("It is not signed: who changed a file could have changed the manifest too.");
        }
        _ => {}
    }
    show_incomplete(&verification.manifest, ui);
}

fn describe(finding: &exoctl_export::manifest::Finding) -> String {
    match finding.source() {
        Some(source) if !finding.to_string().contains(&source.to_string()) => {
            format!("{finding}: {source}")
        }
        _ => finding.to_string(),
    }
}

pub(super) fn read_certificate(path: &Path) -> Result<Certificate, CommandError> {
    let failed = |source| FileError { operation: "read", path: path.into(), source };
    let bytes = fs::read(path).map_err(failed)?;
    let contents = read_key_file(&bytes, None)?;
    let first = contents.certificates().next().cloned();
    first.ok_or_else(|| CommandError::usage(format!("{} holds no certificate", path.display())))
}
