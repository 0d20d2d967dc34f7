//! What headers ask for: the page size, and the back end of last time.

use http::{HeaderMap, header};

/// `odata.maxpagesize` of the `Prefer` header.
pub(super) fn page_size(headers: &HeaderMap) -> Option<u64> {
    headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([';', ',']))
        .find_map(|part| {
            let (name, size) = part.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("odata.maxpagesize")
                .then(|| size.trim().parse().ok())?
        })
}

/// The value of a cookie.
pub(super) fn cookie(headers: &HeaderMap, wanted: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == wanted).then(|| value.to_owned())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_size_is_one_of_several_preferences() {
        let mut headers = HeaderMap::new();
        assert_eq!(page_size(&headers), None);
        headers.insert("prefer", "odata.maxpagesize=250;odata.continue-on-error".parse().unwrap());
        assert_eq!(page_size(&headers), Some(250));
    }
}
