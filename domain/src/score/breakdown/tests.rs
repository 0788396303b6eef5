use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use proptest::{prelude::*, sample::select};
use uuid::Uuid;

use super::*;
use crate::{
    id::{FormId, PropertyId},
    language::Language,
    lead_filter::{Operator, WrittenValue},
    pipeline::StageKind,
    property::{Properties, PropertyKind, PropertyValue},
    score::{CallingCode, Condition, Group, MailKind, Matter, PropertyFact, Signal, Trigger},
    submission::Attribution,
    text::{CampaignTag, Name},
};

fn at(days: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + days * 86_400).unwrap()
}

fn form(n: u128) -> FormId {
    FormId(Uuid::from_u128(n))
}

fn nothing_known() -> Facts {
    Facts {
        has_name: false,
        mail: None,
        has_phone: false,
        has_company: false,
        tags: vec![],
        e164: None,
        form: None,
        language: None,
        source: "form".to_owned(),
        touches: [Attribution::default(), Attribution::default()],
        properties: Properties::default(),
        opened_at: at(0),
    }
}

fn anna() -> Facts {
    Facts { has_name: true, mail: Some(MailKind::Company), has_phone: true, ..nothing_known() }
}

fn sent(days: i64) -> Occurrence {
    Occurrence { at: at(days), signal: Signal::Submission(form(1)) }
}

fn counting(points: i16, frequency: Frequency) -> ScoreRule {
    ScoreRule {
        number: RuleNumber(1),
        when: Vec::new(),
        on: Some(Trigger::Submission),
        effect: Effect::Points(points),
        frequency,
        group: None,
        lasts_days: None,
    }
}

fn fact(number: u16, matter: Matter, points: i16, group: Option<u16>) -> ScoreRule {
    ScoreRule {
        number: RuleNumber(number),
        when: vec![Condition { matter, not: false }],
        on: None,
        effect: Effect::Points(points),
        frequency: Frequency::Once,
        group: group.map(GroupNumber),
        lasts_days: None,
    }
}

fn book(rules: Vec<ScoreRule>) -> Rulebook {
    let group = Group { number: GroupNumber(50), name: Name::parse("Contact").unwrap(), cap: 25 };
    Rulebook { half_life_days: 10, groups: vec![group], rules, next: 100 }
}

fn lines(facts: &Facts, occurrences: &[Occurrence], book: &Rulebook, now: Timestamp) -> Vec<(Basis, i32)> {
    score(facts, occurrences, book, now).lines.iter().map(|line| (line.because, line.points)).collect()
}

#[test]
fn a_limit_of_a_group_is_a_line_of_its_own() {
    let rules = vec![
        fact(1, Matter::Name, 20, Some(50)),
        fact(2, Matter::Phone, 20, Some(50)),
        fact(3, Matter::Email, 5, None),
    ];
    let rule = |number| Basis::Rule(RuleNumber(number));
    let expected = [(rule(1), 20), (rule(2), 20), (rule(3), 5), (Basis::Group(GroupNumber(50)), -15)];
    assert_eq!(lines(&anna(), &[], &book(rules.clone()), at(0)), expected);
    assert_eq!(score(&anna(), &[], &book(rules), at(0)).standing().fit, 30);
}

#[test]
fn a_score_below_nought_or_above_a_hundred_is_brought_back_by_a_line() {
    let rule = Basis::Rule(RuleNumber(1));
    let low = book(vec![fact(1, Matter::Name, -30, None)]);
    assert_eq!(lines(&anna(), &[], &low, at(0)), [(rule, -30), (Basis::Bounds, 30)]);
    let high = book(vec![counting(60, Frequency::Each)]);
    assert_eq!(lines(&anna(), &[sent(0), sent(0)], &high, at(0)), [(rule, 120), (Basis::Bounds, -20)]);
}

#[test]
fn a_group_limits_what_its_rules_take_as_well() {
    let rules = vec![
        fact(1, Matter::Name, 100, None),
        fact(2, Matter::Phone, -20, Some(50)),
        fact(3, Matter::Email, -20, Some(50)),
    ];
    assert_eq!(score(&anna(), &[], &book(rules), at(0)).standing().fit, 75);
}

#[test]
fn how_often_decides_which_times_count() {
    let often = [sent(0), sent(1), sent(2), sent(10)];
    let times = |frequency| score(&anna(), &often, &book(vec![counting(10, frequency)]), at(10)).lines[0].times;
    assert_eq!(times(Frequency::Once), 1);
    assert_eq!(times(Frequency::Each), 4);
    assert_eq!(times(Frequency::AtMost { times: 1, days: 7 }), 2);
    assert_eq!(times(Frequency::AtMost { times: 2, days: 7 }), 3);
    let once = score(&anna(), &often, &book(vec![counting(10, Frequency::Once)]), at(10));
    assert_eq!(once.standing().engagement, 10, "the latest time counts");
}

#[test]
fn what_expires_says_when_and_is_gone_then() {
    let lasting = ScoreRule { lasts_days: Some(5), ..fact(1, Matter::Name, 20, None) };
    let fresh = score(&anna(), &[], &book(vec![lasting.clone()]), at(1));
    assert_eq!((fresh.lines[0].expires_at, fresh.changes_at), (Some(at(5)), Some(at(5))));
    assert_eq!(score(&anna(), &[], &book(vec![lasting]), at(5)), Breakdown::default());
    let fading = score(&anna(), &[sent(0)], &book(vec![counting(40, Frequency::Each)]), at(0));
    let gone = fading.lines[0].expires_at.unwrap();
    assert!(gone > at(50) && gone < at(70), "{gone}");
    assert!(fading.changes_at.unwrap() <= at(2));
}

#[test]
fn a_mark_gives_a_reason_and_takes_no_points() {
    let effect = Effect::Mark(Name::parse("Competitor").unwrap());
    let from_rival = Matter::CallingCode(CallingCode::parse("+44").unwrap());
    let mark = ScoreRule { effect, ..fact(1, from_rival, 1, None) };
    let rival = Facts { e164: Some("+442071234567".to_owned()), ..anna() };
    let found = score(&rival, &[], &book(vec![mark.clone(), fact(2, Matter::Name, 30, None)]), at(0));
    assert_eq!(found.marks, [Mark { rule: RuleNumber(1), expires_at: None }]);
    assert_eq!(found.standing().fit, 30);
    assert_eq!(score(&anna(), &[], &book(vec![mark]), at(0)).marks, []);
}

#[test]
fn somebody_of_a_company_who_wrote_today_is_worth_a_call_by_the_standard_rules() {
    let book = Rulebook::standard(Language::English);
    let grade = |facts: &Facts, occurrences: &[Occurrence]| {
        score(facts, occurrences, &book, at(0)).standing().grade().to_string()
    };
    assert_eq!(grade(&anna(), &[sent(0)]), "A3");
    assert_eq!(grade(&anna(), &[sent(0), Occurrence { at: at(0), signal: Signal::Meeting }]), "A1");
    assert_eq!(grade(&Facts { mail: Some(MailKind::Free), ..nothing_known() }, &[sent(0)]), "D3");
    assert_eq!(grade(&nothing_known(), &[]), "D4");
}

const SEATS: PropertyId = PropertyId(Uuid::from_u128(1));
const SIZE: PropertyId = PropertyId(Uuid::from_u128(2));
const SEVERAL: PropertyId = PropertyId(Uuid::from_u128(3));
const CUSTOMER: PropertyId = PropertyId(Uuid::from_u128(4));
const RENEWAL: PropertyId = PropertyId(Uuid::from_u128(5));

fn day(days: i64) -> Date {
    TimeZone::UTC.to_datetime(at(days)).date()
}

/// What rules ask of properties, days of every sort among it.
fn property_facts() -> impl Strategy<Value = Matter> {
    let of = |property, operator, value| Matter::Property(PropertyFact::read(property, operator, value).unwrap());
    let chosen = || Some(WrittenValue::Texts(vec!["Small".to_owned(), "Medium".to_owned()]));
    let compared = select(vec![Operator::AtLeast, Operator::AtMost, Operator::MoreThan, Operator::Is]);
    let counted = select(vec![Operator::WithinDays, Operator::OlderThanDays, Operator::NextDays]);
    let fixed = select(vec![Operator::Before, Operator::Since]);
    let ids = select(vec![SEATS, SIZE, SEVERAL, CUSTOMER, RENEWAL]);
    prop_oneof![
        (compared, 0_u16..20).prop_map(move |(how, n)| of(SEATS, how, Some(WrittenValue::Number(n)))),
        Just(of(SIZE, Operator::Is, chosen())),
        Just(of(SEVERAL, Operator::HasAny, chosen())),
        any::<bool>().prop_map(move |yes| of(CUSTOMER, Operator::Is, Some(WrittenValue::Checked(yes)))),
        (counted, 1_u16..400).prop_map(move |(how, n)| of(RENEWAL, how, Some(WrittenValue::Number(n)))),
        (fixed, 0_i64..460).prop_map(move |(how, n)| of(RENEWAL, how, Some(WrittenValue::Text(day(n).to_string())))),
        ids.prop_map(move |id| of(id, Operator::IsEmpty, None)),
    ]
}

fn properties() -> impl Strategy<Value = Properties> {
    let size = PropertyKind::of("choice", ["Small", "Large"].map(|name| Name::parse(name).unwrap()).to_vec()).unwrap();
    let several = PropertyKind::MultipleChoice(size.choices().to_vec());
    let chosen = proptest::option::of(select(vec!["Small", "Large"]));
    let seats = proptest::option::of(0_u16..20);
    (seats, chosen, proptest::option::of(any::<bool>()), proptest::option::of(0_i64..460)).prop_map(
        move |(seats, chosen, customer, renewal)| {
            let mut known = Properties::default();
            let read =
                |kind: &PropertyKind, text: Option<String>| text.and_then(|text| kind.read(&[text.as_str()]).unwrap());
            known.set(SEATS, read(&PropertyKind::Number, seats.map(|seats| seats.to_string())));
            known.set(SIZE, read(&size, chosen.map(str::to_owned)));
            known.set(SEVERAL, read(&several, chosen.map(str::to_owned)));
            known.set(CUSTOMER, customer.map(PropertyValue::Checked));
            known.set(RENEWAL, read(&PropertyKind::Date, renewal.map(|days| day(days).to_string())));
            known
        },
    )
}

fn matters() -> impl Strategy<Value = Matter> {
    let tag = || CampaignTag::parse("spring").unwrap();
    let usual = select(vec![
        Matter::Name,
        Matter::Email,
        Matter::Phone,
        Matter::CompanyEmail,
        Matter::CallingCode(CallingCode::parse("+33").unwrap()),
        Matter::Language(Language::French),
        Matter::Form(form(1)),
        Matter::Source("api".to_owned()),
        Matter::UtmSource(tag()),
        Matter::UtmCampaign(tag()),
    ]);
    prop_oneof![usual, property_facts()]
}

fn triggers() -> impl Strategy<Value = Trigger> {
    let all = [Trigger::Submission, Trigger::SubmissionOf(form(1)), Trigger::Note, Trigger::Call, Trigger::Mail];
    select([&all[..], &[Trigger::Meeting, Trigger::MoveTo(StageKind::Qualified)]].concat())
}

fn frequencies() -> impl Strategy<Value = Frequency> {
    let limited = (1_u16..4, 1_u16..40).prop_map(|(times, days)| Frequency::AtMost { times, days });
    prop_oneof![Just(Frequency::Once), Just(Frequency::Each), limited]
}

fn rules() -> impl Strategy<Value = ScoreRule> {
    let conditions = proptest::collection::vec((matters(), any::<bool>()), 0..3);
    let points = (-100_i16..=100).prop_filter("some points", |points| *points != 0).prop_map(Effect::Points);
    let mark = Just(Effect::Mark(Name::parse("Look").unwrap()));
    let effect = prop_oneof![9 => points, 1 => mark];
    let on = proptest::option::of(triggers());
    let (group, lasts) = (proptest::option::of(select(vec![50_u16, 51])), proptest::option::of(1_u16..200));
    (conditions, on, effect, frequencies(), group, lasts).prop_map(
        |(when, on, effect, frequency, group, lasts_days)| {
            let when = when.into_iter().map(|(matter, not)| Condition { matter, not }).collect();
            ScoreRule { number: RuleNumber(0), when, on, effect, frequency, group: group.map(GroupNumber), lasts_days }
        },
    )
}

fn books() -> impl Strategy<Value = Rulebook> {
    (1_u16..=365, 1_u8..=100, 1_u8..=100, proptest::collection::vec(rules(), 0..12)).prop_map(
        |(half_life_days, one, other, rules)| {
            let name = Name::parse("G").unwrap();
            let groups = [(50, one), (51, other)]
                .map(|(number, cap)| Group { number: GroupNumber(number), name: name.clone(), cap })
                .to_vec();
            let rules = rules.into_iter().zip(1..).map(|(rule, n)| ScoreRule { number: RuleNumber(n), ..rule });
            Rulebook { half_life_days, groups, rules: rules.collect(), next: 100 }
        },
    )
}

fn occurrences() -> impl Strategy<Value = Vec<Occurrence>> {
    let signals = [
        Signal::Submission(form(1)),
        Signal::Submission(form(2)),
        Signal::Note,
        Signal::Call,
        Signal::Mail,
        Signal::Meeting,
        Signal::Move(StageKind::Qualified),
    ];
    let one = (0_i64..20_000_000, select(signals.to_vec()));
    let one = one.prop_map(|(seconds, signal)| Occurrence { at: at(0) + SignedDuration::from_secs(seconds), signal });
    proptest::collection::vec(one, 0..20)
}

fn facts() -> impl Strategy<Value = Facts> {
    let mail = proptest::option::of(select(vec![MailKind::Company, MailKind::Free]));
    let e164 = proptest::option::of(select(vec!["+33612345678".to_owned(), "+442071234567".to_owned()]));
    let tag = proptest::option::of(select(vec!["spring", "autumn"]));
    (any::<bool>(), mail, any::<bool>(), e164, proptest::option::of(1_u128..3), tag, properties()).prop_map(
        |(has_name, mail, has_phone, e164, brought_by, tag, properties)| {
            let tag = tag.map(|tag| CampaignTag::parse(tag).unwrap());
            let touch = Attribution { source: tag.clone(), campaign: tag, ..Attribution::default() };
            let language = Some(if has_name { Language::French } else { Language::English });
            let touches = [touch, Attribution::default()];
            let form = brought_by.map(form);
            Facts { has_name, mail, has_phone, e164, form, language, touches, properties, ..nothing_known() }
        },
    )
}

fn moments() -> impl Strategy<Value = Timestamp> {
    (0_i64..40_000_000).prop_map(|seconds| at(0) + SignedDuration::from_secs(seconds))
}

proptest! {
    #[test]
    fn the_sum_of_the_points_is_the_score(facts in facts(), events in occurrences(), book in books(), now in moments()) {
        let breakdown = score(&facts, &events, &book, now);
        for axis in Axis::ALL {
            prop_assert_eq!(breakdown.sum(axis), i32::from(breakdown.standing().on(axis)), "{:?}", breakdown);
        }
        prop_assert!(breakdown.lines.iter().all(|line| line.points != 0));
    }

    #[test]
    fn the_order_of_rules_groups_and_events_does_not_matter(
        facts in facts(), events in occurrences(), book in books(), now in moments(), seed in any::<u64>(),
    ) {
        let shuffled = |n: usize| {
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by_key(|i| (*i as u64 + 1).wrapping_mul(seed | 1).rotate_left(17));
            order
        };
        let mut other = book.clone();
        other.rules = shuffled(book.rules.len()).into_iter().map(|i| book.rules[i].clone()).collect();
        other.groups.reverse();
        let events_too: Vec<_> = shuffled(events.len()).into_iter().map(|i| events[i]).collect();
        prop_assert_eq!(score(&facts, &events, &book, now), score(&facts, &events_too, &other, now));
    }

    #[test]
    fn nothing_changes_before_it_is_said_to(
        facts in facts(), events in occurrences(), book in books(), now in moments(), later in 1_i64..10_000_000,
    ) {
        // What happens after the moment of the score is not known to it.
        let known: Vec<_> = events.into_iter().filter(|event| event.at <= now).collect();
        let first = score(&facts, &known, &book, now);
        let then = now + SignedDuration::from_secs(later);
        if first.changes_at.is_none_or(|change| then < change) {
            let second = score(&facts, &known, &book, then);
            prop_assert_eq!(first.standing(), second.standing());
            prop_assert_eq!(first.marks, second.marks);
        }
    }

    #[test]
    fn each_rule_that_counts_events_only_ever_fades(
        events in occurrences(), rule in rules(), half_life in 1_u16..=365, now in moments(), later in 0_i64..20_000_000,
    ) {
        let on = rule.on.unwrap_or(Trigger::Submission);
        let rule = ScoreRule { number: RuleNumber(1), when: Vec::new(), on: Some(on), group: None, ..rule };
        let known: Vec<_> = events.into_iter().filter(|event| event.at <= now).collect();
        let book = Rulebook { half_life_days: half_life, ..book(vec![rule]) };
        let own = |now| {
            let lines = score(&nothing_known(), &known, &book, now).lines;
            lines.iter().filter(|line| line.because == Basis::Rule(RuleNumber(1))).map(|line| line.points).sum::<i32>()
        };
        prop_assert!(own(now + SignedDuration::from_secs(later)).abs() <= own(now).abs());
    }

    #[test]
    fn something_new_never_makes_a_rule_give_less(
        events in occurrences(), frequency in frequencies(), points in 1_i16..=100, half_life in 1_u16..=365,
        lasts in proptest::option::of(1_u16..200),
    ) {
        let now = events.iter().map(|event| event.at).max().unwrap_or(at(0));
        let rule = ScoreRule { lasts_days: lasts, ..counting(points, frequency) };
        let book = Rulebook { half_life_days: half_life, ..book(vec![rule]) };
        let more = [&events[..], &[Occurrence { at: now, signal: Signal::Submission(form(9)) }]].concat();
        let points = |events: &[Occurrence]| score(&nothing_known(), events, &book, now).standing().engagement;
        prop_assert!(points(&more) >= points(&events));
    }

    #[test]
    fn a_breakdown_is_kept_as_it_is(facts in facts(), events in occurrences(), book in books(), now in moments()) {
        let breakdown = score(&facts, &events, &book, now);
        let kept = serde_json::to_string(&breakdown).unwrap();
        prop_assert_eq!(serde_json::from_str::<Breakdown>(&kept).unwrap(), breakdown);
    }
}
