//! The proxy functions of a module file: one per cmdlet, with a `param` block that names and
//! types its parameters.

use crate::catalogue::{Catalogue, Cmdlet, ConfirmImpact, Membership, Parameter, ValueType};
use crate::cmdlet::CmdletName;
use crate::secrets::PublicKey;

/// Reads the cmdlets of a script module. What is not a proxy function is skipped.
pub(crate) fn read(script: &str) -> Catalogue {
    let mut cmdlets: Vec<Cmdlet> =
        functions(script).filter_map(|(n, body)| cmdlet(n, body)).collect();
    cmdlets.sort_by_cached_key(|cmdlet| cmdlet.name.as_str().to_ascii_lowercase());
    cmdlets.dedup_by(|a, b| a.name == b.name);
    Catalogue { cmdlets, public_key: public_key(script) }
}

/// `$PublicKey = '<RSAKeyValue>…</RSAKeyValue>'`, in whatever quotes.
fn public_key(script: &str) -> Option<PublicKey> {
    let start = script.rfind("<RSAKeyValue>")?;
    PublicKey::from_xml(&script[start..])
}

/// Name and text of each function whose name is that of a cmdlet.
fn functions(script: &str) -> impl Iterator<Item = (CmdletName, &str)> {
    let mut rest = script;
    std::iter::from_fn(move || {
        loop {
            let at = find_function(rest)?;
            let after = rest[at..].trim_start_matches([' ', '\t']);
            let end = after.find(|c: char| c.is_whitespace() || c == '{').unwrap_or(after.len());
            let name = after[..end].rsplit(':').next().unwrap_or_default();
            rest = &after[end..];
            let next = find_function(rest).unwrap_or(rest.len());
            if let Ok(name) = name.parse::<CmdletName>() {
                return Some((name, &rest[..next]));
            }
        }
    })
}

/// The byte after the next `function` that begins a line.
fn find_function(text: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = text[from..].find("function") {
        let at = from + found;
        let line = text[..at].rfind('\n').map_or(0, |line| line + 1);
        let after = at + "function".len();
        let begins = text[line..at].trim().is_empty();
        if begins && text[after..].starts_with([' ', '\t']) {
            return Some(after);
        }
        from = after;
    }
    None
}

/// A cmdlet's proxy has `CmdletBinding` and `param`; the module's own helpers with hyphens in
/// their names lack the call of `Execute-Command`.
fn cmdlet(name: CmdletName, body: &str) -> Option<Cmdlet> {
    let (_, after) = split_once_ignore_case(body, "CmdletBinding")?;
    let inside = parenthesised(after.trim_start())?;
    let binding = assignments(inside);
    // The word also stands inside the binding, as in DefaultParameterSetName.
    let (_, after) = split_once_ignore_case(after.split_once(inside)?.1, "param")?;
    let block = parenthesised(after.trim_start())?;
    if !body.contains("Execute-Command") {
        return None;
    }
    let argument = |name: &str| named(&binding, name);
    let impact = match argument("ConfirmImpact").as_deref() {
        Some("High") => ConfirmImpact::High,
        Some("Medium") => ConfirmImpact::Medium,
        Some("Low") => ConfirmImpact::Low,
        _ => ConfirmImpact::None,
    };
    let batchable = !body.contains("-EnableBatchingStatus:$false")
        && body.contains("-EnableBatchingStatus:$true");
    let default_set = argument("DefaultParameterSetName");
    let parameters = pieces(block).filter_map(parameter).collect();
    Some(Cmdlet { name, impact, batchable, default_set, parameters })
}

/// One parameter: attributes and types in brackets, then `${Name}` or `$Name`.
fn parameter(text: &str) -> Option<Parameter> {
    let mut rest = text.trim();
    let mut parameter = Parameter {
        name: String::new(),
        aliases: Vec::new(),
        value_type: ValueType::Any,
        sets: Vec::new(),
        mandatory: false,
        position: None,
    };
    let mut optional_somewhere = false;
    while rest.starts_with('[') {
        let inside = bracketed(rest)?;
        rest = rest[inside.len() + 2..].trim_start();
        let word = inside.split('(').next().unwrap_or_default().trim();
        if word.eq_ignore_ascii_case("Parameter") {
            optional_somewhere |= !membership(inside, &mut parameter);
        } else if word.eq_ignore_ascii_case("Alias") {
            parameter.aliases = strings(inside);
        } else if !inside.contains('(') {
            parameter.value_type = value_type(inside.trim());
        }
    }
    parameter.mandatory &= !optional_somewhere;
    let name = rest.strip_prefix('$')?;
    let name = name.strip_prefix('{').map_or(name, |name| name.split('}').next().unwrap_or(name));
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = name.find(|c: char| !is_name(c)).unwrap_or(name.len());
    name[..end].clone_into(&mut parameter.name);
    (!parameter.name.is_empty()).then_some(parameter)
}

/// Notes one `[Parameter(…)]`; says whether it is mandatory there.
fn membership(attribute: &str, parameter: &mut Parameter) -> bool {
    let arguments = arguments(attribute).unwrap_or_default();
    let mandatory = named(&arguments, "Mandatory").is_some_and(|value| {
        value.is_empty() || value.eq_ignore_ascii_case("$true") || value == "1"
    });
    let position: Option<u32> = named(&arguments, "Position").and_then(|text| text.parse().ok());
    parameter.position = match (parameter.position, position) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    if let Some(set) = named(&arguments, "ParameterSetName") {
        parameter.sets.push(Membership { set, mandatory });
    }
    parameter.mandatory |= mandatory;
    mandatory
}

fn value_type(name: &str) -> ValueType {
    if let Some(item) = name.strip_suffix("[]") {
        return match value_type(item) {
            ValueType::Other(byte) if byte.eq_ignore_ascii_case("byte") => ValueType::Bytes,
            item => ValueType::List(Box::new(item)),
        };
    }
    let lower = name.to_ascii_lowercase();
    if let Some((_, inside)) = lower.strip_suffix(']').and_then(|open| open.split_once("nullable["))
    {
        return value_type(inside);
    }
    match lower.strip_prefix("system.").unwrap_or(&lower) {
        "switch" | "management.automation.switchparameter" => ValueType::Switch,
        "bool" | "boolean" => ValueType::Bool,
        "string" | "guid" | "uri" | "timespan" | "cultureinfo" => ValueType::String,
        "int" | "int16" | "int32" | "int64" | "long" | "short" | "uint32" | "uint64" => {
            ValueType::Integer
        }
        "datetime" | "datetimeoffset" => ValueType::DateTime,
        "securestring" | "security.securestring" => ValueType::SecureString,
        "pscredential" | "management.automation.pscredential" => ValueType::Credential,
        "hashtable" | "collections.hashtable" => ValueType::Hashtable,
        "object" => ValueType::Any,
        _ => ValueType::Other(name.to_owned()),
    }
}

/// The parts of a `param` block between the commas of its first level.
fn pieces(block: &str) -> impl Iterator<Item = &str> {
    let mut rest = block;
    std::iter::from_fn(move || {
        if rest.trim().is_empty() {
            return None;
        }
        let end = top_level_comma(rest);
        let piece = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(piece)
    })
}

fn top_level_comma(text: &str) -> usize {
    let mut depth = 0_i32;
    let mut quote = None;
    for (index, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) => quote = Some(open).filter(|open| *open != c),
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => return index,
            _ => {}
        }
    }
    text.len()
}

/// What stands between the parenthesis that the text begins with and its partner.
fn parenthesised(text: &str) -> Option<&str> {
    enclosed(text, '(', ')')
}

fn bracketed(text: &str) -> Option<&str> {
    enclosed(text, '[', ']')
}

fn enclosed(text: &str, open: char, close: char) -> Option<&str> {
    if !text.starts_with(open) {
        return None;
    }
    let mut depth = 0_u32;
    let mut quote = None;
    for (index, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) => quote = Some(open).filter(|open| *open != c),
            (None, '\'' | '"') => quote = Some(c),
            (None, _) if c == open => depth += 1,
            (None, _) if c == close => {
                depth -= 1;
                if depth == 0 {
                    return Some(&text[1..index]);
                }
            }
            _ => {}
        }
    }
    None
}

/// The arguments of an attribute: `Name='value'` and `Name=$true`, or a bare `Name`.
fn arguments(attribute: &str) -> Option<Vec<(String, String)>> {
    let start = attribute.find('(')?;
    Some(assignments(parenthesised(&attribute[start..])?))
}

fn assignments(inside: &str) -> Vec<(String, String)> {
    let argument = |piece: &str| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        let value = value.trim().trim_matches(['\'', '"']);
        (name.trim().to_owned(), value.to_owned())
    };
    pieces(inside).map(argument).collect()
}

fn named(arguments: &[(String, String)], name: &str) -> Option<String> {
    arguments.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
}

/// The quoted strings of an attribute.
fn strings(attribute: &str) -> Vec<String> {
    arguments(attribute)
        .unwrap_or_default()
        .into_iter()
        .map(|(name, _)| name.trim_matches(['\'', '"']).to_owned())
        .filter(|text| !text.is_empty())
        .collect()
}

fn split_once_ignore_case<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let at = text
        .as_bytes()
        .windows(word.len())
        .position(|window| window.eq_ignore_ascii_case(word.as_bytes()))?;
    Some((&text[..at], &text[at + word.len()..]))
}
