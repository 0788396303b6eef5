//! With what a new lead begins: properties, tags, an owner, a pipeline; all of it or nothing.

use std::collections::BTreeSet;

use qualify_domain::{
    access::Role,
    duplicate::Likeness,
    form::LegalBasis,
    id::{LeadId, PipelineId, UserId},
    lead::Lead,
    notification::{Choice, NotificationKind, Wishes},
    person::WrittenPerson,
    property::PropertyValue,
    submission::Attribution,
};
use qualify_ports::storage::Creation;
use qualify_usecases::{
    AddLead, Added, Broken, CreateLead, Created, Error, FirstOwner, IfKnown, LeadStart, MakeProperty, SignedIn,
};

use crate::world::{World, nobody};

fn person(email: &str, properties: &[(&str, &str)]) -> WrittenPerson {
    let properties = properties.iter().map(|(key, text)| ((*key).to_owned(), vec![(*text).to_owned()])).collect();
    WrittenPerson { email: email.to_owned(), properties, ..WrittenPerson::default() }
}

fn by_hand(person: WrittenPerson, start: LeadStart) -> AddLead {
    AddLead { person, message: String::new(), legal_basis: LegalBasis::LegitimateInterest, start, anyway: true }
}

fn by_program(person: WrittenPerson, start: LeadStart) -> CreateLead {
    let (legal_basis, attribution) = (LegalBasis::LegitimateInterest, Attribution::default());
    let if_known = IfKnown::default();
    CreateLead { person, message: String::new(), legal_basis, attribution, start, if_known, key: None }
}

/// Somebody of that name, to be made by a program.
fn named(name: &str, email: &str, if_known: IfKnown) -> CreateLead {
    let person = WrittenPerson { name: name.to_owned(), ..person(email, &[]) };
    CreateLead { if_known, ..by_program(person, LeadStart::default()) }
}

fn tagged(words: &[&str]) -> LeadStart {
    LeadStart { tags: words.iter().map(|word| (*word).to_owned()).collect(), ..LeadStart::default() }
}

fn given(owner: FirstOwner) -> LeadStart {
    LeadStart { owner, ..LeadStart::default() }
}

async fn add(world: &World, who: &SignedIn, command: AddLead) -> Result<LeadId, Error> {
    let made = |added| match added {
        Added::Made(lead) => Some(lead),
        Added::Alike(_) => None,
    };
    world.app.leads.add(&who.actor, command).await.map(|added| made(added).unwrap())
}

async fn create(world: &World, who: &SignedIn, command: CreateLead) -> Creation {
    let created = world.app.leads.create(&who.actor, command).await.unwrap();
    let Created::Kept(made) = created else { unreachable!("somebody is like them: {created:?}") };
    made
}

/// The leads for whose sake one is not made, and what they have in common with it.
async fn refused(world: &World, who: &SignedIn, command: CreateLead) -> Vec<(LeadId, Vec<Likeness>)> {
    let created = world.app.leads.create(&who.actor, command).await.unwrap();
    let Created::Alike(alike) = created else { unreachable!("it is made: {created:?}") };
    alike.into_iter().map(|duplicate| (duplicate.lead.id, duplicate.likeness)).collect()
}

async fn read(world: &World, who: &SignedIn, id: LeadId) -> Lead {
    world.app.leads.read(&who.actor, id).await.unwrap()
}

/// What a member is told, in order.
async fn told(world: &World, who: &SignedIn) -> Vec<NotificationKind> {
    let list = world.app.notifications.list(&who.actor, None).await.unwrap();
    list.notifications.items.iter().map(|row| row.notification.kind).collect()
}

async fn seats(world: &World, who: &SignedIn) -> qualify_domain::property::Property {
    let [name, kind, purpose, key] = ["Seats", "number", "To size the offer", "seats"].map(str::to_owned);
    let command = MakeProperty { name, purpose, kind, choices: vec![], key };
    world.app.properties.make(&who.actor, command).await.unwrap()
}

#[tokio::test]
async fn a_lead_is_made_with_all_that_is_known_of_it_and_its_owner_is_told_once() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mika = world.join(&home, "mika@north.example", &[Role::Agent]).await;
    let vera = world.join(&home, "vera@north.example", &[Role::Viewer]).await;
    let seats = seats(&world, &home.owner).await;
    let pipeline = world.app.pipelines.make(&home.owner.actor, "Partners").await.unwrap();
    let start = LeadStart {
        owner: FirstOwner::Member(mika.user),
        pipeline: Some(pipeline),
        ..tagged(&["VIP", " fair ", "", "vip"])
    };
    let made =
        add(&world, &home.owner, by_hand(person("anna@example.com", &[("seats", "12,5")]), start)).await.unwrap();
    let lead = read(&world, &home.owner, made).await;
    let tags: Vec<String> = lead.tags.iter().map(ToString::to_string).collect();
    assert_eq!((tags.as_slice(), lead.owner), (&["fair".to_owned(), "VIP".to_owned()][..], Some(mika.user)));
    assert_eq!(lead.properties.get(seats.id), Some(&PropertyValue::Number(12.5.try_into().unwrap())));
    let pipelines = world.app.leads.stages(&home.owner.actor).await.unwrap();
    assert_eq!(lead.stage, pipelines.get(pipeline).unwrap().entry().unwrap().id);
    world.work().await;
    assert_eq!(told(&world, &mika).await, [NotificationKind::Assignment]);
    assert_eq!((told(&world, &home.owner).await, told(&world, &vera).await), (vec![], vec![NotificationKind::NewLead]));
}

#[tokio::test]
async fn an_owner_who_does_not_want_to_hear_of_assignments_hears_of_a_new_lead() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mika = world.join(&home, "mika@north.example", &[Role::Agent]).await;
    let wishes = Wishes::default().with(NotificationKind::Assignment, Choice::Off);
    world.app.notifications.choose(&mika.actor, &wishes).await.unwrap();
    let start = given(FirstOwner::Member(mika.user));
    add(&world, &home.owner, by_hand(person("anna@example.com", &[]), start)).await.unwrap();
    world.work().await;
    assert_eq!(told(&world, &mika).await, [NotificationKind::NewLead]);
}

#[tokio::test]
async fn all_faults_of_a_new_lead_are_told_at_once_and_nothing_is_made() {
    let world = World::new().await;
    let home = world.found("North").await;
    seats(&world, &home.owner).await;
    let none = nobody().1.0;
    let wrong = || LeadStart {
        owner: FirstOwner::Member(UserId(none)),
        pipeline: Some(PipelineId(none)),
        ..tagged(&["x".repeat(41).as_str()])
    };
    let written = || person("nobody", &[("seats", "many"), ("chairs", "4")]);
    let outcomes = [
        world.app.leads.add(&home.owner.actor, by_hand(written(), wrong())).await.map(|_| ()),
        world.app.leads.create(&home.owner.actor, by_program(written(), wrong())).await.map(|_| ()),
    ];
    let expected = ["email", "properties.chairs", "properties.seats", "tags", "pipeline", "owner"];
    for outcome in outcomes {
        let Err(Error::Invalid(faults)) = outcome else { panic!("it has faults: {outcome:?}") };
        let fields: BTreeSet<&str> = faults.iter().map(|fault| &*fault.field).collect();
        assert_eq!(fields, BTreeSet::from(expected), "{faults}");
    }
    assert_eq!(world.leads(&home).await.len(), 0);
}

#[tokio::test]
async fn rls_13_an_agent_gives_a_new_lead_to_nobody_beyond_their_reach() {
    let world = World::new().await;
    let home = world.found("North").await;
    let south = world.found("South").await;
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    for beyond in [home.owner.user, south.owner.user] {
        let wish = by_hand(person("anna@example.com", &[]), given(FirstOwner::Member(beyond)));
        let refused = add(&world, &agent, wish).await.unwrap_err();
        assert!(matches!(refused, Error::Rule(Broken::Assignment)), "{refused:?}");
    }
    let foreign = by_hand(person("anna@example.com", &[]), given(FirstOwner::Member(south.owner.user)));
    let refused = add(&world, &home.owner, foreign).await.unwrap_err();
    assert!(matches!(refused, Error::Invalid(_)), "RLS-10: {refused:?}");
    assert_eq!(world.leads(&home).await.len(), 0);
    let choices = [
        ("maker@example.com", FirstOwner::Maker, Some(agent.user)),
        ("self@example.com", FirstOwner::Member(agent.user), Some(agent.user)),
        ("queue@example.com", FirstOwner::Nobody, None),
    ];
    for (email, owner, expected) in choices {
        let made = add(&world, &agent, by_hand(person(email, &[]), given(owner))).await.unwrap();
        assert_eq!(read(&world, &agent, made).await.owner, expected, "{email}");
    }
}

#[tokio::test]
async fn a_person_who_is_known_keeps_owner_and_pipeline_and_gets_what_is_new() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mika = world.join(&home, "mika@north.example", &[Role::Agent]).await;
    let seats = seats(&world, &home.owner).await;
    let pipeline = world.app.pipelines.make(&home.owner.actor, "Partners").await.unwrap();
    let first = by_program(person("anna@example.com", &[("seats", "3")]), tagged(&["VIP"]));
    let first = create(&world, &home.owner, first).await;
    let before = read(&world, &home.owner, first.lead).await;
    let start =
        LeadStart { pipeline: Some(pipeline), owner: FirstOwner::Member(mika.user), ..tagged(&["vip", "Fair"]) };
    let again = by_program(person("anna@example.com", &[("seats", "9")]), start);
    let again = create(&world, &home.owner, again).await;
    assert_eq!((again.lead, again.is_new, again.version), (first.lead, false, 2));
    let after = read(&world, &home.owner, first.lead).await;
    assert_eq!((after.owner, after.stage), (Some(home.owner.user), before.stage));
    assert_eq!(after.tags.iter().map(ToString::to_string).collect::<Vec<_>>(), ["Fair", "VIP"]);
    assert_eq!(after.properties.get(seats.id), before.properties.get(seats.id), "what is known stays");
}

#[tokio::test]
async fn a_program_chooses_what_becomes_of_a_person_who_is_known() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = create(&world, &home.owner, named("Anna Berg", "anna@berg.example", IfKnown::Refuse)).await;
    assert!(anna.is_new, "nobody was known");
    for (email, likeness) in
        [("ANNA@berg.example", vec![Likeness::Email, Likeness::Name]), ("a.berg@berg.example", vec![Likeness::Name])]
    {
        let alike = refused(&world, &home.owner, named("anna berg", email, IfKnown::Refuse)).await;
        assert_eq!(alike, [(anna.lead, likeness)], "{email}");
    }
    assert_eq!((world.leads(&home).await.len(), read(&world, &home.owner, anna.lead).await.version), (1, 1));
    let stranger = create(&world, &home.owner, named("Anna Berg", "anna@elsewhere.example", IfKnown::Refuse)).await;
    assert!(stranger.is_new, "a name alone says nothing");

    let appended = create(&world, &home.owner, named("Anna Berg", "anna@berg.example", IfKnown::Append)).await;
    assert_eq!((appended.lead, appended.is_new), (anna.lead, false));
    let alike = create(&world, &home.owner, named("Anna Berg", "a.berg@berg.example", IfKnown::Append)).await;
    assert!(alike.is_new, "who only may be the same person gets nothing");
    let another = create(&world, &home.owner, named("Anna Berg", "anna@berg.example", IfKnown::AlwaysNew)).await;
    assert!(another.is_new && another.lead != anna.lead);
    assert_eq!(world.leads(&home).await.len(), 4);

    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    let beyond = create(&world, &agent, named("Anna Berg", "anna@berg.example", IfKnown::Refuse)).await;
    assert!(beyond.is_new, "RLS-13: another's leads are not told");
}

#[tokio::test]
async fn of_two_who_make_the_same_person_at_once_the_second_is_told_of_the_first() {
    let world = World::new().await;
    let home = world.found("North").await;
    let wish = |name: &str| named(name, "anna@berg.example", IfKnown::Refuse);
    let actor = &home.owner.actor;
    let (one, other) =
        tokio::join!(world.app.leads.create(actor, wish("Anna Berg")), world.app.leads.create(actor, wish("A. Berg")));
    let outcomes = [one.unwrap(), other.unwrap()];
    let made = outcomes.iter().filter(|outcome| matches!(outcome, Created::Kept(made) if made.is_new));
    assert_eq!((made.count(), world.leads(&home).await.len()), (1, 1), "{outcomes:?}");
}
