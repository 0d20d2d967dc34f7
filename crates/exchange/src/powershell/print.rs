//! Values written as PowerShell writes them, for showing and for typing again.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::parameters::ParameterValue;

use super::number::{self, Literal};
use super::value::is_single;

/// Shows a value in PowerShell's syntax; read again it is the same value. Secrets are not shown
/// and cannot be read.
#[derive(Clone, Copy, Debug)]
pub struct Printed<'a>(pub &'a ParameterValue);

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ParameterValue::Null => f.write_str("$null"),
            ParameterValue::Bool(true) => f.write_str("$true"),
            ParameterValue::Bool(false) => f.write_str("$false"),
            ParameterValue::Number(number) => {
                let text = number.to_string();
                match number::read(&text) {
                    Some(Literal::Exact(_)) => f.write_str(&text),
                    _ => write!(f, "[double]'{text}'"),
                }
            }
            ParameterValue::String(text) => quoted(f, text),
            ParameterValue::Array(elements) => {
                // PowerShell would take an array alone in an array for its elements.
                let alone = matches!(elements.as_slice(), [ParameterValue::Array(_)]);
                f.write_str(if alone { "@(," } else { "@(" })?;
                for (index, element) in elements.iter().enumerate() {
                    f.write_str(if index > 0 { "," } else { "" })?;
                    write!(f, "{}", Self(element))?;
                }
                f.write_str(")")
            }
            ParameterValue::Hashtable(entries) => {
                f.write_str("@{")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    f.write_str(if index > 0 { ";" } else { "" })?;
                    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric());
                    if bare { f.write_str(key) } else { quoted(f, key) }?;
                    write!(f, "={}", Self(value))?;
                }
                f.write_str("}")
            }
            ParameterValue::Bytes(bytes) => {
                write!(f, "[Convert]::FromBase64String('{}')", BASE64_STANDARD.encode(bytes))
            }
            ParameterValue::DateTime(instant) => write!(f, "[datetime]'{instant}'"),
            ParameterValue::Secure(_) | ParameterValue::Credential { .. } => {
                f.write_str("<secret>")
            }
        }
    }
}

/// In single quotes, where a quote is written twice.
fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("'")?;
    for c in text.chars() {
        if is_single(c) {
            write!(f, "{c}")?;
        }
        write!(f, "{c}")?;
    }
    f.write_str("'")
}
