//! Measures speed and size of the release build against their targets: `make bench`.
//!
//! Every number is taken from the real program, in a process of its own, before a durable PostgreSQL of its own. What it
//! is compared with runs in the same minutes, in turns. Everything is removed afterwards.

mod arguments;
mod client;
mod copy;
mod intake;
mod jobs;
mod list;
mod load;
mod organization;
mod report;
mod server;
mod sign_in;
mod size;
mod stand;
mod sweep;

use std::{error::Error, process::ExitCode};

use crate::{
    arguments::{Arguments, Command},
    report::{Report, say},
    stand::Stand,
};

/// What any part of a measurement may fail with: it is told at the terminal and ends the run.
type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> ExitCode {
    if std::env::args().skip(1).any(|word| word == "--help") {
        say(arguments::USAGE);
        return ExitCode::SUCCESS;
    }
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            say(&format!("{error}\n\n{}", arguments::USAGE));
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(missed) if missed && arguments.strict => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("The measurement failed: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Runs the command; true if a target was missed.
fn run(arguments: &Arguments) -> Fallible<bool> {
    if let Command::Bare { database } = &arguments.command {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        return runtime.block_on(intake::bare::serve(database)).map(|()| false);
    }
    // One thread: the load it makes shares the cores with what it measures.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            measured = measure(arguments) => measured,
            interrupted = tokio::signal::ctrl_c() => {
                interrupted?;
                Err("interrupted".into())
            }
        }
    })
}

async fn measure(arguments: &Arguments) -> Fallible<bool> {
    let mut report = Report::default();
    let wanted = |command: &Command| arguments.command == Command::All || arguments.command == *command;
    let stand = Stand::raise(arguments).await?;
    if wanted(&Command::Size) {
        size::measure(&stand, &mut report).await?;
    }
    if wanted(&Command::List) {
        list::measure(&stand, arguments, &mut report).await?;
    }
    if wanted(&Command::Jobs) {
        jobs::measure(&stand, arguments, &mut report).await?;
    }
    if wanted(&Command::Copy) {
        copy::measure(&stand, arguments, &mut report).await?;
    }
    if wanted(&Command::Sweep) {
        sweep::measure(&stand, arguments, &mut report).await?;
    }
    if wanted(&Command::SignIn) {
        sign_in::measure(&stand, &mut report).await?;
    }
    if wanted(&Command::Intake) {
        intake::measure(&stand, arguments, &mut report).await?;
    }
    say(&report.to_string());
    Ok(report.missed())
}
