use std::{fmt, str::FromStr};

/// An address of the provider where something can be seen or paid. It is signed and good for a while: it is shown or gone to
/// at once, never kept and never logged (BIL-8).
#[derive(Clone, PartialEq, Eq)]
pub struct PaymentLink(String);

impl PaymentLink {
    /// The address, for a browser.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PaymentLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PaymentLink([redacted])")
    }
}

/// The text is no address that a browser may be sent to for money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no https address")]
pub struct NoLink;

impl FromStr for PaymentLink {
    type Err = NoLink;

    /// Reads an `https` address; `http` only on this machine, where a provider is tried out.
    fn from_str(text: &str) -> Result<Self, NoLink> {
        let is_local = ["http://127.0.0.1:", "http://localhost:"].iter().any(|start| text.starts_with(start));
        let is_plain = text.chars().all(|char| char.is_ascii_graphic());
        let has_host = text
            .strip_prefix("https://")
            .is_some_and(|rest| rest.starts_with(|char: char| char.is_ascii_alphanumeric()));
        if (is_local || has_host) && is_plain { Ok(Self(text.to_owned())) } else { Err(NoLink) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bil_8_a_link_is_https_or_on_this_machine_and_never_printed() {
        for good in ["https://pay.example/x?signature=1", "http://127.0.0.1:9/x", "http://localhost:9/"] {
            assert!(good.parse::<PaymentLink>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "https://",
            "http://pay.example/",
            "javascript:alert(1)",
            "https://a b",
            "//pay.example",
            "http://localhost.evil/",
        ] {
            assert_eq!(bad.parse::<PaymentLink>(), Err(NoLink), "{bad}");
        }
        let link: PaymentLink = "https://pay.example/?signature=secret".parse().unwrap();
        assert!(!format!("{link:?}").contains("secret"));
    }
}
