//! Who has certified a host of Microsoft's, and whether that is whom Microsoft asks.

use exoctl_certificate::{Certificate, Contents, pem};

/// Who has certified a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Issuer {
    /// Its distinguished name.
    pub(super) name: String,
    /// Whether it is one that is expected.
    pub(super) is_known: bool,
}

/// The organizations that certify Microsoft's hosts: Learn, "Microsoft 365 encryption chains".
const MICROSOFTS: [&str; 4] =
    ["O=DigiCert Inc", "O=DigiCert\\, Inc.", "O=Microsoft Corporation", "O=GlobalSign nv-sa"];

/// The issuer of the first certificate of a chain. With an environment file its authority is expected,
/// else one that Microsoft asks.
pub(super) fn judge(chain: &[Certificate], authority: Option<&str>) -> Option<Issuer> {
    let first = chain.first()?;
    let is_known = match authority {
        Some(text) => {
            let trusted = pem::read(text.as_bytes(), None);
            let roots: Vec<Certificate> =
                trusted.iter().flat_map(Contents::certificates).cloned().collect();
            chain.iter().any(|link| roots.iter().any(|root| link.names_issuer(root)))
        }
        None => is_microsofts(first.issuer()),
    };
    Some(Issuer { name: first.issuer().to_owned(), is_known })
}

fn is_microsofts(issuer: &str) -> bool {
    MICROSOFTS.iter().any(|organization| {
        let after = issuer.split_once(organization).map(|(_, after)| after);
        after.is_some_and(|after| after.is_empty() || after.starts_with([',', '+']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microsofts_authorities_are_known_and_a_proxys_are_not() {
        // As `openssl s_client` shows them, in the order of RFC 4514.
        for known in [
            "CN=DigiCert SHA2 Secure Server CA,O=DigiCert Inc,C=US",
            "CN=Microsoft Azure RSA TLS Issuing CA 03,O=Microsoft Corporation,C=US",
            "C=US,O=DigiCert Inc",
        ] {
            assert!(is_microsofts(known), "{known}");
        }
        for foreign in [
            "CN=Zscaler Intermediate Root CA (zscaler.net),OU=Zscaler Inc.,O=Zscaler Inc.,C=US",
            "CN=Fortinet,O=Microsoft Corporation of Elsewhere",
            "CN=O\\=Proxy",
            "",
        ] {
            assert!(!is_microsofts(foreign), "{foreign}");
        }
    }
}
