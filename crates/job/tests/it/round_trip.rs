//! A job that is written and read again is the same.

use exoctl_job::Job;
use proptest::prelude::*;

use crate::files::samples;

/// Values of keys, each of which may be left out.
fn keys() -> impl Strategy<Value = String> {
    let optional = [
        ("description", vec![r#""a \"b\" ü""#, r#""""#]),
        (
            "schedule",
            vec![
                r#""monthly on day 1,15 at 06:00 Europe/Berlin""#,
                r#""every 90m""#,
                r#""after-month-end 48h""#,
                r#"{ cron = "*/5 1 L * *", time-zone = "Asia/Kolkata" }"#,
            ],
        ),
        ("timeout", vec![r#""4h""#, r#""1h 1m 1s""#]),
        ("overlap", vec![r#""queue""#, r#""replace""#]),
        (
            "catch-up",
            vec![r#""all""#, r#"{ mode = "none", window = "2d" }"#, r#"{ window = "3h" }"#],
        ),
        ("jitter", vec![r#""90s""#]),
        ("priority", vec![r#""high""#, r#""low""#]),
        ("idempotent", vec!["true", "false"]),
        ("crash-limit", vec!["1", "100"]),
        ("late-after", vec![r#""2h""#]),
        ("retry", vec!["{ attempts = 1 }", r#"{ wait = "1s", cap = "1m", on = [] }"#]),
        ("limits", vec!["{ tenant-running = 7 }", "{}"]),
        ("retention", vec![r#"{ runs = "forever" }"#, r#"{ artifacts = "2w" }"#]),
        (
            "notify",
            vec![
                r#"{ to = ["a_B-1"] }"#,
                r#"[{ on = ["late"], to = ["a", "b"] }, { to = ["c"] }]"#,
            ],
        ),
    ];
    let chosen = optional.map(|(key, values)| {
        prop::option::of(prop::sample::select(values)).prop_map(move |value| {
            value.map(|value| format!("{key} = {value}\n")).unwrap_or_default()
        })
    });
    chosen.to_vec().prop_map(|lines| lines.concat())
}

fn steps() -> impl Strategy<Value = String> {
    let steps = [
        r#"{ cmdlet = "Get-Mailbox", output = "a.csv" }"#,
        r#"{ cmdlet = "Set-Mailbox 'a b' -X @{Add='c'}", idempotent = true, format = "json" }"#,
        "{ audit-export = {} }",
        r#"{ audit-export = { period = "yesterday", sinks = ["jsonl"], operations = ["a"], sessions = 1 }, continue-on = [] }"#,
        r#"{ audit-report = { html = "{run}/x.html" } }"#,
        r#"{ audit-report = { mail-to = ["a@b"], mail-from = "c@d", mail-graph = true } }"#,
        "{ cert-rotate = {} }",
        r#"{ cert-check = { all = true, critical = "3d" }, output = "x.prom" }"#,
        r#"{ doctor = { for-cmdlets = ["Get-User"] } }"#,
        r#"{ program = ["a", "{b}"], pwsh = true, token-env = "T", resources = ["r"], keep-env = ["k"] }"#,
    ];
    prop::collection::vec(prop::sample::select(steps.to_vec()), 1..4)
        .prop_map(|steps| format!("steps = [{}]\n", steps.join(", ")))
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        profiles in prop::sample::select(vec![r#"profile = "contoso""#, r#"profiles = ["*"]"#, r#"profiles = ["a?", "b"]"#]),
        keys in keys(),
        steps in steps(),
    ) {
        let text = format!("name = \"job\"\n{profiles}\n{keys}{steps}");
        let job = Job::parse("job", &text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        let written = job.to_toml();
        prop_assert_eq!(Job::parse("job", &written).map_err(|e| TestCaseError::fail(format!("{e}\n{written}")))?, job);
    }
}

#[test]
fn the_samples_are_read_again() {
    for (stem, text) in samples("right") {
        let job = Job::parse(&stem, &text).unwrap();
        assert_eq!(Job::parse(&stem, &job.to_toml()).unwrap(), job);
        assert_eq!(job.to_json()["name"], stem.as_str());
    }
}
