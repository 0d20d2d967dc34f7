//! Query options: `$filter`, `$select`, `$top` and `$count`.

use serde_json::{Map, Value};

use super::answer::Refusal;
use http::StatusCode;

/// How many rows a page has unless `$top` says otherwise.
const PAGE: usize = 100;

/// The query of a request.
#[derive(Debug, Default)]
pub(super) struct Query {
    options: Vec<(String, String)>,
}

/// A condition that rows must meet.
#[derive(Debug, PartialEq, Eq)]
enum Condition {
    Equals { property: String, values: Vec<String> },
    StartsWith { property: String, value: String },
}

impl Query {
    /// Reads a query string.
    pub(super) fn parse(text: &str) -> Self {
        let options = url::form_urlencoded::parse(text.as_bytes())
            .map(|(name, value)| (name.to_lowercase(), value.into_owned()))
            .collect();
        Self { options }
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.options.iter().find(|(known, _)| known.trim_start_matches('$') == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether a property is asked for by its name.
    pub(super) fn selects(&self, property: &str) -> bool {
        self.get("select").is_some_and(|names| {
            names.split(',').any(|name| name.trim().eq_ignore_ascii_case(property))
        })
    }

    /// Whether a related object is asked for by its name.
    pub(super) fn expands(&self, property: &str) -> bool {
        // `appRoleAssignments($select=id)` asks for it too.
        let name = |text: &str| text.split('(').next().unwrap_or_default().trim().to_lowercase();
        self.get("expand")
            .is_some_and(|names| names.split(',').any(|text| name(text) == property.to_lowercase()))
    }

    /// `$select` as it was sent.
    pub(super) fn select_text(&self) -> Option<&str> {
        self.get("select").filter(|names| !names.is_empty())
    }

    /// Whether `$count=true` was sent.
    pub(super) fn wants_count(&self) -> bool {
        self.get("count").is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The same for all rows, counted.
    pub(super) fn counting(mut self) -> Self {
        let one_page = ["$top", "top", "$skiptoken", "skiptoken", "$count", "count"];
        self.options.retain(|(name, _)| !one_page.contains(&name.as_str()));
        self.options.push(("$count".to_owned(), "true".to_owned()));
        self
    }

    /// The row with no more than what `$select` names.
    pub(super) fn selected(&self, row: Value) -> Value {
        let (Some(_), Value::Object(members)) = (self.select_text(), &row) else { return row };
        let kept: Map<String, Value> = members
            .iter()
            .filter(|(name, _)| name.starts_with('@') || self.selects(name) || self.expands(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Value::Object(kept)
    }

    /// The rows for which `$filter` holds.
    pub(super) fn filtered(&self, rows: Vec<Value>) -> Result<Vec<Value>, Refusal> {
        let Some(filter) = self.get("filter") else { return Ok(rows) };
        let refuse = || {
            let message = format!("Invalid filter clause: {filter}");
            Refusal::new(StatusCode::BAD_REQUEST, "BadRequest", message)
        };
        let conditions = conditions(filter).ok_or_else(refuse)?;
        if let Some(row) = rows.first() {
            let known = |condition: &Condition| row.get(condition.property()).is_some();
            if !conditions.iter().all(known) {
                return Err(refuse());
            }
        }
        Ok(rows.into_iter().filter(|row| conditions.iter().all(|one| one.holds(row))).collect())
    }

    /// The first row of this page, and the first one after it.
    pub(super) fn page(&self, rows: usize) -> (usize, usize) {
        let number = |name| self.get(name).and_then(|text| text.parse::<usize>().ok());
        let from = number("skiptoken").unwrap_or(0).min(rows);
        let size = number("top").unwrap_or(PAGE).clamp(1, 999);
        (from, rows.min(from + size))
    }

    /// The query of the page that begins with a row.
    pub(super) fn next_page(&self, row: usize) -> String {
        let kept = self.options.iter().filter(|(name, _)| name != "$skiptoken");
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(kept).append_pair("$skiptoken", &row.to_string());
        query.finish()
    }
}

impl Condition {
    fn property(&self) -> &str {
        match self {
            Self::Equals { property, .. } | Self::StartsWith { property, .. } => property,
        }
    }

    /// Texts are compared without regard to case, as the directory does.
    fn holds(&self, row: &Value) -> bool {
        let actual = match &row[self.property()] {
            Value::String(text) => text.to_lowercase(),
            Value::Null => "null".to_owned(),
            other => other.to_string(),
        };
        match self {
            Self::Equals { values, .. } => {
                values.iter().any(|value| value.to_lowercase() == actual)
            }
            Self::StartsWith { value, .. } => actual.starts_with(&value.to_lowercase()),
        }
    }
}

/// Conditions that are joined by `and`.
fn conditions(filter: &str) -> Option<Vec<Condition>> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for word in filter.split_inclusive(' ') {
        if !quoted && word.trim().eq_ignore_ascii_case("and") {
            parts.push(String::new());
            continue;
        }
        quoted ^= word.matches('\'').count() % 2 == 1;
        parts.last_mut()?.push_str(word);
    }
    parts.iter().map(|part| condition(part.trim())).collect()
}

fn condition(text: &str) -> Option<Condition> {
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("startswith(") {
        let inner = text.get("startswith(".len()..)?.strip_suffix(')')?;
        let (property, value) = inner.split_once(',')?;
        let property = property.trim().to_owned();
        return Some(Condition::StartsWith { property, value: literal(value)? });
    }
    let (property, rest) = text.split_once(' ')?;
    let property = property.to_owned();
    let (operator, value) = rest.trim_start().split_once(' ')?;
    match operator.to_ascii_lowercase().as_str() {
        "eq" => Some(Condition::Equals { property, values: vec![literal(value)?] }),
        "in" => {
            let list = value.trim().strip_prefix('(')?.strip_suffix(')')?;
            let values = list.split(',').map(literal).collect::<Option<_>>()?;
            Some(Condition::Equals { property, values })
        }
        _ => None,
    }
}

/// A text in quotes, or a GUID, number or word without.
fn literal(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix('\'') {
        let inner = rest.strip_suffix('\'')?;
        return (!inner.replace("''", "").contains('\'')).then(|| inner.replace("''", "'"));
    }
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (plain && !text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn names(filter: &str) -> Option<Vec<String>> {
        let rows = vec![
            json!({"displayName": "O'Brien and sons", "accountEnabled": true}),
            json!({"displayName": "Nightly", "accountEnabled": true}),
            json!({"displayName": "nightly", "accountEnabled": false}),
        ];
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("$filter", filter)
            .finish();
        let rows = Query::parse(&query).filtered(rows).ok()?;
        Some(rows.iter().map(|row| row["displayName"].as_str().unwrap().to_owned()).collect())
    }

    #[test]
    fn filters_hold_as_the_directory_holds_them() {
        let found = |filter| names(filter).unwrap();
        assert_eq!(found("displayName eq 'O''Brien and sons'"), ["O'Brien and sons"]);
        assert_eq!(found("displayName eq 'nightly'"), ["Nightly", "nightly"]);
        assert_eq!(found("displayName eq 'nightly' and accountEnabled eq false"), ["nightly"]);
        assert_eq!(found("startswith(displayName,'nig')"), ["Nightly", "nightly"]);
        assert_eq!(found("displayName in ('x','Nightly')"), ["Nightly", "nightly"]);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for filter in
            ["displayName", "displayName eq 'O'Brien'", "other eq 'x'", "displayName gt 'a'"]
        {
            assert_eq!(names(filter), None, "{filter}");
        }
    }
}
