//! The catalogue of errors: what each one means, what to do about it, how the program ends.
//!
//! The rows are data, in the `.toml` files beside this one, a file for each service. From them come
//! the cause and the fixes below every error that is printed, what `exoctl doctor --explain` says, and
//! `docs/errors.md`, which is written by a test. [`condition`] says which row an error of ours is,
//! [`Pasted`] which row a text is that somebody pasted.

mod condition;
mod condition_local;
#[cfg(test)]
mod document;
mod known;
mod pasted;

pub(crate) use condition::{find, find_for_administrator};
pub(crate) use known::{Circumstances, Known};
pub(crate) use pasted::Pasted;

use std::sync::LazyLock;

use serde::{Deserialize, Deserializer};

use crate::exit::ExitCode;

/// A code or a condition, and what is known of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// The service's code, or exoctl's name of the condition.
    pub(crate) code: String,
    /// Texts by which it is known when no code is there. The longest one that fits decides.
    #[serde(default)]
    says: Vec<String>,
    /// What it means and what it comes from.
    pub(crate) cause: String,
    /// How the program ends.
    #[serde(deserialize_with = "exit")]
    pub(crate) exit: ExitCode,
    /// What to do, the most likely first.
    #[serde(default)]
    fix: Vec<Fix>,
    /// The row that has the same fixes.
    fix_of: Option<String>,
    /// How the simulated tenant, or the state of a machine, produces it.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the document"))]
    sim: Option<String>,
    /// Why nothing here produces it.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the document"))]
    unproduced: Option<String>,
}

/// One thing to do.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fix {
    /// In words: who does what.
    pub(crate) why: String,
    /// The command, with `{placeholders}` for what is known when it is printed; see [`Known`].
    pub(crate) run: Option<String>,
    /// What has to be known, or there is no sense in it.
    needs: Option<String>,
}

/// The rows of one service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    #[cfg_attr(not(test), expect(dead_code, reason = "for the document"))]
    title: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "for the document"))]
    about: String,
    #[serde(rename = "row")]
    rows: Vec<Entry>,
}

/// The file of the rows that are about a human's sign-in.
const ADMINISTRATOR: &str = include_str!("catalogue/administrator.toml");

const FILES: [&str; 17] = [
    include_str!("catalogue/entra.toml"),
    ADMINISTRATOR,
    include_str!("catalogue/exchange.toml"),
    include_str!("catalogue/graph.toml"),
    include_str!("catalogue/key.toml"),
    include_str!("catalogue/setup.toml"),
    include_str!("catalogue/settings.toml"),
    include_str!("catalogue/rotation.toml"),
    include_str!("catalogue/exec.toml"),
    include_str!("catalogue/job.toml"),
    include_str!("catalogue/network.toml"),
    include_str!("catalogue/general.toml"),
    include_str!("catalogue/module.toml"),
    include_str!("catalogue/doctor.toml"),
    include_str!("catalogue/audit.toml"),
    include_str!("catalogue/notify.toml"),
    include_str!("catalogue/run.toml"),
];

static SECTIONS: LazyLock<Vec<Section>> = LazyLock::new(|| {
    let read = |text: &&str| toml::from_str(text).expect("a test reads the same files");
    FILES.iter().map(read).collect()
});

/// All rows; a code that means something else to a human who signs in comes first as what it means
/// to an application.
pub(crate) fn entries() -> impl Iterator<Item = &'static Entry> {
    SECTIONS.iter().flat_map(|section| &section.rows)
}

/// The row of a code.
pub(crate) fn by_code(code: &str) -> Option<&'static Entry> {
    entries().find(|entry| entry.code.eq_ignore_ascii_case(code))
}

/// The row of a code that a human's sign-in ended with.
fn by_code_for_administrator(code: &str) -> Option<&'static Entry> {
    let place = FILES.iter().position(|file| *file == ADMINISTRATOR)?;
    SECTIONS[place].rows.iter().find(|entry| entry.code == code).or_else(|| by_code(code))
}

impl Entry {
    /// What to do with what is known, the most likely first.
    pub(crate) fn fixes(&'static self, known: &Known) -> Vec<&'static Fix> {
        self.all_fixes().iter().filter(|fix| fix.makes_sense(known)).collect()
    }

    /// What to do, whatever is known.
    pub(crate) fn all_fixes(&self) -> &[Fix] {
        match self.fix_of.as_deref().and_then(by_code) {
            Some(other) => other.all_fixes(),
            None => &self.fix,
        }
    }
}

impl Fix {
    /// A fix that makes sense whatever is known.
    pub(crate) fn new(why: String, run: Option<String>) -> Self {
        Self { why, run, needs: None }
    }

    /// Whether enough is known for it.
    pub(crate) fn makes_sense(&self, known: &Known) -> bool {
        self.needs.as_deref().is_none_or(|name| known.has(name))
    }

    /// What to do in words, and the command below them.
    pub(crate) fn text(&self, known: &Known) -> String {
        match &self.run {
            Some(run) => format!("{}:\n{}", self.why, known.fill(run)),
            None => self.why.clone(),
        }
    }
}

fn exit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ExitCode, D::Error> {
    let number = u8::deserialize(deserializer)?;
    ExitCode::from_number(number)
        .ok_or_else(|| serde::de::Error::custom(format!("{number} is no exit code")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_row_says_what_it_means_what_helps_and_how_it_is_produced() {
        for section in SECTIONS.iter() {
            let mut codes = BTreeSet::new();
            for entry in &section.rows {
                let code = &entry.code;
                assert!(codes.insert(code), "{code} has two rows in {}", section.title);
                assert!(!entry.cause.is_empty() && !entry.all_fixes().is_empty(), "{code}");
                assert!(entry.fix.is_empty() != entry.fix_of.is_none(), "{code}");
                assert!(entry.sim.is_some() != entry.unproduced.is_some(), "{code}");
                assert_ne!(entry.exit, ExitCode::Ok, "{code}");
            }
        }
    }

    #[test]
    fn every_code_that_an_error_names_has_a_row() {
        let mut named = 0;
        let mut directories = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    directories.push(path);
                } else if let Ok(text) = std::fs::read_to_string(&path) {
                    for code in codes_in(&text) {
                        assert!(by_code(code).is_some(), "{code} in {}", path.display());
                        named += 1;
                    }
                }
            }
        }
        assert!(named > 20, "{named} codes are named");
    }

    /// What stands behind `explained_as(`, and the arms of a `fn code(` beside it.
    fn codes_in(text: &str) -> Vec<&str> {
        const CALL: &str = "explained_as(\"";
        let mut codes: Vec<&str> =
            text.split(CALL).skip(1).filter_map(|rest| rest.split('"').next()).collect();
        if let Some((_, arms)) = text.split_once("\nfn code(") {
            let arms = arms.split("\n}\n").next().unwrap_or_default();
            codes.extend(arms.split('"').skip(1).step_by(2));
        }
        codes
    }

    #[test]
    fn every_command_of_ours_is_one_that_is_understood() {
        let runs = entries().flat_map(Entry::all_fixes).filter_map(|fix| fix.run.as_deref());
        for run in runs.filter(|run| run.starts_with("exoctl ")) {
            let filled = Known::example().fill(run);
            let words = shlex::split(&filled).unwrap();
            let read = crate::args::Arguments::read(words.into_iter().map(Into::into));
            // Help comes as an error of its own.
            let refused = read.err().filter(|error| error.exit() != ExitCode::Ok);
            assert!(refused.is_none(), "{filled}: {refused:?}");
        }
    }
}
