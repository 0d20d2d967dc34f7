//! Job files as their users meet them: written, looked at, listed, removed.

use exoctl_sim::{DirectoryRole, Registration};
use serde_json::Value;

use crate::harness::{Home, Ran, Tenant};

const JOBS: &str = "home/config/jobs";

/// A home with a directory for job files.
fn with_jobs(home: &Home, files: &[(&str, &str)]) {
    std::fs::create_dir_all(home.path().join(JOBS)).unwrap();
    for (name, text) in files {
        let _ = home.file(&format!("{JOBS}/{name}.toml"), text);
    }
}

fn job(name: &str, rest: &str) -> String {
    format!("name = \"{name}\"\nprofile = \"default\"\n{rest}")
}

/// The words of all problems that a check with `-o json` found, with their places.
fn problems(ran: &Ran) -> Vec<String> {
    let rows: Value = serde_json::from_str(&ran.stdout).unwrap();
    let of = |row: &Value| row["problems"].as_array().unwrap().clone();
    let word = |problem: Value| {
        let text = |key: &str| problem[key].as_str().unwrap().to_owned();
        format!("{} {}:{} {}", text("level"), problem["line"], problem["column"], text("message"))
    };
    rows.as_array().unwrap().iter().flat_map(of).map(word).collect()
}

#[test]
fn a_job_is_added_when_the_connection_works_and_is_what_was_asked_for() {
    let tenant = Tenant::start(5);
    let home = Home::of(&tenant);
    let _ = home.connected(&tenant);
    let added = home
        .run_words(&[
            "job",
            "add",
            "mailboxes",
            "--template",
            "cmdlet",
            "--cmdlet",
            "Get-Mailbox -ResultSize Unlimited",
            "--to",
            "mailboxes.csv",
            "--schedule",
            "monthly on day 1 at 06:00 Europe/Berlin",
            "-o",
            "json",
        ])
        .ok();
    let row: Value = serde_json::from_str(&added.stdout).unwrap();
    let row = &row[0];
    assert_eq!(row["schedule"], "monthly on day 1 at 06:00 Europe/Berlin");
    assert!(row["next"].as_str().unwrap().contains("-01T06:00:00+"), "{row}");

    let shown = home.run("job show mailboxes -o json").ok();
    let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
    let line: Vec<&str> = shown[0]["steps"][0]["commandLine"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| w.as_str().unwrap())
        .collect();
    // What is shown can be run as it is.
    let ran = home.run_words(&line).ok();
    assert_eq!(ran.stdout.lines().count(), 6, "{}", ran.stdout);
    assert_eq!(shown[0]["effect"], "read");

    let listed = home.run("job list").ok().rows().remove(0);
    assert_eq!((&listed["name"], &listed["last"]), (&"mailboxes".into(), &Value::Null));
    assert!(!home.path().join("home/data/ledger.db").exists(), "who looks makes no ledger");
    let _ = home.run("job run mailboxes").ok();
    let _ = home.run("job pause mailboxes").ok();
    let listed = home.run("job list").ok().rows().remove(0);
    assert_eq!((&listed["last"], &listed["paused"]), (&"done".into(), &true.into()));
    let again = home.run("job add mailboxes --template doctor");
    assert_eq!(again.exit, 2);
    assert!(again.stderr.contains("job-exists"), "{}", again.stderr);
    let _ = home.run("job remove mailboxes --yes").ok();
    assert!(!home.path().join(JOBS).join("mailboxes.toml").exists());
    assert_eq!(home.run("job remove mailboxes --yes").exit, 2);
}

#[test]
fn a_job_that_would_fail_at_night_is_not_added() {
    let tenant = Tenant::start(5);
    let home = Home::of(&tenant);
    let (thumbprint, certificate) = home.certificate();
    // Without a role in Exchange nothing is granted.
    let app =
        tenant.register_as(Registration::new(certificate).with_role(DirectoryRole::GlobalReader));
    let _ = home
        .run(&format!("Connect-ExchangeOnline -CertificateThumbprint {thumbprint} -AppId {app} -Organization contoso.onmicrosoft.com"))
        .ok();
    let line = [
        "job",
        "add",
        "rename",
        "--template",
        "cmdlet",
        "--schedule",
        "hourly",
        "--cmdlet",
        "Set-Mailbox adele -DisplayName x",
    ];
    let refused = home.run_words(&line);
    assert_eq!(refused.exit, 3, "{}", refused.text());
    assert!(refused.stderr.contains("would fail: "), "{}", refused.stderr);
    assert!(refused.stderr.contains("Set-Mailbox"), "{}", refused.stderr);
    assert!(!home.path().join(JOBS).join("rename.toml").exists());
    let _ = home.run_words(&[&line[..], &["--no-preflight"]].concat()).ok();
    assert!(home.path().join(JOBS).join("rename.toml").exists());
}

#[test]
fn what_a_job_names_is_looked_for() {
    let tenant = Tenant::start(5);
    let home = Home::of(&tenant);
    let _ = home.connected(&tenant);
    with_jobs(
        &home,
        &[
            (
                "well",
                &job(
                    "well",
                    "schedule = \"daily at 02:30 Europe/Berlin\"\nsteps = [{ doctor = {} }]\n",
                ),
            ),
            (
                "channel",
                &job("channel", "notify = { to = [\"ops\"] }\nsteps = [{ doctor = {} }]\n"),
            ),
            (
                "cmdlet",
                &job(
                    "cmdlet",
                    "notify = { to = [\"mail\"] }\n[[steps]]\ncmdlet = \"Get-Nothing\"\n",
                ),
            ),
            (
                "parameter",
                &job(
                    "parameter",
                    "notify = { to = [\"mail\"] }\n[[steps]]\ncmdlet = \"Get-Mailbox -Nothing 1\"\n",
                ),
            ),
            (
                "program",
                &job(
                    "program",
                    "notify = { to = [\"mail\"] }\n[[steps]]\nprogram = [\"no-such-program\", \"{jobs}/no.py\"]\n",
                ),
            ),
            (
                "option",
                &job(
                    "option",
                    "notify = { to = [\"mail\"] }\n[[steps]]\naudit-export = { sinks = [\"papyrus\"] }\n",
                ),
            ),
            (
                "nobody",
                "name = \"nobody\"\nprofiles = [\"fabrikam\", \"x*\"]\nnotify = { to = [\"mail\"] }\nsteps = [{ doctor = {} }]\n",
            ),
            (
                "early",
                &job(
                    "early",
                    "notify = { to = [\"mail\"] }\nschedule = \"monthly on day 1 at 00:30 Europe/Berlin\"\nsteps = [{ audit-export = {} }]\n",
                ),
            ),
            ("broken", "name = \"broken\"\ntimeout = \"soon\"\n"),
        ],
    );
    let _ = home.file(
        "home/config/notify.toml",
        "[channel.mail]\nkind = \"mail\"\nfrom = \"a@contoso.com\"\nto = [\"b@contoso.com\"]\nsmtp = \"localhost\"\n",
    );
    let one = |name: &str| {
        let ran = home.run(&format!("job check {JOBS}/{name}.toml -o json"));
        (problems(&ran), ran.exit)
    };
    let (found, exit) = one("well");
    assert_eq!(
        (found.as_slice(), exit),
        (&["warn 1:1 nobody is told when it fails: there is no [notify]".to_owned()][..], 0)
    );
    let wrong = |name: &str, expected: &str| {
        let (found, exit) = one(name);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{name}: {found:?}");
        assert_eq!(exit, 3, "{name}");
    };
    wrong("channel", "wrong 3:18 there is no channel named ops: there are mail");
    wrong("cmdlet", "wrong 5:11 default has no cmdlet Get-Nothing");
    wrong("parameter", "wrong 5:11 ");
    wrong("option", "wrong 5:1 step 1 is refused by the command that it runs: ");
    wrong("broken", "wrong 2:11 \"soon\" is no length of time");
    let (found, exit) = one("program");
    assert_eq!(found[0], "wrong 5:13 no-such-program is not there for this account");
    assert!(
        found[1].starts_with("wrong 5:32 ")
            && found[1].ends_with("/no.py is not there for this account")
    );
    assert_eq!((found.len(), exit), (2, 3));
    let (found, exit) = one("nobody");
    assert_eq!(found[0], "wrong 2:13 there is no connection named fabrikam: there are default");
    assert_eq!(found[1], "warn 2:25 no connection is named like x*: there are default");
    assert_eq!((found.len(), exit), (2, 3));
    let (found, exit) = one("early");
    assert!(found[0].contains("the month is another one in UTC"), "{found:?}");
    assert_eq!((found.len(), exit), (1, 0));

    // All at once, for people.
    let all = home.run("job check");
    assert_eq!(all.exit, 3);
    assert!(
        all.stdout.contains("broken.toml:2:11: error: \"soon\" is no length of time"),
        "{}",
        all.stdout
    );
    assert!(all.stdout.contains("02:30 CE"), "{}", all.stdout);
    let listed = home.run("job list");
    assert_eq!((listed.rows().len(), listed.exit), (8, 3));
    assert!(listed.stderr.contains("broken.toml is not a job"), "{}", listed.stderr);
}

#[test]
fn names_of_jobs_are_completed() {
    let home = Home::new();
    with_jobs(&home, &[("rotate", ""), ("audit-monthly", "")]);
    let ran = home.run("__complete -- job show r").ok();
    assert_eq!(ran.stdout.trim(), "rotate");
    let elsewhere =
        home.run_with("__complete --empty -- job remove", &[("EXOCTL_JOBS", "/nowhere")], "").ok();
    assert_eq!(elsewhere.stdout, "");
}

#[test]
fn a_template_says_what_is_missing() {
    let home = Home::new();
    for (line, said) in [
        ("job add a --template cmdlet --profiles *", "--cmdlet is missing"),
        ("job add a --template program --profiles * --schedule hourly", "the program"),
        ("job add a --template program --profiles * -- true", "--schedule is missing"),
        (
            "job add a --template audit-monthly --profiles * --mail-to a@b.c",
            "--mail-from is missing",
        ),
        (
            "job add a --template doctor --profiles * --cmdlet Get-User",
            "--cmdlet is not of this template",
        ),
        ("job add a --template doctor --profiles * --schedule sometimes", "is no schedule"),
        ("job add A --template doctor --profiles *", "cannot be a job's name"),
        ("job add a --template doctor --profile nobody", "there is no connection named"),
    ] {
        let ran = home.run(line);
        assert_eq!(ran.exit, 2, "{line}: {}", ran.text());
        assert!(ran.stderr.contains(said), "{line}: {}", ran.stderr);
    }
}
