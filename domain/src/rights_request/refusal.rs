use super::{Right, State};

codes! {
    /// Why a request is refused: the law knows no other reasons (DSR-7).
    Refusal {
        /// Nothing shows that it came from whom it says (Art. 12(2)).
        IdentityNotProven = "identity_not_proven",
        /// It is manifestly unfounded (Art. 12(5)).
        Unfounded = "unfounded",
        /// It is excessive, above all because it comes again and again (Art. 12(5)).
        Excessive = "excessive",
        /// What the law asks for before it gives that right is not there (Art. 16, 17(1), 18(1), 20(1), 21(1)).
        ConditionsNotMet = "conditions_not_met",
        /// Others would be harmed by it (Art. 15(4), 20(4)).
        RightsOfOthers = "rights_of_others",
        /// A law asks for the data to be kept (Art. 17(3)(b)).
        LegalDuty = "legal_duty",
        /// The data are needed before a court, or to go there (Art. 17(3)(e), 21(1)).
        LegalClaims = "legal_claims",
        /// There are grounds that outweigh theirs (Art. 21(1)).
        CompellingGrounds = "compelling_grounds",
    }
}

impl Refusal {
    /// Whether the law knows it as a reason to refuse that right.
    pub const fn fits(self, right: Right) -> bool {
        match self {
            Self::IdentityNotProven => true,
            // A consent is taken back as easily as it was given.
            Self::Unfounded | Self::Excessive => !matches!(right, Right::Withdrawal),
            Self::ConditionsNotMet => !matches!(right, Right::Access | Right::Withdrawal),
            Self::RightsOfOthers => matches!(right, Right::Access | Right::Portability),
            Self::LegalDuty => matches!(right, Right::Erasure),
            Self::LegalClaims => matches!(right, Right::Erasure | Right::Objection),
            Self::CompellingGrounds => matches!(right, Right::Objection),
        }
    }

    /// How far a request is that can be refused for it. Every reason but the first would tell somebody unknown that there
    /// are data.
    pub const fn applies_in(self) -> State {
        match self {
            Self::IdentityNotProven => State::AwaitingIdentity,
            Self::Unfounded
            | Self::Excessive
            | Self::ConditionsNotMet
            | Self::RightsOfOthers
            | Self::LegalDuty
            | Self::LegalClaims
            | Self::CompellingGrounds => State::Open,
        }
    }
}
