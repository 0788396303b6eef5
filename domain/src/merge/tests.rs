use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    form::LegalBasis,
    id::{FormId, PropertyId, ReasonId, StageId, UserId},
    language::Language,
    lead::Source,
    property::{Properties, Property, PropertyKind},
    rank::Rank,
    score::Standing,
    submission::Attribution,
    text::{Email, Phone, Tag},
    violation::Violations,
};

const SEATS: PropertyId = PropertyId(Uuid::from_u128(1));
const INTERESTS: PropertyId = PropertyId(Uuid::from_u128(2));

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn own() -> Vec<Property> {
    let property = |id, key: &str, kind| Property {
        id,
        version: 1,
        key: key.parse().unwrap(),
        name: key.parse().unwrap(),
        purpose: "To size the offer".parse().unwrap(),
        kind,
        is_archived: false,
    };
    let interests = ["Bread", "Cake", "Tea"].map(|word| word.parse().unwrap()).to_vec();
    vec![
        property(SEATS, "seats", PropertyKind::Number),
        property(INTERESTS, "interests", PropertyKind::MultipleChoice(interests)),
    ]
}

fn tags(words: &[&str]) -> Vec<Tag> {
    words.iter().map(|word| Tag::parse(word).unwrap()).collect()
}

fn lead(id: u128) -> Lead {
    Lead {
        id: LeadId(Uuid::from_u128(id)),
        name: None,
        email: Some(Email::parse("anna@berg.example").unwrap()),
        phone: None,
        company: None,
        properties: Properties::default(),
        tags: Vec::new(),
        stage: StageId(Uuid::from_u128(1)),
        stage_entered_at: at(10),
        reason: None,
        rank: Rank::newest(at(10)),
        owner: None,
        form: None,
        source: Source::Form,
        legal_basis: LegalBasis::LegitimateInterest,
        first_touch: Attribution::default(),
        last_touch: Attribution::default(),
        score: Standing::default(),
        created_at: at(10),
        last_submission_at: at(10),
        last_activity_at: at(10),
        version: 1,
    }
}

/// A word out of some, or none.
fn some<T: fmt::Debug + Clone + 'static>(values: Vec<T>) -> impl Strategy<Value = Option<T>> {
    prop::option::of(prop::sample::select(values))
}

fn leads(id: u128) -> impl Strategy<Value = Lead> {
    let person = (
        some(vec!["Anna Berg", "A. Berg"]),
        some(vec!["anna@berg.example", "a@b.example"]),
        some(vec!["+33 6 12 34 56 78", "0123456789"]),
        some(vec!["Berg & Co", "Lindqvist"]),
        prop::sample::subsequence(vec!["Fair", "vip", "Spring"], 0..=3),
        some(vec!["4", "12"]),
        prop::sample::subsequence(vec!["Bread", "Cake", "Tea"], 0..=3),
    );
    let standing = (1_u128..4, 1_i64..1_000, prop::option::of(1_u128..3), prop::option::of(1_u128..3), any::<bool>());
    let history = (1_i64..1_000, 1_i64..1_000, some(vec!["news", "fair"]), prop::option::of(1_u128..3));
    (person, standing, history).prop_map(move |(person, standing, history)| {
        let (name, email, phone, company, words, seats, interests) = person;
        let mut lead = lead(id);
        lead.name = name.map(|name| name.parse().unwrap());
        lead.email = email.map(|email| Email::parse(email).unwrap());
        lead.phone = phone.map(|phone| Phone::parse(phone, Language::French).unwrap());
        lead.company = company.map(|company| company.parse().unwrap());
        lead.tag(tags(&words));
        let own = own();
        lead.properties.set(SEATS, seats.and_then(|seats| own[0].kind.read(&[seats]).unwrap()));
        lead.properties.set(INTERESTS, own[1].kind.read(&interests).unwrap());
        let (stage, entered, reason, owner, consented) = standing;
        lead.stage = StageId(Uuid::from_u128(stage));
        (lead.stage_entered_at, lead.rank) = (at(entered), Rank::newest(at(entered)));
        lead.reason = reason.map(|reason| ReasonId(Uuid::from_u128(reason)));
        lead.owner = owner.map(|owner| UserId(Uuid::from_u128(owner)));
        lead.legal_basis = if consented { LegalBasis::Consent } else { LegalBasis::LegitimateInterest };
        let (created, wrote, source, form) = history;
        (lead.created_at, lead.last_submission_at) = (at(created), at(created.max(wrote)));
        lead.first_touch.source = source.map(|source| source.parse().unwrap());
        lead.last_touch.source = source.map(|source| source.parse().unwrap());
        lead.form = form.map(|form| FormId(Uuid::from_u128(form)));
        lead.last_activity_at = lead.last_submission_at;
        lead
    })
}

fn all_fields() -> Vec<MergeField> {
    ["name", "email", "phone", "company", "tags", "stage", "owner", "legal_basis"]
        .map(|word| word.parse().unwrap())
        .into_iter()
        .chain([SEATS, INTERESTS].map(|id| MergeField::Known(LeadField::Property(id))))
        .collect()
}

fn choices() -> impl Strategy<Value = Choices> {
    let fields = prop::sample::select(all_fields());
    prop::collection::btree_map(fields, prop::sample::select(Choice::ALL.to_vec()), 0..10)
}

fn planned(survivor: &Lead, other: &Lead, choices: &Choices) -> (Plan, Violations) {
    let mut faults = Violations::default();
    (plan(survivor, other, &own(), choices, &mut faults).unwrap(), faults)
}

fn present() -> Present {
    Present {
        stages: (1..4).map(|n| StageId(Uuid::from_u128(n))).collect(),
        members: (1..3).map(|n| UserId(Uuid::from_u128(n))).collect(),
    }
}

/// Everything but what a merge moves forward for good: when anything last happened.
fn timeless(lead: &Lead) -> Lead {
    Lead { last_activity_at: at(0), ..lead.clone() }
}

proptest! {
    #[test]
    fn undoing_brings_every_field_of_both_back(one in leads(1), two in leads(2), choices in choices()) {
        let (plan, _) = planned(&one, &two, &choices);
        let images = Images { before: one.clone(), after: plan.lead.clone(), merged: two.clone() };
        let back = images.separate(&plan.lead, &present());
        prop_assert_eq!(timeless(&back.survivor), timeless(&one));
        prop_assert_eq!(&back.merged, &two);
        prop_assert_eq!(back.kept, vec![]);
    }

    #[test]
    fn of_what_nobody_chooses_nothing_is_lost_where_nothing_else_is_known(one in leads(1), two in leads(2)) {
        let (plan, faults) = planned(&one, &two, &Choices::new());
        prop_assert!(faults.is_empty());
        for field in all_fields() {
            let known = field.is_known(&one) || field.is_known(&two);
            prop_assert_eq!(field.is_known(&plan.lead), known, "{}", field);
            if field.is_known(&one) && !matches!(field, MergeField::Known(LeadField::Tags | LeadField::Property(_))) {
                prop_assert!(field.is_same(&plan.lead, &one), "{}: the survivor's stays", field);
            }
        }
        for tag in one.tags.iter().chain(&two.tags) {
            prop_assert!(plan.lead.tags.contains(tag));
        }
        prop_assert_eq!(plan.lead.id, one.id);
        prop_assert_eq!(plan.lead.created_at, one.created_at.min(two.created_at));
        prop_assert_eq!(plan.lead.last_submission_at, one.last_submission_at.max(two.last_submission_at));
    }

    #[test]
    fn what_is_chosen_is_taken(one in leads(1), two in leads(2), choices in choices()) {
        let (plan, faults) = planned(&one, &two, &choices);
        for decision in &plan.decisions {
            let chosen = choices.get(&decision.field).copied();
            if let Some(chosen) = chosen {
                prop_assert_eq!(decision.choice, chosen);
                let word = format!("choices.{}", decision.field);
                let refused = faults.iter().any(|fault| fault.field == word && fault.rule == Rule::NotAChoice);
                prop_assert_eq!(refused, !decision.offers.contains(&chosen));
            }
            match decision.choice {
                Choice::Survivor => prop_assert!(decision.field.is_same(&plan.lead, &one)),
                Choice::Other => prop_assert!(decision.field.is_same(&plan.lead, &two)),
                Choice::Newest => prop_assert!(
                    decision.field.is_known(&plan.lead),
                    "the two differ, so that one of them knows something"
                ),
                Choice::Union => {}
            }
        }
        for field in all_fields() {
            let asked = plan.decisions.iter().any(|decision| decision.field == field);
            prop_assert_eq!(asked, !field.is_same(&one, &two), "{}: only what differs is asked", field);
        }
    }

    #[test]
    fn what_was_changed_since_stays(one in leads(1), two in leads(2), choices in choices()) {
        let (plan, _) = planned(&one, &two, &choices);
        let images = Images { before: one.clone(), after: plan.lead.clone(), merged: two };
        let mut now = plan.lead.clone();
        now.company = Some("Since then".parse().unwrap());
        let mut more = now.tags.clone();
        more.extend(tags(&["Since"]));
        now.tag(more);
        let back = images.separate(&now, &present());
        prop_assert_eq!(back.survivor.company.as_deref(), Some("Since then"));
        let company = MergeField::Known(LeadField::Company);
        prop_assert_eq!(back.kept.contains(&company), !company.is_same(&one, &plan.lead));
        prop_assert!(!back.restored.contains(&company));
        let mut expected = one.clone();
        expected.tag(one.tags.iter().cloned().chain(tags(&["Since"])).collect());
        prop_assert_eq!(back.survivor.tags, expected.tags, "the tags of the merge go, the later one stays");
        prop_assert_eq!(back.survivor.name, one.name);
    }
}

#[test]
fn a_lead_is_not_merged_with_itself() {
    let outcome = plan(&lead(1), &lead(1), &own(), &Choices::new(), &mut Violations::default());
    assert_eq!(outcome.err(), Some(MergeError::Itself));
}

#[test]
fn what_cannot_be_chosen_is_told_with_its_field() {
    let (mut one, mut two) = (lead(1), lead(2));
    one.phone = Some(Phone::parse("+33 6 12 34 56 78", Language::French).unwrap());
    (one.email, two.phone) = (None, None);
    let gone = MergeField::Known(LeadField::Property(PropertyId(Uuid::from_u128(77))));
    let chosen = Choices::from([
        (MergeField::Known(LeadField::Email), Choice::Survivor),
        (MergeField::Known(LeadField::Phone), Choice::Other),
        (MergeField::Stage, Choice::Union),
        (gone, Choice::Other),
    ]);
    two.stage = StageId(Uuid::from_u128(2));
    let (_, faults) = planned(&one, &two, &chosen);
    let told: Vec<_> = faults.iter().map(|fault| (fault.field.to_string(), fault.rule)).collect();
    let expected = [
        (format!("choices.{gone}"), Rule::NotAChoice),
        ("choices.stage".to_owned(), Rule::NotAChoice),
        ("choices.email".to_owned(), Rule::OneOfRequired),
    ];
    assert_eq!(told, expected);
}

#[test]
fn too_many_tags_are_not_cut_off_unsaid() {
    let (mut one, mut two) = (lead(1), lead(2));
    let many = |letter: &str| (0..15).map(|n| Tag::parse(&format!("{letter}{n}")).unwrap()).collect();
    one.tag(many("a"));
    two.tag(many("b"));
    let (plan, faults) = planned(&one, &two, &Choices::new());
    assert_eq!(faults.iter().next().map(|fault| fault.rule), Some(Rule::TooMany(20)));
    assert_eq!(plan.lead.tags.len(), 30);
    let chosen = Choices::from([(MergeField::Known(LeadField::Tags), Choice::Survivor)]);
    assert!(planned(&one, &two, &chosen).1.is_empty());
}

#[test]
fn the_newest_is_of_whoever_wrote_last_if_they_know_it() {
    let (mut one, mut two) = (lead(1), lead(2));
    two.last_submission_at = at(20);
    one.company = Some("Berg & Co".parse().unwrap());
    (one.name, two.name) = (Some("Anna".parse().unwrap()), Some("Anna Berg".parse().unwrap()));
    let newest = all_fields().into_iter().map(|field| (field, Choice::Newest)).collect();
    let (plan, _) = planned(&one, &two, &newest);
    assert_eq!(plan.lead.name, two.name);
    assert_eq!(plan.lead.company, one.company);
}

fn merge(id: u128, second: i64) -> Merge {
    let images = Images { before: lead(1), after: lead(1), merged: lead(id) };
    Merge {
        id: MergeId(Uuid::from_u128(id)),
        holder: lead(1).id,
        survivor: lead(1).id,
        merged: lead(id).id,
        at: at(second),
        author: None,
        undone_at: None,
        images: Some(Box::new(images)),
    }
}

#[test]
fn a_merge_is_undone_once_within_thirty_days_and_the_last_one_first() {
    let (first, second) = (merge(2, 100), merge(3, 200));
    let end = 100 + 30 * 86_400;
    let may = |merge: &Merge, others: &[Merge], now| merge.may_undo(others, at(now)).map(|_| ());
    assert_eq!(may(&first, &[], end - 1), Ok(()));
    assert_eq!(may(&first, &[], end), Err(MergeError::Over));
    let until = |merge: &Merge, now| merge.still_undoable_until(at(now));
    assert_eq!((until(&first, end - 1), until(&first, end)), (Some(at(end)), None));
    let (erased, undone) =
        (Merge { images: None, ..first.clone() }, Merge { undone_at: Some(at(101)), ..first.clone() });
    assert_eq!((until(&erased, 101), until(&undone, 101)), (None, None));
    assert_eq!(may(&Merge { images: None, ..first.clone() }, &[], 101), Err(MergeError::Over));
    let both = [first.clone(), second.clone()];
    assert_eq!(may(&first, &both, 300), Err(MergeError::Later));
    assert_eq!(may(&second, &both, 300), Ok(()));
    let undone = Merge { undone_at: Some(at(250)), ..second };
    assert_eq!(may(&undone, &both, 300), Err(MergeError::Undone));
    assert_eq!(may(&first, &[first.clone(), undone], 300), Ok(()));
    let swallowed = Merge { holder: LeadId(Uuid::from_u128(9)), ..first };
    assert_eq!(may(&swallowed, &[], 300), Err(MergeError::Later), "its survivor was merged itself");
}

#[test]
fn nothing_comes_back_to_a_stage_or_a_member_that_is_gone() {
    let (one, mut two) = (lead(1), lead(2));
    (two.stage, two.owner) = (StageId(Uuid::from_u128(3)), Some(UserId(Uuid::from_u128(2))));
    let images = Images { before: one.clone(), after: one.clone(), merged: two };
    let gone = Present { stages: [StageId(Uuid::from_u128(1))].into(), members: [].into() };
    let back = images.separate(&one, &gone);
    assert_eq!((back.merged.stage, back.merged.owner), (one.stage, None));
}

#[test]
fn every_field_and_choice_is_found_by_its_word() {
    for field in all_fields() {
        assert_eq!(field.to_string().parse(), Ok(field));
    }
    for choice in Choice::ALL {
        assert_eq!(choice.code().parse(), Ok(choice));
    }
    assert_eq!("score".parse::<MergeField>(), Err(Rule::NotAChoice));
}
