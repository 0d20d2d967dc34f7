//! A systemd unit, as far as it says who a program runs as and what it sees: systemd.exec(5),
//! systemd.syntax(7).

use std::path::{Path, PathBuf};

/// What a `.service` unit says, with its drop-ins after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unit {
    settings: Vec<(String, String)>,
}

impl Unit {
    /// Reads the `[Service]` section of a text; several files may follow each other.
    pub(super) fn read(text: &str) -> Self {
        Self { settings: section(text, "Service") }
    }

    /// The last value of a setting; an empty one takes it back.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        let values = self.settings.iter().rev().filter(|(key, _)| key == name);
        values.map(|(_, value)| value.as_str()).next().filter(|value| !value.is_empty())
    }

    /// All values of a setting that adds up; an empty one drops those before it.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let mut values = Vec::new();
        for (_, value) in self.settings.iter().filter(|(key, _)| key == name) {
            match value.as_str() {
                "" => values.clear(),
                value => values.push(value),
            }
        }
        values
    }

    /// The same, each split at spaces outside of quotes.
    pub(super) fn words(&self, name: &str) -> Vec<String> {
        let split = |value: &&str| shlex::split(value).unwrap_or_default();
        self.all(name).iter().flat_map(split).collect()
    }

    /// Whether a setting is switched on.
    pub(super) fn is_on(&self, name: &str) -> bool {
        let on = ["1", "yes", "true", "on"];
        self.find(name).is_some_and(|value| on.contains(&value.to_ascii_lowercase().as_str()))
    }
}

/// The unit that a timer starts, if its text names one.
pub(super) fn started_by_timer(text: &str) -> Option<String> {
    section(text, "Timer").into_iter().rev().find(|(key, _)| key == "Unit").map(|(_, unit)| unit)
}

fn section(text: &str, wanted: &str) -> Vec<(String, String)> {
    let mut settings = Vec::new();
    let mut here = false;
    for line in logical_lines(text) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            here = name == wanted;
        } else if let Some((key, value)) = line.split_once('=').filter(|_| here) {
            settings.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    settings
}

/// Lines; a backslash at the end goes on in the next one, and comments in between are left out.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        if goes_on && line.trim_start().starts_with(['#', ';']) {
            continue;
        }
        let (piece, more) = match line.strip_suffix('\\') {
            Some(piece) => (piece, true),
            None => (line, false),
        };
        match lines.last_mut().filter(|_| goes_on) {
            Some(last) => {
                last.push(' ');
                last.push_str(piece.trim());
            }
            None => lines.push(piece.to_owned()),
        }
        goes_on = more;
    }
    lines
}

/// What stands for what in a unit's values: `%h`, `%n`, `%S` and so on.
#[derive(Clone, Debug)]
pub(super) struct Specifiers {
    /// The unit's name with its suffix.
    pub(super) unit: String,
    /// The account.
    pub(super) user: String,
    /// The account's home directory.
    pub(super) home: PathBuf,
}

impl Specifiers {
    /// The value with everything put in that is known; what is not stays.
    pub(super) fn fill(&self, value: &str) -> String {
        let mut filled = String::new();
        let mut rest = value;
        while let Some((before, after)) = rest.split_once('%') {
            filled.push_str(before);
            let mut letters = after.chars();
            let letter = letters.next();
            if let Some(text) = letter.and_then(|letter| self.value(letter)) {
                filled.push_str(&text);
            } else {
                filled.push('%');
                filled.extend(letter);
            }
            rest = letters.as_str();
        }
        filled.push_str(rest);
        filled
    }

    fn value(&self, letter: char) -> Option<String> {
        let name = self.unit.rsplit_once('.').map_or(self.unit.as_str(), |(name, _)| name);
        Some(match letter {
            '%' => "%".to_owned(),
            'h' => self.home.display().to_string(),
            'n' => self.unit.clone(),
            'N' => name.to_owned(),
            'p' => name.split('@').next().unwrap_or_default().to_owned(),
            'i' => name.split_once('@').map(|(_, instance)| instance)?.to_owned(),
            'u' => self.user.clone(),
            'S' => "/var/lib".to_owned(),
            'C' => "/var/cache".to_owned(),
            'L' => "/var/log".to_owned(),
            'E' => "/etc".to_owned(),
            't' => "/run".to_owned(),
            'T' => "/tmp".to_owned(),
            'V' => "/var/tmp".to_owned(),
            _ => return None,
        })
    }
}

/// The assignments of an `EnvironmentFile=`: one a line, quotes taken off.
pub(super) fn environment_file(text: &str) -> Vec<(String, String)> {
    let assignment = |line: &String| {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            return None;
        }
        let (name, value) = line.split_once('=')?;
        let value = value.trim();
        let quoted = value.starts_with(['"', '\'']);
        let value = match shlex::split(value).filter(|_| quoted) {
            Some(words) => words.join(" "),
            None => value.to_owned(),
        };
        Some((name.trim().to_owned(), value))
    };
    logical_lines(text).iter().filter_map(assignment).collect()
}

/// `Environment=A=1 "B=2 3"` as names and values.
pub(super) fn assignments(words: &[String]) -> Vec<(String, String)> {
    let pair = |word: &String| {
        word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    words.iter().filter_map(pair).collect()
}

/// The options of exoctl's that say which connection a command line uses, if it is one of exoctl's.
pub(super) fn options_of(command: &str) -> Vec<String> {
    let words = shlex::split(command.trim_start_matches(['@', '-', ':', '+', '!', '|']));
    let words = words.unwrap_or_default();
    let is_ours = |word: &String| Path::new(word).file_stem().is_some_and(|name| name == "exoctl");
    let Some(at) = words.iter().position(is_ours) else { return Vec::new() };
    let mut options = Vec::new();
    let mut words = words[at + 1..].iter();
    while let Some(word) = words.next() {
        for name in ["--profile", "--environment"] {
            if word == name {
                options.extend(words.next().map(|value| format!("{name}={value}")));
            } else if word.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')) {
                options.push(word.clone());
            }
        }
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `systemctl cat` writes a unit and its drop-in.
    const TEXT: &str = "\
# /etc/systemd/system/mailbox-report.service
[Unit]
Description=Mailbox report
User=not-this-one
[Service]
Type=oneshot
User=exo
Environment=EXOCTL_HOME=%S/exoctl \"NOTE=a b\"
EnvironmentFile=-/etc/default/mailbox-report
ReadWritePaths=/srv/reports \\
  # in between
  /srv/more
ExecStart=/usr/local/bin/exoctl --profile nightly Get-Mailbox \\
   -o csv --environment=/etc/exoctl/cloud.json
ProtectSystem=full

# /etc/systemd/system/mailbox-report.service.d/override.conf
[Service]
ProtectSystem=
ProtectSystem=strict
PrivateTmp=yes
ReadOnlyPaths=/a
ReadOnlyPaths=
";

    #[test]
    fn a_unit_and_its_drop_ins_are_read_as_systemd_does() {
        let unit = Unit::read(TEXT);
        assert_eq!(unit.find("User"), Some("exo"));
        assert_eq!(unit.find("ProtectSystem"), Some("strict"));
        assert_eq!(unit.words("ReadWritePaths"), ["/srv/reports", "/srv/more"]);
        assert_eq!(unit.words("ReadOnlyPaths"), Vec::<String>::new());
        assert!(unit.is_on("PrivateTmp") && !unit.is_on("DynamicUser"));
        let environment = assignments(&unit.words("Environment"));
        assert_eq!(environment[1], ("NOTE".to_owned(), "a b".to_owned()));
        let options = options_of(unit.find("ExecStart").unwrap());
        assert_eq!(options, ["--profile=nightly", "--environment=/etc/exoctl/cloud.json"]);
        assert_eq!(options_of("/bin/sh -c true --profile x"), Vec::<String>::new());
    }

    #[test]
    fn specifiers_stand_for_what_systemd_says() {
        let home = PathBuf::from("/home/exo");
        let unit = "report@daily.service".to_owned();
        let specifiers = Specifiers { unit, user: "exo".to_owned(), home };
        assert_eq!(
            specifiers.fill("%S/exoctl:%h:%i:%u:100%%"),
            "/var/lib/exoctl:/home/exo:daily:exo:100%"
        );
        assert_eq!(specifiers.fill("%Z %"), "%Z %");
    }

    #[test]
    fn an_environment_file_has_one_assignment_a_line() {
        let text = "# comment\nA=1\nB=\"two words\"\n C = 'x' \nnothing\nD=a \"b\"\n";
        let pairs = environment_file(text);
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("A", "1"), ("B", "two words"), ("C", "x"), ("D", "a \"b\"")]);
    }

    #[test]
    fn a_timer_names_its_unit() {
        assert_eq!(
            started_by_timer("[Timer]\nOnCalendar=daily\nUnit=x.service\n").unwrap(),
            "x.service"
        );
        assert_eq!(started_by_timer("[Timer]\nOnCalendar=daily\n"), None);
    }
}
