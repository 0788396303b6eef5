//! Breaches of personal data: every one is logged, and whoever is concerned is told in time.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::Role,
    breach::{BreachError, CNIL_WITHIN, Incident, KEPT_YEARS, ORGANIZATIONS_WITHIN},
    id::BreachId,
    retention::months_after,
    text::Message as Words,
};
use qualify_ports::{
    mailer::{MailError, Message},
    storage::{Concerned, OverdueBreaches},
};
use qualify_system::Uuidv7;
use qualify_usecases::{Broken, Error, LogBreach, ServiceBreaches};

use crate::world::{MockMailer, World};

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn words(text: &str) -> Words {
    Words::parse(text).unwrap()
}

fn noticed(aware_at: Timestamp) -> LogBreach {
    let incident = Incident {
        happened: words("A backup lay open."),
        categories: words("Leads: names and addresses"),
        people: Some(1_200),
        effects: words("Unwanted mail"),
        measures: words("It was taken away."),
    };
    LogBreach { incident, aware_at }
}

/// The operator's log.
fn operator(world: &World) -> ServiceBreaches {
    ServiceBreaches::new(world.ports.storage.clone(), world.clock.clone(), Arc::new(Uuidv7))
}

/// By the clock of the world, as the storage keeps it.
fn now(world: &World) -> Timestamp {
    Timestamp::from_microsecond(world.ports.clock.now().as_microsecond()).unwrap()
}

async fn overdue(world: &World) -> (u64, u64, u64) {
    let OverdueBreaches { of_service, of_organizations, untold } = world.app.breaches.overdue().await.unwrap();
    (of_service, of_organizations, untold)
}

/// To whom mails about breaches went.
fn told(mails: &[Message]) -> Vec<String> {
    let about = mails.iter().filter(|mail| mail.text.contains("/privacy/breaches"));
    let mut told: Vec<_> = about.map(|mail| mail.to.to_string()).collect();
    told.sort();
    told
}

fn broken(error: &Error) -> Option<BreachError> {
    if let Error::Rule(Broken::Breach(error)) = error { Some(*error) } else { None }
}

#[tokio::test]
async fn prv_8_who_answers_for_a_concerned_organization_is_told_at_once_and_nobody_else() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    world.join(&north, "priya@north.example", &[Role::PrivacyOfficer]).await;
    world.join(&north, "ada@north.example", &[Role::Admin]).await;
    let aware = now(&world) - HOUR;
    let log = operator(&world);
    let (id, named) = log.log(noticed(aware), &Concerned::These(vec![north.id])).await.unwrap();
    assert_eq!((named.known, named.added), (1, 1));

    let mails = world.work().await;
    assert_eq!(told(&mails), ["owner@north.example", "priya@north.example"]);
    let french = mails.iter().find(|mail| mail.to.to_string() == "priya@north.example").unwrap();
    for said in ["A backup lay open.", "Leads: names and addresses", "1200", "Unwanted mail", "It was taken away."] {
        assert!(
            mails.iter().filter(|mail| mail.text.contains("/privacy/breaches")).all(|mail| mail.text.contains(said))
        );
    }
    assert!(french.subject.contains("violation"), "{}", french.subject);

    let seen = world.app.breaches.list(&north.owner.actor).await.unwrap().of_service;
    assert_eq!((seen.len(), seen[0].breach.id, seen[0].breach.aware_at), (1, id, aware));
    assert!(seen[0].told_at.is_some_and(|at| at < seen[0].breach.organizations_due_at()));
    assert!(world.app.breaches.list(&south.owner.actor).await.unwrap().of_service.is_empty(), "another's");
    let theirs = world.app.breaches.open(&south.owner.actor, id).await.unwrap_err();
    assert!(matches!(theirs, Error::NotFound("breach")), "{theirs:?}");

    let named = log.concern(id, &Concerned::All).await.unwrap();
    assert_eq!((named.known, named.added), (2, 1), "nobody is told twice");
    assert_eq!(told(&world.work().await), ["owner@south.example"]);
    let count = log.open(id).await.unwrap().count;
    assert_eq!((count.concerned, count.told), (2, 2));
}

#[tokio::test]
async fn prv_8_a_breach_that_names_an_unknown_organization_is_not_half_logged() {
    let world = World::new().await;
    let north = world.found("North").await;
    let log = operator(&world);
    let unknown = world.ports.ids.next();
    let refused = log.log(noticed(now(&world)), &Concerned::These(vec![north.id, unknown])).await.unwrap_err();
    assert!(matches!(refused, Error::NotFound("organization")), "{refused:?}");
    assert!(log.list().await.unwrap().is_empty() && told(&world.work().await).is_empty());
    let early = log.log(noticed(now(&world) + HOUR), &Concerned::All).await.unwrap_err();
    assert_eq!(broken(&early), Some(BreachError::NotThen));

    let (id, named) = log.log(noticed(now(&world)), &Concerned::These(vec![])).await.unwrap();
    assert_eq!((named.known, named.added), (0, 0));
    assert_eq!(log.list().await.unwrap()[0].breach.id, id, "what concerns nobody is logged too");
    assert!(told(&world.work().await).is_empty());
}

#[tokio::test]
async fn prv_8_what_is_not_told_in_time_is_counted_to_the_second() {
    let world = World::new().await;
    let north = world.found("North").await;
    let aware = now(&world);
    let (log, own) = (operator(&world), &world.app.breaches);
    let (id, _) = log.log(noticed(aware), &Concerned::All).await.unwrap();
    let mine = own.log(&north.owner.actor, noticed(aware)).await.unwrap();
    let mut refusing = MockMailer::new();
    refusing.expect_send().returning(|_| Err(MailError::Unavailable("down".into())));
    world.worker(refusing).drain(&tokio_util::sync::CancellationToken::new()).await.unwrap();
    let until = |moment: Timestamp| world.clock.advance(moment.duration_since(now(&world)));

    // The clock of the world runs on while this is asked: a minute is left.
    until(aware + ORGANIZATIONS_WITHIN - SignedDuration::from_mins(1));
    assert_eq!(overdue(&world).await, (0, 0, 0));
    until(aware + ORGANIZATIONS_WITHIN + SECOND);
    assert_eq!(overdue(&world).await, (0, 0, 1), "a mail that does not go out tells nobody");
    world.work().await;
    assert_eq!(overdue(&world).await, (0, 0, 0));

    until(aware + CNIL_WITHIN - SignedDuration::from_mins(1));
    assert_eq!(overdue(&world).await, (0, 0, 0));
    until(aware + CNIL_WITHIN + SECOND);
    assert_eq!(overdue(&world).await, (1, 1, 0));
    let late = log.tell_cnil(id, now(&world), None).await.unwrap_err();
    assert_eq!(broken(&late), Some(BreachError::NoReasons));
    log.tell_cnil(id, now(&world), Some(words("It was not seen before."))).await.unwrap();
    assert_eq!(overdue(&world).await, (0, 1, 0));
    let late = own.close(&north.owner.actor, mine, None).await.unwrap_err();
    assert_eq!(broken(&late), Some(BreachError::NoReasons));
    own.close(&north.owner.actor, mine, Some(words("The copy was sealed."))).await.unwrap();
    assert_eq!(overdue(&world).await, (0, 0, 0));
}

#[tokio::test]
async fn an_organization_keeps_its_own_log() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let officer = world.join(&north, "priya@north.example", &[Role::PrivacyOfficer]).await;
    let manager = world.join(&north, "mika@north.example", &[Role::Manager]).await;
    let (log, aware) = (&world.app.breaches, now(&world) - HOUR);
    let refused = log.log(&manager.actor, noticed(aware)).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden(_)), "{refused:?}");

    let id = log.log(&officer.actor, noticed(aware)).await.unwrap();
    let later = Incident { people: None, ..noticed(aware).incident };
    log.revise(&north.owner.actor, id, later.clone()).await.unwrap();
    log.tell_cnil(&officer.actor, id, now(&world), Some(words("For nothing"))).await.unwrap();
    log.tell_people(&officer.actor, id, aware).await.unwrap();
    let again = log.tell_people(&officer.actor, id, aware).await.unwrap_err();
    assert_eq!(broken(&again), Some(BreachError::Told));
    log.close(&officer.actor, id, None).await.unwrap();

    let breach = log.open(&north.owner.actor, id).await.unwrap().breach;
    assert_eq!((breach.incident.clone(), breach.author), (later, Some(officer.user)));
    assert_eq!((breach.aware_at, breach.people_told_at), (aware, Some(aware)));
    assert!(breach.cnil.as_ref().is_some_and(|told| told.late_because.is_none()) && breach.closed.is_some());
    assert_eq!(log.list(&officer.actor).await.unwrap().own, [breach]);
    assert!(log.list(&south.owner.actor).await.unwrap().own.is_empty());
    for (actor, id) in [(&south.owner.actor, id), (&north.owner.actor, world.ports.ids.next::<BreachId>())] {
        let missing = log.close(actor, id, None).await.unwrap_err();
        assert!(matches!(missing, Error::NotFound("breach")), "{missing:?}");
    }
}

#[tokio::test]
async fn the_log_of_the_service_is_revised_and_closed() {
    let world = World::new().await;
    let north = world.found("North").await;
    let log = operator(&world);
    let (id, _) = log.log(noticed(now(&world)), &Concerned::All).await.unwrap();
    let revised = |before: Incident| Incident { measures: words("The key was changed."), ..before };
    log.revise(id, revised).await.unwrap();
    let shown = world.app.breaches.list(&north.owner.actor).await.unwrap().of_service;
    assert_eq!(&*shown[0].breach.incident.measures, "The key was changed.");
    log.tell_people(id, now(&world)).await.unwrap();
    log.close(id, Some(words("The copy was sealed."))).await.unwrap();
    assert!(log.open(id).await.unwrap().breach.closed.is_some());
    assert_eq!(broken(&log.revise(id, revised).await.unwrap_err()), Some(BreachError::Closed));
    let missing = log.close(world.ports.ids.next(), None).await.unwrap_err();
    assert!(matches!(missing, Error::NotFound("breach")), "{missing:?}");
}

#[tokio::test]
async fn prv_8_what_is_learnt_later_is_told_once_to_whoever_was_told_before() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    world.join(&north, "priya@north.example", &[Role::PrivacyOfficer]).await;
    let log = operator(&world);
    let (id, _) = log.log(noticed(now(&world)), &Concerned::These(vec![north.id])).await.unwrap();
    // Nobody was told yet: the first mail says all of it.
    let earlier = |before: Incident| Incident { people: Some(1_300), ..before };
    log.revise(id, earlier).await.unwrap();
    let first = world.work().await;
    assert_eq!(told(&first), ["owner@north.example", "priya@north.example"]);
    assert!(first.iter().filter(|mail| mail.text.contains("/privacy/breaches")).all(|mail| mail.text.contains("1300")));

    log.concern(id, &Concerned::These(vec![south.id])).await.unwrap();
    let revised = |before: Incident| Incident { measures: words("The key was changed."), ..before };
    log.revise(id, revised).await.unwrap();
    let mails = world.work().await;
    assert_eq!(told(&mails), ["owner@north.example", "owner@south.example", "priya@north.example"]);
    let more: Vec<_> = mails.iter().filter(|mail| mail.subject.contains("More is known")).collect();
    assert_eq!(more.len(), 1, "South was told all of it at once");
    assert!(more[0].to.starts_with("owner@north") && more[0].text.contains("The key was changed."));
    let french = mails.iter().find(|mail| mail.to.starts_with("priya")).unwrap();
    assert!(
        french.subject.contains("On en sait plus") && french.text.contains("A backup lay open."),
        "{}",
        french.text
    );

    log.revise(id, revised).await.unwrap();
    assert!(told(&world.work().await).is_empty(), "nothing else is known");
}

#[tokio::test]
async fn the_logs_are_kept_for_five_years() {
    let world = World::new().await;
    let north = world.found("North").await;
    operator(&world).log(noticed(now(&world)), &Concerned::All).await.unwrap();
    world.app.breaches.log(&north.owner.actor, noticed(now(&world))).await.unwrap();
    world.work().await;
    let all = "SELECT (SELECT count(*) FROM breaches) + (SELECT count(*) FROM service_breaches)
        + (SELECT count(*) FROM breach_notices)";
    let end = months_after(now(&world), KEPT_YEARS * 12);
    world.clock.advance(end.duration_since(now(&world)) - HOUR);
    world.sweep().await;
    assert_eq!(world.rows(all).await, 3);
    world.clock.advance(HOUR * 2);
    world.sweep().await;
    assert_eq!(world.rows(all).await, 0);
}
