//! Between which bounds an answer lies.

use serde::{Deserialize, Serialize};

use crate::{
    property::{PropertyKind, PropertyValue},
    violation::{Rule, Violations},
};

/// No bound is beyond this.
const HIGHEST: u32 = 1_000_000_000;

/// The bounds of an answer, both within: of a number its value, of a text its characters, of several choices how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Not less than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<u32>,
    /// Not more than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
}

impl Limits {
    /// Reads a bound as it is written; empty is none.
    ///
    /// # Errors
    /// [`Rule::NotANumber`] for what is no whole number of at most a thousand million.
    pub fn parse(raw: &str) -> Result<Option<u32>, Rule> {
        match raw.trim() {
            "" => Ok(None),
            written => written.parse().ok().filter(|bound| *bound <= HIGHEST).map(Some).ok_or(Rule::NotANumber),
        }
    }

    /// The kinds whose answers have bounds, by their stable names.
    pub const KINDS: [&'static str; 5] = ["text", "long_text", "url", "number", "multiple_choice"];

    /// Whether there are none.
    pub const fn is_none(&self) -> bool {
        self.least.is_none() && self.most.is_none()
    }

    /// Checks that they can hold for a field of that kind; faults go to its `least` and `most`.
    pub(super) fn check(self, kind: &PropertyKind, at: impl Fn(&str) -> String, faults: &mut Violations) {
        if !self.is_none() && !Self::KINDS.contains(&kind.code()) {
            faults.add(at("least"), Rule::NotAChoice);
        }
        if let (Some(least), Some(most)) = (self.least, self.most)
            && least > most
        {
            faults.add(at("most"), Rule::AtLeast(least as usize));
        }
    }

    /// Whether the answer lies within.
    ///
    /// # Errors
    /// The bound that it misses.
    pub fn hold(self, value: &PropertyValue) -> Result<(), Rule> {
        let (least, most) = (self.least.unwrap_or(0), self.most.unwrap_or(u32::MAX));
        let (few, many) = (least as usize, most as usize);
        match value {
            PropertyValue::Text(text) => match text.chars().count() {
                count if count < few => Err(Rule::TooShort(few)),
                count if count > many => Err(Rule::TooLong(many)),
                _ => Ok(()),
            },
            PropertyValue::Number(number) if self.least.is_some() && number.get() < f64::from(least) => {
                Err(Rule::AtLeast(few))
            }
            PropertyValue::Number(number) if number.get() > f64::from(most) => Err(Rule::AtMost(many)),
            PropertyValue::Several(chosen) if chosen.len() < few => Err(Rule::AtLeast(few)),
            PropertyValue::Several(chosen) if chosen.len() > many => Err(Rule::AtMost(many)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(kind: &PropertyKind, limits: Limits, written: &[&str]) -> Result<(), Rule> {
        limits.hold(&kind.read(written).unwrap().unwrap())
    }

    #[test]
    fn an_answer_lies_within_its_bounds_which_belong_to_it() {
        let two_to_four = Limits { least: Some(2), most: Some(4) };
        let number = |written| held(&PropertyKind::Number, two_to_four, &[written]);
        assert_eq!([number("2"), number("4,0")], [Ok(()); 2]);
        assert_eq!(
            [number("1.9"), number("-3"), number("4.1")],
            [Err(Rule::AtLeast(2)), Err(Rule::AtLeast(2)), Err(Rule::AtMost(4))]
        );
        let text = |written| held(&PropertyKind::Text, two_to_four, &[written]);
        assert_eq!([text("éé"), text("é"), text("ééééé")], [Ok(()), Err(Rule::TooShort(2)), Err(Rule::TooLong(4))]);
        let sizes =
            PropertyKind::MultipleChoice(["S", "M", "L", "XL", "XXL"].map(|size| size.parse().unwrap()).to_vec());
        let several = |written: &[&str]| held(&sizes, two_to_four, written);
        assert_eq!([several(&["S", "M"]), several(&["S"])], [Ok(()), Err(Rule::AtLeast(2))]);
        assert_eq!(several(&["S", "M", "L", "XL", "XXL"]), Err(Rule::AtMost(4)));
        assert_eq!(
            held(&PropertyKind::Number, Limits::default(), &["-7"]),
            Ok(()),
            "without bounds anything is within"
        );
        assert_eq!(held(&PropertyKind::Number, Limits { least: None, most: Some(0) }, &["-7"]), Ok(()));
    }

    #[test]
    fn bounds_are_whole_numbers_that_can_hold() {
        assert_eq!((Limits::parse(" "), Limits::parse("12")), (Ok(None), Ok(Some(12))));
        for wrong in ["-1", "1.5", "x", "1000000001", "99999999999"] {
            assert_eq!(Limits::parse(wrong), Err(Rule::NotANumber), "{wrong}");
        }
        let faults = |limits: Limits, kind: PropertyKind| {
            let mut faults = Violations::default();
            limits.check(&kind, str::to_owned, &mut faults);
            faults.iter().map(|fault| (fault.field.to_string(), fault.rule)).collect::<Vec<_>>()
        };
        let crossed = Limits { least: Some(5), most: Some(4) };
        assert_eq!(faults(crossed, PropertyKind::Number), [("most".to_owned(), Rule::AtLeast(5))]);
        let most = Limits { least: None, most: Some(4) };
        assert_eq!(faults(most, PropertyKind::Checkbox), [("least".to_owned(), Rule::NotAChoice)]);
        assert!(
            faults(most, PropertyKind::Text).is_empty() && faults(Limits::default(), PropertyKind::Date).is_empty()
        );
    }
}
