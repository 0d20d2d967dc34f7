//! `exoctl doctor --explain`: what a text means that somebody pasted.

use std::io::Read as _;

use serde_json::{Map, Value, json};

use crate::catalogue::{Entry, Known, Pasted};
use crate::context::{Context, Flags};
use crate::error::{CommandError, FileError, UnknownText};
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::ui::Ui;

/// Reads the text, or stdin if it is `-`, and says what it means.
pub(super) fn run(text: &str, context: &Context, ui: &mut Ui) -> Result<ExitCode, CommandError> {
    let text = match text {
        "-" => from_stdin()?,
        text => text.to_owned(),
    };
    let pasted = Pasted::read(&text);
    let known = known(&pasted, context);
    if context.global().output.is_some() {
        let mut rows = Rows::new(context, ui)?.noun("Explanation");
        rows.value(&row(&pasted, &known), ui)?;
        rows.finish(ui)?;
    } else {
        for line in lines(&pasted, &known) {
            ui.data_line(line)?;
        }
        ui.flush()?;
    }
    if pasted.entries.is_empty() {
        return Err(UnknownText { codes: pasted.unknown }.into());
    }
    Ok(ExitCode::Ok)
}

fn from_stdin() -> Result<String, CommandError> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(|source| FileError {
        operation: "read",
        path: "stdin".into(),
        source,
    })?;
    // Windows PowerShell pipes UTF-16; what is no text at all has nothing to find.
    Ok(String::from_utf8_lossy(&bytes).replace('\0', ""))
}

/// What the text names, and what the connection tells if the text is not about another one.
fn known(pasted: &Pasted, context: &Context) -> Known {
    let known = pasted.known();
    let Ok(settings) = context.settings(&Flags::default()) else { return known };
    let ours = settings.known();
    if known.agrees_with(&ours) { known.or(&ours) } else { known }
}

fn lines(pasted: &Pasted, known: &Known) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in &pasted.entries {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(match heading(entry) {
            Some(when) => format!("{} ({when})", entry.code),
            None => entry.code.clone(),
        });
        lines.push(format!("Cause: {}", entry.cause));
        let fixes =
            entry.fixes(known).into_iter().map(|fix| fix.text(known).replace('\n', "\n     "));
        lines.extend(fixes.map(|fix| format!("Fix: {fix}")));
        lines.push(format!("Exit code: {}", entry.exit.number()));
    }
    if !pasted.named.is_empty() {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push("The text names:".to_owned());
        lines.extend(pasted.named.iter().map(|(what, value)| format!("  {what:<14}  {value}")));
    }
    lines
}

/// When a row is meant, if that is not plain.
fn heading(entry: &Entry) -> Option<&'static str> {
    entry.is_for_administrator().then_some("when an administrator signs in")
}

fn row(pasted: &Pasted, known: &Known) -> Value {
    let named: Map<String, Value> =
        pasted.named.iter().map(|(what, value)| (camel(what), json!(value))).collect();
    let explained = |entry: &&'static Entry| {
        let fixes: Vec<Value> = entry
            .fixes(known)
            .into_iter()
            .map(
                |fix| json!({"why": fix.why, "run": fix.run.as_deref().map(|run| known.fill(run))}),
            )
            .collect();
        json!({
            "code": entry.code,
            "cause": entry.cause,
            "fixes": fixes,
            "exitCode": entry.exit.number(),
            "forAdministrator": entry.is_for_administrator(),
        })
    };
    let explained: Vec<Value> = pasted.entries.iter().map(explained).collect();
    json!({ "explained": explained, "unknownCodes": pasted.unknown, "named": named })
}

/// `correlation id` as JSON has names.
fn camel(words: &str) -> String {
    let mut words = words.split(' ');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| {
        let (head, tail) = word.split_at(1);
        format!("{text}{}{tail}", head.to_uppercase())
    })
}
