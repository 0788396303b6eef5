//! Restrictions: a lead is kept and not used (DSR-10).

use std::str::FromStr;

use jiff::Timestamp;

use crate::{id::LeadId, precedence::Claim, violation::Rule};

/// Why data are kept and not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// The person says that they are wrong; that is looked into (Art. 18(1)(a)).
    Contested,
    /// They should not be there, and the person wants them kept all the same (Art. 18(1)(b)).
    Unlawful,
    /// The person needs them for claims of their own (Art. 18(1)(c)).
    Claims,
    /// The person objected; that is looked into (Art. 18(1)(d)).
    Objection,
}

impl Ground {
    /// Every ground.
    pub const ALL: [Self; 4] = [Self::Contested, Self::Unlawful, Self::Claims, Self::Objection];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Contested => "contested",
            Self::Unlawful => "unlawful",
            Self::Claims => "claims",
            Self::Objection => "objection",
        }
    }

    /// Whether the person asked for it in order to have the data kept.
    const fn is_to_keep(self) -> bool {
        matches!(self, Self::Unlawful | Self::Claims)
    }
}

impl FromStr for Ground {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|ground| ground.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// A lead that is kept and not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restriction {
    /// Which lead.
    pub lead: LeadId,
    /// Why.
    pub ground: Ground,
    /// Whether the person named network addresses as evidence.
    pub names_ip: bool,
    /// Since when.
    pub since: Timestamp,
}

impl Restriction {
    /// What it claims for the data of its lead, if it was asked for in order to keep them (RET-18).
    pub fn claim(&self) -> Option<Claim> {
        self.ground.is_to_keep().then_some(Claim::Restriction { names_ip: self.names_ip })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::precedence::{Data, Fate, deciding};

    #[test]
    fn only_who_asked_to_have_data_kept_stops_their_end() {
        for (ground, fate) in [
            (Ground::Contested, Fate::Erase),
            (Ground::Unlawful, Fate::Keep),
            (Ground::Claims, Fate::Keep),
            (Ground::Objection, Fate::Erase),
        ] {
            let fate_of = |names_ip, data| {
                let lead = LeadId(Uuid::nil());
                let restriction = Restriction { lead, ground, names_ip, since: Timestamp::UNIX_EPOCH };
                let claims = [Claim::Schedule(Fate::Erase)].into_iter().chain(restriction.claim());
                deciding(data, claims).map(Claim::fate)
            };
            assert_eq!(fate_of(false, Data::Other), Some(fate), "{ground:?}");
            assert_eq!(fate_of(false, Data::Ip), Some(Fate::Erase), "{ground:?}");
            assert_eq!(fate_of(true, Data::Ip), Some(fate), "{ground:?}");
        }
    }

    #[test]
    fn a_ground_is_found_by_its_code() {
        for ground in Ground::ALL {
            assert_eq!(ground.code().parse(), Ok(ground));
        }
        assert_eq!("whim".parse::<Ground>(), Err(Rule::NotAChoice));
    }
}
