use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::Deref,
    str::FromStr,
};

use url::{Host, Url};

use crate::violation::Rule;

/// The longest address of an endpoint, in characters.
const LONGEST: usize = 500;

/// Where an endpoint is: over TLS, under a name, at the usual port, and without a user in it (WEB-7).
#[derive(Clone, PartialEq, Eq)]
pub struct HookUrl(Url);

impl HookUrl {
    /// Parses an address.
    ///
    /// # Errors
    /// The rule it breaks.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        let raw = raw.trim();
        if raw.is_empty() {
            return Err(Rule::Required);
        }
        if raw.chars().count() > LONGEST {
            return Err(Rule::TooLong(LONGEST));
        }
        let url = Url::parse(raw).map_err(|_| Rule::NotAnEndpoint)?;
        let is_named = matches!(url.host(), Some(Host::Domain(name)) if name.trim_end_matches('.').contains('.'));
        let has_user = !url.username().is_empty() || url.password().is_some();
        // The usual port is none, for whoever parses an address.
        let fits = url.scheme() == "https" && is_named && !has_user && url.port().is_none() && url.fragment().is_none();
        if fits { Ok(Self(url)) } else { Err(Rule::NotAnEndpoint) }
    }

    /// The name of the machine it is on.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// What is asked for there: its path, with the query.
    pub fn target(&self) -> String {
        let query = self.0.query().map(|query| format!("?{query}"));
        format!("{}{}", self.0.path(), query.unwrap_or_default())
    }
}

impl Deref for HookUrl {
    type Target = str;

    fn deref(&self) -> &str {
        self.0.as_str()
    }
}

/// Addresses carry what lets others in, often enough.
impl fmt::Debug for HookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HookUrl({})", self.host())
    }
}

impl fmt::Display for HookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl FromStr for HookUrl {
    type Err = Rule;

    fn from_str(raw: &str) -> Result<Self, Rule> {
        Self::parse(raw)
    }
}

/// Networks to which nothing is sent, however a name leads there (WEB-7): none of them is somebody else's machine on the
/// internet.
const CLOSED_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::UNSPECIFIED, 8),           // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // shared behind a carrier
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link-local
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocols
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation
    (Ipv4Addr::new(192, 31, 196, 0), 24), // AS112
    (Ipv4Addr::new(192, 52, 193, 0), 24), // AMT
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // relays of 6to4
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private
    (Ipv4Addr::new(192, 175, 48, 0), 24), // AS112
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved, and everybody
];

/// Of IPv6, only what is given to networks on the internet; of that, not these.
const OPEN_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
const CLOSED_V6: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocols, Teredo and benchmarks among them
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4: an address of IPv4 in another coat
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48), // AS112
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

/// Whether an address may be dialled that a name of somebody else's choosing leads to. Mapped (`::ffff:`), compatible (`::`)
/// and translated (`64:ff9b::`) addresses lie outside of what is given to networks, and with them unique local, link-local
/// and multicast ones.
pub fn may_be_dialled(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            !CLOSED_V4.iter().any(|(network, bits)| (u32::from(address) ^ u32::from(*network)).leading_zeros() >= *bits)
        }
        IpAddr::V6(address) => {
            let within = |(network, bits): &(Ipv6Addr, u32)| {
                (u128::from(address) ^ u128::from(*network)).leading_zeros() >= *bits
            };
            within(&OPEN_V6) && !CLOSED_V6.iter().any(within)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_7_an_endpoint_is_https_under_a_name_at_the_usual_port_without_a_user() {
        for raw in
            ["https://hooks.example.com", " https://hooks.example.com:443/a?b=c ", "https://xn--bcher-kva.example/"]
        {
            assert!(HookUrl::parse(raw).is_ok(), "{raw}");
        }
        let url = HookUrl::parse("https://hooks.example.com:443/a/b?c=d").unwrap();
        assert_eq!((url.host(), &*url.target()), ("hooks.example.com", "/a/b?c=d"));
        for raw in [
            "http://hooks.example.com",
            "ftp://hooks.example.com",
            "https://hooks.example.com:8443/",
            "https://anna@hooks.example.com/",
            "https://:secret@hooks.example.com/",
            "https://hooks.example.com/#part",
            "https://93.184.215.14/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://127.1/",
            "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
            "https://[::ffff:93.184.215.14]/",
            "https://localhost/",
            "https://intranet/",
            "https://",
            "hooks.example.com",
        ] {
            assert_eq!(HookUrl::parse(raw).err(), Some(Rule::NotAnEndpoint), "{raw}");
        }
        assert_eq!(HookUrl::parse(" ").err(), Some(Rule::Required));
        let long = format!("https://hooks.example.com/{}", "a".repeat(LONGEST));
        assert_eq!(HookUrl::parse(&long).err(), Some(Rule::TooLong(LONGEST)));
    }

    #[test]
    fn web_7_nothing_is_sent_into_networks_that_are_nobody_elses() {
        for closed in [
            "0.0.0.0",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:93.184.215.14",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b::5db8:d70e",
            "64:ff9b:1::1",
            "100::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:2::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "3fff::1",
            "5f00::1",
        ] {
            assert!(!may_be_dialled(closed.parse().unwrap()), "{closed}");
        }
        for open in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.1",
            "93.184.215.14",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.167.0.1",
            "223.255.255.255",
            "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
            "2a00:1450::1",
            "2001:4860:4860::8888",
        ] {
            assert!(may_be_dialled(open.parse().unwrap()), "{open}");
        }
    }
}
