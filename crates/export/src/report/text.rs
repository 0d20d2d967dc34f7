//! A report as plain text, for a terminal or a mail.

use std::fmt::{self, Write};

use super::{Comparison, Coverage, Report, Section, Table};

/// So many records of a topic are in the text; the page has more.
const SHOWN: usize = 10;
/// So many lines of a table.
const LINES: usize = 10;

impl Report {
    /// The report as plain text. Control characters of the log are shown, and none is passed on.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text).expect("a text can always be written to");
        text
    }

    fn write(&self, to: &mut String) -> fmt::Result {
        coverage(&self.coverage, to)?;
        heading("To review", to)?;
        if self.review.is_empty() {
            writeln!(to, "Nothing of what reviews look for is in these records.")?;
        }
        for part in &self.review {
            section(part, to)?;
        }
        if let Some(compared) = &self.comparison {
            comparison(compared, to)?;
        }
        table("By workload", &self.workloads, to)?;
        table("By operation", &self.operations, to)?;
        table("By user", &self.users, to)?;
        table("Noise: what Exchange did to itself, in no other table", &self.noise, to)?;
        self.write_days(to)?;
        files(&self.coverage, to)?;
        heading("Sign-off", to)?;
        writeln!(to, "Reviewed by: ______________________   Date: ____________")?;
        writeln!(to, "Findings, tickets: ______________________________________")
    }

    fn write_days(&self, to: &mut String) -> fmt::Result {
        heading("By day (UTC), noise too", to)?;
        let most = self.days.iter().map(|day| day.records).max().unwrap_or(0).max(1);
        for day in &self.days {
            let bar = "#".repeat((day.records * 40).div_ceil(most) as usize);
            let line = format!("{}  {:>11}  {bar}", day.day, grouped(day.records));
            writeln!(to, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn coverage(coverage: &Coverage, to: &mut String) -> fmt::Result {
    let Coverage { author, counts, .. } = coverage;
    let unknown = || "unknown".to_owned();
    writeln!(
        to,
        "AUDIT REVIEW {}: {}",
        plain(&author.organization),
        coverage.headline().to_uppercase()
    )?;
    writeln!(to, "{}", coverage.explanation())?;
    for finding in &coverage.findings {
        writeln!(to, "  ! {}", plain(finding))?;
    }
    if coverage.auditing == Some(false) {
        writeln!(to, "  ! Auditing is switched off (UnifiedAuditLogIngestionEnabled).")?;
    }
    for gap in &coverage.gaps {
        writeln!(to, "  ! {}: {}: {}", gap.verdict, plain(&gap.window), plain(&gap.reason))?;
    }
    if coverage.more_gaps > 0 {
        writeln!(to, "  ! {} more windows that are not complete", grouped(coverage.more_gaps))?;
    }
    writeln!(to)?;
    let (start, end) = (coverage.period.start(), coverage.period.end());
    writeln!(to, "Period       {start} up to and without {end} (UTC, by CreationTime)")?;
    if !coverage.limits.is_empty() {
        writeln!(to, "Limited to   {}", plain(&coverage.limits))?;
    }
    writeln!(
        to,
        "Records      {} in the export; {} rows came, {} of them twice, {} of other windows",
        grouped(coverage.records),
        grouped(counts.rows),
        grouped(counts.duplicates),
        grouped(counts.outside)
    )?;
    writeln!(
        to,
        "Doubtful     {} ids with more than one content, {} in quarantine, {} unreadable, {} without a time in the period",
        grouped(coverage.conflicting),
        grouped(counts.quarantined),
        grouped(coverage.unreadable),
        grouped(coverage.undated)
    )?;
    for added in &coverage.later {
        let (number, ended) = (added.number, added.ended.strftime("%Y-%m-%dT%H:%M:%SZ"));
        writeln!(
            to,
            "Came late    {} records, added by reconciliation {number} at {ended}",
            grouped(added.records)
        )?;
    }
    if let Some(available) = coverage.availability {
        writeln!(
            to,
            "Available    what became available until {}; later content is not there",
            available.end()
        )?;
    }
    let incomplete = coverage.gaps.len() as u64 + coverage.more_gaps;
    writeln!(
        to,
        "Windows      {}, of which {} not complete",
        grouped(coverage.windows),
        grouped(incomplete)
    )?;
    writeln!(
        to,
        "Tenant       {} ({})",
        plain(&author.organization),
        plain(&author.tenant_id.clone().unwrap_or_else(unknown))
    )?;
    writeln!(
        to,
        "Exported by  application {}, certificate {}, {}, {}, {}",
        plain(&author.app_id.clone().unwrap_or_else(unknown)),
        plain(&author.thumbprint.clone().unwrap_or_else(unknown)),
        plain(&coverage.tool),
        plain(&coverage.source),
        to_second(coverage.ended)
    )?;
    let signature = match &coverage.signed_by {
        Some(thumbprint) => format!("good, by {thumbprint}, which it names itself"),
        None => "none: who changed a file could have changed the manifest too".to_owned(),
    };
    writeln!(to, "Signature    {signature}")?;
    writeln!(to, "Manifest     {} (SHA-256)", coverage.manifest_sha256)
}

fn section(section: &Section, to: &mut String) -> fmt::Result {
    let title = section.topic.title();
    writeln!(to, "\n{title}: {} records", grouped(section.records))?;
    let users = section.users.lines.iter();
    let users: Vec<String> =
        users.map(|line| format!("{} ({})", plain(&line.name), grouped(line.records))).collect();
    let others = match section.users.more_names {
        0 => String::new(),
        more => format!(" and {} others", grouped(more)),
    };
    writeln!(to, "  most by {}{others}", users.join(", "))?;
    for found in section.found.iter().take(SHOWN) {
        let mark = if found.weight == 3 { "!" } else { "-" };
        let (time, user) = (&found.time, plain(&found.user));
        write!(to, "  {mark} {time}  {user}  {}", plain(&found.operation))?;
        for more in [&found.why, &found.detail, &found.object] {
            if !more.is_empty() {
                write!(to, "; {}", plain(more))?;
            }
        }
        writeln!(to, "\n      id {}", plain(&found.id))?;
    }
    let more = section.more + section.found.len().saturating_sub(SHOWN) as u64;
    if more > 0 {
        writeln!(to, "    {} more", grouped(more))?;
    }
    Ok(())
}

fn comparison(compared: &Comparison, to: &mut String) -> fmt::Result {
    heading(&format!("Compared with {}", compared.period), to)?;
    writeln!(
        to,
        "{} records without noise, {} before; the export before is {}.",
        grouped(compared.now),
        grouped(compared.before),
        compared.verdict
    )?;
    if compared.inexact {
        writeln!(to, "There are more names than are told apart: what is new is not for sure.")?;
    }
    for change in &compared.changed {
        let (before, now) = (grouped(change.before), grouped(change.now));
        writeln!(to, "  {:>11} -> {:>11}  {}", before, now, plain(&change.name))?;
    }
    table("New operations", &compared.new_operations, to)?;
    table("New users", &compared.new_users, to)?;
    table("Operations gone, with what they had", &compared.gone_operations, to)?;
    table("Users gone, with what they had", &compared.gone_users, to)
}

fn table(title: &str, table: &Table, to: &mut String) -> fmt::Result {
    heading(title, to)?;
    if table.lines.is_empty() {
        return writeln!(to, "None.");
    }
    for line in table.lines.iter().take(LINES) {
        write!(to, "{:>11}  {}", grouped(line.records), plain(&line.name))?;
        match line.before {
            Some(before) => writeln!(to, "  (before {})", grouped(before))?,
            None => writeln!(to)?,
        }
    }
    let left = table.lines.iter().skip(LINES);
    let names = table.more_names + left.clone().count() as u64;
    let records = table.more_records + left.map(|line| line.records).sum::<u64>();
    if records > 0 {
        writeln!(to, "{:>11}  in {} more", grouped(records), grouped(names))?;
    }
    Ok(())
}

fn files(coverage: &Coverage, to: &mut String) -> fmt::Result {
    heading("Files", to)?;
    writeln!(to, "In {}", plain(&coverage.directory.display().to_string()))?;
    for file in &coverage.files {
        let (records, bytes) = (grouped(file.records), grouped(file.bytes));
        writeln!(to, "  {}: {records} records, {bytes} bytes", plain(&file.file))?;
        writeln!(to, "    {}", file.sha256)?;
    }
    Ok(())
}

fn heading(title: &str, to: &mut String) -> fmt::Result {
    writeln!(to, "\n{title}\n{}", "-".repeat(title.chars().count()))
}

/// A time to the second.
pub(super) fn to_second(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A number with its thousands set apart.
pub(super) fn grouped(number: impl fmt::Display) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A text in which nothing moves the cursor, turns the direction of writing around, or is not there
/// to be seen: such characters are written as their numbers.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        let unseen = matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
        if c.is_control() || unseen {
            let _ = write!(plain, "\\u{{{:x}}}", c as u32);
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn what_steers_a_terminal_or_a_reader_is_shown() {
        assert_eq!(
            plain("a\u{1b}[31m\u{202e}gpj.exe\r\nü"),
            "a\\u{1b}[31m\\u{202e}gpj.exe\\u{d}\\u{a}ü"
        );
    }
}
