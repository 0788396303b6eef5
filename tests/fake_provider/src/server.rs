use std::{
    collections::BTreeMap,
    convert::Infallible,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use http_body_util::{BodyExt, Collected, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderValue, ORIGIN, RETRY_AFTER},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, time::Instant};

use crate::{
    Fault,
    api::{Question, Said, answer, refusal},
    open,
    pages::{Visit, seen},
    state::State,
};

pub(crate) async fn listen() -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}

pub(crate) async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        let service = service_fn(move |request| hear(Arc::clone(&state), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

fn text(header: Option<&HeaderValue>) -> Option<String> {
    Some(header?.to_str().ok()?.to_owned())
}

async fn hear(state: Arc<Mutex<State>>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
    let asked = head.uri.query().unwrap_or_default();
    let query: BTreeMap<_, _> = form_urlencoded::parse(asked.as_bytes()).into_owned().collect();
    let path = head.uri.path().to_owned();
    if !path.starts_with("/v1/") {
        let visit = Visit {
            is_post: head.method == Method::POST,
            target: format!("{path}?{asked}"),
            path,
            query,
            fields: form_urlencoded::parse(&body).into_owned().collect(),
            host: text(head.headers.get(HOST)),
            origin: text(head.headers.get(ORIGIN)),
        };
        return Ok(seen(&mut open(&state), &visit));
    }
    let question =
        Question { method: head.method, path, query, body: serde_json::from_slice(&body).unwrap_or_default() };
    let fault = open(&state).fault;
    if let Some(Fault::Slow(time)) = fault {
        tokio::time::sleep(time).await;
    }
    Ok(judge(&mut open(&state), fault, head.headers.get(AUTHORIZATION), &question))
}

fn judge(
    state: &mut State,
    fault: Option<Fault>,
    key: Option<&HeaderValue>,
    question: &Question,
) -> Response<Full<Bytes>> {
    state.calls += 1;
    let known = format!("Bearer {}", state.config.key);
    let is_known = key.is_some_and(|key| key.as_bytes() == known.as_bytes());
    match fault {
        Some(Fault::Down) => written(&refusal(StatusCode::SERVICE_UNAVAILABLE, "We are down.")),
        Some(Fault::TooOften(seconds)) => too_often(seconds),
        Some(Fault::Html) => shown(StatusCode::OK, "Checking your browser"),
        Some(Fault::HtmlMissing) => shown(StatusCode::NOT_FOUND, "Nothing here"),
        Some(Fault::KeyExpired) => written(&refusal(StatusCode::UNAUTHORIZED, "Unauthenticated.")),
        _ if !is_known => written(&refusal(StatusCode::UNAUTHORIZED, "Unauthenticated.")),
        _ if is_too_often(state) => too_often(60),
        _ => written(&answer(state, question)),
    }
}

fn is_too_often(state: &mut State) -> bool {
    let now = Instant::now();
    while state.asked.front().is_some_and(|asked| now - *asked >= Duration::from_mins(1)) {
        state.asked.pop_front();
    }
    state.asked.push_back(now);
    state.asked.len() > state.config.calls_a_minute
}

fn too_often(seconds: u64) -> Response<Full<Bytes>> {
    let mut response = written(&refusal(StatusCode::TOO_MANY_REQUESTS, "Too Many Attempts."));
    response.headers_mut().insert(RETRY_AFTER, seconds.into());
    response
}

fn written((status, document): &Said) -> Response<Full<Bytes>> {
    response(*status, "application/vnd.api+json", document.to_string())
}

fn shown(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    response(status, "text/html", format!("<!doctype html><title>{text}</title>"))
}

pub(crate) fn response(status: StatusCode, kind: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
