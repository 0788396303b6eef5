//! What members ask of the operator by right, about their own account (DSR-1): that it is objected to something that is done with
//! their data, or that they are kept and not used. All else that is theirs the page of the account does at once. The operator
//! is the controller here, and answers as an organization answers the people in its leads.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    id::{RightsRequestId, UserId},
    rights_request::{Asker, Reminder, Right, RightsError, RightsRequest, State},
    step_up::Proof,
    text::Message,
};

/// The rights that somebody has to answer.
pub const RIGHTS: [Right; 2] = [Right::Objection, Right::Restriction];

/// What a member asks of the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRequest {
    /// The request, with its steps.
    pub request: RightsRequest,
    /// What they say about it; none once it was taken back, or their account is gone.
    pub words: Option<Message>,
    /// When they were mailed of its last step; none as long as they were not.
    pub told_at: Option<Timestamp>,
    /// Of what the operator was reminded.
    pub reminded: BTreeSet<Reminder>,
}

impl MemberRequest {
    /// Takes in what a member asks, who proved in their session who they are (DSR-5).
    ///
    /// # Errors
    /// [`RightsError::ServedAtOnce`] for a right that nobody needs to answer; [`RightsError::NotFresh`].
    pub fn ask(
        id: RightsRequestId,
        right: Right,
        (user, proof): (UserId, Proof),
        words: Message,
        now: Timestamp,
    ) -> Result<Self, RightsError> {
        if !RIGHTS.contains(&right) {
            return Err(RightsError::ServedAtOnce);
        }
        let (mut request, _) = RightsRequest::receive(id, right, Asker::Member(user), now);
        request.prove_by_session(user, proof, now)?;
        Ok(Self { request, words: Some(words), told_at: None, reminded: BTreeSet::new() })
    }

    /// Whether it waits for the operator: whoever asked is still there, and nothing has ended it.
    pub fn is_open(&self) -> bool {
        self.asker().is_some() && !self.request.state().is_over()
    }

    /// Who asked, as long as they have an account.
    pub const fn asker(&self) -> Option<UserId> {
        match self.request.asker {
            Asker::Member(user) => Some(user),
            Asker::Person(_) | Asker::Forgotten => None,
        }
    }

    /// Takes it back for whoever asked: what they said is forgotten, and there is nothing to tell them.
    ///
    /// # Errors
    /// [`RightsError::OutOfTurn`] if it was answered before; [`RightsError::SomebodyElse`].
    pub fn withdraw(&mut self, user: UserId, now: Timestamp) -> Result<(), RightsError> {
        self.request.withdraw(user, now)?;
        (self.words, self.told_at) = (None, Some(now));
        Ok(())
    }

    /// When the operator is to be reminded of it next.
    pub fn next_moment(&self) -> Option<Timestamp> {
        if self.is_open() { self.request.next_moment(&self.reminded) } else { None }
    }

    /// Whether whoever asked has to be mailed of something still.
    pub fn is_untold(&self) -> bool {
        self.told_at.is_none() && self.asker().is_some() && self.request.state() != State::Withdrawn
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use uuid::Uuid;

    use super::*;
    use crate::{deadline::Deadline, rights_request::By, step_up::FRESH};

    const MIKA: UserId = UserId(Uuid::from_u128(1));
    const SECOND: SignedDuration = SignedDuration::from_secs(1);

    fn noon() -> Timestamp {
        "2026-11-25T10:00:00Z".parse().unwrap()
    }

    fn ask(right: Right, proof: Timestamp) -> Result<MemberRequest, RightsError> {
        let words = Message::parse("No statistics of what I do").unwrap();
        MemberRequest::ask(RightsRequestId(Uuid::nil()), right, (MIKA, Proof(proof)), words, noon())
    }

    #[test]
    fn dsr_3_what_a_member_asks_is_due_in_a_month_and_extended_in_three() {
        let mut asked = ask(Right::Objection, noon()).unwrap();
        assert!(asked.is_open() && asked.is_untold());
        assert_eq!(
            (asked.request.legal_due(), asked.request.due()),
            (Some(asked.request.due()), Deadline::of_answer(noon()))
        );
        assert_eq!(asked.request.due().day().to_string(), "2026-12-28", "after Christmas and a weekend");
        assert_eq!(
            asked.next_moment().map(|at| at.to_string()).as_deref(),
            Some("2026-12-13T23:00:00Z"),
            "14 days before"
        );
        asked.request.extend(By::Operator, Message::parse("Many logs").unwrap(), noon()).unwrap();
        assert_eq!(asked.request.due(), Deadline::of_extended_answer(noon()));
    }

    #[test]
    fn dsr_5_a_member_asks_with_a_fresh_proof_of_who_they_are() {
        assert_eq!(ask(Right::Restriction, noon() - FRESH), Err(RightsError::NotFresh));
        assert!(ask(Right::Restriction, noon() - FRESH + SECOND).is_ok());
    }

    #[test]
    fn what_the_page_does_at_once_nobody_is_asked_for() {
        for right in Right::ALL {
            let is_answered = matches!(right, Right::Objection | Right::Restriction);
            assert_eq!(ask(*right, noon()).is_ok(), is_answered, "{right:?}");
        }
        assert_eq!(ask(Right::Access, noon()), Err(RightsError::ServedAtOnce));
    }

    #[test]
    fn what_was_taken_back_waits_for_nobody_and_says_nothing() {
        let mut asked = ask(Right::Objection, noon()).unwrap();
        let other = UserId(Uuid::from_u128(2));
        assert_eq!(asked.withdraw(other, noon()), Err(RightsError::SomebodyElse));
        asked.withdraw(MIKA, noon()).unwrap();
        assert!(!asked.is_open() && !asked.is_untold() && asked.words.is_none() && asked.next_moment().is_none());
        assert_eq!(asked.withdraw(MIKA, noon()), Err(RightsError::OutOfTurn(State::Withdrawn)));
    }

    #[test]
    fn whoever_has_no_account_any_more_waits_for_no_answer() {
        let mut asked = ask(Right::Objection, noon()).unwrap();
        asked.request.asker = Asker::Forgotten;
        assert!(!asked.is_open() && !asked.is_untold() && asked.next_moment().is_none());
    }
}
