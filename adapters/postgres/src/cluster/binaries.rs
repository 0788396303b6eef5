//! Where the installed PostgreSQL server is.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use super::ClusterError;

/// The lowest major version served.
pub const LOWEST_VERSION: u32 = 15;

/// A folder with the server's programs, and what version they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binaries {
    folder: PathBuf,
    major: u32,
}

impl Binaries {
    /// Finds the newest server, or the one that can read data of version `major`.
    pub(super) fn find(major: Option<u32>) -> Result<Self, ClusterError> {
        let given = env::var_os("QUALIFY_PG_BIN").map(PathBuf::from);
        if let Some(folder) = &given
            && !is_complete(folder)
        {
            return Err(ClusterError::NotBinaries(folder.clone()));
        }
        let folders = given.map_or_else(usual_folders, |folder| vec![folder]);
        let mut found: Vec<Self> =
            folders.into_iter().filter(|folder| is_complete(folder)).filter_map(|folder| of(&folder)).collect();
        found.sort_by_key(|binaries| std::cmp::Reverse(binaries.major));
        let newest = found.first().ok_or(ClusterError::NoBinaries)?.major;
        match found.into_iter().find(|binaries| major.is_none_or(|major| major == binaries.major)) {
            Some(binaries) if binaries.major < LOWEST_VERSION => Err(ClusterError::TooOld(binaries.major)),
            Some(binaries) => Ok(binaries),
            None => Err(ClusterError::OtherVersion { data: major.unwrap_or_default(), server: newest }),
        }
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }
}

/// Where programs of PostgreSQL may be.
pub(crate) fn program_folders() -> Vec<PathBuf> {
    env::var_os("QUALIFY_PG_BIN").map_or_else(usual_folders, |folder| vec![folder.into()])
}

fn usual_folders() -> Vec<PathBuf> {
    let children = |folder: &str| {
        Path::new(folder).read_dir().into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path())
    };
    let homebrew = ["/opt/homebrew/opt", "/usr/local/opt"].into_iter().flat_map(children).filter(|path| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("postgresql"))
    });
    let debian = children("/usr/lib/postgresql");
    let fedora = Path::new("/usr/pgsql").to_path_buf();
    let mut folders: Vec<PathBuf> = debian.chain(homebrew).chain([fedora]).map(|path| path.join("bin")).collect();
    folders.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
    folders
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file())
}

fn of(folder: &Path) -> Option<Binaries> {
    let folder = folder.join("postgres").canonicalize().ok()?.parent()?.to_path_buf();
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let major = major_version(&String::from_utf8_lossy(&output.stdout))?;
    is_complete(&folder).then_some(Binaries { folder, major })
}

fn major_version(line: &str) -> Option<u32> {
    let version = line.split(')').nth(1)?.trim_start();
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_the_server_says() {
        assert_eq!(major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_version("no such thing"), None);
    }

    #[test]
    fn a_folder_with_only_one_of_the_programs_is_not_a_server() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("postgres"), "").unwrap();
        assert!(!is_complete(folder.path()));
        std::fs::write(folder.path().join("initdb"), "").unwrap();
        assert!(is_complete(folder.path()));
    }
}
