//! Where a visit came from, as far as the visitor's browser tells (DAT-3). Whatever does not parse is left out: a visitor
//! is never turned away for it.

use http::{HeaderMap, header};
use qualify_domain::{
    submission::Attribution,
    text::{CampaignTag, PageUrl},
};

/// The fields that carry a visit.
pub const FIELDS: [&str; 11] = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "gclid",
    "fbclid",
    "msclkid",
    "_page",
    "_landing",
    "_referrer",
];

/// Reads a visit from its fields; the page is else the one the browser names as its origin.
pub fn read(field: impl Fn(&'static str) -> String, headers: &HeaderMap) -> Attribution {
    let tag = |name| CampaignTag::parse_optional(&field(name)).ok().flatten();
    let page = |name| PageUrl::parse_optional(&field(name)).ok().flatten();
    let named = headers.get(header::REFERER).and_then(|value| PageUrl::parse(value.to_str().ok()?).ok());
    Attribution {
        page: page("_page").or(named),
        landing_page: page("_landing"),
        referrer: page("_referrer"),
        source: tag("utm_source"),
        medium: tag("utm_medium"),
        campaign: tag("utm_campaign"),
        term: tag("utm_term"),
        content: tag("utm_content"),
        gclid: tag("gclid"),
        fbclid: tag("fbclid"),
        msclkid: tag("msclkid"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dat_3_a_visit_keeps_pages_without_their_queries() {
        let field = |name| match name {
            "_referrer" => "https://search.example/find?q=private#x".to_owned(),
            "utm_source" => "news\u{0}letter".to_owned(),
            "_landing" => "javascript:alert(1)".to_owned(),
            _ => String::new(),
        };
        let headers =
            HeaderMap::from_iter([(header::REFERER, "https://shop.example/contact?email=a".parse().unwrap())]);
        let visit = read(field, &headers);
        assert_eq!(visit.referrer.as_deref(), Some("https://search.example/find"));
        assert_eq!(visit.page.as_deref(), Some("https://shop.example/contact"));
        assert_eq!(visit.source.as_deref(), Some("newsletter"));
        assert_eq!(visit.landing_page, None);
    }
}
