//! As whom the server runs: PostgreSQL refuses root, so root hands over to an unprivileged user.

use std::{
    fs, io,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
};

use nix::unistd::{Uid, User};

use super::ClusterError;

/// The user of the server: ourselves, or somebody unprivileged when we are root.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account(Option<(u32, u32)>);

impl Account {
    pub(super) fn choose() -> Result<Self, ClusterError> {
        if !Uid::effective().is_root() {
            return Ok(Self(None));
        }
        let user = ["postgres", "nobody"].into_iter().find_map(|name| User::from_name(name).ok().flatten());
        user.map(|user| Self(Some((user.uid.as_raw(), user.gid.as_raw())))).ok_or(ClusterError::NoAccount)
    }

    /// Makes the command run as the account. The standard library drops root's other groups on the way.
    pub(super) fn own(self, command: &mut Command) {
        if let Self(Some((uid, gid))) = self {
            command.uid(uid).gid(gid);
        }
    }

    /// Makes a folder that nobody else may look into.
    pub(super) fn make_private(self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        self.give(folder)
    }

    /// Makes the folder that holds the private ones: the account may pass through it, and no more.
    pub(super) fn make_passage(self, folder: &Path) -> Result<(), ClusterError> {
        let failed = |source| ClusterError::Folder { folder: folder.to_path_buf(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        let mode = if self.0.is_some() { 0o711 } else { 0o700 };
        fs::set_permissions(folder, fs::Permissions::from_mode(mode)).map_err(failed)?;
        let mut visit = Command::new("/bin/sh");
        visit.args(["-c", r#"cd -- "$0""#]).arg(folder).current_dir("/").stderr(Stdio::null());
        self.own(&mut visit);
        match visit.status() {
            Ok(status) if status.success() => Ok(()),
            _ => Err(ClusterError::NotEnterable(folder.to_path_buf())),
        }
    }

    fn give(self, path: &Path) -> io::Result<()> {
        match self {
            Self(Some((uid, gid))) => std::os::unix::fs::chown(path, Some(uid), Some(gid)),
            Self(None) => Ok(()),
        }
    }
}
