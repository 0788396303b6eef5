//! The copy of a person's data, as a member takes it from the lead's page (DSR-13).

use std::time::{Duration, Instant};

use crate::{
    Fallible,
    arguments::Arguments,
    client::Connection,
    organization,
    report::{Report, say},
    stand::Stand,
};

const DATABASE: &str = "copy";
/// The copy of one person is made so many times a day.
const TIMES: usize = 3;

/// The newest lead sent ten forms, and five hundred things happened to it.
const FILL: [&str; 2] = [
    "INSERT INTO submissions (
        organization_id, id, form_id, form_version, received_at, name, email, message, consented, notice, verdict, spam_reasons, lead_id
    )
    SELECT organization_id, gen_random_uuid(), form_id, form_version, received_at, name, email, message, consented, notice, verdict,
        spam_reasons, lead_id
    FROM submissions, generate_series(1, 9) WHERE lead_id = $1",
    "INSERT INTO activities (organization_id, id, lead_id, at, kind, note)
    SELECT organization_id, gen_random_uuid(), id, created_at, 'called', repeat('word ', 30)
    FROM leads, generate_series(1, 500) WHERE id = $1",
];

pub async fn measure(stand: &Stand, arguments: &Arguments, report: &mut Report) -> Fallible<()> {
    say(&format!("{DATABASE}, {} leads …", arguments.leads));
    let pool = stand.database(DATABASE).await?;
    organization::sign_up(stand, DATABASE).await?;
    organization::seed(&pool, arguments.leads, 1).await?;
    let lead: sqlx::types::Uuid =
        sqlx::query_scalar("SELECT id FROM leads ORDER BY created_at DESC LIMIT 1").fetch_one(&pool).await?;
    for statement in FILL {
        sqlx::query(statement).bind(lead).execute(&pool).await?;
    }
    let server = stand.serve(DATABASE, &["--no-work"]).await?;
    let mut browser = Connection::open(server.address).await?;
    let cookies = organization::sign_in(&mut browser, server.address).await?;
    let home = organization::home(&mut browser, server.address, &cookies).await?;
    let request =
        organization::form(server.address, &format!("/leads/{lead}/copy"), &cookies, &[("_organization", &home)]);
    let (mut longest, mut bytes) = (Duration::ZERO, 0);
    for _ in 0..TIMES {
        let start = Instant::now();
        let answer = browser.ask(request.as_bytes()).await?;
        if answer.status != 200 || !answer.body.starts_with(b"PK") {
            return Err(format!("no copy: {} {}", answer.status, String::from_utf8_lossy(answer.body)).into());
        }
        (longest, bytes) = (longest.max(start.elapsed()), answer.body.len());
    }
    report.judge(
        format!("copy of a person with 10 submissions and 500 entries, {} leads", arguments.leads),
        format!("{:.0} ms ({bytes} bytes), longest of {TIMES}", longest.as_secs_f64() * 1e3),
        "< 2 s",
        longest < Duration::from_secs(2),
    );
    server.stop().await?;
    pool.close().await;
    stand.drop_database(DATABASE).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stand::scratch;

    #[tokio::test]
    async fn what_happened_to_the_person_fits_the_schema() {
        let (_held, pool) = scratch().await;
        for statement in FILL {
            sqlx::query(statement).bind(sqlx::types::Uuid::nil()).execute(&pool).await.unwrap();
        }
    }
}
