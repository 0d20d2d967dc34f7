//! The `key=value` pairs of a fault rule.

use std::str::FromStr;

use super::{FaultSpecError, When};

/// The settings of a rule, taken one after the other.
pub(super) struct Settings {
    pub(super) kind: String,
    pairs: Vec<(String, String)>,
}

impl Settings {
    pub(super) fn read(kind: &str, text: &str) -> Result<Self, FaultSpecError> {
        let mut settings = Self { kind: kind.to_owned(), pairs: Vec::new() };
        for setting in text.split(',').map(str::trim).filter(|setting| !setting.is_empty()) {
            let Some((key, value)) = setting.split_once('=') else {
                return Err(settings.unknown(setting));
            };
            settings.pairs.push((key.trim().to_owned(), value.trim().to_owned()));
        }
        Ok(settings)
    }

    pub(super) fn take(&mut self, key: &str) -> Option<String> {
        let index = self.pairs.iter().position(|pair| pair.0 == key)?;
        Some(self.pairs.remove(index).1)
    }

    pub(super) fn number<T: FromStr>(
        &mut self,
        key: &'static str,
    ) -> Result<Option<T>, FaultSpecError> {
        self.take(key).map(|value| value.parse().map_err(|_| self.bad(key, &value))).transpose()
    }

    pub(super) fn positive(&mut self, key: &'static str) -> Result<Option<f64>, FaultSpecError> {
        match self.number::<f64>(key)? {
            Some(number) if !(number > 0.0 && number <= 86_400.0) => {
                Err(self.bad(key, &number.to_string()))
            }
            number => Ok(number),
        }
    }

    pub(super) fn share(&mut self, key: &'static str, default: f64) -> Result<f64, FaultSpecError> {
        let share = self.number(key)?.unwrap_or(default);
        if (0.0..=1.0).contains(&share) {
            Ok(share)
        } else {
            Err(self.bad(key, &share.to_string()))
        }
    }

    pub(super) fn choice(
        &mut self,
        key: &'static str,
        known: &[&'static str],
    ) -> Result<Option<&'static str>, FaultSpecError> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let found = known.iter().find(|known| known.eq_ignore_ascii_case(&value));
        found.map(|found| Some(*found)).ok_or_else(|| self.bad(key, &value))
    }

    pub(super) fn when(&mut self) -> Result<When, FaultSpecError> {
        Ok(match self.choice("when", &["before", "after"])? {
            Some("after") => When::After,
            _ => When::Before,
        })
    }

    pub(super) fn finish(self) -> Result<(), FaultSpecError> {
        self.pairs
            .first()
            .map_or(Ok(()), |(key, value)| Err(self.unknown(&format!("{key}={value}"))))
    }

    fn unknown(&self, setting: &str) -> FaultSpecError {
        FaultSpecError::Setting { kind: self.kind.clone(), setting: setting.to_owned() }
    }

    pub(super) fn bad(&self, key: &'static str, value: &str) -> FaultSpecError {
        FaultSpecError::Value { kind: self.kind.clone(), key, value: value.to_owned() }
    }
}
