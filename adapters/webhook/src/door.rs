use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use qualify_domain::hook::{Obstacle, may_be_dialled};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, pki_types::ServerName},
};

/// Something bytes go through in both directions.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Where names lead.
#[derive(Clone, Copy)]
pub(crate) enum Names {
    /// Where whoever runs the names says, at the usual port.
    Asked,
    /// All of them to one address: of this machine.
    One(SocketAddr),
}

/// The one way out.
pub(crate) struct Door {
    pub(crate) names: Names,
    /// How certificates are judged; none for a machine that has none: this one.
    pub(crate) tls: Option<Arc<ClientConfig>>,
}

/// The port of HTTPS: no address of an endpoint names another.
const PORT: u16 = 443;

impl Door {
    /// A connection to where a name leads, if all of where it leads may be dialled.
    pub(crate) async fn connect(&self, host: &str) -> Result<Box<dyn Stream>, Obstacle> {
        let stream = dial(&self.led_by(host).await?).await?;
        let Some(tls) = &self.tls else { return Ok(Box::new(stream)) };
        let name = ServerName::try_from(host.to_owned()).map_err(|_| Obstacle::Insecure)?;
        let stream = TlsConnector::from(Arc::clone(tls)).connect(name, stream).await.map_err(|_| Obstacle::Insecure)?;
        Ok(Box::new(stream))
    }

    async fn led_by(&self, host: &str) -> Result<Vec<SocketAddr>, Obstacle> {
        match self.names {
            Names::Asked => judged(lookup_host((host, PORT)).await.map(Iterator::collect)),
            Names::One(address) => Ok(vec![address]),
        }
    }
}

/// The addresses, if each of them may be dialled: a name that also leads into a private network is not one to trust.
pub(crate) fn judged(found: io::Result<Vec<SocketAddr>>) -> Result<Vec<SocketAddr>, Obstacle> {
    let found = found.map_err(|_| Obstacle::NoAddress)?;
    let is_open = |address: &SocketAddr| {
        let ip: IpAddr = address.ip();
        may_be_dialled(ip) && address.port() == PORT
    };
    match found.iter().all(is_open) {
        _ if found.is_empty() => Err(Obstacle::NoAddress),
        true => Ok(found),
        false => Err(Obstacle::Blocked),
    }
}

/// Dials what was judged, and nothing else: no name is looked up a second time.
async fn dial(addresses: &[SocketAddr]) -> Result<TcpStream, Obstacle> {
    let stream = TcpStream::connect(addresses).await.map_err(|_| Obstacle::Unreachable)?;
    stream.set_nodelay(true).map_err(|_| Obstacle::Unreachable)?;
    Ok(stream)
}
