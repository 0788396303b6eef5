//! A process that answers HTTP, from its start to its end.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

use crate::{Fallible, client::Connection};

const STARTING: Duration = Duration::from_secs(30);
const ENDING: Duration = Duration::from_secs(15);

/// A running process; killed when dropped.
pub struct Server {
    process: Child,
    pub address: SocketAddr,
    /// From the start of the process to its first good answer.
    pub started_in: Duration,
}

impl Server {
    /// Starts the process and waits until it answers `path` with 200.
    pub async fn start(mut command: Command, address: SocketAddr, path: &str, log: &Path) -> Fallible<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(log)?).kill_on_drop(true);
        let start = Instant::now();
        let mut process = command.spawn()?;
        loop {
            if is_ready(address, path).await {
                return Ok(Self { process, address, started_in: start.elapsed() });
            }
            if let Some(status) = process.try_wait()? {
                return Err(format!("the server ended ({status}): {}", fs::read_to_string(log)?).into());
            }
            if start.elapsed() > STARTING {
                return Err(format!("the server is not ready: {}", fs::read_to_string(log)?).into());
            }
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// Asks it to end, and waits until it has.
    pub async fn stop(mut self) -> Fallible<()> {
        if let Some(pid) = self.process.id() {
            kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGTERM)?;
        }
        timeout(ENDING, self.process.wait()).await.map_err(|_| "the server does not end")??;
        Ok(())
    }

    /// The memory it holds, in bytes.
    pub fn memory(&self) -> Fallible<u64> {
        self.status("VmRSS:")
    }

    /// The most memory it ever held, in bytes.
    pub fn peak(&self) -> Fallible<u64> {
        self.status("VmHWM:")
    }

    fn status(&self, name: &'static str) -> Fallible<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id().ok_or("it ended")?))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or(name)?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
    }

    /// The processor time it has used.
    pub fn processor_time(&self) -> Fallible<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id().ok_or("it ended")?))?;
        let (_, fields) = stat.rsplit_once(") ").ok_or("no stat")?;
        // User and system time, in the hundredths of a second in which Linux counts.
        let used = fields.split(' ').skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
        Ok(Duration::from_millis(used * 10))
    }
}

async fn is_ready(address: SocketAddr, path: &str) -> bool {
    let Ok(mut connection) = Connection::open(address).await else { return false };
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    connection.ask(request.as_bytes()).await.is_ok_and(|answer| answer.status == 200)
}
