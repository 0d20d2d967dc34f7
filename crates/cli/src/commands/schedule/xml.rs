//! XML with an indented element a line.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// An element with text or with others in it.
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, &'static str)>,
    content: Content,
}

enum Content {
    Empty,
    Text(String),
    Elements(Vec<Element>),
}

impl Element {
    /// One with nothing in it.
    pub(super) fn empty(name: &'static str) -> Self {
        Self { name, attributes: Vec::new(), content: Content::Empty }
    }

    /// One with text in it, which is escaped.
    pub(super) fn text(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, attributes: Vec::new(), content: Content::Text(text.into()) }
    }

    /// One with others in it.
    pub(super) fn of(name: &'static str, elements: impl Into<Vec<Self>>) -> Self {
        Self { name, attributes: Vec::new(), content: Content::Elements(elements.into()) }
    }

    /// The same with an attribute.
    pub(super) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.attributes.push((name, value));
        self
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>) {
        let mut start = BytesStart::new(self.name);
        start.extend_attributes(self.attributes.iter().copied());
        let end = Event::End(BytesEnd::new(self.name));
        match &self.content {
            Content::Empty => put(writer, Event::Empty(start)),
            Content::Text(text) => {
                put(writer, Event::Start(start));
                put(writer, Event::Text(BytesText::new(text)));
                put(writer, end);
            }
            Content::Elements(elements) => {
                put(writer, Event::Start(start));
                for element in elements {
                    element.write(writer);
                }
                put(writer, end);
            }
        }
    }
}

fn put(writer: &mut Writer<Vec<u8>>, event: Event<'_>) {
    writer.write_event(event).expect("memory can be written to");
}

/// A document in an encoding, with a comment and what stands between it and the first element.
pub(super) fn document(
    encoding: &str,
    doctype: Option<&str>,
    comment: &str,
    root: &Element,
) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    put(&mut writer, Event::Decl(BytesDecl::new("1.0", Some(encoding), None)));
    if let Some(doctype) = doctype {
        put(&mut writer, Event::DocType(BytesText::from_escaped(doctype)));
    }
    // Two hyphens end a comment.
    let comment = format!(" {} ", comment.replace("--", "-\u{2010}"));
    put(&mut writer, Event::Comment(BytesText::from_escaped(comment)));
    root.write(&mut writer);
    let mut text = String::from_utf8(writer.into_inner()).expect("it was written from text");
    text.push('\n');
    text
}
