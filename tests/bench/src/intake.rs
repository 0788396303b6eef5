//! Submissions over HTTP, beside what the database could do by itself and what the barest endpoint does.

pub mod bare;
mod ceiling;
mod contender;

use std::time::Duration;

use sqlx::PgPool;

use crate::{
    Fallible,
    arguments::Arguments,
    intake::contender::{CONTENDERS, Contender, Run},
    report::{Report, say},
    stand::Stand,
};

/// How many ask at once.
pub const CLIENTS: usize = 32;
const DATABASE: &str = "intake";
const SEED: &str = include_str!("intake/seed.sql");

pub async fn measure(stand: &Stand, arguments: &Arguments, report: &mut Report) -> Fallible<()> {
    let pool = stand.database(DATABASE).await?;
    sqlx::raw_sql(SEED).execute(&pool).await?;
    let mut runs: Vec<Vec<Run>> = CONTENDERS.iter().map(|_| Vec::new()).collect();
    for round in 1..=arguments.rounds {
        for (contender, runs) in CONTENDERS.iter().zip(&mut runs) {
            empty(&pool).await?;
            let run = contender.run(stand, arguments.time, round).await?;
            check(&pool, contender, &run).await?;
            say(&format!("intake, round {round}: {:34} {}", contender.name(), run.summary()));
            runs.push(run);
        }
    }
    empty(&pool).await?;
    pool.close().await;
    stand.drop_database(DATABASE).await?;
    judge(&runs, report);
    Ok(())
}

/// Every contender begins with empty tables and a written log.
async fn empty(pool: &PgPool) -> Fallible<()> {
    sqlx::raw_sql("TRUNCATE submission_keys, submissions, outbox, activities, leads; CHECKPOINT").execute(pool).await?;
    Ok(())
}

/// What was acknowledged is there.
async fn check(pool: &PgPool, contender: &Contender, run: &Run) -> Fallible<()> {
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM submissions").fetch_one(pool).await?;
    if kept.cast_unsigned() == run.answered {
        return Ok(());
    }
    Err(format!("{}: {} were acknowledged, {kept} are there", contender.name(), run.answered).into())
}

fn judge(runs: &[Vec<Run>], report: &mut Report) {
    for (contender, runs) in CONTENDERS.iter().zip(runs) {
        let time = |of: fn(&Run) -> Option<Duration>| {
            let times: Option<Vec<f64>> = runs.iter().map(|run| of(run).map(|time| time.as_secs_f64() * 1e3)).collect();
            times.map_or("-".to_owned(), |times| format!("{:.1}", median(times)))
        };
        let (half, most) = (time(|run| run.half_within), time(|run| run.most_within));
        let measured = format!("{:.0}/s, p50 {half} ms, p99 {most} ms", rate(runs));
        report.tell(format!("submissions, {}", contender.name()), measured);
    }
    let of = |wanted: &Contender| {
        CONTENDERS.iter().zip(runs).find(|(contender, _)| *contender == wanted).map_or(0.0, |(_, runs)| rate(runs))
    };
    let ours = of(&Contender::Served);
    let share = ours / of(&Contender::Ceiling);
    report.judge("`qualify serve` : database's ceiling", format!("{:.0} %", share * 100.0), "≥ 60 %", share >= 0.6);
    let share = ours / of(&Contender::Bare);
    report.judge("`qualify serve` : bare endpoint", format!("{:.0} %", share * 100.0), "≥ 100 %", share >= 1.0);
}

fn rate(runs: &[Run]) -> f64 {
    median(runs.iter().map(|run| run.rate).collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stand::scratch;

    #[tokio::test]
    async fn the_organizations_and_a_submission_in_one_statement_fit_the_schema() {
        let (_held, pool) = scratch().await;
        sqlx::raw_sql(SEED).execute(&pool).await.unwrap();
        for form in 0..20 {
            sqlx::query("SELECT bench_submit($1)").bind(form).execute(&pool).await.unwrap();
        }
        let kept = "SELECT count(*) FROM submissions JOIN submission_keys ON submission_id = id";
        assert_eq!(sqlx::query_scalar::<_, i64>(kept).fetch_one(&pool).await.unwrap(), 20);
        let told: i64 = sqlx::query_scalar("SELECT count(*) FROM outbox").fetch_one(&pool).await.unwrap();
        assert_eq!(told, 20);
    }
}
