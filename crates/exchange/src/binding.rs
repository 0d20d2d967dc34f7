//! Texts as what a cmdlet's parameters take, and whether a cmdlet asks before it acts.

use jiff::tz::TimeZone;

use crate::catalogue::{Catalogue, Cmdlet, ConfirmImpact, Parameter, ValueType};
use crate::encoding::EncodingError;
use crate::invocation::{Invocation, ResultSize};
use crate::parameters::{ParameterValue, Parameters};
use crate::powershell::{coerce, nearest};

impl Catalogue {
    /// Prepares an invocation whose values may all be texts, from a CSV file for example: names
    /// become those of the module, texts what their parameters take, dates without a zone are
    /// meant in `zone`. A cmdlet that has no parameter `ResultSize` is read to its end.
    ///
    /// An invocation of a cmdlet that is not in the catalogue stays as it is.
    pub fn bind(
        &self,
        invocation: Invocation,
        zone: &TimeZone,
    ) -> Result<Invocation, EncodingError> {
        let Some(cmdlet) = self.find(&invocation.cmdlet) else {
            return Ok(invocation);
        };
        let mut bound = Parameters::new();
        for (name, value) in invocation.parameters.iter() {
            match cmdlet.find(name) {
                Some(parameter) => {
                    let value = parameter.convert(value.clone(), zone)?;
                    bound.set(parameter.name.clone(), value);
                }
                None if is_common(name) => bound.set(name, value.clone()),
                None => return Err(cmdlet.unknown(name)),
            }
        }
        let endless = cmdlet.find("ResultSize").is_none().then_some(ResultSize::Unlimited);
        let result_size = invocation.result_size.or(endless);
        let cmdlet = cmdlet.name.clone();
        Ok(Invocation { cmdlet, parameters: bound, result_size, ..invocation })
    }

    /// Whether PowerShell would ask before it executes: an impact of `High` and no word about
    /// it, or `-Confirm`. `-WhatIf` is never asked about.
    pub fn asks(&self, invocation: &Invocation) -> bool {
        let rehearsal = invocation.parameters.find("WhatIf");
        if matches!(rehearsal, Some(ParameterValue::Bool(true))) {
            return false;
        }
        let impact =
            self.find(&invocation.cmdlet).map_or(ConfirmImpact::None, |known| known.impact);
        invocation.confirm().unwrap_or(impact >= ConfirmImpact::High)
    }
}

impl Cmdlet {
    fn unknown(&self, name: &str) -> EncodingError {
        let names = self.parameters.iter().map(|parameter| parameter.name.as_str());
        EncodingError::UnknownParameter {
            cmdlet: self.name.to_string(),
            parameter: name.to_owned(),
            similar: nearest(name, names),
        }
    }
}

impl Parameter {
    /// A text as what the parameter takes; what is no text is right already.
    fn convert(
        &self,
        value: ParameterValue,
        zone: &TimeZone,
    ) -> Result<ParameterValue, EncodingError> {
        let ParameterValue::String(text) = value else {
            return Ok(value);
        };
        let expected = match self.value_type {
            ValueType::SecureString => return Ok(ParameterValue::Secure(text.into())),
            // A text may name an object of any kind; numbers in it are not numbers.
            ValueType::Any | ValueType::Other(_) => return Ok(ParameterValue::String(text)),
            ref known => known.expected(),
        };
        let value = coerce(&text, expected, zone);
        let wanted = match (&value, &self.value_type) {
            (ParameterValue::String(_), ValueType::Switch | ValueType::Bool) => "true or false",
            (ParameterValue::String(_), ValueType::DateTime) => "a date",
            (ParameterValue::String(_), ValueType::Integer) => "a number",
            (ParameterValue::String(_), ValueType::Credential) => "a credential",
            _ => return Ok(value),
        };
        let parameter = self.name.clone();
        let value = if wanted == "a credential" { "a text".to_owned() } else { text };
        Err(EncodingError::Mistyped { parameter, expected: wanted, value })
    }
}

/// Parameters that every cmdlet has (about_CommonParameters).
fn is_common(name: &str) -> bool {
    const COMMON: [&str; 14] = [
        "Confirm",
        "Debug",
        "ErrorAction",
        "ErrorVariable",
        "InformationAction",
        "InformationVariable",
        "OutBuffer",
        "OutVariable",
        "PipelineVariable",
        "ProgressAction",
        "Verbose",
        "WarningAction",
        "WarningVariable",
        "WhatIf",
    ];
    COMMON.iter().any(|common| common.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        let parameter = |name: &str, value_type| Parameter {
            name: name.to_owned(),
            aliases: Vec::new(),
            value_type,
            sets: Vec::new(),
            mandatory: false,
            position: None,
        };
        let mut identity = parameter("Identity", ValueType::Any);
        identity.aliases.push("Id".into());
        let cmdlet = |name: &str, impact, parameters| Cmdlet {
            name: name.parse().unwrap(),
            impact,
            batchable: true,
            default_set: None,
            parameters,
        };
        let parameters = vec![
            identity,
            parameter("AuditEnabled", ValueType::Bool),
            parameter("Force", ValueType::Switch),
            parameter("LitigationHoldDate", ValueType::DateTime),
            parameter("Password", ValueType::SecureString),
        ];
        Catalogue {
            cmdlets: vec![
                cmdlet("Set-Mailbox", ConfirmImpact::Medium, parameters),
                cmdlet("Remove-Mailbox", ConfirmImpact::High, Vec::new()),
            ],
            public_key: None,
        }
    }

    fn bind(parameters: &[(&str, &str)]) -> Result<Invocation, EncodingError> {
        let mut invocation = Invocation::new("set-mailbox".parse().unwrap());
        for (name, value) in parameters {
            invocation = invocation.with(*name, *value);
        }
        catalogue().bind(invocation, &TimeZone::UTC)
    }

    #[test]
    fn texts_become_what_their_parameters_take() {
        let bound = bind(&[
            ("id", "4711"),
            ("auditenabled", "TRUE"),
            ("LitigationHoldDate", "2026-07-23 10:00"),
            ("Password", "hush"),
            ("ErrorAction", "Stop"),
        ])
        .unwrap();
        let shown: Vec<String> =
            bound.parameters.iter().map(|(name, value)| format!("{name} {value:?}")).collect();
        assert_eq!(bound.cmdlet.as_str(), "Set-Mailbox");
        assert_eq!(bound.result_size, Some(ResultSize::Unlimited));
        assert_eq!(shown[0], "Identity String(\"4711\")");
        assert_eq!(shown[1], "AuditEnabled Bool(true)");
        assert_eq!(shown[2], "LitigationHoldDate DateTime(2026-07-23T10:00:00Z)");
        assert!(shown[3].starts_with("Password Secure(") && !shown[3].contains("hush"));
        assert_eq!(shown[4], "ErrorAction String(\"Stop\")");
    }

    #[test]
    fn wrong_names_and_values_are_told_before_anything_is_sent() {
        assert_eq!(
            bind(&[("AuditEnabeld", "true")]).unwrap_err().to_string(),
            "Set-Mailbox has no parameter AuditEnabeld"
        );
        assert_eq!(
            bind(&[("AuditEnabled", "perhaps")]).unwrap_err().to_string(),
            "the parameter AuditEnabled takes true or false, not \"perhaps\""
        );
    }

    #[test]
    fn high_impact_asks_unless_told_otherwise() {
        let asks = |cmdlet: &str, parameter: Option<(&str, bool)>| {
            let invocation = Invocation::new(cmdlet.parse().unwrap());
            let invocation = match parameter {
                Some((name, value)) => invocation.with(name, value),
                None => invocation,
            };
            catalogue().asks(&invocation)
        };
        assert!(asks("Remove-Mailbox", None));
        assert!(!asks("Remove-Mailbox", Some(("Confirm", false))));
        assert!(!asks("Remove-Mailbox", Some(("WhatIf", true))));
        assert!(!asks("Set-Mailbox", None));
        assert!(asks("Set-Mailbox", Some(("Confirm", true))));
    }
}
