//! The accept loop: every part of a connection has its time, and nobody holds one for nothing (WEB-4).

mod paced;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::Body, extract::Request, response::Response};
use http::StatusCode;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service;
use tracing::{debug, warn};

pub use self::paced::TooSlow;
use self::paced::{Answering, Paced, Phase, SlowBody};
use crate::{problem::Problem, settings::Pace};

/// A request line longer than this is refused by the protocol itself; below it, WEB-5 decides and says why.
const MOST_HEAD: usize = 40 * 1024;

/// The network address at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// So many connections may wait to be accepted: a burst must not be dropped by the system.
const WAITING: u32 = 4096;

/// Listens on an address.
///
/// # Errors
/// If the address cannot be had.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// Serves until `stop`, then lets open requests end.
pub async fn serve(listener: TcpListener, router: Router, pace: Pace, stop: CancellationToken) {
    let seats = Arc::new(Semaphore::new(pace.connections));
    let open = TaskTracker::new();
    loop {
        let Ok(seat) = seats.clone().acquire_owned().await else { break };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (router, stop) = (router.clone(), stop.clone());
                open.spawn(async move {
                    connection(stream, Peer(peer.ip()), router, pace, stop).await;
                    drop(seat);
                });
            }
            Err(error) => {
                warn!(kind = ?error.kind(), "a connection could not be accepted");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
    open.close();
    if timeout(pace.farewell, open.wait()).await.is_err() {
        warn!(connections = open.len(), "some connections did not end in time");
    }
}

async fn connection(stream: TcpStream, peer: Peer, router: Router, pace: Pace, stop: CancellationToken) {
    // Small answers should not wait for more to send.
    let _ = stream.set_nodelay(true);
    let phase = Phase::reading_head();
    let io = TokioIo::new(Paced::new(stream, phase.clone(), pace));
    let service = service_fn(move |request| answer(request, peer, router.clone(), phase.clone(), pace));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_header_size(MOST_HEAD)
        .half_close(false)
        .serve_connection(io, service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection ended early");
    }
}

async fn answer(
    request: hyper::Request<Incoming>,
    peer: Peer,
    mut router: Router,
    phase: Phase,
    pace: Pace,
) -> Result<Response<Answering>, std::convert::Infallible> {
    phase.answering();
    let (mut head, body) = request.into_parts();
    head.extensions.insert(peer);
    let request = Request::from_parts(head, Body::new(SlowBody::new(body, pace.body)));
    let response = match timeout(pace.request, router.call(request)).await {
        Ok(Ok(response)) => response,
        Err(_) => Problem::status(StatusCode::SERVICE_UNAVAILABLE).bare(),
    };
    Ok(response.map(|body| Answering::new(body, phase)))
}
