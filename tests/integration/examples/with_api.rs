//! Runs a command in front of an installation with an API key: for tools that speak HTTP only, such as the one of
//! `make test-api`. The command finds the key in `QUALIFY_API_KEY`, and is given the address of the document as its last
//! word; whatever it does, the installation ends with it.
#![expect(clippy::expect_used, clippy::print_stderr, reason = "a tool for developers fails by saying why")]

use std::process::ExitCode;

use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{House, Plan};
use serde_json::json;
use tokio::process::Command;

#[tokio::main]
async fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let Some(program) = words.next() else {
        eprintln!("a command is needed");
        return ExitCode::from(2);
    };
    let house = House::built(Plan { per_key: 1_000_000, ..Plan::default() }).await;
    let north = house.found("North").await;
    let key = house.program(&north.owner, Role::Owner, KeyScope::ALL).await;
    for n in 0..3 {
        let made = key.post("/api/v1/leads", &json!({ "email": format!("known{n}@example.com") })).await;
        assert_eq!(made.status, 201, "{}", made.text());
    }
    let mut command = Command::new(program);
    command.args(words).arg(format!("{}/api/openapi.json", house.url)).env("QUALIFY_API_KEY", &key.secret);
    let status = command.status().await.expect("a command that can be run");
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
