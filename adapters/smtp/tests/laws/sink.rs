//! A small SMTP server on this machine that keeps what it receives, and fails on demand.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};

/// What the server does with those who come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Welcoming,
    /// 550 for each recipient, with their address.
    Refusing,
    /// 450 for each recipient, with their address.
    Deferring,
    /// 535 for each password.
    Distrusting,
    /// 554 before anything was said.
    Closed,
    /// Takes the mail and never says so.
    Silent,
}

/// How it protects a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    Tls,
    StartTls,
    None,
}

/// A mail that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    pub recipients: Vec<String>,
    pub encrypted: bool,
    pub raw: Vec<u8>,
}

#[derive(Default)]
struct Seen {
    taken: Vec<Taken>,
    /// Each command line, in clear or not.
    said: Vec<(bool, String)>,
}

pub struct Sink {
    pub address: SocketAddr,
    /// The certificate it shows, as PEM.
    pub certificate: String,
    seen: Arc<Mutex<Seen>>,
    mood: Arc<Mutex<Mood>>,
    listening: JoinHandle<()>,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

#[derive(Clone)]
struct Session {
    protection: Protection,
    tls: TlsAcceptor,
    seen: Arc<Mutex<Seen>>,
    mood: Arc<Mutex<Mood>>,
}

impl Sink {
    /// Starts a server whose certificate is for that name.
    pub async fn start(protection: Protection, name: &str) -> Self {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name.to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (seen, mood) = (Arc::default(), Arc::new(Mutex::new(Mood::Welcoming)));
        let session = Session {
            protection,
            tls: TlsAcceptor::from(Arc::new(config)),
            seen: Arc::clone(&seen),
            mood: Arc::clone(&mood),
        };
        Self {
            address: listener.local_addr().unwrap(),
            certificate: cert.pem(),
            seen,
            mood,
            listening: tokio::spawn(listen(listener, session)),
        }
    }

    pub fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.seen.lock().unwrap().taken.clone()
    }

    /// What was said to it before anybody could not read along.
    pub fn said_in_clear(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.said.iter().filter(|(encrypted, _)| !encrypted).map(|(_, line)| line.clone()).collect()
    }

    pub fn stop(&self) {
        self.listening.abort();
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn listen(listener: TcpListener, session: Session) {
    while let Ok((stream, _)) = listener.accept().await {
        let session = session.clone();
        // A client that breaks off is a client's right; what it left behind is what the tests look at.
        tokio::spawn(async move { session.serve(stream).await });
    }
}

impl Session {
    async fn serve(&self, stream: TcpStream) -> io::Result<()> {
        if self.protection == Protection::Tls {
            return self.talk(self.tls.accept(stream).await?, true, true).await.map(drop);
        }
        if let Some(upgraded) = self.talk(stream, false, true).await? {
            self.talk(self.tls.accept(upgraded).await?, true, false).await?;
        }
        Ok(())
    }

    /// Talks until good-bye; gives the stream back if it is to be protected from now on.
    async fn talk<S: Stream>(&self, stream: S, encrypted: bool, greet: bool) -> io::Result<Option<S>> {
        let mut client = BufReader::new(stream);
        let mut recipients = Vec::new();
        if greet {
            let closed = self.mood() == Mood::Closed;
            answer(&mut client, if closed { "554 5.3.2 no service here" } else { "220 sink" }).await?;
        }
        loop {
            let mut line = String::new();
            if client.read_line(&mut line).await? == 0 {
                return Ok(None);
            }
            let line = line.trim_end();
            self.seen.lock().unwrap().said.push((encrypted, line.to_owned()));
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match (verb.as_str(), self.mood()) {
                ("EHLO", _) if self.protection == Protection::StartTls && !encrypted => {
                    answer(&mut client, "250-sink\r\n250 STARTTLS").await?;
                }
                ("EHLO", _) => answer(&mut client, "250-sink\r\n250-8BITMIME\r\n250 AUTH PLAIN").await?,
                ("STARTTLS", _) => {
                    answer(&mut client, "220 go ahead").await?;
                    return Ok(Some(client.into_inner()));
                }
                ("AUTH", Mood::Distrusting) => answer(&mut client, "535 5.7.8 no").await?,
                ("AUTH", _) => answer(&mut client, "235 welcome").await?,
                ("RCPT", Mood::Refusing) => answer(&mut client, &format!("550 5.1.1 {line} is unknown here")).await?,
                ("RCPT", Mood::Deferring) => answer(&mut client, &format!("450 4.2.0 {line} comes too often")).await?,
                ("RCPT", _) => {
                    recipients.push(line.to_owned());
                    answer(&mut client, "250 ok").await?;
                }
                ("DATA", mood) => {
                    answer(&mut client, "354 go on").await?;
                    let raw = body(&mut client).await?;
                    let recipients = std::mem::take(&mut recipients);
                    self.seen.lock().unwrap().taken.push(Taken { recipients, encrypted, raw });
                    if mood == Mood::Silent {
                        return std::future::pending().await;
                    }
                    answer(&mut client, "250 taken").await?;
                }
                ("QUIT", _) => return answer(&mut client, "221 bye").await.map(|()| None),
                _ => answer(&mut client, "250 ok").await?,
            }
        }
    }

    fn mood(&self) -> Mood {
        *self.mood.lock().unwrap()
    }
}

async fn answer<S: Stream>(client: &mut BufReader<S>, line: &str) -> io::Result<()> {
    client.get_mut().write_all(format!("{line}\r\n").as_bytes()).await?;
    client.get_mut().flush().await
}

/// Reads up to the line that holds a dot alone, and takes back the dots that were doubled.
async fn body<S: Stream>(client: &mut BufReader<S>) -> io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    loop {
        let mut line = Vec::new();
        if client.read_until(b'\n', &mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(raw);
        }
        raw.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

/// A server that takes connections and says nothing.
pub async fn mute() -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let listening = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move { stream.read_to_end(&mut Vec::new()).await });
        }
    });
    (address, listening)
}
