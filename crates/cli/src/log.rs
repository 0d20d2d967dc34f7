//! Logging to stderr: off unless asked for, as text or as JSON lines, never with a secret in it.

use tracing_subscriber::EnvFilter;

use crate::args::{GlobalArgs, LogFormat};
use crate::env::{self, Environment};
use crate::error::{CommandError, InvalidSetting};

/// Starts logging as `--log` or `EXOCTL_LOG` say. A bare level is that of exoctl's own crates.
pub(crate) fn start(global: &GlobalArgs, environment: &Environment) -> Result<(), CommandError> {
    let Some(directive) = global.log.clone().or_else(|| environment.find(env::EXOCTL_LOG)) else {
        return Ok(());
    };
    let format = match (global.log_format, environment.find(env::EXOCTL_LOG_FORMAT)) {
        (Some(format), _) => format,
        (None, Some(text)) => text.parse().map_err(|()| InvalidSetting {
            setting: env::EXOCTL_LOG_FORMAT.name,
            value: text,
            expected: "text or json",
        })?,
        (None, None) => LogFormat::Text,
    };
    let filter = EnvFilter::try_new(expand(&directive)).map_err(|_| InvalidSetting {
        setting: "--log",
        value: directive,
        expected: "off, error, warn, info, debug, trace, or a filter such as exoctl_http=debug",
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false);
    match format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}

/// A level alone is taken for exoctl's crates and `warn` for all others: what the network
/// libraries log at `trace` is their business and may hold what ours takes care not to log.
fn expand(directive: &str) -> String {
    const OURS: [&str; 15] = [
        "exoctl",
        "exoctl_model",
        "exoctl_certificate",
        "exoctl_http",
        "exoctl_identity",
        "exoctl_exchange",
        "exoctl_broker",
        "exoctl_setup",
        "exoctl_export",
        "exoctl_mail",
        "exoctl_job",
        "exoctl_store",
        "exoctl_runner",
        "exoctl_notify",
        "exoctl_sim",
    ];
    let level = directive.trim().to_ascii_lowercase();
    if !["off", "error", "warn", "info", "debug", "trace"].contains(&level.as_str()) {
        return directive.to_owned();
    }
    let others = if matches!(level.as_str(), "off" | "error") { level.as_str() } else { "warn" };
    let ours = OURS.map(|name| format!("{name}={level}")).join(",");
    format!("{others},{ours}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_for_our_crates_and_a_filter_is_left_alone() {
        assert!(expand("TRACE").starts_with("warn,exoctl=trace,"));
        assert!(expand("off").starts_with("off,"));
        assert_eq!(expand("hyper=trace"), "hyper=trace");
    }
}
