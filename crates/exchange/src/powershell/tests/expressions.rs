//! Casts, dates and files. Now is 2026-11-21 12:00 local time, two hours east.

use super::*;

#[test]
fn casts() {
    let table = [
        ("[int]'5'", "5"),
        ("[int]2.5", "2"),
        ("[int]3.5", "4"),
        ("[string]5", "'5'"),
        ("[string]$true", "'True'"),
        ("[bool]1", "$true"),
        ("[bool]'false'", "$true"),
        ("[string[]]('a',1)", "@('a','1')"),
        ("[array]'a'", "@('a')"),
        ("[guid]'11111111222233334444555555555555'", "'11111111-2222-3333-4444-555555555555'"),
        ("[guid]::Empty", "'00000000-0000-0000-0000-000000000000'"),
        ("[timespan]'7.00:00:00'", "'7.00:00:00'"),
        ("[TimeSpan]::FromHours(36)", "'1.12:00:00'"),
        ("[byte[]](48,130)", "[Convert]::FromBase64String('MII=')"),
        ("[Convert]::FromBase64String('MII=')", "[Convert]::FromBase64String('MII=')"),
        ("[External] news", "'[External] news'"),
        ("[int] is a type", "'[int] is a type'"),
    ];
    for (argument, expected) in table {
        assert_eq!(value(&[argument]), expected, "{argument}");
    }
}

#[test]
fn dates() {
    let table = [
        ("(Get-Date)", "[datetime]'2026-11-21T10:00:00Z'"),
        ("(get-date).AddDays(-7)", "[datetime]'2026-11-14T10:00:00Z'"),
        ("(Get-Date).AddHours(1.5)", "[datetime]'2026-11-21T11:30:00Z'"),
        ("((Get-Date).AddMonths(-9))", "[datetime]'2026-02-21T10:00:00Z'"),
        ("(Get-Date).Date", "[datetime]'2026-11-20T22:00:00Z'"),
        ("(Get-Date).AddDays(-1).ToString('MM/dd/yyyy')", "'11/20/2026'"),
        ("(Get-Date -Format yyyy-MM-dd)", "'2026-11-21'"),
        ("(Get-Date '2026-01-02 12:00').AddDays(1)", "[datetime]'2026-01-03T10:00:00Z'"),
        ("(Get-Date).ToUniversalTime().ToString('s')", "'2026-11-21T10:00:00'"),
        ("[datetime]'2026-01-02T00:00:00Z'", "[datetime]'2026-01-02T00:00:00Z'"),
        ("[System.DateTime]'1/2/2026'", "[datetime]'2026-01-01T22:00:00Z'"),
        ("[datetime]::UtcNow.AddDays(-1)", "[datetime]'2026-11-20T10:00:00Z'"),
        ("[datetime]::Today", "[datetime]'2026-11-20T22:00:00Z'"),
    ];
    for (argument, expected) in table {
        assert_eq!(value(&[argument]), expected, "{argument}");
        assert!(!typed("EndDate", &[argument]).contains("error"), "{argument}");
    }
}

#[test]
fn the_end_of_a_month_is_kept_inside_it() {
    assert_eq!(
        value(&["(Get-Date '2026-03-31 12:00').AddMonths(-1)"]),
        "[datetime]'2026-02-28T10:00:00Z'"
    );
}

#[test]
fn files() {
    let table = [
        ("([System.IO.File]::ReadAllBytes('a.cer'))", "[Convert]::FromBase64String('MII=')"),
        ("[IO.File]::ReadAllBytes(\"a.cer\")", "[Convert]::FromBase64String('MII=')"),
        (
            "([Byte[]](Get-Content -Encoding Byte -Path a.cer -ReadCount 0))",
            "[Convert]::FromBase64String('MII=')",
        ),
        ("(Get-Content -Raw a.txt)", "'hé'"),
        ("[System.IO.File]::ReadAllText('a.txt')", "'hé'"),
        ("([System.IO.File]::ReadAllBytes('b'))", "error: could not read b"),
    ];
    for (argument, expected) in table {
        assert_eq!(value(&[argument]), expected, "{argument}");
    }
}

#[test]
fn what_is_not_evaluated_is_refused_and_not_sent_as_text() {
    let refused = "error: exoctl does not evaluate this PowerShell expression";
    for argument in [
        "(Get-Mailbox adele).Guid",
        "(Get-Date) - 5",
        "(Get-Date).Ticks",
        "$(hostname)",
        "\"a $(hostname)\"",
        "(ConvertTo-SecureString x -AsPlainText -Force)",
        "[System.Text.Encoding]::UTF8.GetBytes('x')",
        "@'\nx\n'@",
    ] {
        let found = value(&[argument]);
        assert!(found == refused || found.contains("after the end"), "{argument}: {found}");
    }
}
