//! A report by mail.

mod attachments;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use exoctl_export::report::Report;
use exoctl_http::Transport;
use exoctl_mail::{Address, GraphMail, Letter, Login, Secret, Security, Smtp};
use secrecy::SecretString;

use self::attachments::Attachments;
use crate::context::{Context, Flags};
use crate::error::{CommandError, FileError};
use crate::password::{PasswordArgs, SecretSource};
use crate::ui::Ui;

/// Where a report is mailed to, and how.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Mail")]
pub(super) struct MailArgs {
    /// Mail the report to these addresses
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    mail_to: Vec<String>,
    /// In the name of this address
    #[arg(long, value_name = "ADDRESS", requires = "mail_to")]
    mail_from: Option<String>,
    /// Through Microsoft Graph, as the application that is connected; it needs Mail.Send
    #[arg(long, requires = "mail_to", conflicts_with = "smtp")]
    mail_graph: bool,
    /// Through this server
    #[arg(long, value_name = "HOST[:PORT]", requires = "mail_to")]
    smtp: Option<String>,
    /// When TLS begins: there is no mail without it
    #[arg(long, value_name = "WHEN", default_value = "starttls", requires = "mail_to")]
    smtp_tls: Tls,
    /// Trust a server's certificate that was issued by this one too (PEM)
    #[arg(long, value_name = "FILE", requires = "mail_to")]
    smtp_ca: Option<PathBuf>,
    /// Sign in to the server as this account
    #[arg(long, value_name = "NAME", requires = "mail_to")]
    smtp_user: Option<String>,
    /// Where the account's password is: file:PATH, env:NAME, stdin or prompt
    #[arg(long, value_name = "SOURCE", requires = "smtp_user", value_parser = source)]
    smtp_password: Option<SecretSource>,
    /// Where an access token for XOAUTH2 is, instead of a password: file:PATH, env:NAME, stdin or prompt
    #[arg(long, value_name = "SOURCE", requires = "smtp_user", conflicts_with = "smtp_password", value_parser = source)]
    smtp_token: Option<SecretSource>,
    /// Attach the manifest and the files, smallest first, as long as the mail stays below this size; text that does not fit so
    /// is zipped
    #[arg(long, value_name = "SIZE", default_value = "10MiB", value_parser = size)]
    attach_limit: usize,
    #[command(flatten)]
    password: PasswordArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Tls {
    /// After STARTTLS, which the server must offer; port 587
    Starttls,
    /// At once; port 465
    Implicit,
}

/// A way to send that has all it needs, and whom to.
#[derive(Debug)]
pub(super) struct Post {
    way: Way,
    from: Address,
    to: Vec<Address>,
    limit: usize,
}

#[derive(Debug)]
enum Way {
    Smtp(Smtp),
    Graph(GraphMail, Arc<dyn Transport>),
}

impl MailArgs {
    /// Whether there is a mail to send.
    pub(super) fn is_given(&self) -> bool {
        !self.mail_to.is_empty()
    }

    /// Gets together what it takes, so that what is missing shows before the work is done.
    pub(super) async fn prepare(
        &self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<Option<Post>, CommandError> {
        if !self.is_given() {
            return Ok(None);
        }
        let address = |text: &String| text.parse::<Address>().map_err(CommandError::usage);
        let to = self.mail_to.iter().map(address).collect::<Result<Vec<_>, _>>()?;
        let from = self.mail_from.as_ref().ok_or_else(|| missing("--mail-from"))?;
        let from = address(from)?;
        let (way, most) = if self.mail_graph {
            (self.graph(context, ui).await?, GraphMail::LARGEST)
        } else {
            (Way::Smtp(self.server(context, ui)?), usize::MAX)
        };
        Ok(Some(Post { way, from, to, limit: self.attach_limit.min(most) }))
    }

    async fn graph(&self, context: &Context, ui: &mut Ui) -> Result<Way, CommandError> {
        let settings = context.settings(&Flags::default())?;
        let (mail, transport) = context.graph_mail(&settings, &self.password, ui.voice()).await?;
        Ok(Way::Graph(mail, transport))
    }

    fn server(&self, context: &Context, ui: &mut Ui) -> Result<Smtp, CommandError> {
        let server = self.smtp.as_ref().ok_or_else(|| missing("--smtp or --mail-graph"))?;
        let (security, usual) = match self.smtp_tls {
            Tls::Starttls => (Security::StartTls, 587),
            Tls::Implicit => (Security::Tls, 465),
        };
        let (host, port) = host_and_port(server, usual)?;
        let authority = self.smtp_ca.as_deref().map(read).transpose()?;
        let login = match (&self.smtp_user, &self.smtp_password, &self.smtp_token) {
            (Some(user), Some(source), _) => {
                let secret = open(source, "--smtp-password", context, ui)?;
                Some(Login { user: user.clone(), secret: Secret::Password(secret) })
            }
            (Some(user), None, Some(source)) => {
                let secret = open(source, "--smtp-token", context, ui)?;
                Some(Login { user: user.clone(), secret: Secret::Token(secret) })
            }
            (Some(_), None, None) => return Err(missing("--smtp-password or --smtp-token")),
            (None, ..) => None,
        };
        Ok(Smtp { host, port, security, authority, login })
    }
}

impl Post {
    /// Sends the report. Gives the names of the files that went with it.
    pub(super) async fn send(self, report: &Report) -> Result<Sent, CommandError> {
        let attachments = Attachments::of(report, self.limit)?;
        let attached: Vec<String> = attachments.files.iter().map(|a| a.name.clone()).collect();
        let left = attachments.left.clone();
        let letter = self.letter(report, attachments);
        let message_id = letter.message_id();
        match self.way {
            Way::Smtp(smtp) => {
                let sending = tokio::task::spawn_blocking(move || smtp.send(&letter));
                sending.await.expect("sending does not panic")?;
            }
            Way::Graph(mail, transport) => mail.send(&letter, &*transport).await?,
        }
        Ok(Sent { message_id, attached, left })
    }

    fn letter(&self, report: &Report, attachments: Attachments) -> Letter {
        let coverage = &report.coverage;
        let (start, end) = (coverage.period.start(), coverage.period.end());
        let text = report.to_text() + &attachments.remarks();
        let day = |time: jiff::Timestamp| time.strftime("%Y-%m-%d").to_string();
        let subject = format!(
            "Audit review {}: {}, {} up to {} UTC, {} to review",
            coverage.author.organization,
            coverage.headline(),
            day(start),
            day(end),
            report.to_review()
        );
        Letter {
            from: self.from.clone(),
            to: self.to.clone(),
            subject,
            text,
            html: Some(report.to_html()),
            id: format!("exoctl.audit.{}", coverage.manifest_sha256),
            date: report.made,
            attachments: attachments.files,
        }
    }
}

/// What was sent.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) message_id: String,
    pub(super) attached: Vec<String>,
    pub(super) left: Vec<String>,
}

/// An option without which no mail can be sent.
#[derive(Debug, thiserror::Error)]
#[error("a mail needs {option}")]
struct Missing {
    option: &'static str,
}

fn open(
    source: &SecretSource,
    option: &str,
    context: &Context,
    ui: &mut Ui,
) -> Result<SecretString, CommandError> {
    match source {
        SecretSource::Prompt => ui.prompt_secret(
            format_args!("The secret for {option}"),
            &format!("{option} file:PATH or env:NAME"),
        ),
        other => other.open(option, context, ui),
    }
}

fn missing(option: &'static str) -> CommandError {
    CommandError::usage(Missing { option })
}

fn host_and_port(text: &str, usual: u16) -> Result<(String, u16), CommandError> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()),
        None => (text, Some(usual)),
    };
    match port {
        Some(port) if !host.is_empty() => Ok((host.to_owned(), port)),
        _ => Err(CommandError::usage(format!(
            "'{text}' is no mail server, expected HOST or HOST:PORT"
        ))),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    let failed = |source| FileError { operation: "read", path: path.into(), source };
    Ok(fs::read(path).map_err(failed)?)
}

fn source(text: &str) -> Result<SecretSource, String> {
    text.parse().map_err(|()| "expected file:PATH, env:NAME, stdin or prompt".to_owned())
}

fn size(text: &str) -> Result<usize, String> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit: usize = match text[digits..].trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "KB" => 1000,
        "MB" => 1_000_000,
        _ => 0,
    };
    let number = text[..digits].parse::<usize>().ok().and_then(|number| number.checked_mul(unit));
    number.filter(|_| unit > 0).ok_or_else(|| "expected a size as 10MiB, 500KB or 0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_servers_are_read() {
        assert_eq!(size("10MiB"), Ok(10 << 20));
        assert_eq!(size("500 KB"), Ok(500_000));
        assert_eq!(size("0"), Ok(0));
        for wrong in ["", "MiB", "10 parsecs", "99999999999999999999", "-1"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            host_and_port("mail.contoso.com", 587).unwrap(),
            ("mail.contoso.com".into(), 587)
        );
        assert_eq!(host_and_port("mail:25", 587).unwrap(), ("mail".into(), 25));
        assert!(host_and_port("mail:x", 587).is_err() && host_and_port(":25", 587).is_err());
    }
}
