//! Which leads a list shows: a tree of conditions, as somebody looks through it at a moment.
//!
//! [`LeadFilter::matches`] is the specification; the storage's queries are tested against it. How a filter is written, for
//! addresses, views and the API, is [`WrittenFilter`].

mod condition;
mod search;
mod viewpoint;
mod written;

pub use self::{
    condition::{Bound, Condition, OwnerIs, Subject, TextField, TextTest, TimeField, TimeTest},
    search::{Found, MIN_SEARCH, MIN_WORDS, Search, Sought},
    viewpoint::{StagePlace, Viewpoint},
    written::{FilterError, FilterFault, Operator, WrittenFilter, WrittenValue},
};
use crate::lead::Lead;

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
    use super::*;

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
    fn a_filter_has_at_most_fifty_conditions_and_groups() {
        let leaves = |n| vec![Node::Is(Condition::Owner(vec![OwnerIs::Me])); n];
        assert!(LeadFilter::of(leaves(49)).is_ok());
        assert_eq!(LeadFilter::of(leaves(50)).unwrap_err().fault, FilterFault::TooMany);
        let full = LeadFilter::of(leaves(49)).unwrap();
        assert!(full.and(Condition::Owner(vec![OwnerIs::Nobody])).is_err());
        assert_eq!(full.without(3).parts().len(), 48);
    }
}
