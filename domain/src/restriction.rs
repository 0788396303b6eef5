//! Restrictions: a lead is kept and not used (DSR-10).

use std::str::FromStr;

use jiff::Timestamp;

use crate::{
    event::Event,
    id::{LeadId, UserId},
    precedence::Claim,
    violation::Rule,
};

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
    /// Which member restricted it; none where the person did.
    pub author: Option<UserId>,
    /// When it was decided to lift it, if it was: first the person is told.
    pub lift_announced_at: Option<Timestamp>,
    /// When it turned out that the mail cannot be delivered, if it did: somebody tells them otherwise.
    pub lift_refused_at: Option<Timestamp>,
}

impl Restriction {
    /// Restricts a lead.
    pub fn place(
        lead: LeadId,
        ground: Ground,
        names_ip: bool,
        author: Option<UserId>,
        now: Timestamp,
    ) -> (Self, Event) {
        let restriction =
            Self { lead, ground, names_ip, since: now, author, lift_announced_at: None, lift_refused_at: None };
        (restriction, Event::LeadRestricted { lead })
    }

    /// Has the person told that it is lifted, which ends it. Somebody without an address on file is told otherwise, by
    /// whoever says so.
    ///
    /// # Errors
    /// [`RestrictionError::Announced`]; [`RestrictionError::NobodyTold`].
    pub fn announce_lift(&mut self, has_address: bool, now: Timestamp) -> Result<Event, RestrictionError> {
        if self.lift_announced_at.is_some() {
            return Err(RestrictionError::Announced);
        }
        if !has_address {
            return Err(RestrictionError::NobodyTold);
        }
        (self.lift_announced_at, self.lift_refused_at) = (Some(now), None);
        Ok(Event::LiftAnnounced { lead: self.lead })
    }

    /// Ends the announcement of which no mail can tell: the lead stays restricted until the person is told otherwise.
    pub fn refuse_lift(&mut self, now: Timestamp) {
        (self.lift_announced_at, self.lift_refused_at) = (None, Some(now));
    }

    /// What it claims for the data of its lead, if it was asked for in order to keep them (RET-18).
    pub fn claim(&self) -> Option<Claim> {
        self.ground.is_to_keep().then_some(Claim::Restriction { names_ip: self.names_ip })
    }
}

/// A restriction cannot be lifted so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestrictionError {
    /// The person is being told already.
    #[error("the person is being told already that the restriction is lifted")]
    Announced,
    /// No address is on file, and nobody says that they told the person.
    #[error("the person is told before the restriction is lifted")]
    NobodyTold,
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
                let (restriction, _) = Restriction::place(lead, ground, names_ip, None, Timestamp::UNIX_EPOCH);
                let claims = [Claim::Schedule(Fate::Erase)].into_iter().chain(restriction.claim());
                deciding(data, claims).map(Claim::fate)
            };
            assert_eq!(fate_of(false, Data::Other), Some(fate), "{ground:?}");
            assert_eq!(fate_of(false, Data::Ip), Some(Fate::Erase), "{ground:?}");
            assert_eq!(fate_of(true, Data::Ip), Some(fate), "{ground:?}");
        }
    }

    #[test]
    fn nobody_lifts_a_restriction_before_the_person_is_told() {
        let (lead, now) = (LeadId(Uuid::nil()), Timestamp::UNIX_EPOCH);
        let (mut restriction, restricted) = Restriction::place(lead, Ground::Contested, false, None, now);
        assert_eq!(restricted, Event::LeadRestricted { lead });
        assert_eq!(restriction.announce_lift(false, now), Err(RestrictionError::NobodyTold));
        assert_eq!(restriction.announce_lift(true, now), Ok(Event::LiftAnnounced { lead }));
        assert_eq!(restriction.announce_lift(true, now), Err(RestrictionError::Announced));
        restriction.refuse_lift(now);
        assert_eq!((restriction.lift_announced_at, restriction.lift_refused_at), (None, Some(now)));
        assert_eq!(restriction.announce_lift(true, now), Ok(Event::LiftAnnounced { lead }), "it is tried once more");
        assert_eq!(restriction.lift_refused_at, None);
    }

    #[test]
    fn a_ground_is_found_by_its_code() {
        for ground in Ground::ALL {
            assert_eq!(ground.code().parse(), Ok(ground));
        }
        assert_eq!("whim".parse::<Ground>(), Err(Rule::NotAChoice));
    }
}
