//! How files are named and how long they may get.

use crate::tree::File;

/// Past this, its unit tests not counted, a file holds more than one thing.
pub const LINES: usize = 400;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] =
    &["util", "utils", "helper", "helpers", "common", "misc", "manager", "service", "services"];

/// Names every file that breaks a rule of naming or length.
pub fn faults(files: &[File]) -> Vec<String> {
    files
        .iter()
        .flat_map(|file| file_faults(file).into_iter().map(move |fault| format!("{}: {fault}", file.path)))
        .collect()
}

fn file_faults(file: &File) -> Vec<String> {
    let mut faults = Vec::new();
    let name = file.path.rsplit('/').next().unwrap_or_default();
    if name == "mod.rs" {
        faults.push("a module is `name.rs`, beside the folder `name`".to_owned());
    }
    if file.path.split('/').any(|part| EMPTY_NAMES.contains(&part.split('.').next().unwrap_or_default())) {
        faults.push("the name says nothing about what is inside".to_owned());
    }
    let lines = file.text.lines().take_while(|line| *line != "#[cfg(test)]").count();
    if lines > LINES && file.ending() != "css" {
        faults.push(format!("{lines} lines are more than {LINES}"));
    }
    if file.path.starts_with("migrations/") && !is_migration_name(name) {
        faults.push("a migration is called NNNN_verb_object.sql".to_owned());
    }
    faults
}

fn is_migration_name(name: &str) -> bool {
    let Some((number, rest)) = name.split_once('_') else { return false };
    let Some(words) = rest.strip_suffix(".sql") else { return false };
    let words: Vec<&str> = words.split('_').collect();
    number.len() == 4
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && words.len() >= 2
        && words
            .iter()
            .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

/// Names numbers that two migrations bear. Gaps are no fault: a number is taken when work begins, not when it lands.
pub fn numbering_faults(files: &[File]) -> Vec<String> {
    let names = files.iter().filter_map(|file| file.path.strip_prefix("migrations/"));
    let mut numbers: Vec<_> = names.map(|name| name.split('_').next().unwrap_or_default()).collect();
    numbers.sort_unstable();
    let doubles = numbers.windows(2).filter(|pair| pair[0] == pair[1]);
    doubles.map(|pair| format!("two migrations are number {}", pair[0])).collect()
}
