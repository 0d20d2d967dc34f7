//! Whether the certificate is on the application, compared by thumbprint and by dates.

use exoctl_certificate::Thumbprint;
use exoctl_setup::graph::{Application, KeyCredential};
use jiff::Timestamp;

use super::super::condition;
use super::super::finding::Finding;
use super::super::visit::{Refused, Visit};
use super::sign_in::{Stage, stage};
use super::{Check, Looking};

/// Whether the application has the certificate.
pub(super) struct Registered;

impl Check for Registered {
    fn name(&self) -> &'static str {
        "certificate"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["application", "validity"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let Some(certificate) = visit.certificate() else {
                return Finding::skipped("no certificate signs in");
            };
            let thumbprint = certificate.thumbprint();
            let dates = (certificate.not_before(), certificate.not_after());
            let application =
                visit.learned.observed.as_ref().and_then(|seen| seen.application.as_ref());
            let listed = application.map(lines).unwrap_or_default();
            let finding = match visit.learned.token.as_ref().expect("the application was asked") {
                Ok(_) => Finding::ok(format!("the authority takes {thumbprint}")),
                Err(Refused { code: Some(code), finding })
                    if stage(*code) == Stage::Certificate =>
                {
                    finding.clone()
                }
                Err(_) => Finding::skipped("the authority did not say"),
            };
            let finding = match application.map(|found| compare(found, &thumbprint, dates)) {
                Some(Compared::Missing) => {
                    Finding::fail(condition::NOT_REGISTERED, "").because(finding)
                }
                Some(Compared::Dates(fact)) => {
                    Finding::warn(condition::DATES, fact).because(finding)
                }
                Some(Compared::Same) | None => finding,
            };
            finding.saw_all(listed)
        })
    }
}

/// What comparing has shown.
#[derive(Debug, PartialEq, Eq)]
enum Compared {
    /// It is there and counts as long as the certificate itself.
    Same,
    /// It is there and counts for another time.
    Dates(String),
    /// It is not there.
    Missing,
}

fn compare(
    application: &Application,
    thumbprint: &Thumbprint,
    (from, until): (Timestamp, Timestamp),
) -> Compared {
    let Some(key) = application.key_credential(thumbprint) else { return Compared::Missing };
    // Graph leaves fractions out, and takes an end before the certificate's.
    let differs = |here: Timestamp, there: Option<Timestamp>| {
        there.is_some_and(|there| there.as_second() != here.as_second())
    };
    if !differs(from, key.start()) && !differs(until, key.end()) {
        return Compared::Same;
    }
    let time = |at: Option<Timestamp>| at.map_or_else(|| "?".to_owned(), |at| at.to_string());
    Compared::Dates(format!(
        "the certificate is valid from {from} to {until}, on the application from {} to {}",
        time(key.start()),
        time(key.end())
    ))
}

fn lines(application: &Application) -> Vec<String> {
    let line = |key: &KeyCredential| {
        let thumbprint = key.thumbprint().map_or_else(|| "?".to_owned(), |one| one.to_string());
        let until = key.end().map_or_else(|| "?".to_owned(), |at| at.to_string());
        format!("on the application: {thumbprint} until {until}")
    };
    match application.key_credentials.as_slice() {
        [] => vec!["the application has no certificate".to_owned()],
        keys => keys.iter().map(line).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_certificate_is_found_by_its_thumbprint_and_its_dates_are_compared() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (from, until) = (at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        // base64 of FIPS 180-4's "abc".
        let application = |start: &str, end: &str| -> Application {
            serde_json::from_value(json!({
                "id": "9f7a1b2c-0000-4000-8000-0123456789ab",
                "appId": "9f7a1b2c-0000-4000-8000-0123456789ac",
                "keyCredentials": [{
                    "customKeyIdentifier": "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
                    "startDateTime": start, "endDateTime": end,
                }],
            }))
            .unwrap()
        };
        let same = application("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let abc: Thumbprint = "A9993E364706816ABA3E25717850C26C9CD0D89D".parse().unwrap();
        assert_eq!(compare(&same, &abc, (from, until)), Compared::Same);
        let other = Thumbprint::from_bytes([1; 20]);
        assert_eq!(compare(&same, &other, (from, until)), Compared::Missing);
        let short = application("2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z");
        assert!(matches!(compare(&short, &abc, (from, until)), Compared::Dates(_)));
    }
}
