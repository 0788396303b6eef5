use std::{io, net::SocketAddr};

use qualify_domain::{hook::HookUrl, id::DeliveryId};
use qualify_ports::hooks::HookBody;
use tokio::{io::AsyncReadExt, net::TcpListener};
use uuid::Uuid;

use super::{door::Names, *};
use crate::door::judged;

fn addresses(all: &[&str]) -> Vec<SocketAddr> {
    all.iter().map(|one| SocketAddr::new(one.parse().unwrap(), 443)).collect()
}

fn attempt() -> Attempt {
    Attempt {
        url: HookUrl::parse("https://hooks.example.com/in?key=1").unwrap(),
        id: DeliveryId(Uuid::from_u128(7)),
        at: jiff::Timestamp::UNIX_EPOCH,
        signatures: "v1,abc".to_owned(),
        body: HookBody("{}".to_owned()),
    }
}

#[test]
fn web_7_every_address_of_a_name_is_judged_and_those_are_dialled() {
    let open = addresses(&["1.1.1.1", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]);
    assert_eq!(judged(Ok(open.clone())), Ok(open));
    for closed in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"] {
        assert_eq!(judged(Ok(addresses(&[closed]))), Err(Obstacle::Blocked), "{closed}");
        assert_eq!(judged(Ok(addresses(&["1.1.1.1", closed]))), Err(Obstacle::Blocked), "{closed} beside another");
    }
    assert_eq!(judged(Ok(vec![])), Err(Obstacle::NoAddress));
    assert_eq!(judged(Err(io::Error::other("no such name"))), Err(Obstacle::NoAddress));
    let elsewhere = SocketAddr::new("1.1.1.1".parse().unwrap(), 25);
    assert_eq!(judged(Ok(vec![elsewhere])), Err(Obstacle::Blocked), "no port but the usual one");
}

#[tokio::test]
async fn web_7_a_name_that_leads_to_this_machine_is_not_dialled() {
    let door = Door { names: Names::Asked, tls: None };
    assert_eq!(door.connect("localhost").await.err(), Some(Obstacle::Blocked));
}

#[test]
fn web_7_it_waits_10_s_for_a_connection_and_15_s_in_all_and_reads_64_kib() {
    assert_eq!((CONNECTING.as_secs(), WHOLE.as_secs(), MOST_READ), (10, 15, 65_536));
}

/// Somebody who takes connections and says that, then nothing.
async fn says(words: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::io::AsyncWriteExt::write_all(&mut stream, words).await.unwrap();
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
        }
    });
    address
}

async fn met(words: &'static [u8]) -> Answer {
    let door = Door { names: Names::One(says(words).await), tls: None };
    Webhook { door, connecting: Duration::from_secs(2), whole: Duration::from_millis(300) }.send(&attempt()).await
}

#[tokio::test]
async fn web_7_who_says_nothing_is_late_and_whose_body_has_no_end_is_left() {
    assert_eq!(met(b"").await, Answer::None(Obstacle::Late));
    assert_eq!(met(b"HTTP/1.1 200 OK\r\ncontent-length: 9000000000\r\n\r\nsome").await, Answer::Status(200));
    assert_eq!(met(b"this is no answer at all\r\n\r\n").await, Answer::None(Obstacle::Broken));
}

#[tokio::test]
async fn web_7_who_never_finishes_the_handshake_is_not_waited_for() {
    let roots = tokio_rustls::rustls::RootCertStore::empty();
    let tls = tokio_rustls::rustls::ClientConfig::builder_with_provider(Arc::new(
        tokio_rustls::rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_root_certificates(roots)
    .with_no_client_auth();
    let door = Door { names: Names::One(says(b"").await), tls: Some(Arc::new(tls)) };
    let webhook = Webhook { door, connecting: Duration::from_millis(200), whole: Duration::from_secs(2) };
    assert_eq!(webhook.send(&attempt()).await, Answer::None(Obstacle::Unreachable));
}
