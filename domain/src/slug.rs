//! The word by which an organization is found in an address.

use std::{fmt, ops::Deref, str::FromStr};

use uuid::Uuid;

use crate::{text::Name, violation::Rule};

/// It has at least so many characters.
const SHORTEST: usize = 3;
/// It has at most so many.
const LONGEST: usize = 40;
/// So many characters make a word another one, where it is taken.
const TAIL: usize = 6;

/// The word by which an organization is found in an address: letters of `a` to `z`, digits, and single dashes between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

impl Slug {
    /// Reads what somebody typed.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        let text = raw.trim().to_lowercase();
        match text.chars().count() {
            0 => return Err(Rule::Required),
            n if n < SHORTEST => return Err(Rule::TooShort(SHORTEST)),
            n if n > LONGEST => return Err(Rule::TooLong(LONGEST)),
            _ => {}
        }
        if plain(&text) == text { Ok(Self(text)) } else { Err(Rule::NotASlug) }
    }

    /// The word that comes from a name: its letters without their marks. What is left of some names is too little to be
    /// one.
    pub fn of_name(name: &Name) -> Self {
        let word: String = plain(name).chars().take(LONGEST - TAIL - 1).collect();
        let word = word.trim_end_matches('-');
        let enough = word.len() >= SHORTEST;
        Self(if enough { word.to_owned() } else { "organization".to_owned() })
    }

    /// What is put behind it where it is taken, from an id that nobody else has.
    pub fn tail(id: Uuid) -> String {
        let text = id.simple().to_string();
        text[text.len() - TAIL..].to_owned()
    }
}

/// A text as letters without marks, digits, and dashes in place of all else.
fn plain(text: &str) -> String {
    let mut word = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        match bare(c) {
            "" if !word.ends_with('-') && !word.is_empty() => word.push('-'),
            letters => word.push_str(letters),
        }
    }
    word.trim_matches('-').to_owned()
}

/// A letter without its marks, or a digit; nothing for all else.
fn bare(c: char) -> &'static str {
    const PLAIN: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
    match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => "a",
        'ç' => "c",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => "o",
        'ù' | 'ú' | 'û' | 'ü' => "u",
        'ý' | 'ÿ' => "y",
        'æ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        _ => PLAIN.find(c).map_or("", |place| &PLAIN[place..=place]),
    }
}

impl Deref for Slug {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Slug {
    type Err = Rule;

    fn from_str(raw: &str) -> Result<Self, Rule> {
        Self::parse(raw)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(name: &str) -> String {
        Slug::of_name(&Name::parse(name).unwrap()).to_string()
    }

    #[test]
    fn a_name_becomes_a_word_that_can_stand_in_an_address() {
        for (name, word) in [
            ("Berg & Co", "berg-co"),
            ("Boulangerie Léger-Cœur", "boulangerie-leger-coeur"),
            ("  ÉCOLE n° 7 !", "ecole-n-7"),
            ("日本", "organization"),
            ("AB", "organization"),
            ("Die sehr lange Straße am Ende des großen Waldes", "die-sehr-lange-strasse-am-ende-de"),
        ] {
            assert_eq!(of(name), word);
        }
    }

    #[test]
    fn what_somebody_types_is_taken_if_it_is_such_a_word() {
        assert_eq!(Slug::parse(" Berg-Co ").unwrap().to_string(), "berg-co");
        for (typed, rule) in [
            ("", Rule::Required),
            ("ab", Rule::TooShort(3)),
            ("berg co", Rule::NotASlug),
            ("-berg", Rule::NotASlug),
            ("berg--co", Rule::NotASlug),
            ("bérg", Rule::NotASlug),
            ("../berg", Rule::NotASlug),
        ] {
            assert_eq!(Slug::parse(typed), Err(rule), "{typed}");
        }
        assert_eq!(Slug::parse(&"a".repeat(41)), Err(Rule::TooLong(40)));
    }

    proptest! {
        #[test]
        fn whatever_the_name_the_word_is_one_with_its_tail_too(name in "[^\\p{Cc}]{1,100}", id: u128) {
            let Ok(name) = Name::parse(&name) else { return Ok(()) };
            let word = Slug::of_name(&name);
            prop_assert_eq!(Slug::parse(&word), Ok(word.clone()));
            let another = format!("{word}-{}", Slug::tail(Uuid::from_u128(id)));
            prop_assert!(Slug::parse(&another).is_ok());
        }
    }
}
