//! What a file can say of a lead: its columns, by their stable names.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::violation::Rule;

macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident = $code:literal),+ $(,)?) => {
        /// A column of a file of leads.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum LeadColumn {
            $($(#[$doc])* $name),+
        }

        impl LeadColumn {
            /// Every column, in the order in which a file has them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }
        }
    };
}

columns! {
    /// The lead's id.
    Id = "id",
    /// The person's name.
    Name = "name",
    /// Their e-mail address.
    Email = "email",
    /// Their telephone number.
    Phone = "phone",
    /// Where they work.
    Company = "company",
    /// The words by which it is grouped.
    Tags = "tags",
    /// The name of the stage in which it stands.
    Stage = "stage",
    /// The member who works on it.
    Owner = "owner",
    /// The form that brought it first.
    Form = "form",
    /// What brought it first: a form or a program.
    Source = "source",
    /// What its score comes to, such as A1.
    Grade = "grade",
    /// How well it fits, from 0 to 100.
    Fit = "fit",
    /// How engaged its person is, from 0 to 100.
    Engagement = "engagement",
    /// The ground on which it is kept.
    LegalBasis = "legal_basis",
    /// When it was opened.
    CreatedAt = "created_at",
    /// When the person last wrote.
    LastSubmissionAt = "last_submission_at",
    /// The campaign's source at the first visit.
    UtmSource = "utm_source",
    /// The campaign's medium at the first visit.
    UtmMedium = "utm_medium",
    /// The campaign's name at the first visit.
    UtmCampaign = "utm_campaign",
    /// The campaign's term at the first visit.
    UtmTerm = "utm_term",
    /// The campaign's content at the first visit.
    UtmContent = "utm_content",
    /// Where the first visit came from.
    Referrer = "referrer",
    /// The page at which the first visit began.
    LandingPage = "landing_page",
}

impl LeadColumn {
    /// The columns a file has if nothing is said.
    pub const USUAL: [Self; 9] = [
        Self::Name,
        Self::Email,
        Self::Phone,
        Self::Company,
        Self::Stage,
        Self::Owner,
        Self::Form,
        Self::CreatedAt,
        Self::LastSubmissionAt,
    ];
}

impl FromStr for LeadColumn {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.iter().copied().find(|column| column.code() == code).ok_or(Rule::NotAChoice)
    }
}

impl TryFrom<String> for LeadColumn {
    type Error = Rule;

    fn try_from(code: String) -> Result<Self, Rule> {
        code.parse()
    }
}

impl From<LeadColumn> for &'static str {
    fn from(column: LeadColumn) -> Self {
        column.code()
    }
}

impl fmt::Display for LeadColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_comes_back_by_its_name() {
        for column in LeadColumn::ALL {
            assert_eq!(column.code().parse(), Ok(*column));
            let kept = serde_json::to_string(column).unwrap();
            assert_eq!(serde_json::from_str::<LeadColumn>(&kept).unwrap(), *column);
        }
        assert_eq!("ip".parse::<LeadColumn>(), Err(Rule::NotAChoice));
    }
}
