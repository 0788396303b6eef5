use std::{net::SocketAddr, str::FromStr};

use qualify_domain::text::Email;
use qualify_ports::plugin::{Key, Kind};
use url::Url;

/// Whether the text fits the key. An empty one fits where empty is the default: it stands for "none".
pub(super) fn fits(key: &Key, text: &str) -> bool {
    if text.is_empty() {
        return key.default == Some("");
    }
    match key.kind {
        Kind::Text | Kind::Secret => !text.trim().is_empty(),
        Kind::Path => !text.contains('\0'),
        Kind::Derived => false,
        Kind::Number(low, high) => u64::from_str(text).is_ok_and(|number| (low..=high).contains(&number)),
        Kind::Flag => matches!(text, "true" | "false"),
        Kind::Choice(names) => names.contains(&text),
        Kind::Choices(names) => all_different(text, names),
        Kind::Listen => SocketAddr::from_str(text).is_ok(),
        Kind::Url => Url::parse(text).is_ok_and(|url| url.has_host()),
        Kind::Email => Email::parse(text).is_ok(),
    }
}

fn all_different(text: &str, names: &[&str]) -> bool {
    let items: Vec<_> = text.split(',').map(str::trim).collect();
    items.iter().enumerate().all(|(i, item)| names.contains(item) && !items[..i].contains(item))
}

/// Whether the value may be shown.
pub(super) fn is_secret(kind: Kind) -> bool {
    matches!(kind, Kind::Secret | Kind::Derived)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits_kind(kind: Kind, text: &str) -> bool {
        fits(&Key { name: "x", about: "", default: None, kind }, text)
    }

    #[test]
    fn each_kind_knows_what_fits_it() {
        let names = &["a", "b"];
        for (kind, good, bad) in [
            (Kind::Text, "x", " "),
            (Kind::Number(1, 9), "9", "10"),
            (Kind::Number(0, 9), "0", "-1"),
            (Kind::Flag, "true", "yes"),
            (Kind::Choice(names), "b", "c"),
            (Kind::Choices(names), "b, a", "a,a"),
            (Kind::Choices(names), "a", "a,c"),
            (Kind::Listen, "[::1]:80", "localhost:80"),
            (Kind::Url, "https://crm.example.com", "crm.example.com"),
            (Kind::Email, "dpo@example.com", "dpo"),
            (Kind::Path, "/var/mail", ""),
        ] {
            assert!(fits_kind(kind, good), "{kind}: {good}");
            assert!(!fits_kind(kind, bad), "{kind}: {bad}");
        }
        assert!(!fits_kind(Kind::Derived, "anything"), "nobody configures what is derived");
    }

    #[test]
    fn empty_means_none_only_where_that_is_the_default() {
        let key = |default| Key { name: "x", about: "", default, kind: Kind::Text };
        assert!(fits(&key(Some("")), ""));
        assert!(!fits(&key(Some("x")), ""));
        assert!(!fits(&key(None), ""));
    }
}
