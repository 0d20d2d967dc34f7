//! What templates can show.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use crate::{Digest, Group, Notice};

/// The variables of a template: of a notice all members by the names of its JSON and those below,
/// of a digest `count`, `groups` and those below.
#[derive(Debug, Serialize)]
pub(super) struct View {
    headline: String,
    /// `good`, `bad`, `attention` or `neutral`.
    mood: crate::Mood,
    version: &'static str,
    #[serde(flatten)]
    more: More,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum More {
    Notice(Box<NoticeView>),
    Digest { count: usize, groups: Vec<GroupView>, left: usize, notices: Vec<Notice> },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct NoticeView {
    #[serde(flatten)]
    notice: Notice,
    /// Label and value, of what is known.
    facts: Vec<(&'static str, String)>,
    /// The last lines of the log.
    log_end: String,
    /// The number of lines above them.
    log_left: usize,
    duration: Option<String>,
}

#[derive(Debug, Serialize)]
struct GroupView {
    #[serde(flatten)]
    group: Group,
    /// The first tenants, in one line.
    who: String,
}

impl View {
    pub(super) fn of_notice(notice: &Notice, lines: usize) -> Self {
        let notice = clean(notice.clone());
        let all: Vec<&str> = notice.log.lines().collect();
        let left = all.len().saturating_sub(lines);
        let log_end = all[left..].iter().map(|line| cut(line, 400)).collect::<Vec<_>>().join("\n");
        let duration = notice.seconds().map(duration);
        let view = NoticeView {
            facts: facts(&notice, duration.as_deref()),
            log_end,
            log_left: left,
            duration,
            notice: notice.clone(),
        };
        Self::new(&notice.headline(), notice.event.mood(), More::Notice(Box::new(view)))
    }

    pub(super) fn of_digest(digest: &Digest, notices: &[Notice]) -> Self {
        let groups = digest.groups.iter().take(GROUPS).cloned().map(|mut group| {
            group.cause = group.cause.map(|cause| line(&cause));
            group.action = group.action.map(|action| line(&action));
            group.title = line(&group.title);
            let left = group.tenants.len().saturating_sub(TENANTS);
            let mut who =
                group.tenants.iter().take(TENANTS).cloned().collect::<Vec<_>>().join(", ");
            if left > 0 {
                let _ = write!(who, " and {left} more");
            }
            GroupView { group, who: line(&who) }
        });
        let more = More::Digest {
            count: digest.count,
            groups: groups.collect(),
            left: digest.groups.len().saturating_sub(GROUPS),
            notices: notices.iter().map(|notice| brief(notice.clone())).collect(),
        };
        Self::new(&digest.headline(), digest.mood, more)
    }

    fn new(headline: &str, mood: crate::Mood, more: More) -> Self {
        Self { headline: line(headline), mood, version: env!("CARGO_PKG_VERSION"), more }
    }
}

const GROUPS: usize = 20;
const TENANTS: usize = 20;

fn facts(notice: &Notice, duration: Option<&str>) -> Vec<(&'static str, String)> {
    let time = |time: Option<Timestamp>| time.map(second);
    let due = match (&notice.scheduled_local, notice.scheduled) {
        (Some(local), Some(instant)) => Some(format!("{local} ({})", second(instant))),
        (local, instant) => local.clone().or(instant.map(second)),
    };
    let attempt = (notice.attempt > 1).then(|| notice.attempt.to_string());
    let all = [
        ("Job", Some(notice.job.clone()).filter(|job| !job.is_empty())),
        ("Tenant", Some(notice.tenant.clone()).filter(|tenant| !tenant.is_empty())),
        ("Organization", notice.organization.clone()),
        ("Outcome", notice.outcome.clone()),
        ("Before", notice.previous.clone()),
        ("Exit code", notice.exit.map(|exit| exit.to_string())),
        ("Due", due),
        ("Started", time(notice.started)),
        ("Took", duration.map(str::to_owned)),
        ("Attempt", attempt),
        ("Last success", time(notice.last_success)),
        ("Next run", time(notice.next_run)),
        ("Host", notice.host.clone()),
        ("Output", notice.directory.clone()),
        ("Run", Some(notice.run.clone()).filter(|run| !run.is_empty())),
    ];
    all.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
}

fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn duration(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// Without what a terminal or a header would obey, and without what is too long to be read.
fn clean(mut notice: Notice) -> Notice {
    for text in [&mut notice.job, &mut notice.tenant, &mut notice.run] {
        *text = line(text);
    }
    let some = [
        &mut notice.organization,
        &mut notice.scheduled_local,
        &mut notice.outcome,
        &mut notice.previous,
        &mut notice.next_action,
        &mut notice.directory,
        &mut notice.host,
    ];
    for text in some.into_iter().flatten() {
        *text = line(text);
    }
    if let Some(cause) = &mut notice.cause {
        cause.text = line(&cause.text);
        cause.code = cause.code.as_deref().map(line);
    }
    for step in &mut notice.steps {
        step.name = line(&step.name);
    }
    for artifact in &mut notice.artifacts {
        artifact.path = line(&artifact.path);
    }
    notice.steps.truncate(50);
    notice.artifacts.truncate(50);
    let plain = |c: char| if c == '\n' || c == '\t' { c } else { shown(c) };
    notice.log = notice.log.chars().map(plain).collect();
    notice
}

/// For a digest: what tells a notice from the others.
fn brief(notice: Notice) -> Notice {
    let notice = clean(notice);
    Notice { log: String::new(), steps: Vec::new(), artifacts: Vec::new(), ..notice }
}

/// One line of a length that can be read.
fn line(text: &str) -> String {
    cut(&text.chars().map(shown).collect::<String>(), 500)
}

/// A space for what a terminal or a header would obey, or what turns the direction of writing.
fn shown(c: char) -> char {
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || turns { ' ' } else { c }
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
