//! A report as one page that needs nothing else. The template engine escapes every value.

use std::fmt::Display;

use askama::Template;
use jiff::Timestamp;

use super::text::{grouped, plain, to_second};
use super::{Comparison, Coverage, Line, Report, Section, Table};
use crate::verdict::Verdict;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    coverage: &'a Coverage,
    headline: &'a str,
    colour: &'a str,
    incomplete: u64,
    review: &'a [Section],
    comparison: Option<&'a Comparison>,
    bars: Vec<Bar>,
    width: usize,
    highest: u64,
    first_day: &'a str,
    last_day: &'a str,
    parts: Vec<Part<'a>>,
    directory: String,
    made: Timestamp,
}

struct Bar {
    x: usize,
    y: u64,
    height: u64,
    title: String,
}

struct Part<'a> {
    title: &'a str,
    about: &'a str,
    head: &'a str,
    table: &'a Table,
}

impl Report {
    /// One HTML page with everything in it, without scripts, to be opened in a browser, mailed or
    /// printed.
    pub fn to_html(&self) -> String {
        let coverage = &self.coverage;
        let colour = match coverage.verdict {
            _ if !coverage.is_genuine() => "bad",
            Verdict::Complete => "good",
            Verdict::OutsideRetention => "",
            _ => "bad",
        };
        let highest = self.days.iter().map(|day| day.records).max().unwrap_or(0);
        let page = Page {
            coverage,
            headline: coverage.headline(),
            colour,
            incomplete: coverage.gaps.len() as u64 + coverage.more_gaps,
            review: &self.review,
            comparison: self.comparison.as_ref(),
            bars: self.bars(highest),
            width: self.days.len() * 10,
            highest,
            first_day: self.days.first().map_or("", |day| &day.day),
            last_day: self.days.last().map_or("", |day| &day.day),
            parts: self.parts(),
            directory: coverage.directory.display().to_string(),
            made: self.made,
        };
        page.render().expect("a text can always be written to")
    }

    fn bars(&self, highest: u64) -> Vec<Bar> {
        let bar = |(nth, day): (usize, &super::Day)| {
            let height = (day.records * 100).div_ceil(highest.max(1));
            let title = format!("{}: {}", day.day, grouped(day.records));
            Bar { x: nth * 10 + 1, y: 100 - height, height, title }
        };
        self.days.iter().enumerate().map(bar).collect()
    }

    fn parts(&self) -> Vec<Part<'_>> {
        let of = |title, head, about, table| Part { title, about, head, table };
        let mut parts = vec![
            of("By workload", "Workload", "Without noise.", &self.workloads),
            of("By operation", "Operation", "Without noise.", &self.operations),
            of("By user", "User", "Without noise; upper and lower case are one.", &self.users),
            of(
                "Noise",
                "Operation",
                "What Exchange did to itself; in no other table.",
                &self.noise,
            ),
        ];
        if let Some(compared) = &self.comparison {
            let before = "With the records that they had before.";
            parts.extend([
                of("New operations", "Operation", "Not there before.", &compared.new_operations),
                of("New users", "User", "Not there before.", &compared.new_users),
                of("Operations gone", "Operation", before, &compared.gone_operations),
                of("Users gone", "User", before, &compared.gone_users),
            ]);
        }
        parts
    }
}

impl Page<'_> {
    /// A number with its thousands set apart.
    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn n(&self, number: impl Display) -> String {
        grouped(number)
    }

    /// A time to the second.
    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn time(&self, time: &Timestamp) -> String {
        to_second(*time)
    }

    /// A text of the log: what would not be seen, or would turn what is seen around, is shown.
    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn seen(&self, text: impl Display) -> String {
        plain(&text.to_string())
    }
}

impl Part<'_> {
    fn has_before(&self) -> bool {
        self.table.lines.iter().any(|line| line.before.is_some())
    }

    /// How long a line's bar is, of 100.
    fn share(&self, line: &Line) -> u64 {
        let most = self.table.lines.first().map_or(1, |line| line.records.max(1));
        (line.records * 100).div_ceil(most)
    }
}
