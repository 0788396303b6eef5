use std::{net::IpAddr, sync::Arc, time::Duration};

use qualify_ports::plugin::{BuildError, Key, Kind, Settings};
use secrecy::ExposeSecret;
use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use url::Url;

use crate::{S3, connection::Endpoint, sign::Signer};

pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "endpoint",
        about: "Where the store listens, such as https://s3.eu-west-3.amazonaws.com; http is for a store on this machine \
                only.",
        default: None,
        kind: Kind::Url,
    },
    Key {
        name: "region",
        about: "The store's region, as it wants it in signatures.",
        default: Some("us-east-1"),
        kind: Kind::Text,
    },
    Key {
        name: "bucket",
        about: "The bucket. Let a rule of it abort uploads that were not completed after a day.",
        default: None,
        kind: Kind::Text,
    },
    Key {
        name: "prefix",
        about: "What the names of files begin with, such as qualify/; empty for a bucket that holds nothing else.",
        default: Some(""),
        kind: Kind::Text,
    },
    Key { name: "access_key", about: "The id of the key to sign with.", default: None, kind: Kind::Text },
    Key { name: "secret_key", about: "The key to sign with.", default: None, kind: Kind::Secret },
    Key {
        name: "authority",
        about: "A file of PEM certificates to trust besides the public authorities.",
        default: Some(""),
        kind: Kind::Path,
    },
    Key {
        name: "timeout_seconds",
        about: "How long the store may say nothing before it counts as not there.",
        default: Some("30"),
        kind: Kind::Number(1, 600),
    },
];

impl S3 {
    pub(crate) fn build(settings: &Settings) -> Result<Self, BuildError> {
        let secret = settings.secret("secret_key")?.clone();
        if secret.expose_secret().is_empty() {
            return Err(settings.fault("secret_key", "is not set"));
        }
        Ok(Self {
            endpoint: endpoint(settings)?,
            signer: Signer { region: word(settings, "region")?, id: word(settings, "access_key")?, secret },
            bucket: word(settings, "bucket")?,
            prefix: prefix(settings)?,
        })
    }
}

fn endpoint(settings: &Settings) -> Result<Endpoint, BuildError> {
    let url: Url = settings.get("endpoint")?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    let host = url.host_str().filter(|_| bare);
    let host = host.ok_or_else(|| settings.fault("endpoint", "must be scheme, host and port only"))?;
    let name = host.trim_matches(['[', ']']).to_owned();
    let tls = match url.scheme() {
        "https" => Some(tls(settings, &name)?),
        "http" if name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()) => None,
        _ => return Err(settings.fault("endpoint", "must be https, since it is not this machine")),
    };
    Ok(Endpoint {
        // The URL names a port only where it is not the usual one, and so do requests.
        authority: url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
        port: url.port_or_known_default().unwrap_or(443),
        host: name,
        tls,
        patience: Duration::from_secs(settings.get("timeout_seconds")?),
    })
}

fn tls(settings: &Settings, host: &str) -> Result<(Arc<ClientConfig>, ServerName<'static>), BuildError> {
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
        .map_err(|error| settings.fault("endpoint", format!("cannot be reached over TLS: {error}")))?;
    let name = ServerName::try_from(host.to_owned());
    let name = name.map_err(|_| settings.fault("endpoint", "has no name that a certificate could be for"))?;
    Ok((Arc::new(versions.with_root_certificates(roots).with_no_client_auth()), name))
}

/// A text that can stand in a path and in a signature as it is.
fn word(settings: &Settings, name: &str) -> Result<String, BuildError> {
    let word: String = settings.get(name)?;
    let is_one = !word.is_empty() && !word.starts_with('.') && word.chars().all(is_plain);
    if is_one { Ok(word) } else { Err(settings.fault(name, "must be of letters, digits, `-`, `_` and `.`")) }
}

fn prefix(settings: &Settings) -> Result<String, BuildError> {
    let prefix: String = settings.get("prefix")?;
    let is_one = prefix.split('/').all(|part| !part.starts_with('.') && part.chars().all(is_plain))
        && !prefix.starts_with('/')
        && !prefix.contains("//");
    if is_one { Ok(prefix) } else { Err(settings.fault("prefix", "must be words such as qualify/files/")) }
}

const fn is_plain(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_' | '.')
}
