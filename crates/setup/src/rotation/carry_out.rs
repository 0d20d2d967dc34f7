//! The loop: what comes next is done and written down, until nothing is left.

use exoctl_certificate::Thumbprint;
use uuid::Uuid;

use super::journal::{Certified, Hook, Journal, Retired, Rotation, Stage, State};
use super::next::{Next, Order, next};

/// What a rotation does to the world. Everything may be done twice: whoever was killed does it again.
#[expect(async_fn_in_trait, reason = "used through a type parameter, and on one thread")]
pub trait Hands {
    /// Why it could not be done.
    type Error;

    /// Keeps the journal, whole or not at all.
    fn save(&mut self, journal: &Journal) -> Result<(), Self::Error>;

    /// Makes a key and certificate, in memory only.
    fn make(&mut self, rotation: &Rotation) -> Result<Certified, Self::Error>;

    /// Puts the new key into all its places. `false` if there is none: it was made by a run that did
    /// not come to storing it.
    fn store(&mut self, rotation: &Rotation) -> Result<bool, Self::Error>;

    /// Adds the new certificate to the application. An error says that it was not added.
    async fn add(&mut self, journal: &Journal, rotation: &Rotation) -> Result<Added, Self::Error>;

    /// Whether the application has the new certificate, after a run that cannot tell.
    async fn find_out(
        &mut self,
        journal: &Journal,
        rotation: &Rotation,
    ) -> Result<Option<Added>, Self::Error>;

    /// Signs in with the new certificate until it works everywhere.
    async fn prove(&mut self, rotation: &Rotation) -> Result<(), Self::Error>;

    /// Has all profiles that use `old` use `new`.
    fn switch(&mut self, old: Thumbprint, new: Thumbprint) -> Result<(), Self::Error>;

    /// Runs a command; why it failed, if it did.
    fn run_hook(&mut self, hook: &Hook) -> Result<Result<(), String>, Self::Error>;

    /// Takes a certificate off the application; `current` is the one that proves who asks.
    async fn unregister(
        &mut self,
        journal: &Journal,
        retired: &Retired,
        current: Thumbprint,
    ) -> Result<Removal, Self::Error>;

    /// Moves a key to the archive.
    fn archive(&mut self, retired: &Retired) -> Result<(), Self::Error>;

    /// Deletes a key from the archive.
    fn destroy(&mut self, thumbprint: Thumbprint) -> Result<(), Self::Error>;
}

/// What became of adding a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is there, under this id if the service has told it.
    Yes(Option<Uuid>),
    /// The answer was lost.
    Unknown,
}

/// What became of taking a certificate off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is gone.
    Done,
    /// It could not be done with what is known here, for this reason.
    Left(String),
}

/// A certificate that could not be taken off the application.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Left {
    /// The certificate.
    pub thumbprint: Thumbprint,
    /// Why.
    pub reason: String,
}

/// What a run has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The request that waits for an authority's answer.
    pub waits_for: Option<String>,
    /// Whether a switch was made.
    pub switched: bool,
    /// The commands that have failed.
    pub failed: Vec<String>,
    /// Certificates that could not be taken off.
    pub left: Vec<Left>,
}

/// Does what comes next until nothing is left to do now.
pub async fn carry_out<H: Hands>(
    journal: &mut Journal,
    order: &Order,
    hands: &mut H,
) -> Result<Outcome, H::Error> {
    let mut order = order.clone();
    let mut outcome = Outcome::default();
    loop {
        match next(journal, &order) {
            Next::Nothing => return Ok(outcome),
            Next::AwaitAnswer => {
                outcome.waits_for = journal.rotation.as_ref().and_then(|r| r.request.clone());
                return Ok(outcome);
            }
            Next::RunHook(index) => {
                let hook = journal.hooks[index].clone();
                match hands.run_hook(&hook)? {
                    Ok(()) => drop(journal.hooks.remove(index)),
                    Err(reason) => {
                        journal.hooks[index].failures += 1;
                        order.failed += 1;
                        outcome.failed.push(format!("{}: {reason}", hook.command));
                    }
                }
            }
            Next::Unregister(thumbprint) => {
                unregister(journal, thumbprint, &mut order, &mut outcome, hands).await?;
            }
            Next::Archive(thumbprint) => {
                hands.archive(&retired(journal, thumbprint))?;
                journal.retire(thumbprint, State::Archived { until: order.archive_until });
            }
            Next::Destroy(thumbprint) => {
                hands.destroy(thumbprint)?;
                journal.gone(thumbprint);
            }
            Next::Switch => {
                let rotation = under_way(journal);
                let new = rotation.new.expect("it was proved").thumbprint;
                hands.switch(rotation.old.thumbprint, new)?;
                journal.switched(order.now, order.remove_after, &order.commands);
                outcome.switched = true;
            }
            step => of_rotation(step, journal, hands).await?,
        }
        hands.save(journal)?;
    }
}

/// A step that leads to the new certificate.
async fn of_rotation<H: Hands>(
    step: Next,
    journal: &mut Journal,
    hands: &mut H,
) -> Result<(), H::Error> {
    let rotation = under_way(journal);
    match step {
        Next::Make => {
            let made = hands.make(&rotation)?;
            journal.making(made);
        }
        Next::Store if hands.store(&rotation)? => journal.reached(Stage::Stored),
        Next::Store => journal.not_made(),
        Next::Add => {
            journal.reached(Stage::Adding);
            hands.save(journal)?;
            match hands.add(journal, &rotation).await {
                Ok(Added::Yes(key_id)) => journal.added(key_id),
                // It stays as it is, and is found out about.
                Ok(Added::Unknown) => {}
                Err(error) => {
                    journal.reached(Stage::Stored);
                    hands.save(journal)?;
                    return Err(error);
                }
            }
        }
        Next::FindOut => match hands.find_out(journal, &rotation).await? {
            Some(Added::Yes(key_id)) => journal.added(key_id),
            _ => journal.reached(Stage::Stored),
        },
        _ => {
            hands.prove(&rotation).await?;
            journal.reached(Stage::Proved);
        }
    }
    Ok(())
}

async fn unregister<H: Hands>(
    journal: &mut Journal,
    thumbprint: Thumbprint,
    order: &mut Order,
    outcome: &mut Outcome,
    hands: &mut H,
) -> Result<(), H::Error> {
    let retired = retired(journal, thumbprint);
    let current = journal.current_of(thumbprint);
    // Somebody may have connected with the old one since.
    hands.switch(thumbprint, current)?;
    match hands.unregister(journal, &retired, current).await? {
        Removal::Done => journal.retire(thumbprint, State::Unregistered),
        // It has expired, so that nobody can use it, whoever still has it on a list.
        Removal::Left(_) if retired.old.not_after <= order.now => {
            journal.retire(thumbprint, State::Unregistered);
        }
        Removal::Left(reason) => {
            order.left.push(thumbprint);
            outcome.left.push(Left { thumbprint, reason });
        }
    }
    Ok(())
}

fn under_way(journal: &Journal) -> Rotation {
    journal.rotation.clone().expect("the step is one of a rotation")
}

fn retired(journal: &Journal, thumbprint: Thumbprint) -> Retired {
    let found = journal.retired.iter().find(|retired| retired.old.thumbprint == thumbprint);
    found.cloned().expect("the step is about one of them")
}
