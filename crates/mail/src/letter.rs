//! A letter as a message of RFC 5322 with MIME.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use jiff::Timestamp;
use lettre::Message;
use lettre::address::AddressError;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart, SinglePart};

use crate::MailError;

/// A mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(pub(crate) Mailbox);

impl FromStr for Address {
    type Err = MailError;

    fn from_str(text: &str) -> Result<Self, MailError> {
        let wrong = |source| MailError::Address { text: text.to_owned(), source };
        if text.contains(char::is_control) {
            return Err(wrong(AddressError::InvalidInput));
        }
        // lettre's own parser passes over what stands behind an address.
        let named = text.trim().strip_suffix('>').and_then(|rest| rest.rsplit_once('<'));
        let (name, address) = named.unwrap_or(("", text.trim()));
        let address = address.parse::<lettre::Address>().map_err(wrong)?;
        let name: String = name.trim().chars().filter(|c| *c != '"').collect();
        Ok(Self(Mailbox::new((!name.is_empty()).then_some(name), address)))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.email.fmt(f)
    }
}

/// A file that goes with a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// What it is called.
    pub name: String,
    /// `application/json`; what is none is `application/octet-stream`.
    pub media_type: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Attachment {
    /// One with this content.
    pub fn new(
        name: impl Into<String>,
        media_type: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
    ) -> Self {
        Self { name: name.into(), media_type: media_type.into(), bytes: bytes.into() }
    }
}

/// What is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// In whose name.
    pub from: Address,
    /// To whom; at least one.
    pub to: Vec<Address>,
    /// One line; a line break in it is a space.
    pub subject: String,
    /// For readers of text.
    pub text: String,
    /// For all others.
    pub html: Option<String>,
    /// What makes it this letter: the part of `Message-ID` before the `@`. A letter that is sent
    /// again has the same, so that mailboxes know it.
    pub id: String,
    /// `Date`.
    pub date: Timestamp,
    /// What goes with it.
    pub attachments: Vec<Attachment>,
}

impl Letter {
    /// `Message-ID`, with its brackets.
    pub fn message_id(&self) -> String {
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let id: String = self.id.chars().filter(plain).collect();
        format!("<{id}@{}>", self.from.0.email.domain())
    }

    /// The message, byte for byte as it is sent.
    pub fn to_message(&self) -> Result<Vec<u8>, MailError> {
        self.message().map(|message| message.formatted())
    }

    pub(crate) fn message(&self) -> Result<Message, MailError> {
        let subject = self.subject.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut builder = Message::builder()
            .message_id(Some(self.message_id()))
            .date(SystemTime::from(self.date))
            .from(self.from.0.clone())
            .subject(subject);
        for to in &self.to {
            builder = builder.to(to.0.clone());
        }
        let text = SinglePart::plain(self.text.clone());
        let mut body = match &self.html {
            None => MultiPart::mixed().singlepart(text),
            Some(html) => MultiPart::mixed().multipart(
                MultiPart::alternative()
                    .singlepart(text)
                    .singlepart(SinglePart::html(html.clone())),
            ),
        };
        for Attachment { name, media_type, bytes } in &self.attachments {
            let media_type = ContentType::parse(media_type).unwrap_or_else(|_| octets());
            let attachment = lettre::message::Attachment::new(name.clone());
            body = body.singlepart(attachment.body(bytes.clone(), media_type));
        }
        builder.multipart(body).map_err(MailError::Message)
    }
}

fn octets() -> ContentType {
    ContentType::parse("application/octet-stream").expect("it is a media type")
}

/// How large something is in a message: base64, with a line end behind 76 letters.
pub fn encoded(bytes: usize) -> usize {
    let letters = bytes.div_ceil(3) * 4;
    letters + letters.div_ceil(76) * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_letter_makes_a_header() {
        let letter = Letter {
            from: "audit@contoso.com".parse().unwrap(),
            to: vec!["Adele <adele@contoso.com>".parse().unwrap()],
            subject: "complete\r\nBcc: evil@evil.example\r\n\r\nbody ü".into(),
            text: "Ü\r\n.\r\nend".into(),
            html: Some("<p>Ü</p>".into()),
            id: "a>\r\nX: y b".into(),
            date: Timestamp::UNIX_EPOCH,
            attachments: vec![Attachment::new("a\r\n\"b.json", "no type", *b"{}")],
        };
        let message = String::from_utf8(letter.to_message().unwrap()).unwrap();
        assert!(
            !message.to_lowercase().contains("\nbcc:") && !message.contains("\nX:"),
            "{message}"
        );
        assert!(message.contains("Message-ID: <aXyb@contoso.com>\r\n"), "{message}");
        assert!(message.contains("Date: Thu, 01 Jan 1970 00:00:00"), "{message}");
    }

    #[test]
    fn addresses_are_addresses() {
        for wrong in ["", "adele", "a@b@c", "a@b\r\nRCPT TO:<evil@evil.example>"] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong:?}");
        }
        let named: Address = "Audit Team <audit@contoso.com>".parse().unwrap();
        assert_eq!(named.to_string(), "audit@contoso.com");
    }

    #[test]
    fn sizes_are_those_of_base64() {
        for (bytes, size) in [(0, 0), (1, 6), (57, 78), (58, 84)] {
            assert_eq!(encoded(bytes), size);
        }
    }
}
