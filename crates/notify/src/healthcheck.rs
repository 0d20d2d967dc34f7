//! Pings of a service that notices silence: the protocol of healthchecks.io.
//!
//! `/start`, nothing, `/fail`, `/<exit code>` and `/log` behind the address of a check, `rid` in the
//! query for the run, the end of the log as the body. <https://healthchecks.io/docs/http_api/>

use crate::{Event, Notice};

/// What a check is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ping {
    /// Which of the signals.
    pub kind: PingKind,
    /// The run, so that its start and its end are put together.
    pub rid: String,
    /// For `{job}` in the address.
    pub job: String,
    /// For `{tenant}` in the address.
    pub tenant: String,
    /// The end of the log.
    pub body: String,
}

/// A signal of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PingKind {
    /// It has begun.
    Start,
    /// It has succeeded.
    Success,
    /// It has failed.
    Fail,
    /// It has ended with this code, which is not 0.
    Exit(u8),
    /// Something that changes no state.
    Log,
}

impl Ping {
    /// What a check is told of an event.
    pub fn of(notice: &Notice, log_bytes: usize, exit_code: bool) -> Self {
        let kind = match notice.event {
            Event::Started => PingKind::Start,
            Event::Success | Event::Recovered => PingKind::Success,
            Event::Failure | Event::Unknown => {
                let exit = notice.exit.and_then(|exit| u8::try_from(exit).ok());
                match exit.filter(|exit| exit_code && *exit > 0) {
                    Some(exit) => PingKind::Exit(exit),
                    None => PingKind::Fail,
                }
            }
            Event::Change | Event::Late | Event::Test => PingKind::Log,
        };
        let mut body = notice.headline();
        if let Some(cause) = &notice.cause {
            body.push('\n');
            body.push_str(&cause.text);
        }
        if !notice.log.is_empty() {
            body.push_str("\n\n");
            body.push_str(&notice.log);
        }
        Self {
            kind,
            rid: notice.run.clone(),
            job: notice.job.clone(),
            tenant: notice.tenant.clone(),
            body: last_bytes(&body, log_bytes).to_owned(),
        }
    }

    /// The whole address for a check's own. What is in its query stays there.
    pub fn address(&self, check: &str) -> String {
        let check =
            check.replace("{job}", &slug(&self.job)).replace("{tenant}", &slug(&self.tenant));
        let (path, query) = match check.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (&check[..], None),
        };
        let signal = match self.kind {
            PingKind::Start => "/start".to_owned(),
            PingKind::Success => String::new(),
            PingKind::Fail => "/fail".to_owned(),
            PingKind::Exit(code) => format!("/{code}"),
            PingKind::Log => "/log".to_owned(),
        };
        let mut address = format!("{}{signal}", path.trim_end_matches('/'));
        let rid = is_uuid(&self.rid).then(|| format!("rid={}", self.rid));
        let query: Vec<&str> = query.into_iter().chain(rid.as_deref()).collect();
        if !query.is_empty() {
            address.push('?');
            address.push_str(&query.join("&"));
        }
        address
    }
}

/// The service refuses a `rid` that is no UUID.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.chars().all(|c| c.is_ascii_hexdigit()))
}

/// A name as the service has it in addresses.
fn slug(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    name.chars().map(plain).collect()
}

/// The end of a text, from a line's beginning if there is one.
pub(crate) fn last_bytes(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let from = text.ceil_char_boundary(text.len() - most);
    let end = &text[from..];
    end.split_once('\n').map_or(end, |(_, rest)| rest)
}
