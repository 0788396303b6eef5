//! Pages as a member's browser gets them: whole, over HTTP, signed in, from the largest organization of two hundred.

use std::time::Instant;

use crate::{
    Fallible,
    arguments::Arguments,
    client::{Answer, Connection},
    load::Tally,
    organization,
    report::{Report, say},
    stand::Stand,
};

/// The reports, each over the year over which the leads are spread, and compared with the year before.
const REPORTS: [&str; 5] = ["funnel", "leads", "stages", "reasons", "members"];
const REPORT_TIMES: usize = 60;
const FEW: i64 = 10_000;
const WARM: usize = 50;
const TIMES: usize = 400;
/// Pages back from the newest.
const DEEP: usize = 100;
/// The organization that is asked has one lead in so many.
const SHARE: u8 = 5;

/// What was asked, and how long the answers took.
struct Asked {
    nothing: Tally,
    decision: Tally,
    pages: Vec<(&'static str, Tally)>,
    reports: Vec<(&'static str, Tally)>,
}

pub async fn measure(stand: &Stand, arguments: &Arguments, report: &mut Report) -> Fallible<()> {
    let few = asked(stand, "few", FEW).await?;
    let many = asked(stand, "many", arguments.leads).await?;
    for ((page, ours), (_, base)) in many.pages.iter().zip(&few.pages) {
        let (half, most, base) = (milliseconds(ours, 50), milliseconds(ours, 95), milliseconds(base, 95));
        let measured = format!("{most:.1} ms (p50 {half:.1} ms)");
        report.judge(format!("{page}, {} leads, p95", arguments.leads), measured, "< 50 ms", most < 50.0);
        let measured = format!("{:.1} × ({base:.1} ms)", most / base);
        report.judge(format!("the same, compared with {FEW} leads"), measured, "≤ 2 ×", most <= 2.0 * base);
    }
    let (nobody, member) = (milliseconds(&many.nothing, 50), milliseconds(&many.decision, 50));
    let measured = format!("{:.2} ms ({member:.2} ms : {nobody:.2} ms without a member)", member - nobody);
    report.tell("session, membership, roles and permission of a request, p50".to_owned(), measured);
    for (part, tally) in &many.reports {
        let time = milliseconds(tally, 95);
        let name = format!("report over a year, {part}, {} leads, p95", arguments.leads);
        report.judge(name, format!("{time:.1} ms"), "< 300 ms", time < 300.0);
    }
    Ok(())
}

fn milliseconds(tally: &Tally, percent: usize) -> f64 {
    tally.percentile(percent).as_secs_f64() * 1e3
}

async fn asked(stand: &Stand, database: &str, leads: i64) -> Fallible<Asked> {
    say(&format!("pages, {leads} leads …"));
    let pool = stand.database(database).await?;
    organization::sign_up(stand, database).await?;
    organization::seed(&pool, leads, SHARE).await?;
    let server = stand.serve(database, &["--no-work"]).await?;
    let mut browser = Connection::open(server.address).await?;
    let cookies = organization::sign_in(&mut browser, server.address).await?;
    let get = |path: &str| {
        format!("GET {path} HTTP/1.1\r\nhost: {}\r\naccept: text/html\r\ncookie: {cookies}\r\n\r\n", server.address)
    };
    let nothing = time(&mut browser, &get("/healthz"), |answer| answer.status == 200).await?;
    let decision = time(&mut browser, &get("/"), |answer| answer.status == 303).await?;
    let mut deep = "/leads".to_owned();
    for _ in 1..DEEP.min(usize::try_from(leads / i64::from(SHARE) / 50)?) {
        let page = browser.ask(get(&deep).as_bytes()).await?;
        deep = next(std::str::from_utf8(page.body)?).ok_or("no further page")?;
    }
    let lead = std::str::from_utf8(browser.ask(get("/leads").as_bytes()).await?.body)?.to_owned();
    let lead = first_lead(&lead).ok_or("no lead")?;
    let mut pages = Vec::new();
    for (page, path) in [
        ("first page of 50", "/leads"),
        ("page 100", &deep),
        ("search by prefix", "/leads?q=anna.berg.77"),
        ("search for a word of few notes", "/leads?q=p775"),
        ("search for a word of all notes", "/leads?q=offer"),
        ("board", "/board"),
        ("page of a lead", &lead),
    ] {
        pages.push((page, time(&mut browser, &get(path), shows_leads).await?));
    }
    let mut reports = Vec::new();
    for part in REPORTS {
        let path =
            format!("/reports?part={part}&period=between&from=2025-01-01&until=2025-12-31&comparison=year_before");
        reports.push((part, time_of(&mut browser, &get(&path), REPORT_TIMES, shows_numbers).await?));
    }
    server.stop().await?;
    pool.close().await;
    stand.drop_database(database).await?;
    Ok(Asked { nothing, decision, pages, reports })
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
            let page = request.split_whitespace().nth(1).unwrap_or_default();
            return Err(format!("{page} answered {}: {}", answer.status, answer.head).into());
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

/// The address of the first lead of a list.
fn first_lead(page: &str) -> Option<String> {
    let links = page.split("href=\"/leads/").skip(1).filter_map(|rest| rest.split(['"', '?']).next());
    links.filter(|id| id.len() == 36).map(|id| format!("/leads/{id}")).next()
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

    #[test]
    fn a_lead_is_known_by_its_id() {
        let id = "00000007-0000-7000-8000-0000000f4240";
        let page = format!(r#"<a href="/leads/new">New</a><a href="/leads/{id}?from=list">Anna</a>"#);
        assert_eq!(first_lead(&page), Some(format!("/leads/{id}")));
        assert_eq!(first_lead("<a href=\"/leads/export\">Export</a>"), None);
    }
}
