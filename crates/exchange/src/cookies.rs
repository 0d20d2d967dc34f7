//! The cookies of one invocation: they keep its pages on the back end that began it.

use http::HeaderMap;
use http::header::SET_COOKIE;

/// Names and values as the service set them. Only one host ever sees them, so there is no
/// matching of domains and paths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Takes over what an answer sets (RFC 6265 section 5.2); a cookie with no value or no time
    /// left is removed.
    pub(crate) fn update(&mut self, headers: &HeaderMap) {
        for header in headers.get_all(SET_COOKIE) {
            let Ok(text) = header.to_str() else { continue };
            let mut parts = text.split(';');
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            let (name, value) = (name.trim(), value.trim());
            let over = parts.any(|part| {
                let (key, value) = part.split_once('=').unwrap_or((part, ""));
                key.trim().eq_ignore_ascii_case("max-age")
                    && value.trim().parse::<i64>().is_ok_and(|seconds| seconds <= 0)
            });
            self.0.retain(|(known, _)| known != name);
            if !name.is_empty() && !value.is_empty() && !over {
                self.0.push((name.to_owned(), value.to_owned()));
            }
        }
    }

    /// The value of the header `Cookie`, empty without cookies.
    pub(crate) fn header(&self) -> String {
        let pairs: Vec<String> =
            self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_set_replaced_and_removed() {
        let mut cookies = Cookies::default();
        let mut answer = |texts: &[&str]| {
            let mut headers = HeaderMap::new();
            for text in texts {
                headers.append(SET_COOKIE, text.parse().unwrap());
            }
            cookies.update(&headers);
            cookies.header()
        };
        let set = ["X-BackEndCookie=a=b; path=/; secure; HttpOnly", "ClientId=1; Max-Age=600"];
        assert_eq!(answer(&set), "X-BackEndCookie=a=b; ClientId=1");
        assert_eq!(answer(&["ClientId=2", "X-BackEndCookie=; path=/"]), "ClientId=2");
        assert_eq!(answer(&["ClientId=2; max-age=0", "nonsense"]), "");
    }
}
