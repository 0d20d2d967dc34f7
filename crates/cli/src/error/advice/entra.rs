//! The codes of the token endpoint that a run without a human can meet.
//!
//! Source: Learn, "Microsoft Entra authentication and authorization error codes", and bodies
//! recorded by others; see `docs/errors.md`.

use std::error::Error;

use exoctl_identity::EntraError;

use super::{Advice, cause};
use crate::exit::ExitCode::{Authentication, Unavailable};

pub(super) fn find(error: &(dyn Error + 'static)) -> Option<&'static Advice> {
    let entra = cause::<EntraError>(error)?;
    let by_code = TABLE.iter().find(|advice| advice.code == format!("AADSTS{}", entra.code));
    by_code.or(if entra.is_transient() { Some(&BUSY) } else { None })
}

/// A refusal that passes, with a code that is not in the table.
static BUSY: Advice = Advice {
    code: "entra-busy",
    exit: Unavailable,
    fixes: &["try again later; keep the token cache on, so that not every run asks for a token"],
};

const fn row(code: &'static str, fixes: &'static [&'static str]) -> Advice {
    Advice { code, exit: Authentication, fixes }
}

const fn busy(code: &'static str, fixes: &'static [&'static str]) -> Advice {
    Advice { code, exit: Unavailable, fixes }
}

const TENANT: &[&str] = &[
    "check -Organization: the .onmicrosoft.com domain of the tenant, or its id",
    "check -ExchangeEnvironmentName if the tenant is in a national cloud",
];
const CLOUD: &[&str] = &["choose the tenant's cloud with -ExchangeEnvironmentName"];
const ASSERTION: &[&str] = &[
    "check that private key and certificate belong together: exoctl cert show FILE",
    "upload this certificate to the application: exoctl cert export THUMBPRINT --format cer --out exo.cer",
];
const ISSUED: &[&str] = &["report this as a defect of exoctl, with the error's text"];
const SECRET: &[&str] =
    &["sign in with a certificate: exoctl Connect-ExchangeOnline -CertificateThumbprint …"];
const SCOPE: &[&str] = &["ask for one resource followed by /.default"];
const CONSENT: &[&str] =
    &["have an administrator consent to the application's permissions in the tenant"];
const RESOURCE: &[&str] = &[
    "check that the tenant has Exchange Online",
    "choose the tenant's cloud with -ExchangeEnvironmentName",
];
const WAIT: &[&str] =
    &["try again later; keep the token cache on, so that not every run asks for a token"];

pub(super) static TABLE: &[Advice] = &[
    row(
        "AADSTS700016",
        &[
            "check -AppId: the application (client) id, not the object id",
            "check -Organization and -ExchangeEnvironmentName: the application is not in that tenant",
            "if the application is new, wait a minute and try again",
        ],
    ),
    row(
        "AADSTS7000229",
        &["create the service principal: az ad sp create --id APP-ID, or consent in the portal"],
    ),
    row("AADSTS650059", &["use an application of this tenant, or make it multi-tenant"]),
    row("AADSTS90002", TENANT),
    row("AADSTS900021", TENANT),
    row("AADSTS900023", TENANT),
    row("AADSTS90038", CLOUD),
    row("AADSTS900382", CLOUD),
    row("AADSTS900432", CLOUD),
    row("AADSTS50059", TENANT),
    row("AADSTS90019", TENANT),
    row("AADSTS9001023", TENANT),
    row("AADSTS50194", TENANT),
    row("AADSTS90130", TENANT),
    row(
        "AADSTS700027",
        &[
            "upload the certificate to the application: exoctl cert export THUMBPRINT --format cer --out exo.cer",
            "check that -AppId is the application that has the certificate; a new one takes a minute to be known",
            "if the certificate has expired: exoctl cert new --subject \"CN=EXO Reporting\"",
        ],
    ),
    row("AADSTS5002738", &["use a certificate with an RSA key: exoctl cert new"]),
    row("AADSTS5002723", ISSUED),
    row("AADSTS5002727", ISSUED),
    row("AADSTS90014", ISSUED),
    row(
        "AADSTS700024",
        &[
            "set this machine's clock: the assertion is valid for ten minutes (timedatectl, w32tm /resync)",
        ],
    ),
    row("AADSTS70002", ASSERTION),
    row("AADSTS50012", ASSERTION),
    row("AADSTS700021", ISSUED),
    row("AADSTS700023", CLOUD),
    row("AADSTS50027", ISSUED),
    row("AADSTS50048", ISSUED),
    row("AADSTS700030", &["register the certificate itself on the application and send no chain"]),
    row("AADSTS50013", ASSERTION),
    row("AADSTS500133", ASSERTION),
    row("AADSTS50032", &["use a key of at least 2048 bits: exoctl cert new --key-size 3072"]),
    row("AADSTS7000215", SECRET),
    row("AADSTS7000222", SECRET),
    row("AADSTS7000216", SECRET),
    row("AADSTS7000218", SECRET),
    row(
        "AADSTS700025",
        &["turn off \"Allow public client flows\" in the application's authentication settings"],
    ),
    row(
        "AADSTS53003",
        &["allow this machine's location in the Conditional Access policy for workload identities"],
    ),
    row(
        "AADSTS530032",
        &[
            "have a security administrator look at the service principal's risk in Entra ID Protection",
        ],
    ),
    row(
        "AADSTS53011",
        &[
            "have a security administrator look at the service principal's risk in Entra ID Protection",
        ],
    ),
    row("AADSTS70011", SCOPE),
    row("AADSTS1002012", SCOPE),
    row("AADSTS700022", SCOPE),
    row("AADSTS28002", SCOPE),
    row("AADSTS28003", SCOPE),
    row("AADSTS901002", ISSUED),
    row("AADSTS500011", RESOURCE),
    row("AADSTS50001", RESOURCE),
    row("AADSTS650052", RESOURCE),
    row(
        "AADSTS650057",
        &[
            "add Office 365 Exchange Online > Exchange.ManageAsApp to the application's API permissions",
        ],
    ),
    row(
        "AADSTS501051",
        &["assign the application role Exchange.ManageAsApp of Office 365 Exchange Online"],
    ),
    row(
        "AADSTS7000112",
        &[
            "enable the application: Entra admin center > Enterprise applications > Properties > Enabled for users to sign-in",
        ],
    ),
    row("AADSTS70001", &["enable the application in the Entra admin center, or use another one"]),
    row("AADSTS90023", ISSUED),
    row("AADSTS900144", ISSUED),
    row("AADSTS9002313", ISSUED),
    row("AADSTS70003", ISSUED),
    row("AADSTS65001", CONSENT),
    row("AADSTS90094", CONSENT),
    row("AADSTS65002", CONSENT),
    row("AADSTS100007", ISSUED),
    busy("AADSTS50196", WAIT),
    busy("AADSTS90055", WAIT),
    busy("AADSTS90024", WAIT),
    busy("AADSTS90033", WAIT),
    busy("AADSTS50033", WAIT),
    busy("entra-busy", WAIT),
];
