//! Sizes such as `99GB`, as the service spells them back.

use super::super::value::Value;

/// Reads `99GB`, `49.5 GB`, `99 GB (106,300,440,576 bytes)` or plain bytes.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Some((_, rest)) = text.split_once('(') {
        let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
        return digits.parse().ok();
    }
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = text[number.len()..].to_ascii_uppercase();
    let power = ["B", "KB", "MB", "GB", "TB"].iter().position(|known| *known == unit);
    let power = if unit.is_empty() { Some(0) } else { power }?;
    let number = number.trim().replace(',', "");
    let value: f64 = number.parse().ok()?;
    (value >= 0.0).then(|| (value * (1u64 << (10 * power)) as f64).round() as u64)
}

/// A size in the service's spelling.
pub(super) fn spell(bytes: u64) -> String {
    Value::Size(bytes).text().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_every_spelling() {
        for text in ["99GB", "99 gb", "106300440576", "99 GB (106,300,440,576 bytes)"] {
            assert_eq!(parse(text), Some(106_300_440_576), "{text}");
        }
        assert_eq!(parse("49.5GB").map(spell).as_deref(), Some("49.5 GB (53,150,220,288 bytes)"));
        assert_eq!(parse("lots"), None);
        assert_eq!(parse("-1GB"), None);
    }
}
