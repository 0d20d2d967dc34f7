//! What a path of Graph names: a collection, one object of it, and what is below that.

use super::answer::Refusal;

/// A path, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ResourcePath {
    /// Lower case, with what stands before it: `rolemanagement/directory/roleassignments`.
    pub collection: String,
    /// Which object.
    pub key: Option<Key>,
    /// The segments after the object, as sent.
    pub rest: Vec<String>,
}

/// How an object is named.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// By its id.
    Id(String),
    /// By a property that is unique, its name in lower case.
    Alternate { property: String, value: String },
}

/// Segments that only lead to collections.
const LEADING: [&[&str]; 3] = [&["rolemanagement", "directory"], &["policies"], &["directory"]];

impl ResourcePath {
    /// Reads the path of a request, from its version on.
    pub(super) fn read(path: &str) -> Result<Self, Refusal> {
        let segments = split(path);
        let mut segments = segments.into_iter().skip(1).peekable();
        if segments.peek().is_some_and(|first| first.eq_ignore_ascii_case("myorganization")) {
            segments.next();
        }
        let segments: Vec<String> = segments.collect();
        let lower: Vec<String> = segments.iter().map(|segment| segment.to_lowercase()).collect();
        let leading = LEADING
            .iter()
            .find(|leading| {
                lower.len() > leading.len() && leading.iter().zip(&lower).all(|(a, b)| a == b)
            })
            .map_or(0, |leading| leading.len());
        let named = segments.get(leading).ok_or_else(|| Refusal::no_segment(""))?;
        let (name, mut key) = key_in_parentheses(named);
        let mut rest = segments[leading + 1..].to_vec();
        if key.is_none() && !rest.is_empty() {
            key = Some(Key::Id(rest.remove(0)));
        }
        let collection = lower[..leading].iter().map(String::as_str);
        let name = name.to_lowercase();
        let collection: Vec<&str> = collection.chain([name.as_str()]).collect();
        Ok(Self { collection: collection.join("/"), key, rest })
    }

    /// The segments after the object, to match on.
    pub(super) fn below(&self) -> Vec<String> {
        self.rest.iter().map(|segment| segment.to_lowercase()).collect()
    }
}

/// `applications(appId='…')` and `applications('…')`.
fn key_in_parentheses(segment: &str) -> (&str, Option<Key>) {
    let Some((name, key)) = segment.strip_suffix(')').and_then(|rest| rest.split_once('(')) else {
        return (segment, None);
    };
    let unquoted = |text: &str| {
        let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        inner.unwrap_or(text).replace("''", "'")
    };
    let key = match key.split_once('=') {
        Some((property, value)) if !property.contains('\'') => {
            Key::Alternate { property: property.trim().to_lowercase(), value: unquoted(value) }
        }
        _ => Key::Id(unquoted(key)),
    };
    (name, Some(key))
}

/// The segments, decoded; slashes in quotes do not separate, and double ones are one.
fn split(path: &str) -> Vec<String> {
    let mut segments = vec![String::new()];
    let mut quoted = false;
    for letter in path.replace("%27", "'").chars() {
        quoted ^= letter == '\'';
        if letter == '/' && !quoted {
            segments.push(String::new());
        } else if let Some(last) = segments.last_mut() {
            last.push(letter);
        }
    }
    let decode = |segment: &String| {
        let text = segment.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
        let decoded = url::form_urlencoded::parse(text.as_bytes()).next();
        decoded.map(|(name, _)| name.into_owned()).unwrap_or_default()
    };
    segments.iter().filter(|segment| !segment.is_empty()).map(decode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alternate(property: &str, value: &str) -> Key {
        Key::Alternate { property: property.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn paths_are_taken_apart() {
        let id = |id: &str| Some(Key::Id(id.to_owned()));
        for (path, collection, key, rest) in [
            ("/v1.0//applications", "applications", None, vec![]),
            ("/v1.0/applications/A-1/addKey", "applications", id("A-1"), vec!["addKey"]),
            ("/beta/Applications('A-1')", "applications", id("A-1"), vec![]),
            (
                "/v1.0/applications(appId='A-1')/owners/$ref",
                "applications",
                Some(alternate("appid", "A-1")),
                vec!["owners", "$ref"],
            ),
            (
                "/v1.0/applications(uniqueName=%27O''Brien%2F%20a/b=c%27)",
                "applications",
                Some(alternate("uniquename", "O'Brien/ a/b=c")),
                vec![],
            ),
            (
                "/v1.0/myorganization/roleManagement/directory/roleAssignments/aBc",
                "rolemanagement/directory/roleassignments",
                id("aBc"),
                vec![],
            ),
            ("/v1.0/policies/authorizationPolicy", "policies/authorizationpolicy", None, vec![]),
        ] {
            let read = ResourcePath::read(path).ok().unwrap();
            assert_eq!(
                (read.collection.as_str(), read.key, read.rest),
                (collection, key, rest.into_iter().map(str::to_owned).collect()),
                "{path}"
            );
        }
    }
}
