//! The envelope of an answer: rows, warnings, the way to the next page.

use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use bytestring::ByteString;
use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::record::Record;
use crate::trace::Trace;

/// One answer. It keeps the body and hands out its rows one by one, so that a page of a thousand
/// mailboxes is never a thousand parsed objects.
pub struct Page {
    body: ByteString,
    rows: std::vec::IntoIter<Range<usize>>,
    pub(crate) next_link: Option<String>,
    pub(crate) more_results: bool,
    /// `@adminapi.warnings`, the service's own "more results" warning left out.
    pub warnings: Vec<String>,
    /// `@adminapi.errors`: errors that did not end the cmdlet.
    pub errors: Vec<String>,
    /// `@adminapi.confirmationmessage`: what would be done, asked or told by `-WhatIf`.
    pub confirmation: Option<String>,
    /// Where and when it was answered.
    pub trace: Option<Box<Trace>>,
}

/// An answer that says success and is none.
#[derive(Debug)]
pub(crate) enum NotAPage {
    /// Not the JSON of an envelope, cut off for example.
    Malformed(serde_json::Error),
    /// A success with an error document inside.
    Error,
}

impl Page {
    /// Reads the body of a successful answer. Nothing, `{}` and `"value":null` are no rows; a
    /// `value` that is an object is one row.
    pub(crate) fn read(body: Bytes) -> Result<Self, NotAPage> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::empty());
        }
        let body = ByteString::try_from(body).map_err(|error| {
            NotAPage::Malformed(serde::de::Error::custom(format_args!("not UTF-8: {error}")))
        })?;
        let envelope = Envelope::read(&body).map_err(NotAPage::Malformed)?;
        if envelope.error.is_some() {
            return Err(NotAPage::Error);
        }
        let place = |raw: &RawValue| raw.get().as_ptr() as usize - body.as_ptr() as usize;
        let rows = envelope.value.unwrap_or_default().into_iter();
        let rows: Vec<Range<usize>> =
            rows.map(|raw| place(raw)..place(raw) + raw.get().len()).collect();
        let (more, warnings): (Vec<String>, Vec<String>) =
            texts(envelope.warnings).into_iter().partition(|text| is_more_results(text));
        let page = Self {
            next_link: envelope.next_link.filter(|link| !link.is_empty()),
            more_results: !more.is_empty(),
            warnings,
            errors: texts(envelope.errors),
            confirmation: envelope.confirmation.filter(|text| !text.is_empty()),
            rows: rows.into_iter(),
            body: ByteString::new(),
            trace: None,
        };
        Ok(Self { body, ..page })
    }

    /// Whether a warning says that the service failed while it read, so that rows are missing in
    /// spite of the success.
    pub(crate) fn says_cut_short(&self) -> bool {
        self.warnings.iter().any(|warning| {
            let warning = warning.to_ascii_lowercase();
            CUT_SHORT.iter().any(|words| warning.contains(words))
        })
    }

    pub(crate) fn empty() -> Self {
        Self {
            body: ByteString::new(),
            rows: Vec::new().into_iter(),
            next_link: None,
            more_results: false,
            warnings: Vec::new(),
            errors: Vec::new(),
            confirmation: None,
            trace: None,
        }
    }

    /// The rows that are left.
    pub fn rows_left(&self) -> usize {
        self.rows.len()
    }

    /// The rows that are left, without taking them.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Record> {
        let body = &self.body;
        self.rows.as_slice().iter().map(|range| row(body, range))
    }

    /// Keeps the rows that `keep` wants.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&Record) -> bool) {
        let rows = self.rows.as_slice().iter();
        let kept: Vec<Range<usize>> =
            rows.filter(|range| keep(&row(&self.body, range))).cloned().collect();
        self.rows = kept.into_iter();
    }

    /// Keeps at most so many of the rows that are left.
    pub(crate) fn truncate(&mut self, rows: usize) {
        let keep: Vec<Range<usize>> = self.rows.as_slice().iter().take(rows).cloned().collect();
        self.rows = keep.into_iter();
    }
}

/// The next link of a page that is not read yet, if it stands before the rows as it does: what it
/// leads to may be asked for already. Whether it is the page's link the reading shows.
pub(crate) fn next_link(body: &[u8]) -> Option<String> {
    const MEMBER: &[u8] = br#""@odata.nextLink":"#;
    let head = &body[..body.len().min(HEAD)];
    let at = memmem::find(head, MEMBER)? + MEMBER.len();
    let mut texts = serde_json::Deserializer::from_slice(&head[at..]).into_iter::<String>();
    texts.next()?.ok().filter(|link| !link.is_empty())
}

/// How much of a page may stand before its rows.
const HEAD: usize = 16 << 10;

fn row(body: &ByteString, range: &Range<usize>) -> Record {
    Record::of_page(body.slice_ref(&body[range.clone()]))
}

/// The text with which the service says that a result was cut off.
pub(crate) const MORE_RESULTS: &str = "There are more results available than are currently \
    displayed. To view them, increase the value for the ResultSize parameter.";

/// Words of the warnings that come with part of a result, in lower case: the first two are seen
/// in the field with searches of the audit log, the last is what the text itself says.
const CUT_SHORT: [&str; 3] =
    ["task was canceled", "failed to process request", "result may be incomplete"];

fn is_more_results(warning: &str) -> bool {
    warning.to_ascii_lowercase().contains("more results available")
}

impl Iterator for Page {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        self.rows.next().map(|range| row(&self.body, &range))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

impl ExactSizeIterator for Page {}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("rows_left", &self.rows.len())
            .field("next_link", &self.next_link.is_some())
            .field("warnings", &self.warnings)
            .field("errors", &self.errors)
            .field("confirmation", &self.confirmation)
            .finish_non_exhaustive()
    }
}

/// Its `value` is an array of rows, or one row alone.
#[derive(Deserialize)]
#[serde(bound(deserialize = "V: Deserialize<'de>"))]
struct Envelope<'a, V> {
    value: Option<V>,
    #[serde(rename = "@odata.nextLink", default)]
    next_link: Option<String>,
    #[serde(rename = "@adminapi.warnings", default)]
    warnings: Option<Texts>,
    #[serde(rename = "@adminapi.errors", default)]
    errors: Option<Texts>,
    #[serde(rename = "@adminapi.confirmationmessage", default)]
    confirmation: Option<String>,
    #[serde(borrow, alias = "@odata.error", default)]
    error: Option<&'a RawValue>,
}

impl<'a> Envelope<'a, Vec<&'a RawValue>> {
    /// Reads the array that nearly always comes in one go; what else it may be, only then.
    fn read(body: &'a str) -> Result<Self, serde_json::Error> {
        match serde_json::from_str(body) {
            Err(error) if error.is_data() => {
                let lone: Envelope<'a, &'a RawValue> = serde_json::from_str(body)?;
                Ok(Self {
                    value: lone.value.map(|row| vec![row]),
                    next_link: lone.next_link,
                    warnings: lone.warnings,
                    errors: lone.errors,
                    confirmation: lone.confirmation,
                    error: lone.error,
                })
            }
            read => read,
        }
    }
}

/// A list of texts, or one alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Texts {
    Many(Vec<Option<String>>),
    One(String),
}

fn texts(texts: Option<Texts>) -> Vec<String> {
    match texts {
        None => Vec::new(),
        Some(Texts::Many(texts)) => texts.into_iter().flatten().collect(),
        Some(Texts::One(text)) => vec![text],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &'static str) -> Page {
        Page::read(Bytes::from_static(body.as_bytes())).unwrap()
    }

    #[test]
    fn a_full_envelope_is_read() {
        let mut page = page(
            r##"{"@odata.context":"https://outlook.office365.com/adminapi/beta/t/$metadata#Collection(Exchange.GenericHashTable)",
 "@odata.nextLink":"https://outlook.office365.com/adminapi/beta/t/InvokeCommand?%24skiptoken=abc",
 "adminapi.warnings@odata.type":"#Collection(String)",
 "@adminapi.warnings":["There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter.","Old."],
 "value":[ {"Name":"a"} , {"Name":"b"} ]}"##,
        );
        assert_eq!(page.warnings, ["Old."]);
        assert!(page.more_results);
        assert!(page.next_link.as_deref().unwrap().ends_with("skiptoken=abc"));
        assert_eq!(page.rows_left(), 2);
        assert_eq!(page.next().unwrap().as_json(), r#"{"Name":"a"}"#);
        assert_eq!(page.next().unwrap().text("Name").as_deref(), Some("b"));
        assert!(page.next().is_none());
    }

    #[test]
    fn nothing_comes_in_five_forms() {
        for body in
            ["", " \r\n", "{}", r#"{"value":null}"#, r#"{"value":[],"@adminapi.warnings":null}"#]
        {
            assert_eq!(page(body).rows_left(), 0, "{body:?}");
        }
    }

    #[test]
    fn errors_and_the_question_are_kept() {
        let page = page(
            r#"{"@adminapi.errors":["one failed"],"@adminapi.confirmationmessage":"Removing mailbox adele.","value":[]}"#,
        );
        assert_eq!(page.errors, ["one failed"]);
        assert_eq!(page.confirmation.as_deref(), Some("Removing mailbox adele."));
    }

    #[test]
    fn a_cut_body_and_an_error_inside_a_success_are_no_page() {
        let cut = Page::read(Bytes::from_static(br#"{"value":[{"Name":"a"},{"Na"#));
        assert!(matches!(cut, Err(NotAPage::Malformed(_))));
        let error = Page::read(Bytes::from_static(br#"{"error":{"code":"BadRequest"}}"#));
        assert!(matches!(error, Err(NotAPage::Error)));
    }
}
