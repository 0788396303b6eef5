use jiff::Timestamp;

use super::{Asker, By, Identity, Refusal, Right, RightsError, RightsRequest, State, Step, What};
use crate::{
    event::Event,
    id::{RightsRequestId, UserId},
    step_up::Proof,
    text::{Email, Message},
};

impl RightsRequest {
    /// Takes a request in.
    pub fn receive(id: RightsRequestId, right: Right, asker: Asker, now: Timestamp) -> (Self, Event) {
        let request = Self { id, right, asker, received_at: now, steps: Vec::new() };
        (request, Event::RightsRequestReceived { request: id })
    }

    /// Asks somebody who has no session to prove who they are, by a link that works until then. A member does, or nobody
    /// and the product does it by itself.
    ///
    /// # Errors
    /// [`RightsError::OutOfTurn`]; [`RightsError::ByOtherMeans`] of a member.
    pub fn ask_identity(
        &mut self,
        member: Option<UserId>,
        link_until: Timestamp,
        now: Timestamp,
    ) -> Result<Event, RightsError> {
        self.must_be(State::Received)?;
        match self.asker {
            Asker::Person(_) => Ok(self.step(member.into(), What::IdentityAsked { link_until }, now)),
            Asker::Member(_) | Asker::Forgotten => Err(RightsError::ByOtherMeans),
        }
    }

    /// Takes it that whoever asks has read the mail that was sent to that mailbox.
    ///
    /// # Errors
    /// [`RightsError::OutOfTurn`]; [`RightsError::LinkOver`]; [`RightsError::SomebodyElse`] of another mailbox.
    pub fn prove_by_link(&mut self, mailbox: &Email, now: Timestamp) -> Result<Event, RightsError> {
        let link_until = self.link_until()?;
        let theirs = matches!(&self.asker, Asker::Person(address) if address.normalized() == mailbox.normalized());
        if !theirs {
            return Err(RightsError::SomebodyElse);
        }
        if link_until <= now {
            return Err(RightsError::LinkOver);
        }
        Ok(self.step(By::Asker, What::IdentityProven(Identity::Link), now))
    }

    /// Takes it that a user proved in their session who they are.
    ///
    /// # Errors
    /// [`RightsError::OutOfTurn`]; [`RightsError::ByOtherMeans`] if no member asks; [`RightsError::SomebodyElse`] of
    /// another user; [`RightsError::NotFresh`].
    pub fn prove_by_session(&mut self, user: UserId, proof: Proof, now: Timestamp) -> Result<Event, RightsError> {
        self.must_be(State::Received)?;
        match self.asker {
            Asker::Person(_) | Asker::Forgotten => Err(RightsError::ByOtherMeans),
            Asker::Member(asker) if asker != user => Err(RightsError::SomebodyElse),
            Asker::Member(_) if !proof.is_fresh(now) => Err(RightsError::NotFresh),
            Asker::Member(_) => Ok(self.step(By::Asker, What::IdentityProven(Identity::Session), now)),
        }
    }

    /// Takes more time to answer it: once, while the time that the law gives at first still runs, and with reasons
    /// (DSR-4).
    ///
    /// # Errors
    /// [`RightsError::OutOfTurn`]; [`RightsError::ExtendedAlready`]; [`RightsError::TooLate`].
    pub fn extend(&mut self, by: impl Into<By>, reasons: Message, now: Timestamp) -> Result<Event, RightsError> {
        self.must_be(State::Open)?;
        if self.extended_at().is_some() {
            return Err(RightsError::ExtendedAlready);
        }
        if self.legal_due().is_none_or(|due| due.is_over(now)) {
            return Err(RightsError::TooLate);
        }
        Ok(self.step(by.into(), What::Extended { reasons: Some(reasons) }, now))
    }

    /// Answers it. A member or the operator does, or nobody and the product does it by itself.
    ///
    /// # Errors
    /// [`RightsError::OutOfTurn`].
    pub fn answer(&mut self, by: impl Into<By>, words: Option<Message>, now: Timestamp) -> Result<Event, RightsError> {
        self.must_be(State::Open)?;
        Ok(self.step(by.into(), What::Answered { words }, now))
    }

    /// Refuses it for one of the reasons that the law knows (DSR-7). Whoever did not prove who they are hears of no
    /// other reason than that.
    ///
    /// # Errors
    /// [`RightsError::OutOfTurn`]; [`RightsError::NoReason`] to refuse that right.
    pub fn refuse(
        &mut self,
        by: impl Into<By>,
        reason: Refusal,
        words: Option<Message>,
        now: Timestamp,
    ) -> Result<Event, RightsError> {
        self.must_be(reason.applies_in())?;
        if !reason.fits(self.right) {
            return Err(RightsError::NoReason);
        }
        Ok(self.step(by.into(), What::Refused { reason, words }, now))
    }

    /// Takes it back: a member does with what they asked about their own account, as long as it waits.
    ///
    /// # Errors
    /// [`RightsError::OutOfTurn`]; [`RightsError::SomebodyElse`] of anybody else's.
    pub fn withdraw(&mut self, user: UserId, now: Timestamp) -> Result<Event, RightsError> {
        self.must_be(State::Open)?;
        if self.asker != Asker::Member(user) {
            return Err(RightsError::SomebodyElse);
        }
        Ok(self.step(By::Asker, What::Withdrawn, now))
    }

    /// Lays it aside, because nobody used the link. Of somebody who never came nothing is kept.
    ///
    /// # Errors
    /// [`RightsError::OutOfTurn`]; [`RightsError::LinkLive`].
    pub fn lapse(&mut self, now: Timestamp) -> Result<Event, RightsError> {
        if now < self.link_until()? {
            return Err(RightsError::LinkLive);
        }
        self.asker = Asker::Forgotten;
        Ok(self.step(By::Product, What::Lapsed, now))
    }

    /// Forgets who asked and what was written, because nothing is kept of them any more (DSR-9). What waited still is over
    /// by that: answered if they had proven who they are, else laid aside. Tells whether it waited for an answer.
    pub fn forget(&mut self, member: Option<UserId>, now: Timestamp) -> bool {
        self.asker = Asker::Forgotten;
        for step in &mut self.steps {
            step.what.forget();
        }
        let waited = self.state() == State::Open;
        match self.state() {
            State::Open => {
                self.step(member.into(), What::Answered { words: None }, now);
            }
            State::Received | State::AwaitingIdentity => {
                self.step(By::Product, What::Lapsed, now);
            }
            State::Answered | State::Refused | State::Lapsed | State::Withdrawn => {}
        }
        waited
    }

    fn must_be(&self, wanted: State) -> Result<(), RightsError> {
        let state = self.state();
        if state == wanted { Ok(()) } else { Err(RightsError::OutOfTurn(state)) }
    }

    /// Until when the link works that is waited for.
    pub(super) fn link_until(&self) -> Result<Timestamp, RightsError> {
        match self.steps.last() {
            Some(Step { what: What::IdentityAsked { link_until }, .. }) => Ok(*link_until),
            _ => Err(RightsError::OutOfTurn(self.state())),
        }
    }

    fn step(&mut self, by: By, what: What, now: Timestamp) -> Event {
        let step = u32::try_from(self.steps.len()).unwrap_or(u32::MAX);
        self.steps.push(Step { at: now, by, what });
        Event::RightsRequestMoved { request: self.id, step }
    }
}
