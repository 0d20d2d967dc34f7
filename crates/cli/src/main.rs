//! `exoctl`: Exchange Online with nobody watching.
//!
//! Data flows one way: [`args`] and [`mod@env`] say what is wanted, [`context`] builds what it takes,
//! a command makes one library call, [`output`] and [`ui`] show what came of it. An error ends up
//! in [`error`] and gets its cause, its fixes and its exit code from the [`catalogue`].

mod args;
mod bulk;
mod catalogue;
mod cmdlet;
mod commands;
mod completion;
mod context;
mod env;
mod error;
mod exit;
mod job_files;
mod log;
mod notification;
mod output;
mod password;
mod profile;
mod program;
mod sign_in;
mod ui;
mod unattended;

use std::process;

use crate::args::Arguments;
use crate::context::Context;
use crate::env::Environment;
use crate::program::supervised;
use crate::ui::Ui;

fn main() -> process::ExitCode {
    let environment = Environment::capture();
    let mut ui = Ui::new(&environment);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return ui.fail(&error.into()).into(),
    };
    let exit = runtime.block_on(run(environment, &mut ui));
    // A prompt or a read of stdin that nobody answers must not keep the process alive.
    runtime.shutdown_background();
    exit.into()
}

async fn run(environment: Environment, ui: &mut Ui) -> exit::ExitCode {
    let (line, patience) = supervised::command_line(std::env::args_os());
    let is_step = patience.is_some();
    if let Some(patience) = patience
        && let Err(error) = supervised::watch(patience)
    {
        return ui.fail(&error.into());
    }
    let arguments = match Arguments::read(line) {
        Ok(arguments) => arguments,
        Err(error) => return ui.fail(&error),
    };
    ui.apply(arguments.global());
    let ended = match log::start(arguments.global(), &environment) {
        Ok(()) => {
            let context = Context::new(environment, arguments.global().clone()).for_step(is_step);
            ui.fill_fixes_from(context.circumstances());
            arguments.run(&context, ui).await
        }
        Err(error) => Err(error),
    };
    match ended {
        Ok(exit) => exit,
        Err(error) => match ui.fail(&error) {
            // Whether a step is repeated depends on it.
            _ if is_step && error.leaves_unknown() => exit::ExitCode::OutcomeUnknown,
            exit => exit,
        },
    }
}
