//! Queries take the time as a parameter; the database's own clock may only stamp technical columns by default (CLK-1).

use crate::tree::File;

/// The ways to ask PostgreSQL what time it is.
const CLOCKS: &[&str] = &[
    "now()",
    "current_timestamp",
    "current_date",
    "current_time",
    "localtimestamp",
    "localtime",
    "clock_timestamp()",
    "statement_timestamp()",
    "transaction_timestamp()",
    "timeofday()",
];

/// It compares the database's clock with ours, and decides nothing by it.
const COMPARES: &str = "adapters/postgres/src/fitness/clock.rs";

/// Names every line that asks the database's clock, outside a column default.
pub fn faults(files: &[File]) -> Vec<String> {
    files.iter().filter(|file| file.path != COMPARES).flat_map(file_faults).collect()
}

fn file_faults(file: &File) -> Vec<String> {
    let lines = file.text.lines().enumerate();
    let wrong = lines.filter(|(_, line)| asks_the_clock(&without_comment(line, file.ending()).to_lowercase()));
    wrong.map(|(number, line)| format!("{}:{}: {}", file.path, number + 1, line.trim())).collect()
}

fn without_comment<'a>(line: &'a str, language: &str) -> &'a str {
    let mark = if language == "sql" { "--" } else { "//" };
    line.split_once(mark).map_or(line, |(code, _)| code)
}

fn asks_the_clock(line: &str) -> bool {
    CLOCKS.iter().any(|clock| line.match_indices(clock).any(|(at, _)| is_a_query(line, at, clock)))
}

/// Tells a call of the database's clock from a column default, a method of ours and a longer word.
fn is_a_query(line: &str, at: usize, clock: &str) -> bool {
    let before = line[..at].trim_end_matches("pg_catalog.");
    let after = line[at + clock.len()..].chars().next();
    let ours = before.ends_with(['.', ':', '_']) || before.ends_with("fn ");
    let longer = before.chars().next_back().is_some_and(char::is_alphanumeric)
        || (!clock.ends_with(')') && after.is_some_and(|next| next.is_alphanumeric() || next == '_'));
    !ours && !longer && !before.trim_end().ends_with("default")
}
