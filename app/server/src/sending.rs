//! Whether whoever receives a mail can tell that it is ours: what DNS says of the domains it comes from (MAIL-6).

mod dkim;
mod dmarc;
mod resolver;
mod spf;
mod tags;

use std::net::SocketAddr;

use qualify_domain::text::Email;
use qualify_ports::plugin::{BuildError, Settings};
use qualify_postgres::{Finding, Weight};
use url::Host;

use self::resolver::Resolver;

/// Where TXT records are read.
trait Records {
    /// The TXT records of a name, each with its strings put together; none if there are none.
    ///
    /// # Errors
    /// Why nobody can tell.
    async fn txt(&self, name: &str) -> Result<Vec<String>, String>;
}

/// From which domains mails come.
struct Sending {
    /// The domain of the address that people see.
    from: String,
    /// The domain of the sender on the envelope, to which bounces go.
    bounces: String,
    /// The domain for which the relay signs.
    signs: String,
    /// Under which name its key stands there.
    selector: Option<String>,
}

/// Looks up what DNS says of the mails that are sent through a relay with these settings.
pub(crate) async fn look(relay: &Settings) -> Vec<Finding> {
    let read = Sending::read(relay).and_then(|sending| Ok((sending, server(relay)?)));
    match read.map(|(sending, server)| (sending, Resolver::new(server))) {
        Ok((sending, Ok(resolver))) => judge(&sending, &resolver).await,
        Ok((_, Err(why))) => {
            vec![finding(Weight::Doubtful, format!("SPF, DKIM and DMARC cannot be looked up: {why}"))]
        }
        Err(fault) => vec![finding(Weight::Refused, fault.to_string())],
    }
}

async fn judge(sending: &Sending, records: &impl Records) -> Vec<Finding> {
    let (spf, dkim, dmarc) = futures::join!(
        spf::judge(&sending.bounces, records),
        dkim::judge(sending.selector.as_deref(), &sending.signs, records),
        dmarc::judge(sending, records),
    );
    [spf, dkim].into_iter().chain(dmarc).collect()
}

impl Sending {
    fn read(relay: &Settings) -> Result<Self, BuildError> {
        let from: Email = relay.get("from_address")?;
        let from = from.rsplit_once('@').map(|(_, domain)| domain).unwrap_or_default();
        let from = domain(from).ok_or_else(|| relay.fault("from_address", "is not at a domain that DNS can know"))?;
        let other = |key: &str| match relay.optional::<String>(key)? {
            Some(raw) => domain(&raw).ok_or_else(|| relay.fault(key, "is not a domain such as mail.example.com")),
            None => Ok(from.clone()),
        };
        let (bounces, signs) = (other("bounce_domain")?, other("dkim_domain")?);
        let selector: Option<String> = relay.optional("dkim_selector")?;
        let selector = match selector {
            Some(raw) if !is_name(&raw) => Err(relay.fault("dkim_selector", "is not a name such as mail2026")),
            other => Ok(other),
        }?;
        Ok(Self { from, bounces, signs, selector })
    }
}

/// The DNS server to ask, if it is not one of this machine's own.
fn server(relay: &Settings) -> Result<Option<SocketAddr>, BuildError> {
    relay.optional("resolver").map_err(|_| relay.fault("resolver", "must be an address and port such as 127.0.0.1:53"))
}

/// A domain as DNS writes it.
fn domain(raw: &str) -> Option<String> {
    match Host::parse(raw.trim_end_matches('.')).ok()? {
        Host::Domain(domain) if domain.contains('.') && is_name(&domain) => Some(domain),
        _ => None,
    }
}

fn is_name(raw: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    raw.len() < 200 && raw.split('.').all(is_label)
}

fn finding(weight: Weight, text: impl Into<String>) -> Finding {
    Finding { weight, text: text.into() }
}

/// What is said of records that nobody could read.
fn unread(what: &str, name: &str, why: &str) -> Finding {
    finding(Weight::Doubtful, format!("{what} cannot be looked up at {name}: {why}"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// Records given by hand; of a name with an error nobody can tell.
    #[derive(Default)]
    pub(super) struct ByHand(HashMap<String, Result<Vec<String>, String>>);

    impl ByHand {
        pub(super) fn with(mut self, name: &str, records: &[&str]) -> Self {
            self.0.insert(name.to_owned(), Ok(records.iter().map(|&record| record.to_owned()).collect()));
            self
        }

        pub(super) fn broken(mut self, name: &str) -> Self {
            self.0.insert(name.to_owned(), Err("nobody answers".to_owned()));
            self
        }
    }

    impl Records for ByHand {
        async fn txt(&self, name: &str) -> Result<Vec<String>, String> {
            self.0.get(name).cloned().unwrap_or(Ok(vec![]))
        }
    }

    pub(super) fn sending() -> Sending {
        Sending {
            from: "crm.example.com".to_owned(),
            bounces: "crm.example.com".to_owned(),
            signs: "crm.example.com".to_owned(),
            selector: Some("mail".to_owned()),
        }
    }

    /// The settings of a relay, with the values that a file would leave as they are.
    fn relay(set: &[(&str, &str)]) -> Settings {
        let usual = ["from_address", "bounce_domain", "dkim_domain", "dkim_selector", "resolver"];
        let settings = Settings::new("smtp", usual.map(|name| (name.to_owned(), String::new())));
        set.iter()
            .fold(settings.with("from_address", "crm@example.com"), |settings, (key, value)| settings.with(key, *value))
    }

    #[test]
    fn mail_6_domains_are_those_of_the_address_unless_told_otherwise() {
        let read = |set: &[(&str, &str)]| Sending::read(&relay(set));
        let usual = read(&[]).unwrap();
        assert_eq!([&*usual.from, &*usual.bounces, &*usual.signs], ["example.com"; 3]);
        assert_eq!(usual.selector, None);
        let told =
            read(&[("bounce_domain", "b.example.com."), ("dkim_domain", "Relay.example"), ("dkim_selector", "s1.k")]);
        let told = told.unwrap();
        assert_eq!([&*told.bounces, &*told.signs], ["b.example.com", "relay.example"]);
        assert_eq!(told.selector.as_deref(), Some("s1.k"));
        assert_eq!(read(&[("from_address", "crm@bücher.example")]).unwrap().from, "xn--bcher-kva.example");
    }

    #[test]
    fn mail_6_what_is_no_name_is_told_by_its_key() {
        let fault = |key: &str, value: &str| Sending::read(&relay(&[(key, value)])).err().map(|fault| fault.key);
        assert_eq!(fault("from_address", "crm@localhost").as_deref(), Some("smtp.from_address"));
        assert_eq!(fault("bounce_domain", "192.0.2.1").as_deref(), Some("smtp.bounce_domain"));
        assert_eq!(fault("dkim_domain", "two words").as_deref(), Some("smtp.dkim_domain"));
        assert_eq!(fault("dkim_selector", "a..b").as_deref(), Some("smtp.dkim_selector"));
        assert_eq!(server(&relay(&[("resolver", "dns.example")])).unwrap_err().key, "smtp.resolver");
        assert_eq!(server(&relay(&[])).unwrap(), None);
    }

    #[tokio::test]
    async fn mail_6_a_domain_without_records_is_told_of_each_of_them() {
        let found = judge(&sending(), &ByHand::default()).await;
        assert!(found.iter().all(|finding| finding.weight == Weight::Refused), "{found:?}");
        let told: Vec<&str> = found.iter().filter_map(|finding| finding.text.split(' ').next()).collect();
        assert_eq!(told, ["SPF:", "DKIM:", "DMARC:"]);
    }

    #[tokio::test]
    async fn mail_6_a_resolver_that_fails_is_told_of_and_judges_nothing() {
        let records = ByHand::default()
            .broken("crm.example.com")
            .broken("mail._domainkey.crm.example.com")
            .broken("_dmarc.crm.example.com");
        let found = judge(&sending(), &records).await;
        assert_eq!(found.len(), 3);
        for finding in found {
            assert_eq!(finding.weight, Weight::Doubtful);
            assert!(finding.text.ends_with("nobody answers"), "{}", finding.text);
        }
    }
}
