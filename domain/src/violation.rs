//! What is wrong with an input: every fault at once, each at its field.

use std::{borrow::Cow, fmt};

/// The rule a value broke. Pages and API turn it into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A value is needed and none was given.
    Required,
    /// Fewer than this many characters.
    TooShort(usize),
    /// More than this many characters.
    TooLong(usize),
    /// A control character stands in it (DAT-6).
    ControlCharacter,
    /// Not an e-mail address.
    NotAnEmail,
    /// Not a telephone number.
    NotAPhone,
    /// Not an `https://` address.
    NotAnHttpsUrl,
    /// Not the address of an endpoint: `https://`, a name, nothing else but a path.
    NotAnEndpoint,
    /// Not an origin such as `https://www.example.com`.
    NotAnOrigin,
    /// Not letters, digits and single dashes between them.
    NotASlug,
    /// Not one of the values on offer.
    NotAChoice,
    /// One of several fields is needed, and all are empty.
    OneOfRequired,
    /// A password that others would guess soon (AUTH-3).
    Guessable,
    /// A password made of names that belong to the account (AUTH-3).
    OwnWords,
    /// Not a place in a list.
    NotAPlace,
    /// Not a number from 1 to this.
    OutOfRange(usize),
    /// The same as before, where it is to change.
    Unchanged,
    /// The address of somebody who is a member already.
    AlreadyMember,
    /// Not a code of an authenticator app, nor a recovery code.
    NotACode,
    /// Not a time zone of the IANA.
    NotATimeZone,
    /// Not a time of the day.
    NotATime,
    /// Not later than what it ends.
    NotLater,
    /// Not a day of the calendar.
    NotADate,
    /// Not the address of a page.
    NotAUrl,
    /// Not a number.
    NotANumber,
    /// Not a word of small letters, digits and `_`, or one that means something else.
    NotAKey,
    /// The same twice.
    Duplicate,
    /// There are this many already.
    TooMany(usize),
    /// Not a number of points from -100 to 100 other than nought.
    NotPoints,
    /// Less than this: a value, or how many were chosen.
    AtLeast(usize),
    /// More than this: a value, or how many were chosen.
    AtMost(usize),
    /// It speaks of a property that is out of use or of another kind.
    Gone,
    /// It asks for what somebody wrote in their own words.
    FreeText,
}

impl Rule {
    /// The stable name of the rule, for machines and for the catalogue of words.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::TooShort(_) => "too-short",
            Self::TooLong(_) => "too-long",
            Self::ControlCharacter => "control-character",
            Self::NotAnEmail => "not-an-email",
            Self::NotAPhone => "not-a-phone",
            Self::NotAnHttpsUrl => "not-an-https-url",
            Self::NotAnEndpoint => "not-an-endpoint",
            Self::NotAnOrigin => "not-an-origin",
            Self::NotASlug => "not-a-slug",
            Self::NotAChoice => "not-a-choice",
            Self::OneOfRequired => "one-of-required",
            Self::Guessable => "guessable",
            Self::OwnWords => "own-words",
            Self::NotAPlace => "not-a-place",
            Self::OutOfRange(_) => "out-of-range",
            Self::Unchanged => "unchanged",
            Self::AlreadyMember => "already-member",
            Self::NotACode => "not-a-code",
            Self::NotATimeZone => "not-a-time-zone",
            Self::NotATime => "not-a-time",
            Self::NotLater => "not-later",
            Self::NotADate => "not-a-date",
            Self::NotAUrl => "not-a-url",
            Self::NotANumber => "not-a-number",
            Self::NotAKey => "not-a-key",
            Self::Duplicate => "twice",
            Self::TooMany(_) => "too-many",
            Self::NotPoints => "not-points",
            Self::AtLeast(_) => "at-least",
            Self::AtMost(_) => "at-most",
            Self::Gone => "filter-gone",
            Self::FreeText => "free-text",
        }
    }

    /// The limit the rule speaks of.
    pub const fn limit(self) -> Option<usize> {
        match self {
            Self::TooShort(limit)
            | Self::TooLong(limit)
            | Self::TooMany(limit)
            | Self::OutOfRange(limit)
            | Self::AtLeast(limit)
            | Self::AtMost(limit) => Some(limit),
            _ => None,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => f.write_str("is required"),
            Self::TooShort(limit) => write!(f, "needs at least {limit} characters"),
            Self::TooLong(limit) => write!(f, "has more than {limit} characters"),
            Self::ControlCharacter => f.write_str("contains a control character"),
            Self::NotAnEmail => f.write_str("is not an e-mail address"),
            Self::NotAPhone => f.write_str("is not a telephone number"),
            Self::NotAnHttpsUrl => f.write_str("is not an https:// address"),
            Self::NotAnEndpoint => {
                f.write_str("is not an https:// address with a name, without port, user or fragment")
            }
            Self::NotAnOrigin => f.write_str("is not an origin such as https://www.example.com"),
            Self::NotASlug => f.write_str("is not made of letters, digits and single dashes between them"),
            Self::NotAChoice => f.write_str("is not one of the choices"),
            Self::OneOfRequired => f.write_str("is required, or another way to answer"),
            Self::Guessable => f.write_str("is easy to guess"),
            Self::OwnWords => f.write_str("is made of names that belong to the account"),
            Self::NotAPlace => f.write_str("is not a place in the list"),
            Self::OutOfRange(most) => write!(f, "is not a number from 1 to {most}"),
            Self::Unchanged => f.write_str("is the same as before"),
            Self::AlreadyMember => f.write_str("is a member's already"),
            Self::NotACode => f.write_str("is not a code"),
            Self::NotATimeZone => f.write_str("is not a time zone"),
            Self::NotATime => f.write_str("is not a time of the day"),
            Self::NotLater => f.write_str("is not later than the beginning"),
            Self::NotADate => f.write_str("is not a day of the calendar"),
            Self::NotAUrl => f.write_str("is not the address of a page"),
            Self::NotANumber => f.write_str("is not a number"),
            Self::NotAKey => f.write_str("is not a word of small letters, digits and _ that is free"),
            Self::Duplicate => f.write_str("comes twice"),
            Self::TooMany(limit) => write!(f, "is one more than {limit}"),
            Self::NotPoints => f.write_str("is not a number of points from -100 to 100 other than nought"),
            Self::AtLeast(limit) => write!(f, "is less than {limit}"),
            Self::AtMost(limit) => write!(f, "is more than {limit}"),
            Self::Gone => f.write_str("speaks of a property that is out of use or of another kind"),
            Self::FreeText => f.write_str("asks for what somebody wrote in their own words"),
        }
    }
}

/// One fault: where, and which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The name of the field as the sender knows it.
    pub field: Cow<'static, str>,
    /// The rule it broke.
    pub rule: Rule,
}

/// All faults of an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// A single fault.
    pub fn one(field: impl Into<Cow<'static, str>>, rule: Rule) -> Self {
        Self(vec![Violation { field: field.into(), rule }])
    }

    /// Keeps the fault of a parsed value, if it has one, and gives the value otherwise.
    pub fn keep<T>(&mut self, field: impl Into<Cow<'static, str>>, parsed: Result<T, Rule>) -> Option<T> {
        parsed.map_err(|rule| self.add(field, rule)).ok()
    }

    /// Adds a fault.
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, rule: Rule) {
        self.0.push(Violation { field: field.into(), rule });
    }

    /// The faults in the order they were met.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.0.iter()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `value` if nothing is wrong, else all the faults.
    pub fn or<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self),
        }
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, Violation { field, rule }) in self.0.iter().enumerate() {
            write!(f, "{}`{field}` {rule}", if i == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}
