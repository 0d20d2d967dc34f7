//! Where a tenant lives: a front door redirects to a region, and a token goes there only if
//! the place belongs to the service.

use url::Url;

use crate::connection::Connection;

/// What a redirect means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Redirect {
    /// To a region of the service.
    Region(String),
    /// To a host that may not see the token, or to nowhere.
    Foreign,
}

impl Redirect {
    /// Reads a redirect's `Location`. Security & Compliance redirects to
    /// `{region}.admin.protection.…`, which nobody follows: its first label names the region.
    /// Exchange may redirect to `{prefix}.` and its own host.
    pub(crate) fn read(location: &str, front: &Url, compliance: bool) -> Self {
        let Some(url) = Url::parse(location).ok().filter(|url| url.scheme() == "https") else {
            return Self::Foreign;
        };
        let Some((label, rest)) = url.host_str().and_then(|host| host.split_once('.')) else {
            return Self::Foreign;
        };
        let known = if compliance {
            true
        } else {
            front.host_str().is_some_and(|host| host.eq_ignore_ascii_case(rest))
        };
        if known && is_label(label) { Self::Region(label.to_owned()) } else { Self::Foreign }
    }
}

impl Connection {
    /// From now on, requests go to this region. Whether that is a place at all.
    pub(crate) fn settle(&self, region: &str) -> bool {
        let Some(home) = self.home_in(region) else {
            return false;
        };
        *self.0.home.lock().expect("no code panics while it holds the host") = Some(home);
        let region = region.to_ascii_lowercase();
        *self.0.region.lock().expect("no code panics while it holds the region") = Some(region);
        true
    }

    fn home_in(&self, region: &str) -> Option<Url> {
        if !is_label(region) {
            return None;
        }
        let text = if self.is_compliance() {
            self.cloud().compliance_regional.replace("{region}", &region.to_ascii_lowercase())
        } else {
            let mut url = self.front().clone();
            let host = format!("{region}.{}", url.host_str()?);
            url.set_host(Some(&host)).ok()?;
            url.to_string()
        };
        Url::parse(&text).ok().filter(|url| url.scheme() == "https")
    }
}

impl Connection {
    /// The link to the next page at the host that we talk to, if it names that host by another of
    /// its names: Exchange's older one, or a region's administrative one, which redirects name
    /// too. Any other link stays as it is.
    pub(crate) fn own_link(&self, link: &str) -> String {
        let rewritten = || {
            let url = Url::parse(link).ok().filter(|url| url.scheme() == "https")?;
            let mut own = self.uri();
            if !is_alias(url.host_str()?, own.host_str()?, self.region().as_deref()) {
                return None;
            }
            own.set_path(url.path());
            own.set_query(url.query());
            Some(own.to_string())
        };
        rewritten().unwrap_or_else(|| link.to_owned())
    }
}

/// Whether `host` is another name of `own`.
fn is_alias(host: &str, own: &str, region: Option<&str>) -> bool {
    let administrative = region.is_some_and(|region| {
        let (label, rest) = host.split_once('.').unwrap_or((host, ""));
        label.eq_ignore_ascii_case(region) && rest.starts_with("admin.protection.")
    });
    administrative || (own == "outlook.office365.com" && host == "outlook.office.com")
}

/// Whether two URLs have scheme, host and port in common.
pub(crate) fn same_origin(a: &Url, b: &Url) -> bool {
    a.origin() == b.origin()
}

fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(location: &str, compliance: bool) -> Redirect {
        Redirect::read(location, &Url::parse("https://outlook.office365.com").unwrap(), compliance)
    }

    #[test]
    fn compliance_tells_its_region_by_the_first_label() {
        let location = "https://eur02b.admin.protection.outlook.com:446/adminapi/beta/t/x";
        assert_eq!(read(location, true), Redirect::Region("eur02b".into()));
    }

    #[test]
    fn exchange_stays_below_its_own_host() {
        let region = |text: &str| Redirect::Region(text.to_owned());
        assert_eq!(read("https://eurprd01.outlook.office365.com/x", false), region("eurprd01"));
        for foreign in [
            "https://outlook.office365.com.evil.example/x",
            "https://login.microsoftonline.com/x",
            "http://eurprd01.outlook.office365.com/x",
            "/somewhere",
            "",
        ] {
            assert_eq!(read(foreign, false), Redirect::Foreign, "{foreign}");
        }
    }

    #[test]
    fn only_other_names_of_the_same_host_are_aliases() {
        let region = Some("eur02b");
        let own = "eur02b.ps.compliance.protection.outlook.com";
        assert!(is_alias("eur02b.admin.protection.outlook.com", own, region));
        assert!(!is_alias("nam12b.admin.protection.outlook.com", own, region));
        assert!(!is_alias("eur02b.evil.example", own, region));
        assert!(is_alias("outlook.office.com", "outlook.office365.com", None));
        assert!(!is_alias("outlook.office.com", "partner.outlook.cn", None));
    }

    #[test]
    fn a_redirect_to_an_address_names_no_region() {
        assert_eq!(read("https://127.0.0.1:8443/x", true), Redirect::Foreign);
    }
}
