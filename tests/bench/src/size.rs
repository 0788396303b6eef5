//! How much the program weighs, holds and waits.

use std::{fs, time::Duration};

use tokio::time::sleep;

use crate::{
    Fallible,
    report::{Report, say},
    stand::Stand,
};

const MEGABYTE: u64 = 1_000_000;
const STARTS: usize = 5;

pub async fn measure(stand: &Stand, report: &mut Report) -> Fallible<()> {
    say("size …");
    let weight = fs::metadata(&stand.program)?.len();
    report.judge("release binary, stripped", megabytes(weight), "< 40 MB", weight < 40 * MEGABYTE);

    stand.database("size").await?.close().await;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let server = stand.serve("size", &[]).await?;
        starts.push(server.started_in);
        server.stop().await?;
    }
    starts.sort_unstable();
    let (median, longest) = (starts[STARTS / 2], starts[STARTS - 1]);
    let measured = format!("{} ms (longest of {STARTS}: {} ms)", median.as_millis(), longest.as_millis());
    report.judge("`qualify serve`, start to ready", measured, "< 1 s", longest < Duration::from_secs(1));

    let server = stand.serve("size", &[]).await?;
    sleep(Duration::from_secs(5)).await;
    let idle = server.memory()?;
    report.judge("`qualify serve`, idle memory (RSS)", megabytes(idle), "< 60 MB", idle < 60 * MEGABYTE);
    server.stop().await?;
    stand.drop_database("size").await
}

pub fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / MEGABYTE, bytes % MEGABYTE / 100_000)
}
