//! `qualify`: the one binary of Qualify CRM.

use std::process::ExitCode;

use clap::Parser;
use qualify_server::cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    qualify_server::run(Cli::parse()).await
}
