//! Breaches of personal data (PRV-8): what happened, and who has to be told of it by when. The operator logs those of the
//! service, and an organization, as controller, those of its own. Every one is logged, whether somebody is told of it or not.

use jiff::{SignedDuration, Timestamp};

use crate::{
    id::{BreachId, UserId},
    text::Message,
};

/// The CNIL is told within so long of the moment at which the breach was noticed, weekends included (Art. 33(1)).
pub const CNIL_WITHIN: SignedDuration = SignedDuration::from_hours(72);
/// The organizations that a breach of the service concerns are told within so long of that moment (Art. 33(2)).
pub const ORGANIZATIONS_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// The log keeps a breach for so many years.
pub const KEPT_YEARS: u16 = 5;

/// What happened (Art. 33(3), 33(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// The facts.
    pub happened: Message,
    /// Which kinds of people and of data.
    pub categories: Message,
    /// About how many people; none while nobody can tell.
    pub people: Option<u32>,
    /// What may come of it.
    pub effects: Message,
    /// What was done about it, and will be.
    pub measures: Message,
}

/// That the CNIL was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CnilTold {
    /// When.
    pub at: Timestamp,
    /// Why only then, if it was too late.
    pub late_because: Option<Message>,
}

/// That nothing is to be done about a breach any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Since when.
    pub at: Timestamp,
    /// Why the CNIL was not told, if it was not: the breach is unlikely to be a risk to anybody (Art. 33(1)).
    pub untold_because: Option<Message>,
}

/// A breach, as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Its id.
    pub id: BreachId,
    /// What happened.
    pub incident: Incident,
    /// When it was noticed. All that is due counts from here.
    pub aware_at: Timestamp,
    /// When it was logged.
    pub logged_at: Timestamp,
    /// The member who logged it; none if the operator did.
    pub author: Option<UserId>,
    /// When the CNIL was told.
    pub cnil: Option<CnilTold>,
    /// When the people were told whose data it is (Art. 34).
    pub people_told_at: Option<Timestamp>,
    /// When it was over.
    pub closed: Option<Closed>,
}

/// Why the log does not take what it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BreachError {
    /// That moment has not come yet, or was before the breach was noticed.
    #[error("it cannot have been at that moment")]
    NotThen,
    /// Whoever is late, or tells nobody, says why.
    #[error("the reasons are missing")]
    NoReasons,
    /// They were told already.
    #[error("they were told already")]
    Told,
    /// It is closed.
    #[error("the breach is closed")]
    Closed,
}

impl Breach {
    /// Logs what somebody noticed.
    ///
    /// # Errors
    /// [`BreachError::NotThen`] if they notice it later than now.
    pub fn log(
        id: BreachId,
        incident: Incident,
        author: Option<UserId>,
        aware_at: Timestamp,
        now: Timestamp,
    ) -> Result<Self, BreachError> {
        if aware_at > now {
            return Err(BreachError::NotThen);
        }
        Ok(Self { id, incident, aware_at, logged_at: now, author, cnil: None, people_told_at: None, closed: None })
    }

    /// By when the CNIL is told.
    pub fn cnil_due_at(&self) -> Timestamp {
        self.aware_at.saturating_add(CNIL_WITHIN).unwrap_or(Timestamp::MAX)
    }

    /// By when the organizations are told that a breach of the service concerns.
    pub fn organizations_due_at(&self) -> Timestamp {
        self.aware_at.saturating_add(ORGANIZATIONS_WITHIN).unwrap_or(Timestamp::MAX)
    }

    /// Whether the CNIL should have been told by now, and was not.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.cnil.is_none() && self.closed.is_none() && now > self.cnil_due_at()
    }

    /// Keeps what is known by now: it may be told in parts (Art. 33(4)).
    ///
    /// # Errors
    /// [`BreachError::Closed`].
    pub fn revise(&mut self, incident: Incident) -> Result<(), BreachError> {
        self.must_be_open()?;
        self.incident = incident;
        Ok(())
    }

    /// Keeps when the CNIL was told, and why only then if it was late.
    ///
    /// # Errors
    /// [`BreachError::NotThen`]; [`BreachError::NoReasons`] after the 72 hours; [`BreachError::Told`]; [`BreachError::Closed`].
    pub fn tell_cnil(
        &mut self,
        at: Timestamp,
        late_because: Option<Message>,
        now: Timestamp,
    ) -> Result<(), BreachError> {
        self.may_have_told(self.cnil.is_some(), at, now)?;
        let is_late = at > self.cnil_due_at();
        if is_late && late_because.is_none() {
            return Err(BreachError::NoReasons);
        }
        self.cnil = Some(CnilTold { at, late_because: late_because.filter(|_| is_late) });
        Ok(())
    }

    /// Keeps when the people were told.
    ///
    /// # Errors
    /// [`BreachError::NotThen`]; [`BreachError::Told`]; [`BreachError::Closed`].
    pub fn tell_people(&mut self, at: Timestamp, now: Timestamp) -> Result<(), BreachError> {
        self.may_have_told(self.people_told_at.is_some(), at, now)?;
        self.people_told_at = Some(at);
        Ok(())
    }

    /// Closes it, with the reasons if the CNIL was not told.
    ///
    /// # Errors
    /// [`BreachError::NoReasons`] if it was not and nothing says why; [`BreachError::Closed`].
    pub fn close(&mut self, untold_because: Option<Message>, now: Timestamp) -> Result<(), BreachError> {
        self.must_be_open()?;
        if self.cnil.is_none() && untold_because.is_none() {
            return Err(BreachError::NoReasons);
        }
        self.closed = Some(Closed { at: now, untold_because: untold_because.filter(|_| self.cnil.is_none()) });
        Ok(())
    }

    fn may_have_told(&self, told: bool, at: Timestamp, now: Timestamp) -> Result<(), BreachError> {
        self.must_be_open()?;
        if told {
            return Err(BreachError::Told);
        }
        if at < self.aware_at || at > now { Err(BreachError::NotThen) } else { Ok(()) }
    }

    fn must_be_open(&self) -> Result<(), BreachError> {
        if self.closed.is_some() { Err(BreachError::Closed) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const SECOND: SignedDuration = SignedDuration::from_secs(1);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn words(text: &str) -> Message {
        Message::parse(text).unwrap()
    }

    fn incident() -> Incident {
        Incident {
            happened: words("A copy of the database lay open."),
            categories: words("Leads: names, addresses"),
            people: Some(1_200),
            effects: words("Unwanted mail"),
            measures: words("It was taken away."),
        }
    }

    fn noticed(aware_at: Timestamp, now: Timestamp) -> Result<Breach, BreachError> {
        Breach::log(BreachId(Uuid::nil()), incident(), None, aware_at, now)
    }

    /// A Friday evening.
    const FRIDAY: &str = "2026-11-27T18:30:15Z";

    fn breach() -> Breach {
        noticed(at(FRIDAY), at(FRIDAY)).unwrap()
    }

    #[test]
    fn prv_8_the_cnil_is_due_72_hours_after_notice_weekends_and_summer_time_included() {
        for (aware, due) in [
            (FRIDAY, "2026-11-30T18:30:15Z"),
            ("2026-12-24T23:59:59Z", "2026-12-27T23:59:59Z"),
            // The night on which the clocks of Paris go back has an hour more, and the 72 hours have not.
            ("2026-10-24T08:00:00Z", "2026-10-27T08:00:00Z"),
        ] {
            let breach = noticed(at(aware), at(aware)).unwrap();
            assert_eq!(breach.cnil_due_at(), at(due), "{aware}");
            assert!(!breach.is_overdue(at(due)), "{aware}");
            assert!(breach.is_overdue(at(due) + SECOND), "{aware}");
        }
    }

    #[test]
    fn prv_8_organizations_are_due_24_hours_after_notice_and_not_after_the_entry() {
        let breach = noticed(at(FRIDAY), at("2026-11-28T10:00:00Z")).unwrap();
        assert_eq!(breach.organizations_due_at(), at("2026-11-28T18:30:15Z"));
        assert_eq!(breach.cnil_due_at(), at("2026-11-30T18:30:15Z"));
    }

    #[test]
    fn nobody_notices_what_is_to_come() {
        let now = at(FRIDAY);
        assert_eq!(noticed(now + SECOND, now), Err(BreachError::NotThen));
        assert!(noticed(now, now).is_ok());
    }

    #[test]
    fn prv_8_whoever_tells_the_cnil_too_late_says_why() {
        let (due, later) = (breach().cnil_due_at(), breach().cnil_due_at() + SECOND);
        let mut late = breach();
        assert_eq!(late.tell_cnil(later, None, later), Err(BreachError::NoReasons));
        assert_eq!(late.cnil, None);
        assert_eq!(late.tell_cnil(later, Some(words("It took long to see.")), later), Ok(()));
        assert_eq!(late.cnil, Some(CnilTold { at: later, late_because: Some(words("It took long to see.")) }));
        assert!(!late.is_overdue(later), "they know");
        assert_eq!(late.tell_cnil(later, None, later), Err(BreachError::Told));

        let mut timely = breach();
        assert_eq!(timely.tell_cnil(due, Some(words("For nothing")), later), Ok(()), "entered later");
        assert_eq!(timely.cnil, Some(CnilTold { at: due, late_because: None }));
    }

    #[test]
    fn what_is_known_is_revised_and_the_clock_runs_on() {
        let (mut breach, due) = (breach(), breach().cnil_due_at());
        let later = Incident { people: None, measures: words("The key was changed."), ..incident() };
        breach.revise(later.clone()).unwrap();
        assert_eq!((breach.incident.clone(), breach.cnil_due_at()), (later, due));
    }

    #[test]
    fn nobody_is_told_before_it_is_noticed_or_in_the_future() {
        let (aware, now) = (breach().aware_at, breach().aware_at + CNIL_WITHIN);
        for (when, answer) in [
            (aware - SECOND, Err(BreachError::NotThen)),
            (aware, Ok(())),
            (now, Ok(())),
            (now + SECOND, Err(BreachError::NotThen)),
        ] {
            assert_eq!(breach().tell_cnil(when, None, now), answer, "{when}");
            assert_eq!(breach().tell_people(when, now), answer, "{when}");
        }
        let mut told = breach();
        told.tell_people(now, now).unwrap();
        assert_eq!(told.tell_people(now, now), Err(BreachError::Told));
    }

    #[test]
    fn prv_8_a_breach_is_closed_with_the_cnil_told_or_the_reasons_why_not() {
        let now = breach().aware_at + CNIL_WITHIN + SECOND;
        let mut untold = breach();
        assert_eq!(untold.close(None, now), Err(BreachError::NoReasons));
        assert!(untold.is_overdue(now));
        untold.close(Some(words("The copy was sealed.")), now).unwrap();
        assert_eq!(untold.closed, Some(Closed { at: now, untold_because: Some(words("The copy was sealed.")) }));
        assert!(!untold.is_overdue(now));
        assert_eq!(untold.close(None, now), Err(BreachError::Closed));
        assert_eq!(untold.tell_cnil(now, Some(words("After all")), now), Err(BreachError::Closed));
        assert_eq!(untold.tell_people(now, now), Err(BreachError::Closed));
        assert_eq!(untold.revise(incident()), Err(BreachError::Closed));

        let mut told = breach();
        told.tell_cnil(told.aware_at, None, now).unwrap();
        told.close(Some(words("For nothing")), now).unwrap();
        assert_eq!(told.closed, Some(Closed { at: now, untold_because: None }));
    }

    proptest! {
        #[test]
        fn prv_8_what_is_due_is_due_to_the_second(second in 0_i64..4_000_000_000) {
            let aware = Timestamp::from_second(second).unwrap();
            let breach = noticed(aware, aware).unwrap();
            prop_assert_eq!(breach.cnil_due_at().as_second() - second, 259_200);
            prop_assert_eq!(breach.organizations_due_at().as_second() - second, 86_400);
            prop_assert!(!breach.is_overdue(breach.cnil_due_at()));
            prop_assert!(breach.is_overdue(breach.cnil_due_at() + SECOND));
        }
    }
}
