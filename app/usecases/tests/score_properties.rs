//! Rules that ask for properties of the organization's own: leads are scored by them, and anew when what is known changes,
//! when a day comes, and when a property goes out of use.

use jiff::{SignedDuration, ToSpan, tz::TimeZone};
use qualify_domain::{
    access::{Actor, Permission},
    id::{LeadId, PropertyId},
    lead_field::LeadField,
    lead_filter::WrittenValue,
    person::PersonChange,
    property::{Property, PropertyValue},
    score::{Axis, Condition, Edition, Effect, Matter, PropertyFact, ScoreRule},
    text::Name,
    violation::Rule,
};
use qualify_usecases::{ChangeLead, ChangeProperty, Edit, Error, MakeProperty, Proposal, Seen};

use crate::{
    scores::{edit, fact, kept},
    world::{Home, World, nobody},
};

async fn property(world: &World, home: &Home, name: &str, kind: &str, choices: &[&str]) -> Property {
    let [name, kind, purpose] = [name, kind, "To size the offer"].map(str::to_owned);
    let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
    let command = MakeProperty { name, purpose, kind, choices, key: String::new() };
    world.app.properties.make(&home.owner.actor, command).await.unwrap()
}

/// What a rule asks of a property.
fn asked(property: &Property, op: &str, value: impl Into<Option<WrittenValue>>) -> Result<Condition, Rule> {
    let matter = PropertyFact::parse(&format!("property:{}", property.id), op, value.into()).map(Matter::Property)?;
    Ok(Condition { matter, not: false })
}

/// A rule that gives so many points where that is so.
fn giving(points: i16, condition: Condition) -> ScoreRule {
    ScoreRule { when: vec![condition], ..fact("email", "", points) }
}

fn number(number: u16) -> WrittenValue {
    WrittenValue::Number(number)
}

fn choices(names: &[&str]) -> WrittenValue {
    WrittenValue::Texts(names.iter().map(|name| (*name).to_owned()).collect())
}

async fn publish(world: &World, home: &Home, rules: Vec<ScoreRule>) -> i32 {
    for rule in rules {
        edit(world, &home.owner.actor, Edit::AddRule(rule)).await;
    }
    let version = world.app.scores.publish(&home.owner.actor).await.unwrap();
    world.work().await;
    version
}

/// Lets a property of a lead be what is written; before, it was `seen`.
async fn know(world: &World, home: &Home, lead: LeadId, property: &Property, seen: &str, written: &str) {
    let properties = [(property.key.to_string(), vec![written.to_owned()])].into();
    let person = PersonChange { properties, ..PersonChange::default() };
    let seen = Seen::Field(LeadField::Property(property.id), seen.to_owned());
    world.app.leads.change(&home.owner.actor, lead, ChangeLead { person, tags: None, seen }).await.unwrap();
    world.work().await;
}

/// What changes nothing of a property in that version.
fn unchanged(property: &Property, version: i32) -> ChangeProperty {
    ChangeProperty {
        name: property.name.to_string(),
        purpose: property.purpose.to_string(),
        choices: property.kind.choices().iter().map(ToString::to_string).collect(),
        is_archived: property.is_archived,
        version,
    }
}

async fn change(world: &World, actor: &Actor, property: &Property, command: ChangeProperty) {
    world.app.properties.change(actor, property.id, command).await.unwrap();
    world.work().await;
}

async fn archive(world: &World, actor: &Actor, property: &Property, is_archived: bool, version: i32) {
    change(world, actor, property, ChangeProperty { is_archived, ..unchanged(property, version) }).await;
}

async fn fit(world: &World, home: &Home, lead: LeadId) -> i32 {
    kept(world, home, lead).await.breakdown.sum(Axis::Fit)
}

#[tokio::test]
async fn what_is_known_of_a_property_is_a_fact_as_soon_as_somebody_says_so() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    let before = fit(&world, &home, lead.id).await;
    let seats = property(&world, &home, "Seats", "number", &[]).await;
    let size = property(&world, &home, "Size", "choice", &["Small", "Large"]).await;
    let remark = property(&world, &home, "Remark", "long_text", &[]).await;
    let rules = vec![
        giving(10, asked(&seats, "at_least", number(10)).unwrap()),
        giving(4, asked(&size, "is", choices(&["LARGE"])).unwrap()),
        giving(2, Condition { not: true, ..asked(&remark, "is_empty", None).unwrap() }),
    ];
    publish(&world, &home, rules).await;
    assert_eq!(fit(&world, &home, lead.id).await, before, "what is not known counts nothing");
    know(&world, &home, lead.id, &seats, "", "12").await;
    assert_eq!(fit(&world, &home, lead.id).await, before + 10);
    know(&world, &home, lead.id, &size, "", "Large").await;
    know(&world, &home, lead.id, &remark, "", "Urgent, unlimited budget").await;
    assert_eq!(fit(&world, &home, lead.id).await, before + 16);
    know(&world, &home, lead.id, &seats, "12", "9.5").await;
    assert_eq!(fit(&world, &home, lead.id).await, before + 6);
}

#[tokio::test]
async fn what_if_sees_what_is_known_and_tells_what_comes() {
    let world = World::new().await;
    let home = world.found("North").await;
    let seats = property(&world, &home, "Seats", "number", &[]).await;
    let [small, large] =
        [world.lead(&home, "anna@example.com").await.id, world.lead(&home, "bert@example.com").await.id];
    know(&world, &home, small, &seats, "", "3").await;
    know(&world, &home, large, &seats, "", "300").await;
    let rule = Edit::AddRule(giving(50, asked(&seats, "at_least", number(10)).unwrap()));
    let outlook = world.app.scores.what_if(&home.owner.actor, Proposal::Edited(rule.clone())).await.unwrap().outlook;
    assert_eq!((outlook.changes(), outlook.movers[0].lead.0), (1, large));
    let part = world.app.scores.movers(&home.owner.actor, Proposal::Edited(rule.clone()), None).await.unwrap();
    assert_eq!(part.movers.iter().map(|mover| mover.lead.0).collect::<Vec<_>>(), [large]);
    edit(&world, &home.owner.actor, rule).await;
    publish(&world, &home, vec![]).await;
    assert_eq!(kept(&world, &home, large).await.breakdown.standing(), outlook.movers[0].after);
}

#[tokio::test]
async fn a_lead_is_scored_anew_when_the_day_of_a_property_comes() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    let before = fit(&world, &home, lead.id).await;
    let renewal = property(&world, &home, "Renewal", "date", &[]).await;
    publish(&world, &home, vec![giving(20, asked(&renewal, "next_days", number(30)).unwrap())]).await;
    let today = TimeZone::UTC.to_datetime(world.ports.clock.now()).date();
    let in_forty_days = today.saturating_add(40.days()).to_string();
    know(&world, &home, lead.id, &renewal, "", &in_forty_days).await;
    let mut told = Vec::new();
    for days in [0, 15, 20, 10] {
        world.clock.advance(SignedDuration::from_hours(24 * days));
        world.work().await;
        told.push(fit(&world, &home, lead.id).await - before);
    }
    assert_eq!(told, [0, 20, 20, 0]);
}

#[tokio::test]
async fn a_rule_whose_property_is_out_of_use_counts_nothing_either_way_until_it_is_back() {
    let world = World::new().await;
    let home = world.found("North").await;
    let owner = &home.owner.actor;
    let lead = world.lead(&home, "anna@example.com").await;
    let before = fit(&world, &home, lead.id).await;
    let seats = property(&world, &home, "Seats", "number", &[]).await;
    let unasked = property(&world, &home, "Chairs", "number", &[]).await;
    let few = asked(&seats, "at_most", number(10)).unwrap();
    let effect = Effect::Mark(Name::parse("Many seats").unwrap());
    let mark = ScoreRule { effect, ..giving(1, Condition { not: true, ..few.clone() }) };
    publish(&world, &home, vec![giving(10, few), mark]).await;
    know(&world, &home, lead.id, &seats, "", "5").await;
    assert_eq!(fit(&world, &home, lead.id).await, before + 10);

    archive(&world, owner, &seats, true, 1).await;
    let score = kept(&world, &home, lead.id).await;
    assert_eq!((score.breakdown.sum(Axis::Fit), score.breakdown.marks.len(), score.version), (before, 0, 3));
    let file = world.app.scores.view(owner).await.unwrap();
    assert_eq!(file.book().rules.iter().filter(|rule| rule.is_gone(&file.properties)).count(), 2, "the rules stay");
    let again = world.app.scores.edit(owner, Edit::AddRule(file.book().rules.last().unwrap().clone())).await;
    assert!(matches!(again, Err(Error::Invalid(_))), "{again:?}");

    archive(&world, owner, &seats, false, 2).await;
    assert_eq!(fit(&world, &home, lead.id).await, before + 10);
    archive(&world, owner, &unasked, true, 1).await;
    assert_eq!(world.app.scores.rules(owner).await.unwrap().edition.version, 4, "nothing asks for that one");
}

#[tokio::test]
async fn what_was_chosen_counts_as_it_did_when_its_property_spells_it_otherwise_or_offers_it_no_more() {
    let world = World::new().await;
    let home = world.found("North").await;
    let owner = &home.owner.actor;
    let [former, later] =
        [world.lead(&home, "anna@example.com").await.id, world.lead(&home, "bert@example.com").await.id];
    let before = fit(&world, &home, former).await;
    assert_eq!(fit(&world, &home, later).await, before);
    let size = property(&world, &home, "Size", "choice", &["Small", "Large"]).await;
    let remark = property(&world, &home, "Remark", "text", &[]).await;
    let version = publish(&world, &home, vec![giving(4, asked(&size, "is", choices(&["Large"])).unwrap())]).await;
    know(&world, &home, former, &size, "", "Large").await;

    let offering = |names: &[&str], version| {
        let choices = names.iter().map(|name| (*name).to_owned()).collect();
        ChangeProperty { choices, ..unchanged(&size, version) }
    };
    change(&world, owner, &size, offering(&["Small", "LARGE"], 1)).await;
    know(&world, &home, later, &size, "", "large").await;
    let both = [fit(&world, &home, former).await, fit(&world, &home, later).await];
    assert_eq!(both, [before + 4; 2], "both are the same choice, one as it was spelled and one as it is");

    change(&world, owner, &size, offering(&["Small"], 2)).await;
    // Each is scored once more, because something else about it changes.
    for (lead, chosen) in [(former, "Large"), (later, "LARGE")] {
        know(&world, &home, lead, &remark, "", "Chose it").await;
        let known = world.app.leads.read(owner, lead).await.unwrap().properties;
        assert_eq!(known.get(size.id).map(PropertyValue::written).as_deref(), Some(chosen));
        assert_eq!(fit(&world, &home, lead).await, before + 4, "{chosen}");
    }
    assert_eq!(world.app.scores.rules(owner).await.unwrap().edition.version, version, "no lead is scored anew for it");
}

/// An organization with a lead of twelve seats, and the rule that gives ten points for ten of them. The member is working on
/// it; it is not in force.
async fn twelve_seats(world: &World) -> (Home, LeadId, Property, ScoreRule) {
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    let seats = property(world, &home, "Seats", "number", &[]).await;
    know(world, &home, lead.id, &seats, "", "12").await;
    let rule = giving(10, asked(&seats, "at_least", number(10)).unwrap());
    edit(world, &home.owner.actor, Edit::AddRule(rule.clone())).await;
    (home, lead.id, seats, rule)
}

#[tokio::test]
async fn rules_that_come_into_force_while_their_property_goes_out_of_use_count_without_it() {
    let world = World::new().await;
    let (home, lead, seats, _) = twelve_seats(&world).await;
    let before = fit(&world, &home, lead).await;
    let scope = home.owner.actor.permit(Permission::ShapeLeads).unwrap();
    let mut leaving = world.ports.storage.tenant(&scope).await.unwrap();
    let archived = Property { is_archived: true, ..seats };
    leaving.properties().update(&archived, world.ports.clock.now()).await.unwrap();
    let (scores, actor) = (world.app.scores.clone(), home.owner.actor.clone());
    let coming = tokio::spawn(async move { scores.publish(&actor).await });
    world.held_up(&coming).await;
    leaving.commit().await.unwrap();
    assert_eq!(coming.await.unwrap().unwrap(), 2);
    world.work().await;
    assert_eq!(fit(&world, &home, lead).await, before);
}

#[tokio::test]
async fn a_property_that_goes_out_of_use_while_rules_that_ask_for_it_come_into_force_counts_no_more() {
    let world = World::new().await;
    let (home, lead, seats, rule) = twelve_seats(&world).await;
    let before = fit(&world, &home, lead).await;
    let scope = home.owner.actor.permit(Permission::ManageScore).unwrap();
    let mut coming = world.ports.storage.tenant(&scope).await.unwrap();
    coming.properties().hold(&[seats.id].into()).await.unwrap();
    let Edition { version, mut book, .. } = coming.scores().newest().await.unwrap().unwrap();
    book.add(rule).unwrap();
    let made_at = world.ports.clock.now();
    let edition = Edition { version: version + 1, book, made_at, made_by: scope.author() };
    coming.scores().put_into_force(&edition).await.unwrap();
    let command = ChangeProperty { is_archived: true, ..unchanged(&seats, 1) };
    let (properties, actor) = (world.app.properties.clone(), home.owner.actor.clone());
    let leaving = tokio::spawn(async move { properties.change(&actor, seats.id, command).await });
    world.held_up(&leaving).await;
    coming.commit().await.unwrap();
    leaving.await.unwrap().unwrap();
    world.work().await;
    let again = kept(&world, &home, lead).await;
    assert_eq!((again.breakdown.sum(Axis::Fit), again.version), (before, version + 2), "all is scored once more");
}

#[tokio::test]
async fn a_rule_on_a_property_that_is_not_there_or_of_another_kind_is_refused_at_its_condition() {
    let world = World::new().await;
    let (home, other) = (world.found("North").await, world.found("South").await);
    let size = property(&world, &home, "Size", "choice", &["Small", "Large"]).await;
    let theirs = property(&world, &other, "Seats", "number", &[]).await;
    let unknown = Property { id: PropertyId(nobody().1.0), ..theirs.clone() };
    let wrong = [
        (asked(&unknown, "at_least", number(1)), Rule::Gone),
        (asked(&theirs, "at_least", number(1)), Rule::Gone),
        (asked(&size, "at_least", number(1)), Rule::Gone),
        (asked(&size, "is", choices(&["Huge"])), Rule::NotAChoice),
    ];
    let book = world.app.scores.rules(&home.owner.actor).await.unwrap().edition.book;
    for (condition, rule) in wrong {
        let bad = giving(5, condition.unwrap());
        let refused = world.app.scores.edit(&home.owner.actor, Edit::AddRule(bad.clone())).await;
        let told = |outcome: Result<(), Error>, place: &str| {
            let Err(Error::Invalid(faults)) = outcome else { return false };
            faults.iter().all(|fault| fault.field == place && fault.rule == rule)
        };
        assert!(told(refused, "when[0]"), "{bad:?}");
        let mut whole = book.clone();
        let at = whole.rules.len();
        whole.add(bad).unwrap();
        let place = format!("rules[{at}].when[0]");
        let tried = world.app.scores.what_if(&home.owner.actor, Proposal::Book(whole.clone())).await.map(|_| ());
        assert!(told(tried, &place), "{place}");
        assert!(told(world.app.scores.replace(&home.owner.actor, whole, 1).await.map(|_| ()), &place), "{place}");
    }
    assert_eq!(asked(&size, "is", Some(WrittenValue::Text("small".to_owned()))), Err(Rule::FreeText));
}
