//! How the packages of the workspace are declared: every version once, every lint once, names from folders.

use toml::{Table, Value};

use crate::tree::File;

/// Names every manifest that goes its own way. `manifests` are the `Cargo.toml` files of the members.
pub fn faults(manifests: &[File]) -> Vec<String> {
    manifests
        .iter()
        .flat_map(|file| file_faults(file).into_iter().map(move |fault| format!("{}: {fault}", file.path)))
        .collect()
}

fn file_faults(file: &File) -> Vec<String> {
    let Ok(manifest) = file.text.parse::<Table>() else { return vec!["is not TOML".to_owned()] };
    let mut faults = Vec::new();
    let name = manifest.get("package").and_then(|package| package.get("name")).and_then(Value::as_str);
    if name != Some(&named_after_folder(&file.path)) {
        faults.push(format!("the package is to be called {}", named_after_folder(&file.path)));
    }
    if manifest.get("lints").and_then(|lints| lints.get("workspace")) != Some(&Value::Boolean(true)) {
        faults.push("the lints of the workspace are not taken over".to_owned());
    }
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let declared = manifest.get(section).and_then(Value::as_table).into_iter().flatten();
        let own = declared.filter(|(_, value)| value.get("version").is_some() || value.is_str());
        faults.extend(own.map(|(dependency, _)| format!("the version of {dependency} belongs in the root manifest")));
    }
    faults
}

fn named_after_folder(path: &str) -> String {
    let folder = path.trim_end_matches("/Cargo.toml").rsplit('/').next().unwrap_or_default();
    format!("qualify-{}", folder.replace('_', "-"))
}
