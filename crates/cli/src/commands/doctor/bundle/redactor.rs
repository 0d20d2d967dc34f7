//! Takes out of texts what must not leave this machine.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

/// Takes out secrets, known ones by their value and others by their form, and gives people names that
/// are the same all over one bundle.
pub(super) struct Redactor {
    secrets: Vec<SecretString>,
    people: BTreeMap<String, usize>,
    organizations: Vec<String>,
}

/// What stands in the place of a secret.
const REMOVED: &str = "(removed)";

/// A form of secrets: what it looks like, and what is kept of it.
struct Form {
    pattern: Regex,
    kept: &'static str,
}

/// What secrets are called, with more words before it.
const NAMES: &str = "(?:[a-z0-9]+[_-])*(?:client[_-]?secret|client[_-]?assertion|assertion|passw(?:or)?d|\
    passphrase|pwd|secret|secret[_-]?text|access[_-]?token|refresh[_-]?token|id[_-]?token|\
    certificate[_-]?password|device[_-]?code|code[_-]?verifier|api[_-]?key|private[_-]?key|sas[_-]?token|sig)";

/// What follows the name: quoted, or up to what ends a value.
const VALUE: &str = r#"(?:\\?"(?:[^"\\]|\\.)*?\\?"|'[^']*'|[^\s,;&"'}\]]+)"#;

/// The order counts: what a name announces goes before what only looks like a token.
static FORMS: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let form = |pattern: &str, kept| Form {
        pattern: Regex::new(pattern).expect("the patterns are tested"),
        kept,
    };
    vec![
        // A private key, to its end or to the end of what there is of it.
        form(
            r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)",
            "(removed private key)",
        ),
        form(
            r"(?i)\b((?:proxy-)?authorization)(\\?[\x22']?\s*[:=]\s*)[^\r\n]*",
            "${1}${2}(removed)",
        ),
        form(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", "${1} (removed)"),
        // A header of cookies has several, to the end of the line.
        form(r"(?i)\b((?:set-)?cookie)(\\?[\x22']?\s*[:=]\s*)[^\r\n]*", "${1}${2}(removed)"),
        // name=value, "name": "value", -Name value: with quotes to the closing one.
        form(&format!(r#"(?i)\b({NAMES})(\\?["']?\s*[:=]\s*){VALUE}"#), "${1}${2}(removed)"),
        form(&format!(r"(?i)(--?{NAMES})(\s+){VALUE}"), "${1}${2}(removed)"),
        // user:password@ of an address.
        form(r"\b([a-zA-Z][a-zA-Z0-9+.-]*://)[^/\s@]+(?:@[^/\s@]+)*@", "${1}***@"),
        // A JWT, whole or cut.
        form(r"\beyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){0,4}", "(removed token)"),
    ]
});

/// Base64 that is too long for an id: keys, certificates' files, opaque tokens.
static LONG: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[A-Za-z0-9+/_-]{80,}={0,2}").expect("the pattern is tested"));

/// A mail address or a sign-in name.
static PEOPLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+)@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
        .expect("the pattern is tested")
});

impl Redactor {
    /// These secrets are taken out wherever they stand.
    pub(super) fn new(secrets: Vec<SecretString>) -> Self {
        Self { secrets, people: BTreeMap::new(), organizations: Vec::new() }
    }

    /// The names of these organizations are replaced too.
    pub(super) fn hide(&mut self, organizations: impl Iterator<Item = String>) {
        self.organizations.extend(organizations);
        self.organizations.sort_unstable();
        self.organizations.dedup();
    }

    /// The text without secrets and people.
    pub(super) fn redact(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            text = text.replace(secret.expose_secret(), REMOVED);
        }
        for form in FORMS.iter() {
            text = form.pattern.replace_all(&text, form.kept).into_owned();
        }
        text = LONG.replace_all(&text, |found: &Captures<'_>| long(&found[0])).into_owned();
        let people = &mut self.people;
        text = PEOPLE
            .replace_all(&text, |found: &Captures<'_>| {
                let number = people.len() + 1;
                let number = *people.entry(found[0].to_ascii_lowercase()).or_insert(number);
                format!("person-{number}@{}", &found[2])
            })
            .into_owned();
        for (at, organization) in self.organizations.iter().enumerate() {
            text = text.replace(organization.as_str(), &format!("organization-{}.invalid", at + 1));
        }
        text
    }

    /// The same for all texts of a document, the names of its members too.
    pub(super) fn redact_document(&mut self, document: &Value) -> Value {
        match document {
            Value::String(text) => Value::String(self.redact(text)),
            Value::Array(items) => items.iter().map(|item| self.redact_document(item)).collect(),
            Value::Object(members) => {
                let members = members.iter();
                let redacted =
                    members.map(|(name, value)| (self.redact(name), self.redact_document(value)));
                Value::Object(redacted.collect())
            }
            other => other.clone(),
        }
    }

    /// Whether a secret that is known is in a text.
    pub(super) fn finds_secret(&self, text: &str) -> bool {
        self.secrets.iter().any(|secret| text.contains(secret.expose_secret()))
    }
}

/// A path has a slash every now and then, base64 one in sixty-four characters.
fn long(found: &str) -> String {
    let slashes = found.matches('/').count();
    if slashes * 24 > found.len() { found.to_owned() } else { "(removed)".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(text: &str) -> String {
        Redactor::new(vec!["hunter2-known".to_owned().into()]).redact(text)
    }

    #[test]
    fn secrets_are_taken_out_by_their_value_and_by_their_form() {
        let jwt = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let long = "Zm9vYmFy".repeat(20);
        for (text, kept) in [
            ("it said hunter2-known.", "it said (removed)."),
            ("Authorization: Bearer opaque-token-1", "Authorization: (removed)"),
            ("\"proxy-authorization\":\"Basic YTpodW50ZXIy\"", "\"proxy-authorization\":(removed)"),
            ("sent bearer abcdefgh12345", "sent bearer (removed)"),
            (&format!("token {jwt} ended"), "token (removed token) ended"),
            ("client_assertion=abc&grant_type=x", "client_assertion=(removed)&grant_type=x"),
            ("{\"access_token\":\"s3cret value\",\"a\":1}", "{\"access_token\":(removed),\"a\":1}"),
            ("-CertificatePassword 'hun ter2' -X", "-CertificatePassword (removed) -X"),
            ("PFX_PASSWORD=hunter2", "PFX_PASSWORD=(removed)"),
            ("password: hunter2", "password: (removed)"),
            ("http://adele:hunter2@proxy:8080/x", "http://***@proxy:8080/x"),
            ("http://adele:hun@ter2@proxy:8080", "http://***@proxy:8080"),
            (
                "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nafter",
                "(removed private key)\nafter",
            ),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIE cut", "(removed private key)"),
            (&format!("value {long}=="), "value (removed)"),
            ("Cookie: a=1; b=2\nnext", "Cookie: (removed)\nnext"),
        ] {
            assert_eq!(redacted(text), kept, "{text}");
        }
    }

    #[test]
    fn what_helps_stays() {
        for text in [
            "request 0f3f7a5e-1111-4222-8333-444455556666, server AM0PR04MB1234, Sat, 21 Nov 2026 17:00:00 GMT",
            "3D05A4E8F0F30C9A1C3B5D7E9F1A2B3C4D5E6F70",
            "/var/lib/exoctl/certificates/3D05A4E8F0F30C9A1C3B5D7E9F1A2B3C4D5E6F70/more/of/this/path/x",
            "the authority takes 3D05, tokenDirectory /home/exo",
            "AADSTS700027: Client assertion contains an invalid signature.",
            "fix: use --password-file FILE",
        ] {
            assert_eq!(redacted(text), text);
        }
    }

    #[test]
    fn people_have_the_same_name_all_over_a_bundle() {
        let mut redactor = Redactor::new(Vec::new());
        let first = redactor.redact("adele@contoso.com and Alex.W@contoso.com");
        assert_eq!(first, "person-1@contoso.com and person-2@contoso.com");
        assert_eq!(redactor.redact("ADELE@CONTOSO.COM"), "person-1@CONTOSO.COM");
        redactor.hide(["contoso.onmicrosoft.com".to_owned()].into_iter());
        assert_eq!(
            redactor.redact("adele@contoso.onmicrosoft.com"),
            "person-3@organization-1.invalid"
        );
    }
}
