use std::{fmt, path::PathBuf};

/// Where a value was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: it is the default.
    Default,
    /// In the file, on this line.
    File(PathBuf, usize),
    /// In this environment variable.
    Environment(String),
    /// In the file that this environment variable names.
    SecretFile(String, PathBuf),
    /// By the demo itself.
    Demo,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}, line {line}", path.display()),
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::SecretFile(variable, path) => write!(f, "{}, named by environment {variable}", path.display()),
            Self::Demo => f.write_str("set by the demo"),
        }
    }
}

/// One thing that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The key with its section, or what stands in its place.
    pub key: String,
    /// The value as it may be shown; none where it is missing, secret or of an unknown key.
    pub value: Option<String>,
    /// Where it was set; none where nothing was.
    pub origin: Option<Origin>,
    /// What is expected instead.
    pub expected: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key)?;
        if let Some(value) = &self.value {
            write!(f, " = {value:?}")?;
        }
        if let Some(origin) = &self.origin {
            write!(f, " ({origin})")?;
        }
        write!(f, ": {}", self.expected)
    }
}

/// All that is wrong with the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("The configuration has a fault:")?,
            n => write!(f, "The configuration has {n} faults:")?,
        }
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))?;
        f.write_str("\n`qualify config` prints every key with its meaning and its default.")
    }
}

impl std::error::Error for Faults {}
