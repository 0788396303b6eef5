//! Leads and filters made by chance, so that they meet: few letters, few moments, few names.

use jiff::{SignedDuration, Timestamp, civil::Date};
use proptest::{prelude::*, sample::select};
use qualify_domain::{
    form::LegalBasis,
    id::{FormId, LeadId, PipelineId, StageId, UserId},
    lead::{Lead, Source},
    lead_filter::{
        Condition, LeadFilter, Node, OwnerIs, Search, Sought, TagTest, TextField, TextTest, TimeField, TimeTest,
    },
    lead_order::{GroupBy, LeadOrder, SortBy},
    pipeline::StageKind,
    rank::Rank,
    score::{Grade, Standing},
    submission::Attribution,
    text::{Email, Name, Phone, Tag},
};
use uuid::Uuid;

use super::own;
use crate::world::noon;

/// Few letters, so that prefixes meet; some that change their length or their bytes in lower case, and those that
/// `LIKE` or a regular expression would take for patterns.
pub(super) const LETTERS: &str = "[aAbBéÉßİøØΣσ%_.*\\\\'(]{1,4}";

/// What there is to choose from.
#[derive(Clone)]
pub struct Choices {
    pub stages: Vec<StageId>,
    pub pipelines: Vec<PipelineId>,
    pub forms: Vec<FormId>,
    pub users: Vec<UserId>,
}

fn names() -> impl Strategy<Value = Option<Name>> {
    prop::option::weighted(0.8, LETTERS.prop_filter_map("a name", |raw| Name::parse(&raw).ok()))
}

fn emails() -> impl Strategy<Value = Option<Email>> {
    prop::option::weighted(0.8, "[aAbB]{1,3}@[ab]{1,2}\\.(com|FR)".prop_map(|raw| Email::parse(&raw).unwrap()))
}

/// One in four is a number that could not be read as one.
fn phones() -> impl Strategy<Value = Option<Phone>> {
    let phone = ("\\+33[67][12]{1,4}", prop::bool::weighted(0.75));
    let phone = phone.prop_map(|(raw, told)| Phone::restore(raw.clone(), told.then_some(raw)));
    prop::option::weighted(0.6, phone)
}

fn tags() -> impl Strategy<Value = Vec<Tag>> {
    let tag = LETTERS.prop_filter_map("a tag", |raw| Tag::parse(&raw).ok());
    prop::collection::vec(tag, 0..3)
}

/// Moments of several days, some of which are shared.
fn moments() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        (0_i64..20).prop_map(SignedDuration::from_secs),
        (-2_000_i64..200).prop_map(SignedDuration::from_hours),
    ]
    .prop_map(|later| noon() + later)
}

/// Few scores, at the edges of grades and within them.
fn scores() -> impl Strategy<Value = Standing> {
    let points = || select(vec![0, 24, 25, 50, 74, 75, 100]);
    (points(), points()).prop_map(|(fit, engagement)| Standing { fit, engagement })
}

pub fn leads(choices: &Choices) -> impl Strategy<Value = Vec<Lead>> + use<> {
    let bases = select(vec![LegalBasis::Consent, LegalBasis::LegitimateInterest]);
    let owners: Vec<_> = choices.users.iter().copied().map(Some).chain([None]).collect();
    let forms: Vec<_> = choices.forms.iter().copied().map(Some).chain([None]).collect();
    // Several leads share an instant or a name: the order then goes by id.
    let person = (names(), emails(), phones(), names(), own::known(), tags());
    let standing = (select(choices.stages.clone()), select(forms), select(owners), bases, scores());
    let lead = (person, standing, moments(), moments(), moments()).prop_map(
        |(person, standing, created_at, last_submission_at, last_activity_at)| {
            let (name, email, phone, company, properties, tags) = person;
            let (stage, form, owner, legal_basis, score) = standing;
            Lead {
                id: LeadId(Uuid::nil()),
                name,
                email,
                phone,
                company,
                properties,
                tags,
                stage,
                stage_entered_at: created_at,
                reason: None,
                rank: Rank::newest(created_at),
                owner,
                form,
                source: Source::Form,
                legal_basis,
                first_touch: Attribution::default(),
                last_touch: Attribution::default(),
                score,
                created_at,
                last_submission_at,
                last_activity_at,
                version: 1,
            }
        },
    );
    prop::collection::vec(lead, 150)
}

fn some<T: Clone + std::fmt::Debug + 'static>(of: Vec<T>) -> impl Strategy<Value = Vec<T>> {
    let most = of.len().min(3);
    prop::sample::subsequence(of, 1..=most)
}

fn texts() -> impl Strategy<Value = (TextField, TextTest)> {
    let written = |letters: &'static str| letters.prop_map(|raw: String| raw.trim().to_lowercase());
    let test = |text: BoxedStrategy<String>| {
        prop_oneof![text.clone().prop_map(TextTest::Is), text.prop_map(TextTest::BeginsWith), Just(TextTest::IsEmpty)]
    };
    prop_oneof![
        (Just(TextField::Name), test(written(LETTERS).boxed())),
        (Just(TextField::Company), test(written(LETTERS).boxed())),
        (Just(TextField::Email), test(written("[aAbB]{1,3}(@[ab]{0,2}(\\.com)?)?").boxed())),
        (Just(TextField::Phone), test(written("\\+33?[67]?[12]{0,4}").boxed())),
    ]
}

fn times() -> impl Strategy<Value = TimeTest> {
    let day = (-80_i32..10).prop_map(|days| Date::constant(2026, 11, 23).saturating_add(jiff::Span::new().days(days)));
    prop_oneof![
        day.clone().prop_map(TimeTest::Before),
        day.prop_map(TimeTest::Since),
        (1_u16..90).prop_map(TimeTest::WithinDays),
        (1_u16..90).prop_map(TimeTest::OlderThanDays),
    ]
}

fn tag_tests() -> impl Strategy<Value = TagTest> {
    let tag = LETTERS.prop_filter_map("a tag", |raw| Tag::parse(&raw).ok().map(|tag| tag.to_lowercase()));
    prop_oneof![3 => prop::collection::vec(tag, 1..4).prop_map(TagTest::HasAny), 1 => Just(TagTest::IsEmpty)]
}

fn conditions(choices: &Choices) -> impl Strategy<Value = Condition> + use<> {
    // Beside what is there something that is not: a stage, a form, a member that was taken away.
    let gone = Uuid::from_u128(7);
    let stages = [&choices.stages[..], &[StageId(gone)]].concat();
    let pipelines = [&choices.pipelines[..], &[PipelineId(gone)]].concat();
    let forms: Vec<_> = choices.forms.iter().copied().chain([FormId(gone)]).map(Some).chain([None]).collect();
    let members = choices.users.iter().copied().chain([UserId(gone)]).map(OwnerIs::Member);
    let owners: Vec<_> = members.chain([OwnerIs::Me, OwnerIs::Nobody]).collect();
    let kinds = vec![StageKind::Open, StageKind::Qualified, StageKind::Won, StageKind::Disqualified];
    prop_oneof![
        1 => some(stages).prop_map(Condition::Stage),
        1 => some(kinds).prop_map(Condition::StageKind),
        1 => some(pipelines).prop_map(Condition::Pipeline),
        2 => any::<bool>().prop_map(Condition::Stale),
        1 => some(owners).prop_map(Condition::Owner),
        1 => some(forms).prop_map(Condition::Form),
        1 => some(vec![LegalBasis::Consent, LegalBasis::LegitimateInterest]).prop_map(Condition::LegalBasis),
        1 => some(Grade::all().collect()).prop_map(Condition::Grade),
        3 => texts().prop_map(|(field, test)| Condition::Text(field, test)),
        2 => (select(TimeField::ALL), times()).prop_map(|(field, test)| Condition::Time(field, test)),
        2 => tag_tests().prop_map(Condition::Tags),
        6 => own::conditions(),
    ]
}

fn filters(choices: &Choices) -> impl Strategy<Value = LeadFilter> + use<> {
    let node = conditions(choices).prop_map(Node::Is).prop_recursive(4, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Node::All),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Node::Any),
            inner.prop_map(|part| Node::Not(Box::new(part))),
        ]
    });
    prop::collection::vec(node, 0..4).prop_filter_map("a filter", |parts| LeadFilter::of(parts).ok())
}

fn searches() -> impl Strategy<Value = Option<Sought>> {
    let written = prop_oneof![LETTERS, "[aAbB]{1,3}@[ab]?", "\\+33 ?[67]?[12]{0,2}"];
    let search = written.prop_filter_map("a search", |raw| Search::parse(&raw).ok());
    prop::option::weighted(0.3, search.prop_map(Sought::by_prefix))
}

/// Which list is asked for, by whom, in parts of which size.
#[derive(Clone, Debug)]
pub struct Asked {
    pub filter: LeadFilter,
    pub sought: Option<Sought>,
    pub order: LeadOrder,
    pub group: Option<GroupBy>,
    pub part: u16,
    pub own: bool,
    pub is_program: bool,
    pub now: Timestamp,
}

pub fn asked(choices: &Choices) -> impl Strategy<Value = Asked> + use<> {
    let order = (select(SortBy::ALL), any::<bool>()).prop_map(|(by, descending)| LeadOrder { by, descending });
    let group = prop::option::weighted(0.4, select(GroupBy::ALL));
    let who = (any::<bool>(), prop::bool::weighted(0.2), 0_i64..2_000_000_000);
    (filters(choices), searches(), order, group, 7_u16..90, who).prop_map(
        |(filter, sought, order, group, part, (own, is_program, nanoseconds))| {
            let now = noon() + SignedDuration::from_nanos(nanoseconds);
            Asked { filter, sought, order, group, part, own, is_program, now }
        },
    )
}
