//! From which network address a request came: the connection's other end, or what the trusted proxies say (WEB-6).

use std::net::IpAddr;

use axum::extract::{FromRequestParts, Request};
use http::{HeaderMap, header, request::Parts};
use qualify_domain::circumstances::Circumstances;

use crate::{serve::Peer, web::Web};

/// The network address of whoever sent the request, if it can be told.
#[derive(Clone, Copy, Debug)]
pub struct Source(pub Option<IpAddr>);

impl Source {
    /// Reads it from a request.
    pub fn of(request: &Request, web: &Web) -> Self {
        Self::read(request.extensions().get::<Peer>().copied(), request.headers(), web.trusted_proxies())
    }

    fn read(peer: Option<Peer>, headers: &HeaderMap, proxies: usize) -> Self {
        if proxies == 0 {
            return Self(peer.map(|Peer(address)| address.to_canonical()));
        }
        let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
        let hops = lines.iter().flat_map(|line| line.split(',')).map(str::trim);
        // The last proxy appends the address it saw; what stands further left anybody may have written.
        let hop = hops.rev().nth(proxies - 1);
        Self(hop.and_then(|hop| hop.parse::<IpAddr>().ok()).map(|address| address.to_canonical()))
    }
}

/// From where the request comes: its network address, and what the browser calls itself.
#[derive(Clone, Debug)]
pub struct Whence(pub Circumstances);

impl Whence {
    /// Reads it from a request.
    pub fn of(request: &Request, web: &Web) -> Self {
        Self::read(Source::of(request, web), request.headers())
    }

    fn read(Source(ip): Source, headers: &HeaderMap) -> Self {
        let name = headers.get(header::USER_AGENT).map(|name| String::from_utf8_lossy(name.as_bytes()));
        Self(Circumstances::of(ip, name.as_deref().unwrap_or_default()))
    }
}

impl FromRequestParts<Web> for Whence {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Self::Rejection> {
        let source = Source::from_request_parts(parts, web).await?;
        Ok(Self::read(source, &parts.headers))
    }
}

impl FromRequestParts<Web> for Source {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Self::Rejection> {
        Ok(Self::read(parts.extensions.get::<Peer>().copied(), &parts.headers, web.trusted_proxies()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(proxies: usize, forwarded: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let peer = Peer("::ffff:192.0.2.9".parse().unwrap());
        Source::read(Some(peer), &headers, proxies).0.map(|address| address.to_string())
    }

    #[test]
    fn web_6_without_a_trusted_proxy_nobody_is_believed() {
        assert_eq!(source(0, &["203.0.113.1"]).as_deref(), Some("192.0.2.9"));
    }

    #[test]
    fn web_6_only_the_configured_hop_is_believed() {
        assert_eq!(source(1, &["203.0.113.1, 198.51.100.7"]).as_deref(), Some("198.51.100.7"));
        assert_eq!(source(2, &["203.0.113.1", "198.51.100.7, 10.0.0.1"]).as_deref(), Some("198.51.100.7"));
        assert_eq!(source(1, &["nonsense"]), None);
        assert_eq!(source(1, &[]), None);
    }
}
