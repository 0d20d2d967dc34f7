//! `{Column}` placeholders in parameters: found once, filled for every row.

use std::borrow::Cow;

use exoctl_exchange::ParameterValue;
use exoctl_exchange::powershell::nearest;
use serde_json::Value;

use super::column::{Columns, Row};
use super::error::{PlanError, RowError};

/// A parameter's value with placeholders in its strings.
#[derive(Clone, Debug)]
pub(super) enum Template {
    /// Nothing to fill.
    Fixed(ParameterValue),
    /// A string.
    Text(Text),
    /// A list with strings to fill.
    Array(Vec<Template>),
    /// A hashtable with strings to fill.
    Hashtable(Vec<(Text, Template)>),
}

/// A string with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Column(usize),
    /// Within the quotes of a filter: a quote in the row's value is doubled, so that it stays one.
    Quoted(usize),
}

impl Template {
    /// Finds the placeholders in a parameter's value.
    pub(super) fn read(
        parameter: &str,
        value: &ParameterValue,
        columns: &Columns,
    ) -> Result<Self, PlanError> {
        let text = |text: &str| Text::read(parameter, text, columns);
        Ok(match value {
            ParameterValue::String(string) => Self::Text(text(string)?),
            ParameterValue::Array(elements) => {
                let read = |element| Self::read(parameter, element, columns);
                Self::Array(elements.iter().map(read).collect::<Result<_, _>>()?)
            }
            ParameterValue::Hashtable(entries) => {
                let read = |(key, value): &(String, ParameterValue)| {
                    Ok((text(key)?, Self::read(parameter, value, columns)?))
                };
                Self::Hashtable(entries.iter().map(read).collect::<Result<_, PlanError>>()?)
            }
            other => Self::Fixed(other.clone()),
        })
    }

    /// Whether there is a placeholder in it.
    pub(super) fn has_placeholder(&self) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Text(text) => text.has_placeholder(),
            Self::Array(elements) => elements.iter().any(Self::has_placeholder),
            Self::Hashtable(entries) => {
                entries.iter().any(|(key, value)| key.has_placeholder() || value.has_placeholder())
            }
        }
    }

    /// The value for a row. A string that is one placeholder and nothing else becomes what the
    /// row has, a number or a list of JSON lines too.
    pub(super) fn fill(&self, row: &Row, columns: &Columns) -> Result<ParameterValue, RowError> {
        Ok(match self {
            Self::Fixed(value) => value.clone(),
            Self::Text(Text(pieces)) => match pieces.as_slice() {
                [Piece::Column(at)] => parameter_value(cell(row, *at, columns)?),
                _ => ParameterValue::String(fill(pieces, row, columns)?),
            },
            Self::Array(elements) => {
                let fill = |element: &Self| element.fill(row, columns);
                ParameterValue::Array(elements.iter().map(fill).collect::<Result<_, _>>()?)
            }
            Self::Hashtable(entries) => {
                let fill = |(key, value): &(Text, Self)| {
                    Ok((fill(&key.0, row, columns)?, value.fill(row, columns)?))
                };
                let entries = entries.iter().map(fill).collect::<Result<_, RowError>>()?;
                ParameterValue::Hashtable(entries)
            }
        })
    }
}

/// A row's value as a parameter's.
pub(super) fn parameter_value(value: &Value) -> ParameterValue {
    match value {
        Value::Null => ParameterValue::Null,
        Value::Bool(value) => ParameterValue::Bool(*value),
        Value::Number(number) => ParameterValue::Number(number.clone()),
        Value::String(text) => ParameterValue::String(text.clone()),
        Value::Array(elements) => {
            ParameterValue::Array(elements.iter().map(parameter_value).collect())
        }
        Value::Object(members) => {
            let entry = |(name, value): (&String, &Value)| (name.clone(), parameter_value(value));
            ParameterValue::Hashtable(members.iter().map(entry).collect())
        }
    }
}

impl Text {
    /// Finds the placeholders; `{{` and `}}` are braces themselves.
    fn read(parameter: &str, text: &str, columns: &Columns) -> Result<Self, PlanError> {
        let stray = |brace| PlanError::StrayBrace { parameter: parameter.to_owned(), brace };
        let is_filter = parameter.to_ascii_lowercase().ends_with("filter");
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut quotes = 0;
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let brace = if rest[at..].starts_with('{') { '{' } else { '}' };
            let after = &rest[at + 1..];
            if let Some(after) = after.strip_prefix(brace) {
                literal.push(brace);
                rest = after;
                continue;
            }
            let closed = if brace == '{' { after.split_once('}') } else { None };
            let (name, after) = closed.ok_or_else(|| stray(brace))?;
            let column = columns
                .find(name.trim())
                .ok_or_else(|| unknown(parameter, name.trim(), columns))?;
            quotes += literal.matches('\'').count();
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            let quoted = is_filter && quotes % 2 == 1;
            pieces.push(if quoted { Piece::Quoted(column) } else { Piece::Column(column) });
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(Self(pieces))
    }

    fn has_placeholder(&self) -> bool {
        self.0.iter().any(|piece| !matches!(piece, Piece::Literal(_)))
    }
}

fn unknown(parameter: &str, column: &str, columns: &Columns) -> PlanError {
    let names = columns.names().iter().map(String::as_str);
    PlanError::UnknownColumn {
        parameter: parameter.to_owned(),
        column: column.to_owned(),
        similar: nearest(column, names),
        columns: columns.names().to_vec(),
    }
}

fn fill(pieces: &[Piece], row: &Row, columns: &Columns) -> Result<String, RowError> {
    let mut filled = String::new();
    for piece in pieces {
        match piece {
            Piece::Literal(text) => filled.push_str(text),
            Piece::Column(at) => filled.push_str(&text_of(row, *at, columns)?),
            Piece::Quoted(at) => {
                filled.push_str(&text_of(row, *at, columns)?.replace('\'', "''"));
            }
        }
    }
    Ok(filled)
}

fn text_of<'a>(row: &'a Row, at: usize, columns: &Columns) -> Result<Cow<'a, str>, RowError> {
    Ok(match cell(row, at, columns)? {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => Cow::Borrowed(text),
        Value::Bool(value) => Cow::Borrowed(if *value { "True" } else { "False" }),
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::Array(_) | Value::Object(_) => {
            return Err(RowError::NotText(columns.names()[at].clone()));
        }
    })
}

fn cell<'a>(row: &'a Row, at: usize, columns: &Columns) -> Result<&'a Value, RowError> {
    row.cells[at].as_ref().ok_or_else(|| RowError::Missing(columns.names()[at].clone()))
}
