use std::{sync::Arc, time::Duration};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, Response, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use qualify_ports::BoxError;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, pki_types::ServerName},
};

/// A call is answered after so long in all, or not at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer that is read.
pub(crate) const LONGEST: usize = 1 << 20;

/// Where the provider listens.
pub(crate) struct Endpoint {
    /// The name or address, as a connection is made to it.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The name by which requests call it.
    pub(crate) authority: String,
    /// How its certificate is judged, and for which name; none for one on this machine.
    pub(crate) tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

/// The connection on which an answer comes. It ends with it.
struct Line(JoinHandle<()>);

impl Drop for Line {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Endpoint {
    /// Asks, on a connection of its own, and hears the answer to its end. How long that may take is the caller's matter.
    pub(crate) async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, BoxError> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        let Some((tls, name)) = &self.tls else { return exchange(stream, request).await };
        let stream = TlsConnector::from(Arc::clone(tls)).connect(name.clone(), stream).await?;
        exchange(stream, request).await
    }
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, BoxError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // What breaks it is told to whoever waits for the answer.
    let _line = Line(tokio::spawn(async move { drop(connection.await) }));
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, LONGEST).collect().await?.to_bytes();
    Ok(Response::from_parts(head, body))
}
