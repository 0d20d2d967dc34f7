//! The status as people read it.

use unicode_width::UnicodeWidthStr as _;

use super::Status;
use super::attention::short;
use super::jobs::Job;

/// The lines of the screen.
pub(super) fn lines(status: &Status) -> Vec<String> {
    let mut lines = vec![headline(status)];
    for one in &status.attention {
        lines.push(format!("  ! {}", one.what));
        lines.push(format!("      {}", one.command));
    }
    section(&mut lines, "Jobs", ["job", "last run", "last good run", "next run"], &jobs(status));
    section(
        &mut lines,
        "Certificates",
        ["profile", "certificate", "good until", "days left"],
        &certificates(status),
    );
    section(&mut lines, "Tenants", ["profile", "running", "at most", ""], &tenants(status));
    lines.push(String::new());
    lines.extend(foot(status));
    lines
}

fn headline(status: &Status) -> String {
    let what = match status.attention.len() {
        0 => "all is well".to_owned(),
        1 => "one thing needs attention".to_owned(),
        count => format!("{count} things need attention"),
    };
    format!("{}: {what}", short(status.now))
}

fn jobs(status: &Status) -> Vec<[String; 4]> {
    let row = |job: &Job| {
        let runs = job.runs.as_ref();
        let last = runs.and_then(|runs| runs.last.as_ref());
        let last = last.map(|run| format!("{} ({})", run.state, short(run.scheduled)));
        let good = runs.and_then(|runs| runs.last_success).map(short);
        let next = job.next.as_ref().map(|at| at.strftime("%a %Y-%m-%d %H:%M %Z").to_string());
        let without = if job.has_file { "by hand" } else { "its file is gone" };
        [
            job.name.clone(),
            last.unwrap_or_else(|| "none yet".to_owned()),
            good.unwrap_or_else(|| "-".to_owned()),
            next.unwrap_or_else(|| without.to_owned()),
        ]
    };
    status.jobs.iter().map(row).collect()
}

fn certificates(status: &Status) -> Vec<[String; 4]> {
    let row = |certificate: &super::Certificate| {
        let end = certificate.end.as_ref().ok();
        let days = certificate.days_left(status.now);
        [
            certificate.profile.clone(),
            certificate.thumbprint.chars().take(8).chain(['…']).collect(),
            end.map_or_else(|| "?".to_owned(), |end| short(*end)),
            days.map_or_else(|| "?".to_owned(), |days| days.to_string()),
        ]
    };
    status.certificates.iter().map(row).collect()
}

/// Those of which there is something to say; there may be thousands.
fn tenants(status: &Status) -> Vec<[String; 4]> {
    let busy = status.tenants.iter().filter(|tenant| {
        let limit = &tenant.limit;
        tenant.running > 0 || tenant.paused.is_some() || limit.allowed < limit.max_running
    });
    let row = |tenant: &exoctl_store::TenantRow| {
        let held = tenant.limit.held_until.filter(|until| *until > status.now);
        let remark = match (&tenant.paused, held) {
            (Some(_), _) => "paused".to_owned(),
            (None, Some(until)) => format!("throttled until {}", short(until)),
            (None, None) if tenant.limit.allowed < tenant.limit.max_running => {
                "was throttled".to_owned()
            }
            (None, None) => String::new(),
        };
        [tenant.name.clone(), tenant.running.to_string(), tenant.limit.allowed.to_string(), remark]
    };
    busy.take(20).map(row).collect()
}

fn foot(status: &Status) -> Vec<String> {
    let stats = &status.stats;
    let served = match status.served {
        Some(seen) => format!("`exoctl serve` last looked at {}", short(seen)),
        None => "`exoctl serve` was never here".to_owned(),
    };
    vec![
        format!(
            "Scheduler      {served}; {} runs wait, {} run",
            stats.ready + stats.admitted,
            stats.running
        ),
        format!(
            "Notifications  {} wait, {} were given up",
            stats.notices_waiting, stats.notices_failed
        ),
        format!(
            "Ledger         {} tenants, {:.1} MB",
            status.tenants.len(),
            stats.bytes as f64 / 1e6
        ),
    ]
}

fn section(lines: &mut Vec<String>, title: &str, head: [&str; 4], rows: &[[String; 4]]) {
    if rows.is_empty() {
        return;
    }
    lines.push(String::new());
    lines.push(title.to_owned());
    let head = head.map(str::to_owned);
    let widths: Vec<usize> = (0..4)
        .map(|at| rows.iter().chain([&head]).map(|row| row[at].width()).max().unwrap_or_default())
        .collect();
    for row in [head].iter().chain(rows) {
        let cells = row.iter().zip(&widths).map(|(cell, width)| {
            let space = " ".repeat(width.saturating_sub(cell.width()));
            format!("{cell}{space}")
        });
        let line = cells.collect::<Vec<_>>().join("  ");
        lines.push(format!("  {}", line.trim_end()));
    }
}
