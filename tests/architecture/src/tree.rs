//! The files of the repository.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A text file, by its path from the root with forward slashes.
#[derive(Clone, Debug)]
pub struct File {
    /// Where it stands.
    pub path: String,
    /// What it says.
    pub text: String,
}

impl File {
    /// Makes a file that stands nowhere, for negative controls.
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Tells the language it is written in by the ending of its name.
    pub fn ending(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, ending)| ending)
    }
}

/// What others made: never read.
const FOREIGN: &[&str] = &["target", "node_modules", "dist", "demo-data"];

/// Finds the root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_owned()
}

/// Reads every file below `root` whose name ends in one of `endings`, sorted by path.
///
/// # Errors
/// When a folder or a file cannot be read.
pub fn files(root: &Path, endings: &[&str]) -> io::Result<Vec<File>> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || FOREIGN.contains(&name.as_str()) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(read(root, &entry.path())?);
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn read(root: &Path, path: &Path) -> io::Result<File> {
    let relative = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
    Ok(File { path: relative, text: fs::read_to_string(path)? })
}
