//! People who did not give their data themselves are told of it within a month, or at the first contact (PRV-6).

use jiff::{SignedDuration, ToSpan, civil::Date, tz::TimeZone};
use qualify_domain::{
    access::Role,
    api_key::{KeyScope, KeyWish, USUAL_DAYS},
    form::LegalBasis,
    id::LeadId,
    person::WrittenPerson,
    submission::Attribution,
    text::Name,
};
use qualify_usecases::{CreateLead, Error, IfKnown, LeadStart, NoteKind, NoteLead, Untold, origin};
use secrecy::ExposeSecret;

use crate::world::{Home, World, from};

fn by_program(email: &str) -> CreateLead {
    CreateLead {
        person: WrittenPerson { email: email.to_owned(), ..WrittenPerson::default() },
        message: String::new(),
        legal_basis: LegalBasis::LegitimateInterest,
        attribution: Attribution::default(),
        start: LeadStart::default(),
        if_known: IfKnown::default(),
        key: None,
    }
}

/// A program makes a lead: nobody was asked themselves.
async fn made(world: &World, home: &Home, email: &str) -> LeadId {
    world.app.leads.create(&home.owner.actor, by_program(email)).await.unwrap();
    let made = world.leads(home).await.into_iter().find(|row| row.email.as_deref() == Some(email)).unwrap().id;
    world.sql("UPDATE leads SET source = 'import', source_import_id = organization_id, form_id = NULL").await;
    made
}

async fn untold(world: &World, home: &Home) -> Vec<Untold> {
    world.app.informings.list(&home.owner.actor).await.unwrap().batches
}

fn today(world: &World) -> Date {
    TimeZone::get("Europe/Paris").unwrap().to_datetime(world.ports.clock.now()).date()
}

async fn tell(world: &World, home: &Home, untold: &Untold, told_on: Date) -> Result<(), Error> {
    world.app.informings.tell(&home.owner.actor, &origin(&untold.batch), untold.batch.day, told_on).await
}

#[tokio::test]
async fn prv_6_people_of_an_import_wait_to_be_told_for_a_month_and_are_settled_by_a_member() {
    let world = World::new().await;
    let home = world.found("North").await;
    made(&world, &home, "anna@example.com").await;
    let day = today(&world);
    let waiting = untold(&world, &home).await;
    assert_eq!(waiting.len(), 1);
    assert_eq!((waiting[0].batch.leads, waiting[0].batch.day, waiting[0].is_late), (1, day, false));
    assert_eq!(waiting[0].batch.due_on(), day.saturating_add(1.month()));
    world.clock.advance(SignedDuration::from_hours(24 * 33));
    assert!(untold(&world, &home).await[0].is_late);
    for wrong in [day.saturating_sub(1.day()), today(&world).saturating_add(1.day())] {
        assert!(matches!(tell(&world, &home, &waiting[0], wrong).await, Err(Error::Invalid(_))), "{wrong}");
    }
    let viewer = world.join(&home, "viewer@north.example", &[Role::Viewer]).await.actor;
    let refused = world.app.informings.tell(&viewer, &origin(&waiting[0].batch), day, day).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    tell(&world, &home, &waiting[0], day).await.unwrap();
    assert_eq!(untold(&world, &home).await.len(), 0);
    assert!(matches!(tell(&world, &home, &waiting[0], day).await, Err(Error::NotFound(_))), "once");
}

#[tokio::test]
async fn prv_6_a_call_or_a_mail_tells_it_and_a_note_does_not() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = made(&world, &home, "anna@example.com").await;
    for (kind, left) in [(NoteKind::Note, 1), (NoteKind::Call, 0)] {
        let note = NoteLead { text: "We keep your data.".parse().unwrap(), kind };
        world.app.leads.note(&home.owner.actor, lead, note).await.unwrap();
        assert_eq!(untold(&world, &home).await.len(), left, "{kind:?}");
    }
}

#[tokio::test]
async fn prv_6_who_filled_a_form_was_told_by_its_notice() {
    let world = World::new().await;
    let (home, other) = (world.found("North").await, world.found("South").await);
    made(&world, &home, "anna@example.com").await;
    assert_eq!(untold(&world, &other).await.len(), 0, "another organization's people are its own");
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    world.work().await;
    assert_eq!(untold(&world, &home).await.len(), 0);
}

#[tokio::test]
async fn prv_6_what_a_program_made_is_known_by_its_key_and_waits_to_be_told() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (name, scopes) = (Name::parse("Website").unwrap(), KeyScope::ALL.to_vec());
    let wish = KeyWish { name, role: Role::Manager, scopes, days: USUAL_DAYS };
    let key = world.app.api_keys.make(&home.owner.actor, wish).await.unwrap();
    let program = world.app.access.program(key.secret.expose_secret()).await.unwrap().unwrap();
    world.app.leads.create(&program.actor, by_program("anna@example.com")).await.unwrap();
    let waiting = untold(&world, &home).await;
    assert_eq!((waiting.len(), waiting[0].batch.source.key()), (1, Some(key.key.id)));
}

/// Lets the clock show that moment, and does what is due then.
async fn mails_at(world: &World, day: Date, seconds: i64) -> Vec<(String, String)> {
    let paris = TimeZone::get("Europe/Paris").unwrap();
    let moment = paris.to_timestamp(day.at(0, 0, 0, 0)).unwrap() + SignedDuration::from_secs(seconds);
    world.clock.advance(moment.duration_since(world.ports.clock.now()));
    let mut mails: Vec<_> = world.work().await.into_iter().map(|mail| (mail.to.to_string(), mail.subject)).collect();
    mails.sort();
    mails
}

#[tokio::test]
async fn prv_6_owners_and_privacy_officers_are_reminded_a_week_before_and_when_it_is_late_and_nobody_twice() {
    let world = World::new().await;
    let (home, other) = (world.found("North").await, world.found("South").await);
    world.join(&home, "officer@north.example", &[Role::PrivacyOfficer]).await;
    world.join(&home, "agent@north.example", &[Role::Agent]).await;
    world.lead(&other, "bert@example.com").await;
    made(&world, &home, "anna@example.com").await;
    world.work().await;
    let due = today(&world).saturating_add(1.month());
    let (soon, late) = (due.saturating_sub(7.days()), due.tomorrow().unwrap());
    let none: [(String, String); 0] = [];
    assert_eq!(mails_at(&world, soon, -30).await, none, "not yet a week before");
    let told = mails_at(&world, soon, 1).await;
    let to: Vec<_> = told.iter().map(|(to, _)| &**to).collect();
    assert_eq!(to, ["officer@north.example", "owner@north.example"]);
    assert!(told[0].1.starts_with("Des personnes à informer d’ici au "), "{}", told[0].1);
    assert!(told[1].1.starts_with("Tell people by "), "{}", told[1].1);
    assert_eq!(mails_at(&world, soon, 60).await, none, "once");
    assert_eq!(mails_at(&world, late, -30).await, none, "the last day is in time to its end");
    let told = mails_at(&world, late, 1).await;
    let said: Vec<_> = told.iter().map(|(_, subject)| &**subject).collect();
    assert_eq!(
        said,
        [
            "Des personnes n’ont pas été informées à temps",
            "It is too late to tell people in time that you keep their data"
        ]
    );
    assert_eq!(mails_at(&world, late.saturating_add(30.days()), 0).await, none, "once");
}

#[tokio::test]
async fn prv_6_two_workers_that_look_at_once_remind_nobody_twice() {
    let world = World::new().await;
    let home = world.found("North").await;
    made(&world, &home, "anna@example.com").await;
    world.work().await;
    world.clock.advance(SignedDuration::from_hours(24 * 40));
    let (one, two) = tokio::join!(world.work(), world.work());
    assert_eq!(one.len() + two.len(), 1);
}

#[tokio::test]
async fn prv_6_nobody_is_reminded_of_those_who_were_told_in_time() {
    let world = World::new().await;
    let home = world.found("North").await;
    made(&world, &home, "anna@example.com").await;
    world.work().await;
    let waiting = untold(&world, &home).await;
    tell(&world, &home, &waiting[0], today(&world)).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(24 * 40));
    assert!(world.work().await.is_empty());
}

#[tokio::test]
async fn prv_6_members_are_reminded_of_who_comes_after_people_that_nobody_told() {
    let world = World::new().await;
    let home = world.found("North").await;
    made(&world, &home, "anna@example.com").await;
    world.work().await;
    world.clock.advance(SignedDuration::from_hours(24 * 40));
    assert_eq!(world.work().await.len(), 1, "it is too late for Anna");
    made(&world, &home, "carl@example.com").await;
    world.work().await;
    let soon = today(&world).saturating_add(1.month()).saturating_sub(7.days());
    assert_eq!(mails_at(&world, soon, 1).await.len(), 1, "and in time for Carl");
}

/// So many people of one file, who came in at one moment.
const MANY: &str =
    "INSERT INTO leads (organization_id, id, version, email, stage_id, legal_basis, first_touch, last_touch,
        created_at, last_submission_at, stage_entered_at, last_activity_at, rank, source, source_import_id)
    SELECT l.organization_id, gen_random_uuid(), 1, 'p' || n || '@example.com', l.stage_id, l.legal_basis, '{}', '{}',
        l.created_at, l.created_at, l.created_at, l.created_at, '8', 'import', l.source_import_id
    FROM leads AS l, generate_series(1, 10049) AS n";

#[tokio::test]
async fn prv_6_a_great_many_people_are_counted_within_a_bound_and_settled_in_pieces() {
    let world = World::new().await;
    let home = world.found("North").await;
    made(&world, &home, "anna@example.com").await;
    world.sql(MANY).await;
    let day = today(&world);
    let list = world.app.informings.list(&home.owner.actor).await.unwrap();
    assert!(list.is_cut && list.batches[0].is_cut);
    assert_eq!((list.batches.len(), list.batches[0].batch.leads), (1, 10_000));
    tell(&world, &home, &list.batches[0], day).await.unwrap();
    assert_eq!(world.rows("SELECT count(*) FROM leads WHERE informed_on IS NULL").await, 0, "also who was not counted");
    let list = world.app.informings.list(&home.owner.actor).await.unwrap();
    assert!(list.batches.is_empty() && !list.is_cut);
}

#[tokio::test]
async fn prv_6_whoever_waits_behind_a_great_many_who_were_called_is_found() {
    let world = World::new().await;
    let home = world.found("North").await;
    made(&world, &home, "anna@example.com").await;
    world.sql(MANY).await;
    world
        .sql(
            "INSERT INTO activities (organization_id, id, lead_id, at, kind, note)
            SELECT organization_id, gen_random_uuid(), id, created_at, 'called', 'Told'
            FROM leads ORDER BY created_at, id LIMIT 10020",
        )
        .await;
    let list = world.app.informings.list(&home.owner.actor).await.unwrap();
    assert_eq!(list.batches.iter().map(|one| one.batch.leads).collect::<Vec<_>>(), [30]);
    assert!(!list.is_cut);
}
