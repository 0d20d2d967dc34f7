//! `exoctl exec`: runs a program that signs in with the certificate and never sees its key.

mod child;
mod environment;
mod prelude;
#[cfg(unix)]
mod token_fd;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use exoctl_broker::{AllowedResources, Endpoint, EndpointOptions, Resource};
use exoctl_identity::{AccessToken, Scope, TokenCredential, TokenRequest};
use jiff::SignedDuration;

use self::child::{Limit, Supervised};
use crate::context::{CloudChoice, Context, Flags, Settings, SignIn};
use crate::error::{CommandError, ExecError, InvalidSetting};
use crate::exit::ExitCode;
use crate::password::PasswordArgs;
use crate::profile::{Profile, Service};
use crate::program::{RunLog, Secrets, Watched};
use crate::ui::Ui;

/// The arguments of `exoctl exec`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = EXAMPLES,
    override_usage = "exoctl exec [OPTIONS] -- <PROGRAM> [ARGUMENT]…\n       exoctl exec --pwsh [OPTIONS] -- <SCRIPT.ps1> [ARGUMENT]…"
)]
pub(crate) struct Args {
    /// The program and its arguments
    #[arg(
        value_name = "PROGRAM",
        trailing_var_arg = true,
        allow_hyphen_values = true,
        required_unless_present = "print_prelude"
    )]
    program: Vec<OsString>,
    /// Run a PowerShell script, connected before it starts and again before its token expires
    #[arg(long)]
    pwsh: bool,
    /// Print the PowerShell that does so, to put it into a script of your own
    #[arg(long)]
    print_prelude: bool,
    /// Give tokens for this resource too, besides those of the connection
    #[arg(long, value_name = "URI")]
    allow_resource: Vec<Resource>,
    /// Answer as the Instance Metadata Service too (AZURE_POD_IDENTITY_AUTHORITY_HOST)
    #[arg(long)]
    imds: bool,
    /// Put an access token of the connection into this environment variable of the program
    #[arg(long, value_name = "NAME", value_parser = environment::name)]
    token_env: Option<String>,
    /// Let the program read an access token of the connection from this file descriptor
    #[cfg(unix)]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(token_fd::NUMBERS))]
    token_fd: Option<i32>,
    /// Leave this environment variable to the program, which would be removed otherwise
    #[arg(long, value_name = "NAME")]
    keep_env: Vec<String>,
    /// Add all that the program writes to this file, with secrets taken out
    #[arg(long, value_name = "FILE")]
    run_log: Option<PathBuf>,
    /// End the program and all that it has started after so long, for example 30m
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    timeout: Option<Duration>,
    /// How long it has to end by itself before it is killed
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10s")]
    kill_after: Duration,
    #[command(flatten)]
    password: PasswordArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl exec -- python3 report.py
  exoctl exec --pwsh --timeout 30m --run-log monthly.log -- ./monthly.ps1 -Month 11
  exoctl exec --allow-resource https://graph.microsoft.com -- node sync.mjs
  exoctl exec --token-env TOKEN -- sh -c 'curl -H \"Authorization: Bearer $TOKEN\" …'
  exoctl exec --print-prelude

The program finds a managed identity: IDENTITY_ENDPOINT and IDENTITY_HEADER (MSI_ENDPOINT and MSI_SECRET for
older clients) lead to a port of this machine that gives tokens while the program runs. Tokens are for Exchange
Online and Security & Compliance; for others see --allow-resource and `exoctl profile allow`.

The exit code is the program's; 128 and the signal's number if a signal ended it, 124 after --timeout, 126 if it
cannot be started, 127 if it is not there. With --timeout or --run-log, and when stdin is no terminal, it runs
in a process group of its own, without the terminal's keyboard. On Windows there are no process groups: a timeout
kills the program and what it has started at once, and --token-fd is not there.";

impl Args {
    /// Does it.
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        if self.print_prelude {
            ui.data_line(prelude::TEXT.trim_end())?;
            ui.flush()?;
            return Ok(ExitCode::Ok);
        }
        let settings = context.settings(&Flags::default())?;
        let secrets = Secrets::default();
        let identity = self.identity(&settings, &secrets, context, ui).await?;
        secrets.add(identity.endpoint.header().clone());
        if let Some(path) = identity.endpoint.imds_secret() {
            secrets.add(path.clone());
        }
        let prepared = self.prepare(&identity, &settings, &secrets, context)?;
        let log = match &self.run_log {
            Some(path) => Some(RunLog::open(path, &secrets, context.clock())?),
            None => None,
        };
        let limit = self.timeout.map(|after| Limit { after, grace: self.kill_after });
        // A step's worker ends the step's group, which the program has to be in then.
        let apart = limit.is_some() || log.is_some() || !ui.stdin_is_terminal();
        let alone = apart && !context.is_step();
        if let Some(log) = &log {
            log.begin(&self.program, &identity.organization);
        }
        let child = Supervised::start(prepared.command, alone, log)?;
        // Files that the program was started with: its end of a pipe, a script.
        let kept = prepared.kept;
        let end = child.end(limit, identity.endpoint, ui).await?;
        drop(kept);
        Ok(ExitCode::Program(end.code()))
    }

    /// Signs in, and opens the endpoint. That there is a token is known before anything runs.
    async fn identity(
        &self,
        settings: &Settings,
        secrets: &Secrets,
        context: &Context,
        ui: &Ui,
    ) -> Result<Identity, CommandError> {
        let organization = settings.domain()?.to_string();
        let sign_in = context.sign_in(settings, None, &self.password, ui.voice())?;
        let compliance = settings.service() == Service::Compliance;
        let scope = if compliance { Scope::compliance } else { Scope::exchange }(&sign_in.cloud);
        let credential: Arc<dyn TokenCredential> =
            Arc::new(Watched::new(sign_in.credential.clone(), secrets.clone()));
        let token = credential.token(&TokenRequest::new(scope.clone())).await?;
        let claimed = || token.claims()?.appid.as_ref()?.parse().ok();
        let options = EndpointOptions {
            credential,
            client: sign_in.app_id.or_else(claimed),
            allowed: self.allowed(&scope, &sign_in, settings)?,
            imds: self.imds,
            clock: context.clock(),
        };
        let client = options.client;
        let endpoint = Endpoint::open(options).await.map_err(ExecError::Endpoint)?;
        let cloud = match &settings.cloud.value {
            CloudChoice::Named(name) => name.to_string(),
            CloudChoice::File(_) => String::new(),
        };
        Ok(Identity { endpoint, token, client, scope, compliance, organization, cloud })
    }

    /// What tokens may be for. A token that was given to us is good for one service only.
    fn allowed(
        &self,
        scope: &Scope,
        sign_in: &SignIn,
        settings: &Settings,
    ) -> Result<AllowedResources, CommandError> {
        let own = scope.resource();
        let own: Resource = own.parse().map_err(|_| InvalidSetting {
            setting: "the resource of the environment file",
            value: own.to_owned(),
            expected: "the address of one resource",
        })?;
        let kept = settings.profile.as_ref().map(Profile::allowed_resources).transpose()?;
        if sign_in.key.is_none() {
            return match self.allow_resource.first() {
                Some(resource) => Err(ExecError::GivenToken(resource.clone()).into()),
                None => Ok(AllowedResources::new([own])),
            };
        }
        let more = self.allow_resource.iter().cloned();
        Ok(AllowedResources::of_exchange(&sign_in.cloud)
            .and([own])
            .and(kept.unwrap_or_default())
            .and(more))
    }

    /// The command that is to be started.
    fn prepare(
        &self,
        identity: &Identity,
        settings: &Settings,
        secrets: &Secrets,
        context: &Context,
    ) -> Result<Prepared, CommandError> {
        let mut kept: Vec<Box<dyn Send>> = Vec::new();
        let mut command = if self.pwsh {
            let script = prelude::wrap(&self.program[0])?;
            let mut command = Command::new("pwsh");
            command.args(["-NoLogo", "-NoProfile", "-NonInteractive", "-File"]);
            command.arg(script.path()).args(&self.program[1..]);
            kept.push(Box::new(script));
            command
        } else {
            let mut command = Command::new(&self.program[0]);
            command.args(&self.program[1..]);
            command
        };
        let changes = environment::Changes::new(
            identity,
            &environment::Wishes {
                token_env: self.token_env.as_deref(),
                keep: &self.keep_env,
                password_env: self.password.password_env.as_deref(),
                profile: settings.profile.as_ref(),
            },
            context.environment(),
        );
        changes.secrets(context.environment()).for_each(|secret| secrets.add(secret));
        changes.apply(&mut command);
        #[cfg(unix)]
        if let Some(number) = self.token_fd {
            kept.push(Box::new(token_fd::give(&mut command, number, &identity.token)?));
        }
        Ok(Prepared { command, kept })
    }
}

/// Who the program is.
struct Identity {
    endpoint: Endpoint,
    token: AccessToken,
    client: Option<exoctl_model::ClientId>,
    /// Of the connection's service.
    scope: Scope,
    compliance: bool,
    organization: String,
    /// The name of its cloud in PowerShell; empty if it has none.
    cloud: String,
}

/// A command and what must live as long as its program.
struct Prepared {
    command: Command,
    kept: Vec<Box<dyn Send>>,
}

fn duration(text: &str) -> Result<Duration, String> {
    let expected = || format!("{text:?} is no duration such as 90s, 30m or 2h 15m");
    let duration: SignedDuration = text.parse().map_err(|_| expected())?;
    let duration = Duration::try_from(duration).map_err(|_| expected())?;
    if duration.is_zero() { Err(expected()) } else { Ok(duration) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(duration("30m"), Ok(Duration::from_mins(30)));
        assert_eq!(duration("2h 15m"), Ok(Duration::from_mins(135)));
        assert_eq!(duration("PT90S"), Ok(Duration::from_secs(90)));
        for wrong in ["", "30", "0s", "-5m", "soon"] {
            assert!(duration(wrong).is_err(), "{wrong:?}");
        }
    }
}
