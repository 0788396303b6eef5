//! What may be a password, before anything is hashed (AUTH-2), and what is strong enough to be chosen (AUTH-3).

use std::{fmt, ops::Deref};

use unicode_normalization::UnicodeNormalization;
use zxcvbn::{Score, zxcvbn};

use crate::violation::Rule;

/// Fewest characters of a password (AUTH-2).
pub const MIN_CHARACTERS: usize = 12;
/// Most characters of a password (AUTH-2).
pub const MAX_CHARACTERS: usize = 128;
/// Most bytes of a password in UTF-8 (AUTH-2).
pub const MAX_BYTES: usize = 512;

/// A password as typed, within the bounds of AUTH-2. Never trimmed, never cut, never shown.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Takes a password that somebody chooses or signs in with.
    ///
    /// # Errors
    /// Too short, too long, or with a control character.
    pub fn parse(raw: String) -> Result<Self, Rule> {
        match raw.chars().count() {
            0 => Err(Rule::Required),
            n if n < MIN_CHARACTERS => Err(Rule::TooShort(MIN_CHARACTERS)),
            n if n > MAX_CHARACTERS || raw.len() > MAX_BYTES => Err(Rule::TooLong(MAX_CHARACTERS)),
            _ if raw.chars().any(char::is_control) => Err(Rule::ControlCharacter),
            _ => Ok(Self(raw)),
        }
    }

    /// The characters, for the hash alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([redacted])")
    }
}

/// A password strong enough to be chosen (AUTH-3). Nothing is asked of its composition, and it does not age.
#[derive(Clone, Debug)]
pub struct NewPassword(Password);

/// So many characters say how strong a password is; what follows only adds.
const JUDGED: usize = 64;

impl NewPassword {
    /// Takes a password that somebody chooses for an account which those words belong to.
    ///
    /// Strength is [zxcvbn](https://www.usenix.org/conference/usenixsecurity16/technical-sessions/presentation/wheeler)'s
    /// score, which must be 3 of 4 or more. Its dictionaries of leaked passwords are the local list of AUTH-3: one that
    /// stands there is guessed by its rank.
    ///
    /// # Errors
    /// As [`Password::parse`]; [`Rule::OwnWords`] if little is left of it without those words; [`Rule::Guessable`].
    pub fn choose(raw: String, own: &OwnWords) -> Result<Self, Rule> {
        let password = Password::parse(raw)?;
        if own.make_up(password.expose()) {
            return Err(Rule::OwnWords);
        }
        let judged: String = password.expose().chars().take(JUDGED).collect();
        let own: Vec<&str> = own.0.iter().map(String::as_str).collect();
        if zxcvbn(&judged, &own).score() < Score::Three { Err(Rule::Guessable) } else { Ok(Self(password)) }
    }
}

impl Deref for NewPassword {
    type Target = Password;

    fn deref(&self) -> &Password {
        &self.0
    }
}

/// The product's own name, in every password that uses it.
const PRODUCT: &[&str] = &["qualify", "crm"];
/// Shorter words stand in many others.
const SHORTEST_WORD: usize = 3;
/// With fewer letters left, a password was made of own words.
const FEWEST_LETTERS: usize = 4;

/// The words that belong to an account: names, the organization, the address, the product.
#[derive(Clone)]
pub struct OwnWords(Vec<String>);

impl OwnWords {
    /// The words in these texts, and the product's.
    pub fn of(texts: &[&str]) -> Self {
        let words =
            texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric())).chain(PRODUCT.iter().copied());
        let mut words: Vec<String> = words.map(letters).filter(|word| word.chars().count() >= SHORTEST_WORD).collect();
        // A longer word goes first, so that a shorter one inside it leaves nothing behind.
        words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
        words.dedup();
        Self(words)
    }

    /// Whether little is left of the password without the words, with digits and signs left out or read as letters.
    fn make_up(&self, password: &str) -> bool {
        let readings = [letters(password), letters(&unmasked(password))];
        readings.into_iter().any(|reading| {
            let rest = self.0.iter().fold(reading.clone(), |rest, word| rest.replace(word, ""));
            rest.len() < reading.len() && rest.chars().count() < FEWEST_LETTERS
        })
    }
}

/// The letters of a text, small and without accents.
fn letters(text: &str) -> String {
    text.nfkd().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

/// The text with the digits and signs that stand for letters read as these.
fn unmasked(text: &str) -> String {
    let letter = |c| match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' | '+' => 't',
        '8' => 'b',
        '9' => 'g',
        other => other,
    };
    text.chars().map(letter).collect()
}

impl fmt::Debug for OwnWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnWords([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_2_bounds_are_checked_before_hashing() {
        let refused = |raw: &str| Password::parse(raw.to_owned()).unwrap_err();
        assert_eq!(refused("elevenchars"), Rule::TooShort(12));
        assert_eq!(refused(&"a".repeat(129)), Rule::TooLong(128));
        assert_eq!(refused(&"\u{1F600}".repeat(129)), Rule::TooLong(128));
        assert_eq!(refused("twelve chars\0"), Rule::ControlCharacter);
        assert!(Password::parse("twelve chars".into()).is_ok());
        assert!(Password::parse("\u{1F600}".repeat(128)).is_ok(), "128 characters of 4 bytes are 512 bytes");
        assert_eq!(Password::parse("  spaces are kept ".into()).unwrap().expose(), "  spaces are kept ");
    }

    #[test]
    fn log_1_a_password_is_never_shown() {
        assert!(!format!("{:?}", Password::parse("correct horse battery".into())).contains("horse"));
    }

    fn chosen(raw: &str) -> Result<(), Rule> {
        let own = OwnWords::of(&["Zoé", "Berg", "Northwind Trails", "zoe.berg@northwind.example"]);
        NewPassword::choose(raw.to_owned(), &own).map(drop)
    }

    #[test]
    fn auth_3_leaked_and_simple_passwords_are_refused() {
        for weak in ["passwordpassword", "qwertyuiop123", "123456789012", "iloveyouforever", "aaaaaaaaaaaaaaaa"] {
            assert_eq!(chosen(weak), Err(Rule::Guessable), "{weak}");
        }
        let long = "abc".repeat(42);
        assert_eq!(chosen(&long), Err(Rule::Guessable), "length alone does not help");
    }

    #[test]
    fn auth_3_passwords_made_of_own_words_are_refused() {
        for own in [
            "Qualify2026!!",
            "northwind-northwind",
            "N0rthw1nd-Tr@1ls",
            "zoeberg zoeberg 1987",
            "ZOÉ.BERG.2026.!",
            "qu@l1fy crm 246!",
            "Trails of Northwind 9",
        ] {
            assert_eq!(chosen(own), Err(Rule::OwnWords), "{own}");
        }
        let stranger = OwnWords::of(&["Ada"]);
        assert!(NewPassword::choose("northwind-trails-bergamot".to_owned(), &stranger).is_ok(), "nobody's words here");
    }

    #[test]
    fn auth_3_nothing_is_asked_of_a_strong_password() {
        for strong in [
            "correct horse battery staple",
            "jupiter marble otter",
            "northwind walks along the river",
            "ümläut kräht früh",
        ] {
            assert_eq!(chosen(strong), Ok(()), "{strong}");
        }
    }

    #[test]
    fn auth_2_a_chosen_password_keeps_the_bounds_of_any() {
        assert_eq!(chosen("Vx9$q"), Err(Rule::TooShort(12)));
        assert_eq!(chosen(&"jupiter marble otter ".repeat(7)), Err(Rule::TooLong(128)));
    }

    #[test]
    fn log_1_own_words_are_never_shown() {
        assert!(!format!("{:?}", OwnWords::of(&["Zoé"])).contains("zo"));
    }
}
