//! Whom an organization asks for a second factor, and from when on (AUTH-15).

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use crate::{access::Role, violation::Rule};

/// From the day it is asked for, a member has this long to set one up.
pub const GRACE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Whom an organization asks for a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MfaPolicy {
    /// Nobody; all may.
    #[default]
    Off,
    /// Owners and admins.
    OwnersAndAdmins,
    /// Every member.
    Everybody,
}

impl MfaPolicy {
    /// Every policy.
    pub const ALL: [Self; 3] = [Self::Off, Self::OwnersAndAdmins, Self::Everybody];

    /// The policy's stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::OwnersAndAdmins => "owners_and_admins",
            Self::Everybody => "everybody",
        }
    }

    fn asks(self, roles: &[Role]) -> bool {
        match self {
            Self::Off => false,
            Self::OwnersAndAdmins => leads_the_organization(roles),
            Self::Everybody => true,
        }
    }
}

impl FromStr for MfaPolicy {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|policy| policy.code() == code).ok_or(Rule::NotAChoice)
    }
}

fn leads_the_organization(roles: &[Role]) -> bool {
    roles.iter().any(|role| matches!(role, Role::Owner | Role::Admin))
}

/// What an organization asks, and how a member stands to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MfaStanding {
    /// Whom the organization asks.
    pub policy: MfaPolicy,
    /// Since when, if it does.
    pub since: Option<Timestamp>,
    /// When the member joined.
    pub joined_at: Timestamp,
    /// Whether they have a second factor.
    pub is_guarded: bool,
    /// Whether they said "later" in this session.
    pub is_later: bool,
}

/// What a member has to do about a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaDuty {
    /// Nothing.
    Nothing,
    /// They are urged to set one up.
    Urged,
    /// They have to set one up within so many days, the begun one included.
    Due(i64),
    /// They have to set one up before anything else.
    Overdue,
}

impl MfaStanding {
    /// What a member with these roles has to do at `now`.
    pub fn duty(&self, roles: &[Role], now: Timestamp) -> MfaDuty {
        if self.is_guarded {
            return MfaDuty::Nothing;
        }
        match self.since.filter(|_| self.policy.asks(roles)) {
            Some(since) => {
                let left = (since.max(self.joined_at) + GRACE).duration_since(now);
                let days = (left.as_secs() + 86_399).div_euclid(86_400);
                if left.is_positive() { MfaDuty::Due(days) } else { MfaDuty::Overdue }
            }
            None if leads_the_organization(roles) && !self.is_later => MfaDuty::Urged,
            None => MfaDuty::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn standing(policy: MfaPolicy) -> MfaStanding {
        let since = (policy != MfaPolicy::Off).then(|| at(100 * DAY));
        MfaStanding { policy, since, joined_at: at(0), is_guarded: false, is_later: false }
    }

    #[test]
    fn auth_15_owners_and_admins_are_urged_until_they_have_one_or_say_later() {
        let off = standing(MfaPolicy::Off);
        for role in Role::ALL {
            let urged = matches!(role, Role::Owner | Role::Admin);
            let duty = if urged { MfaDuty::Urged } else { MfaDuty::Nothing };
            assert_eq!(off.duty(&[role], at(100 * DAY)), duty, "{role}");
        }
        assert_eq!(MfaStanding { is_later: true, ..off }.duty(&[Role::Owner], at(0)), MfaDuty::Nothing);
        assert_eq!(MfaStanding { is_guarded: true, ..off }.duty(&[Role::Owner], at(0)), MfaDuty::Nothing);
    }

    #[test]
    fn auth_15_the_switch_asks_after_seven_days_and_not_a_second_before() {
        let all = standing(MfaPolicy::Everybody);
        let duty = |seconds| all.duty(&[Role::Agent], at(100 * DAY + seconds));
        assert_eq!(duty(0), MfaDuty::Due(7));
        assert_eq!(duty(1), MfaDuty::Due(7));
        assert_eq!(duty(6 * DAY), MfaDuty::Due(1));
        assert_eq!(duty(7 * DAY - 1), MfaDuty::Due(1));
        assert_eq!(duty(7 * DAY), MfaDuty::Overdue);
        assert_eq!(MfaStanding { is_guarded: true, ..all }.duty(&[Role::Agent], at(200 * DAY)), MfaDuty::Nothing);
    }

    #[test]
    fn auth_15_who_joins_later_has_seven_days_from_then() {
        let late = MfaStanding { joined_at: at(150 * DAY), ..standing(MfaPolicy::Everybody) };
        assert_eq!(late.duty(&[Role::Viewer], at(157 * DAY - 1)), MfaDuty::Due(1));
        assert_eq!(late.duty(&[Role::Viewer], at(157 * DAY)), MfaDuty::Overdue);
    }

    #[test]
    fn auth_15_the_switch_for_owners_and_admins_asks_no_other() {
        let some = standing(MfaPolicy::OwnersAndAdmins);
        for role in Role::ALL {
            let asked = matches!(role, Role::Owner | Role::Admin);
            let duty = if asked { MfaDuty::Overdue } else { MfaDuty::Nothing };
            assert_eq!(some.duty(&[role], at(200 * DAY)), duty, "{role}");
        }
        assert_eq!(some.duty(&[Role::Agent, Role::Admin], at(200 * DAY)), MfaDuty::Overdue);
        let later = MfaStanding { is_later: true, ..some };
        assert_eq!(later.duty(&[Role::Owner], at(200 * DAY)), MfaDuty::Overdue, "later is no way around it");
    }
}
