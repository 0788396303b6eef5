use std::{collections::BTreeMap, env, path::PathBuf};

use qualify_domain::subprocessor::Subprocessor;

/// Variables that begin like ours but are no keys: this program's other switches, and what Kubernetes sets for a
/// service called `qualify`.
const NOT_KEYS: &[&str] =
    &["QUALIFY_CONFIG", "QUALIFY_PG_BIN", "QUALIFY_TEST_", "QUALIFY_SERVICE_", "QUALIFY_PORT", "QUALIFY_DEMO_"];

/// The file that is read where nothing else is said and it is there.
const USUAL_FILE: &str = "qualify.toml";

/// Where values come from, besides the defaults.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// The variables that begin with `QUALIFY_`. An empty one counts as not set.
    pub environment: BTreeMap<String, String>,
    /// Values that the demo sets itself, by `section.key`.
    pub demo: BTreeMap<String, String>,
    /// The subprocessors that the demo names.
    pub demo_subprocessors: Vec<Subprocessor>,
}

impl Sources {
    /// The sources of this process: the file named on the command line or by `QUALIFY_CONFIG`, else `./qualify.toml` if
    /// there is one; and the environment.
    pub fn of_process(named: Option<PathBuf>) -> Self {
        let named = named.or_else(|| env::var_os("QUALIFY_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from));
        let usual = PathBuf::from(USUAL_FILE);
        Self {
            file: named.or_else(|| usual.is_file().then_some(usual)),
            environment: environment(),
            demo: BTreeMap::new(),
            demo_subprocessors: Vec::new(),
        }
    }
}

fn environment() -> BTreeMap<String, String> {
    env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .filter(|(name, value)| name.starts_with("QUALIFY_") && !value.is_empty())
        .filter(|(name, _)| !NOT_KEYS.iter().any(|other| name.starts_with(other)))
        .collect()
}
