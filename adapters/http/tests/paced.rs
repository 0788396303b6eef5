//! The accept loop gives up on whoever holds a connection for nothing (WEB-4).

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use axum::{Router, routing::get};
use futures::future::join_all;
use qualify_http::{Pace, listen, serve::serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};
use tokio_util::sync::CancellationToken;

const HALF: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n";
const WHOLE: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/// A server whose times are a twentieth of the real ones.
fn server(stop: &CancellationToken) -> SocketAddr {
    let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let pace = Pace {
        head: Duration::from_millis(500),
        body: Duration::from_millis(750),
        request: Duration::from_millis(1_500),
        idle: Duration::from_secs(3),
        ..Pace::default()
    };
    let counted = |body: String| async move { body.len().to_string() };
    let slow = || async {
        sleep(Duration::from_mins(1)).await;
        "too late"
    };
    let all = [("/", get(|| async { "here" }).post(counted)), ("/slow", get(slow))];
    let router = all.into_iter().fold(Router::new(), |router, (path, method)| router.route(path, method));
    tokio::spawn(serve(listener, router, pace, stop.clone()));
    address
}

/// How long the connection lives after `sent`, and what it answers.
async fn life(address: SocketAddr, sent: &[u8]) -> (Duration, String) {
    life_of(TcpStream::connect(address).await.unwrap(), sent).await
}

async fn life_of(mut stream: TcpStream, sent: &[u8]) -> (Duration, String) {
    let begun = Instant::now();
    let _ = stream.write_all(sent).await;
    let mut answer = Vec::new();
    let patience = Duration::from_secs(10);
    let _ = tokio::time::timeout(patience, stream.read_to_end(&mut answer)).await;
    (begun.elapsed(), String::from_utf8_lossy(&answer).into_owned())
}

fn seconds(from: f64, to: f64, life: Duration) {
    assert!((from..to).contains(&life.as_secs_f64()), "{life:?} is not between {from} and {to}");
}

#[tokio::test]
async fn web_4_half_open_connections_are_each_closed_in_time() {
    let address = server(&CancellationToken::new());
    let mut lives = Vec::new();
    for i in 0..400 {
        let stream = TcpStream::connect(address).await.unwrap();
        lives.push(tokio::spawn(life_of(stream, if i % 2 == 0 { HALF } else { b"" })));
    }
    for life in join_all(lives).await {
        let (life, _) = life.unwrap();
        // The machine may be busy; without the clock they would live until the test gives up.
        seconds(0.0, 3.0, life);
    }
}

#[tokio::test]
async fn web_4_a_head_that_comes_byte_by_byte_has_no_more_time() {
    let address = server(&CancellationToken::new());
    let mut stream = TcpStream::connect(address).await.unwrap();
    let begun = Instant::now();
    while stream.write_all(b"X").await.is_ok() && begun.elapsed() < Duration::from_secs(5) {
        sleep(Duration::from_millis(50)).await;
    }
    seconds(0.4, 3.0, begun.elapsed());
}

#[tokio::test]
async fn web_4_a_connection_may_be_idle_between_requests_but_not_for_ever() {
    let address = server(&CancellationToken::new());
    let (life, answer) = life(address, WHOLE).await;
    assert!(answer.ends_with("here"), "{answer}");
    seconds(2.9, 6.0, life);
}

#[tokio::test]
async fn web_4_after_a_pause_the_next_head_has_its_own_time() {
    let address = server(&CancellationToken::new());
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(WHOLE).await.unwrap();
    let mut answer = [0; 4096];
    assert!(stream.read(&mut answer).await.unwrap() > 0);
    sleep(Duration::from_secs(1)).await;
    let begun = Instant::now();
    stream.write_all(HALF).await.unwrap();
    assert_eq!(stream.read(&mut answer).await.unwrap_or(0), 0);
    seconds(0.4, 2.5, begun.elapsed());
}

#[tokio::test]
async fn web_4_a_body_that_does_not_come_ends_the_request() {
    let address = server(&CancellationToken::new());
    let sent = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc";
    let (life, answer) = life(address, sent).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    seconds(0.7, 3.0, life);
}

#[tokio::test]
async fn web_4_a_request_that_takes_too_long_is_answered_503() {
    let address = server(&CancellationToken::new());
    let (_, answer) = life(address, b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
}

#[tokio::test]
async fn a_stop_lets_the_open_request_end_and_takes_no_other() {
    let stop = CancellationToken::new();
    let address = server(&stop);
    let idle = tokio::spawn(life(address, WHOLE));
    sleep(Duration::from_millis(200)).await;
    stop.cancel();
    let (life, answer) = idle.await.unwrap();
    assert!(answer.ends_with("here"));
    assert!(life < Duration::from_millis(2_500), "{life:?}");
    sleep(Duration::from_millis(100)).await;
    assert!(TcpStream::connect(address).await.is_err());
}
