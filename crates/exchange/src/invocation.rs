//! One call of a cmdlet: its name, its parameters and how far to read.

use exoctl_http::Effect;

use crate::cmdlet::CmdletName;
use crate::parameters::{ParameterValue, Parameters};

/// A cmdlet and what it is called with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Invocation {
    /// Which cmdlet.
    pub cmdlet: CmdletName,
    /// Its parameters, `ResultSize`, `Confirm` and the common ones among them.
    pub parameters: Parameters,
    /// The properties to return (`?$select=`); all if empty.
    pub select: Vec<String>,
    /// How many rows to read. `None` goes by the parameter `ResultSize`, and without that by the
    /// module's default, the first 1000 rows.
    pub result_size: Option<ResultSize>,
    /// Rows in a page, 1 to 1000; `None` takes the connection's.
    pub page_size: Option<u16>,
    /// Whether a write may be sent again after a failure that leaves open whether it was done.
    pub retry_writes: bool,
    /// Whether each call moves a place on that the service keeps, as those of an audit search's
    /// session do: such a call is not sent again once it may have been carried out, and a result
    /// whose continuation is lost is not begun anew, for that would give the next part.
    pub moves_on: bool,
}

impl Invocation {
    /// A call without parameters.
    pub fn new(cmdlet: CmdletName) -> Self {
        Self {
            cmdlet,
            parameters: Parameters::new(),
            select: Vec::new(),
            result_size: None,
            page_size: None,
            retry_writes: false,
            moves_on: false,
        }
    }

    /// Each call moves a place on that the service keeps.
    pub fn moving_on(self) -> Self {
        Self { moves_on: true, ..self }
    }

    /// With one more parameter.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<ParameterValue>) -> Self {
        self.parameters.set(name, value);
        self
    }

    /// With these parameters instead of those so far.
    pub fn parameters(mut self, parameters: Parameters) -> Self {
        self.parameters = parameters;
        self
    }

    /// Only these properties.
    pub fn select<S: Into<String>>(mut self, properties: impl IntoIterator<Item = S>) -> Self {
        self.select = properties.into_iter().map(Into::into).collect();
        self
    }

    /// All rows: `-ResultSize Unlimited`.
    pub fn unlimited(self) -> Self {
        self.with("ResultSize", "Unlimited")
    }

    /// How many rows are wanted: [`Invocation::result_size`], else the parameter `ResultSize`.
    pub fn wanted(&self) -> Result<ResultSize, InvalidResultSize> {
        match (self.result_size, self.parameters.find("ResultSize")) {
            (Some(size), _) => Ok(size),
            (None, None | Some(ParameterValue::Null)) => Ok(ResultSize::Default),
            (None, Some(value)) => ResultSize::from_parameter(value),
        }
    }

    /// Whether it may be repeated after any failure: a read, or a write declared repeatable.
    pub fn is_repeatable(&self) -> bool {
        self.effect(false) != Effect::Write
    }

    /// What repeating it does; `repeat_writes` declares any write repeatable.
    pub(crate) fn effect(&self, repeat_writes: bool) -> Effect {
        if self.cmdlet.is_read() || self.is_rehearsal() {
            Effect::Read
        } else if self.retry_writes || repeat_writes {
            Effect::RepeatableWrite
        } else {
            Effect::Write
        }
    }

    /// Whether nothing is to be executed: `-WhatIf`, or the question of the confirmation flow.
    fn is_rehearsal(&self) -> bool {
        matches!(self.parameters.find("WhatIf"), Some(ParameterValue::Bool(true)))
    }
}

/// How many rows of a result are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultSize {
    /// Not said: the first 1000 rows, and the service's warning if there are more.
    Default,
    /// At most so many.
    Limit(u64),
    /// All of them; less is an error.
    Unlimited,
}

impl ResultSize {
    /// The most rows to return, `None` without limit.
    pub fn limit(self) -> Option<u64> {
        match self {
            Self::Default => Some(1000),
            Self::Limit(limit) => Some(limit),
            Self::Unlimited => None,
        }
    }

    fn from_parameter(value: &ParameterValue) -> Result<Self, InvalidResultSize> {
        let text = match value {
            ParameterValue::String(text) => text.trim().to_owned(),
            ParameterValue::Number(number) => number.to_string(),
            _ => return Err(InvalidResultSize::NotANumber("a value that is not a number".into())),
        };
        if text.eq_ignore_ascii_case("Unlimited") {
            return Ok(Self::Unlimited);
        }
        match text.parse::<i64>() {
            Ok(limit) if limit > 0 => Ok(Self::Limit(limit.unsigned_abs())),
            Ok(_) => Err(InvalidResultSize::NotPositive),
            Err(_) => Err(InvalidResultSize::NotANumber(text)),
        }
    }
}

/// A `ResultSize` that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidResultSize {
    /// Zero or less; the module says the same.
    #[error("ResultSize must be greater than 0")]
    NotPositive,
    /// Neither a number nor `Unlimited`.
    #[error("ResultSize is a number or Unlimited, not {0}")]
    NotANumber(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(value: impl Into<ParameterValue>) -> Result<ResultSize, InvalidResultSize> {
        Invocation::new("Get-Mailbox".parse().unwrap()).with("resultsize", value).wanted()
    }

    #[test]
    fn a_result_size_is_a_number_or_unlimited() {
        assert_eq!(wanted("unlimited"), Ok(ResultSize::Unlimited));
        assert_eq!(wanted(5), Ok(ResultSize::Limit(5)));
        assert_eq!(wanted("2500"), Ok(ResultSize::Limit(2500)));
        assert_eq!(wanted(0), Err(InvalidResultSize::NotPositive));
        assert_eq!(wanted(-3), Err(InvalidResultSize::NotPositive));
        assert_eq!(wanted("many"), Err(InvalidResultSize::NotANumber("many".into())));
    }

    #[test]
    fn without_one_a_thousand_rows_are_wanted() {
        let plain = Invocation::new("Get-Mailbox".parse().unwrap());
        assert_eq!(plain.wanted().unwrap().limit(), Some(1000));
    }
}
