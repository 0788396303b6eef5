//! A small store on this machine that speaks S3 as far as it is asked, believes nobody without a signature, and fails
//! on demand.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fmt::Write,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use futures::stream;
use hmac::{Hmac, Mac};
use http::request::Parts;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};

pub const BUCKET: &str = "exports";
pub const REGION: &str = "eu-west-3";
pub const ACCESS_KEY: &str = "AKIDEXAMPLE";
pub const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// So many names stand on one page of a list.
const PAGE: usize = 3;

/// What the store does with those who ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Willing,
    /// 503 to whatever is asked.
    Busy,
    /// Takes parts, and says at the end with a good status that it lost them.
    Forgetful,
    /// Sends half of each file.
    Halving,
    /// Says nothing.
    Silent,
}

#[derive(Default)]
struct Kept {
    objects: BTreeMap<String, Vec<u8>>,
    /// By their ids: for which object, and the parts there are.
    uploads: BTreeMap<String, (String, BTreeMap<usize, Vec<u8>>)>,
    /// What was asked: method, path and query.
    asked: Vec<String>,
    begun: usize,
}

pub struct Store {
    pub address: SocketAddr,
    /// The certificate it shows, as PEM; none if it does not speak TLS.
    pub certificate: Option<String>,
    desk: Desk,
    listening: JoinHandle<()>,
}

#[derive(Clone)]
struct Desk {
    kept: Arc<Mutex<Kept>>,
    mood: Arc<Mutex<Mood>>,
}

impl Store {
    pub async fn start(speaks_tls: bool) -> Self {
        let desk = Desk { kept: Arc::default(), mood: Arc::new(Mutex::new(Mood::Willing)) };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tls, certificate) = if speaks_tls { acceptor() } else { (None, None) };
        let listening = tokio::spawn(listen(listener, tls, desk.clone()));
        Self { address, certificate, desk, listening }
    }

    pub fn set(&self, mood: Mood) {
        *self.desk.mood.lock().unwrap() = mood;
    }

    pub fn stop(&self) {
        self.listening.abort();
    }

    /// The names of all objects, and of those of which parts are there.
    pub fn names(&self) -> Vec<String> {
        let kept = self.desk.kept.lock().unwrap();
        kept.objects.keys().chain(kept.uploads.values().map(|(name, _)| name)).cloned().collect()
    }

    /// Keeps an object that nobody asked it to keep.
    pub fn plant(&self, name: &str) {
        self.desk.kept.lock().unwrap().objects.insert(name.to_owned(), b"planted".to_vec());
    }

    /// What was asked since the last look.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.desk.kept.lock().unwrap().asked)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.stop();
    }
}

fn acceptor() -> (Option<TlsAcceptor>, Option<String>) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    (Some(TlsAcceptor::from(Arc::new(config))), Some(cert.pem()))
}

async fn listen(listener: TcpListener, tls: Option<TlsAcceptor>, desk: Desk) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, desk) = (tls.clone(), desk.clone());
        // A client that breaks off is a client's right; what it left behind is what the tests look at.
        tokio::spawn(async move {
            match tls {
                None => serve(stream, desk).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream, desk).await;
                    }
                }
            }
        });
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, desk: Desk) {
    let answer = service_fn(move |request: Request<Incoming>| {
        let desk = desk.clone();
        async move { Ok::<_, Infallible>(desk.take(request).await) }
    });
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

type Reply = Response<UnsyncBoxBody<Bytes, io::Error>>;

impl Desk {
    async fn take(&self, request: Request<Incoming>) -> Reply {
        let (parts, body) = request.into_parts();
        let Ok(body) = body.collect().await else { return refusal(StatusCode::BAD_REQUEST, "IncompleteBody") };
        let body = body.to_bytes().to_vec();
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Silent => std::future::pending().await,
            Mood::Busy => refusal(StatusCode::SERVICE_UNAVAILABLE, "SlowDown"),
            _ => match fault(&parts, &body) {
                Some(fault) => refusal(StatusCode::FORBIDDEN, fault),
                None => self.answer(&parts, body, mood),
            },
        }
    }

    fn answer(&self, parts: &Parts, body: Vec<u8>, mood: Mood) -> Reply {
        let mut kept = self.kept.lock().unwrap();
        kept.asked.push(format!("{} {}", parts.method, parts.uri));
        let query = query(parts);
        let of = |name: &str| query.get(name).map(String::as_str);
        let path = parts.uri.path().trim_start_matches('/');
        let (bucket, name) = path.split_once('/').unwrap_or((path, ""));
        if bucket != BUCKET {
            return refusal(StatusCode::NOT_FOUND, "NoSuchBucket");
        }
        match (parts.method.as_str(), of("uploadId"), of("partNumber")) {
            ("GET", ..) if name.is_empty() => list(&kept, &query),
            ("GET", ..) => match kept.objects.get(name) {
                None => refusal(StatusCode::NOT_FOUND, "NoSuchKey"),
                Some(bytes) if mood == Mood::Halving => half(bytes),
                Some(bytes) => reply(StatusCode::OK, bytes.clone()),
            },
            ("POST", None, _) if query.contains_key("uploads") => {
                kept.begun += 1;
                let id = format!("id/of+{}=", kept.begun);
                kept.uploads.insert(id.clone(), (name.to_owned(), BTreeMap::new()));
                reply(StatusCode::OK, format!("<R><Key>{name}</Key><UploadId>{id}</UploadId></R>"))
            }
            ("PUT", None, _) => {
                kept.objects.insert(name.to_owned(), body);
                reply(StatusCode::OK, "")
            }
            ("PUT", Some(id), Some(number)) => {
                let Some((_, parts)) = kept.uploads.get_mut(id) else { return no_upload() };
                let tag = hexadecimal(&Sha256::digest(&body));
                parts.insert(number.parse().unwrap(), body);
                let mut done = reply(StatusCode::OK, "");
                done.headers_mut().insert("etag", format!("\"{tag}\"").parse().unwrap());
                done
            }
            ("POST", Some(id), _) => complete(&mut kept, id, &String::from_utf8(body).unwrap(), mood),
            ("DELETE", Some(id), _) => match kept.uploads.remove(id) {
                None => no_upload(),
                Some(_) => reply(StatusCode::NO_CONTENT, ""),
            },
            ("DELETE", None, _) => {
                kept.objects.remove(name);
                reply(StatusCode::NO_CONTENT, "")
            }
            _ => refusal(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
        }
    }
}

/// Puts the parts together, if they are those that were named, each but the last long enough.
fn complete(kept: &mut Kept, id: &str, list: &str, mood: Mood) -> Reply {
    let Some((name, parts)) = kept.uploads.remove(id) else { return no_upload() };
    if mood == Mood::Forgetful {
        return reply(StatusCode::OK, "<Error><Code>InternalError</Code></Error>");
    }
    let named: Vec<_> = list.split("<Part>").skip(1).map(str::to_owned).collect();
    let expected = parts.iter().map(|(number, bytes)| {
        let tag = hexadecimal(&Sha256::digest(bytes));
        format!("<PartNumber>{number}</PartNumber><ETag>\"{tag}\"</ETag></Part>")
    });
    let is_named = expected.zip(&named).all(|(expected, named)| named.starts_with(&expected));
    let too_short = parts.values().rev().skip(1).any(|bytes| bytes.len() < 5 << 20);
    if !is_named || named.len() != parts.len() || too_short {
        return refusal(StatusCode::BAD_REQUEST, "InvalidPart");
    }
    kept.objects.insert(name, parts.into_values().flatten().collect());
    reply(StatusCode::OK, "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")
}

fn list(kept: &Kept, query: &BTreeMap<String, String>) -> Reply {
    let (prefix, after) = (&query["prefix"], query.get("continuation-token"));
    let names = kept.objects.keys().filter(|name| name.starts_with(prefix.as_str()));
    let mut names = names.filter(|name| after.is_none_or(|after| format!("after {name}") > *after)).peekable();
    let page: Vec<_> = names.by_ref().take(PAGE).collect();
    let keys: Vec<_> = page.iter().map(|name| format!("<Contents><Key>{name}</Key></Contents>")).collect();
    let keys = keys.concat();
    let more = names.peek().is_some();
    let next = page.last().filter(|_| more);
    let next = next.map(|name| format!("<NextContinuationToken>after {name}</NextContinuationToken>"));
    reply(StatusCode::OK, format!("<R>{keys}<IsTruncated>{more}</IsTruncated>{}</R>", next.unwrap_or_default()))
}

/// Why a request is not believed: its signature is looked at as Amazon describes it, apart from how the adapter makes it.
fn fault(parts: &Parts, body: &[u8]) -> Option<&'static str> {
    let header = |name: &str| parts.headers.get(name).map_or("", |value| value.to_str().unwrap());
    let (at, digest) = (header("x-amz-date"), header("x-amz-content-sha256"));
    let Some(said) = header("authorization").strip_prefix("AWS4-HMAC-SHA256 ") else { return Some("AccessDenied") };
    let said: BTreeMap<_, _> = said.split(", ").filter_map(|part| part.split_once('=')).collect();
    let day = &at[..8];
    if said["Credential"] != format!("{ACCESS_KEY}/{day}/{REGION}/s3/aws4_request") {
        return Some("InvalidAccessKeyId");
    }
    if !is_about_now(at) {
        return Some("RequestTimeTooSkewed");
    }
    if hexadecimal(&Sha256::digest(body)) != digest {
        return Some("XAmzContentSHA256Mismatch");
    }
    let mut canonical = format!("{}\n{}\n", parts.method, parts.uri.path());
    let mut query: Vec<_> = parts.uri.query().unwrap_or_default().split('&').collect();
    query.sort_unstable();
    writeln!(canonical, "{}", query.join("&")).unwrap();
    for name in said["SignedHeaders"].split(';') {
        writeln!(canonical, "{name}:{}", header(name).trim()).unwrap();
    }
    write!(canonical, "\n{}\n{digest}", said["SignedHeaders"]).unwrap();
    let text = format!(
        "AWS4-HMAC-SHA256\n{at}\n{day}/{REGION}/s3/aws4_request\n{}",
        hexadecimal(&Sha256::digest(canonical.as_bytes()))
    );
    let key = code(format!("AWS4{SECRET_KEY}").as_bytes(), day);
    let key = code(&code(&code(&key, REGION), "s3"), "aws4_request");
    let is_right = hexadecimal(&code(&key, &text)) == said["Signature"];
    let is_whole = ["host", "x-amz-date"].iter().all(|name| said["SignedHeaders"].split(';').any(|said| said == *name));
    (!is_right || !is_whole).then_some("SignatureDoesNotMatch")
}

#[expect(clippy::disallowed_methods, reason = "a store has a clock of its own")]
fn is_about_now(at: &str) -> bool {
    let at = Timestamp::strptime("%Y%m%dT%H%M%SZ%z", format!("{at}+0000")).unwrap();
    Timestamp::now().duration_since(at).abs() < SignedDuration::from_mins(15)
}

fn code(key: &[u8], text: &str) -> Vec<u8> {
    let mut code = Hmac::<Sha256>::new_from_slice(key).unwrap();
    code.update(text.as_bytes());
    code.finalize().into_bytes().to_vec()
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// The query, read as a server reads it.
fn query(parts: &Parts) -> BTreeMap<String, String> {
    let pairs = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    pairs.into_owned().collect()
}

fn reply(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Full::new(body.into()).map_err(|never| match never {}).boxed_unsync());
    *reply.status_mut() = status;
    reply
}

/// The first half of a file, under the length of the whole; then the line breaks.
fn half(bytes: &[u8]) -> Reply {
    let half = Bytes::copy_from_slice(&bytes[..bytes.len() / 2]);
    let frames = [Ok(Frame::data(half)), Err(io::Error::other("the line breaks"))];
    let mut reply = Response::new(StreamBody::new(stream::iter(frames)).boxed_unsync());
    reply.headers_mut().insert("content-length", bytes.len().into());
    reply
}

fn refusal(status: StatusCode, word: &str) -> Reply {
    let told =
        format!("<Error><Code>{word}</Code><Message>canary.anna@example.com is not to see this</Message></Error>");
    reply(status, told)
}

fn no_upload() -> Reply {
    refusal(StatusCode::NOT_FOUND, "NoSuchUpload")
}
