//! What an organization may use: plans are data, and what a provider calls them is configuration.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::violation::Rule;

/// What an organization can subscribe to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanCode {
    /// For somebody who works alone.
    Solo,
    /// For a team.
    Team,
    /// For many.
    Business,
}

impl PlanCode {
    /// Each of them, the smallest first.
    pub const ALL: [Self; 3] = [Self::Solo, Self::Team, Self::Business];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Solo => "solo",
            Self::Team => "team",
            Self::Business => "business",
        }
    }

    /// What it contains.
    pub const fn limits(self) -> Limits {
        match self {
            Self::Solo => Limits { members: Some(2), forms: Some(3), submissions: Some(500), webhooks: Some(1) },
            Self::Team => Limits { members: Some(15), forms: Some(25), submissions: Some(10_000), webhooks: Some(10) },
            Self::Business => Limits { members: None, forms: None, submissions: Some(200_000), webhooks: None },
        }
    }
}

impl FromStr for PlanCode {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|plan| plan.code() == code).ok_or(Rule::NotAChoice)
    }
}

impl fmt::Display for PlanCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The plan whose limits an organization has while it tries the product.
pub const TRIAL_PLAN: PlanCode = PlanCode::Team;

/// How much of each thing there may be; none where there is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Members, invitations that wait included.
    pub members: Option<u32>,
    /// Forms.
    pub forms: Option<u32>,
    /// Accepted submissions in a month of the calendar, in Paris.
    pub submissions: Option<u32>,
    /// Endpoints that are told of leads.
    pub webhooks: Option<u32>,
}

impl Limits {
    /// No limit at all: what whoever hosts the product for themselves has.
    pub const NONE: Self = Self { members: None, forms: None, submissions: None, webhooks: None };

    /// How much of it there may be.
    pub const fn of(self, thing: Metered) -> Option<u32> {
        match thing {
            Metered::Members => self.members,
            Metered::Forms => self.forms,
            Metered::Submissions => self.submissions,
            Metered::Webhooks => self.webhooks,
        }
    }
}

/// What is counted against a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metered {
    /// Members, invitations that wait included.
    Members,
    /// Forms.
    Forms,
    /// Accepted submissions of this month.
    Submissions,
    /// Endpoints that are told of leads.
    Webhooks,
}

impl Metered {
    /// Each of them, in the order of the page.
    pub const ALL: [Self; 4] = [Self::Members, Self::Forms, Self::Submissions, Self::Webhooks];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Forms => "forms",
            Self::Submissions => "submissions",
            Self::Webhooks => "webhooks",
        }
    }
}

/// How much an organization uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Members, invitations that wait included.
    pub members: u32,
    /// Forms.
    pub forms: u32,
    /// Accepted submissions of this month.
    pub submissions: u32,
    /// Endpoints that are told of leads.
    pub webhooks: u32,
}

impl Usage {
    /// How much of it there is.
    pub const fn of(self, thing: Metered) -> u32 {
        match thing {
            Metered::Members => self.members,
            Metered::Forms => self.forms,
            Metered::Submissions => self.submissions,
            Metered::Webhooks => self.webhooks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_plan_never_allows_less() {
        let allows = |limit: Option<u32>| limit.unwrap_or(u32::MAX);
        for pair in PlanCode::ALL.windows(2) {
            for thing in Metered::ALL {
                let (smaller, larger) = (pair[0].limits().of(thing), pair[1].limits().of(thing));
                assert!(allows(smaller) <= allows(larger), "{thing:?} of {} and {}", pair[0], pair[1]);
            }
        }
        assert!(Metered::ALL.iter().all(|thing| Limits::NONE.of(*thing).is_none()));
    }

    #[test]
    fn a_plan_is_read_by_its_stable_name() {
        for plan in PlanCode::ALL {
            assert_eq!(plan.code().parse(), Ok(plan));
        }
        assert_eq!("free".parse::<PlanCode>(), Err(Rule::NotAChoice));
    }
}
