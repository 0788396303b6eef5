//! How conditions compare, and what can be wrong with a filter.

use super::{Subject, condition::coded};

coded! {
    /// How a condition compares.
    Operator {
        /// Is this, or one of these.
        Is = "is",
        /// Begins so.
        BeginsWith = "begins_with",
        /// There is none.
        IsEmpty = "is_empty",
        /// Before that day.
        Before = "before",
        /// On that day or later.
        Since = "since",
        /// In the last so many days.
        WithinDays = "within_days",
        /// Longer ago than so many days.
        OlderThanDays = "older_than_days",
        /// In the next so many days.
        NextDays = "next_days",
        /// Has one of these at least.
        HasAny = "has_any",
        /// Is more.
        MoreThan = "more_than",
        /// Is as much or more.
        AtLeast = "at_least",
        /// Is less.
        LessThan = "less_than",
        /// Is as much or less.
        AtMost = "at_most",
    }

    /// What is wrong with a filter.
    FilterFault {
        /// Neither a condition nor a group, or both at once.
        Shape = "filter-shape",
        /// Too many groups within one another.
        TooDeep = "filter-too-deep",
        /// Too many conditions and groups.
        TooMany = "filter-too-many",
        /// There is no such field.
        Field = "filter-field",
        /// The field is not compared so.
        Operator = "filter-operator",
        /// The value is not one for this comparison.
        Value = "filter-value",
        /// The property is out of use, or of a kind that is not compared so.
        Gone = "filter-gone",
    }
}

impl Operator {
    /// How something can be compared; a property as some kind of them can be.
    pub const fn of(subject: Subject) -> &'static [Self] {
        match subject {
            Subject::Text(_) => &[Self::Is, Self::BeginsWith, Self::IsEmpty],
            Subject::Time(_) => &[Self::WithinDays, Self::OlderThanDays, Self::Since, Self::Before],
            Subject::Tags => &[Self::HasAny, Self::IsEmpty],
            Subject::Property(_) => Self::ALL,
            Subject::Stage
            | Subject::StageKind
            | Subject::Pipeline
            | Subject::Stale
            | Subject::Owner
            | Subject::Form
            | Subject::LegalBasis
            | Subject::Grade => &[Self::Is],
        }
    }
}
