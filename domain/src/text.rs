//! Texts that mean something: parsed once, valid from then on, and hidden from logs.
//!
//! Lengths are in characters (Unicode code points) and come from rule DAT-6.

use std::{fmt, ops::Deref, str::FromStr};

use phonenumber::{Mode, country};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{language::Language, violation::Rule};

/// Trims, then refuses control characters and more than `max` characters.
fn line(raw: &str, max: usize) -> Result<String, Rule> {
    let text = raw.trim();
    if text.chars().any(char::is_control) {
        return Err(Rule::ControlCharacter);
    }
    bounded(text, max)
}

fn bounded(text: &str, max: usize) -> Result<String, Rule> {
    match text.chars().count() {
        0 => Err(Rule::Required),
        n if n > max => Err(Rule::TooLong(max)),
        _ => Ok(text.to_owned()),
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident = $parse:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads what somebody typed.
            ///
            /// # Errors
            /// The rule the text breaks.
            pub fn parse(raw: &str) -> Result<Self, Rule> {
                let parse: fn(&str) -> Result<String, Rule> = $parse;
                parse(raw).map(Self)
            }

            /// An empty field is no value; a filled one must be valid.
            ///
            /// # Errors
            /// The rule the text breaks.
            pub fn parse_optional(raw: &str) -> Result<Option<Self>, Rule> {
                if raw.trim().is_empty() { Ok(None) } else { Self::parse(raw).map(Some) }
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "([redacted])"))
            }
        }

        impl TryFrom<String> for $name {
            type Error = Rule;

            fn try_from(raw: String) -> Result<Self, Rule> {
                Self::parse(&raw)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl FromStr for $name {
            type Err = Rule;

            fn from_str(raw: &str) -> Result<Self, Rule> {
                Self::parse(raw)
            }
        }
    )+};
}

texts! {
    /// An e-mail address as its owner writes it, at most 254 characters.
    Email = |raw| {
        let text = line(raw, 254)?;
        if email_address::EmailAddress::is_valid(&text) && !text.contains(['"', '<', '[', ' ']) {
            Ok(text)
        } else {
            Err(Rule::NotAnEmail)
        }
    };
    /// A person's or an organization's name, at most 100 characters.
    Name = |raw| line(raw, 100);
    /// One line, at most 200 characters.
    Line = |raw| line(raw, 200);
    /// A word by which leads are grouped, at most 40 characters.
    Tag = |raw| line(raw, 40);
    /// A message or note, at most 5,000 characters; line feeds and tabs are welcome.
    Message = |raw| {
        let text = raw.replace("\r\n", "\n");
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            return Err(Rule::ControlCharacter);
        }
        bounded(text.trim(), 5_000)
    };
    /// An absolute `https://` address, at most 2,048 characters.
    HttpsUrl = |raw| {
        let text = line(raw, 2_048)?;
        match Url::parse(&text) {
            Ok(url) if url.scheme() == "https" && url.has_host() && url.username().is_empty() => Ok(url.into()),
            _ => Err(Rule::NotAnHttpsUrl),
        }
    };
    /// A website's origin: scheme, host and port. `http` is allowed for the local machine only.
    Origin = |raw| {
        let text = line(raw, 255)?;
        let url = Url::parse(&text).map_err(|_| Rule::NotAnOrigin)?;
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if bare && url.has_host() && (url.scheme() == "https" || (url.scheme() == "http" && local)) {
            Ok(url.origin().ascii_serialization())
        } else {
            Err(Rule::NotAnOrigin)
        }
    };
    /// A page's address without its query: origin and path, at most 2,048 bytes (DAT-3).
    PageUrl = |raw| {
        let text = line(raw, 8_192)?;
        let mut url = Url::parse(&text).map_err(|_| Rule::NotAnHttpsUrl)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(Rule::NotAnHttpsUrl);
        }
        url.set_query(None);
        url.set_fragment(None);
        let bare = url.set_username("").and_then(|()| url.set_password(None)).map(|()| String::from(url));
        bare.ok().filter(|page| page.len() <= 2_048).ok_or(Rule::TooLong(2_048))
    };
    /// One campaign value of a visit: control characters dropped, cut to 255 characters; never a reason to refuse.
    CampaignTag = |raw| {
        let clean: String = raw.chars().filter(|c| !c.is_control()).collect();
        bounded(&clean.trim().chars().take(255).collect::<String>(), 255)
    };
}

impl Email {
    /// The form in which two addresses are compared: lower case, no provider tricks.
    pub fn normalized(&self) -> String {
        self.0.to_lowercase()
    }
}

/// A telephone number: what was written, and its E.164 form where it can be told.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Phone {
    written: String,
    e164: Option<String>,
}

impl Phone {
    /// Reads a number; one without a country prefix is taken for one of the language's country.
    ///
    /// A number whose country cannot be told is kept as written: a visitor is never turned away for it.
    ///
    /// # Errors
    /// Control characters, more than 32 characters, fewer than 5 digits, or letters.
    pub fn parse(raw: &str, language: Language) -> Result<Self, Rule> {
        let written = line(raw, 32)?;
        let digits = written.chars().filter(char::is_ascii_digit).count();
        let foreign = written.chars().any(|c| !(c.is_ascii_digit() || " +-./()".contains(c)));
        if digits < 5 || foreign {
            return Err(Rule::NotAPhone);
        }
        let home = match language {
            Language::French => Some(country::FR),
            Language::English => None,
        };
        let e164 = phonenumber::parse(home, &written)
            .ok()
            .filter(phonenumber::PhoneNumber::is_valid)
            .map(|number| number.format().mode(Mode::E164).to_string());
        Ok(Self { written, e164 })
    }

    /// An empty field is no number; a filled one must be valid.
    ///
    /// # Errors
    /// As [`Phone::parse`].
    pub fn parse_optional(raw: &str, language: Language) -> Result<Option<Self>, Rule> {
        if raw.trim().is_empty() { Ok(None) } else { Self::parse(raw, language).map(Some) }
    }

    /// The number of a stored row.
    pub fn restore(written: String, e164: Option<String>) -> Self {
        Self { written, e164 }
    }

    /// The number as it was written.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// As written, where that says the same number to whoever reads it with that language; else its E.164 form.
    pub fn portable(&self, language: Language) -> &str {
        let (french, full) = (language == Language::French, self.e164.as_deref());
        let is_foreign = |full: &&str| !(french && full.starts_with("+33"));
        let is_international = self.written.starts_with('+');
        full.filter(is_foreign).filter(|_| !is_international).unwrap_or(&self.written)
    }

    /// The number by which two records are the same person, such as `+33612345678`.
    pub fn e164(&self) -> Option<&str> {
        self.e164.as_deref()
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone([redacted])")
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_email_is_trimmed_and_kept_as_written() {
        let email = Email::parse("  Anna.Berg@Example.com ").unwrap();
        assert_eq!(&*email, "Anna.Berg@Example.com");
        assert_eq!(email.normalized(), "anna.berg@example.com");
    }

    #[test]
    fn what_is_no_email_is_refused() {
        for raw in ["anna", "anna@", "@example.com", "a b@example.com", "Anna <anna@example.com>", "a@b@c.com"] {
            assert_eq!(Email::parse(raw), Err(Rule::NotAnEmail), "{raw}");
        }
        assert_eq!(Email::parse(" "), Err(Rule::Required));
        assert_eq!(Email::parse("a\0@example.com"), Err(Rule::ControlCharacter));
        assert!(Email::parse(&format!("{}@example.com", "a".repeat(300))).is_err());
    }

    #[test]
    fn dat_6_control_characters_are_refused_but_a_message_may_have_lines() {
        assert_eq!(Name::parse("Anna\u{7}"), Err(Rule::ControlCharacter));
        assert_eq!(Name::parse("Anna\nBerg"), Err(Rule::ControlCharacter));
        assert_eq!(&*Message::parse("a\r\n\tb").unwrap(), "a\n\tb");
        assert_eq!(Message::parse("a\0b"), Err(Rule::ControlCharacter));
    }

    #[test]
    fn dat_6_lengths_are_counted_in_characters() {
        assert!(Name::parse(&"é".repeat(100)).is_ok());
        assert_eq!(Name::parse(&"é".repeat(101)), Err(Rule::TooLong(100)));
        assert!(Message::parse(&"é".repeat(5_000)).is_ok());
        assert_eq!(Message::parse(&"é".repeat(5_001)), Err(Rule::TooLong(5_000)));
    }

    #[test]
    fn a_phone_is_the_same_however_it_is_written() {
        let spaced = Phone::parse("06 12 34 56 78", Language::French).unwrap();
        let foreign = Phone::parse("+33 (0)6.12.34.56.78", Language::English).unwrap();
        assert_eq!(spaced.e164(), Some("+33612345678"));
        assert_eq!(foreign.e164(), spaced.e164());
        assert_eq!(spaced.written(), "06 12 34 56 78");
    }

    #[test]
    fn a_phone_means_the_same_in_another_language() {
        let phones = [
            Phone::parse("06 12 34 56 78", Language::French).unwrap(),
            Phone::parse("+33 6 12 34 56 78", Language::English).unwrap(),
            Phone::restore("020 7946 0958".to_owned(), Some("+442079460958".to_owned())),
        ];
        for phone in phones {
            for language in [Language::French, Language::English] {
                let read = Phone::parse(phone.portable(language), language).unwrap();
                assert_eq!(read.e164(), phone.e164(), "{} in {language:?}", phone.written());
            }
        }
        let french = Phone::parse("06 12 34 56 78", Language::French).unwrap();
        assert_eq!(french.portable(Language::French), "06 12 34 56 78", "as it was written where that says all");
        assert_eq!(french.portable(Language::English), "+33612345678");
    }

    #[test]
    fn a_phone_of_unknown_country_is_kept_as_written() {
        let phone = Phone::parse("612 345 678", Language::English).unwrap();
        assert_eq!((phone.written(), phone.e164()), ("612 345 678", None));
        assert_eq!(Phone::parse("call me", Language::English), Err(Rule::NotAPhone));
        assert_eq!(Phone::parse("+33 1 22 33 44 55 66 77 88 99 00 11 22", Language::English), Err(Rule::TooLong(32)));
    }

    #[test]
    fn dat_3_a_page_keeps_origin_and_path_only() {
        let page = PageUrl::parse("https://user:pw@example.com/a/b?utm_source=x&email=y#z").unwrap();
        assert_eq!(&*page, "https://example.com/a/b");
        assert!(PageUrl::parse("javascript:alert(1)").is_err());
    }

    #[test]
    fn an_origin_is_https_or_local() {
        assert_eq!(&*Origin::parse("https://www.Example.com/").unwrap(), "https://www.example.com");
        assert_eq!(&*Origin::parse("http://localhost:3000").unwrap(), "http://localhost:3000");
        for raw in ["http://example.com", "https://example.com/path", "*", "https://a@example.com", "null"] {
            assert_eq!(Origin::parse(raw), Err(Rule::NotAnOrigin), "{raw}");
        }
    }

    #[test]
    fn log_1_personal_texts_hide_themselves() {
        let shown = format!("{:?} {:?}", Email::parse("anna@example.com"), Name::parse("Anna"));
        assert!(!shown.to_lowercase().contains("anna"), "{shown}");
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_stable(raw in "\\PC{0,300}") {
            if let Ok(email) = Email::parse(&raw) {
                prop_assert_eq!(Email::parse(&email), Ok(email.clone()));
            }
            if let Ok(message) = Message::parse(&raw) {
                prop_assert_eq!(Message::parse(&message), Ok(message.clone()));
            }
            if let Ok(page) = PageUrl::parse(&raw) {
                prop_assert_eq!(PageUrl::parse(&page), Ok(page.clone()));
            }
            let _ = Phone::parse(&raw, Language::French);
            let _ = CampaignTag::parse(&raw);
        }
    }
}
