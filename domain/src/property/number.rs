use std::{
    fmt,
    hash::{Hash, Hasher},
};

use serde::{Deserialize, Serialize};

use crate::violation::Rule;

/// A number that is one: finite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Number(f64);

impl Eq for Number {}

/// Numbers are finite, and zero has one sign: what is equal has the same bits.
impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

impl Number {
    /// Reads a number as English or French write it: `1234.5`, `1 234,5`.
    ///
    /// # Errors
    /// [`Rule::NotANumber`].
    pub fn read(text: &str) -> Result<Self, Rule> {
        let plain: String = text.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}')).collect();
        let plain = if plain.contains('.') { plain } else { plain.replacen(',', ".", 1) };
        let written = plain.trim_start_matches(['-', '+']).starts_with(|c: char| c.is_ascii_digit());
        plain.parse::<f64>().ok().filter(|_| written).ok_or(Rule::NotANumber)?.try_into()
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Number {
    type Error = Rule;

    fn try_from(number: f64) -> Result<Self, Rule> {
        // Zero has one sign only, so that what is equal is written equally.
        if number.is_finite() { Ok(Self(number + 0.0)) } else { Err(Rule::NotANumber) }
    }
}

impl From<Number> for f64 {
    fn from(number: Number) -> Self {
        number.0
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
