//! What a channel is told: a pure function of the notice, the channel and the templates.

mod view;

use serde_json::Value;

use self::view::View;
use crate::healthcheck::Ping;
use crate::{Channel, Channels, Digest, Notice, TemplateError, Templates, Way};

/// What is to be told.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// One thing.
    One(&'a Notice),
    /// Several as one.
    Digest(&'a [Notice]),
}

/// A message as its channel takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// A mail.
    Mail(MailText),
    /// The body of a webhook.
    Json(String),
    /// A ping.
    Ping(Ping),
}

/// What is in a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailText {
    /// The subject.
    pub subject: String,
    /// For readers of text.
    pub text: String,
    /// For all others.
    pub html: String,
}

/// Makes the message. One that is too large for its receiver has less of the log.
pub fn compose(
    channel: &Channel,
    content: Content<'_>,
    templates: &Templates,
) -> Result<Payload, TemplateError> {
    let of =
        |kind: &str| Composer { channel: &channel.name, kind: kind.to_owned(), content, templates };
    match &channel.way {
        Way::Mail(_) => of("mail").mail().map(Payload::Mail),
        Way::Teams(_) => of("teams").json(LARGEST_CARD).map(Payload::Json),
        Way::Slack(_) => of("slack").json(LARGEST_SLACK).map(Payload::Json),
        Way::Webhook { .. } => of("webhook").json(LARGEST_WEBHOOK).map(Payload::Json),
        Way::Healthcheck(check) => {
            let notice = match content {
                Content::One(notice) => notice,
                Content::Digest(notices) => notices.last().expect("a digest has a notice"),
            };
            Ok(Payload::Ping(Ping::of(notice, check.log_bytes, check.exit_code)))
        }
    }
}

/// What is wrong with the administrator's templates, by their names: each is filled in as its channel
/// or kind would, with a notice and with a digest of two.
pub fn problems(
    channels: &Channels,
    templates: &Templates,
    notice: &Notice,
) -> Vec<(String, TemplateError)> {
    let several = [notice.clone(), notice.clone()];
    let kind_of = |stem: &str| {
        let named = channels.find(stem).map(|channel| channel.way.kind());
        named.or_else(|| KINDS.into_iter().find(|kind| *kind == stem))
    };
    let mut problems = Vec::new();
    for name in templates.own() {
        let Some((stem, ending)) = name.rsplit_once('.') else { continue };
        let (stem, content) = match stem.strip_suffix("-digest") {
            Some(stem) => (stem, Content::Digest(&several)),
            None => (stem, Content::One(notice)),
        };
        // What has another name may be included by others.
        let Some(kind) = kind_of(stem) else { continue };
        let composer = Composer { channel: stem, kind: kind.to_owned(), content, templates };
        let made = match (kind, ending) {
            ("mail", "txt" | "html") => composer.mail().map(drop),
            (_, "json") => composer.json(LARGEST_WEBHOOK).map(drop),
            _ => Ok(()),
        };
        if let Err(error) = made {
            problems.push((name.to_owned(), error));
        }
    }
    problems
}

const KINDS: [&str; 4] = ["mail", "teams", "slack", "webhook"];

/// What a webhook of Teams takes is 28 KB.
const LARGEST_CARD: usize = 28_000;
/// What Slack takes in one text is 40,000 characters, in one part of a message 3,000 and more.
const LARGEST_SLACK: usize = 12_000;
const LARGEST_WEBHOOK: usize = 256_000;
/// How much of a log is shown, in lines, until the message is small enough.
const LINES: [usize; 6] = [40, 20, 10, 5, 2, 0];

struct Composer<'a> {
    channel: &'a str,
    kind: String,
    content: Content<'a>,
    templates: &'a Templates,
}

impl Composer<'_> {
    fn mail(&self) -> Result<MailText, TemplateError> {
        let view = self.view(LINES[0]);
        let (name, text) = self.fill(".txt", &view)?;
        let (_, html) = self.fill(".html", &view)?;
        let head = text.split_once('\n').unwrap_or((&text, ""));
        let subject = head.0.strip_prefix("Subject:").ok_or_else(|| TemplateError::Result {
            name,
            message: "no subject: its first line begins with 'Subject:'".to_owned(),
        })?;
        let text = head.1.trim_start_matches('\n').to_owned();
        Ok(MailText { subject: subject.trim().to_owned(), text, html })
    }

    fn json(&self, most: usize) -> Result<String, TemplateError> {
        let mut smallest = None;
        for lines in LINES {
            let (name, text) = self.fill(".json", &self.view(lines))?;
            let value: Value = serde_json::from_str(&text).map_err(|error| {
                let message = format!("no JSON: {error}");
                TemplateError::Result { name: name.clone(), message }
            })?;
            let text = value.to_string();
            if text.len() <= most {
                return Ok(text);
            }
            smallest = Some((name, text.len()));
        }
        let (name, size) = smallest.expect("there is at least one size");
        let message = format!("{size} bytes, and {most} are the most that the receiver takes");
        Err(TemplateError::Result { name, message })
    }

    fn view(&self, lines: usize) -> View {
        match self.content {
            Content::One(notice) => View::of_notice(notice, lines),
            Content::Digest(notices) => View::of_digest(&Digest::of(notices), notices),
        }
    }

    fn fill(&self, ending: &str, view: &View) -> Result<(String, String), TemplateError> {
        let ending = match self.content {
            Content::One(_) => ending.to_owned(),
            Content::Digest(_) => format!("-digest{ending}"),
        };
        let name = self.templates.name_for(self.channel, &self.kind, &ending);
        let text = self.templates.fill(&name, view)?;
        Ok((name, text))
    }
}

#[cfg(test)]
mod tests;
