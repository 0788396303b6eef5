//! The list of leads as a member's browser gets it: the whole page over HTTP, signed in, from the largest organization of
//! two hundred.

use std::{net::SocketAddr, time::Instant};

use sqlx::{AssertSqlSafe, PgPool};

use crate::{
    Fallible,
    arguments::Arguments,
    client::{Answer, Connection},
    load::Tally,
    report::{Report, say},
    stand::{Stand, mailed},
};

const SEED: &str = include_str!("list/seed.sql");
const WORK: &str = include_str!("list/work.sql");
/// The reports, each over the year over which the leads are spread, and compared with the year before.
const REPORTS: [&str; 5] = ["funnel", "leads", "stages", "reasons", "members"];
const REPORT_TIMES: usize = 60;
const FEW: i64 = 10_000;
const WARM: usize = 50;
const TIMES: usize = 400;
/// Pages back from the newest.
const DEEP: usize = 100;
const EMAIL: &str = "olga.owner@example.com";
const PASSWORD: &str = "correct-horse-battery-staple-47";

/// What was asked, and how long the answers took.
struct Pages {
    nothing: Tally,
    decision: Tally,
    first: Tally,
    deep: Tally,
    search: Tally,
    reports: Vec<(&'static str, Tally)>,
}

pub async fn measure(stand: &Stand, arguments: &Arguments, report: &mut Report) -> Fallible<()> {
    let few = pages(stand, "few", FEW).await?;
    let many = pages(stand, "many", arguments.leads).await?;
    let (ours, base) = (many.first.percentile(95).as_secs_f64() * 1e3, few.first.percentile(95).as_secs_f64() * 1e3);
    let name = format!("first page of 50, {} leads, p95", arguments.leads);
    report.judge(name, format!("{ours:.1} ms"), "< 20 ms", ours < 20.0);
    let name = format!("the same, compared with {FEW} leads");
    report.judge(name, format!("{:.1} × ({base:.1} ms)", ours / base), "≤ 2 ×", ours <= 2.0 * base);
    let typical = |tally: &Tally| tally.percentile(50).as_secs_f64() * 1e3;
    let (nobody, member) = (typical(&many.nothing), typical(&many.decision));
    let measured = format!("{:.2} ms ({member:.2} ms : {nobody:.2} ms without a member)", member - nobody);
    report.tell("session, membership, roles and permission of a request, p50".to_owned(), measured);
    for (part, tally) in &many.reports {
        let time = tally.percentile(95).as_secs_f64() * 1e3;
        let name = format!("report over a year, {part}, {} leads, p95", arguments.leads);
        report.judge(name, format!("{time:.1} ms"), "< 300 ms", time < 300.0);
    }
    for (what, tally) in [(format!("page {DEEP}"), &many.deep), ("search by prefix".to_owned(), &many.search)] {
        let time = |percent| tally.percentile(percent).as_secs_f64() * 1e3;
        let measured = format!("p50 {:.1} ms, p95 {:.1} ms", time(50), time(95));
        report.tell(format!("{what}, {} leads", arguments.leads), measured);
    }
    Ok(())
}

async fn pages(stand: &Stand, database: &str, leads: i64) -> Fallible<Pages> {
    say(&format!("list, {leads} leads …"));
    let pool = stand.database(database).await?;
    sign_up(stand, database).await?;
    let server = stand.serve(database, &["--no-work"]).await?;
    let mut browser = Connection::open(server.address).await?;
    seed(&pool, leads).await?;
    let cookies = post(&mut browser, server.address, "/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await?;
    let get = |path: &str| {
        format!("GET {path} HTTP/1.1\r\nhost: {}\r\naccept: text/html\r\ncookie: {cookies}\r\n\r\n", server.address)
    };
    let nothing = time(&mut browser, &get("/healthz"), |answer| answer.status == 200).await?;
    let decision = time(&mut browser, &get("/"), |answer| answer.status == 303).await?;
    let first = time(&mut browser, &get("/leads"), shows_leads).await?;
    let mut page = "/leads".to_owned();
    for _ in 1..DEEP.min(usize::try_from(leads / 5 / 50)?) {
        page = next(std::str::from_utf8(browser.ask(get(&page).as_bytes()).await?.body)?).ok_or("no further page")?;
    }
    let deep = time(&mut browser, &get(&page), shows_leads).await?;
    let search = time(&mut browser, &get("/leads?q=anna.berg.77"), shows_leads).await?;
    let mut reports = Vec::new();
    for part in REPORTS {
        let path =
            format!("/reports?part={part}&period=between&from=2025-01-01&until=2025-12-31&comparison=year_before");
        reports.push((part, time_of(&mut browser, &get(&path), REPORT_TIMES, shows_numbers).await?));
    }
    server.stop().await?;
    pool.close().await;
    stand.drop_database(database).await?;
    Ok(Pages { nothing, decision, first, deep, search, reports })
}

/// Signs up, which takes a worker that sends the mail.
async fn sign_up(stand: &Stand, database: &str) -> Fallible<()> {
    stand.empty_maildir()?;
    let server = stand.serve(database, &[]).await?;
    let mut browser = Connection::open(server.address).await?;
    let fields = [("first_name", "Olga"), ("last_name", "Owner"), ("organization", "Largest"), ("email", EMAIL)];
    post(&mut browser, server.address, "/sign-up", &fields).await?;
    let page = format!("/sign-up/{}", mailed(&stand.maildir(), "sign-up").await?);
    post(&mut browser, server.address, &page, &[("password", PASSWORD)]).await?;
    server.stop().await
}

/// A fifth of the leads for the organization that signed up, the others evenly for 199 more.
async fn seed(pool: &PgPool, leads: i64) -> Fallible<()> {
    sqlx::raw_sql(AssertSqlSafe(SEED.replace("{leads}", &leads.to_string()))).execute(pool).await?;
    sqlx::raw_sql(AssertSqlSafe(WORK)).execute(pool).await?;
    for table in ["leads", "submissions", "activities"] {
        sqlx::query(AssertSqlSafe(format!("VACUUM ANALYZE {table}"))).execute(pool).await?;
    }
    Ok(())
}

/// Posts a form of ours, which is answered with another page; the cookies that it sets.
async fn post(browser: &mut Connection, address: SocketAddr, path: &str, fields: &[(&str, &str)]) -> Fallible<String> {
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", value.replace('@', "%40"))).collect();
    let body = pairs.join("&");
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\nsec-fetch-site: same-origin\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = browser.ask(request.as_bytes()).await?;
    if answer.status != 303 {
        return Err(format!("{path} answered {}: {}", answer.status, String::from_utf8_lossy(answer.body)).into());
    }
    let cookies: Vec<&str> = answer.headers("set-cookie").filter_map(|cookie| cookie.split(';').next()).collect();
    Ok(cookies.join("; "))
}

fn shows_numbers(answer: &Answer<'_>) -> bool {
    answer.status == 200 && answer.body.windows(7).any(|seven| seven == b"<table ")
}

fn shows_leads(answer: &Answer<'_>) -> bool {
    answer.status == 200 && answer.body.windows(7).any(|seven| seven == b"/leads/")
}

/// Asks for a page again and again, one after the other, and checks what comes.
async fn time(
    browser: &mut Connection,
    request: &str,
    is_right: impl Fn(&Answer<'_>) -> bool + Send,
) -> Fallible<Tally> {
    time_of(browser, request, TIMES, is_right).await
}

async fn time_of(
    browser: &mut Connection,
    request: &str,
    times: usize,
    is_right: impl Fn(&Answer<'_>) -> bool + Send,
) -> Fallible<Tally> {
    let warm = WARM.min(times / 4);
    let mut latencies = Vec::with_capacity(times);
    let start = Instant::now();
    for turn in 0..warm + times {
        let asked = Instant::now();
        let answer = browser.ask(request.as_bytes()).await?;
        let took = asked.elapsed();
        if !is_right(&answer) {
            return Err(format!("a page answered {}: {}", answer.status, answer.head).into());
        }
        if turn >= warm {
            latencies.push(took);
        }
    }
    Ok(Tally::new(latencies, start.elapsed()))
}

/// The link to older leads.
fn next(page: &str) -> Option<String> {
    let links = page.split("<a ").filter(|link| link.contains("rel=\"next\""));
    let addresses = links.filter_map(|link| link.split("href=\"").nth(1)?.split('"').next());
    addresses.map(|address| address.replace("&#38;", "&").replace("&amp;", "&")).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_to_older_leads_is_the_one_marked_so() {
        let page =
            r#"<a href="/leads">Newest</a><a class="button" href="/leads?q=a&#38;after=1_x" rel="next">Older</a>"#;
        assert_eq!(next(page).as_deref(), Some("/leads?q=a&after=1_x"));
        assert_eq!(next("<a href=\"/leads\">Newest</a>"), None);
    }
}
