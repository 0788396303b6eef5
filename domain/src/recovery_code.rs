//! Recovery codes (AUTH-14): what lets somebody in who has lost their second factor.

use std::fmt;

use crate::violation::Rule;

/// So many codes are made at once.
pub const CODES: usize = 10;
/// Bytes of chance in a code: 120 bits.
pub const CODE_BYTES: usize = 15;
/// From here on the member is told how few are left.
pub const FEW: u32 = 3;

/// Digits and letters that are not taken for one another, 5 bits each.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARACTERS: usize = CODE_BYTES * 8 / 5;
const GROUP: usize = 4;

/// One code, in its one spelling: 24 characters without anything between them.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// The code of 120 random bits.
    pub fn new(bits: [u8; CODE_BYTES]) -> Self {
        let number = bits.iter().fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
        let character = |i: usize| {
            let five = (number >> (5 * (CHARACTERS - 1 - i))) & 31;
            char::from(ALPHABET[usize::try_from(five).unwrap_or_default()])
        };
        Self((0..CHARACTERS).map(character).collect())
    }

    /// Reads a code as somebody types it: case, spaces and dashes do not matter, nor O for 0 and I or L for 1.
    ///
    /// # Errors
    /// Nothing at all, or what cannot be a code.
    pub fn parse(typed: &str) -> Result<Self, Rule> {
        let code: String = typed
            .chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}'))
            .map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        if code.is_empty() {
            return Err(Rule::Required);
        }
        let fits = code.len() == CHARACTERS && code.bytes().all(|byte| ALPHABET.contains(&byte));
        if fits { Ok(Self(code)) } else { Err(Rule::NotACode) }
    }

    /// The characters, for the digest alone.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The code as it is shown once, in groups of four.
    pub fn written(&self) -> String {
        let groups: Vec<String> = (0..CHARACTERS / GROUP).map(|i| self.0[i * GROUP..(i + 1) * GROUP].into()).collect();
        groups.join("-")
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_14_a_code_holds_120_bits_in_a_readable_alphabet() {
        let code = RecoveryCode::new([0xff; CODE_BYTES]);
        assert_eq!(code.written(), "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ");
        let mut bits = [0; CODE_BYTES];
        bits[0] = 0b0000_1000;
        bits[14] = 0b0011_1110;
        assert_eq!(RecoveryCode::new(bits).written(), "1000-0000-0000-0000-0000-001Y");
        for bit in 0..120 {
            let mut one = [0; CODE_BYTES];
            one[bit / 8] = 1 << (bit % 8);
            assert_ne!(RecoveryCode::new(one), RecoveryCode::new([0; CODE_BYTES]), "bit {bit} counts");
        }
    }

    #[test]
    fn auth_14_a_code_is_read_as_people_type_it() {
        let code = RecoveryCode::parse("1000-0000-0000-0000-0000-001Y").unwrap();
        for typed in ["100000000000000000000 01y", "IOOO oooo 0000 0000 0000 00lY", "1000—0000–0000-0000-0000-001Y"]
        {
            assert_eq!(RecoveryCode::parse(typed).as_ref(), Ok(&code), "{typed}");
        }
        assert_eq!(RecoveryCode::parse(&code.written()), Ok(code));
        assert_eq!(RecoveryCode::parse(" - "), Err(Rule::Required));
        for odd in ["1000-0000", "U000-0000-0000-0000-0000-0000", "1000-0000-0000-0000-0000-001Y-0", "é"] {
            assert_eq!(RecoveryCode::parse(odd), Err(Rule::NotACode), "{odd}");
        }
    }

    #[test]
    fn log_1_a_recovery_code_is_never_shown_by_accident() {
        assert!(!format!("{:?}", RecoveryCode::new([7; CODE_BYTES])).contains("0E"));
    }
}
