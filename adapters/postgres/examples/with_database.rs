//! Runs a command with a database of its own: `with_database cargo nextest run`.
//!
//! Starts a throwaway cluster and gives the command `DATABASE_URL` (a migrated database, for checking queries at build
//! time) and `QUALIFY_TEST_DATABASE` (the server, for tests). A server named by `QUALIFY_TEST_DATABASE` is used instead.
//! `--no-default-features` builds it without the queries, so that it also helps while they are being changed.

use std::{env, process::ExitCode};

use qualify_postgres::testing::{TEST_DATABASE_VARIABLE, TestServer};
use tokio::process::Command;

#[tokio::main]
async fn main() -> ExitCode {
    let mut words = env::args_os().skip(1).skip_while(|word| word == "--");
    let Some(program) = words.next() else {
        return fail("usage: with_database COMMAND [ARGUMENT]…");
    };
    let server = TestServer::new().await;
    let mut command = Command::new(&program);
    command.args(words);
    command.env("DATABASE_URL", server.superuser_url(&server.shared().await));
    command.env(TEST_DATABASE_VARIABLE, server.superuser_url("postgres"));
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return fail(&format!("{}: {error}", program.display())),
    };
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            // The terminal tells the command too; the server ends after it.
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    server.stop();
    let code = status.ok().and_then(|status| status.code()).and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

#[expect(clippy::print_stderr, reason = "this is a program for the terminal")]
fn fail(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}
