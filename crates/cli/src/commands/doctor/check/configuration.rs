//! The settings, where each comes from, and whether they are enough to sign in.

use super::super::condition;
use super::super::finding::Finding;
use super::super::visit::Visit;
use super::{Check, Looking};
use crate::commands::config;
use crate::context::{Flags, Means as SignInMeans};
use crate::error::CommandError;
use crate::profile::Source;

/// Whether the settings can be read.
pub(super) struct Settings;

impl Check for Settings {
    fn name(&self) -> &'static str {
        "configuration"
    }

    fn needs(&self) -> &'static [&'static str] {
        &[]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move { read(visit).unwrap_or_else(|error| Finding::failed(&error)) })
    }
}

fn read(visit: &mut Visit<'_>) -> Result<Finding, CommandError> {
    let settings = visit.context.settings(&Flags::default())?;
    let cloud = settings.cloud.value.cloud()?;
    visit.learned.transport = Some(visit.context.transport(&cloud, visit.ui.voice())?);
    visit.learned.cloud = Some(cloud);
    visit.learned.settings = Some(settings);
    let lines = config::settings(visit.context)?;
    let facts = lines.iter().filter_map(|line| {
        let (name, value, origin) = (line.name(), line.value()?, line.origin());
        Some(format!("{name} {value} ({origin})"))
    });
    Ok(Finding::ok("").seeing(facts.collect()))
}

/// Whether they say who signs in where.
pub(super) struct Means;

impl Check for Means {
    fn name(&self) -> &'static str {
        "connection"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["configuration"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let settings = visit.settings();
            if settings.profile.is_none() && settings.organization.value.is_none() {
                return Finding::fail(condition::NO_CONNECTION, "there is no connection yet");
            }
            enough(visit).unwrap_or_else(|error| Finding::failed(&error))
        })
    }
}

fn enough(visit: &mut Visit<'_>) -> Result<Finding, CommandError> {
    let mut settings = visit.settings().clone();
    // A token from the cache would tell what was the case when it was issued. One that was given
    // once is nowhere else.
    let given = matches!(settings.means.value, Some(SignInMeans::Source(Source::TokenGiven)));
    settings.token_cache.value &= given;
    let sign_in = visit.context.sign_in(&settings, None, visit.password, visit.ui.voice())?;
    let application = match sign_in.app_id {
        Some(app_id) => format!("application {app_id}"),
        None => "the application that the token names".to_owned(),
    };
    let means = settings.means.value.as_ref().map(ToString::to_string).unwrap_or_default();
    let finding = Finding::ok(format!("{application} signs in to {} with {means}", sign_in.tenant));
    visit.learned.sign_in = Some(sign_in);
    Ok(finding)
}
