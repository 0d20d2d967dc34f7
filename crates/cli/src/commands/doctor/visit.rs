//! What the checks of one connection look at, and what they have learned for each other.

use std::sync::Arc;

use exoctl_certificate::{Certificate, CertifiedKey};
use exoctl_exchange::{Catalogue, CmdletName, Connection};
use exoctl_http::{Response, Transport};
use exoctl_identity::{AccessToken, TokenClaims};
use exoctl_model::{Cloud, Organization, TenantId, TenantReference};
use exoctl_setup::Observed;

use super::finding::Finding;
use crate::context::{Context, Settings, SignIn, Wish};
use crate::error::CommandError;
use crate::password::PasswordArgs;
use crate::profile::Service;
use crate::sign_in::SignInArgs;
use crate::ui::Ui;

/// One connection being looked at.
pub(super) struct Visit<'a> {
    /// Where settings come from. No token is kept on disk and none taken from there.
    pub(super) context: &'a Context,
    /// For who has to sign in, and for passwords.
    pub(super) ui: &'a mut Ui,
    /// Where the key's password is.
    pub(super) password: &'a PasswordArgs,
    /// How an administrator signs in, if one does.
    pub(super) administrator: &'a SignInArgs,
    /// Cmdlets that must be granted.
    pub(super) cmdlets: &'a [CmdletName],
    /// Whether this is the process that looks as a service.
    pub(super) is_service: bool,
    /// What was learned.
    pub(super) learned: Learned,
}

/// What checks have learned for those after them.
#[derive(Default)]
pub(super) struct Learned {
    /// The settings.
    pub(super) settings: Option<Settings>,
    /// The cloud that they choose.
    pub(super) cloud: Option<Cloud>,
    /// The network.
    pub(super) transport: Option<Arc<dyn Transport>>,
    /// What the authority answered to the first question.
    pub(super) answer: Option<Response>,
    /// What it takes to sign in.
    pub(super) sign_in: Option<SignIn>,
    /// The key.
    pub(super) key: Option<Arc<CertifiedKey>>,
    /// The tenant.
    pub(super) tenant: Option<TenantId>,
    /// What the directory has, seen by an administrator.
    pub(super) observed: Option<Observed>,
    /// The token, or why there is none.
    pub(super) token: Option<Result<AccessToken, Refused>>,
    /// Exchange, as the application.
    pub(super) exchange: Option<Connection>,
    /// The cmdlets that the application may run there.
    pub(super) catalogue: Option<Catalogue>,
    /// The same of Security & Compliance.
    pub(super) compliance: Option<Catalogue>,
}

/// Why there is no token.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    /// The authority's number, if it spoke.
    pub(super) code: Option<u32>,
    /// The error as a finding.
    pub(super) finding: Finding,
}

impl Visit<'_> {
    /// The settings, which the first check has read.
    pub(super) fn settings(&self) -> &Settings {
        self.learned.settings.as_ref().expect("checks that use settings need those of settings")
    }

    /// The cloud, which the first check has read.
    pub(super) fn cloud(&self) -> &Cloud {
        self.learned.cloud.as_ref().expect("checks that use the cloud need that of settings")
    }

    /// The certificate that signs in, if one does.
    pub(super) fn certificate(&self) -> Option<&Certificate> {
        self.learned.key.as_ref().map(|key| key.certificate())
    }

    /// What the application's token says.
    pub(super) fn claims(&self) -> Option<&TokenClaims> {
        self.learned.token.as_ref()?.as_ref().ok()?.claims()
    }

    /// A connection as the application.
    pub(super) fn connect(&self, service: Service) -> Result<Connection, CommandError> {
        let settings = self.settings();
        let early = self.learned.sign_in.as_ref().expect("a check before has made the sign-in");
        let tenant = self.learned.tenant.map_or(early.tenant.clone(), TenantReference::Id);
        let sign_in = SignIn {
            cloud: early.cloud.clone(),
            tenant,
            app_id: early.app_id,
            transport: early.transport.clone(),
            credential: early.credential.clone(),
            key: early.key.clone(),
            cache: None,
        };
        let organization = self.organization()?;
        let wish = Wish { service, catalogue: None };
        Ok(self.context.connection(settings, &sign_in, organization, wish))
    }

    /// The domain; of a tenant that was given by its id a domain that nobody sees.
    fn organization(&self) -> Result<Organization, CommandError> {
        match (self.settings().domain(), self.learned.tenant) {
            (Ok(domain), _) => Ok(domain),
            (Err(_), Some(tenant)) => Ok(format!("{tenant}.invalid").parse()?),
            (Err(error), None) => Err(error),
        }
    }
}
