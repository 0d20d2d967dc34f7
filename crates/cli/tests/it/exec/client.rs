//! As little of HTTP as it takes to ask for a token, and to ask wrongly.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) text: String,
    pub(super) body: Value,
    head: String,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        let named = |line: &'_ str| line.to_ascii_lowercase().starts_with(&format!("{name}:"));
        let line = self.head.lines().find(|line| named(line)).unwrap_or_default();
        line.split_once(": ").map_or("", |(_, value)| value)
    }
}

/// Connects to where an address leads.
pub(super) fn connect(url: &str) -> io::Result<TcpStream> {
    TcpStream::connect(authority(url).0)
}

/// Asks once. A `Host` of one's own replaces the right one.
pub(super) fn get(url: &str, query: &str, headers: &[(&str, &str)]) -> Answer {
    let (host, path) = authority(url);
    let mut request = format!("GET {path}?{query} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "Host") {
        request += &["Host: ", host, "\r\n"].concat();
    }
    for (name, value) in headers {
        request += &[name, ": ", value, "\r\n"].concat();
    }
    request.push_str("\r\n");
    let mut stream = connect(url).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        text: text.to_owned(),
        body: serde_json::from_str(text).unwrap(),
        head: head.to_owned(),
    }
}

fn authority(url: &str) -> (&str, &str) {
    let rest = url.strip_prefix("http://").unwrap();
    rest.split_at(rest.find('/').unwrap())
}
