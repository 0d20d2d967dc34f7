//! `exoctl cert check`: for monitors. Is the certificate still good, and does the application have it?

mod judgement;
mod prometheus;

use std::sync::Arc;

use exoctl_certificate::CertifiedKey;
use exoctl_identity::{CredentialError, TokenRequest};
use jiff::Timestamp;
use serde_json::{Value, json};

use self::judgement::{Evidence, Judgement, Limits, Registration, State, judge};
use super::rotate::{Target, Who, after, look, span};
use crate::context::{Context, Flags};
use crate::env;
use crate::error::{CommandError, ProfileError};
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::password::PasswordArgs;
use crate::profile::Source;
use crate::sign_in::SignInArgs;
use crate::ui::Ui;

/// The arguments of `exoctl cert check`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Warn of a certificate that expires within this time
    #[arg(long, value_name = "TIME", default_value = "30d")]
    warn: String,
    /// Call one critical that expires within this time
    #[arg(long, value_name = "TIME", default_value = "7d")]
    critical: String,
    /// Check the certificates of all connections instead of the current one
    #[arg(long)]
    all: bool,
    /// Look at this machine only; do not sign in
    #[arg(long, conflicts_with = "as_admin")]
    offline: bool,
    /// Have an administrator sign in to compare with what the application has
    #[arg(long)]
    as_admin: bool,
    #[command(flatten)]
    password: PasswordArgs,
    #[command(flatten)]
    sign_in: SignInArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl cert check
  exoctl cert check --all --warn 30d --critical 7d -o json
  exoctl cert check --all -o prometheus > /var/lib/node_exporter/exoctl.prom
  exoctl cert check --as-admin --access-token-file token.txt

The exit code is 0 if all is well and 3 if not; status is ok, warn or critical. Whether the application has the
certificate is seen by signing in with it, or in its list of key credentials if the application or an
administrator may read that. A certificate that it does not have, or whose key cannot be used, is critical.";

/// The permission that reads applications.
const READ: &str = "Application.Read.All";

/// One connection's certificate.
struct Checked {
    profile: String,
    organization: String,
    app_id: String,
    thumbprint: String,
    subject: Option<String>,
    judgement: Judgement,
}

impl Args {
    /// Does it.
    pub(super) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let now = context.clock().now();
        let limits = Limits {
            warn: after(now, span(&self.warn)?),
            critical: after(now, span(&self.critical)?),
        };
        let mut checked = Vec::new();
        for name in self.names(context)? {
            let profile = context.profiles()?.load(&name)?;
            let has_certificate =
                matches!(profile.credential, Source::Store { .. } | Source::File { .. });
            if self.all && !has_certificate {
                ui.note(format_args!("{name} signs in with an access token and is left out."));
                continue;
            }
            let target = Target::of(name, profile, context, ui)?;
            checked.push(self.check(&target, limits, now, context, ui).await?);
        }
        show(&checked, now, context, ui)?;
        let worst = checked.iter().map(|one| one.judgement.state).max();
        Ok(match worst {
            None | Some(State::Ok) => ExitCode::Ok,
            Some(_) => ExitCode::Findings,
        })
    }

    fn names(&self, context: &Context) -> Result<Vec<String>, CommandError> {
        if self.all {
            return Ok(context.profiles()?.names()?);
        }
        let name = context.settings(&Flags::default())?.profile_name.value;
        Ok(vec![name.ok_or(ProfileError::NotConnected)?])
    }

    async fn check(
        &self,
        target: &Target,
        limits: Limits,
        now: Timestamp,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<Checked, CommandError> {
        let journal = look(context, target.app_id)?;
        let opened = target.key(&self.password, context, ui);
        let subject = opened.as_ref().ok().map(|key| key.certificate().subject().to_owned());
        let judgement = match &opened {
            Ok(key) => {
                let registration = self.registration(key, target, context, ui).await?;
                let not_after = key.certificate().not_after();
                judge(Some(not_after), registration, journal.as_ref(), limits, now)
            }
            Err(error) => {
                let registration = Registration::unknown(reason(error));
                judge(None, registration, journal.as_ref(), limits, now)
            }
        };
        for finding in &judgement.findings {
            ui.warning(format_args!("{}: {finding}", target.name));
        }
        Ok(Checked {
            profile: target.name.clone(),
            organization: target.profile.organization.to_string(),
            app_id: target.app_id.to_string(),
            thumbprint: target.thumbprint.to_string(),
            subject,
            judgement,
        })
    }

    /// Whether the application has the certificate, as far as can be seen.
    async fn registration(
        &self,
        key: &CertifiedKey,
        target: &Target,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<Registration, CommandError> {
        if self.offline {
            return Ok(Registration::not_asked());
        }
        let who = if self.as_admin {
            Who::administrator(&self.sign_in, READ, target, context, ui).await?
        } else {
            Who::Itself
        };
        let signed_in = signs_in(key, target, context).await?;
        let seen = match (&signed_in.evidence, &who) {
            // One that cannot sign in cannot look either.
            (Evidence::SignIn(false) | Evidence::None, Who::Itself) => return Ok(signed_in),
            _ => who.look(|| Ok(key.clone()), target, context).await,
        };
        match (seen, who) {
            (Ok(Some(application)), _) => Ok(match application.key_credential(&key.thumbprint()) {
                Some(entry) => Registration::listed(entry.end(), signed_in),
                None => Registration::unlisted(),
            }),
            (Err(error), Who::Administrator(_)) => Err(error),
            // That it works is known, and is what matters.
            (Ok(None) | Err(_), _) => Ok(signed_in),
        }
    }
}

/// What failed and why, in one line and without advice.
fn reason(error: &CommandError) -> String {
    let report = error.report();
    let lines = report.lines().map(str::trim);
    let told = lines.take_while(|line| {
        !["Cause [", "Reference:", "Fix:"].iter().any(|label| line.starts_with(label))
    });
    told.collect::<Vec<_>>().join(" ").replace(" Caused by:", ":")
}

/// Signs in with a certificate, afresh.
async fn signs_in(
    key: &CertifiedKey,
    target: &Target,
    context: &Context,
) -> Result<Registration, CommandError> {
    let credential = target.credential(Arc::new(key.clone()), context)?;
    Ok(match credential.token(&TokenRequest::new(target.scope())).await {
        Ok(_) => Registration::signed_in(),
        Err(error) => refused(&error),
    })
}

fn refused(error: &CredentialError) -> Registration {
    let why = match error.entra() {
        // The first sentence; the rest is for developers.
        Some(entra) => {
            let text = entra.to_string();
            text.split(". ")
                .next()
                .unwrap_or(&text)
                .split(" [")
                .next()
                .unwrap_or_default()
                .to_owned()
        }
        None => error.to_string(),
    };
    // The application, its service principal, the certificate; everything else may pass.
    let is_final = error
        .entra()
        .is_some_and(|entra| matches!(entra.code, 700_016 | 7_000_229 | 700_027 | 7_000_112));
    if is_final { Registration::refused(why) } else { Registration::unknown(why) }
}

fn show(
    checked: &[Checked],
    now: Timestamp,
    context: &Context,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let global = context.global();
    let format = global.output.clone().or_else(|| context.environment().find(env::EXOCTL_OUTPUT));
    if format.is_some_and(|format| format.eq_ignore_ascii_case("prometheus")) {
        ui.data_line(prometheus::text(checked).trim_end())?;
        return ui.flush();
    }
    let mut rows = Rows::new(context, ui)?.noun("CertificateCheck");
    for one in checked {
        rows.value(&row(one, now), ui)?;
    }
    rows.finish(ui)
}

fn row(checked: &Checked, now: Timestamp) -> Value {
    let judgement = &checked.judgement;
    let days = |end: Timestamp| end.duration_since(now).as_secs().div_euclid(24 * 60 * 60);
    json!({
        "status": judgement.state.name(),
        "profile": checked.profile,
        "organization": checked.organization,
        "appId": checked.app_id,
        "thumbprint": checked.thumbprint,
        "subject": checked.subject,
        "notAfter": judgement.end.map(|end| end.to_string()),
        "daysLeft": judgement.end.map(days),
        "registered": judgement.registered,
        "evidence": judgement.evidence,
        "findings": judgement.findings,
    })
}
