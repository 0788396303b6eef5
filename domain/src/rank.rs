//! A card's place in its column of the board, as text that compares like the places do: between any two there is room for
//! another, so that moving a card writes one row.

use std::str::FromStr;

use jiff::Timestamp;

use crate::violation::Rule;

/// Microseconds after which no place would be left for earlier moments: far beyond the calendar.
const ORIGIN: i64 = 1 << 62;
/// The longest place that is taken; about two hundred moves into the same gap.
const LONGEST: usize = 255;

/// A place: hexadecimal digits, compared as text, never ending with a 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank(String);

impl Rank {
    /// The place of a card that nobody put anywhere: above all that came earlier.
    pub fn newest(at: Timestamp) -> Self {
        Self(format!("{:016x}8", ORIGIN - at.as_microsecond()))
    }

    /// A place below `upper` and above `lower`. Without one of them it is an end of the column; two that are not in
    /// order, as after somebody else's move, give a place right below the upper one.
    #[must_use]
    pub fn between(upper: Option<&Self>, lower: Option<&Self>) -> Self {
        let floor = upper.map_or(&[][..], |rank| rank.0.as_bytes());
        let ceiling = lower.filter(|lower| upper.is_none_or(|upper| upper < *lower)).map(|rank| rank.0.as_bytes());
        let mut place = Vec::new();
        // Digit by digit: as long as there is no digit in between, the upper one's is taken.
        let mut bounded = ceiling;
        for at in 0.. {
            let low = floor.get(at).map_or(0, |digit| value(*digit));
            let high = bounded.map_or(16, |ceiling| ceiling.get(at).map_or(0, |digit| value(*digit)));
            if high > low + 1 {
                place.push(digit(low.midpoint(high)));
                break;
            }
            place.push(digit(low));
            if high > low {
                bounded = None;
            }
        }
        Self(place.into_iter().map(char::from).collect())
    }

    /// So many places between two, from above to below, with room between them.
    #[must_use]
    pub fn spread(upper: Option<&Self>, lower: Option<&Self>, count: usize) -> Vec<Self> {
        let Some(others) = count.checked_sub(1) else { return Vec::new() };
        let middle = Self::between(upper, lower);
        let mut places = Self::spread(upper, Some(&middle), others / 2);
        let below = Self::spread(Some(&middle), lower, others - others / 2);
        places.push(middle);
        places.extend(below);
        places
    }

    /// The place as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the gap was halved so often that the column wants to be spread out anew.
    pub fn is_crowded(&self) -> bool {
        self.0.len() > LONGEST - 16
    }
}

fn value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => digit - b'a' + 10,
    }
}

fn digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0' + value,
        _ => b'a' + value - 10,
    }
}

impl FromStr for Rank {
    type Err = Rule;

    fn from_str(raw: &str) -> Result<Self, Rule> {
        let fits = (1..=LONGEST).contains(&raw.len()) && !raw.ends_with('0');
        let digits = raw.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        if fits && digits { Ok(Self(raw.to_owned())) } else { Err(Rule::NotAPlace) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rank() -> impl Strategy<Value = Rank> {
        "[0-9a-f]{0,18}[1-9a-f]".prop_map(|raw| raw.parse().unwrap())
    }

    #[test]
    fn the_newest_stands_above_all_that_came_earlier() {
        let at = |second| Rank::newest(Timestamp::from_second(second).unwrap());
        assert!(at(1_800_000_001) < at(1_800_000_000));
        assert!(at(0) < at(-1));
        assert_eq!(at(1_800_000_000), at(1_800_000_000).as_str().parse().unwrap());
    }

    #[test]
    fn a_hundred_moves_into_the_same_gap_find_room() {
        let (mut upper, lower) = ("1".parse::<Rank>().unwrap(), "2".parse::<Rank>().unwrap());
        for _ in 0..100 {
            let between = Rank::between(Some(&upper), Some(&lower));
            assert!(upper < between && between < lower);
            upper = between;
        }
        assert!(!upper.is_crowded(), "{}", upper.as_str().len());
    }

    #[test]
    fn two_that_are_not_in_order_give_a_place_below_the_upper_one() {
        let (low, high) = ("4".parse::<Rank>().unwrap(), "9".parse::<Rank>().unwrap());
        assert!(Rank::between(Some(&high), Some(&low)) > high);
        assert!(Rank::between(Some(&high), Some(&high)) > high);
    }

    #[test]
    fn a_crowded_column_that_is_spread_out_has_room_again() {
        let (mut upper, lower) = ("1".parse::<Rank>().unwrap(), "2".parse::<Rank>().unwrap());
        while !upper.is_crowded() {
            upper = Rank::between(Some(&upper), Some(&lower));
        }
        for (above, below) in [(Some("1".parse().unwrap()), Some(&lower)), (None, None)] {
            let places = Rank::spread(above.as_ref(), below, 2_000);
            assert_eq!(places.len(), 2_000);
            assert!(places.is_sorted_by(|one, next| one < next));
            assert!(above.is_none_or(|above| above < places[0]) && below.is_none_or(|below| places[1_999] < *below));
            assert!(places.iter().all(|place| place.as_str().len() < 8));
        }
    }

    proptest! {
        #[test]
        fn between_any_two_places_there_is_a_third(one in rank(), other in rank()) {
            prop_assume!(one != other);
            let (upper, lower) = if one < other { (one, other) } else { (other, one) };
            let between = Rank::between(Some(&upper), Some(&lower));
            prop_assert!(upper < between && between < lower, "{upper:?} {between:?} {lower:?}");
            prop_assert_eq!(&between, &between.as_str().parse::<Rank>().unwrap());
        }

        #[test]
        fn a_column_has_no_end(place in rank()) {
            prop_assert!(Rank::between(None, Some(&place)) < place);
            prop_assert!(Rank::between(Some(&place), None) > place);
        }
    }
}
