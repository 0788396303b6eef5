use std::{collections::BTreeMap, fs, path::PathBuf};

use qualify_domain::subprocessor::Subprocessor;
use qualify_ports::plugin::{Key, Kind, Settings};

use super::{
    Config,
    checks::refusal,
    fault::{Fault, Faults, Origin},
    file,
    fit::{fits, is_secret},
    section::{Chooser, Section},
    sources::Sources,
};

/// What the configuration is read for: nobody is asked for what is not needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To serve and to work.
    Run,
    /// To look into the database, as the runtime role.
    Look,
    /// To change the schema, as the migrator.
    Migrate,
}

impl Purpose {
    fn demands(self, section: &str, key: &Key) -> bool {
        match self {
            Self::Run => key.default.is_none(),
            Self::Look => section == "database" && key.default.is_none(),
            Self::Migrate => (section, key.name) == ("database", "migrator_url"),
        }
    }
}

struct Value {
    text: String,
    origin: Origin,
}

type Values = BTreeMap<(&'static str, &'static str), Value>;

/// Reads the sources one over the other, and checks what came of it.
pub(super) fn load(sections: &[Section], sources: &Sources, purpose: Purpose) -> Result<Config, Faults> {
    let subprocessors = sources.demo_subprocessors.clone();
    let mut loader = Loader { sections, values: Values::new(), subprocessors, faults: Vec::new() };
    loader.take_defaults();
    if let Some(path) = &sources.file {
        loader.take_file(path);
    }
    loader.take_environment(&sources.environment);
    loader.take_demo(&sources.demo);
    loader.check(purpose);
    if loader.faults.is_empty() { Ok(loader.finish()) } else { Err(Faults(loader.faults)) }
}

struct Loader<'a> {
    sections: &'a [Section],
    values: Values,
    subprocessors: Vec<Subprocessor>,
    faults: Vec<Fault>,
}

impl Loader<'_> {
    fn take_defaults(&mut self) {
        for section in self.sections {
            for key in &section.keys {
                if let Some(default) = key.default {
                    self.set(section.name, key.name, default.to_owned(), Origin::Default);
                }
            }
        }
    }

    fn take_file(&mut self, path: &std::path::Path) {
        let (entries, subprocessors) = file::read(path, &mut self.faults);
        self.subprocessors.extend(subprocessors);
        for entry in entries {
            let Some(section) = self.sections.iter().find(|section| section.name == entry.section) else {
                let known = self.sections.iter().map(|section| section.name);
                self.unknown(format!("[{}]", entry.section), entry.origin, "section", &entry.section, known);
                continue;
            };
            let Some(key) = section.key(&entry.key) else {
                let full = format!("{}.{}", entry.section, entry.key);
                self.unknown(full, entry.origin, "key", &entry.key, section.keys.iter().map(|key| key.name));
                continue;
            };
            match entry.text {
                Some(text) => self.set(section.name, key.name, text, entry.origin),
                None => self.wrong(section.name, key, None, Some(entry.origin), format!("expected {}", key.kind)),
            }
        }
    }

    fn take_environment(&mut self, environment: &BTreeMap<String, String>) {
        let keys = self.sections.iter().flat_map(|section| {
            section.keys.iter().map(move |key| (section.variable(key.name), (section.name, key.name)))
        });
        let keys: BTreeMap<String, (&'static str, &'static str)> = keys.collect();
        for (variable, value) in environment {
            if let Some(&(section, key)) = keys.get(variable) {
                self.set(section, key, value.clone(), Origin::Environment(variable.clone()));
                continue;
            }
            match variable.strip_suffix("_FILE").and_then(|plain| Some((plain, keys.get(plain)?))) {
                Some((plain, &(section, key))) if !environment.contains_key(plain) => {
                    self.take_secret_file(section, key, variable, value);
                }
                Some((plain, _)) => {
                    let expected = format!("is set twice: remove either {variable} or {plain}");
                    self.faults.push(Fault { key: variable.clone(), value: None, origin: None, expected });
                }
                None => {
                    let origin = Origin::Environment(variable.clone());
                    self.unknown(variable.clone(), origin, "variable", variable, keys.keys().map(String::as_str));
                }
            }
        }
    }

    fn take_secret_file(&mut self, section: &'static str, key: &'static str, variable: &str, path: &str) {
        match fs::read_to_string(path) {
            Ok(text) => {
                let text = text.trim_end_matches(['\r', '\n']).to_owned();
                self.set(section, key, text, Origin::SecretFile(variable.to_owned(), PathBuf::from(path)));
            }
            Err(error) => {
                let expected = format!("expected a file that can be read: {error}");
                let origin = Some(Origin::Environment(variable.to_owned()));
                self.faults.push(Fault { key: variable.to_owned(), value: Some(path.to_owned()), origin, expected });
            }
        }
    }

    fn take_demo(&mut self, demo: &BTreeMap<String, String>) {
        for section in self.sections {
            for key in &section.keys {
                if let Some(text) = demo.get(&format!("{}.{}", section.name, key.name)) {
                    self.set(section.name, key.name, text.clone(), Origin::Demo);
                }
            }
        }
    }

    fn set(&mut self, section: &'static str, key: &'static str, text: String, origin: Origin) {
        self.values.insert((section, key), Value { text, origin });
    }

    fn check(&mut self, purpose: Purpose) {
        for section in self.sections {
            let wanted = section.chosen_by.is_none_or(|chooser| self.is_chosen(chooser, section.name));
            for key in &section.keys {
                let full = (section.name, key.name);
                let missing = self.values.get(&full).is_none_or(|value| value.text.is_empty());
                if missing && wanted && key.kind != Kind::Derived && purpose.demands(section.name, key) {
                    self.missing(section, key);
                } else if let Some(value) = self.values.get(&full) {
                    let refused = if fits(key, &value.text) {
                        refusal(section.name, key.name, &value.text)
                    } else {
                        Some(expectation(key))
                    };
                    if let Some(expected) = refused {
                        let (text, origin) = (value.text.clone(), value.origin.clone());
                        self.wrong(section.name, key, Some(text), Some(origin), expected);
                    }
                }
            }
        }
    }

    fn is_chosen(&self, chooser: Chooser, adapter: &str) -> bool {
        let chosen = self.values.get(&(chooser.section, chooser.key));
        chosen.is_some_and(|value| value.text.split(',').any(|name| name.trim() == adapter))
    }

    fn missing(&mut self, section: &Section, key: &Key) {
        let variable = section.variable(key.name);
        // An origin-less fault with a value of none reads as "is not set".
        let expected =
            format!("is not set: expected {}; set it in [{}] of the file or as {variable}", key.kind, section.name);
        self.wrong(section.name, key, None, None, expected);
    }

    fn wrong(&mut self, section: &str, key: &Key, text: Option<String>, origin: Option<Origin>, expected: String) {
        let value = text.map(|text| if is_secret(key.kind) { "(secret)".to_owned() } else { shortened(&text) });
        self.faults.push(Fault { key: format!("{section}.{}", key.name), value, origin, expected });
    }

    /// What nobody knows may be a secret with a misspelt name: its value is never shown.
    fn unknown<'k>(
        &mut self,
        key: String,
        origin: Origin,
        what: &str,
        name: &str,
        known: impl Iterator<Item = &'k str> + Clone,
    ) {
        let nearest = known.clone().map(|other| (strsim::damerau_levenshtein(name, other), other)).min();
        let hint = match nearest {
            Some((distance, other)) if distance <= 2.max(name.len() / 4) => format!("did you mean `{other}`?"),
            _ => format!("there are: {}", known.collect::<Vec<_>>().join(", ")),
        };
        // The variable stands at the fault's beginning already.
        let origin = if matches!(origin, Origin::Environment(_)) { None } else { Some(origin) };
        self.faults.push(Fault { key, value: None, origin, expected: format!("no such {what}; {hint}") });
    }

    fn finish(self) -> Config {
        let mut settings: BTreeMap<&'static str, Settings> = BTreeMap::new();
        for section in self.sections {
            settings.insert(section.name, Settings::new(section.name, []));
        }
        for ((section, key), value) in self.values {
            let one = settings.remove(section).unwrap_or_else(|| Settings::new(section, []));
            settings.insert(section, one.with(key, value.text));
        }
        Config { sections: settings, subprocessors: self.subprocessors }
    }
}

fn expectation(key: &Key) -> String {
    match key.kind {
        Kind::Derived => "is made from security.keys; nobody sets it".to_owned(),
        kind => format!("expected {kind}"),
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 80;
    if text.chars().count() <= MOST { text.to_owned() } else { text.chars().take(MOST).chain(['…']).collect() }
}
