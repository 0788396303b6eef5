//! A lead: the working record about one person. It has one or more submissions and stands in a stage.

use jiff::Timestamp;

use crate::{
    event::Event,
    form::LegalBasis,
    id::{ApiKeyId, FormId, LeadId, StageId, SubmissionId, UserId},
    person::Person,
    pipeline::Pipeline,
    score::Standing,
    submission::{Attribution, Submission},
    text::{Email, Name, Phone},
};

/// What brought a lead (PRV-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A form.
    Form,
    /// A program, with that API key.
    Api(ApiKeyId),
}

impl Source {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Api(_) => "api",
        }
    }

    /// The API key, if it was one.
    pub const fn key(self) -> Option<ApiKeyId> {
        match self {
            Self::Form => None,
            Self::Api(key) => Some(key),
        }
    }
}

/// The working record about one person.
#[derive(Clone, Debug)]
pub struct Lead {
    /// Its id.
    pub id: LeadId,
    /// Their name.
    pub name: Option<Name>,
    /// Their e-mail address.
    pub email: Option<Email>,
    /// Their telephone number.
    pub phone: Option<Phone>,
    /// Where it stands.
    pub stage: StageId,
    /// The member who works on it; nobody yet is the queue.
    pub owner: Option<UserId>,
    /// The form that brought it first.
    pub form: Option<FormId>,
    /// What brought it first.
    pub source: Source,
    /// The ground on which it is kept.
    pub legal_basis: LegalBasis,
    /// Where the first visit came from; written once.
    pub first_touch: Attribution,
    /// Where the latest visit came from.
    pub last_touch: Attribution,
    /// Its score; nought until it is scored. The worker keeps it, no other change does.
    pub score: Standing,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When the person last wrote.
    pub last_submission_at: Timestamp,
    /// Grows with each change; a change names the one it saw.
    pub version: i32,
}

/// A lead cannot stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StageError {
    /// The stage is of another pipeline, or gone.
    #[error("the stage is not one of the lead's pipeline")]
    Unknown,
    /// It stands there already.
    #[error("the lead stands in that stage already")]
    Same,
}

impl Lead {
    /// Opens the lead of a submission by somebody not known yet, in the pipeline's first open stage.
    ///
    /// # Errors
    /// [`StageError::Unknown`] if the pipeline has no open stage.
    pub fn open(
        id: LeadId,
        submission: &Submission,
        legal_basis: LegalBasis,
        pipeline: &Pipeline,
    ) -> Result<(Self, Event), StageError> {
        let answers = &submission.answers;
        let lead = Self {
            id,
            name: answers.name.clone(),
            email: answers.email.clone(),
            phone: answers.phone.clone(),
            stage: pipeline.entry().ok_or(StageError::Unknown)?.id,
            owner: None,
            form: Some(submission.form),
            source: Source::Form,
            legal_basis,
            first_touch: submission.attribution.clone(),
            last_touch: submission.attribution.clone(),
            score: Standing::default(),
            created_at: submission.received_at,
            last_submission_at: submission.received_at,
            version: 1,
        };
        let event = lead.captured(submission.id, true);
        Ok((lead, event))
    }

    /// Opens the lead of somebody who filled no form, in the pipeline's first open stage.
    ///
    /// # Errors
    /// [`StageError::Unknown`] if the pipeline has no open stage.
    pub fn make(
        id: LeadId,
        person: Person,
        source: Source,
        legal_basis: LegalBasis,
        pipeline: &Pipeline,
        now: Timestamp,
    ) -> Result<Self, StageError> {
        Ok(Self {
            id,
            name: person.name,
            email: person.email,
            phone: person.phone,
            stage: pipeline.entry().ok_or(StageError::Unknown)?.id,
            owner: None,
            form: None,
            source,
            legal_basis,
            first_touch: Attribution::default(),
            last_touch: Attribution::default(),
            score: Standing::default(),
            created_at: now,
            last_submission_at: now,
            version: 1,
        })
    }

    /// Fills what was unknown of the person; whether that was anything.
    pub fn fill(&mut self, person: Person) -> bool {
        let known = |lead: &Self| [lead.name.is_some(), lead.email.is_some(), lead.phone.is_some()];
        let before = known(self);
        self.name = self.name.take().or(person.name);
        self.email = self.email.take().or(person.email);
        self.phone = self.phone.take().or(person.phone);
        known(self) != before
    }

    /// Changes what is known of the person; whether that changes anything.
    pub fn change(&mut self, person: Person) -> bool {
        let before = Person { name: self.name.take(), email: self.email.take(), phone: self.phone.take() };
        let changes = before != person;
        (self.name, self.email, self.phone) = (person.name, person.email, person.phone);
        changes
    }

    /// Takes in another submission by the same person: fills what was unknown, moves the last touch.
    ///
    /// Nothing a member may have corrected is overwritten, and an older submission changes no touch.
    pub fn append(&mut self, submission: &Submission) -> Event {
        let answers = &submission.answers;
        self.name = self.name.take().or_else(|| answers.name.clone());
        self.email = self.email.take().or_else(|| answers.email.clone());
        self.phone = self.phone.take().or_else(|| answers.phone.clone());
        if submission.received_at >= self.last_submission_at {
            self.last_touch = submission.attribution.clone();
            self.last_submission_at = submission.received_at;
        }
        self.captured(submission.id, false)
    }

    /// Moves it to another stage of its pipeline.
    ///
    /// # Errors
    /// If the stage is not of the pipeline, or the lead stands there already.
    pub fn move_to(&mut self, stage: StageId, pipeline: &Pipeline) -> Result<Event, StageError> {
        let to = pipeline.stage(stage).ok_or(StageError::Unknown)?.id;
        if to == self.stage {
            return Err(StageError::Same);
        }
        let from = std::mem::replace(&mut self.stage, to);
        Ok(Event::StageChanged { lead: self.id, from, to })
    }

    /// What to call it: the name, else the address, else the number.
    pub fn title(&self) -> &str {
        let named = self.name.as_deref().or(self.email.as_deref());
        named.or(self.phone.as_ref().map(Phone::written)).unwrap_or_default()
    }

    fn captured(&self, submission: SubmissionId, first: bool) -> Event {
        Event::LeadCaptured { lead: self.id, submission, first }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        id::PipelineId,
        pipeline::{Stage, StageKind},
        spam::Verdict,
        submission::Answers,
        text::Message,
    };

    fn pipeline() -> Pipeline {
        let stage = |n, kind| Stage { id: StageId(Uuid::from_u128(n)), name: Name::parse("x").unwrap(), kind };
        Pipeline {
            id: PipelineId(Uuid::nil()),
            name: Name::parse("Sales").unwrap(),
            stages: vec![stage(1, StageKind::Won), stage(2, StageKind::Open), stage(3, StageKind::Qualified)],
        }
    }

    fn submission(at: i64, email: &str, name: Option<&str>) -> Submission {
        Submission {
            id: SubmissionId(Uuid::from_u128(9)),
            form: FormId(Uuid::nil()),
            form_version: 1,
            received_at: Timestamp::from_second(at).unwrap(),
            answers: Answers {
                name: name.map(|name| Name::parse(name).unwrap()),
                email: Some(Email::parse(email).unwrap()),
                ..Answers::default()
            },
            attribution: Attribution { source: Some(at.to_string().parse().unwrap()), ..Attribution::default() },
            ip: None,
            consent_wording: None,
            notice: Message::parse("n").unwrap(),
            verdict: Verdict::Accepted,
            lead: None,
        }
    }

    fn lead() -> Lead {
        let first = submission(10, "anna@example.com", None);
        Lead::open(LeadId(Uuid::nil()), &first, LegalBasis::Consent, &pipeline()).unwrap().0
    }

    #[test]
    fn a_new_lead_stands_in_the_first_open_stage() {
        assert_eq!(lead().stage, StageId(Uuid::from_u128(2)));
        assert_eq!(lead().title(), "anna@example.com");
    }

    #[test]
    fn another_submission_fills_gaps_and_moves_the_last_touch_only() {
        let mut lead = lead();
        lead.append(&submission(20, "other@example.com", Some("Anna")));
        assert_eq!(lead.title(), "Anna");
        assert_eq!(lead.email.as_deref(), Some("anna@example.com"));
        assert_eq!(lead.first_touch.source.as_deref(), Some("10"));
        assert_eq!(lead.last_touch.source.as_deref(), Some("20"));
    }

    #[test]
    fn a_submission_that_arrives_late_does_not_turn_back_the_last_touch() {
        let mut lead = lead();
        lead.append(&submission(5, "anna@example.com", None));
        assert_eq!(lead.last_touch.source.as_deref(), Some("10"));
    }

    #[test]
    fn a_lead_moves_only_to_another_stage_of_its_pipeline() {
        let mut lead = lead();
        let (here, there) = (lead.stage, StageId(Uuid::from_u128(3)));
        assert_eq!(lead.move_to(here, &pipeline()), Err(StageError::Same));
        assert_eq!(lead.move_to(StageId(Uuid::from_u128(77)), &pipeline()), Err(StageError::Unknown));
        let moved = lead.move_to(there, &pipeline()).unwrap();
        assert_eq!(moved, Event::StageChanged { lead: lead.id, from: here, to: there });
        assert_eq!(lead.stage, there);
    }
}
