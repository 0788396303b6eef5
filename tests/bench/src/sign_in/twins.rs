//! Whether the time of an answer tells that there is an account (AUTH-5): the same question about a known and an unknown
//! address, in turns, and what their medians come to.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use crate::{
    Fallible,
    client::Connection,
    report::{Report, say},
    sign_in::form,
};

/// How often each is asked. Every known address is asked about once, so that no throttle falls in.
const TURNS: usize = 101;
/// Networks that nothing else was asked from.
const NETWORKS: usize = 1_000;

pub async fn measure(address: SocketAddr, report: &mut Report) -> Fallible<()> {
    say(&format!("known and unknown addresses, {TURNS} turns …"));
    let asked = [
        ("sign-in", "/sign-in", "password=a+guess+that+is+long+enough"),
        ("sign-up", "/sign-up", "first_name=Olga&last_name=Owner&organization=Another"),
        ("password reset", "/password-reset", ""),
    ];
    for (place, (what, path, rest)) in asked.into_iter().enumerate() {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for turn in 1..=TURNS {
            let network = NETWORKS + 2 * (place * TURNS + turn);
            let body = |who: char| format!("email={who}{turn}%40example.com&{rest}");
            known.push(ask(address, path, &body('u'), network).await?);
            unknown.push(ask(address, path, &body('x'), network + 1).await?);
        }
        let different = known.iter().zip(&unknown).filter(|(known, unknown)| known.1 != unknown.1).count();
        let (known, unknown) = (median(known), median(unknown));
        let ratio = known / unknown;
        let measured =
            format!("{ratio:.3} ({known:.1} ms : {unknown:.1} ms), {different} of {TURNS} differ in status or length");
        let what = format!("{what}, known : unknown address, ratio of medians");
        report.judge(what, measured, "0.95 to 1.05", (0.95..=1.05).contains(&ratio) && different == 0);
    }
    Ok(())
}

/// How long the answer took, and what could be told from it at a glance: its status and its length.
async fn ask(address: SocketAddr, path: &str, body: &str, network: usize) -> Fallible<(Duration, (u16, usize))> {
    let mut browser = Connection::open(address).await?;
    let request = form(address, path, body, network);
    let start = Instant::now();
    let answer = browser.ask(request.as_bytes()).await?;
    Ok((start.elapsed(), (answer.status, answer.head.len() + answer.body.len())))
}

/// In milliseconds.
fn median(mut answers: Vec<(Duration, (u16, usize))>) -> f64 {
    answers.sort_unstable();
    answers.get(answers.len() / 2).map_or(f64::NAN, |(took, _)| took.as_secs_f64() * 1e3)
}
