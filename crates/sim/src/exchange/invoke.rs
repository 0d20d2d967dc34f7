//! Runs one cmdlet for one caller: RBAC, binding, the handler, one page of its rows.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::bind::{Bound, bind};
use super::bind_error::BindError;
use super::call::{Argument, Call};
use super::caller::Caller;
use super::cmdlet::{Cmdlet, Handler, Offered, Pending};
use super::cmdlet_error::{CmdletError, Failure};
use super::continuation::{Binding, Continuation, expiry};
use super::filter::Filter;
use super::page::{Extent, Page};
use super::row::Output;
use super::{State, cmdlets};
use crate::call::Service;
use crate::fault::{CallContext, Fault, When};
use crate::tenant::Tenant;

/// The warning of a page after which there is more.
pub(crate) const MORE_RESULTS: &str = "There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter.";

/// A request to run a cmdlet.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The service that was asked.
    pub(crate) service: Service,
    /// The path, for fault rules.
    pub(crate) path: String,
    /// The cmdlet's name, as it was sent.
    pub(crate) cmdlet: String,
    /// Its parameters, as they were sent.
    pub(crate) parameters: Map<String, Json>,
    /// The properties asked for.
    pub(crate) select: Option<Vec<String>>,
    /// Rows a page.
    pub(crate) page_size: u64,
    /// The token of a `nextLink` that is followed.
    pub(crate) continuation: Option<String>,
    /// `X-AnchorMailbox`.
    pub(crate) anchor: Option<String>,
    /// The back-end cookie that the client sent.
    pub(crate) sent_cookie: Option<String>,
    /// The back-end cookie that the client has after this answer.
    pub(crate) cookie: String,
    /// Whether it is a member of a batch.
    pub(crate) batch_member: bool,
}

/// A cmdlet's answer.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// The rows.
    pub(crate) page: Page,
    /// Warnings, in order.
    pub(crate) warnings: Vec<String>,
    /// Text instead of an execution.
    pub(crate) confirmation: Option<String>,
    /// Token of the next page.
    pub(crate) continuation: Option<String>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The cmdlet, or a parameter, is unknown or not granted.
    NotGranted,
    /// The caller holds no management role at all.
    UnsupportedRole(Uuid),
    /// A seeded fault that answers in place of the service.
    Fault(Fault),
    /// The parameters could not be bound.
    Bind(BindError),
    /// The cmdlet failed, with its warnings.
    Failed(Box<Failure>, Vec<String>),
}

impl From<BindError> for Refusal {
    fn from(error: BindError) -> Self {
        Self::Bind(error)
    }
}

/// Runs a cmdlet.
pub(crate) fn invoke(
    tenant: &Tenant,
    caller: Caller,
    request: &Request,
) -> Result<Answer, Refusal> {
    let state = &tenant.exchange;
    let now = tenant.now();
    let fault = fault(tenant, &caller, request, now)?;
    let cmdlet = permitted(&caller, request)?;
    let Bound { arguments, given, preview } = bind(cmdlet, &request.parameters, &state.key)?;
    if !given.iter().all(|parameter| caller.may_use(parameter)) {
        return Err(Refusal::NotGranted);
    }
    let limit = result_size(arguments.get("ResultSize"))?;
    let binding = binding(request, &caller);
    let from = match &request.continuation {
        Some(token) => {
            state.continuations.redeem(token, &binding, now).ok_or_else(BindError::pagination)?
        }
        None => Continuation {
            binding,
            position: 0,
            taken: 0,
            select: request.select.clone(),
            expires: now,
        },
    };
    if let Some(identity) = state.replication.hides(&arguments) {
        return Err(failed(CmdletError::not_found(&identity), Vec::new()));
    }
    let call = Call { cmdlet, caller, now, arguments, preview, warnings: RefCell::default() };
    let remaining = limit.map(|limit| limit.saturating_sub(from.taken));
    let extent = Extent {
        from: from.position,
        limit: remaining.map_or(request.page_size, |rest| rest.min(request.page_size)),
        select: from.select.as_deref(),
        ..Extent::default()
    };
    let result = run(state, &call, &extent);
    let warnings = call.warnings.take();
    let mut page = match result {
        Ok(page) => page,
        Err(CmdletError::Preview(text)) => {
            return Ok(Answer { confirmation: Some(text), warnings, ..Answer::default() });
        }
        Err(error) => return Err(failed(error, warnings)),
    };
    spoil(&mut page, fault.as_ref(), state, &call)?;
    let mut answer = Answer { page, warnings, confirmation: None, continuation: None };
    go_on(&mut answer, from, limit, fault.as_ref(), tenant, now);
    if let Some(Fault::Warning { text, keep }) = fault {
        answer.page.keep(keep);
        answer.warnings = vec![text];
        answer.continuation = None;
    }
    Ok(answer)
}

/// The fault of this call, if it is none that answers before the cmdlet runs.
fn fault(
    tenant: &Tenant,
    caller: &Caller,
    request: &Request,
    now: Timestamp,
) -> Result<Option<Fault>, Refusal> {
    let context = CallContext {
        service: &request.service,
        cmdlet: Some(&request.cmdlet),
        path: &request.path,
        batch_member: request.batch_member,
    };
    match tenant.faults().next(&context, now) {
        Some(
            fault @ (Fault::Throttle { .. }
            | Fault::Status { when: When::Before, .. }
            | Fault::NulForbidden
            | Fault::ExpiredToken),
        ) => Err(Refusal::Fault(fault)),
        Some(Fault::WrongRole) => Err(Refusal::UnsupportedRole(caller.app_id)),
        fault => Ok(fault),
    }
}

/// What a fault does after the cmdlet has run.
fn spoil(
    page: &mut Page,
    fault: Option<&Fault>,
    state: &State,
    call: &Call,
) -> Result<(), Refusal> {
    match fault {
        Some(fault @ Fault::Status { .. }) => return Err(Refusal::Fault(fault.clone())),
        Some(Fault::ShortPage(share)) => page.keep(*share),
        Some(Fault::ReplicationDelay(lag)) if call.cmdlet.name.starts_with("New-") => {
            state.replication.hide(&call.arguments, lag.reads);
        }
        _ => {}
    }
    Ok(())
}

/// Says that there is more than this page, and how to get it if that is wanted.
fn go_on(
    answer: &mut Answer,
    from: Continuation,
    limit: Option<u64>,
    fault: Option<&Fault>,
    tenant: &Tenant,
    now: Timestamp,
) {
    let page = &answer.page;
    if !page.more {
        return;
    }
    answer.warnings.push(MORE_RESULTS.to_owned());
    let taken = from.taken + page.count();
    if limit.is_some_and(|limit| taken >= limit) {
        return;
    }
    let continuations = &tenant.exchange.continuations;
    let next = Continuation {
        position: page.position().unwrap_or(from.position),
        taken,
        expires: expiry(now, tenant.config().continuation_lifetime),
        ..from
    };
    let token = continuations.issue(next, now);
    if matches!(fault, Some(Fault::LostContinuation)) {
        continuations.lose(&token);
    }
    answer.continuation = Some(token);
}

/// The cmdlet that a request names, if the caller may run it.
fn permitted(caller: &Caller, request: &Request) -> Result<&'static Cmdlet, Refusal> {
    cmdlets::find(&request.cmdlet)
        .filter(|cmdlet| is_offered(cmdlet, &request.service) && caller.may_run(cmdlet))
        .ok_or(Refusal::NotGranted)
}

/// Whether a service has a cmdlet.
pub(crate) fn is_offered(cmdlet: &Cmdlet, service: &Service) -> bool {
    match cmdlet.offered {
        Offered::Both => true,
        Offered::Exchange => *service == Service::Exchange,
        Offered::Compliance => matches!(service, Service::Compliance { .. }),
    }
}

/// Runs the handler under the world's lock, and takes a page of its rows.
fn run(state: &State, call: &Call, extent: &Extent<'_>) -> Result<Page, CmdletError> {
    let has = |name| call.cmdlet.parameter(name).is_some();
    let filter = match call.arguments.get("Filter") {
        Some(Argument::Text(text)) if has("Filter") => Some(Filter::parse(text)?),
        _ => None,
    };
    let sort_by = match call.arguments.get("SortBy") {
        Some(Argument::Text(property)) if has("SortBy") => Some(property.as_str()),
        _ => None,
    };
    let extent = Extent { filter: filter.as_ref(), sort_by, ..*extent };
    let page = |output: Output<'_>| Page::fill(output, &extent);
    match call.cmdlet.handler {
        Handler::Read(handler) => page(handler(call, &state.read())?),
        Handler::Write(handler) => page(handler(call, Pending::new(&mut state.write()))?),
    }
}

/// How many rows are wanted in all. Without `ResultSize` the service goes on as long as the client
/// follows its links; the module stops after 1000 by itself.
fn result_size(argument: Option<&Argument>) -> Result<Option<u64>, BindError> {
    match argument {
        Some(Argument::Number(number)) if *number <= 0 => {
            Err(BindError::transformation("ResultSize", "ResultSize must be greater than 0"))
        }
        Some(Argument::Number(number)) => Ok(Some(*number as u64)),
        _ => Ok(None),
    }
}

fn binding(request: &Request, caller: &Caller) -> Binding {
    let mut hasher = DefaultHasher::new();
    request.cmdlet.to_lowercase().hash(&mut hasher);
    Json::Object(request.parameters.clone()).to_string().hash(&mut hasher);
    let cookie = match request.continuation {
        Some(_) => request.sent_cookie.clone(),
        None => Some(request.cookie.clone()),
    };
    Binding {
        request: hasher.finish(),
        anchor: request.anchor.as_ref().map(|anchor| anchor.to_lowercase()),
        cookie,
        app_id: caller.app_id,
    }
}

fn failed(error: CmdletError, warnings: Vec<String>) -> Refusal {
    match error {
        CmdletError::Failed(failure) => Refusal::Failed(Box::new(failure), warnings),
        CmdletError::Preview(_) => Refusal::NotGranted,
    }
}
