use std::fmt;

use jiff::{Timestamp, civil::Date};

use super::{PropertyTest, Viewpoint};
use crate::{
    form::LegalBasis,
    id::{FormId, PipelineId, PropertyId, StageId, UserId},
    lead::Lead,
    lead_field,
    pipeline::StageKind,
    property::Property,
    score::Grade,
};

/// Whose a lead is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerIs {
    /// Whoever looks.
    Me,
    /// Nobody's: it waits in the queue.
    Nobody,
    /// That member's.
    Member(UserId),
}

macro_rules! coded {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// Each of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The one of that name.
            pub fn of_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.code() == code)
            }
        }
    )+};
}
pub(super) use coded;

coded! {
    /// A text of a lead.
    TextField {
        /// The person's name.
        Name = "name",
        /// Their e-mail address.
        Email = "email",
        /// Their telephone number, in E.164.
        Phone = "phone",
        /// Where they work.
        Company = "company",
    }

    /// A moment of a lead.
    TimeField {
        /// When it was opened.
        Created = "created",
        /// When the person last wrote.
        LastSubmission = "last_submission",
        /// When anything last happened to it.
        LastActivity = "last_activity",
    }
}

/// What must be true of a lead's tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagTest {
    /// It has one of these at least, in lower case.
    HasAny(Vec<String>),
    /// It has none.
    IsEmpty,
}

/// What must be true of a text. Letters are compared in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextTest {
    /// It is this.
    Is(String),
    /// It begins so.
    BeginsWith(String),
    /// There is none.
    IsEmpty,
}

/// What must be true of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeTest {
    /// Before the day begins.
    Before(Date),
    /// When the day begins, or later.
    Since(Date),
    /// In the last so many days.
    WithinDays(u16),
    /// Longer ago than so many days.
    OlderThanDays(u16),
}

/// What must be true of a lead. An id that is not there any more is true of none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It stands in one of these stages.
    Stage(Vec<StageId>),
    /// It stands in a stage that means one of these.
    StageKind(Vec<StageKind>),
    /// It stands in a stage of one of these pipelines.
    Pipeline(Vec<PipelineId>),
    /// It is stale, or is not: nothing has happened to it for as many days as its stage says.
    Stale(bool),
    /// It belongs to one of these.
    Owner(Vec<OwnerIs>),
    /// One of these forms brought it first; none is no form.
    Form(Vec<Option<FormId>>),
    /// It is kept on one of these grounds.
    LegalBasis(Vec<LegalBasis>),
    /// Its score comes to one of these.
    Grade(Vec<Grade>),
    /// About a text.
    Text(TextField, TextTest),
    /// About a moment.
    Time(TimeField, TimeTest),
    /// About its tags.
    Tags(TagTest),
    /// About a property of the organization's own.
    Property(PropertyId, PropertyTest),
}

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The stage.
    Stage,
    /// What the stage means.
    StageKind,
    /// The pipeline.
    Pipeline,
    /// Whether it is stale.
    Stale,
    /// The owner.
    Owner,
    /// The form.
    Form,
    /// The legal basis.
    LegalBasis,
    /// The grade.
    Grade,
    /// A text.
    Text(TextField),
    /// A moment.
    Time(TimeField),
    /// The tags.
    Tags,
    /// A property of the organization's own.
    Property(PropertyId),
}

impl Subject {
    /// All that every organization has, in the order in which they are offered.
    pub const ALL: &[Self] = &[
        Self::Stage,
        Self::StageKind,
        Self::Pipeline,
        Self::Stale,
        Self::Owner,
        Self::Form,
        Self::Grade,
        Self::Text(TextField::Name),
        Self::Text(TextField::Email),
        Self::Text(TextField::Phone),
        Self::Text(TextField::Company),
        Self::Tags,
        Self::Time(TimeField::Created),
        Self::Time(TimeField::LastSubmission),
        Self::Time(TimeField::LastActivity),
        Self::LegalBasis,
    ];

    /// The stable name; of a property only that it is one.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::StageKind => "stage_kind",
            Self::Pipeline => "pipeline",
            Self::Stale => "stale",
            Self::Owner => "owner",
            Self::Form => "form",
            Self::LegalBasis => "legal_basis",
            Self::Grade => "grade",
            Self::Text(field) => field.code(),
            Self::Time(field) => field.code(),
            Self::Tags => "tags",
            Self::Property(_) => "property",
        }
    }

    /// The one of that name, as [`fmt::Display`] writes it.
    pub fn of_code(code: &str) -> Option<Self> {
        let usual = Self::ALL.iter().copied().find(|subject| subject.code() == code);
        usual.or_else(|| lead_field::own(code).map(Self::Property))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Property(id) => lead_field::write_own(*id, f),
            usual => f.write_str(usual.code()),
        }
    }
}

impl Condition {
    /// What it is about.
    pub const fn subject(&self) -> Subject {
        match self {
            Self::Stage(_) => Subject::Stage,
            Self::StageKind(_) => Subject::StageKind,
            Self::Pipeline(_) => Subject::Pipeline,
            Self::Stale(_) => Subject::Stale,
            Self::Owner(_) => Subject::Owner,
            Self::Form(_) => Subject::Form,
            Self::LegalBasis(_) => Subject::LegalBasis,
            Self::Grade(_) => Subject::Grade,
            Self::Text(field, _) => Subject::Text(*field),
            Self::Time(field, _) => Subject::Time(*field),
            Self::Tags(_) => Subject::Tags,
            Self::Property(id, _) => Subject::Property(*id),
        }
    }

    /// Whether it speaks of a property that is out of use or of another kind, where an organization has these.
    pub fn is_gone(&self, own: &[Property]) -> bool {
        let Self::Property(id, test) = self else { return false };
        test.is_gone(*id, own)
    }

    /// Whether it holds for the lead.
    pub fn holds(&self, lead: &Lead, from: &Viewpoint) -> bool {
        match self {
            Self::Stage(stages) => stages.contains(&lead.stage),
            Self::StageKind(kinds) => from.stages_where(|place| kinds.contains(&place.kind)).contains(&lead.stage),
            Self::Pipeline(wanted) => from.stages_where(|place| wanted.contains(&place.pipeline)).contains(&lead.stage),
            Self::Stale(wanted) => from.is_stale(lead.stage, lead.last_activity_at) == *wanted,
            Self::Owner(owners) => owners.iter().any(|owner| owner.is(lead.owner, from)),
            Self::Form(forms) => forms.contains(&lead.form),
            Self::LegalBasis(bases) => bases.contains(&lead.legal_basis),
            Self::Grade(grades) => grades.contains(&lead.score.grade()),
            Self::Text(field, test) => test.holds(field.of(lead).as_deref()),
            Self::Time(field, test) => test.holds(field.of(lead), from),
            Self::Tags(TagTest::IsEmpty) => lead.tags.is_empty(),
            Self::Tags(TagTest::HasAny(wanted)) => lead.tags.iter().any(|tag| wanted.contains(&tag.to_lowercase())),
            Self::Property(id, test) => test.holds(lead.properties.get(*id), from),
        }
    }
}

impl OwnerIs {
    fn is(self, owner: Option<UserId>, from: &Viewpoint) -> bool {
        match self {
            Self::Me => from.me.is_some() && owner == from.me,
            Self::Nobody => owner.is_none(),
            Self::Member(user) => owner == Some(user),
        }
    }
}

impl TextField {
    /// The text of a lead, as it is compared.
    fn of(self, lead: &Lead) -> Option<String> {
        match self {
            Self::Name => lead.name.as_deref().map(str::to_lowercase),
            Self::Email => lead.email.as_deref().map(str::to_lowercase),
            Self::Phone => lead.phone.as_ref().map(|phone| phone.e164().unwrap_or_default().to_owned()),
            Self::Company => lead.company.as_deref().map(str::to_lowercase),
        }
    }
}

impl TextTest {
    fn holds(&self, text: Option<&str>) -> bool {
        match self {
            Self::Is(wanted) => text == Some(&**wanted),
            Self::BeginsWith(wanted) => text.is_some_and(|text| text.starts_with(&**wanted)),
            Self::IsEmpty => text.is_none(),
        }
    }
}

impl TimeField {
    fn of(self, lead: &Lead) -> Timestamp {
        match self {
            Self::Created => lead.created_at,
            Self::LastSubmission => lead.last_submission_at,
            Self::LastActivity => lead.last_activity_at,
        }
    }
}

impl TimeTest {
    fn holds(self, at: Timestamp, from: &Viewpoint) -> bool {
        match self.bound(from) {
            Bound::Before(bound) => at < bound,
            Bound::Since(bound) => at >= bound,
        }
    }

    /// The moment that it compares with.
    pub fn bound(self, from: &Viewpoint) -> Bound {
        match self {
            Self::Before(day) => Bound::Before(from.begin_of(day)),
            Self::Since(day) => Bound::Since(from.begin_of(day)),
            Self::WithinDays(days) => Bound::Since(from.days_ago(days)),
            Self::OlderThanDays(days) => Bound::Before(from.days_ago(days)),
        }
    }
}

/// A moment, and on which side of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Earlier.
    Before(Timestamp),
    /// Then or later.
    Since(Timestamp),
}
