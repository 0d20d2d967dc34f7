//! OPATH filters: `-eq -ne -like -notlike -gt -ge -lt -le -and -or -not` and parentheses.
//!
//! The Get-EXO* endpoints take the same expressions; their operators may come without the dash.

mod token;

use super::cmdlet_error::CmdletError;
use super::row::Row;
use super::value::Value;
use token::{Operator, Token, tokens};

/// A parsed filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    /// Both.
    And(Box<Self>, Box<Self>),
    /// One of them.
    Or(Box<Self>, Box<Self>),
    /// Not.
    Not(Box<Self>),
    /// A property compared with a value.
    Compare(String, Operator, Operand),
}

/// What a property is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    /// `$null`.
    Null,
    /// `$true` or `$false`.
    Bool(bool),
    /// Anything else.
    Text(String),
}

impl Filter {
    /// Reads a filter.
    pub(crate) fn parse(text: &str) -> Result<Self, CmdletError> {
        let tokens = tokens(text).ok_or_else(|| syntax(text))?;
        let mut parser = Parser { tokens: &tokens, text };
        let filter = parser.alternatives()?;
        if parser.tokens.is_empty() { Ok(filter) } else { Err(syntax(text)) }
    }

    /// Whether a row passes. Fails for a property that the row does not have.
    pub(crate) fn matches(&self, row: &dyn Row) -> Result<bool, CmdletError> {
        Ok(match self {
            Self::And(left, right) => left.matches(row)? && right.matches(row)?,
            Self::Or(left, right) => left.matches(row)? || right.matches(row)?,
            Self::Not(inner) => !inner.matches(row)?,
            Self::Compare(property, operator, operand) => {
                let value = row.get(property).ok_or_else(|| unknown_property(property))?;
                compare(&value, *operator, operand)
            }
        })
    }
}

fn syntax(text: &str) -> CmdletError {
    CmdletError::failed(
        "Microsoft.Exchange.Data.Filtering.ParsingException",
        format!(
            "Cannot bind parameter 'Filter' to the target. Exception setting \"Filter\": \"Invalid filter syntax. Filter: \"{text}\"\"."
        ),
    )
}

fn unknown_property(property: &str) -> CmdletError {
    CmdletError::failed(
        "Microsoft.Exchange.Data.Filtering.ParsingException",
        format!(
            "\"{property}\" is not a recognized filterable property. For a complete list of filterable properties see the command help."
        ),
    )
}

fn compare(value: &Value<'_>, operator: Operator, operand: &Operand) -> bool {
    match operator {
        Operator::NotEqual => !compare(value, Operator::Equal, operand),
        Operator::NotLike => !compare(value, Operator::Like, operand),
        Operator::Equal => equal(value, operand),
        Operator::Like => {
            let Operand::Text(pattern) = operand else { return equal(value, operand) };
            let pattern = pattern.to_lowercase();
            elements(value).iter().any(|text| {
                is_like(text, &pattern)
                    || text.split_once(':').is_some_and(|(_, t)| is_like(t, &pattern))
            })
        }
        Operator::Greater => order(value, operand).is_some_and(std::cmp::Ordering::is_gt),
        Operator::GreaterOrEqual => order(value, operand).is_some_and(std::cmp::Ordering::is_ge),
        Operator::Less => order(value, operand).is_some_and(std::cmp::Ordering::is_lt),
        Operator::LessOrEqual => order(value, operand).is_some_and(std::cmp::Ordering::is_le),
    }
}

fn equal(value: &Value<'_>, operand: &Operand) -> bool {
    match operand {
        Operand::Null => match value {
            Value::Null => true,
            Value::Str(text) => text.is_empty(),
            Value::Strings(items) | Value::Array(items) => items.is_empty(),
            _ => false,
        },
        Operand::Bool(wanted) => *value == Value::Bool(*wanted),
        Operand::Text(wanted) => {
            let wanted = wanted.to_lowercase();
            // A proxy address is found with and without its prefix.
            elements(value).iter().any(|text| {
                *text == wanted || text.split_once(':').is_some_and(|(_, text)| text == wanted)
            })
        }
    }
}

/// The texts of a value in lower case: one, or those of a collection.
fn elements(value: &Value<'_>) -> Vec<String> {
    match value {
        Value::Strings(items) | Value::Array(items) => {
            items.iter().map(|item| item.to_lowercase()).collect()
        }
        single => vec![single.text().to_lowercase()],
    }
}

/// `*` stands for any text.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

fn order(value: &Value<'_>, operand: &Operand) -> Option<std::cmp::Ordering> {
    let Operand::Text(wanted) = operand else { return None };
    match value {
        Value::Local(time) | Value::Utc(time) => Some(time.cmp(&super::bind::parse_date(wanted)?)),
        Value::Int32(number) => i64::from(*number).partial_cmp(&wanted.parse().ok()?),
        Value::Int16(number) => i64::from(*number).partial_cmp(&wanted.parse().ok()?),
        Value::UInt64(number) => number.partial_cmp(&wanted.parse().ok()?),
        Value::Size(bytes) => bytes.partial_cmp(&super::bind::parse_size(wanted)?),
        Value::Null => None,
        other => Some(other.text().to_lowercase().cmp(&wanted.to_lowercase())),
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    text: &'t str,
}

impl Parser<'_> {
    fn alternatives(&mut self) -> Result<Filter, CmdletError> {
        let mut left = self.conjunction()?;
        while self.take(&Token::Or) {
            left = Filter::Or(Box::new(left), Box::new(self.conjunction()?));
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Filter, CmdletError> {
        let mut left = self.term()?;
        while self.take(&Token::And) {
            left = Filter::And(Box::new(left), Box::new(self.term()?));
        }
        Ok(left)
    }

    fn term(&mut self) -> Result<Filter, CmdletError> {
        if self.take(&Token::Not) {
            return Ok(Filter::Not(Box::new(self.term()?)));
        }
        if self.take(&Token::Open) {
            let inner = self.alternatives()?;
            return if self.take(&Token::Close) { Ok(inner) } else { Err(syntax(self.text)) };
        }
        let [Token::Word(property), Token::Compare(operator), operand, rest @ ..] = self.tokens
        else {
            return Err(syntax(self.text));
        };
        let operand = match operand {
            Token::Null => Operand::Null,
            Token::Bool(flag) => Operand::Bool(*flag),
            Token::Text(text) | Token::Word(text) => Operand::Text(text.clone()),
            _ => return Err(syntax(self.text)),
        };
        self.tokens = rest;
        Ok(Filter::Compare(property.clone(), *operator, operand))
    }

    fn take(&mut self, token: &Token) -> bool {
        let Some((first, rest)) = self.tokens.split_first() else { return false };
        let found = first == token;
        if found {
            self.tokens = rest;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::Record;
    use super::*;

    #[test]
    fn filters_of_the_documentation_are_understood() {
        let row = Record::new()
            .with("Alias", "adele")
            .with("Department", "Sales")
            .with("HiddenFromAddressListsEnabled", false)
            .with("CustomAttribute1", "")
            .with("EmailAddresses", vec!["SMTP:adele@contoso.com".to_owned()])
            .with("WhenCreated", Value::Local("2024-04-10T08:56:22Z".parse().unwrap()));
        for (filter, expected) in [
            ("Alias -eq 'ADELE'", true),
            ("Alias -like 'ad*' -and Department -ne \"Sales\"", false),
            ("(Alias -like '*del*') -or (Department -eq 'x')", true),
            ("-not (HiddenFromAddressListsEnabled -eq $true)", true),
            ("HiddenFromAddressListsEnabled -eq 'False'", true),
            ("CustomAttribute1 -eq $null", true),
            ("EmailAddresses -eq 'adele@contoso.com'", true),
            ("EmailAddresses -like '*@fabrikam.com'", false),
            ("WhenCreated -gt '2024-01-01'", true),
            ("WhenCreated -lt '01/01/2024'", false),
            ("alias eq 'adele' and not (department eq 'Legal')", true),
        ] {
            assert_eq!(Filter::parse(filter).unwrap().matches(&row), Ok(expected), "{filter}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let row = Record::new().with("Alias", "adele");
        for filter in ["Alias", "Alias -eq", "Alias -eq 'x", "(Alias -eq 'x'", "Alias -foo 'x'", ""]
        {
            assert!(Filter::parse(filter).is_err(), "{filter}");
        }
        assert!(Filter::parse("Bogus -eq 'x'").unwrap().matches(&row).is_err());
    }
}
