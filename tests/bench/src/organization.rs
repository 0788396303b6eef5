//! An organization that signed up, and the leads it has.

use std::net::SocketAddr;

use sqlx::{AssertSqlSafe, PgPool};

use crate::{
    Fallible,
    client::Connection,
    stand::{Stand, mailed},
};

const SEED: &str = include_str!("organization/seed.sql");
const WORK: &str = include_str!("organization/work.sql");
const EMAIL: &str = "olga.owner@example.com";
const PASSWORD: &str = "correct-horse-battery-staple-47";

/// Signs up, which takes a worker that sends the mail.
pub async fn sign_up(stand: &Stand, database: &str) -> Fallible<()> {
    stand.empty_maildir()?;
    let server = stand.serve(database, &[]).await?;
    let mut browser = Connection::open(server.address).await?;
    let fields = [("first_name", "Olga"), ("last_name", "Owner"), ("organization", "Largest"), ("email", EMAIL)];
    post(&mut browser, server.address, "/sign-up", &fields).await?;
    let page = format!("/sign-up/{}", mailed(&stand.maildir(), "sign-up").await?);
    post(&mut browser, server.address, &page, &[("password", PASSWORD)]).await?;
    server.stop().await
}

/// Signs in; the cookies of the session.
pub async fn sign_in(browser: &mut Connection, address: SocketAddr) -> Fallible<String> {
    post(browser, address, "/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await
}

/// Which organization a page shows, as the forms of the page say it again.
pub async fn home(browser: &mut Connection, address: SocketAddr, cookies: &str) -> Fallible<String> {
    let page =
        format!("GET /settings/api-keys HTTP/1.1\r\nhost: {address}\r\naccept: text/html\r\ncookie: {cookies}\r\n\r\n");
    let page = std::str::from_utf8(browser.ask(page.as_bytes()).await?.body)?;
    let home = page.split_once("name=\"_organization\" value=\"").and_then(|(_, rest)| rest.split('"').next());
    home.map(str::to_owned).ok_or_else(|| "no page with a form".into())
}

/// So many leads with all that happened to them: each `share`th for the organization that signed up, the others evenly for
/// 199 more.
pub async fn seed(pool: &PgPool, leads: i64, share: u8) -> Fallible<()> {
    let seed = SEED.replace("{leads}", &leads.to_string()).replace("{share}", &share.to_string());
    sqlx::raw_sql(AssertSqlSafe(seed)).execute(pool).await?;
    sqlx::raw_sql(WORK).execute(pool).await?;
    for table in ["leads", "submissions", "activities"] {
        sqlx::query(AssertSqlSafe(format!("VACUUM ANALYZE {table}"))).execute(pool).await?;
    }
    Ok(())
}

/// Posts a form of ours, which is answered with another page; the cookies that it sets.
async fn post(browser: &mut Connection, address: SocketAddr, path: &str, fields: &[(&str, &str)]) -> Fallible<String> {
    let answer = browser.ask(form(address, path, "", fields).as_bytes()).await?;
    if answer.status != 303 {
        return Err(format!("{path} answered {}: {}", answer.status, String::from_utf8_lossy(answer.body)).into());
    }
    let cookies: Vec<&str> = answer.headers("set-cookie").filter_map(|cookie| cookie.split(';').next()).collect();
    Ok(cookies.join("; "))
}

/// A form of one of our own pages.
pub fn form(address: SocketAddr, path: &str, cookies: &str, fields: &[(&str, &str)]) -> String {
    let written = |text: &str| text.replace('@', "%40").replace(':', "%3A");
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", written(name), written(value))).collect();
    let body = pairs.join("&");
    format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\nsec-fetch-site: same-origin\r\n\
         cookie: {cookies}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stand::scratch;

    /// What a sign-up leaves behind, as far as leads ask for it.
    const SIGNED_UP: &str = "
        INSERT INTO organizations (organization_id, name, language, created_at)
        VALUES ('00000001-0000-7000-8000-0000000000ff', 'Largest', 'en', '2026-01-01');
        INSERT INTO pipelines (organization_id, id, name, position)
        SELECT organization_id, gen_random_uuid(), 'Sales', 0 FROM organizations;
        INSERT INTO stages (organization_id, id, pipeline_id, name, kind, position)
        SELECT organization_id, gen_random_uuid(), id, 'New', 'open', 0 FROM pipelines;
        INSERT INTO forms (
            organization_id, id, version, name, language, allowed_origins, legal_basis, notice, fields, known_person,
            requires_token, created_at
        ) SELECT organization_id, gen_random_uuid(), 1, 'Contact', 'en', '{}', 'legitimate_interest', 'We answer.', '[]',
            'append', false, '2026-01-01' FROM organizations;";

    #[tokio::test]
    async fn the_leads_and_what_happened_with_them_fit_the_schema() {
        let (_held, pool) = scratch().await;
        sqlx::raw_sql(SIGNED_UP).execute(&pool).await.unwrap();
        seed(&pool, 1_000, 5).await.unwrap();
        let of_largest = "SELECT count(*), count(won_at), count(reason_id) FROM leads
            WHERE organization_id = '00000001-0000-7000-8000-0000000000ff'";
        let counts: (i64, i64, i64) = sqlx::query_as(of_largest).fetch_one(&pool).await.unwrap();
        assert_eq!(counts, (200, 12, 100), "all, won, given up");
        for (table, rows) in [("leads", 1_000), ("submissions", 1_000), ("activities", 3_000), ("forms", 200)] {
            let count = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
            assert_eq!(sqlx::query_scalar::<_, i64>(count).fetch_one(&pool).await.unwrap(), rows, "{table}");
        }
    }
}
