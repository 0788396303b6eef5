//! The configuration: what can be set, where it is set, and whether it fits.
//!
//! Keys are data ([`Section`], `ports::plugin::Key`). Values come from the defaults, then the file, then the
//! environment; the later wins. Every fault is told at once, and no secret is ever shown.

mod checks;
mod fault;
mod file;
mod fit;
mod load;
mod print;
mod section;
mod sources;
mod subprocessors;

use std::collections::BTreeMap;

use qualify_domain::subprocessor::Subprocessor;
use qualify_ports::plugin::Settings;

pub use self::{
    fault::{Fault, Faults, Origin},
    load::Purpose,
    print::print,
    section::{Chooser, Section},
    sources::Sources,
};

/// Values that fit their keys, by section, and the list of subprocessors.
#[derive(Clone, Debug)]
pub struct Config {
    sections: BTreeMap<&'static str, Settings>,
    subprocessors: Vec<Subprocessor>,
}

impl Config {
    /// Reads the sources as far as `purpose` needs them.
    ///
    /// # Errors
    /// Every fault there is.
    pub fn load(sources: &Sources, purpose: Purpose) -> Result<Self, Faults> {
        load::load(&section::all(), sources, purpose)
    }

    /// The settings of a section; none set if there is no such section.
    pub fn section(&self, name: &str) -> Settings {
        self.sections.get(name).cloned().unwrap_or_else(|| Settings::new(name, []))
    }

    /// Who else gets personal data (PRV-3).
    pub fn subprocessors(&self) -> &[Subprocessor] {
        &self.subprocessors
    }
}
