use std::net::IpAddr;

use jiff::tz::TimeZone;
use qualify_crypto::KeyRing;
use secrecy::SecretString;
use url::{Host, Url};

/// What a value must be beyond its kind, by its section and key: none, or what is expected instead.
pub(super) fn refusal(section: &str, key: &str, text: &str) -> Option<String> {
    match (section, key) {
        ("http", "base_url") => base_url(text),
        ("http", "time_zone") => {
            TimeZone::get(text).is_err().then(|| "expected the name of a time zone, such as Europe/Paris".to_owned())
        }
        ("database", "url" | "migrator_url") | ("backups", "url") if !text.is_empty() => database_url(text),
        ("security", "keys") => {
            KeyRing::parse(&SecretString::from(text)).err().map(|error| format!("is not a list of keys: {error}"))
        }
        _ => None,
    }
}

/// WEB-1: browsers come by https, or from this very machine.
fn base_url(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    match url.scheme() {
        _ if !bare => Some("expected scheme, host and port only, such as https://crm.example.com".to_owned()),
        "https" => None,
        "http" if url.host().is_some_and(|host| is_this_machine(&host)) => None,
        _ => Some("expected https, since its host is not this machine (WEB-1)".to_owned()),
    }
}

/// WEB-1: TLS to a remote database is verified.
fn database_url(text: &str) -> Option<String> {
    let shape = "expected a URL such as postgres://qualify_app:password@db.example.com:5432/qualify";
    let Ok(url) = Url::parse(text) else { return Some(shape.to_owned()) };
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Some(shape.to_owned());
    }
    let given = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let local = match given("host").or_else(|| url.host_str().map(str::to_owned)) {
        None => true,
        Some(host) if host.is_empty() || host.starts_with('/') || host.starts_with("%2F") => true,
        Some(host) => is_local_name(&host),
    };
    let mode = given("sslmode").or_else(|| given("ssl-mode"));
    let verified = matches!(mode.as_deref(), Some("verify-full" | "verify-ca"));
    (!local && !verified).then(|| {
        "the database is on another machine: expected sslmode=verify-full in the URL, and sslrootcert=FILE if its \
         certificate is not signed by a public authority (WEB-1)"
            .to_owned()
    })
}

fn is_local_name(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_1_browsers_come_by_https_or_from_this_machine() {
        for good in ["https://crm.example.com", "http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:80/"] {
            assert_eq!(base_url(good), None, "{good}");
        }
        for bad in ["http://crm.example.com", "http://10.0.0.1", "ftp://localhost", "https://example.com/crm"] {
            assert!(base_url(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn web_1_tls_to_a_database_elsewhere_is_verified() {
        for good in [
            "postgres:///qualify?host=/run/postgresql&user=qualify_app",
            "postgres://qualify_app@%2Frun%2Fpostgresql/qualify",
            "postgresql://a:b@localhost/qualify",
            "postgres://a:b@[::1]:5432/qualify",
            "postgres://a:b@db.example.com/qualify?sslmode=verify-full",
        ] {
            assert_eq!(database_url(good), None, "{good}");
        }
        for bad in [
            "postgres://a:b@db.example.com/qualify",
            "postgres://a:b@db.example.com/qualify?sslmode=require",
            "postgres://a:b@localhost/qualify?host=db.example.com",
            "mysql://localhost/qualify",
            "db.example.com",
        ] {
            assert!(database_url(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_refusal_never_quotes_a_secret() {
        let refusals = [refusal("database", "url", "mysql://a:hunter2@x/y"), refusal("security", "keys", "hunter2")];
        for refusal in refusals {
            assert!(!refusal.unwrap().contains("hunter2"));
        }
    }
}
