//! One cmdlet for every row of a file.

use std::fmt::Write as _;
use std::fs;

use crate::harness::{Home, Tenant, settings};

fn connected() -> (Tenant, Home) {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    home.connected(&tenant);
    (tenant, home)
}

fn office(home: &Home, who: &str) -> String {
    let row = home.run(&format!("Get-Mailbox {who}")).ok().rows().remove(0);
    row["Office"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn failed_rows_are_kept_and_can_be_corrected_and_fed_back() {
    let (_tenant, home) = connected();
    home.file("users.csv", "User;Office\r\nadele;Paris\r\nnobody.at.all;Rome\r\nAlexW;Oslo\r\n");
    let line = "Set-Mailbox -Identity {User} -Office {office} --input users.csv";
    let ran = home.run(line);
    settings(&home).bind(|| insta::assert_snapshot!("one_of_three", ran.text()));
    assert_eq!((office(&home, "adele"), office(&home, "AlexW")), ("Paris".into(), "Oslo".into()));

    let failed = fs::read_to_string(home.path().join("users.failed.csv")).unwrap();
    let mut lines = failed.lines();
    assert_eq!(lines.next(), Some("User;Office;Error;Row"));
    let row = lines.next().unwrap();
    assert!(row.starts_with("nobody.at.all;Rome;") && row.ends_with(";2"), "{row}");
    assert_eq!(lines.next(), None);

    home.file("users.failed.csv", failed.replace("nobody.at.all", "adele"));
    let line = "Set-Mailbox -Identity {User} -Office {Office} --input users.failed.csv";
    let again = home.run(line).ok();
    assert_eq!(again.stderr, "1 of 1 row done\n");
    assert_eq!(office(&home, "adele"), "Rome");
    assert!(!home.path().join("users.failed.failed.csv").exists());

    home.file("users.csv", "User;Office\nadele;Bonn\n");
    let clean = home.run("Set-Mailbox {User} -Office {Office} --input users.csv").ok();
    assert_eq!(clean.stderr, "1 of 1 row done\nusers.failed.csv is of an earlier run\n");
}

#[test]
fn output_is_in_input_order_whatever_runs_at_the_same_time() {
    let (_tenant, home) = connected();
    let all = home.run("Get-Mailbox -ResultSize Unlimited --select Alias").ok().rows();
    let mut aliases: Vec<&str> = all.iter().map(|row| row["Alias"].as_str().unwrap()).collect();
    aliases.reverse();
    assert!(aliases.len() > 40, "more than one batch for each of four requests");
    home.file("aliases.csv", format!("Identity\n{}\n", aliases.join("\n")));
    for options in ["", " --concurrency 1 --no-batch"] {
        let line = format!("Get-Mailbox --select Alias --input aliases.csv{options}");
        let rows = home.run(&line).ok().rows();
        let came: Vec<&str> = rows.iter().map(|row| row["Alias"].as_str().unwrap()).collect();
        assert_eq!(came, aliases, "{options}");
    }
}

#[test]
fn stdin_may_be_the_input() {
    let (_tenant, home) = connected();
    let line = "Set-Mailbox -Identity {Who} -Office {Office} --input - --input-format jsonl";
    let lines = "{\"Who\":\"adele\",\"Office\":\"A\"}\n{\"Who\":\"nobody.at.all\",\"Office\":1}\n";
    let ran = home.run_with(line, &[], lines);
    assert_eq!(ran.exit, 1, "{}", ran.stderr);
    assert_eq!(office(&home, "adele"), "A");
    let failed = fs::read_to_string(home.path().join("failed.jsonl")).unwrap();
    let failed: serde_json::Value = serde_json::from_str(&failed).unwrap();
    assert_eq!((&failed["Office"], &failed["Row"]), (&1.into(), &2.into()));
}

#[test]
fn nothing_is_sent_before_all_of_the_input_is_right() {
    let (_tenant, home) = connected();
    let before = office(&home, "adele");
    home.file("ragged.csv", "User,Office\nadele,Nowhere\nalex\n");
    home.file("duplicate.csv", "User,Office,USER\nadele,Nowhere,adele\n");
    home.file("empty.csv", "");
    home.file("users.csv", "User,Office\nadele,Nowhere\n");
    home.file("users.dat", "User,Office\nadele,Nowhere\n");
    home.file("typed.csv", "Identity,AuditEnabled\nadele,true\nadele,perhaps\n");
    let mut told = String::new();
    for line in [
        "Set-Mailbox {User} -Office {Office} --input ragged.csv",
        "Set-Mailbox {User} -Office {Office} --input duplicate.csv",
        "Set-Mailbox {User} -Office {Office} --input empty.csv",
        "Set-Mailbox {User} -Office {Office} --input missing.csv",
        "Set-Mailbox {User} -Office {Office} --input users.dat",
        "Set-Mailbox {User} -Office {Ofice} --input users.csv",
        "Set-Mailbox adele -Office Nowhere --input users.csv",
        "Set-Mailbox -Office Nowhere --input typed.csv",
        "Set-Mailbox {User} -Office {Office} --input users.csv --failed users.csv",
        "Set-Mailbox {User} -Office {Office} --input users.csv --failed no/such/directory.csv",
        "Set-Mailbox {User} -Office {Office} --failed x.csv",
        "Remove-Mailbox {User} --input users.csv",
        "Connect-ExchangeOnline -AppId {User} --input users.csv",
    ] {
        let ran = home.run(line);
        assert_ne!(ran.exit, 0, "{line}");
        writeln!(told, "$ exoctl {line}\n{}", ran.text()).unwrap();
    }
    settings(&home).bind(|| insta::assert_snapshot!("refused", told));
    assert_eq!(office(&home, "adele"), before);
    assert!(!home.path().join("users.failed.csv").exists());
}

#[test]
fn rows_that_were_not_attempted_are_kept_too() {
    let (_tenant, home) = connected();
    let before = office(&home, "adele");
    home.file("users.csv", "User,Office\nnobody.at.all,A\nadele,B\nAlexW,C\n");
    let line = "Set-Mailbox {User} -Office {Office} -ErrorAction Stop --input users.csv \
                --concurrency 1 --no-batch --failed rest.csv";
    let ran = home.run(line);
    settings(&home).bind(|| insta::assert_snapshot!("stopped", ran.text()));
    let failed = fs::read_to_string(home.path().join("rest.csv")).unwrap();
    let rest: Vec<&str> = failed.lines().skip(2).collect();
    assert_eq!(rest, ["adele,B,not attempted,2", "AlexW,C,not attempted,3"]);
    assert_eq!(office(&home, "adele"), before);
}

#[test]
fn a_filter_that_is_one_placeholder_is_no_script_block() {
    let (_tenant, home) = connected();
    home.file("filters.csv", "Filter\nAlias -eq 'adele'\nAlias -eq 'AlexW'\n");
    let line = "Get-Mailbox -Filter {filter} --select Alias --input filters.csv";
    let rows = home.run(line).ok().rows();
    let aliases: Vec<&str> = rows.iter().map(|row| row["Alias"].as_str().unwrap()).collect();
    assert_eq!(aliases, ["adele", "AlexW"]);
}

#[test]
fn a_dry_run_shows_the_calls_and_sends_none() {
    let (_tenant, home) = connected();
    let before = office(&home, "adele");
    home.file("users.csv", "Identity,Office,AuditEnabled,Team\nadele,it's,true,x\n");
    let ran = home.run("Set-Mailbox --input users.csv --dry-run").ok();
    let expected = "Set-Mailbox -Identity 'adele' -Office 'it''s' -AuditEnabled:$true\n";
    assert_eq!(ran.stdout, expected);
    assert!(ran.stderr.contains("not used: Team"), "{}", ran.stderr);
    let removal = home.run("Remove-Mailbox {Identity} --input users.csv --dry-run").ok();
    assert_eq!(removal.stdout, "Remove-Mailbox -Identity 'adele'\n");
    assert_eq!(office(&home, "adele"), before);
}

#[test]
fn a_dangerous_cmdlet_runs_once_it_is_confirmed_for_all_rows() {
    let (_tenant, home) = connected();
    home.file("users.csv", "User\nadele\nAlexW\n");
    let what_if = home.run("Remove-Mailbox {User} --input users.csv -WhatIf").ok();
    assert_eq!(what_if.stderr.matches("What if: ").count(), 2, "{}", what_if.stderr);
    let _ = home.run("Get-Mailbox adele").ok();
    let _ = home.run("Remove-Mailbox {User} --input users.csv -Confirm:$false").ok();
    assert_eq!(home.run("Get-Mailbox adele").exit, 1);
}
