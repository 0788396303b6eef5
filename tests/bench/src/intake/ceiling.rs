//! What the database can do with the same rows, asked by PostgreSQL's own tool.

use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};

use qualify_postgres::APP;
use tokio::process::Command;

use super::{CLIENTS, DATABASE, contender::Run};
use crate::{Fallible, stand::Stand};

pub const ONE_STATEMENT: &str = "\\set form random(0, 19)\nSELECT bench_submit(:form);\n";

pub const STATEMENT_BY_STATEMENT: &str = include_str!("statements.sql");

/// Runs the script for so long, from as many clients as the others have.
pub async fn run(stand: &Stand, script: &str, time: Duration) -> Fallible<Run> {
    let file = stand.folder().join("pgbench.sql");
    std::fs::write(&file, script)?;
    let mut command = Command::new(program());
    command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2"]);
    command.args(["--client", &CLIENTS.to_string(), "--time", &time.as_secs().to_string(), "--file"]).arg(&file);
    command.args(["--host", &stand.sockets(), "--port", "5432", "--username", APP, DATABASE]);
    let output = command.kill_on_drop(true).output().await?;
    let said = String::from_utf8_lossy(&output.stdout);
    let value = |label: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(label))?;
        line.trim_start_matches([' ', '=', ':']).split([' ', '/']).next()
    };
    match (output.status.success(), value("number of transactions actually processed"), value("tps")) {
        (true, Some(answered), Some(rate)) => Ok(Run {
            answered: answered.parse()?,
            rate: rate.parse()?,
            half_within: None,
            most_within: None,
            processor: None,
        }),
        _ => Err(format!("pgbench failed: {said}{}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// PostgreSQL's load generator, from where its server was found.
fn program() -> PathBuf {
    let given = env::var_os("QUALIFY_PG_BIN").map(PathBuf::from).into_iter();
    let mut versions: Vec<PathBuf> =
        Path::new("/usr/lib/postgresql").read_dir().into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    versions.sort_by_key(|folder| folder.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()));
    let folders = given.chain(versions.into_iter().rev().map(|folder| folder.join("bin")));
    let mut programs = folders.map(|folder| folder.join("pgbench"));
    programs.find(|program| program.is_file()).unwrap_or_else(|| PathBuf::from("pgbench"))
}
