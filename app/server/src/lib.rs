//! The composition root of Qualify CRM: configuration, command line, and the wiring of use cases and adapters.
//!
//! [`registry`] lists the adapters, [`config`] chooses among them, [`wire`] puts everything together, and one file per
//! sub-command does the rest. Tests boot the same parts in-process.

pub mod cli;
mod commands;
pub mod config;
mod demo;
mod failure;
mod log;
mod publish;
pub mod registry;
mod say;
mod sending;
mod stop;
pub mod wire;

use std::process::ExitCode;

pub use self::failure::Failure;

/// Does what the command line says, and tells what went wrong.
pub async fn run(cli: cli::Cli) -> ExitCode {
    match commands::run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say::aside(format!("qualify: {}", failure.message()));
            ExitCode::from(failure.code())
        }
    }
}
