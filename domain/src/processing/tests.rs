use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::*;
use crate::{
    form::{FormField, FormSettings, KnownPerson, Limits, Notice, OwnField, PurposeBox, Words},
    id::{FormId, PropertyId, PublicFormId},
    property::PropertyKind,
    retention::RULES,
    text::{Email, Line, Message, Name},
};

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn message(text: &str) -> Message {
    Message::parse(text).unwrap()
}

fn form() -> Form {
    let (north, contact) = (name("North"), Email::parse("privacy@north.example").unwrap());
    let settings = FormSettings {
        name: name("Contact"),
        language: Language::English,
        allowed_origins: vec![],
        thank_you: None,
        legal_basis: LegalBasis::LegitimateInterest,
        notice: Notice::usual(&north, &contact, Language::English).unwrap(),
        consent_wording: None,
        purposes: vec![],
        requires_token: false,
        requires_work: false,
        known_person: KnownPerson::Append,
        fields: vec![FormField::plain(Asks::Email), FormField::plain(Asks::Message)],
    };
    let (id, public_id) = (FormId(Uuid::nil()), PublicFormId(Uuid::nil()));
    Form { id, public_id, version: 1, settings, created_at: Timestamp::UNIX_EPOCH }
}

fn register(forms: &[Form], properties: &[Property], rules: &[RetentionRule]) -> Vec<Activity> {
    activities(Said { name: "North", forms, properties, months: 24 }, rules, Language::French)
}

fn kept(activity: &Activity) -> Vec<&str> {
    let kept = activity.data.iter();
    kept.filter_map(|datum| if let Datum::Kept(kept) = datum { Some(kept.what) } else { None }).collect()
}

fn delay(activity: &Activity, code: &str) -> Option<Delay> {
    let mut rules = activity.ends.iter().filter_map(|end| if let End::Rule(rule) = end { Some(rule) } else { None });
    rules.find(|rule| rule.code == code).map(|rule| rule.delay)
}

#[test]
fn a_form_is_in_the_register_with_what_it_asks_and_what_comes_along() {
    let activities = register(&[form()], &[], RULES);
    assert_eq!(activities.len(), 3);
    let of_form = &activities[0];
    assert_eq!(of_form.what, What::Form("Contact".to_owned()));
    assert_eq!(of_form.controllers, BTreeSet::from(["North".to_owned()]));
    assert_eq!(of_form.contacts, BTreeSet::from(["privacy@north.example".to_owned()]));
    assert_eq!(of_form.grounds, BTreeSet::from([Ground::LegitimateInterest]));
    assert_eq!(kept(of_form), ["e-mail", "message", "IP", "UTMs", "referral URL"], "no name, no phone");
    assert_eq!(delay(of_form, "lead"), Some(Delay::Months(24)), "the organization's own months");
    assert_eq!(delay(of_form, "lead_ip"), Some(Delay::Time(SignedDuration::from_hours(30 * 24))));
    assert_eq!(of_form.told_retention.as_deref(), Some("36 months after our last contact"));
    assert!(of_form.roles.contains(&Role::Agent) && !of_form.roles.contains(&Role::Billing), "{:?}", of_form.roles);
}

#[test]
fn a_field_that_is_declared_appears_in_the_register() {
    let mut form = form();
    let own = OwnField {
        key: "budget".parse().unwrap(),
        kind: PropertyKind::Number,
        limits: Limits::default(),
        is_hidden: false,
        purpose: Line::parse("To size the offer").unwrap(),
        tells: None,
    };
    let before = register(&[form.clone()], &[], RULES);
    form.settings.fields.push(FormField {
        label: Words::of([(Language::French, Some(Line::parse("Votre budget").unwrap()))]),
        ..FormField::plain(Asks::Own(own))
    });
    let after = register(&[form], &[], RULES);
    let datum = Datum::Declared("Votre budget".to_owned());
    let aim = Aim::Asked("Votre budget".to_owned(), "To size the offer".to_owned());
    assert!(!before[0].data.contains(&datum) && after[0].data.contains(&datum), "{:?}", after[0].data);
    assert!(!before[0].aims.contains(&aim) && after[0].aims.contains(&aim), "{:?}", after[0].aims);
}

#[test]
fn a_property_in_use_appears_in_the_register_and_one_that_was_put_away_does_not() {
    let property = |is_archived| Property {
        id: PropertyId(Uuid::nil()),
        version: 1,
        key: "size".parse().unwrap(),
        name: name("Size"),
        purpose: Line::parse("To know the size").unwrap(),
        kind: PropertyKind::Text,
        is_archived,
    };
    let datum = Datum::Declared("Size".to_owned());
    assert!(register(&[], &[property(false)], RULES)[0].data.contains(&datum));
    assert!(!register(&[], &[property(true)], RULES)[0].data.contains(&datum));
}

#[test]
fn a_notice_that_is_changed_changes_the_register_of_the_form_and_of_the_rest() {
    let mut form = form();
    form.settings.notice = Notice {
        purpose: message("To bake for you."),
        controller: Some(Line::parse("North Ltd, York").unwrap()),
        contact: Some(Line::parse("dpo@north.example").unwrap()),
        retention: Some(Line::parse("2 years").unwrap()),
        recipients: Some(Line::parse("Our bakers").unwrap()),
    };
    let purpose =
        PurposeBox { purpose: Purpose::EmailMarketing, wording: message("News, please."), is_confirmed: false };
    form.settings.purposes = vec![purpose];
    let activities = register(&[form], &[], RULES);
    for activity in &activities {
        assert_eq!(activity.controllers, BTreeSet::from(["North Ltd, York".to_owned()]), "{:?}", activity.what);
        assert_eq!(activity.contacts, BTreeSet::from(["dpo@north.example".to_owned()]), "{:?}", activity.what);
    }
    let told = Aim::Told("To bake for you.".to_owned());
    assert_eq!(activities[0].aims, [told, Aim::Agreed(Purpose::EmailMarketing, "News, please.".to_owned())]);
    assert_eq!(activities[0].grounds, BTreeSet::from([Ground::Consent, Ground::LegitimateInterest]));
    let said = (activities[0].told_retention.as_deref(), activities[0].told_recipients.as_deref());
    assert_eq!(said, (Some("2 years"), Some("Our bakers")));
}

#[test]
fn a_retention_rule_that_is_changed_changes_both_registers() {
    let other = Delay::Time(SignedDuration::from_hours(7 * 24));
    let changed: Vec<_> = RULES
        .iter()
        .map(|rule| if rule.code == "lead_ip" { RetentionRule { delay: other, ..*rule } } else { *rule })
        .collect();
    assert_ne!(delay(&register(&[form()], &[], RULES)[0], "lead_ip"), Some(other));
    assert_eq!(delay(&register(&[form()], &[], &changed)[0], "lead_ip"), Some(other));
    let of_ip = |rules: &[RetentionRule]| {
        let processed = processed(rules);
        let (_, ends) = processed.iter().find(|(kept, _)| kept.what == "IP").unwrap().clone();
        ends.iter().any(|end| matches!(end, End::Rule(rule) if rule.code == "lead_ip" && rule.delay == other))
    };
    assert!(!of_ip(RULES) && of_ip(&changed));
}

#[test]
fn an_organization_without_forms_answers_by_its_name() {
    let activities = register(&[], &[], RULES);
    assert_eq!(activities.iter().map(|one| &one.what).collect::<Vec<_>>(), [&What::Leads, &What::Members]);
    assert_eq!(activities[0].controllers, BTreeSet::from(["North".to_owned()]));
}

#[test]
fn everything_that_may_be_kept_of_people_is_in_the_register() {
    let asks = Asks::BUILT_IN.map(FormField::plain);
    let mut form = form();
    form.settings.fields = asks.into();
    let activities = register(&[form], &[], RULES);
    for one in POLICY.iter().filter(|kept| kept.category != Category::Billing) {
        let is_told = activities.iter().any(|activity| activity.data.contains(&Datum::Kept(one)));
        assert!(is_told, "{}", one.what);
    }
    for activity in &activities {
        assert!(!activity.ends.is_empty() && !activity.data.is_empty(), "{:?}", activity.what);
    }
}

#[test]
fn what_ends_data_is_a_rule_wherever_one_sweeps_it() {
    let activities = register(&[form()], &[], RULES);
    let ends = activities.iter().flat_map(|activity| &activity.ends);
    let events: BTreeSet<_> =
        ends.filter_map(|end| if let End::Event(event) = end { Some(*event) } else { None }).collect();
    assert_eq!(events, BTreeSet::from([Retention::Membership, Retention::Hold]));
}

#[test]
fn no_measure_is_told_of_that_no_test_shows() {
    let shown = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/rules.toml")).unwrap();
    for measure in MEASURES {
        assert!(!measure.rules.is_empty(), "{}", measure.code);
        for rule in measure.rules {
            let line = shown.lines().find(|line| line.starts_with(&format!("{rule} = "))).unwrap();
            assert!(!line.contains("pending"), "{}: {rule}", measure.code);
        }
    }
}
