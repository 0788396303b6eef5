//! What becomes of data when some want them kept and others want them gone (RET-18).

/// Which data it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// An entry of the billing ledger.
    Ledger,
    /// The network address of a submission.
    Ip,
    /// All else that is kept of somebody.
    Other,
}

/// What becomes of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// They go.
    Erase,
    /// They stay.
    Keep,
}

/// What asks for a fate. The earlier outweighs the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// A legal hold wants them kept.
    Hold,
    /// The law wants the ledger kept, and nothing else.
    LedgerDuty,
    /// The person wants them kept, as evidence.
    Restriction {
        /// Whether network addresses are named as evidence, too.
        names_ip: bool,
    },
    /// The person wants them gone, or objected with good reason to what is done with them.
    ErasureOrObjection,
    /// How long such data are kept at all: their time is over, or not yet.
    Schedule(Fate),
    /// Somebody would like it so.
    Preference(Fate),
}

impl Claim {
    /// What it asks for.
    pub const fn fate(self) -> Fate {
        match self {
            Self::Hold | Self::LedgerDuty | Self::Restriction { .. } => Fate::Keep,
            Self::ErasureOrObjection => Fate::Erase,
            Self::Schedule(fate) | Self::Preference(fate) => fate,
        }
    }

    /// Whether it speaks of such data at all.
    const fn concerns(self, data: Data) -> bool {
        match self {
            Self::LedgerDuty => matches!(data, Data::Ledger),
            Self::Restriction { names_ip } => names_ip || !matches!(data, Data::Ip),
            Self::Hold | Self::ErasureOrObjection | Self::Schedule(_) | Self::Preference(_) => true,
        }
    }
}

/// The claim that decides what becomes of such data, if any speaks of them.
pub fn deciding(data: Data, claims: impl IntoIterator<Item = Claim>) -> Option<Claim> {
    claims.into_iter().filter(|claim| claim.concerns(data)).min()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The order of the rule.
    const ORDER: [Claim; 6] = [
        Claim::Hold,
        Claim::LedgerDuty,
        Claim::Restriction { names_ip: true },
        Claim::ErasureOrObjection,
        Claim::Schedule(Fate::Keep),
        Claim::Preference(Fate::Erase),
    ];

    fn fate(data: Data, claims: &[Claim]) -> Option<Fate> {
        deciding(data, claims.iter().copied()).map(Claim::fate)
    }

    #[test]
    fn each_claim_outweighs_all_that_come_after_it_in_the_rule() {
        for (place, claim) in ORDER.iter().enumerate() {
            let mut rest = ORDER[place..].to_vec();
            rest.reverse();
            assert_eq!(deciding(Data::Ledger, rest), Some(*claim), "in whichever order they are told");
        }
        assert_eq!(deciding(Data::Other, []), None);
    }

    #[test]
    fn what_is_held_stays_whatever_else_is_asked() {
        let all = [Claim::ErasureOrObjection, Claim::Schedule(Fate::Erase), Claim::Preference(Fate::Erase)];
        for data in [Data::Ledger, Data::Ip, Data::Other] {
            assert_eq!(fate(data, &all), Some(Fate::Erase), "{data:?}");
            assert_eq!(fate(data, &[&all[..], &[Claim::Hold][..]].concat()), Some(Fate::Keep), "{data:?}");
        }
    }

    #[test]
    fn the_law_keeps_the_ledger_and_nothing_else() {
        let claims = [Claim::LedgerDuty, Claim::ErasureOrObjection];
        assert_eq!(fate(Data::Ledger, &claims), Some(Fate::Keep));
        assert_eq!(fate(Data::Other, &claims), Some(Fate::Erase));
        assert_eq!(fate(Data::Ip, &claims), Some(Fate::Erase));
    }

    #[test]
    fn a_restriction_stops_the_end_of_addresses_only_if_it_names_them() {
        let claims = |names_ip| [Claim::Schedule(Fate::Erase), Claim::Restriction { names_ip }];
        assert_eq!(fate(Data::Other, &claims(false)), Some(Fate::Keep));
        assert_eq!(fate(Data::Ip, &claims(false)), Some(Fate::Erase));
        assert_eq!(fate(Data::Ip, &claims(true)), Some(Fate::Keep));
    }

    #[test]
    fn nobody_waits_for_the_schedule_who_wants_to_be_forgotten_and_nobody_keeps_longer_than_it() {
        let other = |claims: &[Claim]| fate(Data::Other, claims);
        assert_eq!(other(&[Claim::Schedule(Fate::Keep), Claim::ErasureOrObjection]), Some(Fate::Erase));
        assert_eq!(other(&[Claim::Preference(Fate::Keep), Claim::Schedule(Fate::Erase)]), Some(Fate::Erase));
        assert_eq!(other(&[Claim::Preference(Fate::Erase), Claim::Schedule(Fate::Keep)]), Some(Fate::Keep));
        assert_eq!(other(&[Claim::Schedule(Fate::Keep), Claim::Schedule(Fate::Erase)]), Some(Fate::Erase));
    }

    fn claim() -> impl Strategy<Value = Claim> {
        let fate = || prop_oneof![Just(Fate::Keep), Just(Fate::Erase)];
        prop_oneof![
            Just(Claim::Hold),
            Just(Claim::LedgerDuty),
            any::<bool>().prop_map(|names_ip| Claim::Restriction { names_ip }),
            Just(Claim::ErasureOrObjection),
            fate().prop_map(Claim::Schedule),
            fate().prop_map(Claim::Preference),
        ]
    }

    proptest! {
        #[test]
        fn a_further_claim_decides_or_changes_nothing(
            claims in proptest::collection::vec(claim(), 0..6),
            further in claim(),
            data in proptest::sample::select(vec![Data::Ledger, Data::Ip, Data::Other]),
        ) {
            let before = deciding(data, claims.iter().copied());
            let after = deciding(data, claims.into_iter().chain([further]));
            prop_assert!(after == before || after == Some(further), "{:?} then {:?}", before, after);
        }
    }
}
