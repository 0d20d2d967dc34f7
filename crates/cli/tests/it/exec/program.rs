//! What a program below `exoctl exec` finds, writes, and ends with.

use super::connected;
use super::running::Running;
use crate::harness::{Home, Ran, Tenant};

/// Runs a script of sh below `exoctl exec` with these options.
pub(super) fn run(home: &Home, options: &[&str], script: &str) -> Ran {
    home.run_words(&[&["exec"], options, &["--", "sh", "-c", script]].concat())
}

#[test]
fn the_exit_code_is_the_programs() {
    let tenant = Tenant::start(5);
    let home = connected(&tenant);
    let ended = run(&home, &[], "echo data; echo talk >&2; exit 42");
    assert_eq!(
        (ended.exit, ended.stdout.as_str(), ended.stderr.as_str()),
        (42, "data\n", "talk\n")
    );
    assert_eq!(run(&home, &[], "kill -KILL $$").exit, 137);
    let missing = home.run("exec -- ./nothing-here");
    assert_eq!(missing.exit, 127);
    assert!(missing.stderr.contains("could not start ./nothing-here"), "{}", missing.stderr);
    let _ = home.file("no-program", "text");
    assert_eq!(home.run("exec -- ./no-program").exit, 126);
    assert_eq!(home.run("exec").exit, 2);
    let unknown = run(&home, &["--profile", "nobody"], "echo ran");
    assert_eq!((unknown.exit, unknown.stdout.as_str()), (2, ""), "nothing runs without a sign-in");
}

#[test]
fn a_token_comes_by_variable_or_descriptor_only_if_it_was_asked_for() {
    let tenant = Tenant::start(5);
    let home = connected(&tenant);
    let token = home.run("token").ok().stdout;
    assert_eq!(run(&home, &["--token-env", "T"], "echo $T").ok().stdout, token);
    assert_eq!(run(&home, &["--token-fd", "3"], "cat <&3").ok().stdout, token);
    assert_eq!(run(&home, &["--token-fd", "9"], "cat <&9").ok().stdout, token);
    let all = run(&home, &[], "env; cat <&3 || echo closed").ok().stdout;
    assert!(!all.contains("eyJ") && all.ends_with("closed\n"), "{all}");
    assert_eq!(run(&home, &["--token-env", "A=B"], "echo ran").exit, 2);
    assert_eq!(run(&home, &["--token-fd", "1"], "echo ran").exit, 2);
    let lost = home.run_words(&["exec", "--token-fd", "3", "--", "./nothing-here"]);
    assert_eq!(lost.exit, 127, "{}", lost.stderr);
}

#[test]
fn nothing_secret_of_ours_and_no_other_identity_is_inherited() {
    let tenant = Tenant::start(5);
    let home = connected(&tenant);
    let removed = [
        ("EXOCTL_ACCESS_TOKEN", "given-token-1"),
        ("AZURE_CLIENT_CERTIFICATE_PASSWORD", "given-word-2"),
        ("AZURE_CLIENT_CERTIFICATE_PATH", "/nowhere/key.pfx"),
        ("AZURE_CLIENT_SECRET", "given-secret-3"),
        ("AZURE_FEDERATED_TOKEN_FILE", "/nowhere/token"),
        ("IDENTITY_SERVER_THUMBPRINT", "no-thumbprint-here"),
        ("IMDS_ENDPOINT", "http://localhost:40342"),
        ("PFX", "given-word-4"),
    ];
    let kept =
        [("http_proxy", "http://proxy.example:3128"), ("NO_PROXY", "a.example"), ("MINE", "5")];
    let variables = [&removed[..], &kept].concat();
    let line = "--profile default exec --password-env PFX -- sh -c env";
    let variables_kept = home.run_with(line, &variables, "").ok().stdout;
    for (name, value) in removed {
        assert!(!variables_kept.contains(value), "{name} is in {variables_kept}");
    }
    assert!(variables_kept.contains("MINE=5"));
    // The header must not be told to a proxy.
    assert!(variables_kept.contains("no_proxy=a.example,127.0.0.1,localhost"), "{variables_kept}");
    let asked_for = home.run_with(
        "--profile default exec --keep-env AZURE_CLIENT_SECRET -- sh -c env",
        &variables,
        "",
    );
    assert!(asked_for.ok().stdout.contains("given-secret-3"));
}

#[test]
fn signals_reach_the_program_and_its_end_is_waited_for() {
    let tenant = Tenant::start(5);
    let home = connected(&tenant);
    for (signal, code) in [("TERM", 7), ("INT", 8), ("HUP", 9)] {
        let script = format!(
            "trap 'echo {signal}; exit {code}' {signal}; env; echo ready; sleep 600 >/dev/null 2>&1 & wait; wait"
        );
        let running = Running::start_script(&home, &[], &script);
        running.signal(signal);
        let ended = running.finish();
        assert_eq!(ended.exit, code, "{}", ended.stderr);
        assert!(ended.stdout.ends_with(&format!("{signal}\n")), "{}", ended.stdout);
    }
}

#[test]
fn a_timeout_ends_the_program_and_all_that_it_has_started() {
    let tenant = Tenant::start(5);
    let home = connected(&tenant);
    let options = ["--timeout", "300ms", "--kill-after", "100ms"];
    // Who ignores SIGTERM is killed. Each of them holds our pipe open, so that reading to its end
    // shows that all are gone.
    let script = "trap '' TERM; sleep 600 & (sleep 600; echo late) & echo started; sleep 600";
    let ended = run(&home, &options, script);
    assert_eq!((ended.exit, ended.stdout.as_str()), (124, "started\n"));
    // Who listens ends in its own way; the exit code is that of the timeout all the same.
    let polite = "trap 'echo goodbye; exit 0' TERM; sleep 600 & wait";
    let ended = run(&home, &["--timeout", "300ms", "--kill-after", "10m"], polite);
    assert_eq!((ended.exit, ended.stdout.as_str()), (124, "goodbye\n"));
    // The program obeys, what it has started does not.
    let ended = run(&home, &options, "(trap '' TERM; sleep 600; sleep 600) & sleep 600");
    assert_eq!(ended.exit, 124);
    // With a log the streams are ours to read.
    let ended = run(&home, &[&options[..], &["--run-log", "run.log"]].concat(), script);
    assert_eq!((ended.exit, ended.stdout.as_str()), (124, "started\n"));
    let log = std::fs::read_to_string(home.path().join("run.log")).unwrap();
    assert!(log.ends_with(" exec   was ended, its time was up\n"), "{log}");
    assert_eq!(run(&home, &["--timeout", "0s"], "echo ran").exit, 2);
}

#[test]
fn a_run_log_has_all_that_was_written_and_no_secret() {
    let tenant = Tenant::start(5);
    let home = connected(&tenant);
    let script = "\
        echo first; echo wrong >&2; echo \"header=$IDENTITY_HEADER\"; echo \"T=$T\" >&2; echo \"pass $P\"
        echo 'Authorization: Bearer 0123456789abcdefXYZ'; printf 'no end'; exit 5";
    let variables = [("P", "Correct-Horse-77")];
    let words = [
        "exec",
        "--run-log",
        "run.log",
        "--token-env",
        "T",
        "--password-env",
        "P",
        "--keep-env",
        "P",
    ];
    let mut command = home.command(
        words.iter().chain(&["--log", "trace", "--", "sh", "-c", script]).map(|w| (*w).to_owned()),
    );
    let output = command.envs(variables).output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    // What the program writes itself is passed on as it is.
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(out.starts_with("first\nheader=") && out.ends_with("no end"), "{out}");
    let header = out.lines().find_map(|line| line.strip_prefix("header=")).unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("T=eyJ"));

    let log = std::fs::read_to_string(home.path().join("run.log")).unwrap();
    let token = home.run("token").ok().stdout;
    for secret in [header, token.trim(), "Correct-Horse-77", "eyJ", "0123456789abcdefXYZ"] {
        assert!(!log.contains(secret), "{secret} is in {log}");
    }
    let mut lines: Vec<&str> = log.lines().map(|line| line.split_once(' ').unwrap().1).collect();
    assert!(lines.remove(0).starts_with("exec   sh -c"), "{log}");
    for expected in [
        "stdout first",
        "stderr wrong",
        "stdout header=***",
        "stderr T=***",
        "stdout pass ***",
        "stdout Authorization: Bearer ***",
        "stdout no end",
    ] {
        assert!(lines.contains(&expected), "{expected} is not in {log}");
    }
    assert_eq!(lines.last(), Some(&"exec   ended with exit code 5"));
}

#[test]
fn a_script_of_powershell_gets_its_prelude_its_arguments_and_its_exit_code() {
    let tenant = Tenant::start(5);
    let home = connected(&tenant);
    let bin = home.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    // In the place of PowerShell: shows what it is started with.
    let fake = "#!/bin/sh\nwhile [ \"$1\" != -File ]; do echo \"$1\"; shift; done\nshift\ncat \"$1\"\nshift\nprintf 'argument %s\\n' \"$@\"\nexit 3\n";
    let program = bin.join("pwsh");
    std::fs::write(&program, fake).unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let line = "exec --pwsh -- monthly.ps1 -Month 11";
    let ran = home.run_with(line, &[("PATH", &path)], "");
    assert_eq!(ran.exit, 3, "{}", ran.stderr);
    let prelude = home.run("exec --print-prelude").ok().stdout;
    assert!(ran.stdout.contains(&prelude), "{}", ran.stdout);
    let script = home.path().join("monthly.ps1");
    let call =
        format!("Connect-Exoctl\n$global:LASTEXITCODE = 0\n& '{}' @args\n", script.display());
    assert!(ran.stdout.contains(&call), "{}", ran.stdout);
    assert!(ran.stdout.starts_with("-NoLogo\n-NoProfile\n-NonInteractive\n"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("argument -Month\nargument 11\n"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("eyJ"), "no token is in the file");

    let nowhere = home.run_with(line, &[("PATH", "/nowhere")], "");
    assert_eq!(nowhere.exit, 127);
    assert!(nowhere.stderr.contains("https://aka.ms/powershell"), "{}", nowhere.stderr);
}
