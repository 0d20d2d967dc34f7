//! What one row takes, and the one way in which all of them are proved.

use std::any::Any;
use std::process::Command;

use super::rows::Row;
use super::scene::{self, Scene};
use crate::harness::Ran;

/// How a row is produced and fixed.
pub(super) struct Case {
    pub(super) code: &'static str,
    /// Whether it is the row for a human who signs in.
    pub(super) administrator: bool,
    /// Makes it wrong; gives the command line that fails.
    pub(super) prepare: fn(&mut Scene) -> String,
    pub(super) fix: Fix,
}

/// What makes it right again.
pub(super) enum Fix {
    /// The printed command that is this, or begins so, is run, upper-case words replaced by what the scene
    /// knows, with what an administrator at a terminal would answer added.
    Run(&'static str),
    /// What an administrator, the owner of a file or time does; the print says so in these words.
    Act(&'static str, fn(&Scene)),
    /// The command line was wrong: this one does what the print, in these words, says.
    Corrected(&'static str, fn(&Scene) -> String),
}

/// How far a row was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Fixed, and the command that had failed succeeded.
    Whole,
    /// The corrected command line succeeded.
    Corrected,
}

pub(super) const fn case(code: &'static str, prepare: fn(&mut Scene) -> String, fix: Fix) -> Case {
    Case { code, administrator: false, prepare, fix }
}

/// Produces, diagnoses, fixes and verifies; panics where that does not go as the row says.
pub(super) fn prove(case: &Case, row: &Row) -> Proof {
    let mut scene = Scene::new();
    let line = (case.prepare)(&mut scene);
    let first = failed_as(row, scene.run(&line));
    // It does not go away by itself.
    let _ = failed_as(row, scene.run(&line));
    let printed = Printed::read(&first.stderr);
    scene::explains(&first.stderr, row);
    match case.fix {
        Fix::Run(start) => {
            let command = printed.command(start, &scene);
            run(&command, &scene);
        }
        Fix::Act(words, act) => {
            printed.must_say(words);
            act(&scene);
        }
        Fix::Corrected(words, line) => {
            printed.must_say(words);
            let line = line(&scene);
            succeeded(&line, &scene.run(&line));
            return Proof::Corrected;
        }
    }
    succeeded(&line, &scene.run(&line));
    Proof::Whole
}

fn failed_as(row: &Row, ran: Ran) -> Ran {
    let told = format!("Cause [{}]: {}\n", row.code, row.cause);
    assert!(ran.stderr.contains(&told), "not diagnosed as {}:\n{}", row.code, ran.text());
    assert_eq!(ran.exit, row.exit, "{}", ran.text());
    ran
}

fn succeeded(line: &str, ran: &Ran) {
    assert_eq!(ran.exit, 0, "after the fix, {line} says:\n{}", ran.text());
}

/// The fixes that were printed.
struct Printed {
    fixes: Vec<String>,
    commands: Vec<String>,
}

impl Printed {
    fn read(stderr: &str) -> Self {
        let lines = || stderr.lines().skip_while(|line| !line.starts_with("Fix: "));
        let fixes = lines().filter_map(|line| line.strip_prefix("Fix: ")).map(str::to_owned);
        let commands = lines().filter_map(|line| line.strip_prefix("     ")).map(str::to_owned);
        Self { fixes: fixes.collect(), commands: commands.collect() }
    }

    fn must_say(&self, words: &str) {
        let all = [&self.fixes[..], &self.commands[..]].concat().join("\n");
        assert!(all.contains(words), "nothing says {words:?}:\n{all}");
    }

    /// The command that begins so, with every word in upper case replaced.
    fn command(&self, start: &str, scene: &Scene) -> String {
        let find = |fits: &dyn Fn(&str) -> bool| self.commands.iter().find(|one| fits(one));
        let command = find(&|one| one == start).or_else(|| find(&|one| one.starts_with(start)));
        let mut command =
            command.unwrap_or_else(|| panic!("no {start:?} in {:#?}", self.commands)).clone();
        for (word, value) in scene.words() {
            command = command.replace(word, value);
        }
        command
    }
}

fn run(command: &str, scene: &Scene) {
    let ran = match command.strip_prefix("exoctl ") {
        Some(line) => scene.run(&format!("{line}{}", scene::answers_for(line))),
        None => shell(command, scene),
    };
    assert_eq!(ran.exit, 0, "the fix {command} says:\n{}", ran.text());
    if let Some(file) = scene.redirect() {
        scene.home.file(file, &ran.stdout);
    }
}

fn shell(command: &str, scene: &Scene) -> Ran {
    let output =
        Command::new("sh").args(["-c", command]).current_dir(scene.home.path()).output().unwrap();
    Ran {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        exit: output.status.code().unwrap(),
    }
}

/// What a panic says.
pub(super) fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "it panicked".to_owned())
}
