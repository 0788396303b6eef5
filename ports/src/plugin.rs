//! How an adapter is declared, chosen by name and set up.
//!
//! An adapter declares its keys as data. The configuration reads, checks and prints them; the adapter's `build`
//! receives values that fit their kinds and says no only to what cannot work together.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::Arc};

use secrecy::{ExposeSecret, SecretString};

/// What a configured value must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A text that is never shown.
    Secret,
    /// A secret made from the product's own keys; nobody configures it.
    Derived,
    /// A whole number between these two, both included.
    Number(u64, u64),
    /// `true` or `false`.
    Flag,
    /// One of these.
    Choice(&'static [&'static str]),
    /// One or more of these, separated by commas, in order.
    Choices(&'static [&'static str]),
    /// An address to listen on, such as `127.0.0.1:8080`.
    Listen,
    /// An absolute URL.
    Url,
    /// A path in the file system.
    Path,
    /// An e-mail address.
    Email,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("a text"),
            Self::Secret | Self::Derived => f.write_str("a secret text"),
            Self::Number(low, high) => write!(f, "a whole number from {low} to {high}"),
            Self::Flag => f.write_str("true or false"),
            Self::Choice(names) => write!(f, "one of: {}", names.join(", ")),
            Self::Choices(names) => write!(f, "one or more, separated by commas, of: {}", names.join(", ")),
            Self::Listen => f.write_str("an address and port such as 127.0.0.1:8080"),
            Self::Url => f.write_str("an absolute URL such as https://crm.example.com"),
            Self::Path => f.write_str("a path"),
            Self::Email => f.write_str("an e-mail address"),
        }
    }
}

/// One key of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name inside its section.
    pub name: &'static str,
    /// What it is for, in one sentence.
    pub about: &'static str,
    /// The value where nobody sets one; none if it must be set.
    pub default: Option<&'static str>,
    /// What a value must look like.
    pub kind: Kind,
}

/// The values of one section, checked against its keys.
#[derive(Clone, Default)]
pub struct Settings {
    section: String,
    values: BTreeMap<String, SecretString>,
}

impl Settings {
    /// The settings of a section, each value as text.
    pub fn new(section: impl Into<String>, values: impl IntoIterator<Item = (String, String)>) -> Self {
        let values = values.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect();
        Self { section: section.into(), values }
    }

    /// Sets one more value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.values.insert(name.to_owned(), SecretString::from(value.into()));
        self
    }

    /// The value as the type that is asked for.
    ///
    /// # Errors
    /// [`BuildError`] if it is missing or does not fit.
    pub fn get<T: FromStr>(&self, name: &str) -> Result<T, BuildError>
    where
        T::Err: fmt::Display,
    {
        let raw = self.secret(name)?;
        raw.expose_secret().parse().map_err(|error: T::Err| self.fault(name, error))
    }

    /// The value, or none if it is empty.
    ///
    /// # Errors
    /// [`BuildError`] if it is missing or does not fit.
    pub fn optional<T: FromStr>(&self, name: &str) -> Result<Option<T>, BuildError>
    where
        T::Err: fmt::Display,
    {
        if self.secret(name)?.expose_secret().is_empty() { Ok(None) } else { self.get(name).map(Some) }
    }

    /// The value, still hidden.
    ///
    /// # Errors
    /// [`BuildError`] if it is missing.
    pub fn secret(&self, name: &str) -> Result<&SecretString, BuildError> {
        self.values.get(name).ok_or_else(|| self.fault(name, "is not set"))
    }

    /// The error that names one of this section's keys.
    pub fn fault(&self, name: &str, reason: impl fmt::Display) -> BuildError {
        BuildError { key: format!("{}.{name}", self.section), reason: reason.to_string() }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Settings({}: {:?})", self.section, self.values.keys())
    }
}

/// An adapter cannot work with its settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` {reason}")]
pub struct BuildError {
    /// The key to change, with its section.
    pub key: String,
    /// What is wrong with it.
    pub reason: String,
}

/// One way to serve the port `P`.
pub struct Adapter<P: ?Sized> {
    /// The name by which the configuration chooses it.
    pub name: &'static str,
    /// What can be set about it.
    pub keys: &'static [Key],
    /// Makes it.
    pub build: fn(Settings) -> Result<Arc<P>, BuildError>,
}

/// The adapter of that name.
///
/// # Errors
/// [`Unknown`], with the names there are.
pub fn select<'a, P: ?Sized>(adapters: &'a [Adapter<P>], name: &str) -> Result<&'a Adapter<P>, Unknown> {
    let known = || adapters.iter().map(|adapter| adapter.name).collect();
    adapters
        .iter()
        .find(|adapter| adapter.name == name)
        .ok_or_else(|| Unknown { name: name.to_owned(), known: known() })
}

/// No adapter has that name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no adapter `{name}`; there are: {}", known.join(", "))]
pub struct Unknown {
    /// The name that was asked for.
    pub name: String,
    /// The names there are.
    pub known: Vec<&'static str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &[Adapter<str>] = &[Adapter { name: "plain", keys: &[], build: |_| Ok(Arc::from("plain")) }];

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        assert_eq!(select(PLAIN, "plain").map(|adapter| adapter.name), Ok("plain"));
        let error = select(PLAIN, "fancy").map(|adapter| adapter.name).unwrap_err();
        assert_eq!(error.to_string(), "there is no adapter `fancy`; there are: plain");
    }

    #[test]
    fn a_value_that_does_not_fit_names_its_key() {
        let settings = Settings::new("smtp", [("port".to_owned(), "many".to_owned())]);
        assert_eq!(settings.get::<u16>("port").unwrap_err().key, "smtp.port");
        assert_eq!(settings.get::<String>("host").unwrap_err().to_string(), "`smtp.host` is not set");
    }

    #[test]
    fn log_1_settings_never_show_their_values() {
        let settings = Settings::new("smtp", []).with("password", "hunter2 hunter2");
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
