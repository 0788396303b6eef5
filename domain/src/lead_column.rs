//! What a file can say of a lead: its columns, by their stable names.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{id::PropertyId, lead_field, property::Property, violation::Rule};

macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident = $code:literal),+ $(,)?) => {
        /// A column of a file of leads.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum LeadColumn {
            $($(#[$doc])* $name),+,
            /// A property of the organization's own.
            Property(PropertyId),
        }

        impl LeadColumn {
            /// Every column that each organization has, in the order in which a file has them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The stable name; of a property only that it is one.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code),+,
                    Self::Property(_) => "property",
                }
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
    /// The name of the pipeline of its stage.
    Pipeline = "pipeline",
    /// The name of the stage in which it stands.
    Stage = "stage",
    /// Why it was given up, if it was: the name of the reason.
    Reason = "reason",
    /// The member who works on it, by their e-mail address.
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
    /// When anything last happened to it.
    LastActivityAt = "last_activity_at",
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
    /// Google's click id at the first visit.
    Gclid = "gclid",
    /// Facebook's click id at the first visit.
    Fbclid = "fbclid",
    /// Microsoft's click id at the first visit.
    Msclkid = "msclkid",
    /// The campaign's source at the latest visit.
    LastUtmSource = "last_utm_source",
    /// The campaign's medium at the latest visit.
    LastUtmMedium = "last_utm_medium",
    /// The campaign's name at the latest visit.
    LastUtmCampaign = "last_utm_campaign",
    /// The campaign's term at the latest visit.
    LastUtmTerm = "last_utm_term",
    /// The campaign's content at the latest visit.
    LastUtmContent = "last_utm_content",
    /// Where the latest visit came from.
    LastReferrer = "last_referrer",
    /// The page at which the latest visit began.
    LastLandingPage = "last_landing_page",
    /// Google's click id at the latest visit.
    LastGclid = "last_gclid",
    /// Facebook's click id at the latest visit.
    LastFbclid = "last_fbclid",
    /// Microsoft's click id at the latest visit.
    LastMsclkid = "last_msclkid",
}

impl LeadColumn {
    /// The columns a file has if nothing is said.
    pub const USUAL: [Self; 10] = [
        Self::Name,
        Self::Email,
        Self::Phone,
        Self::Company,
        Self::Stage,
        Self::Reason,
        Self::Owner,
        Self::Form,
        Self::CreatedAt,
        Self::LastSubmissionAt,
    ];

    /// Whether it says a property that is not there, where an organization has these. What is known of one that is out of
    /// use can be taken away.
    pub fn is_gone(self, own: &[Property]) -> bool {
        let Self::Property(id) = self else { return false };
        !own.iter().any(|property| property.id == id)
    }
}

impl FromStr for LeadColumn {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        let usual = Self::ALL.iter().copied().find(|column| column.code() == code);
        usual.or_else(|| lead_field::own(code).map(Self::Property)).ok_or(Rule::NotAChoice)
    }
}

impl TryFrom<String> for LeadColumn {
    type Error = Rule;

    fn try_from(code: String) -> Result<Self, Rule> {
        code.parse()
    }
}

impl From<LeadColumn> for String {
    fn from(column: LeadColumn) -> Self {
        column.to_string()
    }
}

impl fmt::Display for LeadColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Property(id) => lead_field::write_own(*id, f),
            usual => f.write_str(usual.code()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_comes_back_by_its_name() {
        let own = LeadColumn::Property(PropertyId(uuid::Uuid::from_u128(7)));
        for column in LeadColumn::ALL.iter().chain([&own]) {
            assert_eq!(column.to_string().parse(), Ok(*column));
            assert_eq!(column.is_gone(&[]), *column == own);
            let kept = serde_json::to_string(column).unwrap();
            assert_eq!(serde_json::from_str::<LeadColumn>(&kept).unwrap(), *column);
        }
        assert_eq!("ip".parse::<LeadColumn>(), Err(Rule::NotAChoice));
    }
}
