//! What may be a password, before anything is hashed (AUTH-2).

use std::fmt;

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
}
