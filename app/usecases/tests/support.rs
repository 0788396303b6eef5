//! Access for support: nobody comes in whom no owner let in, and whoever does only looks, and is seen (PRV-11).

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::{Forbidden, Role},
    audit::{AuditActor, EntryFilter, Target},
    support::{LINK_LIFE, SupportError},
    text::Message,
};
use qualify_ports::time::Clock;
use qualify_usecases::{App, AuditWalk, Broken, Error, ListLeads, NoteKind, NoteLead, OpenSupport, Ports, SignedIn};
use secrecy::ExposeSecret;

use crate::world::{Home, World};

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A clock that stands still.
struct Stopped(Mutex<Timestamp>);

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// The product by a clock that stands still, and that clock.
fn stopped(world: &World) -> (App, Arc<Stopped>) {
    // At a whole second: the database keeps no nanoseconds.
    let second = Timestamp::from_second(world.ports.clock.now().as_second()).unwrap();
    let clock = Arc::new(Stopped(Mutex::new(second)));
    (App::new(&Ports { clock: clock.clone(), ..world.ports.clone() }), clock)
}

fn wish(hours: u8) -> OpenSupport {
    OpenSupport { hours, reason: Message::parse("The list of leads stays empty").unwrap() }
}

async fn link(app: &App, home: &Home) -> String {
    app.support.invite(&home.id.to_string()).await.unwrap().link.expose_secret().to_owned()
}

/// The secret of somebody who came in.
async fn enter(app: &App, home: &Home) -> String {
    app.support.enter(&link(app, home).await).await.unwrap().session.expose_secret().to_owned()
}

async fn inside(app: &App, session: &str, looks_at: Option<Target>) -> Option<SignedIn> {
    app.support.inside(session, looks_at).await.unwrap()
}

fn is_over<T>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(Error::Rule(Broken::LinkOver)))
}

/// What the trail tells that was done by whom and to what, the oldest first.
async fn told(world: &World, home: &Home) -> Vec<(String, String, Option<Target>, Vec<String>)> {
    let page = world.app.audit.list(&home.owner.actor, &EntryFilter::default(), None).await.unwrap();
    let entries = page.entries.items.iter().rev();
    entries.map(|one| (one.actor_kind.clone(), one.action.clone(), one.on(), one.changes.clone())).collect()
}

#[tokio::test]
async fn prv_11_without_a_grant_whoever_runs_the_installation_is_given_no_link() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let refused = async |whose: &str| {
        let answer = world.app.support.invite(whose).await;
        matches!(answer, Err(Error::Rule(Broken::NotOpenToSupport)))
    };
    let (id, nobodys) = (north.id.to_string(), uuid::Uuid::from_u128(7).to_string());
    for whose in ["north", &id, "nobody", &nobodys, "", "north'; --"] {
        assert!(refused(whose).await, "{whose}");
    }
    world.app.support.open(&north.owner.actor, wish(2)).await.unwrap();
    assert!(world.app.support.invite("north").await.is_ok() && world.app.support.invite(&id).await.is_ok());
    assert!(refused("south").await && refused(&south.id.to_string()).await, "a grant opens its own organization");
    world.app.support.end(&north.owner.actor).await.unwrap();
    assert!(refused("north").await && refused(&id).await);
    world.app.support.open(&north.owner.actor, wish(1)).await.unwrap();
    world.clock.advance(HOUR);
    assert!(refused("north").await);
}

#[tokio::test]
async fn prv_11_only_owners_open_it_for_1_to_24_hours_and_one_at_a_time() {
    let world = World::new().await;
    let home = world.found("North").await;
    for role in [Role::Admin, Role::Manager, Role::Agent, Role::Viewer, Role::PrivacyOfficer, Role::Billing] {
        let member = world.join(&home, &format!("{role}@north.example"), &[role]).await.actor;
        assert!(matches!(world.app.support.open(&member, wish(1)).await, Err(Error::Forbidden(_))), "{role}");
        assert!(matches!(world.app.support.end(&member).await, Err(Error::Forbidden(_))), "{role}");
        assert!(matches!(world.app.support.list(&member).await, Err(Error::Forbidden(_))), "{role}");
    }
    let owner = &home.owner.actor;
    let refused = |answer, why| matches!(answer, Err(Error::Rule(Broken::Support(error))) if error == why);
    for hours in [0, 25] {
        assert!(refused(world.app.support.open(owner, wish(hours)).await, SupportError::Hours));
    }
    assert!(refused(world.app.support.end(owner).await.map(|()| unreachable!()), SupportError::Over));
    world.app.support.open(owner, wish(24)).await.unwrap();
    assert!(refused(world.app.support.open(owner, wish(1)).await, SupportError::Open));
    world.app.support.end(owner).await.unwrap();
    world.app.support.open(owner, wish(1)).await.unwrap();
}

#[tokio::test]
async fn prv_11_of_two_owners_who_open_it_at_once_one_does() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (support, owner) = (&world.app.support, &home.owner.actor);
    let (one, two) = tokio::join!(support.open(owner, wish(2)), support.open(owner, wish(3)));
    assert_eq!([&one, &two].iter().filter(|opened| opened.is_ok()).count(), 1, "{one:?} {two:?}");
    assert_eq!(support.list(owner).await.unwrap().grants.len(), 1);
}

#[tokio::test]
async fn prv_11_a_link_works_once_and_for_five_minutes() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let (app, clock) = stopped(&world);
    app.support.open(&north.owner.actor, wish(2)).await.unwrap();
    let made = clock.now();
    let (used, late) = (link(&app, &north).await, link(&app, &north).await);
    *clock.0.lock().unwrap() = made + LINK_LIFE - SECOND;
    let (_, secret) = used.split_once('.').unwrap();
    for wrong in [secret, &format!("{}.{secret}", south.id), &format!("{}.", north.id), "", "."] {
        assert!(is_over(&app.support.look(wrong).await) && is_over(&app.support.enter(wrong).await), "{wrong}");
    }
    let door = app.support.look(&used).await.unwrap();
    assert_eq!((&*door.organization, &*door.reason), ("North", "The list of leads stays empty"));
    assert!(app.support.look(&used).await.is_ok(), "looking uses nothing up");
    let answers = tokio::join!(app.support.enter(&used), app.support.enter(&used));
    assert_eq!([&answers.0, &answers.1].iter().filter(|answer| answer.is_ok()).count(), 1, "one of two at once");
    assert!(is_over(&app.support.enter(&used).await) && is_over(&app.support.look(&used).await));
    assert!(app.support.look(&late).await.is_ok());
    *clock.0.lock().unwrap() = made + LINK_LIFE;
    assert!(is_over(&app.support.look(&late).await) && is_over(&app.support.enter(&late).await));
    let last = link(&app, &north).await;
    app.support.end(&north.owner.actor).await.unwrap();
    assert!(is_over(&app.support.look(&last).await) && is_over(&app.support.enter(&last).await));
}

#[tokio::test]
async fn prv_11_what_a_link_opens_ends_with_the_grant_to_the_second() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (app, clock) = stopped(&world);
    let opened = clock.now();
    app.support.open(&home.owner.actor, wish(24)).await.unwrap();
    let link = link(&app, &home).await;
    let entered = app.support.enter(&link).await.unwrap();
    assert_eq!(entered.seconds, 24 * 3600, "the browser forgets it then, too");
    let session = entered.session.expose_secret();
    *clock.0.lock().unwrap() = opened + HOUR * 24 - SECOND;
    assert!(inside(&app, session, None).await.is_some());
    *clock.0.lock().unwrap() = opened + HOUR * 24;
    assert!(inside(&app, session, None).await.is_none());
}

#[tokio::test]
async fn prv_11_an_owner_ends_it_at_once_and_support_leaves_by_itself() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let app = &world.app;
    app.support.open(&north.owner.actor, wish(2)).await.unwrap();
    let (first, second) = (enter(app, &north).await, enter(app, &north).await);
    app.support.leave(&first).await.unwrap();
    assert!(inside(app, &first, None).await.is_none());
    assert!(inside(app, &second, None).await.is_some());
    let (_, secret) = second.split_once('.').unwrap();
    for wrong in [secret.to_owned(), format!("{}.{secret}", south.id), format!("{}.", north.id)] {
        assert!(inside(app, &wrong, None).await.is_none(), "{wrong}");
    }
    app.support.end(&north.owner.actor).await.unwrap();
    assert!(inside(app, &second, None).await.is_none());
    app.support.open(&north.owner.actor, wish(2)).await.unwrap();
    assert!(inside(app, &second, None).await.is_none(), "another grant lets nobody in who came by an earlier one");
}

#[tokio::test]
async fn prv_11_support_only_looks() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    let app = &world.app;
    app.support.open(&home.owner.actor, wish(2)).await.unwrap();
    let session = enter(app, &home).await;
    let support = inside(app, &session, None).await.unwrap().actor;
    assert_eq!(app.leads.list(&support, &ListLeads::default()).await.unwrap().leads.items.len(), 1);
    assert_eq!(app.leads.open(&support, lead.id).await.unwrap().lead.id, lead.id);
    assert_eq!(app.forms.list(&support).await.unwrap().len(), 1);
    let note = NoteLead { text: Message::parse("Hello").unwrap(), kind: NoteKind::Note };
    let forbidden: [(&str, Result<(), Error>); 7] = [
        ("a note", app.leads.note(&support, lead.id, note).await),
        ("the copy of a person", app.person_copy.of_leads(&support, &[lead.id]).await.map(drop)),
        ("the trail", app.audit.list(&support, &EntryFilter::default(), None).await.map(drop)),
        ("the members", app.members.people(&support).await.map(drop)),
        ("what was opened", app.support.list(&support).await.map(drop)),
        ("another day", app.support.open(&support, wish(24)).await.map(drop)),
        ("holds", app.holds.list(&support).await.map(drop)),
    ];
    for (what, answer) in forbidden {
        assert!(matches!(answer, Err(Error::Forbidden(Forbidden(_)))), "{what}");
    }
    assert!(inside(app, &session, None).await.unwrap().actor.user().is_none(), "they are no member");
}

#[tokio::test]
async fn prv_11_each_look_is_in_the_trail_of_the_organization_and_each_step_before() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await.id;
    let app = &world.app;
    let grant = Target::SupportGrant(app.support.open(&home.owner.actor, wish(2)).await.unwrap());
    let session = enter(app, &home).await;
    let support = inside(app, &session, Some(Target::Lead(lead))).await.unwrap();
    app.leads.open(&support.actor, lead).await.unwrap();
    let support = inside(app, &session, None).await.unwrap();
    app.leads.list(&support.actor, &ListLeads::default()).await.unwrap();
    app.forms.list(&support.actor).await.unwrap();
    app.support.leave(&session).await.unwrap();
    let told = told(&world, &home).await;
    let at = |kind: &str, action: &str, target, change: &str| {
        let changes = if change.is_empty() { Vec::new() } else { vec![change.to_owned()] };
        let entry = (kind.to_owned(), action.to_owned(), target, changes);
        told.iter().position(|known| *known == entry).unwrap_or_else(|| unreachable!("{entry:?} in {told:#?}"))
    };
    let steps = [
        at("member", "grant_support", Some(grant), "new"),
        at("product", "serve_support", Some(grant), "link"),
        at("product", "serve_support", Some(grant), "entered"),
        at("support", "read_leads", Some(Target::Lead(lead)), ""),
        at("support", "read_leads", None, ""),
        at("support", "read_forms", None, ""),
        at("product", "serve_support", Some(grant), "left"),
    ];
    assert!(steps.is_sorted(), "{steps:?}");
    let page = app.audit.list(&home.owner.actor, &EntryFilter::default(), None).await.unwrap();
    let look = page.entries.items.iter().find(|entry| entry.actor_kind == "support").unwrap();
    let Target::SupportGrant(id) = grant else { unreachable!("it is one") };
    assert_eq!(look.who(), Some(AuditActor::Support(id)), "by the grant that let them in");
    let walk = AuditWalk::new(world.ports.storage.clone(), qualify_crypto::sha256);
    assert!(walk.verify(home.id).await.unwrap().found.is_ok(), "the chain is whole");
}

#[tokio::test]
async fn prv_11_what_cannot_be_kept_in_the_trail_is_not_seen() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.app.support.open(&home.owner.actor, wish(2)).await.unwrap();
    let session = enter(&world.app, &home).await;
    let support = inside(&world.app, &session, None).await.unwrap();
    world.sql("REVOKE EXECUTE ON FUNCTION append_audit FROM qualify_app").await;
    let answer = world.app.leads.list(&support.actor, &ListLeads::default()).await;
    assert!(matches!(answer, Err(Error::Failed(_))));
    assert!(world.app.leads.list(&home.owner.actor, &ListLeads::default()).await.is_ok(), "members look without");
}

#[tokio::test]
async fn prv_11_members_see_that_it_is_open_and_that_somebody_is_in() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let seen = async |email: &str| world.sign_in(email).await.support;
    world.join(&north, "viewer@north.example", &[Role::Viewer]).await;
    assert_eq!(seen("viewer@north.example").await, None);
    world.app.support.open(&north.owner.actor, wish(2)).await.unwrap();
    let open = seen("viewer@north.example").await.unwrap();
    assert_eq!(open.since, None);
    assert_eq!(seen("owner@south.example").await, None, "{}", south.id);
    let session = enter(&world.app, &north).await;
    let came = seen("viewer@north.example").await.unwrap();
    assert!(came.until == open.until && came.since.is_some());
    world.app.support.leave(&session).await.unwrap();
    assert_eq!(seen("viewer@north.example").await, Some(open));
    world.app.support.end(&north.owner.actor).await.unwrap();
    assert_eq!(seen("viewer@north.example").await, None);
    let kept = world.app.support.list(&north.owner.actor).await.unwrap().grants;
    let [(grant, visits)] = &kept[..] else { unreachable!("one was opened") };
    assert_eq!((grant.author, grant.ended.map(|(_, by)| by)), (north.owner.user, Some(north.owner.user)));
    assert!(visits[0].begun_at.is_some() && visits[0].left_at.is_some());
}

#[tokio::test]
async fn what_was_opened_goes_twelve_months_after_its_end() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.app.support.open(&home.owner.actor, wish(2)).await.unwrap();
    enter(&world.app, &home).await;
    let (grant, _) = world.app.support.list(&home.owner.actor).await.unwrap().grants.remove(0);
    let rows = "SELECT (SELECT count(*) FROM support_grants) + (SELECT count(*) FROM support_visits)";
    world.clock.set(grant.kept_until() - SignedDuration::from_mins(1));
    world.sweep().await;
    assert_eq!(world.rows(rows).await, 2);
    world.clock.set(grant.kept_until());
    world.sweep().await;
    assert_eq!(world.rows(rows).await, 0);
}
