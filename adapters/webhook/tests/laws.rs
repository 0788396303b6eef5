//! What is told to endpoints comes there as it should, over TLS, against a server on this machine.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    fs,
    sync::{Arc, Mutex},
};

use qualify_domain::{
    hook::{Answer, HookUrl, Obstacle},
    id::DeliveryId,
};
use qualify_ports::{
    hooks::{Attempt, HookBody, HookSender},
    plugin::Settings,
};
use qualify_webhook::SENDER;
use rcgen::{CertificateParams, Issuer, KeyPair};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};
use uuid::Uuid;

/// An endpoint: what it hears is kept, and it always says the same.
struct Server {
    address: std::net::SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    folder: TempDir,
}

impl Server {
    /// One that has a certificate for that name.
    async fn start(name: &str, answer: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).unwrap();
        fs::write(folder.path().join("authority.pem"), authority.pem()).unwrap();
        let own = KeyPair::generate().unwrap();
        let signed = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let signed = signed.signed_by(&own, &Issuer::from_params(&params, &key)).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![signed.der().clone()], PrivateKeyDer::try_from(own.serialize_der()).unwrap())
            .unwrap();
        let (acceptor, heard) = (TlsAcceptor::from(Arc::new(config)), Arc::new(Mutex::new(Vec::new())));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let kept = heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut said = vec![0; 64 << 10];
                let read = stream.read(&mut said).await.unwrap_or_default();
                let mut text = String::from_utf8_lossy(&said[..read]).into_owned();
                if !text.ends_with('}') {
                    let read = stream.read(&mut said).await.unwrap_or_default();
                    text.push_str(&String::from_utf8_lossy(&said[..read]));
                }
                kept.lock().unwrap().push(text);
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
        });
        Self { address, heard, folder }
    }

    fn sender(&self) -> Arc<dyn HookSender> {
        let defaults = SENDER.keys.iter().filter_map(|key| Some((key.name.to_owned(), key.default?.to_owned())));
        let settings = Settings::new("webhook", defaults)
            .with("receiver", format!("https://{}", self.address))
            .with("authority", self.folder.path().join("authority.pem").to_string_lossy());
        (SENDER.build)(settings).unwrap()
    }
}

fn attempt() -> Attempt {
    Attempt {
        url: HookUrl::parse("https://hooks.example.com/in?key=1").unwrap(),
        id: DeliveryId(Uuid::from_u128(7)),
        at: jiff::Timestamp::from_second(1_800_000_000).unwrap(),
        signatures: "v1,abc v1,def".to_owned(),
        body: HookBody("{\"a\":1}".to_owned()),
    }
}

#[tokio::test]
async fn web_12_what_is_posted_is_signed_and_identified() {
    let server = Server::start("hooks.example.com", "HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!(server.sender().send(&attempt()).await, Answer::Status(204));
    let heard = server.heard.lock().unwrap()[0].clone();
    assert!(heard.starts_with("POST /in?key=1 HTTP/1.1\r\n"), "{heard}");
    assert!(heard.ends_with("\r\n\r\n{\"a\":1}"), "{heard}");
    for header in [
        "host: hooks.example.com",
        "content-type: application/json",
        "webhook-id: 00000000-0000-0000-0000-000000000007",
        "webhook-timestamp: 1800000000",
        "webhook-signature: v1,abc v1,def",
    ] {
        assert!(heard.contains(&format!("\r\n{header}\r\n")), "{header} in {heard}");
    }
}

#[tokio::test]
async fn web_7_no_redirection_is_followed() {
    let elsewhere =
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: https://hooks.example.com/other\r\ncontent-length: 0\r\n\r\n";
    let server = Server::start("hooks.example.com", elsewhere).await;
    assert_eq!(server.sender().send(&attempt()).await, Answer::Status(307));
    assert_eq!(server.heard.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn web_7_a_certificate_for_another_name_is_refused_before_anything_is_said() {
    let server = Server::start("other.example.com", "HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!(server.sender().send(&attempt()).await, Answer::None(Obstacle::Insecure));
    assert!(server.heard.lock().unwrap().is_empty());
}

#[test]
fn web_7_everything_goes_to_one_address_only_on_this_machine() {
    let built = |receiver: &str| {
        let settings = Settings::new("webhook", []).with("receiver", receiver).with("authority", "");
        (SENDER.build)(settings).is_ok()
    };
    assert!(built("http://127.0.0.1:9000") && built("https://[::1]:9000") && built(""));
    for elsewhere in ["http://10.0.0.1:9000", "http://hooks.example.com", "ftp://127.0.0.1", "http://0.0.0.0:80"] {
        assert!(!built(elsewhere), "{elsewhere}");
    }
}
