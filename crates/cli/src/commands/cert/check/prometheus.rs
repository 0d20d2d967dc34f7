//! The text format of Prometheus, for a textfile collector.
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>

use std::fmt::Write as _;

use super::Checked;
use super::judgement::State;

/// All certificates as metrics. What is not known has no sample.
pub(super) fn text(checked: &[Checked]) -> String {
    let mut text = String::new();
    metric(
        &mut text,
        checked,
        ("exoctl_certificate_status", "How the certificate is: 0 ok, 1 warn, 2 critical."),
        |one| {
            Some(match one.judgement.state {
                State::Ok => 0,
                State::Warn => 1,
                State::Critical => 2,
            })
        },
    );
    metric(
        &mut text,
        checked,
        (
            "exoctl_certificate_expiry_timestamp_seconds",
            "When the certificate stops working, in seconds since 1970.",
        ),
        |one| one.judgement.end.map(jiff::Timestamp::as_second),
    );
    metric(
        &mut text,
        checked,
        ("exoctl_certificate_registered", "Whether the application has the certificate."),
        |one| one.judgement.registered.map(i64::from),
    );
    text
}

fn metric(
    text: &mut String,
    checked: &[Checked],
    (name, help): (&str, &str),
    value: impl Fn(&Checked) -> Option<i64>,
) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for one in checked {
        if let Some(value) = value(one) {
            let _ = writeln!(text, "{name}{{{}}} {value}", labels(one));
        }
    }
}

fn labels(one: &Checked) -> String {
    let known = [
        ("profile", &one.profile),
        ("organization", &one.organization),
        ("app_id", &one.app_id),
        ("thumbprint", &one.thumbprint),
    ];
    let label = |(name, value): (&str, &String)| {
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        format!("{name}=\"{escaped}\"")
    };
    known.map(label).join(",")
}
