//! Why a command did not do what was asked.

use std::{error::Error, fmt::Write};

use qualify_domain::violation::Rule;
use qualify_ports::plugin::{BuildError, Unknown};
use qualify_postgres::{Finding, Weight};

use crate::config::Faults;

/// Why a command did not do what was asked; each kind has its exit code.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration has faults.
    #[error("{0}")]
    Configuration(#[from] Faults),
    /// An adapter refuses its settings.
    #[error("The configuration has a fault:\n  {0}")]
    Adapter(#[from] BuildError),
    /// An adapter is not there.
    #[error("The configuration has a fault:\n  {0}")]
    NoAdapter(#[from] Unknown),
    /// The database is not one to run on.
    #[error("{}", unfit(.0))]
    Unfit(Vec<Finding>),
    /// Somebody who only asked was told what is wrong.
    #[error("`qualify serve` would refuse to start.")]
    Told {
        /// Whether the configuration itself has faults.
        configuration: bool,
    },
    /// Something did not work.
    #[error("{0}")]
    Failed(String, #[source] Option<Box<dyn Error + Send + Sync>>),
}

impl Failure {
    /// Something did not work, without a cause to tell.
    pub fn plain(what: impl Into<String>) -> Self {
        Self::Failed(what.into(), None)
    }

    /// What was said with an option breaks a rule.
    pub fn option(option: &str, rule: Rule) -> Self {
        let limit = rule.limit().map(|limit| format!(" ({limit})")).unwrap_or_default();
        Self::plain(format!("{option}: {}{limit}; --help tells what it can be", rule.code()))
    }

    /// Something did not work, because of `cause`.
    pub fn because<E>(what: impl Into<String>) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let what = what.into();
        move |cause| Self::Failed(what, Some(cause.into()))
    }

    /// What the process answers to whoever started it.
    pub fn code(&self) -> u8 {
        match self {
            Self::Failed(..) => 1,
            Self::Configuration(_) | Self::Adapter(_) | Self::NoAdapter(_) | Self::Told { configuration: true } => 2,
            Self::Unfit(_) | Self::Told { configuration: false } => 3,
        }
    }

    /// The whole message, causes included.
    pub fn message(&self) -> String {
        let mut message = self.to_string();
        let mut cause = self.source();
        // Faults tell their own story.
        while let (Self::Failed(..), Some(error)) = (self, cause) {
            let _ = write!(message, ": {error}");
            cause = error.source();
        }
        message
    }
}

fn unfit(findings: &[Finding]) -> String {
    let mut message = String::from("This database is not one to run on:");
    for finding in findings.iter().filter(|finding| finding.weight == Weight::Refused) {
        let _ = write!(message, "\n  ✗ {finding}");
    }
    message + "\n`qualify check` tells more."
}
