use std::{net::IpAddr, sync::Arc};

use hyper::header::HeaderValue;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use qualify_domain::plan::PlanCode;
use qualify_ports::plugin::{BuildError, Key, Kind, Settings};
use secrecy::{ExposeSecret, SecretString};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use url::Url;

use crate::{LemonSqueezy, Shop, connection::Endpoint, pace::Pace};

pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "url",
        about: "Where the provider's API listens; http is for one on this machine only.",
        default: Some("https://api.lemonsqueezy.com"),
        kind: Kind::Url,
    },
    Key { name: "key", about: "The key with which the provider is asked.", default: None, kind: Kind::Secret },
    Key {
        name: "key_expires",
        about: "The day on which the key expires, such as 2027-11-01; empty if nobody is to be reminded.",
        default: Some(""),
        kind: Kind::Text,
    },
    Key { name: "store", about: "The id of the store, a number.", default: None, kind: Kind::Text },
    Key {
        name: "webhook_secret",
        about: "The secret with which the provider signs webhooks: 6 to 40 characters.",
        default: None,
        kind: Kind::Secret,
    },
    Key {
        name: "variants",
        about: "Which variant of the store is for which plan, such as solo:101,team:102,business:103.",
        default: None,
        kind: Kind::Text,
    },
    Key {
        name: "test_mode",
        about: "Whether the provider's test mode is used, in which no money moves.",
        default: Some("false"),
        kind: Kind::Flag,
    },
];

impl LemonSqueezy {
    pub(crate) fn build(settings: &Settings) -> Result<Self, BuildError> {
        Ok(Self {
            endpoint: endpoint(settings)?,
            pace: Pace::default(),
            authorization: authorization(settings)?,
            key_expires_at: key_expires_at(settings)?,
            webhook_secret: webhook_secret(settings)?,
            shop: Shop { store: store(settings)?, variants: variants(settings)?, is_test: settings.get("test_mode")? },
        })
    }
}

fn endpoint(settings: &Settings) -> Result<Endpoint, BuildError> {
    let url: Url = settings.get("url")?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    let host = url.host_str().filter(|_| bare);
    let host = host.ok_or_else(|| settings.fault("url", "must be scheme, host and port only"))?;
    let name = host.trim_matches(['[', ']']).to_owned();
    let tls = match url.scheme() {
        "https" => Some(tls(settings, &name)?),
        "http" if name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()) => None,
        _ => return Err(settings.fault("url", "must be https, since it is not this machine")),
    };
    Ok(Endpoint {
        authority: url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
        port: url.port_or_known_default().unwrap_or(443),
        host: name,
        tls,
    })
}

fn tls(settings: &Settings, host: &str) -> Result<(Arc<ClientConfig>, ServerName<'static>), BuildError> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let versions = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| settings.fault("url", format!("cannot be reached over TLS: {error}")))?;
    let name = ServerName::try_from(host.to_owned());
    let name = name.map_err(|_| settings.fault("url", "has no name that a certificate could be for"))?;
    Ok((Arc::new(versions.with_root_certificates(roots).with_no_client_auth()), name))
}

fn authorization(settings: &Settings) -> Result<HeaderValue, BuildError> {
    let key = settings.secret("key")?.expose_secret();
    if key.is_empty() {
        return Err(settings.fault("key", "is not set"));
    }
    let header = HeaderValue::from_str(&format!("Bearer {key}"));
    let mut header = header.map_err(|_| settings.fault("key", "holds what cannot be in a key"))?;
    header.set_sensitive(true);
    Ok(header)
}

fn key_expires_at(settings: &Settings) -> Result<Option<Timestamp>, BuildError> {
    let day: Option<String> = settings.optional("key_expires")?;
    let fault = || settings.fault("key_expires", "must be a day such as 2027-11-01");
    let moment = |day: String| {
        // A day and nothing more: a date with a time would be read, too.
        let day = Some(day).filter(|day| day.len() == 10).and_then(|day| day.parse::<Date>().ok());
        let start = day.and_then(|day| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok());
        start.ok_or_else(fault)
    };
    day.map(moment).transpose()
}

fn webhook_secret(settings: &Settings) -> Result<SecretString, BuildError> {
    let secret = settings.secret("webhook_secret")?;
    let length = secret.expose_secret().chars().count();
    let is_one = (6..=40).contains(&length);
    if is_one { Ok(secret.clone()) } else { Err(settings.fault("webhook_secret", "must be of 6 to 40 characters")) }
}

fn store(settings: &Settings) -> Result<u64, BuildError> {
    settings.get::<String>("store")?.parse().map_err(|_| settings.fault("store", "must be a number"))
}

/// Which variant is for which plan, the smallest plan first.
fn variants(settings: &Settings) -> Result<Vec<(PlanCode, u64)>, BuildError> {
    let text: String = settings.get("variants")?;
    let fault = |reason: &str| settings.fault("variants", reason);
    let mut variants: Vec<(PlanCode, u64)> = Vec::new();
    for pair in text.split(',') {
        let parts = pair.trim().split_once(':');
        let read = parts.and_then(|(plan, variant)| Some((plan.parse().ok()?, variant.parse().ok()?)));
        let (plan, variant) = read.ok_or_else(|| fault("must be plans and numbers such as solo:101,team:102"))?;
        if variants.iter().any(|known| known.0 == plan || known.1 == variant) {
            return Err(fault("names a plan or a variant twice"));
        }
        variants.push((plan, variant));
    }
    variants.sort_unstable();
    Ok(variants)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(name: &str, value: &str) -> Settings {
        let defaults = KEYS.iter().filter_map(|key| Some((key.name.to_owned(), key.default?.to_owned())));
        Settings::new("lemonsqueezy", defaults)
            .with("key", "key")
            .with("store", "7")
            .with("webhook_secret", "secret")
            .with("variants", "team:102,solo:101")
            .with(name, value)
    }

    fn fault(name: &str, value: &str) -> Option<String> {
        LemonSqueezy::build(&settings(name, value)).err().map(|error| error.key)
    }

    #[test]
    fn what_cannot_work_is_refused_by_its_key() {
        for (name, value) in [
            ("url", "http://api.lemonsqueezy.com"),
            ("url", "https://api.lemonsqueezy.com/v1"),
            ("url", "ftp://127.0.0.1"),
            ("key", ""),
            ("key", "two\nlines"),
            ("key_expires", "soon"),
            ("key_expires", "2027-02-30"),
            ("store", "mine"),
            ("webhook_secret", "short"),
            ("webhook_secret", "12345678901234567890123456789012345678901"),
            ("variants", ""),
            ("variants", "solo"),
            ("variants", "solo:x"),
            ("variants", "free:1"),
            ("variants", "solo:1,solo:2"),
            ("variants", "solo:1,team:1"),
            ("test_mode", "perhaps"),
        ] {
            assert_eq!(fault(name, value), Some(format!("lemonsqueezy.{name}")), "{name} = {value}");
        }
        assert_eq!(fault("url", "http://127.0.0.1:9"), None);
        assert_eq!(fault("url", "http://[::1]:9"), None);
        assert_eq!(fault("key_expires", ""), None);
    }

    #[test]
    fn web_10_the_day_on_which_the_key_expires_is_known() {
        let built = LemonSqueezy::build(&settings("key_expires", "2027-11-01")).ok();
        let expires_at = built.as_ref().and_then(|built| built.key_expires_at);
        assert_eq!(expires_at.map(|at| at.to_string()).as_deref(), Some("2027-11-01T00:00:00Z"));
        let shown = built.map(|built| format!("{:?}", built.authorization));
        assert_eq!(shown.as_deref(), Some("Sensitive"));
    }

    #[test]
    fn plans_come_in_their_order() {
        let built = LemonSqueezy::build(&settings("test_mode", "true")).ok();
        let variants = built.map(|built| built.shop.variants);
        assert_eq!(variants, Some(vec![(PlanCode::Solo, 101), (PlanCode::Team, 102)]));
    }
}
