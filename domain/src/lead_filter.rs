//! Which leads a list shows: a tree of conditions, as somebody looks through it at a moment.
//!
//! [`LeadFilter::matches`] is the specification; the storage's queries are tested against it. How a filter is written, for
//! addresses, views and the API, is [`WrittenFilter`].

mod condition;
mod operator;
mod own;
mod read;
mod search;
mod viewpoint;
mod written;

pub use self::{
    condition::{Bound, Condition, OwnerIs, Subject, TagTest, TextField, TextTest, TimeField, TimeTest},
    operator::{FilterFault, Operator},
    own::{Comparison, DayTest, PropertyTest},
    search::{Found, MIN_SEARCH, MIN_WORDS, Search, Sought},
    viewpoint::{StagePlace, Viewpoint},
    written::{FilterError, WrittenFilter, WrittenValue},
};
use crate::{lead::Lead, property::Property};

/// At most so many groups stand within one another, the outermost included.
pub const MOST_DEPTH: usize = 5;
/// A filter has at most so many conditions and groups.
pub const MOST_NODES: usize = 50;
/// A condition names at most so many values.
pub const MOST_VALUES: usize = 50;
/// A text in a condition has at most so many characters.
pub const MOST_TEXT: usize = 100;
/// A condition reaches at most so many days back.
pub const MOST_DAYS: u16 = 3_650;

/// A part of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// All of these hold; true of none.
    All(Vec<Self>),
    /// One of these holds at least; false of none.
    Any(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
    /// One condition.
    Is(Condition),
}

impl Node {
    /// Whether it holds for the lead.
    pub fn holds(&self, lead: &Lead, from: &Viewpoint) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(lead, from)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(lead, from)),
            Self::Not(part) => !part.holds(lead, from),
            Self::Is(condition) => condition.holds(lead, from),
        }
    }

    /// How many groups stand within one another.
    fn depth(&self) -> usize {
        match self {
            Self::All(parts) | Self::Any(parts) => 1 + parts.iter().map(Self::depth).max().unwrap_or_default(),
            Self::Not(part) => 1 + part.depth(),
            Self::Is(_) => 0,
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::All(parts) | Self::Any(parts) => 1 + parts.iter().map(Self::size).sum::<usize>(),
            Self::Not(part) => 1 + part.size(),
            Self::Is(_) => 1,
        }
    }

    /// What is left of it without the conditions on properties that are gone; none if nothing is.
    fn sound(&self, own: &[Property]) -> Option<Self> {
        let left = |parts: &[Self]| -> Vec<Self> { parts.iter().filter_map(|part| part.sound(own)).collect() };
        let unless_emptied = |parts: &[Self], group: fn(Vec<Self>) -> Self| {
            let left = left(parts);
            (parts.is_empty() || !left.is_empty()).then(|| group(left))
        };
        match self {
            Self::All(parts) => unless_emptied(parts, Self::All),
            Self::Any(parts) => unless_emptied(parts, Self::Any),
            Self::Not(part) => part.sound(own).map(|part| Self::Not(Box::new(part))),
            Self::Is(condition) => (!condition.is_gone(own)).then(|| self.clone()),
        }
    }

    /// Every condition in it.
    pub fn conditions(&self) -> Vec<&Condition> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::conditions).collect(),
            Self::Not(part) => part.conditions(),
            Self::Is(condition) => vec![condition],
        }
    }
}

impl From<Condition> for Node {
    fn from(condition: Condition) -> Self {
        Self::Is(condition)
    }
}

/// Which leads a list shows: all of its parts must hold. Never deeper than [`MOST_DEPTH`] nor larger than [`MOST_NODES`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeadFilter(Vec<Node>);

impl LeadFilter {
    /// The filter of these parts, all of which must hold.
    ///
    /// # Errors
    /// [`FilterError`] if it is too deep or too large.
    pub fn of(parts: Vec<Node>) -> Result<Self, FilterError> {
        let root = Node::All(parts);
        if root.depth() > MOST_DEPTH {
            return Err(FilterError::new("", FilterFault::TooDeep));
        }
        if root.size() > MOST_NODES {
            return Err(FilterError::new("", FilterFault::TooMany));
        }
        let Node::All(parts) = root else { return Ok(Self::default()) };
        Ok(Self(parts))
    }

    /// The filter of one condition.
    pub fn only(condition: Condition) -> Self {
        Self(vec![Node::Is(condition)])
    }

    /// Whether the lead is shown. The storage's queries are tested against this.
    pub fn matches(&self, lead: &Lead, from: &Viewpoint) -> bool {
        self.0.iter().all(|part| part.holds(lead, from))
    }

    /// Its parts, all of which must hold.
    pub fn parts(&self) -> &[Node] {
        &self.0
    }

    /// Whether it shows everything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every condition in it.
    pub fn conditions(&self) -> Vec<&Condition> {
        self.0.iter().flat_map(Node::conditions).collect()
    }

    /// Whether none of its conditions speaks of a property that is gone, where an organization has these.
    pub fn is_sound(&self, own: &[Property]) -> bool {
        self.conditions().iter().all(|condition| !condition.is_gone(own))
    }

    /// The same without the conditions on properties that are gone.
    #[must_use]
    pub fn sound(&self, own: &[Property]) -> Self {
        Self(self.0.iter().filter_map(|part| part.sound(own)).collect())
    }

    /// The same without one of its parts.
    #[must_use]
    pub fn without(&self, place: usize) -> Self {
        let others = self.0.iter().enumerate().filter(|(at, _)| *at != place);
        Self(others.map(|(_, part)| part.clone()).collect())
    }

    /// The same with a part more.
    ///
    /// # Errors
    /// [`FilterError`] if it becomes too deep or too large.
    pub fn and(&self, part: impl Into<Node>) -> Result<Self, FilterError> {
        Self::of(self.0.iter().cloned().chain([part.into()]).collect())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        id::PropertyId,
        property::{Number, PropertyKind},
    };

    fn nested(groups: usize) -> Node {
        let leaf = Node::Is(Condition::Owner(vec![OwnerIs::Me]));
        (0..groups).fold(leaf, |node, n| if n % 2 == 0 { Node::Any(vec![node]) } else { Node::Not(Box::new(node)) })
    }

    #[test]
    fn a_filter_is_as_deep_as_its_groups_and_no_deeper_than_five() {
        assert!(LeadFilter::of(vec![nested(4)]).is_ok());
        let refused = LeadFilter::of(vec![nested(5)]).unwrap_err();
        assert_eq!(refused.fault, FilterFault::TooDeep);
    }

    #[test]
    fn what_speaks_of_a_property_that_is_gone_is_left_out_and_nothing_else() {
        let property = |n: u128, is_archived| Property {
            id: PropertyId(Uuid::from_u128(n)),
            version: 1,
            key: format!("p{n}").parse().unwrap(),
            name: "Seats".parse().unwrap(),
            purpose: "To size it".parse().unwrap(),
            kind: PropertyKind::Number,
            is_archived,
        };
        let own = [property(1, false), property(2, true)];
        let is = |n: u128, test| Node::Is(Condition::Property(PropertyId(Uuid::from_u128(n)), test));
        let kept = || is(1, PropertyTest::Number(Comparison::AtLeast, Number::read("5").unwrap()));
        let archived = || is(2, PropertyTest::IsEmpty);
        let of_another_kind = || is(1, PropertyTest::Checked(true));
        let never_there = || is(3, PropertyTest::IsEmpty);
        let not = |node| Node::Not(Box::new(node));
        let filter = LeadFilter::of(vec![
            not(archived()),
            Node::Any(vec![kept(), of_another_kind(), Node::Any(vec![])]),
            Node::All(vec![never_there()]),
            not(Node::Any(vec![archived(), of_another_kind()])),
        ]);
        let filter = filter.unwrap();
        assert!(!filter.is_sound(&own));
        let sound = filter.sound(&own);
        assert_eq!(sound.parts(), [Node::Any(vec![kept(), Node::Any(vec![])])]);
        assert!(sound.is_sound(&own));
        assert_eq!(sound.sound(&own), sound);
    }

    #[test]
    fn a_filter_has_at_most_fifty_conditions_and_groups() {
        let leaves = |n| vec![Node::Is(Condition::Owner(vec![OwnerIs::Me])); n];
        assert!(LeadFilter::of(leaves(49)).is_ok());
        assert_eq!(LeadFilter::of(leaves(50)).unwrap_err().fault, FilterFault::TooMany);
        let full = LeadFilter::of(leaves(49)).unwrap();
        assert!(full.and(Condition::Owner(vec![OwnerIs::Nobody])).is_err());
        assert_eq!(full.without(3).parts().len(), 48);
    }
}
