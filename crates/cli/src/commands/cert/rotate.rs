//! `exoctl cert rotate`: a new certificate in the place of the one that a connection signs in with.

mod application;
mod error;
mod hands;
mod hook;
mod journal_file;
mod keys;
mod options;
mod request;
mod show;
mod target;

pub(super) use application::Who;
pub(super) use journal_file::look;
pub(super) use options::{after, span};

pub(in crate::commands) use journal_file::remember;
pub(super) use target::Target;

use std::collections::BTreeMap;

use exoctl_certificate::CertifiedKey;
use exoctl_setup::rotation::{
    Certified, Due, Journal, Order, Outcome, Rotation, RotationPlan, Stage, State, carry_out, due,
};

use self::application::{CHANGE, Registrar, learn};
use self::error::RotateError;
use self::hands::Run;
use self::hook::HandOver;
use self::journal_file::JournalFile;
use self::keys::Keys;
pub(super) use self::options::Args;
use self::options::Times;
use super::stores;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// What one run knows.
struct Scene<'a> {
    args: &'a Args,
    times: Times,
    target: Target,
    /// The key in use.
    key: CertifiedKey,
    file: JournalFile,
    context: &'a Context,
}

impl Args {
    /// Does it.
    pub(super) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let times = self.times(context)?;
        let target = Target::chosen(context, ui)?;
        let file = JournalFile::open(context, target.app_id)?;
        let mut journal = file.load(target.app_id)?;
        let key = target.key(&self.password, context, ui)?;
        let scene = Scene { args: &self, times, target, key, file, context };
        scene.run(&mut journal, ui).await
    }
}

impl Scene<'_> {
    async fn run(&self, journal: &mut Journal, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        let begun = self.begin(journal)?;
        let given_up = match &journal.rotation {
            Some(rotation) if self.args.wants_another_than(rotation) => journal.begin_again(),
            _ => None,
        };
        if let Some(out) = &self.args.csr_out {
            if journal.rotation.is_none() {
                ui.note(show::nothing(begun, self.key.certificate(), self.times.now));
                return Ok(ExitCode::Ok);
            }
            let key = || Ok(self.key.clone());
            let exit = request::write(out, journal, key, &self.file, self.context, ui)?;
            self.give_up(given_up.as_ref())?;
            return Ok(exit);
        }
        let mut open = BTreeMap::from([(self.key.thumbprint(), self.key.clone())]);
        if !self.args.complete.is_empty() {
            let key = request::complete(&self.args.complete, journal, self.context, ui)?;
            open.insert(key.thumbprint(), key);
        }
        let order = self.order(journal);
        let plan = self.plan(journal, &order)?;
        if self.args.plan {
            return show::plan(&plan, &self.target, self.context, ui);
        }
        if plan.is_done() {
            ui.note(show::nothing(begun, self.key.certificate(), self.times.now));
            return Ok(ExitCode::Ok);
        }
        ui.say(format_args!("{}\n\n{plan}", show::title(&self.target)));
        if !ui.confirm("Carry out this plan?", "--yes, or --plan to see it only")? {
            return Ok(ExitCode::Ok);
        }
        let who = self.who(journal, ui).await?;
        self.file.save(journal)?;
        self.give_up(given_up.as_ref())?;
        let outcome = self.carry_out(journal, &order, &who, open, ui).await?;
        self.end(journal, &outcome, ui)
    }

    /// Begins a rotation if one is due. Nothing is kept yet.
    fn begin(&self, journal: &mut Journal) -> Result<Due, CommandError> {
        let certificate = self.key.certificate();
        let now = self.times.now;
        let (thumbprint, not_after) = (certificate.thumbprint(), certificate.not_after());
        let due = due(journal, Certified { thumbprint, not_after }, self.times.limit, now);
        if due != Due::Yes || self.args.finish || !self.args.complete.is_empty() {
            return Ok(due);
        }
        let asks_authority = self.args.csr_out.is_some() || self.args.self_signed;
        if !certificate.is_self_issued() && !asks_authority {
            let issuer = certificate.issuer().to_owned();
            return Err(RotateError::Issued { thumbprint, issuer }.into());
        }
        let users = target::users(self.target.app_id, &thumbprint, self.context)?;
        let places = target::places(&users, self.context)?;
        journal.begin(thumbprint, not_after, places, now);
        Ok(due)
    }

    /// Deletes the key that was made for a rotation which has begun again.
    fn give_up(&self, rotation: Option<&Rotation>) -> Result<(), CommandError> {
        let Some(rotation) = rotation else { return Ok(()) };
        if let Some(request) = &rotation.request {
            stores::own(self.context)?.forget_request(request)?;
        }
        let keys = Keys::new(self.context, &self.args.password);
        match rotation.new {
            Some(new) => keys.discard(&rotation.places, &rotation.old.thumbprint, &new.thumbprint),
            None => Ok(()),
        }
    }

    /// What this run is told, and what it changes of what earlier ones were told.
    fn order(&self, journal: &mut Journal) -> Order {
        let mut order = Order::new(self.times.now, self.times.after_overlap(self.times.now));
        order.archive_until = self.times.archive_until;
        order.commands.clone_from(&self.args.deploy_hooks);
        if self.args.finish && self.args.overlap.is_some() {
            for retired in &mut journal.retired {
                if retired.state == State::Registered {
                    retired.remove_after = self.times.after_overlap(retired.since);
                }
            }
            order.finish_now =
                journal.retired.iter().all(|retired| retired.remove_after <= self.times.now);
        }
        order
    }

    fn plan(&self, journal: &Journal, order: &Order) -> Result<RotationPlan, CommandError> {
        let mut names = Vec::new();
        if let Some(rotation) = &journal.rotation {
            let old = &rotation.old.thumbprint;
            let users = target::users(self.target.app_id, old, self.context)?;
            names = users.into_iter().map(|(name, _)| name).collect();
        }
        let subject = self.key.certificate().subject();
        let certificate =
            format!("certificate {subject}, self-signed, valid for {}", self.args.valid_for());
        Ok(RotationPlan::new(journal, order, &certificate, &names))
    }

    /// Who changes the application. What it cannot know of itself is looked up, if it may look.
    async fn who(&self, journal: &mut Journal, ui: &mut Ui) -> Result<Who, CommandError> {
        let who = if self.args.as_admin {
            let sign_in = &self.args.sign_in;
            Who::administrator(sign_in, CHANGE, &self.target, self.context, ui).await?
        } else {
            Who::Itself
        };
        if let Some(object_id) = self.args.object_id {
            journal.object_id = Some(object_id);
        }
        let rotation = journal.rotation.as_ref();
        let to_add = rotation.is_some_and(|rotation| rotation.stage < Stage::Added);
        let unknown = |thumbprint| !journal.key_ids.contains_key(thumbprint);
        let ids_missing = rotation.is_some_and(|rotation| unknown(&rotation.old.thumbprint))
            || journal.retired.iter().any(|retired| {
                retired.state == State::Registered && unknown(&retired.old.thumbprint)
            });
        let is_admin = matches!(who, Who::Administrator(_));
        if is_admin || journal.object_id.is_none() || ids_missing {
            let key = || Ok(self.key.clone());
            if let Some(application) = who.look(key, &self.target, self.context).await? {
                learn(journal, &application);
            }
        }
        if to_add && !is_admin && journal.object_id.is_none() {
            return Err(RotateError::NoObjectId { app_id: self.target.app_id }.into());
        }
        Ok(who)
    }

    async fn carry_out(
        &self,
        journal: &mut Journal,
        order: &Order,
        who: &Who,
        open: BTreeMap<exoctl_certificate::Thumbprint, CertifiedKey>,
        ui: &mut Ui,
    ) -> Result<Outcome, CommandError> {
        let mut keys = Keys::new(self.context, &self.args.password);
        for (_, profile) in target::readable(self.context)? {
            if let crate::profile::Source::File { path, .. } = &profile.credential {
                keys.expect(path, &profile.credential)?;
            }
        }
        let registrar = Registrar {
            who,
            target: &self.target,
            context: self.context,
            patience: &self.times.patience,
        };
        let mut run = Run {
            file: &self.file,
            target: &self.target,
            registrar,
            keys,
            hand_over: HandOver::new(self.file.hand_over())?,
            valid_for: self.times.valid_for,
            open,
            lost: false,
            context: self.context,
            ui,
        };
        let outcome = carry_out(journal, order, &mut run).await;
        outcome.map_err(|error| {
            error.fix("what was done before is kept; the same command goes on from there")
        })
    }

    /// Says what it has come to.
    fn end(
        &self,
        journal: &Journal,
        outcome: &Outcome,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        if outcome.waits_for.is_some() {
            let (certificate, now) = (self.key.certificate(), self.times.now);
            ui.note(show::nothing(Due::UnderWay, certificate, now));
            return Ok(ExitCode::Ok);
        }
        for left in &outcome.left {
            ui.warning(format_args!(
                "the key credential {} stays on the application: {}. \
                 Have an administrator sign in: exoctl cert rotate --finish --as-admin",
                left.thumbprint, left.reason
            ));
        }
        if !outcome.failed.is_empty() {
            ui.warning(
                "the deploy hooks that failed are run again by the next `exoctl cert rotate`",
            );
        }
        show::row(journal, &self.target, self.key.thumbprint(), self.context, ui)?;
        Ok(match (outcome.failed.is_empty(), outcome.left.is_empty()) {
            (false, _) => ExitCode::Failed,
            (true, false) => ExitCode::Permission,
            (true, true) => ExitCode::Ok,
        })
    }
}
