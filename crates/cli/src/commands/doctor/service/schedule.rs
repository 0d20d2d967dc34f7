//! Who a scheduled job runs as, with which variables and where: an account for cron, a unit for systemd.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::finding::Finding;
use super::ServiceError;
use super::sandbox::Sandbox;
use super::unit::{self, Specifiers, Unit};

/// A job's identity.
#[derive(Clone, Debug)]
pub(super) struct Service {
    /// The unit's name, or the account's.
    pub(super) name: String,
    /// The account.
    pub(super) user: String,
    /// Its id.
    pub(super) uid: u32,
    /// All the variables that it will have.
    pub(super) variables: Variables,
    /// The working directory.
    pub(super) directory: PathBuf,
    /// exoctl's own options on the job's command line.
    pub(super) options: Vec<String>,
    /// What the unit takes away.
    pub(super) sandbox: Sandbox,
    /// Whether it is a unit.
    pub(super) is_unit: bool,
    facts: Vec<String>,
}

/// An account of this machine.
#[derive(Clone, Debug)]
pub(super) struct Account {
    /// Its name.
    pub(super) name: String,
    /// Its id.
    pub(super) uid: u32,
    /// The id of its group.
    pub(super) gid: u32,
    /// Its home directory.
    pub(super) home: PathBuf,
    /// Its shell.
    pub(super) shell: PathBuf,
}

/// Where systemd looks for units: systemd.unit(5), the first counts.
const DIRECTORIES: [&str; 4] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
];

impl Service {
    /// The job of that name: the file of a unit, a unit that systemd knows, or an account.
    pub(super) fn find(target: &str) -> Result<Self, ServiceError> {
        let is_unit = [".service", ".timer"].iter().any(|suffix| target.ends_with(suffix));
        if target.contains('/') || (is_unit && Path::new(target).is_file()) {
            let text = with_drop_ins(Path::new(target))?;
            let name = Path::new(target).file_name().unwrap_or_default().to_string_lossy();
            return Self::of_text(&name, &text, target);
        }
        if is_unit {
            let text = text_of(target)?;
            return Self::of_text(target, &text, target);
        }
        Ok(Self::of_account(&account(target)?))
    }

    /// As cron runs things, and most schedulers: crontab(5).
    fn of_account(account: &Account) -> Self {
        let variables = [
            ("HOME", account.home.display().to_string()),
            ("LOGNAME", account.name.clone()),
            ("SHELL", "/bin/sh".to_owned()),
            ("PATH", "/usr/bin:/bin".to_owned()),
        ];
        let mut service = Self {
            name: account.name.clone(),
            user: account.name.clone(),
            uid: account.uid,
            variables: variables.map(|(name, value)| (name.to_owned(), value)).into(),
            directory: existing(&account.home),
            options: Vec::new(),
            sandbox: Sandbox::default(),
            is_unit: false,
            facts: Vec::new(),
        };
        service.facts = vec![
            format!("account {} ({}), as cron runs it", service.user, service.uid),
            format!("starts in {}", service.directory.display()),
        ];
        service
    }

    fn of_text(name: &str, text: &str, target: &str) -> Result<Self, ServiceError> {
        if let Some(timer) = name.strip_suffix(".timer") {
            let started = unit::started_by_timer(text);
            let started = started.unwrap_or_else(|| format!("{timer}.service"));
            let beside = Path::new(target).with_file_name(&started);
            return Self::find(&if target.contains('/') {
                beside.display().to_string()
            } else {
                started
            });
        }
        let unit = Unit::read(text);
        if unit.is_on("DynamicUser") {
            return Err(ServiceError::DynamicUser(name.to_owned()));
        }
        let account = account(unit.find("User").unwrap_or("root"))?;
        let specifiers = Specifiers {
            unit: name.to_owned(),
            user: account.name.clone(),
            home: account.home.clone(),
        };
        let (variables, missing) = variables(&unit, &account, &specifiers)?;
        let directory = match unit.find("WorkingDirectory").map(|text| text.trim_start_matches('-'))
        {
            None => PathBuf::from("/"),
            Some("~") => account.home.clone(),
            Some(directory) => specifiers.fill(directory).into(),
        };
        let names: Vec<&str> = variables.iter().map(|(name, _)| name.as_str()).collect();
        let mut facts = vec![
            format!("{target} runs as {} ({})", account.name, account.uid),
            format!("starts in {}", directory.display()),
            format!("variables: {}", names.join(", ")),
        ];
        facts.extend(missing);
        if !directory.is_dir() {
            facts.push(format!("{} is not there", directory.display()));
        }
        let options = unit.find("ExecStart").map(unit::options_of).unwrap_or_default();
        if !options.is_empty() {
            facts.push(format!("its command line has {}", options.join(" ")));
        }
        Ok(Self {
            name: name.to_owned(),
            uid: account.uid,
            user: account.name,
            variables,
            directory: existing(&directory),
            options,
            sandbox: Sandbox::of(&unit, &specifiers),
            is_unit: true,
            facts,
        })
    }

    /// What was found about the job itself.
    pub(super) fn finding(&self) -> Finding {
        Finding::ok("").seeing(self.facts.clone())
    }
}

/// Names and values, in the order in which they are set.
type Variables = Vec<(String, String)>;

/// The variables that systemd gives: systemd.exec(5), "Environment Variables in Spawned Processes".
fn variables(
    unit: &Unit,
    account: &Account,
    specifiers: &Specifiers,
) -> Result<(Variables, Vec<String>), ServiceError> {
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let mut all = vec![("PATH".to_owned(), path.to_owned())];
    if unit.find("User").is_some() {
        for (name, value) in [
            ("HOME", account.home.display().to_string()),
            ("LOGNAME", account.name.clone()),
            ("USER", account.name.clone()),
            ("SHELL", account.shell.display().to_string()),
        ] {
            all.push((name.to_owned(), value));
        }
    }
    let words: Vec<String> =
        unit.words("Environment").iter().map(|word| specifiers.fill(word)).collect();
    all.extend(unit::assignments(&words));
    let mut missing = Vec::new();
    for file in unit.all("EnvironmentFile") {
        let (path, optional) = match file.strip_prefix('-') {
            Some(path) => (specifiers.fill(path), true),
            None => (specifiers.fill(file), false),
        };
        match fs::read_to_string(&path) {
            Ok(text) => all.extend(unit::environment_file(&text)),
            Err(_) if optional => missing.push(format!("EnvironmentFile {path} is not there")),
            Err(source) => return Err(ServiceError::Unreadable { path, source }),
        }
    }
    let taken_back = unit.words("UnsetEnvironment");
    all.retain(|(name, _)| !taken_back.contains(name));
    // The last one counts.
    let mut kept = Variables::new();
    for (name, value) in all {
        kept.retain(|(known, _)| *known != name);
        kept.push((name, value));
    }
    Ok((kept, missing))
}

/// A directory to start in; the root where there is none.
fn existing(directory: &Path) -> PathBuf {
    if directory.is_dir() { directory.to_owned() } else { PathBuf::from("/") }
}

/// A unit that systemd knows, or that is in its directories where systemd does not run.
fn text_of(name: &str) -> Result<String, ServiceError> {
    let asked = Command::new("systemctl").args(["cat", "--no-pager", "--", name]).output();
    if let Ok(output) = asked
        && output.status.success()
    {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let places = DIRECTORIES.map(|directory| Path::new(directory).join(name));
    let found = places.iter().find(|path| path.is_file());
    with_drop_ins(found.ok_or_else(|| ServiceError::NoUnit(name.to_owned()))?)
}

/// A unit's file, and those in the directory beside it that is named after it.
fn with_drop_ins(path: &Path) -> Result<String, ServiceError> {
    let read = |path: &Path| {
        fs::read_to_string(path)
            .map_err(|source| ServiceError::Unreadable { path: path.display().to_string(), source })
    };
    let mut text = read(path)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".d");
    let entries = fs::read_dir(beside).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut entries: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "conf")).collect();
    entries.sort();
    for entry in entries {
        text.push('\n');
        text.push_str(&read(&entry)?);
    }
    Ok(text)
}

#[cfg(target_os = "linux")]
fn account(name: &str) -> Result<Account, ServiceError> {
    super::identity::account(name)
}

#[cfg(not(target_os = "linux"))]
fn account(_name: &str) -> Result<Account, ServiceError> {
    Err(ServiceError::Elsewhere)
}
