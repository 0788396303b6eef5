//! A PostgreSQL of one's own, made of the installed server programs: for `qualify demo` and for tests.
//!
//! It listens on a unix socket only, in a folder that nobody but its user may enter; that folder is its lock, so
//! connections are trusted. It ends with the process that started it, even when that is killed.

mod account;
mod binaries;
mod server;

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;

pub use self::binaries::LOWEST_VERSION;
pub(crate) use self::binaries::program_folders;
use self::{
    account::Account,
    binaries::Binaries,
    server::{Launch, Server},
};
use crate::provision::{self, SUPERUSER};

/// Longer paths of a socket are cut by the kernel: 104 bytes on macOS, 108 on Linux, with `/.s.PGSQL.5432` in them.
const LONGEST_SOCKET_FOLDER: usize = 88;
const STARTING: Duration = Duration::from_secs(30);

/// What a private cluster is to be.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    /// The folder that holds everything; made if missing.
    pub data_dir: PathBuf,
    /// Whether what was committed survives a crash of the machine. Only tests can do without.
    pub durable: bool,
}

/// Why there is no private cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No server is installed.
    #[error(
        "no PostgreSQL server programs were found; install them with `{}` or set QUALIFY_PG_BIN to the folder of \
         `initdb` and `postgres`",
        install_command()
    )]
    NoBinaries,
    /// The folder named by the environment is not a server's.
    #[error("QUALIFY_PG_BIN is {0:?}, which does not contain both `initdb` and `postgres`")]
    NotBinaries(PathBuf),
    /// Only an old server is installed.
    #[error("PostgreSQL {0} is installed, {LOWEST_VERSION} or newer is needed; install it with `{command}`", command = install_command())]
    TooOld(u32),
    /// The data were written by another version.
    #[error(
        "the data were written by PostgreSQL {data}, but the installed server is {server}; install version {data} too"
    )]
    OtherVersion {
        /// The version that wrote the data.
        data: u32,
        /// The newest installed version.
        server: u32,
    },
    /// Root, and nobody to hand over to.
    #[error("PostgreSQL does not run as root, and this machine has neither a user `postgres` nor `nobody`")]
    NoAccount,
    /// The unprivileged user cannot get at the data.
    #[error(
        "{0:?} lies in a folder that the server's user may not enter; choose another data directory, such as /var/lib/qualify"
    )]
    NotEnterable(PathBuf),
    /// A folder could not be made.
    #[error("{folder:?} cannot be used as a data directory")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another process runs on the same data.
    #[error("{0:?} is in use by another process")]
    InUse(PathBuf),
    /// `initdb` failed.
    #[error("initdb failed ({status}): {output}")]
    Initdb {
        /// How it ended.
        status: ExitStatus,
        /// What it said.
        output: String,
    },
    /// A program could not be started or watched.
    #[error("the PostgreSQL server cannot be started")]
    Spawn(#[source] io::Error),
    /// The server ended instead of starting.
    #[error("the PostgreSQL server ended at its start ({status}): {log}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// What it wrote.
        log: String,
    },
    /// The server did not start in time.
    #[error("the PostgreSQL server did not start within {} s", STARTING.as_secs())]
    Late,
    /// The server was started, but refused to prepare a database.
    #[error("the database cannot be prepared")]
    Database(#[from] sqlx::Error),
}

fn install_command() -> &'static str {
    if cfg!(target_os = "macos") {
        "brew install postgresql"
    } else if Path::new("/usr/bin/dnf").exists() {
        "sudo dnf install postgresql-server"
    } else {
        "sudo apt-get install -y --no-install-recommends postgresql"
    }
}

/// A running PostgreSQL that belongs to this process.
#[derive(Debug)]
pub struct PrivateCluster {
    server: Server,
    sockets: PathBuf,
    // Fields drop in this order: the server ends before its folders and its lock are given up.
    _socket_folder: Option<TempDir>,
    _lock: File,
}

impl PrivateCluster {
    /// Starts the server, making its data first if there are none.
    ///
    /// # Errors
    /// [`ClusterError`], each with a message for the person at the terminal.
    pub async fn start(options: ClusterOptions) -> Result<Self, ClusterError> {
        Self::launch(options, false, None).await
    }

    /// Starts a server whose folder is removed when it ends. For tests: durable is what it is not.
    ///
    /// # Errors
    /// As [`Self::start`].
    #[cfg(feature = "testing")]
    pub(crate) async fn start_throwaway(folder: TempDir) -> Result<Self, ClusterError> {
        Self::launch(ClusterOptions { data_dir: folder.keep(), durable: false }, true, None).await
    }

    /// Starts such a server to end with another process than this one.
    ///
    /// # Errors
    /// As [`Self::start`].
    #[cfg(feature = "testing")]
    pub(crate) async fn start_throwaway_for(folder: TempDir, process: u32) -> Result<Self, ClusterError> {
        Self::launch(ClusterOptions { data_dir: folder.keep(), durable: false }, true, Some(process)).await
    }

    async fn launch(options: ClusterOptions, remove: bool, end_with: Option<u32>) -> Result<Self, ClusterError> {
        let account = Account::choose()?;
        account.make_passage(&options.data_dir)?;
        let data_dir = options.data_dir.canonicalize().map_err(ClusterError::Spawn)?;
        let lock = lock(&data_dir)?;
        let data = data_dir.join("postgresql");
        let binaries = Binaries::find(data_version(&data))?;
        if !data.exists() {
            initdb(&binaries, account, &data, options.durable)?;
        }
        let (sockets, socket_folder) = socket_folder(&data_dir, account).map_err(ClusterError::Spawn)?;
        wait_for_predecessor(&data).await;
        let log = data_dir.join("postgresql.log");
        let remove = remove.then_some(data_dir.as_path());
        let launch = Launch { data: &data, sockets: &sockets, log: &log, durable: options.durable, remove, end_with };
        let mut server = Server::spawn(&binaries, account, &launch)?;
        let start = Instant::now();
        while !server.is_ready(&data, &log)? {
            if start.elapsed() > STARTING {
                return Err(ClusterError::Late);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(Self { server, sockets, _socket_folder: socket_folder, _lock: lock })
    }

    /// How to reach one of its databases as one of its roles.
    pub fn connection(&self, database: &str, role: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.sockets)
            .port(5432)
            .username(role)
            .database(database)
            .application_name("qualify")
    }

    /// Makes sure the database is there, with the roles of Qualify CRM. Its schema is for the migrations.
    ///
    /// # Errors
    /// [`ClusterError::Database`].
    pub async fn database(&self, name: &str) -> Result<(), ClusterError> {
        Ok(provision::database(&self.connection("postgres", SUPERUSER), name).await?)
    }

    /// Makes sure that there is no database of that name; whoever uses it is disconnected.
    ///
    /// # Errors
    /// [`ClusterError::Database`].
    pub async fn drop_database(&self, name: &str) -> Result<(), ClusterError> {
        Ok(provision::drop_database(&self.connection("postgres", SUPERUSER), name).await?)
    }

    /// The address of a database as its superuser, for programs that take one.
    pub fn superuser_url(&self, database: &str) -> String {
        format!("postgres://{SUPERUSER}@localhost:5432/{database}?host={}", self.sockets.display())
    }

    /// The process id of the server.
    pub fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// Disconnects everyone and ends the server. Dropping does the same.
    pub fn stop(mut self) -> Option<ExitStatus> {
        self.server.stop()
    }
}

/// Two processes on the same data would each believe that the server is theirs to stop.
fn lock(data_dir: &Path) -> Result<File, ClusterError> {
    let file = File::create(data_dir.join("lock")).map_err(ClusterError::Spawn)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ClusterError::InUse(data_dir.to_path_buf())),
        Err(TryLockError::Error(error)) => Err(ClusterError::Spawn(error)),
    }
}

fn data_version(data: &Path) -> Option<u32> {
    fs::read_to_string(data.join("PG_VERSION")).ok()?.trim().parse().ok()
}

fn initdb(binaries: &Binaries, account: Account, data: &Path, durable: bool) -> Result<(), ClusterError> {
    // Under another name until it is complete: a half-made folder is never taken for data.
    let draft = data.with_extension("new");
    if draft.exists() {
        fs::remove_dir_all(&draft).map_err(ClusterError::Spawn)?;
    }
    account.make_private(&draft).map_err(ClusterError::Spawn)?;
    let locale = if cfg!(target_os = "macos") { "C" } else { "C.UTF-8" };
    let mut command = Command::new(binaries.initdb());
    command.arg("-D").arg(&draft).args(["-U", SUPERUSER, "-E", "UTF8", "--locale", locale, "--no-instructions"]);
    command.args(["--auth-local=trust", "--auth-host=reject"]);
    if !durable {
        command.args(["--no-sync", "--wal-segsize=1"]);
    }
    command.env_clear().env("PATH", "/usr/bin:/bin").env("TZ", "UTC").current_dir(&draft).stdin(Stdio::null());
    account.own(&mut command);
    let output = command.output().map_err(ClusterError::Spawn)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(ClusterError::Initdb { status: output.status, output: said });
    }
    fs::rename(&draft, data).map_err(ClusterError::Spawn)
}

fn socket_folder(data_dir: &Path, account: Account) -> io::Result<(PathBuf, Option<TempDir>)> {
    let sockets = data_dir.join("socket");
    if sockets.as_os_str().len() <= LONGEST_SOCKET_FOLDER {
        account.make_private(&sockets)?;
        return Ok((sockets, None));
    }
    let elsewhere = tempfile::Builder::new().prefix("qualify-socket-").tempdir_in("/tmp")?;
    account.make_private(elsewhere.path())?;
    Ok((elsewhere.path().to_path_buf(), Some(elsewhere)))
}

/// The server of a process that was killed a moment ago may still be writing its last pages.
async fn wait_for_predecessor(data: &Path) {
    let start = Instant::now();
    let alive = || {
        let file = fs::read_to_string(data.join("postmaster.pid")).ok()?;
        let pid = nix::unistd::Pid::from_raw(file.lines().next()?.trim().parse().ok().filter(|pid| *pid > 1)?);
        nix::sys::signal::kill(pid, None).ok()
    };
    while alive().is_some() && start.elapsed() < STARTING {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
