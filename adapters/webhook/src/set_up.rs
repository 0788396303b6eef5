use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use qualify_ports::plugin::{BuildError, Key, Kind, Settings};
use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use url::Url;

use crate::{
    CONNECTING, WHOLE, Webhook,
    door::{Door, Names},
};

pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "receiver",
        about: "For tests and demonstrations: an address of this machine, such as http://127.0.0.1:9000, to which everything is \
                posted whatever endpoints say. Refused where http.base_url is https.",
        default: Some(""),
        kind: Kind::Text,
    },
    Key {
        name: "authority",
        about: "A file of PEM certificates to trust besides the public authorities.",
        default: Some(""),
        kind: Kind::Path,
    },
];

impl Webhook {
    pub(crate) fn build(settings: &Settings) -> Result<Self, BuildError> {
        let receiver: Option<Url> = settings.optional("receiver")?;
        let is_plain = receiver.as_ref().is_some_and(|url| url.scheme() == "http");
        let names = receiver.as_ref().map_or(Ok(Names::Asked), |url| of_this_machine(settings, url))?;
        let tls = if is_plain { None } else { Some(tls(settings)?) };
        Ok(Self { door: Door { names, tls }, connecting: CONNECTING, whole: WHOLE })
    }
}

fn of_this_machine(settings: &Settings, url: &Url) -> Result<Names, BuildError> {
    let ip = url.host_str().and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok());
    let ip = ip.filter(|ip| ip.is_loopback() && ["http", "https"].contains(&url.scheme()));
    let address = ip.zip(url.port_or_known_default()).map(|(ip, port)| SocketAddr::new(ip, port));
    let address = address.ok_or_else(|| settings.fault("receiver", "must be an address of this machine"))?;
    Ok(Names::One(address))
}

fn tls(settings: &Settings) -> Result<Arc<ClientConfig>, BuildError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = settings.optional::<String>("authority")? {
        let fault = |_| settings.fault("authority", "is not a file of PEM certificates that can be read");
        let public = roots.len();
        for certificate in CertificateDer::pem_file_iter(path).map_err(fault)? {
            let trusted = roots.add(certificate.map_err(fault)?);
            trusted.map_err(|_| settings.fault("authority", "holds a certificate that cannot be trusted"))?;
        }
        if roots.len() == public {
            return Err(settings.fault("authority", "holds no PEM certificate"));
        }
    }
    let versions = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| settings.fault("authority", format!("cannot be used: {error}")))?;
    Ok(Arc::new(versions.with_root_certificates(roots).with_no_client_auth()))
}
