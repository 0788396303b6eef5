use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::violation::Rule;

/// What a score measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// How well the lead fits, by what is known of it.
    Fit,
    /// How engaged its person is, by what happened.
    Engagement,
}

impl Axis {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Fit, Self::Engagement];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::Engagement => "engagement",
        }
    }
}

/// Where a lead stands on both axes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Standing {
    /// From 0 to 100.
    pub fit: u8,
    /// From 0 to 100.
    pub engagement: u8,
}

impl Standing {
    /// The value on an axis.
    pub const fn on(self, axis: Axis) -> u8 {
        match axis {
            Axis::Fit => self.fit,
            Axis::Engagement => self.engagement,
        }
    }

    /// By what lists are sorted: the best grade comes first, and within a grade who has the most points.
    pub fn place(self) -> String {
        format!("{}{:03}", self.grade(), 200 - u16::from(self.fit) - u16::from(self.engagement))
    }

    /// Both axes at a glance.
    pub const fn grade(self) -> Grade {
        let letter = match quarter(self.fit) {
            4 => Letter::A,
            3 => Letter::B,
            2 => Letter::C,
            _ => Letter::D,
        };
        Grade { fit: letter, engagement: 5 - quarter(self.engagement) }
    }
}

/// The quarter of the scale, from 1 at the bottom to 4 at the top.
const fn quarter(value: u8) -> u8 {
    match value {
        0..25 => 1,
        25..50 => 2,
        50..75 => 3,
        _ => 4,
    }
}

/// How well a lead fits, in a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Letter {
    /// 75 points and more.
    A,
    /// 50 to 74.
    B,
    /// 25 to 49.
    C,
    /// Below 25.
    D,
}

impl Letter {
    /// Every letter, the best first.
    pub const ALL: [Self; 4] = [Self::A, Self::B, Self::C, Self::D];

    /// The letter itself.
    pub const fn code(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
        }
    }
}

/// A lead's standing in two signs: fit from A to D, engagement from 1 to 4; A1 is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grade {
    fit: Letter,
    engagement: u8,
}

impl Grade {
    /// How well it fits.
    pub const fn letter(self) -> Letter {
        self.fit
    }

    /// How engaged the person is, from 1, the most, to 4.
    pub const fn number(self) -> u8 {
        self.engagement
    }

    /// Every grade, the best first.
    pub fn all() -> impl Iterator<Item = Self> {
        Letter::ALL.into_iter().flat_map(|fit| (1..=4).map(move |engagement| Self { fit, engagement }))
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.fit.code(), self.engagement)
    }
}

impl FromStr for Grade {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::all().find(|grade| grade.to_string() == code).ok_or(Rule::NotAChoice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grade(fit: u8, engagement: u8) -> String {
        Standing { fit, engagement }.grade().to_string()
    }

    #[test]
    fn each_axis_is_cut_into_quarters() {
        assert_eq!(grade(100, 100), "A1");
        assert_eq!(grade(75, 74), "A2");
        assert_eq!(grade(74, 50), "B2");
        assert_eq!(grade(25, 49), "C3");
        assert_eq!(grade(24, 24), "D4");
        assert_eq!(grade(0, 0), "D4");
    }

    #[test]
    fn a_grade_is_read_as_it_is_written_and_nothing_else_is_one() {
        assert_eq!(Grade::all().count(), 16);
        for grade in Grade::all() {
            assert_eq!(grade.to_string().parse(), Ok(grade));
        }
        for none in ["", "A", "A0", "A5", "E1", "a1", "A1 "] {
            assert_eq!(none.parse::<Grade>(), Err(Rule::NotAChoice), "{none}");
        }
    }

    #[test]
    fn the_best_grade_comes_first_and_within_it_the_most_points() {
        let place = |fit, engagement| Standing { fit, engagement }.place();
        assert_eq!((place(100, 100), place(0, 0)), ("A1000".to_owned(), "D4200".to_owned()));
        assert!(place(75, 75) < place(100, 74) && place(80, 80) < place(75, 75) && place(75, 0) < place(74, 100));
    }

    #[test]
    fn more_points_never_make_a_worse_grade() {
        for low in 0..100 {
            assert!(
                Standing { fit: low, engagement: low }.grade() >= Standing { fit: low + 1, engagement: low }.grade()
            );
            assert!(
                Standing { fit: low, engagement: low }.grade() >= Standing { fit: low, engagement: low + 1 }.grade()
            );
        }
    }
}
