//! Proxy addresses: their rules, and that no two recipients share one.

use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::world::World;

/// Writes a proxy address with its prefix: `smtp:` when there is none.
pub(super) fn with_prefix(address: &str) -> String {
    match address.split_once(':') {
        Some(_) => address.to_owned(),
        None => format!("smtp:{address}"),
    }
}

/// Makes an address the primary one; the old one stays as a further one.
pub(super) fn make_primary(addresses: &mut Vec<String>, address: &str) {
    addresses.retain(|own| !is_smtp(own) || !own[5..].eq_ignore_ascii_case(address));
    for own in addresses.iter_mut() {
        if let Some(rest) = own.strip_prefix("SMTP:") {
            *own = format!("smtp:{rest}");
        }
    }
    addresses.push(format!("SMTP:{address}"));
}

/// Whether it is an SMTP address.
pub(super) fn is_smtp(address: &str) -> bool {
    address.get(..5).is_some_and(|prefix| prefix.eq_ignore_ascii_case("smtp:"))
}

/// Checks that there is one primary address, and that all belong to the organization's domains
/// and to nobody else.
pub(super) fn check(
    world: &World,
    owner: Option<u64>,
    addresses: &[String],
) -> Result<(), CmdletError> {
    let primaries = addresses.iter().filter(|address| address.starts_with("SMTP:")).count();
    if primaries != 1 {
        return Err(CmdletError::failed(
            "Microsoft.Exchange.Data.Directory.DataValidationException",
            format!(
                "There are {primaries} primary proxy addresses for address type \"SMTP\" in proxy address collection. There must be exactly one."
            ),
        ));
    }
    for address in addresses.iter().filter(|address| is_smtp(address)) {
        check_one(world, owner, &address[5..])?;
    }
    Ok(())
}

fn check_one(world: &World, owner: Option<u64>, address: &str) -> Result<(), CmdletError> {
    let domain = address.split_once('@').filter(|(local, _)| !local.is_empty()).map(|(_, d)| d);
    let Some(domain) = domain else {
        return Err(CmdletError::failed(
            "Microsoft.Exchange.Data.DataValidationException",
            format!(
                "The address '{address}' is invalid: \"{address}\" isn't a valid SMTP address. The domain name can't contain spaces and it has to have a prefix and a suffix, such as example.com."
            ),
        ));
    };
    let organization = &world.organization;
    if ![&organization.domain, &organization.initial_domain]
        .iter()
        .any(|own| own.eq_ignore_ascii_case(domain))
    {
        return Err(CmdletError::failed(
            "Microsoft.Exchange.Management.Tasks.NotAcceptedDomainException",
            format!(
                "You can't use the domain because it's not an accepted domain for your organization. Domain: {domain}"
            ),
        ));
    }
    match world.mailboxes.find(address) {
        Ok(other) if Some(other.number()) != owner => {
            Err(CmdletError::proxy_exists(&format!("SMTP:{address}"), &other.names().display))
        }
        _ => Ok(()),
    }
}
