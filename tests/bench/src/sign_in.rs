//! A storm of sign-ins, and what becomes of lists and submissions meanwhile (REL-5).

mod twins;

use std::{
    cell::Cell,
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::{task::LocalSet, time::sleep};

use crate::{
    Fallible,
    client::Connection,
    load::{Numbered, Tally, alongside, ask, submission},
    report::{Report, say},
    stand::{Stand, mailed},
};

const DATABASE: &str = "sign_in";
/// How many sign in at once, each from a network of their own.
const STORM: usize = 200;
const PASSWORD: &str = "correct-horse-battery-staple-47";
const SEED: &str = include_str!("sign_in/seed.sql");

pub async fn measure(stand: &Stand, report: &mut Report) -> Fallible<()> {
    say(&format!("{STORM} sign-ins at once …"));
    let pool = stand.database(DATABASE).await?;
    let server = stand.serve_behind_proxy(DATABASE).await?;
    let address = server.address;
    let mut browser = Connection::open(address).await?;
    stand.empty_maildir()?;
    let fields = "first_name=Olga&last_name=Owner&organization=Largest&email=u0%40example.com";
    ask(&mut browser, &form(address, "/sign-up", fields, 0), 303).await?;
    let page = format!("/sign-up/{}", mailed(&stand.maildir(), "sign-up").await?);
    ask(&mut browser, &form(address, &page, &format!("password={PASSWORD}"), 0), 303).await?;
    sqlx::raw_sql(SEED).execute(&pool).await?;
    let public_id: sqlx::types::Uuid =
        sqlx::query_scalar("SELECT public_id FROM form_addresses LIMIT 1").fetch_one(&pool).await?;
    let cookies = sign_in(address, 0).await?.1.ok_or("the owner is refused")?;

    let going = Rc::new(Cell::new(true));
    let list: Numbered = Rc::new(move |_| {
        format!(
            "GET /leads HTTP/1.1\r\nhost: {address}\r\naccept: text/html\r\nx-forwarded-for: 10.1.1.1\r\ncookie: {cookies}\r\n\r\n"
        )
    });
    let filled: Numbered = Rc::new(move |number| submission(address, &public_id.to_string(), number));
    let clients = LocalSet::new();
    let (lists, sent, storm) = clients
        .run_until(async {
            let (one, other, until) = (going.clone(), going.clone(), going);
            let storm = async {
                let storm = storm(address).await;
                until.set(false);
                storm
            };
            tokio::join!(alongside(address, list, 200, one), alongside(address, filled, 201, other), storm)
        })
        .await;
    let (lists, sent, storm) = (lists?, sent?, storm?);
    judge(report, &lists, &sent, &storm);
    twins::measure(address, report).await?;
    server.stop().await?;
    pool.close().await;
    stand.drop_database(DATABASE).await
}

/// What the storm came to: how long each was on the way, and how often somebody was asked to come again.
struct Storm {
    times: Tally,
    again: usize,
}

fn judge(report: &mut Report, lists: &Tally, sent: &Tally, storm: &Storm) {
    let milliseconds = |tally: &Tally, percent| tally.percentile(percent).as_secs_f64() * 1e3;
    for (what, tally) in [("list of leads", lists), ("submission", sent)] {
        let (half, most) = (milliseconds(tally, 50), milliseconds(tally, 99));
        let measured = format!("{most:.1} ms (p50 {half:.1} ms, {} asked)", tally.answered);
        report.judge(format!("{what} during {STORM} sign-ins, p99"), measured, "≤ 250 ms", most <= 250.0);
    }
    let all = storm.times.percentile(100).as_secs_f64();
    let measured = format!("{all:.1} s ({} times asked to come again)", storm.again);
    report.tell(format!("{STORM} sign-ins at once, all in after"), measured);
}

async fn storm(address: SocketAddr) -> Fallible<Storm> {
    let start = Instant::now();
    let running: Vec<_> = (1..=STORM).map(|n| tokio::task::spawn_local(persist(address, n))).collect();
    let (mut times, mut again) = (Vec::with_capacity(STORM), 0);
    for one in running {
        let (took, refused) = one.await??;
        times.push(took);
        again += refused;
    }
    Ok(Storm { times: Tally::new(times, start.elapsed()), again })
}

/// Signs in, and comes again as long as the server is too busy.
async fn persist(address: SocketAddr, user: usize) -> Fallible<(Duration, usize)> {
    let (start, mut refused) = (Instant::now(), 0);
    loop {
        match sign_in(address, user).await? {
            (303, Some(_)) => return Ok((start.elapsed(), refused)),
            (503, _) => refused += 1,
            (status, _) => return Err(format!("user {user} was answered {status}").into()),
        }
        sleep(Duration::from_secs(1)).await;
    }
}

async fn sign_in(address: SocketAddr, user: usize) -> Fallible<(u16, Option<String>)> {
    let mut browser = Connection::open(address).await?;
    let request = form(address, "/sign-in", &format!("email=u{user}%40example.com&password={PASSWORD}"), user);
    let answer = browser.ask(request.as_bytes()).await?;
    let cookies: Vec<&str> = answer.headers("set-cookie").filter_map(|cookie| cookie.split(';').next()).collect();
    Ok((answer.status, (!cookies.is_empty()).then(|| cookies.join("; "))))
}

/// A form of one of our own pages, from the network of that number.
fn form(address: SocketAddr, path: &str, body: &str, network: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\nsec-fetch-site: same-origin\r\n\
         x-forwarded-for: 10.{}.{}.1\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\n\r\n{body}",
        2 + network / 250,
        network % 250,
        body.len()
    )
}
