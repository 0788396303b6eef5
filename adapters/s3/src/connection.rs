use std::{sync::Arc, time::Duration};

use futures::{StreamExt, TryStreamExt, stream};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;
use qualify_ports::{
    BoxError,
    files::{FileBytes, FileError},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, pki_types::ServerName},
};

use crate::unavailable;

/// The longest text that is read of an answer: a list of a thousand names is much shorter.
const LONGEST: usize = 4 << 20;

/// Where the store listens.
pub(crate) struct Endpoint {
    /// The name or address, as a connection is made to it.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The name by which requests call it.
    pub(crate) authority: String,
    /// How its certificate is judged, and for which name; none for a store on this machine.
    pub(crate) tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    /// How long it may say nothing.
    pub(crate) patience: Duration,
}

/// What the store answered.
pub(crate) struct Answer {
    pub(crate) response: Response<Incoming>,
    patience: Duration,
    _line: Line,
}

/// The connection on which an answer comes. It ends with it.
struct Line(JoinHandle<()>);

impl Endpoint {
    /// Asks, on a connection of its own: nothing is owed from an earlier question, and none is kept open for a next one.
    pub(crate) async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Answer, FileError> {
        timeout(self.patience, self.reach(request)).await.map_err(unavailable)?.map_err(unavailable)
    }

    async fn reach(&self, request: Request<Full<Bytes>>) -> Result<Answer, BoxError> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        let Some((tls, name)) = &self.tls else { return self.exchange(stream, request).await };
        let stream = TlsConnector::from(Arc::clone(tls)).connect(name.clone(), stream).await?;
        self.exchange(stream, request).await
    }

    async fn exchange<S>(&self, stream: S, request: Request<Full<Bytes>>) -> Result<Answer, BoxError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // What breaks it is told to whoever waits for the answer.
        let line = Line(tokio::spawn(async move { drop(connection.await) }));
        let response = sender.send_request(request).await?;
        Ok(Answer { response, patience: self.patience, _line: line })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Answer {
    /// What it says, piece after piece.
    pub(crate) fn bytes(self) -> FileBytes<'static> {
        stream::try_unfold(self, Self::next).boxed()
    }

    /// What it says, as a text of a reasonable length.
    pub(crate) async fn text(self) -> Result<String, FileError> {
        let (mut pieces, mut text) = (self.bytes(), Vec::new());
        while let Some(piece) = pieces.try_next().await? {
            text.extend(piece);
            if text.len() > LONGEST {
                return Err(unavailable("the store's answer is too long"));
            }
        }
        String::from_utf8(text).map_err(unavailable)
    }

    async fn next(mut self) -> Result<Option<(Vec<u8>, Self)>, FileError> {
        while let Some(frame) = timeout(self.patience, self.response.frame()).await.map_err(unavailable)? {
            if let Ok(data) = frame.map_err(unavailable)?.into_data() {
                return Ok(Some((data.to_vec(), self)));
            }
        }
        Ok(None)
    }
}
