//! Query options; their names may come with or without an escaped `$`.

/// The query of a request.
#[derive(Debug, Default)]
pub(super) struct Query {
    text: String,
    options: Vec<(String, String)>,
}

impl Query {
    /// Reads a query string.
    pub(super) fn parse(text: &str) -> Self {
        let options = url::form_urlencoded::parse(text.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        Self { text: text.to_owned(), options }
    }

    /// The query as it was sent.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The query as it was sent, without an option.
    pub(super) fn text_without(&self, name: &str) -> String {
        let kept: Vec<&str> = self
            .text
            .split('&')
            .filter(|part| {
                let option = Self::parse(part);
                !part.is_empty() && option.get(name).is_none()
            })
            .collect();
        kept.join("&")
    }

    /// The value of an option, its name in any case.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.options.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(&found.1)
    }

    /// The values of an option with commas.
    pub(super) fn list(&self, name: &str) -> Option<Vec<String>> {
        let text = self.get(name)?;
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let items: Vec<String> = items.map(str::to_owned).collect();
        (!items.is_empty() && items != ["*"]).then_some(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_found_with_an_escaped_dollar() {
        let query = Query::parse("%24skiptoken=abc&$select=Alias, Guid&Version=3.9.2");
        assert_eq!(query.get("$skiptoken"), Some("abc"));
        assert_eq!(query.list("$select").unwrap(), ["Alias", "Guid"]);
        assert_eq!(query.text_without("$skiptoken"), "$select=Alias, Guid&Version=3.9.2");
    }
}
