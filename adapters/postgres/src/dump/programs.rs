//! Which of the installed `pg_dump` and `pg_restore` fit a server: those of its own version, else the next newer ones.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::cluster::program_folders;

/// No program that fits a server is installed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoProgram {
    /// None at all.
    #[error(
        "{0} was not found: install the client programs of PostgreSQL {1} (postgresql-client), or set QUALIFY_PG_BIN to \
         their folder"
    )]
    None(&'static str, u32),
    /// Older ones only, which do not understand the server.
    #[error(
        "{0} is of PostgreSQL {1}, which is older than the server ({2}): install the client programs of PostgreSQL {2} \
         (postgresql-client), or set QUALIFY_PG_BIN to their folder"
    )]
    Older(&'static str, u32, u32),
}

/// A program of PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub path: PathBuf,
    major: u32,
}

/// The program of that name for a server of that version.
pub(super) fn find(name: &'static str, server: u32) -> Result<Program, NoProgram> {
    let found = program_folders().into_iter().filter_map(|folder| of(&folder.join(name)));
    fitting(name, found.collect(), server)
}

fn fitting(name: &'static str, mut found: Vec<Program>, server: u32) -> Result<Program, NoProgram> {
    // Stable: of several of one version, the first that was found.
    found.sort_by_key(|program| program.major);
    let newest = found.last().map(|program| program.major);
    let fits = found.into_iter().find(|program| program.major >= server);
    fits.ok_or(match newest {
        None => NoProgram::None(name, server),
        Some(newest) => NoProgram::Older(name, newest, server),
    })
}

fn of(path: &Path) -> Option<Program> {
    let output = Command::new(path).arg("--version").output().ok()?;
    // Such as `pg_dump (PostgreSQL) 16.11 (Debian 16.11-1)`.
    let said = String::from_utf8_lossy(&output.stdout);
    let version = said.split(')').nth(1)?.trim_start();
    let major = version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
    Some(Program { path: path.to_owned(), major })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_of_the_servers_version_is_taken_else_the_next_newer_and_never_an_older_one() {
        let program = |major: u32| Program { path: format!("/usr/lib/postgresql/{major}/bin/pg_dump").into(), major };
        let found = |majors: &[u32], server| fitting("pg_dump", majors.iter().map(|m| program(*m)).collect(), server);
        assert_eq!(found(&[18, 16, 17, 15], 16), Ok(program(16)));
        assert_eq!(found(&[18, 15, 17], 16), Ok(program(17)));
        assert_eq!(found(&[15, 14], 16), Err(NoProgram::Older("pg_dump", 15, 16)));
        assert_eq!(found(&[], 16), Err(NoProgram::None("pg_dump", 16)));
    }
}
