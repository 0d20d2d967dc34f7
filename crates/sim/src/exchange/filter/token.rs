//! The words of a filter.

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    Text(String),
    Bool(bool),
    Null,
    Compare(Operator),
    And,
    Or,
    Not,
    Open,
    Close,
}

/// How a property is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    /// `-eq`
    Equal,
    /// `-ne`
    NotEqual,
    /// `-like`
    Like,
    /// `-notlike`
    NotLike,
    /// `-gt`
    Greater,
    /// `-ge`
    GreaterOrEqual,
    /// `-lt`
    Less,
    /// `-le`
    LessOrEqual,
}

/// Splits a filter into words; `None` for an open quote.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length;
        match first {
            '(' | ')' => {
                found.push(if first == '(' { Token::Open } else { Token::Close });
                length = 1;
            }
            '!' => {
                found.push(Token::Not);
                length = 1;
            }
            '{' | '}' => length = 1,
            '\'' | '"' => {
                let (value, end) = quoted(rest, first)?;
                found.push(Token::Text(value));
                length = end;
            }
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || "()'\"{}".contains(c));
                length = end.unwrap_or(rest.len());
                found.push(word(&rest[..length]));
            }
        }
        rest = rest[length..].trim_start();
    }
    Some(found)
}

/// A text in quotes, which are doubled inside, and where it ends.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != quote {
            value.push(letter);
        } else if letters.next_if(|(_, next)| *next == quote).is_some() {
            value.push(quote);
        } else {
            return Some((value, at + 1));
        }
    }
    None
}

fn word(word: &str) -> Token {
    let lower = word.to_lowercase();
    match lower.trim_start_matches('-') {
        "eq" => Token::Compare(Operator::Equal),
        "ne" => Token::Compare(Operator::NotEqual),
        "like" => Token::Compare(Operator::Like),
        "notlike" => Token::Compare(Operator::NotLike),
        "gt" => Token::Compare(Operator::Greater),
        "ge" => Token::Compare(Operator::GreaterOrEqual),
        "lt" => Token::Compare(Operator::Less),
        "le" => Token::Compare(Operator::LessOrEqual),
        "and" => Token::And,
        "or" => Token::Or,
        "not" => Token::Not,
        "$true" => Token::Bool(true),
        "$false" => Token::Bool(false),
        "$null" | "null" => Token::Null,
        _ => Token::Word(word.to_owned()),
    }
}
