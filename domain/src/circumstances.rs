//! From where somebody comes: a network address and a browser, as the connection log keeps them for 90 days.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use crate::device::Device;

/// A browser's name for itself is kept up to this many characters.
const LONGEST_NAME: usize = 300;

/// From where a request comes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// The network address, if it can be told (WEB-6).
    pub ip: Option<IpAddr>,
    /// What the browser calls itself.
    pub user_agent: Option<UserAgent>,
}

impl Circumstances {
    /// The circumstances of a request with that address and that header.
    pub fn of(ip: Option<IpAddr>, user_agent: &str) -> Self {
        Self { ip: ip.map(|ip| ip.to_canonical()), user_agent: UserAgent::of(user_agent) }
    }

    /// The wider network around the address.
    pub fn network(&self) -> Option<Network> {
        self.ip.map(Network::around)
    }

    /// What the browser's name says about the device.
    pub fn device(&self) -> Device {
        self.user_agent.as_ref().map(|name| Device::of(name.as_str())).unwrap_or_default()
    }

    /// Whether one of these sign-ins came from the same network (AUTH-8).
    pub fn is_familiar(&self, earlier: &[Self]) -> bool {
        self.network().is_some_and(|here| earlier.iter().any(|there| there.network() == Some(here)))
    }

    /// Whether none of these sign-ins came from such a device in the same network. The very first one is nothing new.
    pub fn is_new(&self, earlier: &[Self]) -> bool {
        let same = |there: &Self| there.device() == self.device() && there.network() == self.network();
        !earlier.is_empty() && !earlier.iter().any(same)
    }
}

/// What a browser calls itself: cut, and without control characters. Never shown by [`fmt::Debug`].
#[derive(Clone, PartialEq, Eq)]
pub struct UserAgent(String);

impl UserAgent {
    /// The name in a header; none if nothing is left of it.
    pub fn of(raw: &str) -> Option<Self> {
        let name: String = raw.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
        let name = name.trim();
        (!name.is_empty()).then(|| Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UserAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserAgent([redacted])")
    }
}

/// Addresses that belong together. Written as its first address and the number of bits they share.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network(IpAddr, u8);

impl Network {
    /// One household: an IPv4 address, or the /64 of an IPv6 address.
    pub fn of(ip: IpAddr) -> Self {
        Self::cut(ip, 32, 64)
    }

    /// The neighbourhood: the /24 of an IPv4 address, or the /48 of an IPv6 address.
    pub fn around(ip: IpAddr) -> Self {
        Self::cut(ip, 24, 48)
    }

    fn cut(ip: IpAddr, four: u8, six: u8) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Self(Ipv4Addr::from(u32::from(ip) & (u32::MAX << (32 - four))).into(), four),
            IpAddr::V6(ip) => Self(Ipv6Addr::from(u128::from(ip) & (u128::MAX << (128 - six))).into(), six),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, self.1)
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
    const SAFARI: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                          Version/19.0 Safari/605.1.15";

    fn from(ip: &str, name: &str) -> Circumstances {
        Circumstances::of(ip.parse().ok(), name)
    }

    #[test]
    fn a_browsers_name_is_cut_and_cleaned() {
        assert_eq!(UserAgent::of(" a\0b\r\n\u{85} ").unwrap().as_str(), "ab");
        assert_eq!(UserAgent::of("\r\n"), None);
        assert_eq!(UserAgent::of(&"é".repeat(301)).unwrap().as_str(), "é".repeat(300));
    }

    #[test]
    fn auth_9_a_source_is_an_address_or_the_first_64_bits() {
        let one = |ip: &str| Network::of(ip.parse().unwrap()).to_string();
        assert_eq!(one("192.0.2.7"), "192.0.2.7/32");
        assert_eq!(one("::ffff:192.0.2.7"), "192.0.2.7/32");
        assert_eq!(one("2001:db8:1:2:3::4"), "2001:db8:1:2::/64");
    }

    #[test]
    fn auth_8_a_network_is_a_24_or_a_48() {
        let around = |ip: &str| Network::around(ip.parse().unwrap()).to_string();
        assert_eq!(around("192.0.2.7"), "192.0.2.0/24");
        assert_eq!(around("2001:db8:1:2:3::4"), "2001:db8:1::/48");
    }

    #[test]
    fn auth_8_a_network_is_familiar_from_an_earlier_sign_in() {
        let earlier = [from("192.0.2.7", FIREFOX)];
        assert!(from("192.0.2.200", SAFARI).is_familiar(&earlier));
        assert!(!from("192.0.3.7", FIREFOX).is_familiar(&earlier));
        assert!(!Circumstances::default().is_familiar(&[Circumstances::default()]), "no address is no network");
    }

    #[test]
    fn a_device_or_a_network_never_used_is_new_but_not_the_first() {
        let earlier = [from("192.0.2.7", FIREFOX)];
        assert!(!from("192.0.2.9", &FIREFOX.replace("145.0", "146.0")).is_new(&earlier), "an update is no new device");
        assert!(from("192.0.2.7", SAFARI).is_new(&earlier));
        assert!(from("198.51.100.7", FIREFOX).is_new(&earlier));
        assert!(!from("198.51.100.7", FIREFOX).is_new(&[]));
    }

    #[test]
    fn log_1_circumstances_never_show_themselves() {
        let network = Network::of("192.0.2.7".parse().unwrap());
        let shown = format!("{:?} {network:?}", UserAgent::of(FIREFOX));
        assert!(!shown.contains("Firefox") && !shown.contains("192"), "{shown}");
    }
}
