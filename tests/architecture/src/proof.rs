//! Every rule of privacy and security has its tests, or a reason why not yet (TST-1).

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::tree::File;

/// What the list says of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The tests that show it.
    Tests(Vec<String>),
    /// Why there are none yet.
    Pending(String),
}

/// Reads the list: `ID = ["test", …]` or `ID = { pending = "reason" }`.
///
/// # Errors
/// When it is not TOML or an entry has another shape.
pub fn parse(text: &str) -> Result<BTreeMap<String, Proof>, String> {
    let table: Table = text.parse().map_err(|fault: toml::de::Error| fault.to_string())?;
    table.into_iter().map(|(id, value)| Ok((id.clone(), entry(&id, &value)?))).collect()
}

fn entry(id: &str, value: &Value) -> Result<Proof, String> {
    if let Some(reason) = value.get("pending").and_then(Value::as_str) {
        return Ok(Proof::Pending(reason.to_owned()));
    }
    let names = value.as_array().map(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect());
    names
        .flatten()
        .map(Proof::Tests)
        .ok_or_else(|| format!("{id} is neither a list of tests nor pending with a reason"))
}

/// Names what the list leaves out, invents, claims without a test or still calls pending.
pub fn faults(ids: &[&str], list: &BTreeMap<String, Proof>, sources: &[File]) -> Vec<String> {
    let tests = test_names(sources);
    let missing = ids.iter().filter(|id| !list.contains_key(**id)).map(|id| format!("{id} is missing from the list"));
    let unknown = list.keys().filter(|id| !ids.contains(&id.as_str())).map(|id| format!("{id} is no rule"));
    let unproven = list.iter().flat_map(|(id, proof)| entry_faults(id, proof, &tests));
    missing.chain(unknown).chain(unproven).collect()
}

fn entry_faults(id: &str, proof: &Proof, tests: &[String]) -> Vec<String> {
    match proof {
        Proof::Tests(names) if names.is_empty() => vec![format!("{id} names no test")],
        Proof::Tests(names) => {
            let lost = names.iter().filter(|name| !tests.contains(name));
            let lost = lost.map(|name| format!("{id} names {name}, which is no test"));
            let unnamed = of_rule(id, tests).filter(|name| !names.contains(name));
            lost.chain(unnamed.map(|name| format!("{id} does not name {name}"))).collect()
        }
        Proof::Pending(reason) if reason.trim().is_empty() => vec![format!("{id} is pending without a reason")],
        Proof::Pending(_) => {
            of_rule(id, tests).map(|name| format!("{id} is called pending, but {name} is there")).collect()
        }
    }
}

/// The tests that are called after a rule.
fn of_rule<'t>(id: &str, tests: &'t [String]) -> impl Iterator<Item = &'t String> {
    let prefix = format!("{}_", id.to_lowercase().replace('-', "_"));
    tests.iter().filter(move |name| name.starts_with(&prefix))
}

/// Lists the functions that are tests: marked as one, or a law that an adapter's suite runs.
fn test_names(sources: &[File]) -> Vec<String> {
    sources.iter().flat_map(|file| names_in(&file.text, file.path.starts_with("tests/laws/"))).collect()
}

fn names_in(text: &str, is_law: bool) -> Vec<String> {
    let mut names = Vec::new();
    let mut marked = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[") && line.contains("test") && !line.contains("cfg(") {
            marked = true;
        }
        let Some(name) = function_name(line) else { continue };
        if marked || (is_law && line.starts_with("pub async fn ")) {
            names.push(name.to_owned());
        }
        marked = false;
    }
    names
}

fn function_name(line: &str) -> Option<&str> {
    let signature =
        ["fn ", "async fn ", "pub async fn ", "pub fn "].iter().find_map(|start| line.strip_prefix(start))?;
    signature.split(['(', '<']).next().filter(|name| !name.is_empty())
}
