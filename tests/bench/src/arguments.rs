use std::{path::PathBuf, time::Duration};

use crate::Fallible;

pub const USAGE: &str = "\
Usage: qualify-bench all|copy|intake|jobs|list|sign-in|size|sweep [--seconds N] [--rounds N] [--leads N] [--strict] [--program FILE]

  all        everything below
  copy       all that is kept of one person, as a file
  intake     submissions over HTTP, against the database's ceiling and a bare endpoint
  jobs       leads exported, imported and scored anew
  list       pages of a member and reports, few and many leads
  sign-in    lists and submissions during 200 sign-ins at once
  size       memory, size of the program, time to start
  sweep      addresses that had their time taken out while forms are sent

  --seconds  how long each contender runs in each round of `intake` (default 8)
  --rounds   how many rounds; medians are told (default 5)
  --leads    how many leads are many (default 1000000)
  --strict   exit with 1 if a target is missed; else only if a measurement failed
  --program  the `qualify` to measure (default: the one beside this program)";

/// What was asked for.
#[derive(Debug)]
pub struct Arguments {
    pub command: Command,
    pub time: Duration,
    pub rounds: usize,
    pub leads: i64,
    pub strict: bool,
    pub program: PathBuf,
}

/// What to measure.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    All,
    Copy,
    Intake,
    Jobs,
    List,
    SignIn,
    Size,
    Sweep,
    /// Not for people: the endpoint that intake is compared with, in a process of its own.
    Bare {
        database: String,
    },
}

impl Arguments {
    pub fn read(words: impl Iterator<Item = String>) -> Fallible<Self> {
        let mut words = words;
        let mut value = |name: &str| words.next().ok_or(format!("{name} is missing"));
        let command = match value("a command")?.as_str() {
            "all" => Command::All,
            "copy" => Command::Copy,
            "intake" => Command::Intake,
            "jobs" => Command::Jobs,
            "list" => Command::List,
            "sign-in" => Command::SignIn,
            "size" => Command::Size,
            "sweep" => Command::Sweep,
            "bare" => Command::Bare { database: value("the database")? },
            other => return Err(format!("there is no command {other:?}").into()),
        };
        let program = std::env::current_exe()?.with_file_name("qualify");
        let time = Duration::from_secs(8);
        let mut read = Self { command, time, rounds: 5, leads: 1_000_000, strict: false, program };
        while let Ok(word) = value("") {
            match word.as_str() {
                "--seconds" => read.time = Duration::from_secs(value("--seconds")?.parse()?),
                "--rounds" => read.rounds = value("--rounds")?.parse::<usize>()?.max(1),
                "--leads" => read.leads = value("--leads")?.parse::<i64>()?.max(10_000),
                "--program" => read.program = value("--program")?.into(),
                "--strict" => read.strict = true,
                other => return Err(format!("there is no option {other:?}").into()),
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Fallible<Arguments> {
        Arguments::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_follow_the_command() {
        let arguments = read("intake --seconds 2 --rounds 1 --strict").unwrap();
        assert_eq!((arguments.time.as_secs(), arguments.rounds, arguments.strict), (2, 1, true));
        assert_eq!(arguments.command, Command::Intake);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for line in ["", "everything", "all --fast", "all --seconds", "all --rounds many"] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
