//! A program below `exoctl exec` that is still running.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command};

use super::client::{Answer, get};
use crate::harness::{Home, Ran};

pub(super) struct Running {
    child: Child,
    stdout: BufReader<ChildStdout>,
    variables: HashMap<String, String>,
}

impl Running {
    /// One that shows its environment and ends with its stdin.
    pub(super) fn start(home: &Home, options: &[&str]) -> Self {
        Self::start_script(home, options, "env; echo ready; cat")
    }

    /// A script of sh that writes its environment and then `ready`.
    pub(super) fn start_script(home: &Home, options: &[&str], script: &str) -> Self {
        let words = [&["exec"], options, &["--", "sh", "-c", script]].concat();
        let mut child = home.command(words.iter().map(|word| (*word).to_owned())).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut variables = HashMap::new();
        let mut line = String::new();
        while line != "ready\n" {
            line.clear();
            if stdout.read_line(&mut line).unwrap() == 0 {
                let ended = child.wait_with_output().unwrap();
                panic!("it did not start: {}", String::from_utf8_lossy(&ended.stderr));
            }
            if let Some((name, value)) = line.trim_end().split_once('=') {
                variables.insert(name.to_owned(), value.to_owned());
            }
        }
        Self { child, stdout, variables }
    }

    pub(super) fn variable(&self, name: &str) -> String {
        self.variables.get(name).unwrap_or_else(|| panic!("{name} is not set")).clone()
    }

    pub(super) fn endpoint(&self) -> String {
        self.variable("IDENTITY_ENDPOINT")
    }

    /// Asks for a token as App Service's clients do.
    pub(super) fn ask(&self, query: &str) -> Answer {
        let header = self.variable("IDENTITY_HEADER");
        get(&self.endpoint(), query, &[("X-IDENTITY-HEADER", &header)])
    }

    /// Sends exoctl, and not the program, a signal.
    pub(super) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Closes its stdin and waits for its end.
    pub(super) fn finish(mut self) -> Ran {
        drop(self.child.stdin.take());
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let exit = self.child.wait().unwrap().code().expect("not ended by a signal");
        Ran { stdout, stderr, exit }
    }
}
