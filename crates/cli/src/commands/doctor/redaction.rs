//! What must not be shown, taken out of what is shown.

use url::Url;

/// An address without the user and the password in it. What is no address stays as it is, unless it
/// has an `@`, and then nobody knows what stands before it.
pub(super) fn address(text: &str) -> String {
    let given = text.trim();
    let parsed = Url::parse(given).ok().filter(Url::has_host);
    match parsed {
        Some(mut url) if !url.username().is_empty() || url.password().is_some() => {
            let removed = url.set_username("").and_then(|()| url.set_password(None));
            if removed.is_err() {
                return "(not shown)".to_owned();
            }
            let text = url.to_string();
            match text.split_once("://") {
                Some((scheme, rest)) => format!("{scheme}://***@{}", rest.trim_end_matches('/')),
                None => text,
            }
        }
        Some(_) => given.to_owned(),
        None => match given.rsplit_once('@') {
            Some((_, place)) => format!("***@{place}"),
            None => given.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_and_a_password_are_not_shown() {
        for (given, shown) in [
            ("http://proxy:8080", "http://proxy:8080"),
            ("http://adele:hunter2@proxy:8080", "http://***@proxy:8080"),
            ("http://adele@proxy:8080/", "http://***@proxy:8080"),
            ("adele:hunter2@proxy:8080", "***@proxy:8080"),
            ("socks5://a:p%40ss@proxy", "socks5://***@proxy"),
            ("http://adele:hun@ter2@proxy:8080", "http://***@proxy:8080"),
            ("localhost,.contoso.com", "localhost,.contoso.com"),
        ] {
            assert_eq!(address(given), shown);
        }
    }
}
