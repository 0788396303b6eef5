use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::violation::Rule;

/// What a telephone number begins with: a country's calling code such as `+33`, perhaps with the digits of an area.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CallingCode(String);

impl CallingCode {
    /// Reads what somebody typed.
    ///
    /// # Errors
    /// If it is not a `+` and one to seven digits, the first of them no zero.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        let text: String = raw.chars().filter(|c| !" .-()".contains(*c)).collect();
        if text.is_empty() {
            return Err(Rule::Required);
        }
        let digits = text.strip_prefix('+').or_else(|| text.strip_prefix("00")).ok_or(Rule::NotAPhone)?;
        let fits = (1..=7).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if fits && !digits.starts_with('0') { Ok(Self(format!("+{digits}"))) } else { Err(Rule::NotAPhone) }
    }

    /// Whether a number in E.164 begins so.
    pub fn begins(&self, e164: &str) -> bool {
        e164.starts_with(&self.0)
    }
}

impl fmt::Display for CallingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CallingCode {
    type Err = Rule;

    fn from_str(raw: &str) -> Result<Self, Rule> {
        Self::parse(raw)
    }
}

impl TryFrom<String> for CallingCode {
    type Error = Rule;

    fn try_from(raw: String) -> Result<Self, Rule> {
        Self::parse(&raw)
    }
}

impl From<CallingCode> for String {
    fn from(code: CallingCode) -> Self {
        code.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calling_code_is_read_however_it_is_spaced() {
        for raw in ["+33", " + 33 ", "0033", "+(33)"] {
            assert_eq!(CallingCode::parse(raw).unwrap().to_string(), "+33", "{raw}");
        }
        for raw in ["33", "+", "+0", "+33612345678", "+3a", "France", "++33"] {
            assert_eq!(CallingCode::parse(raw), Err(Rule::NotAPhone), "{raw}");
        }
        assert_eq!(CallingCode::parse(" "), Err(Rule::Required));
        assert!(CallingCode::parse("+33").unwrap().begins("+33612345678"));
        assert!(!CallingCode::parse("+33").unwrap().begins("+3212345678"));
    }
}
