//! On which connection a cmdlet runs: the one that is asked for, the one whose prefix its noun
//! begins with, or the current one.

use std::sync::Arc;

use exoctl_exchange::{Catalogue, CmdletName, Connection};

use super::CmdletLine;
use crate::context::{Context, Flags, Settings, Wish};
use crate::error::CommandError;
use crate::profile::{Profiles, Service};
use crate::ui::Ui;

/// A cmdlet and where it runs.
#[derive(Debug)]
pub(super) struct Target {
    /// The cmdlet, without the connection's prefix.
    pub(super) cmdlet: CmdletName,
    /// Who signs in where.
    pub(super) settings: Settings,
    /// Which service.
    pub(super) service: Service,
    /// What is known of the cmdlets there.
    pub(super) catalogue: Option<Arc<Catalogue>>,
}

impl Target {
    /// Finds it.
    pub(super) fn find(line: &CmdletLine, context: &Context) -> Result<Self, CommandError> {
        let mut settings = context.settings(&Flags::default())?;
        let mut cmdlet = line.name.clone();
        let profiles = context.profiles()?;
        let asked = context.global().profile.is_some();
        if !asked && let Some((name, bare)) = by_prefix(&line.name, &profiles)? {
            settings = context.settings_of(&name)?;
            cmdlet = bare;
        } else if !asked && Self::belongs_to_compliance(line, &settings, context)? {
            settings = context.settings_of(Profiles::COMPLIANCE)?;
        }
        let service =
            if line.options.compliance { Service::Compliance } else { settings.service() };
        let name = settings.profile_name.value.as_deref();
        let catalogue = match name.filter(|_| service == settings.service()) {
            Some(name) => context.kept_catalogue(name)?,
            None => None,
        };
        Ok(Self { cmdlet, settings, service, catalogue })
    }

    /// Whether there is a connection to Security & Compliance that has the cmdlet and the current
    /// one does not, or it is asked for.
    fn belongs_to_compliance(
        line: &CmdletLine,
        settings: &Settings,
        context: &Context,
    ) -> Result<bool, CommandError> {
        if settings.service() == Service::Compliance {
            return Ok(false);
        }
        if context.profiles()?.find(Profiles::COMPLIANCE)?.is_none() {
            return Ok(false);
        }
        if line.options.compliance {
            return Ok(true);
        }
        let has = |name: &str| -> Result<Option<bool>, CommandError> {
            let catalogue = context.kept_catalogue(name)?;
            Ok(catalogue.map(|catalogue| catalogue.find(&line.name).is_some()))
        };
        let here = match &settings.profile_name.value {
            Some(name) => has(name)?,
            None => None,
        };
        Ok(here == Some(false) && has(Profiles::COMPLIANCE)? == Some(true))
    }

    /// The connection. Nothing is sent yet.
    pub(super) fn connection(
        &self,
        line: &CmdletLine,
        context: &Context,
        ui: &Ui,
    ) -> Result<Connection, CommandError> {
        let organization = self.settings.domain()?;
        let sign_in = context.sign_in(&self.settings, None, &line.options.password, ui.voice())?;
        let wish = Wish { service: self.service, catalogue: self.catalogue.clone() };
        Ok(context.connection(&self.settings, &sign_in, organization, wish))
    }
}

/// `Get-ContosoMailbox` is `Get-Mailbox` on the connection with the prefix `Contoso`.
fn by_prefix(
    written: &CmdletName,
    profiles: &Profiles,
) -> Result<Option<(String, CmdletName)>, CommandError> {
    for name in profiles.names()? {
        let Some(prefix) = profiles.load(&name)?.prefix else { continue };
        let noun = written.noun();
        let begins = noun
            .get(..prefix.len())
            .is_some_and(|beginning| beginning.eq_ignore_ascii_case(&prefix));
        let bare =
            begins.then(|| format!("{}-{}", written.verb(), &noun[prefix.len()..]).parse().ok());
        if let Some(Some(bare)) = bare {
            return Ok(Some((name, bare)));
        }
    }
    Ok(None)
}
