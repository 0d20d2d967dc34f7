//! `exoctl notify test`.

use exoctl_notify::{Channel, Content, Event, Notice, Payload, compose};
use serde_json::{Value, json};

use super::templates::sample;
use crate::context::Context;
use crate::error::{CommandError, NotifyError};
use crate::exit::ExitCode;
use crate::notification;
use crate::output::Rows;
use crate::ui::Ui;

/// The arguments of `exoctl notify test`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The channel; all of them if none is named
    #[arg(value_name = "CHANNEL")]
    channels: Vec<String>,
    /// Tell of an event of a made-up run instead
    #[arg(long, value_name = "EVENT", default_value = "test")]
    event: Event,
    /// Print the message and send nothing
    #[arg(long)]
    print: bool,
}

const EXAMPLES: &str = "\
Examples:
  exoctl notify test ops
  exoctl notify test
  exoctl notify test room --event failure
  exoctl notify test room --event failure --print

Events are started, success, failure, recovered, change, unknown, late and test.
The exit code is 7 if it may work later, 1 or 2 if something must be changed first.";

impl Args {
    pub(super) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let channels: Vec<Channel> = if self.channels.is_empty() {
            notification::channels(context)?.iter().cloned().collect()
        } else {
            let find = |name: &String| notification::channel(name, context);
            self.channels.iter().map(find).collect::<Result<_, _>>()?
        };
        if channels.is_empty() {
            let path = notification::file(context)?;
            return Err(NotifyError::NoChannel { name: "at all".to_owned(), path }.into());
        }
        let mut rows = Rows::new(context, ui)?.noun("Notification");
        let mut exit = ExitCode::Ok;
        for channel in &channels {
            let notice = self.notice(context);
            if self.print {
                print(channel, &notice, context, ui)?;
            } else {
                match tell(channel, &notice, context, ui).await {
                    Ok(row) => rows.value(&row, ui)?,
                    // The others are tried all the same.
                    Err(error) if channels.len() > 1 => {
                        exit = exit.max(error.exit());
                        ui.error(&error);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        rows.finish(ui)?;
        Ok(exit)
    }

    fn notice(&self, context: &Context) -> Notice {
        let now = context.clock().now();
        let id = uuid::Uuid::new_v4().to_string();
        match self.event {
            Event::Test => Notice { run: id, started: Some(now), ..Notice::default() },
            event => Notice { run: id, ..sample(event, now) },
        }
    }
}

async fn tell(
    channel: &Channel,
    notice: &Notice,
    context: &Context,
    ui: &mut Ui,
) -> Result<Value, CommandError> {
    let told = notification::courier(context)?.tell(channel, notice).await;
    let (receipt, unused) =
        told.map_err(|source| NotifyError::NotTold { channel: channel.name.clone(), source })?;
    if let Some(error) = unused {
        ui.warning(format_args!("{error}; the built-in template was used instead"));
    }
    Ok(json!({
        "channel": channel.name,
        "kind": channel.way.kind(),
        "to": channel.way.place(),
        "event": notice.event,
        "receipt": receipt,
    }))
}

fn print(
    channel: &Channel,
    notice: &Notice,
    context: &Context,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let templates = notification::templates(context)?;
    let composed = compose(channel, Content::One(notice), &templates);
    let text = match composed.map_err(NotifyError::Templates)? {
        Payload::Mail(mail) => {
            format!("Subject: {}\n\n{}\n{}", mail.subject, mail.text, mail.html)
        }
        Payload::Json(text) => {
            let value: Value = serde_json::from_str(&text).map_err(CommandError::failed)?;
            format!("{value:#}")
        }
        // The address is a secret; what is put behind it is not.
        Payload::Ping(ping) => format!("POST {}\n\n{}", ping.address("ADDRESS"), ping.body),
    };
    ui.data_line(text.trim_end())
}
