//! Pages travel compressed, where their length tells nothing to somebody who has no business with them.
//!
//! How well a page compresses depends on what is in it. Another website that makes a member's browser ask for pages, and
//! somebody who measures them on the way, could together guess at what they show (the attack known as BREACH). So a
//! browser with a session gets a compressed answer only if it says that the request comes from one of our own pages, or
//! from the member's own hand.

use axum::{Router, extract::Request, middleware};
use http::{HeaderMap, header};
use tower_http::compression::{CompressionLayer, CompressionLevel};

/// Compresses what `router` answers with gzip, for those who accept it. Event streams and what is compressed already
/// stay as they are.
pub fn compressed<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    let gzip = CompressionLayer::new().quality(CompressionLevel::Fastest);
    router.layer(gzip).layer(middleware::map_request(only_at_home))
}

async fn only_at_home(mut request: Request) -> Request {
    if !is_at_home(request.headers()) {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    request
}

fn is_at_home(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(|site| site.to_str().unwrap_or_default());
    matches!(site, Some("same-origin" | "none")) || !headers.contains_key(header::COOKIE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_website_cannot_have_a_members_page_compressed() {
        let at_home = |pairs: &[(&'static str, &str)]| {
            is_at_home(&pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect())
        };
        let cookie = ("cookie", "__Host-qc_at=a");
        for site in ["same-origin", "none"] {
            assert!(at_home(&[cookie, ("sec-fetch-site", site)]), "{site}");
        }
        for site in ["cross-site", "same-site", "elsewhere"] {
            assert!(!at_home(&[cookie, ("sec-fetch-site", site)]), "{site}");
        }
        assert!(!at_home(&[cookie]), "a browser that does not say is not trusted");
        assert!(at_home(&[("sec-fetch-site", "cross-site")]), "a visitor's page holds no secret");
        assert!(at_home(&[]), "nor can anybody steer a program");
    }
}
