//! `exoctl config`: the settings in effect.

use std::fmt::Display;

use clap::Subcommand;
use serde_json::{Map, Value};

use crate::context::{Context, Flags, Origin, Setting};
use crate::env;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::ui::Ui;

/// The arguments of `exoctl config`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
A setting comes from a flag, else an environment variable, else the profile, else it has its default.

Examples:
  exoctl config show --origin
  exoctl config variables";

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the settings in effect
    #[command(
        after_help = "Examples:\n  exoctl config show\n  exoctl config show --origin\n  exoctl --profile fabrikam config show --origin -o json"
    )]
    Show {
        /// Show where each setting comes from
        #[arg(long)]
        origin: bool,
    },
    /// List the environment variables that exoctl knows
    #[command(after_help = "Examples:\n  exoctl config variables")]
    Variables,
}

impl Args {
    /// Does it.
    #[expect(clippy::unused_async, reason = "all commands are run alike")]
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let mut rows = Rows::new(context, ui)?;
        match self.action {
            Action::Show { origin } => {
                for line in settings(context)? {
                    rows.value(&line.row(origin), ui)?;
                }
            }
            Action::Variables => {
                for variable in env::ALL {
                    let value = match (variable.secret, context.environment().find(variable)) {
                        (true, Some(_)) => Some("(set)".to_owned()),
                        (_, value) => value,
                    };
                    let row = serde_json::json!({
                        "variable": variable.name,
                        "value": value,
                        "meaning": variable.meaning,
                    });
                    rows.value(&row, ui)?;
                }
            }
        }
        rows.finish(ui)?;
        Ok(ExitCode::Ok)
    }
}

/// A setting as it is shown.
pub(super) struct Line {
    name: &'static str,
    value: Option<String>,
    origin: Origin,
}

impl Line {
    fn new<T: Display>(name: &'static str, setting: &Setting<Option<T>>) -> Self {
        let value = setting.value.as_ref().map(T::to_string);
        Self { name, value, origin: setting.origin.clone() }
    }

    fn plain<T: Display>(name: &'static str, setting: &Setting<T>) -> Self {
        let value = Some(setting.value.to_string());
        Self { name, value, origin: setting.origin.clone() }
    }

    /// What it is called.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Its value, if it has one.
    pub(super) fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// Where that comes from.
    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    fn row(self, origin: bool) -> Value {
        let mut row = Map::new();
        row.insert("setting".to_owned(), self.name.into());
        row.insert("value".to_owned(), self.value.into());
        if origin {
            row.insert("origin".to_owned(), self.origin.to_string().into());
        }
        row.into()
    }
}

/// The settings in effect.
pub(super) fn settings(context: &Context) -> Result<Vec<Line>, CommandError> {
    let settings = context.settings(&Flags::default())?;
    let (global, environment) = (context.global(), context.environment());
    let text = |flag: &Option<String>, name, variable: env::Variable| {
        let found = Setting::first(
            [
                (flag.clone(), Origin::Flag(name)),
                (environment.find(variable), Origin::Variable(variable.name)),
            ],
            String::new(),
        );
        let value = Some(found.value).filter(|value| !value.is_empty());
        Setting { value, origin: found.origin }
    };
    let paths = context.paths()?;
    let home = if environment.has(env::EXOCTL_HOME) {
        Origin::Variable(env::EXOCTL_HOME.name)
    } else {
        Origin::Default
    };
    let path = |name, path: &std::path::Path| Line {
        name,
        value: Some(path.display().to_string()),
        origin: home.clone(),
    };
    Ok(vec![
        Line::new("profile", &settings.profile_name),
        Line::new("organization", &settings.organization),
        Line::new("appId", &settings.app_id),
        Line::new("credential", &settings.means),
        Line::plain("environment", &settings.cloud),
        Line::plain("pageSize", &settings.page_size),
        Line::plain("tokenCache", &settings.token_cache),
        Line::new("output", &text(&global.output, "--output", env::EXOCTL_OUTPUT)),
        Line::new("log", &text(&global.log, "--log", env::EXOCTL_LOG)),
        path("configurationDirectory", &paths.configuration),
        path("certificateDirectory", &paths.certificates),
        path("cacheDirectory", &paths.cache),
        path("tokenDirectory", &paths.tokens),
    ])
}
