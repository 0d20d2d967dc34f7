//! What a rotation does to this machine and to the application, with a line for each thing done.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use exoctl_certificate::{
    CertificateStore as _, CertifiedKey, DistinguishedName, KeySize, NewCertificate, Thumbprint,
};
use exoctl_setup::rotation::{
    self, Added, Certified, Hands, Hook, Journal, Place, Removal, Retired, Rotation,
};
use exoctl_setup::{Patience, SetupError};
use jiff::Span;

use super::application::Registrar;
use super::error::RotateError;
use super::hook::HandOver;
use super::journal_file::JournalFile;
use super::keys::Keys;
use super::target::{Target, readable, thumbprint, users};
use crate::commands::cert::stores;
use crate::commands::setup::Progress;
use crate::context::Context;
use crate::error::CommandError;
use crate::profile::Source;
use crate::ui::Ui;

/// The hands of one run.
pub(super) struct Run<'a> {
    pub(super) file: &'a JournalFile,
    pub(super) target: &'a Target,
    pub(super) registrar: Registrar<'a>,
    pub(super) keys: Keys<'a>,
    pub(super) hand_over: HandOver,
    pub(super) valid_for: Span,
    /// Keys that were made or opened in this run.
    pub(super) open: BTreeMap<Thumbprint, CertifiedKey>,
    /// Whether an answer was lost in this run already.
    pub(super) lost: bool,
    pub(super) context: &'a Context,
    pub(super) ui: &'a mut Ui,
}

impl Run<'_> {
    /// The key of a certificate that a profile or the rotation has.
    fn key(
        &mut self,
        wanted: Thumbprint,
        rotation: Option<&Rotation>,
    ) -> Result<CertifiedKey, CommandError> {
        if let Some(key) = self.open.get(&wanted) {
            return Ok(key.clone());
        }
        let key = match rotation {
            Some(rotation) if rotation.new.map(|new| new.thumbprint) == Some(wanted) => {
                let old = rotation.old.thumbprint;
                self.keys.find_new(&rotation.places, &old, &wanted, self.ui)?
            }
            _ => self.key_of_a_profile(wanted)?,
        };
        let key = key.ok_or(RotateError::KeyGone { thumbprint: wanted })?;
        self.open.insert(wanted, key.clone());
        Ok(key)
    }

    fn key_of_a_profile(
        &mut self,
        wanted: Thumbprint,
    ) -> Result<Option<CertifiedKey>, CommandError> {
        for (_, profile) in users(self.target.app_id, &wanted, self.context)? {
            if let Source::File { path, .. } = &profile.credential {
                self.keys.expect(path, &profile.credential)?;
                return self.keys.open(path, &wanted, self.ui).map(Some);
            }
        }
        let store = self.context.store_with(&wanted)?;
        Ok(match store.find(&wanted)?.filter(|found| found.has_private_key) {
            Some(_) => Some(store.load(&wanted)?),
            None => None,
        })
    }

    /// Signs in with the new certificate until it works, or for so long.
    async fn works(
        &mut self,
        rotation: &Rotation,
        patience: &Patience,
    ) -> Result<Result<(), SetupError>, CommandError> {
        let new = rotation.new.map(|new| new.thumbprint).ok_or(RotateError::NothingRequested)?;
        let key = Arc::new(self.key(new, Some(rotation))?);
        let credential = self.target.credential(key, self.context)?;
        let (scope, app_id) = (self.target.scope(), self.target.app_id);
        let mut progress = Progress::new(self.ui);
        let proved = rotation::prove(&*credential, &scope, app_id, patience, &mut progress);
        Ok(proved.await.map(drop))
    }
}

impl Hands for Run<'_> {
    type Error = CommandError;

    fn save(&mut self, journal: &Journal) -> Result<(), CommandError> {
        self.file.save(journal)
    }

    fn make(&mut self, rotation: &Rotation) -> Result<Certified, CommandError> {
        let old = self.key(rotation.old.thumbprint, None)?;
        let wanted = like(&old)?;
        let key = wanted
            .self_signed(self.valid_for, &*self.context.clock())
            .map_err(|error| CommandError::explained_as("certificate-wish", error))?;
        let certificate = key.certificate();
        let made = Certified { thumbprint: key.thumbprint(), not_after: certificate.not_after() };
        self.open.insert(made.thumbprint, key);
        Ok(made)
    }

    fn store(&mut self, rotation: &Rotation) -> Result<bool, CommandError> {
        let (old, new) = (rotation.old.thumbprint, rotation.new.map(|new| new.thumbprint));
        let Some(new) = new else { return Ok(false) };
        let known = match self.open.get(&new) {
            Some(key) => Some(key.clone()),
            None => self.keys.find_new(&rotation.places, &old, &new, self.ui)?,
        };
        let Some(key) = known else { return Ok(false) };
        for place in &rotation.places {
            let kept = self.keys.put(place, &old, &key, self.ui)?;
            let subject = key.certificate().subject();
            self.ui.note(format_args!(
                "  + certificate {new} ({subject}): made, the key is in {kept}"
            ));
        }
        if let Some(request) = &rotation.request {
            stores::own(self.context)?.forget_request(request)?;
        }
        self.open.insert(new, key);
        Ok(true)
    }

    async fn add(&mut self, journal: &Journal, rotation: &Rotation) -> Result<Added, CommandError> {
        let certified = rotation.new.ok_or(RotateError::NothingRequested)?;
        let new = self.key(certified.thumbprint, Some(rotation))?;
        let old = self.key(rotation.old.thumbprint, None);
        let (added, error) = self.registrar.add(journal, &new, || old, self.ui).await?;
        match (added, error) {
            (Added::Unknown, Some(error)) if self.lost => Err(SetupError::from(error).into()),
            (Added::Unknown, _) => {
                self.lost = true;
                self.ui.note("    the answer was lost; finding out whether it was done");
                Ok(Added::Unknown)
            }
            (added, _) => {
                self.ui.note(format_args!("  + key credential {}: done", certified.thumbprint));
                Ok(added)
            }
        }
    }

    /// Whether it signs in is all that an application can know of it. One that was added shows within
    /// a minute; one that was not is added again.
    async fn find_out(
        &mut self,
        _: &Journal,
        rotation: &Rotation,
    ) -> Result<Option<Added>, CommandError> {
        let patience = self.registrar.patience;
        let limit = patience.limit.min(Duration::from_mins(1));
        let patience = Patience { limit, ..patience.clone() };
        Ok(self.works(rotation, &patience).await?.is_ok().then_some(Added::Yes(None)))
    }

    async fn prove(&mut self, rotation: &Rotation) -> Result<(), CommandError> {
        let patience = self.registrar.patience;
        self.works(rotation, patience).await??;
        if let Some(new) = rotation.new {
            self.ui.note(format_args!("  = sign-in with {}: works", new.thumbprint));
        }
        Ok(())
    }

    fn switch(&mut self, old: Thumbprint, new: Thumbprint) -> Result<(), CommandError> {
        let profiles = self.context.profiles()?;
        for (name, mut profile) in users(self.target.app_id, &old, self.context)? {
            match &mut profile.credential {
                Source::Store { thumbprint } => *thumbprint = new,
                Source::File { path, thumbprint, .. } => {
                    *path = Place::beside(path, &old, &new);
                    *thumbprint = new;
                }
                _ => continue,
            }
            profiles.save(&name, &profile)?;
            self.ui.note(format_args!("  ~ profile {name}: signs in with {new} from now on"));
        }
        Ok(())
    }

    fn run_hook(&mut self, hook: &Hook) -> Result<Result<(), String>, CommandError> {
        let key = self.key(hook.new, None)?;
        let users = users(self.target.app_id, &hook.new, self.context)?;
        let names: Vec<String> = users.into_iter().map(|(name, _)| name).collect();
        let outcome = self.hand_over.run(hook, &key, &names, self.target)?;
        match &outcome {
            Ok(()) => self.ui.note(format_args!("  ~ deploy hook {}: done", hook.command)),
            Err(reason) => {
                self.ui.warning(format_args!("the deploy hook {} failed: {reason}", hook.command));
            }
        }
        Ok(outcome)
    }

    async fn unregister(
        &mut self,
        journal: &Journal,
        retired: &Retired,
        current: Thumbprint,
    ) -> Result<Removal, CommandError> {
        let thumbprint = retired.old.thumbprint;
        // Before the old one goes, the one in its place signs in once more.
        let key = self.key(current, None)?;
        let credential = self.target.credential(Arc::new(key.clone()), self.context)?;
        let (scope, app_id) = (self.target.scope(), self.target.app_id);
        let patience = self.registrar.patience;
        let mut progress = Progress::new(self.ui);
        rotation::prove(&*credential, &scope, app_id, patience, &mut progress).await?;
        let removal = self.registrar.remove(journal, thumbprint, || Ok(key), self.ui).await?;
        if removal == Removal::Done {
            self.ui.note(format_args!("  - key credential {thumbprint}: done"));
        }
        Ok(removal)
    }

    fn archive(&mut self, retired: &Retired) -> Result<(), CommandError> {
        let old = retired.old.thumbprint;
        let in_use = readable(self.context)?.iter().any(|(_, p)| thumbprint(p) == Some(old));
        if in_use {
            self.ui.note(format_args!(
                "  = private key of {old}: stays, a connection of another application uses it"
            ));
            return Ok(());
        }
        self.keys.tidy_archive(self.target.app_id)?;
        for place in &retired.places {
            match place {
                Place::Store { name } => {
                    let store = self.keys.store(name)?;
                    if store.find(&old)?.is_some_and(|found| found.has_private_key) {
                        self.keys.archive(self.target.app_id)?.insert(&store.load(&old)?)?;
                    }
                    if store.remove(&old)? {
                        self.ui.note(format_args!("  - private key of {old}: in the archive"));
                    }
                }
                Place::File { path } => self.ui.note(format_args!(
                    "  = {}: left as it is; delete it when nothing else needs it",
                    path.display()
                )),
            }
        }
        Ok(())
    }

    fn destroy(&mut self, thumbprint: Thumbprint) -> Result<(), CommandError> {
        if self.keys.archive(self.target.app_id)?.remove(&thumbprint)? {
            self.ui.note(format_args!("  - private key of {thumbprint} in the archive: deleted"));
        }
        Ok(())
    }
}

/// A certificate for the same as another one.
pub(super) fn like(old: &CertifiedKey) -> Result<NewCertificate, CommandError> {
    let certificate = old.certificate();
    let subject: DistinguishedName = certificate.subject().parse().map_err(CommandError::usage)?;
    let mut wanted = NewCertificate::new(subject);
    let name = old.friendly_name().or(wanted.subject.find_common_name()).map(str::to_owned);
    wanted.friendly_name = name;
    wanted.dns_names = certificate.dns_names().to_vec();
    // The size of the old key, or the next one that is made.
    let bits = old.key().bits();
    let size = [2048, 3072, 4096].into_iter().find(|size| *size >= bits).unwrap_or(4096);
    wanted.key_size = KeySize::from_bits(size).unwrap_or_default();
    Ok(wanted)
}
