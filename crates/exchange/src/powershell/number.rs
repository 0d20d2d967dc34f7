//! Number literals as PowerShell has them: about_Numeric_Literals.

use serde_json::Number;

/// What a bare word is if it looks like a number.
#[derive(Debug, PartialEq)]
pub(super) enum Literal {
    /// The number says all that the text says.
    Exact(Number),
    /// A number with a notation: hexadecimal, binary, a multiplier.
    Notation(Number),
    /// A number whose text says more than its value: leading zeros, a plus, an exponent, a type
    /// suffix, trailing decimals, more digits than a number holds.
    Lossy(Number),
}

impl Literal {
    /// The value, whatever the text says beyond it.
    pub(super) fn into_number(self) -> Number {
        match self {
            Self::Exact(number) | Self::Notation(number) | Self::Lossy(number) => number,
        }
    }
}

/// Reads a number literal; `None` if the text is none.
pub(super) fn read(text: &str) -> Option<Literal> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let lower = digits.to_ascii_lowercase();
    let (digits, multiplier) = multiplier(&lower);
    let radix = [("0x", 16), ("0b", 2)]
        .into_iter()
        .find_map(|(prefix, radix)| digits.strip_prefix(prefix).map(|digits| (digits, radix)));
    if let Some((digits, radix)) = radix {
        let value = i128::from_str_radix(unsigned(digits)?, radix).ok()?;
        return whole(value.checked_mul(multiplier)?, negative).map(Literal::Notation);
    }
    let digits = suffix(digits);
    let decimal = digits.bytes().all(|b| b.is_ascii_digit());
    let number = if decimal {
        let value: i128 = digits.parse().ok()?;
        match whole(value.checked_mul(multiplier)?, negative) {
            Some(number) => number,
            None => fraction(digits, multiplier, negative)?,
        }
    } else {
        fraction(digits, multiplier, negative)?
    };
    Some(match () {
        () if number.to_string() == text => Literal::Exact(number),
        () if multiplier > 1 => Literal::Notation(number),
        () => Literal::Lossy(number),
    })
}

/// `kb`, `mb`, `gb`, `tb`, `pb` at the end. `0xgb` is none, but no hexadecimal digit is a `g`
/// either, and `0x1kb` is one.
fn multiplier(text: &str) -> (&str, i128) {
    let units = [("kb", 10), ("mb", 20), ("gb", 30), ("tb", 40), ("pb", 50)];
    let found = units.into_iter().find_map(|(unit, power)| Some((text.strip_suffix(unit)?, power)));
    match found {
        Some((digits, power)) => (digits, 1 << power),
        None => (text, 1),
    }
}

/// The type suffixes of long (`l`), decimal (`d`) and their like, which JSON does not have.
fn suffix(text: &str) -> &str {
    let bare = ["ul", "us", "uy", "l", "d", "u", "n", "s", "y"]
        .into_iter()
        .find_map(|suffix| text.strip_suffix(suffix));
    match bare {
        Some(digits) if digits.ends_with(|c: char| c.is_ascii_digit()) => digits,
        _ => text,
    }
}

fn unsigned(digits: &str) -> Option<&str> {
    digits.bytes().all(|b| b.is_ascii_alphanumeric()).then_some(digits)
}

fn whole(value: i128, negative: bool) -> Option<Number> {
    let value = if negative { -value } else { value };
    match i64::try_from(value) {
        Ok(value) => Some(value.into()),
        Err(_) => u64::try_from(value).ok().map(Number::from),
    }
}

fn fraction(digits: &str, multiplier: i128, negative: bool) -> Option<Number> {
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | '+' | '-');
    if !digits.chars().all(plain) || !digits.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let value = digits.parse::<f64>().ok()? * multiplier as f64;
    Number::from_f64(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<String> {
        read(text).map(|literal| literal.into_number().to_string())
    }

    /// The values that pwsh prints for these literals (about_Numeric_Literals).
    #[test]
    fn literals_have_powershells_values() {
        let table = [
            ("100", "100"),
            ("-5", "-5"),
            ("1.5", "1.5"),
            ("0xFF", "255"),
            ("-0x10", "-16"),
            ("0b1010", "10"),
            ("1kb", "1024"),
            ("1.5kb", "1536.0"),
            ("30MB", "31457280"),
            ("50GB", "53687091200"),
            ("0x1kb", "1024"),
            ("100l", "100"),
            ("2.5d", "2.5"),
            ("007", "7"),
            (".5", "0.5"),
            ("15394007230974001153", "15394007230974001153"),
        ];
        for (literal, value) in table {
            assert_eq!(text(literal).as_deref(), Some(value), "{literal}");
        }
    }

    #[test]
    fn what_only_begins_like_a_number_is_none() {
        for word in
            ["", "-", "+", ".", "1.2.3", "192.168.0.1", "5abc", "0x", "0xZZ", "1-2", "12:30"]
        {
            assert_eq!(read(word), None, "{word}");
        }
    }

    #[test]
    fn a_text_that_says_more_than_its_value_is_told_apart() {
        assert!(matches!(read("01067"), Some(Literal::Lossy(_))));
        assert!(matches!(read("+49"), Some(Literal::Lossy(_))));
        assert!(matches!(read("1.50"), Some(Literal::Lossy(_))));
        assert!(matches!(read("1e3"), Some(Literal::Lossy(_))));
        assert!(matches!(read("1067"), Some(Literal::Exact(_))));
        assert!(matches!(read("35MB"), Some(Literal::Notation(_))));
    }
}
