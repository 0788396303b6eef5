//! A lead: the working record about one person. It has one or more submissions and stands in a stage.

use jiff::Timestamp;

use crate::{
    activity::{Assignment, Move},
    event::Event,
    form::{Learned, LegalBasis},
    id::{ApiKeyId, FormId, ImportId, LeadId, ReasonId, StageId, SubmissionId, UserId},
    lead_field::LeadField,
    person::Person,
    pipeline::{Pipeline, StageKind},
    property::Properties,
    rank::Rank,
    score::Standing,
    submission::{Attribution, Submission},
    text::{Email, Message, Name, Phone, Tag},
};

/// What brought a lead (PRV-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A form.
    Form,
    /// A program, with that API key.
    Api(ApiKeyId),
    /// A file.
    Import(ImportId),
    /// A member, by hand.
    Member,
}

impl Source {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Api(_) => "api",
            Self::Import(_) => "import",
            Self::Member => "member",
        }
    }

    /// The API key, if it was one.
    pub const fn key(self) -> Option<ApiKeyId> {
        match self {
            Self::Api(key) => Some(key),
            Self::Form | Self::Import(_) | Self::Member => None,
        }
    }

    /// The import, if it was one.
    pub const fn import(self) -> Option<ImportId> {
        match self {
            Self::Import(import) => Some(import),
            Self::Form | Self::Api(_) | Self::Member => None,
        }
    }
}

/// The working record about one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    /// Its id.
    pub id: LeadId,
    /// Their name.
    pub name: Option<Name>,
    /// Their e-mail address.
    pub email: Option<Email>,
    /// Their telephone number.
    pub phone: Option<Phone>,
    /// Where they work.
    pub company: Option<Name>,
    /// What else the organization wants to know of them.
    pub properties: Properties,
    /// The words by which it is grouped, in order.
    pub tags: Vec<Tag>,
    /// Where it stands.
    pub stage: StageId,
    /// Since when it stands there.
    pub stage_entered_at: Timestamp,
    /// Why it was given up, if it was.
    pub reason: Option<ReasonId>,
    /// Its place in the column of its stage.
    pub rank: Rank,
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
    /// When anything last happened to it, as [`What::is_activity`](crate::activity::What::is_activity) says.
    pub last_activity_at: Timestamp,
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
    /// Nobody said why it is given up.
    #[error("a reason is needed to give a lead up")]
    NoReason,
}

/// A lead has at most this many tags.
pub const MOST_TAGS: usize = 20;
/// What stands between two tags in one cell of a table: the first where we write it, each where it is read.
pub const TAG_MARKS: [char; 2] = [',', ';'];

/// Why a lead moves.
#[derive(Clone, Debug, Default)]
pub struct Why {
    /// From the organization's list; needed to give a lead up, and left out else.
    pub reason: Option<ReasonId>,
    /// In words.
    pub note: Option<Message>,
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
            company: None,
            properties: Properties::default(),
            tags: Vec::new(),
            stage: pipeline.entry().ok_or(StageError::Unknown)?.id,
            stage_entered_at: submission.received_at,
            reason: None,
            rank: Rank::newest(submission.received_at),
            owner: None,
            form: Some(submission.form),
            source: Source::Form,
            legal_basis,
            first_touch: submission.attribution.clone(),
            last_touch: submission.attribution.clone(),
            score: Standing::default(),
            created_at: submission.received_at,
            last_submission_at: submission.received_at,
            last_activity_at: submission.received_at,
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
            company: person.company,
            properties: person.properties,
            tags: Vec::new(),
            stage: pipeline.entry().ok_or(StageError::Unknown)?.id,
            stage_entered_at: now,
            reason: None,
            rank: Rank::newest(now),
            owner: None,
            form: None,
            source,
            legal_basis,
            first_touch: Attribution::default(),
            last_touch: Attribution::default(),
            score: Standing::default(),
            created_at: now,
            last_submission_at: now,
            last_activity_at: now,
            version: 1,
        })
    }

    /// Fills what was unknown of the person; tells what that was.
    pub fn fill(&mut self, person: Person) -> Vec<LeadField> {
        let mut filled = self.person();
        filled.name = filled.name.or(person.name);
        filled.email = filled.email.or(person.email);
        filled.phone = filled.phone.or(person.phone);
        filled.company = filled.company.or(person.company);
        filled.properties.fill(person.properties);
        self.change(filled)
    }

    /// Changes what is known of the person; tells what changes.
    pub fn change(&mut self, person: Person) -> Vec<LeadField> {
        let before = self.person();
        let own = before.properties.differing(&person.properties).into_iter().map(LeadField::Property);
        let changed = [
            (LeadField::Name, before.name != person.name),
            (LeadField::Email, before.email != person.email),
            (LeadField::Phone, before.phone != person.phone),
            (LeadField::Company, before.company != person.company),
        ];
        let changed = changed.into_iter().filter(|(_, changed)| *changed).map(|(field, _)| field).chain(own).collect();
        (self.name, self.email, self.phone) = (person.name, person.email, person.phone);
        (self.company, self.properties) = (person.company, person.properties);
        changed
    }

    /// Groups it by other words, kept in order and once each; whether that changes anything.
    pub fn tag(&mut self, mut tags: Vec<Tag>) -> bool {
        tags.sort_by_key(|tag| tag.to_lowercase());
        tags.dedup_by_key(|tag| tag.to_lowercase());
        let changes = self.tags != tags;
        self.tags = tags;
        changes
    }

    /// Gives it to a member, or puts it back into the queue; nothing if it is there already.
    pub fn give_to(&mut self, owner: Option<UserId>) -> Option<Assignment> {
        let from = std::mem::replace(&mut self.owner, owner);
        Assignment::between(from, owner)
    }

    /// Groups it by further words, as far as there is room for them; whether that changes anything.
    pub fn tag_also(&mut self, tags: Vec<Tag>) -> bool {
        let mut all = self.tags.clone();
        for tag in tags {
            let is_new = all.iter().all(|known| known.to_lowercase() != tag.to_lowercase());
            if is_new && all.len() < MOST_TAGS {
                all.push(tag);
            }
        }
        self.tag(all)
    }

    /// What is known of the person.
    pub fn person(&self) -> Person {
        Person {
            name: self.name.clone(),
            email: self.email.clone(),
            phone: self.phone.clone(),
            company: self.company.clone(),
            properties: self.properties.clone(),
        }
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

    /// Takes in where the person came from this time, if anything is known of it; whether that was new.
    pub fn revisit(&mut self, touch: Attribution) -> bool {
        let is_new = touch != Attribution::default() && touch != self.last_touch;
        if is_new {
            self.last_touch = touch;
        }
        is_new
    }

    /// Takes in what else a submission told, as far as it was unknown.
    pub fn learn(&mut self, learned: Learned) {
        self.company = self.company.take().or(learned.company);
        self.properties.fill(learned.properties);
    }

    /// Moves it to another stage of its pipeline, to the top of its column. Giving it up needs a reason.
    ///
    /// # Errors
    /// If the stage is not of the pipeline, the lead stands there already, or the reason is missing.
    pub fn move_to(
        &mut self,
        stage: StageId,
        why: Why,
        pipeline: &Pipeline,
        now: Timestamp,
    ) -> Result<(Move, Event), StageError> {
        let to = pipeline.stage(stage).ok_or(StageError::Unknown)?;
        if to.id == self.stage {
            return Err(StageError::Same);
        }
        let given_up = to.kind == StageKind::Disqualified;
        if given_up && why.reason.is_none() {
            return Err(StageError::NoReason);
        }
        let spent_seconds = u64::try_from(now.duration_since(self.stage_entered_at).as_secs()).ok();
        let from = std::mem::replace(&mut self.stage, to.id);
        self.reason = why.reason.filter(|_| given_up);
        (self.stage_entered_at, self.rank) = (now, Rank::newest(now));
        let moved = Move { from, to: to.id, spent_seconds, reason: self.reason, note: why.note };
        Ok((moved, Event::StageChanged { lead: self.id, from, to: to.id }))
    }

    /// Moves it into another pipeline: to a stage of that, or where new leads enter if none is named. Giving it up needs a
    /// reason.
    ///
    /// # Errors
    /// [`StageError::Same`] if it stands in that pipeline already; [`StageError::Unknown`] if the stage is not of it, or
    /// without an open one; [`StageError::NoReason`].
    pub fn transfer(
        &mut self,
        pipeline: &Pipeline,
        stage: Option<StageId>,
        why: Why,
        now: Timestamp,
    ) -> Result<(Move, Event), StageError> {
        if pipeline.stage(self.stage).is_some() {
            return Err(StageError::Same);
        }
        let entry = || pipeline.entry().map(|entry| entry.id);
        self.move_to(stage.or_else(entry).ok_or(StageError::Unknown)?, why, pipeline, now)
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
        id::{PipelineId, PropertyId},
        pipeline::Stage,
        property::PropertyValue,
        spam::Verdict,
        submission::Answers,
        text::Message,
    };

    fn pipeline() -> Pipeline {
        let stage = |n, kind| Stage::new(StageId(Uuid::from_u128(n)), Name::parse("x").unwrap(), kind);
        let kinds = [StageKind::Won, StageKind::Open, StageKind::Qualified, StageKind::Disqualified];
        let stages = kinds.into_iter().zip(1..).map(|(kind, n)| stage(n, kind)).collect();
        Pipeline::new(PipelineId(Uuid::nil()), Name::parse("Sales").unwrap(), stages)
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

    fn go(lead: &mut Lead, stage: u128, why: Why) -> Result<Move, StageError> {
        let now = Timestamp::from_second(70).unwrap();
        lead.move_to(StageId(Uuid::from_u128(stage)), why, &pipeline(), now).map(|(moved, _)| moved)
    }

    #[test]
    fn a_lead_goes_into_another_pipeline_where_new_ones_enter_or_to_the_stage_that_is_named() {
        let now = Timestamp::from_second(70).unwrap();
        let named = |n| Some(StageId(Uuid::from_u128(n)));
        let stages = [(11, StageKind::Won), (12, StageKind::Open), (13, StageKind::Disqualified)];
        let stages = stages.map(|(n, kind)| Stage::new(StageId(Uuid::from_u128(n)), Name::parse("x").unwrap(), kind));
        let partners = Pipeline::new(PipelineId(Uuid::from_u128(1)), Name::parse("Partners").unwrap(), stages.to_vec());
        let go = |stage, why| {
            let mut lead = lead();
            let gone = lead.transfer(&partners, stage, why, now);
            gone.map(|(moved, _)| (moved.from, moved.to, moved.spent_seconds, lead.reason))
        };
        let from = lead().stage;
        assert_eq!(go(None, Why::default()), Ok((from, StageId(Uuid::from_u128(12)), Some(60), None)));
        assert_eq!(go(named(11), Why::default()), Ok((from, StageId(Uuid::from_u128(11)), Some(60), None)));
        assert_eq!(go(named(13), Why::default()), Err(StageError::NoReason));
        let reason = Some(ReasonId(Uuid::from_u128(5)));
        let given_up = go(named(13), Why { reason, note: None });
        assert_eq!(given_up, Ok((from, StageId(Uuid::from_u128(13)), Some(60), reason)));
        assert_eq!(go(named(3), Why::default()), Err(StageError::Unknown), "a stage of its own pipeline");
        let mut there = lead();
        assert_eq!(there.transfer(&pipeline(), named(3), Why::default(), now).err(), Some(StageError::Same));
        assert_eq!(there.stage, from);
    }

    #[test]
    fn a_lead_moves_only_to_another_stage_of_its_pipeline() {
        let mut lead = lead();
        assert_eq!(go(&mut lead, 2, Why::default()), Err(StageError::Same));
        assert_eq!(go(&mut lead, 77, Why::default()), Err(StageError::Unknown));
        let moved = go(&mut lead, 3, Why::default()).unwrap();
        assert_eq!((moved.from, moved.to), (StageId(Uuid::from_u128(2)), StageId(Uuid::from_u128(3))));
        assert_eq!(moved.spent_seconds, Some(60), "it stood there since it was opened");
        assert_eq!((lead.stage, lead.stage_entered_at), (moved.to, Timestamp::from_second(70).unwrap()));
    }

    #[test]
    fn giving_a_lead_up_needs_a_reason_and_taking_it_up_again_forgets_it() {
        let (mut lead, reason) = (lead(), ReasonId(Uuid::from_u128(5)));
        assert_eq!(go(&mut lead, 4, Why::default()), Err(StageError::NoReason));
        assert_eq!(lead.stage, StageId(Uuid::from_u128(2)), "nothing has moved");
        let why = || Why { reason: Some(reason), note: None };
        assert_eq!(go(&mut lead, 4, why()).unwrap().reason, Some(reason));
        assert_eq!(lead.reason, Some(reason));
        go(&mut lead, 3, why()).unwrap();
        assert_eq!(lead.reason, None);
    }

    #[test]
    fn a_change_tells_what_changed() {
        let (mut lead, own) = (lead(), PropertyId(Uuid::from_u128(8)));
        let mut person = lead.person();
        assert_eq!(lead.change(person.clone()), []);
        person.company = Some(Name::parse("Lindqvist").unwrap());
        person.properties.set(own, Some(PropertyValue::Checked(true)));
        assert_eq!(lead.change(person), [LeadField::Company, LeadField::Property(own)]);
        let other = Person { company: Some(Name::parse("Other").unwrap()), ..Person::default() };
        assert_eq!(lead.fill(other), [], "what is known stays");
    }

    #[test]
    fn a_lead_goes_from_hand_to_hand_and_stays_where_it_is() {
        let (mut lead, owner) = (lead(), UserId(Uuid::from_u128(6)));
        assert_eq!(lead.give_to(None), None, "it is in the queue");
        assert_eq!(lead.give_to(Some(owner)), Some(Assignment { from: None, to: Some(owner) }));
        assert_eq!(lead.give_to(Some(owner)), None);
        assert_eq!(lead.give_to(None), Some(Assignment { from: Some(owner), to: None }));
        assert_eq!(lead.owner, None);
    }

    #[test]
    fn tags_stand_in_order_and_once() {
        let mut lead = lead();
        let tags = |words: &[&str]| words.iter().map(|word| Tag::parse(word).unwrap()).collect::<Vec<_>>();
        assert!(lead.tag(tags(&["vip", "Fair", "VIP"])));
        assert_eq!(lead.tags, tags(&["Fair", "vip"]));
        assert!(!lead.tag(tags(&["vip", "Fair"])));
    }

    #[test]
    fn further_tags_are_added_as_far_as_there_is_room() {
        let mut lead = lead();
        let tags = |words: &[&str]| words.iter().map(|word| Tag::parse(word).unwrap()).collect::<Vec<_>>();
        lead.tag(tags(&["vip"]));
        assert!(lead.tag_also(tags(&["Fair", "VIP"])));
        assert_eq!(lead.tags, tags(&["Fair", "vip"]), "one is there already");
        assert!(!lead.tag_also(tags(&["fair"])));
        let many: Vec<String> = (10..40).map(|n| format!("tag {n}")).collect();
        assert!(lead.tag_also(many.iter().map(|word| Tag::parse(word).unwrap()).collect()));
        assert_eq!(lead.tags.len(), MOST_TAGS);
        assert!(lead.tags.contains(&tags(&["vip"])[0]), "what was there stays");
    }
}
