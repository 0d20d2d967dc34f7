//! Sending a prepared request until there is an answer: tokens, retries, redirects, and what an
//! answer that is no success means.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use exoctl_http::{
    Attempt, Attempted, BoxFuture, Effect, GaveUp, Reached, Request, Response, RetryReason,
};
use exoctl_identity::{AccessToken, CredentialError, TokenRequest};
use http::StatusCode;
use http::header::LOCATION;
use url::Url;
use uuid::Uuid;

use crate::classify::AdminClassify;
use crate::cmdlet::CmdletName;
use crate::cmdlet_error::CmdletError;
use crate::connection::Connection;
use crate::cookies::Cookies;
use crate::error::InvokeError;
use crate::home::Redirect;
use crate::page::{NotAPage, Page};
use crate::request::Target;
use crate::trace::Trace;

/// A request that can be made for any host and with any token.
pub(crate) trait Sendable: Sync {
    /// Who is asked, for messages.
    fn cmdlet(&self) -> &CmdletName;

    /// What its answers mean.
    fn classify(&self) -> AdminClassify {
        AdminClassify::default()
    }

    /// The id that all tries have in common.
    fn client_request_id(&self) -> Uuid;

    /// The request as it goes over the wire.
    fn to_request(&self, at: &Target, token: &AccessToken, cookies: &str) -> Request;
}

/// How a request is sent.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    /// The link to go to instead of the request's own path.
    pub(crate) link: Option<Url>,
    /// Whether repeating it is harmless.
    pub(crate) effect: Effect,
}

/// A front door redirects once, and a region that has moved once more.
const MOST_REDIRECTS: usize = 3;

/// How often a read is repeated whose answer is cut off although it says success.
const MOST_MALFORMED: usize = 2;

impl Connection {
    /// Reads the page that answers a request. `None` if it is cut off although it says success,
    /// and the request may be sent again; `attempt` counts how often it was, from 1.
    pub(crate) fn page(
        &self,
        request: &dyn Sendable,
        manner: &Manner,
        response: &Response,
        attempt: usize,
    ) -> Result<Option<Page>, InvokeError> {
        match Page::read(response.body().clone()) {
            Ok(mut page) => {
                page.trace = Some(Box::new(trace_of(request, response)));
                Ok(Some(page))
            }
            Err(NotAPage::Error) => {
                let error = CmdletError::read(response.body(), trace_of(request, response));
                Err(self.refusal(request.cmdlet(), error))
            }
            Err(NotAPage::Malformed(source)) => {
                if manner.effect == Effect::Write || attempt > MOST_MALFORMED {
                    let trace = Box::new(trace_of(request, response));
                    let cmdlet = request.cmdlet().clone();
                    return Err(InvokeError::Malformed { cmdlet, trace, source });
                }
                Ok(None)
            }
        }
    }

    /// Sends a request, follows the front door's redirect, and gives the successful answer.
    pub(crate) async fn answer(
        &self,
        request: &dyn Sendable,
        manner: &Manner,
        cookies: &mut Cookies,
    ) -> Result<Response, InvokeError> {
        for _ in 0..=MOST_REDIRECTS {
            let attempted = self.attempt(request, manner, cookies).await?;
            let response = self.judge(request, manner, attempted)?;
            cookies.update(response.headers());
            if response.status().is_success() {
                return Ok(response);
            }
            self.follow(&response)?;
        }
        Err(self.foreign_redirect("itself, again and again"))
    }

    async fn attempt(
        &self,
        request: &dyn Sendable,
        manner: &Manner,
        cookies: &Cookies,
    ) -> Result<Attempted, InvokeError> {
        let classify = request.classify();
        let target = match &manner.link {
            Some(link) => Target::Link(link.clone()),
            None => Target::Base(self.uri()),
        };
        let cookies = cookies.header();
        let refused = Mutex::new(None);
        let lost = AtomicBool::new(false);
        let (classify, target, cookies, refused) = (&classify, &target, &cookies, &refused);
        let prepare = |attempt: Attempt| -> BoxFuture<'_, Result<Request, CredentialError>> {
            let renew = attempt.previous == Some(RetryReason::Unauthorized);
            let no_answer = !matches!(
                attempt.previous,
                None | Some(RetryReason::Unauthorized | RetryReason::Throttled)
            );
            lost.fetch_or(no_answer, Ordering::Relaxed);
            Box::pin(async move {
                let last = lock(refused).take().filter(|_| renew);
                let token = self.token(last, classify.claims().filter(|_| renew)).await?;
                *lock(refused) = Some(token.clone());
                Ok(request.to_request(target, &token, cookies))
            })
        };
        let retrying = self.retrying();
        let sent = retrying.send_with(&*self.0.transport, classify, manner.effect, prepare).await;
        sent.map_err(|source| {
            let organization = self.organization().clone();
            if manner.effect == Effect::RepeatableWrite && lost.load(Ordering::Relaxed) {
                let (cmdlet, source) = (request.cmdlet().clone(), Box::new(source));
                return InvokeError::OutcomeUnknown { cmdlet, organization, source };
            }
            InvokeError::Credential { organization, source }
        })
    }

    /// A token for this connection, from the credential's cache; not the one that was refused.
    async fn token(
        &self,
        refused: Option<AccessToken>,
        claims: Option<String>,
    ) -> Result<AccessToken, CredentialError> {
        let request = TokenRequest::new(self.scope()).with_claims(claims);
        let request = match &refused {
            Some(token) => request.rejecting(token),
            None => request,
        };
        self.0.credential.token(&request).await
    }

    /// Turns the last try into an answer: a success or a redirect, or what it means for the
    /// caller.
    fn judge(
        &self,
        request: &dyn Sendable,
        manner: &Manner,
        attempted: Attempted,
    ) -> Result<Response, InvokeError> {
        let cmdlet = || request.cmdlet().clone();
        let organization = || self.organization().clone();
        let Attempted { outcome, attempts, gave_up, ambiguous } = attempted;
        // Of a write that was repeated, an earlier try may have been the one that was done.
        let unknown = ambiguous && manner.effect == Effect::RepeatableWrite;
        let response = match outcome {
            Ok(response) => response,
            Err(error)
                if unknown
                    || (manner.effect == Effect::Write && error.reached() == Reached::Maybe) =>
            {
                let source = Box::new(error);
                return Err(InvokeError::OutcomeUnknown {
                    cmdlet: cmdlet(),
                    organization: organization(),
                    source,
                });
            }
            Err(source) => {
                return Err(InvokeError::Transport { cmdlet: cmdlet(), attempts, source });
            }
        };
        if response.status().is_success() || response.status().is_redirection() {
            return Ok(response);
        }
        let error = CmdletError::read(response.body(), trace_of(request, &response));
        let (cmdlet, organization, source) = (cmdlet(), organization(), Box::new(error));
        Err(match gave_up {
            _ if unknown => InvokeError::OutcomeUnknown { cmdlet, organization, source },
            Some(GaveUp::AmbiguousWrite(RetryReason::Status(_))) => {
                InvokeError::OutcomeUnknown { cmdlet, organization, source }
            }
            Some(GaveUp::Attempts(reason) | GaveUp::Deadline(reason)) => match reason {
                RetryReason::Throttled => {
                    InvokeError::Throttled { cmdlet, organization, attempts, source }
                }
                RetryReason::Unauthorized => {
                    InvokeError::Unauthorized { cmdlet, organization, source }
                }
                _ => InvokeError::Unavailable { cmdlet, organization, attempts, source },
            },
            _ => self.refusal(&cmdlet, *source),
        })
    }

    /// What an error that will stay one means.
    pub(crate) fn refusal(&self, cmdlet: &CmdletName, error: CmdletError) -> InvokeError {
        let (cmdlet, organization) = (cmdlet.clone(), self.organization().clone());
        let status = StatusCode::from_u16(error.trace.status).unwrap_or_default();
        let role = error.is_role_not_supported();
        let source = Box::new(error);
        match status {
            _ if role => InvokeError::RoleNotSupported { organization, source },
            StatusCode::UNAUTHORIZED => InvokeError::Unauthorized { cmdlet, organization, source },
            StatusCode::FORBIDDEN => InvokeError::Forbidden { cmdlet, organization, source },
            _ => InvokeError::Cmdlet { cmdlet, organization, source },
        }
    }

    /// Goes to where a redirect points from now on, if the token may go there.
    fn follow(&self, response: &Response) -> Result<(), InvokeError> {
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let location = location.unwrap_or_default();
        match Redirect::read(location, self.front(), self.is_compliance()) {
            Redirect::Region(region) if self.settle(&region) => Ok(()),
            _ => Err(self.foreign_redirect(location)),
        }
    }

    fn foreign_redirect(&self, location: &str) -> InvokeError {
        InvokeError::ForeignRedirect {
            organization: self.organization().clone(),
            location: location.to_owned(),
        }
    }
}

fn trace_of(request: &dyn Sendable, response: &Response) -> Trace {
    Trace::read(response.status().as_u16(), response.headers(), request.client_request_id())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
