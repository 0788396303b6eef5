//! The running server process, and the guard that ends it when we end.
//!
//! A server that outlives us would hold the data and answer nobody. Ending it in `Drop` is not enough (`kill -9`), and
//! the parent-death signal of Linux needs unsafe code, fires when the spawning *thread* ends, and exists only there. So
//! a guard, one line of shell, reads a pipe whose other end only we hold: when we end, however that happens, the pipe
//! closes and the guard asks the server to stop. The ordinary stop takes the same way, so it is proven each time.

use std::{
    fs::{self, File},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{ClusterError, account::Account, binaries::Binaries};

const GUARD: &str = r#"
    read -r _
    kill -INT "$1"
    while kill -0 "$1"; do sleep 0.05; done
    if [ -n "$2" ]; then rm -rf -- "$2"; fi
"#;

const PATIENCE: Duration = Duration::from_secs(20);

/// A server process with its guard.
#[derive(Debug)]
pub(super) struct Server {
    process: Child,
    guard: Child,
    pipe: Option<ChildStdin>,
}

/// Where a server finds its data, and how it is to treat them.
pub(super) struct Launch<'a> {
    pub(super) data: &'a Path,
    pub(super) sockets: &'a Path,
    pub(super) log: &'a Path,
    pub(super) durable: bool,
    /// The folder to remove once the server has ended.
    pub(super) remove: Option<&'a Path>,
    /// The process to end with; ourselves if none is named.
    pub(super) end_with: Option<u32>,
}

/// LOG-2: neither values nor statements reach the log.
const SETTINGS: &[&str] = &[
    "listen_addresses=",
    "unix_socket_permissions=0700",
    "log_error_verbosity=terse",
    "log_min_error_statement=panic",
    "log_parameter_max_length_on_error=0",
    "max_connections=200",
    "jit=off",
];

/// For data that are thrown away.
const FAST: &[&str] = &["fsync=off", "full_page_writes=off", "max_wal_size=256MB", "shared_buffers=64MB"];

impl Server {
    pub(super) fn spawn(binaries: &Binaries, account: Account, launch: &Launch<'_>) -> Result<Self, ClusterError> {
        let log = File::create(launch.log).map_err(ClusterError::Spawn)?;
        let mut command = Command::new(binaries.postgres());
        command.arg("-D").arg(launch.data).args(["-p", "5432"]);
        command.arg("-c").arg(format!("unix_socket_directories={}", launch.sockets.display()));
        for setting in SETTINGS.iter().chain(if launch.durable { &[][..] } else { FAST }) {
            command.args(["-c", setting]);
        }
        account.own(&mut command);
        // A group of its own: Ctrl-C in the terminal reaches us only, and we stop the server in order.
        command.env_clear().env("LC_ALL", "C").env("TZ", "UTC").current_dir(launch.data).process_group(0);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let process = command.spawn().map_err(ClusterError::Spawn)?;
        match guard(&process, launch) {
            Ok((guard, pipe)) => Ok(Self { process, guard, pipe }),
            Err(error) => {
                end(process);
                Err(ClusterError::Spawn(error))
            }
        }
    }

    /// Whether the server takes connections; an error if it ended instead.
    pub(super) fn is_ready(&mut self, data: &Path, log: &Path) -> Result<bool, ClusterError> {
        if let Some(status) = self.process.try_wait().map_err(ClusterError::Spawn)? {
            return Err(ClusterError::Ended { status, log: fs::read_to_string(log).unwrap_or_default() });
        }
        let pid_file = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
        let ours = pid_file.lines().next() == Some(self.process.id().to_string().as_str());
        Ok(ours && pid_file.lines().nth(7).is_some_and(|line| line.trim() == "ready"))
    }

    /// The process id of the server.
    pub(super) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Asks the server to disconnect everyone and end, and waits until it has.
    pub(super) fn stop(&mut self) -> Option<ExitStatus> {
        drop(self.pipe.take());
        let status = wait(&mut self.process, PATIENCE).or_else(|| {
            signal(&self.process, Signal::SIGQUIT);
            wait(&mut self.process, PATIENCE)
        });
        let _ = self.guard.wait();
        status
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.pipe.is_some() {
            self.stop();
        }
    }
}

fn guard(process: &Child, launch: &Launch<'_>) -> std::io::Result<(Child, Option<ChildStdin>)> {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", GUARD, "guard"]).arg(process.id().to_string()).arg(launch.remove.unwrap_or(Path::new("")));
    command.env_clear().env("PATH", "/usr/bin:/bin").current_dir("/").process_group(0);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.stdin(launch.end_with.map_or_else(|| Ok(Stdio::piped()), pipe_of_watch)?);
    let mut guard = command.spawn()?;
    let pipe = guard.stdin.take();
    Ok((guard, pipe))
}

/// A pipe that closes when the process is gone: held by a line of shell that looks for it now and then.
fn pipe_of_watch(process: u32) -> std::io::Result<Stdio> {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", r#"while kill -0 "$1"; do sleep 0.2; done"#, "watch"]).arg(process.to_string());
    command.env_clear().env("PATH", "/usr/bin:/bin").current_dir("/").process_group(0);
    let watch = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    Ok(watch.stdout.map_or_else(Stdio::null, Stdio::from))
}

fn end(mut process: Child) {
    signal(&process, Signal::SIGINT);
    wait(&mut process, PATIENCE);
}

/// The process is our child and not yet waited for, so its id still means it.
fn signal(process: &Child, signal: Signal) {
    if let Ok(pid) = i32::try_from(process.id()) {
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

fn wait(process: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    while start.elapsed() < patience {
        if let Ok(Some(status)) = process.try_wait() {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(5));
    }
    None
}
