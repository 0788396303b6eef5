//! What people ask of the operator by right, and is an organization's to answer (DSR-2): it is registered, acknowledged, and
//! passed on within two working days. The operator never hears whether anything is kept of whoever asked.

use jiff::Timestamp;

use crate::{
    deadline::Deadline,
    id::{OrganizationId, RightsRequestId},
    language::Language,
    rights_request::Right,
    text::{Email, Message},
    violation::{Rule, Violations},
};

/// Ids and times are kept for so many years, as the register of an organization keeps them (RET-13).
pub const KEPT_YEARS: u16 = crate::rights_request::KEPT_YEARS;

/// Who asked, and what they said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Where they are reached.
    pub address: Email,
    /// What they said about it.
    pub words: Option<Message>,
}

/// What becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passage {
    /// It waits for whoever finds out which organization is meant.
    Waiting(Sender),
    /// It is on its way into the register of that organization.
    Passed(Sender, OrganizationId, Timestamp),
    /// It stands in that register, and the operator has forgotten who asked.
    Entered(OrganizationId, Timestamp),
    /// It was no organization's, and who asked is forgotten.
    Closed(Timestamp),
}

/// What somebody asked of the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorRequest {
    /// Its id, which is also the one that it has in the organization's register.
    pub id: RightsRequestId,
    /// Which right they make use of.
    pub right: Right,
    /// The language in which they are written to.
    pub language: Language,
    /// When the operator received it: the law counts from then.
    pub received_at: Timestamp,
    /// When whoever asked was told that it came.
    pub acknowledged_at: Option<Timestamp>,
    /// What became of it.
    pub passage: Passage,
}

impl OperatorRequest {
    /// Registers what came, however late: it is overdue from the beginning then.
    ///
    /// # Errors
    /// [`Rule::NotADate`] at `received` for a moment that has not come yet.
    pub fn register(
        id: RightsRequestId,
        (right, language): (Right, Language),
        sender: Sender,
        received_at: Timestamp,
        now: Timestamp,
    ) -> Result<Self, Violations> {
        if received_at > now {
            return Err(Violations::one("received", Rule::NotADate));
        }
        Ok(Self { id, right, language, received_at, acknowledged_at: None, passage: Passage::Waiting(sender) })
    }

    /// By when it must stand in the organization's register.
    pub fn due(&self) -> Deadline {
        Deadline::of_passing_on(self.received_at)
    }

    /// Who asked, as long as that is known.
    pub const fn sender(&self) -> Option<&Sender> {
        match &self.passage {
            Passage::Waiting(sender) | Passage::Passed(sender, ..) => Some(sender),
            Passage::Entered(..) | Passage::Closed(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn register(received: &str, now: &str) -> Result<OperatorRequest, Violations> {
        let sender = Sender { address: Email::parse("anna@example.com").unwrap(), words: None };
        let asked = (Right::Access, Language::French);
        OperatorRequest::register(RightsRequestId(Uuid::nil()), asked, sender, at(received), at(now))
    }

    #[test]
    fn dsr_2_a_request_is_overdue_when_two_working_days_are_over_and_it_stands_nowhere() {
        // A Friday: Monday and Tuesday are left.
        let mut request = register("2026-11-27T10:00:00Z", "2026-11-27T11:00:00Z").unwrap();
        assert_eq!(request.due().day().to_string(), "2026-12-01");
        let end = at("2026-12-01T23:00:00Z");
        assert!(!request.due().is_over(end - jiff::SignedDuration::from_nanos(1)) && request.due().is_over(end));
        let (home, sender) = (OrganizationId(Uuid::nil()), request.sender().cloned().unwrap());
        request.passage = Passage::Passed(sender, home, at("2026-11-30T10:00:00Z"));
        assert!(request.sender().is_some(), "on its way is not there");
        request.passage = Passage::Entered(home, at("2026-11-30T10:00:01Z"));
        assert!(request.sender().is_none());
    }

    #[test]
    fn what_has_not_come_yet_is_not_registered() {
        let faults = register("2026-11-27T10:00:01Z", "2026-11-27T10:00:00Z").unwrap_err();
        assert_eq!(faults, Violations::one("received", Rule::NotADate));
        assert!(register("2026-11-27T10:00:00Z", "2026-11-27T10:00:00Z").is_ok());
    }
}
