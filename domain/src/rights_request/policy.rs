use std::collections::BTreeSet;

use super::Right;

/// Which rights an organization serves by itself, without a member's yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightsPolicy(BTreeSet<Right>);

impl Default for RightsPolicy {
    /// What harms nobody.
    fn default() -> Self {
        Self::of([Right::Access, Right::Portability])
    }
}

impl RightsPolicy {
    /// These by themselves, and the others by a member; those that wait for nobody are left out.
    pub fn of(rights: impl IntoIterator<Item = Right>) -> Self {
        Self(rights.into_iter().filter(|right| !right.is_unconditional()).collect())
    }

    /// Whether no member is asked.
    pub fn is_automatic(&self, right: Right) -> bool {
        right.is_unconditional() || self.0.contains(&right)
    }

    /// The rights for which no member is asked because the organization says so.
    pub fn automatic(&self) -> impl Iterator<Item = Right> {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_or_ends_data_needs_a_member_unless_the_organization_says_otherwise() {
        let usual = RightsPolicy::default();
        let by_member: Vec<_> = Right::ALL.iter().filter(|right| !usual.is_automatic(**right)).collect();
        assert_eq!(by_member, [&Right::Rectification, &Right::Erasure, &Right::Restriction]);
        let own = RightsPolicy::of([Right::Erasure]);
        assert_eq!(own.automatic().collect::<Vec<_>>(), [Right::Erasure]);
    }

    #[test]
    fn dsr_11_nobody_is_put_before_an_objection_or_a_consent_that_is_taken_back() {
        let none = RightsPolicy::of([]);
        let at_once: Vec<_> = Right::ALL.iter().filter(|right| none.is_automatic(**right)).collect();
        assert_eq!(at_once, [&Right::Objection, &Right::Withdrawal]);
        assert_eq!(RightsPolicy::of([Right::Objection]), none);
    }
}
