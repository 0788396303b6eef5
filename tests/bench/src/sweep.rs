//! What had its time is swept while visitors send forms (REL-2).

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use sqlx::PgPool;
use tokio::{
    task::LocalSet,
    time::{sleep, timeout},
};

use crate::{
    Fallible,
    arguments::Arguments,
    load::{Numbered, Tally, alongside, submission},
    organization,
    report::{Report, say},
    stand::Stand,
};

const DATABASE: &str = "sweep";
/// How often is looked whether the sweep has ended.
const PAUSE: Duration = Duration::from_millis(500);
/// No sweep takes longer, or something is wrong.
const LONGEST: Duration = Duration::from_mins(20);

/// Every submission has an address that should have gone long ago.
const ADDRESSES: &str = "UPDATE submissions SET ip = '198.51.100.7'";

/// A sweep as the product itself proves it.
struct Proof {
    rows: i64,
    took: Duration,
}

pub async fn measure(stand: &Stand, arguments: &Arguments, report: &mut Report) -> Fallible<()> {
    say(&format!("{DATABASE}, {} leads …", arguments.leads));
    let pool = stand.database(DATABASE).await?;
    organization::sign_up(stand, DATABASE).await?;
    // The worker that sent the mail has swept already: the next turn is now.
    organization::seed(&pool, arguments.leads, 1).await?;
    for statement in [ADDRESSES, "VACUUM ANALYZE submissions", "DELETE FROM retention_turns"] {
        sqlx::query(statement).execute(&pool).await?;
    }
    let form: sqlx::types::Uuid =
        sqlx::query_scalar("SELECT public_id FROM form_addresses LIMIT 1").fetch_one(&pool).await?;
    let server = stand.serve(DATABASE, &["--no-work"]).await?;
    let address = server.address;
    let filled: Numbered = Rc::new(move |number| submission(address, &form.to_string(), number));
    let going = Rc::new(Cell::new(true));
    let until = going.clone();
    let swept = async {
        let swept = sweep(stand, &pool).await;
        until.set(false);
        swept
    };
    let clients = LocalSet::new();
    let (sent, swept) = clients.run_until(async { tokio::join!(alongside(address, filled, 201, going), swept) }).await;
    let (sent, swept): (Tally, Proof) = (sent?, swept?);
    if swept.rows < arguments.leads {
        return Err(format!("{} addresses of {} went", swept.rows, arguments.leads).into());
    }
    let seconds = swept.took.as_secs_f64();
    report.judge(format!("{} due addresses swept", swept.rows), format!("{seconds:.0} s"), "≤ 300 s", seconds <= 300.0);
    let most = sent.percentile(99).as_secs_f64() * 1e3;
    report.judge(
        "submission meanwhile, p99",
        format!("{most:.1} ms ({} sent)", sent.answered),
        "≤ 100 ms",
        most <= 100.0,
    );
    server.stop().await?;
    pool.close().await;
    stand.drop_database(DATABASE).await
}

/// Lets a worker sweep until the rule has its proof.
async fn sweep(stand: &Stand, pool: &PgPool) -> Fallible<Proof> {
    let newest: i64 = sqlx::query_scalar("SELECT sequence FROM retention_head").fetch_one(pool).await?;
    let (mut worker, start) = (stand.work(DATABASE)?, Instant::now());
    let proof = timeout(LONGEST, async {
        loop {
            let proof: Option<(i64, i64)> = sqlx::query_as(
                "SELECT sum(rows)::bigint, sum(milliseconds)::bigint FROM retention_runs
                WHERE rule = 'lead_ip' AND sequence > $1 HAVING bool_or(outcome = 'done')",
            )
            .bind(newest)
            .fetch_optional(pool)
            .await?;
            if let Some((rows, milliseconds)) = proof {
                return Fallible::Ok(Proof { rows, took: Duration::from_millis(milliseconds.try_into()?) });
            }
            if let Some(status) = worker.try_wait()? {
                return Err(format!("the worker ended after {} s: {status}", start.elapsed().as_secs()).into());
            }
            sleep(PAUSE).await;
        }
    })
    .await
    .map_err(|_| "the sweep does not come to an end")??;
    worker.kill().await?;
    Ok(proof)
}
