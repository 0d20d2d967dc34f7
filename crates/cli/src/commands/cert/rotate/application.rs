//! The application in the directory, asked by itself or by an administrator.

use std::sync::Arc;

use exoctl_certificate::{CertifiedKey, Thumbprint};
use exoctl_identity::sign_proof;
use exoctl_model::{ObjectId, TenantReference};
use exoctl_setup::graph::{Application, Call};
use exoctl_setup::rotation::{self, Added, AddedKey, Journal, Removal};
use exoctl_setup::{Graph, GraphError, GraphRefusal, Patience, SetupError, well_known};

use super::error::RotateError;
use super::target::Target;
use crate::commands::setup::{Progress, check_tenant};
use crate::context::Context;
use crate::error::CommandError;
use crate::sign_in::{Place, SignInArgs};
use crate::ui::Ui;

/// Who changes the application.
#[derive(Debug)]
pub(in crate::commands::cert) enum Who {
    /// The application itself, with a proof.
    Itself,
    /// An administrator who has signed in.
    Administrator(Box<Graph>),
}

impl Who {
    /// Signs an administrator in.
    pub(in crate::commands::cert) async fn administrator(
        sign_in: &SignInArgs,
        permission: &'static str,
        target: &Target,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<Self, CommandError> {
        let place = Place {
            cloud: target.cloud.clone(),
            tenant: TenantReference::Id(target.profile.tenant_id),
            transport: target.transport.clone(),
            clock: context.clock(),
        };
        let administrator = sign_in.to_graph(&place, &[permission], ui).await?;
        let (transport, clock) = (target.transport.clone(), context.clock());
        let graph = Graph::new(&target.cloud, administrator.credential, transport, clock);
        check_tenant(&graph, target.profile.tenant_id).await?;
        Ok(Self::Administrator(Box::new(graph)))
    }

    /// The application as it is in the directory; `None` if it may not look.
    pub(in crate::commands::cert) async fn look(
        &self,
        key: impl FnOnce() -> Result<CertifiedKey, CommandError>,
        target: &Target,
        context: &Context,
    ) -> Result<Option<Application>, CommandError> {
        let call = Call::application(target.app_id);
        match self {
            Self::Administrator(graph) => {
                let found: Option<Application> =
                    graph.find(&call).await.map_err(SetupError::from)?;
                let missing = || SetupError::NoApplication { app_id: target.app_id };
                Ok(Some(found.ok_or_else(missing)?))
            }
            Self::Itself => {
                let graph = target.graph(Arc::new(key()?), context)?;
                match graph.find(&call).await {
                    Err(error) if error.is_forbidden() => Ok(None),
                    Err(error @ GraphError::Credential { .. }) => {
                        Err(no_proof(target, error.into()).into())
                    }
                    found => Ok(found.map_err(SetupError::from)?),
                }
            }
        }
    }
}

/// Keeps what was seen, so that the application can do without looking.
pub(super) fn learn(journal: &mut Journal, application: &Application) {
    journal.object_id = Some(application.id);
    // A server that is behind may not have all of them.
    journal.key_ids.extend(application.key_ids());
}

/// Changes the application's list of certificates.
pub(super) struct Registrar<'a> {
    pub(super) who: &'a Who,
    pub(super) target: &'a Target,
    pub(super) context: &'a Context,
    pub(super) patience: &'a Patience,
}

impl Registrar<'_> {
    /// Adds the new certificate; `old` proves who asks.
    pub(super) async fn add(
        &self,
        journal: &Journal,
        new: &CertifiedKey,
        old: impl FnOnce() -> Result<CertifiedKey, CommandError>,
        ui: &mut Ui,
    ) -> Result<(Added, Option<GraphError>), CommandError> {
        let certificate = new.certificate();
        if let Who::Administrator(graph) = self.who {
            let application = self.read(graph).await?;
            let mut progress = Progress::new(ui);
            let (patience, progress) = (self.patience, &mut progress);
            let added = rotation::add_as_administrator(
                graph,
                &application,
                certificate,
                patience,
                progress,
            );
            return Ok((Added::Yes(added.await.map_err(refused)?), None));
        }
        let old = Arc::new(old()?);
        let id = self.object_id(journal)?;
        let proof = sign_proof(&*old, id, self.context.clock().now());
        let proof = proof.map_err(CommandError::failed)?;
        let graph = self.target.graph(old, self.context)?;
        match rotation::add_itself(&graph, id, certificate, &proof).await {
            Ok(AddedKey::Yes(key_id)) => Ok((Added::Yes(key_id), None)),
            Ok(AddedKey::Unknown(error)) => Ok((Added::Unknown, Some(error))),
            Err(error) if is_refused_proof(&error) => Err(no_proof(self.target, error).into()),
            Err(error) => Err(refused(error)),
        }
    }

    /// Takes a certificate off; `current` proves who asks.
    pub(super) async fn remove(
        &self,
        journal: &Journal,
        thumbprint: Thumbprint,
        current: impl FnOnce() -> Result<CertifiedKey, CommandError>,
        ui: &mut Ui,
    ) -> Result<Removal, CommandError> {
        if let Who::Administrator(graph) = self.who {
            let application = self.read(graph).await?;
            let (patience, mut progress) = (self.patience, Progress::new(ui));
            rotation::remove_as_administrator(
                graph,
                &application,
                thumbprint,
                patience,
                &mut progress,
            )
            .await?;
            return Ok(Removal::Done);
        }
        let (Some(id), Some(key_id)) = (journal.object_id, journal.key_ids.get(&thumbprint)) else {
            return Ok(Removal::Left(
                "its id is not known here, and the application may not look itself up".to_owned(),
            ));
        };
        let current = Arc::new(current()?);
        let proof = sign_proof(&*current, id, self.context.clock().now());
        let proof = proof.map_err(CommandError::failed)?;
        let graph = self.target.graph(current, self.context)?;
        rotation::remove_itself(&graph, id, *key_id, &proof).await?;
        Ok(Removal::Done)
    }

    fn object_id(&self, journal: &Journal) -> Result<ObjectId, CommandError> {
        let missing = || RotateError::NoObjectId { app_id: self.target.app_id };
        Ok(journal.object_id.ok_or_else(missing)?)
    }

    async fn read(&self, graph: &Graph) -> Result<Application, CommandError> {
        let call = Call::application(self.target.app_id);
        let found: Option<Application> = graph.find(&call).await.map_err(SetupError::from)?;
        let missing = || SetupError::NoApplication { app_id: self.target.app_id };
        Ok(found.ok_or_else(missing)?)
    }
}

fn no_proof(target: &Target, source: SetupError) -> RotateError {
    RotateError::NoProof { app_id: target.app_id, source: Box::new(source) }
}

/// Whether the old certificate is why: no token for it, or a proof that is not taken.
fn is_refused_proof(error: &SetupError) -> bool {
    match error {
        SetupError::Graph(GraphError::Credential { .. }) => true,
        SetupError::Graph(error) => error
            .refusal()
            .is_some_and(|refusal| refusal.code == "Authentication_MissingOrMalformed"),
        _ => false,
    }
}

/// What the tenant's policy forbids can be made otherwise.
fn refused(error: SetupError) -> CommandError {
    let refusal = match &error {
        SetupError::Graph(error) => error.refusal(),
        _ => None,
    };
    if !refusal.is_some_and(GraphRefusal::is_policy) {
        return error.into();
    }
    CommandError::from(error)
        .fix_first("have an authority issue it: exoctl cert rotate --csr-out exo.csr")
        .fix_first("make one for a shorter time: exoctl cert rotate --valid-for 90d")
}

/// What an administrator needs to change certificates.
pub(super) const CHANGE: &str = well_known::APPLICATION_READ_WRITE_ALL;
