//! Outgoing webhooks: what endpoints are told, how it is signed, what becomes of what they do not take, and that those who
//! were told of a lead are told what became of it.

use std::{collections::BTreeSet, time::Duration};

use jiff::SignedDuration;
use qualify_domain::{
    access::Role,
    erasure::Ground,
    hook::{Answer, DeliveryState, Detail, EndpointState, EndpointWish, HookKind, HookUrl, Obstacle},
    id::{EndpointId, LeadId},
    person::PersonChange,
    restriction,
};
use qualify_ports::hooks::Attempt;
use qualify_usecases::{ChangeLead, Error, NewEndpoint, Seen};
use secrecy::ExposeSecret;

use crate::world::{Home, World, from, willing};

const ANNA: &str = "xylophone@example.com";

fn wish(host: &str, kinds: &[HookKind], detail: Detail) -> EndpointWish {
    EndpointWish { url: HookUrl::parse(&format!("https://{host}/in")).unwrap(), kinds: kinds.to_vec(), detail }
}

async fn make(world: &World, home: &Home, host: &str, kinds: &[HookKind], detail: Detail) -> NewEndpoint {
    world.app.hooks.make(&home.owner.actor, wish(host, kinds, detail)).await.unwrap()
}

/// A lead of somebody who sent a form, of whom everybody who wants to has been told.
async fn lead(world: &World, home: &Home) -> LeadId {
    world.submit(home.form, from(ANNA)).await.unwrap();
    world.work().await;
    world.leads(home).await.remove(0).id
}

/// What was told since, as machine and kind.
fn told(world: &World) -> BTreeSet<(String, String)> {
    world.hooks.take().iter().map(|attempt| (attempt.url.host().to_owned(), kind(attempt))).collect()
}

fn json(attempt: &Attempt) -> serde_json::Value {
    serde_json::from_str(&attempt.body.0).unwrap()
}

fn kind(attempt: &Attempt) -> String {
    json(attempt)["type"].as_str().unwrap().to_owned()
}

fn pairs(all: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    all.iter().map(|(host, kind)| ((*host).to_owned(), (*kind).to_owned())).collect()
}

async fn state(world: &World, home: &Home, id: EndpointId) -> EndpointState {
    world.app.hooks.find(&home.owner.actor, id).await.unwrap().state
}

#[tokio::test]
async fn ret_3_an_endpoint_is_told_what_it_chose_in_ids_or_in_full_and_never_an_address_of_the_network() {
    let world = World::new().await;
    let home = world.found("North").await;
    make(&world, &home, "thin.example.com", &[HookKind::Created], Detail::Thin).await;
    make(&world, &home, "full.example.com", &[HookKind::Created], Detail::Full).await;
    make(&world, &home, "other.example.com", &[HookKind::Moved], Detail::Full).await;
    let lead = lead(&world, &home).await;
    let attempts = world.hooks.take();
    assert_eq!(attempts.len(), 2, "{attempts:?}");
    for attempt in &attempts {
        let (body, is_full) = (json(attempt), attempt.url.host() == "full.example.com");
        assert_eq!(
            (kind(attempt).as_str(), body["data"]["lead_id"].as_str()),
            ("lead.created", Some(&*lead.to_string()))
        );
        assert_eq!(body["data"]["lead"]["email"].as_str(), is_full.then_some(ANNA));
        assert_eq!(attempt.body.0.contains("xylophone"), is_full);
        assert!(!attempt.body.0.contains("192.0.2.7"), "the IP stays here");
    }
    world.work().await;
    assert_eq!(told(&world), pairs(&[]), "once is enough");
}

#[tokio::test]
async fn web_12_two_secrets_sign_for_a_day_after_a_rotation() {
    let world = World::new().await;
    let home = world.found("North").await;
    let made = make(&world, &home, "hooks.example.com", &[HookKind::Created], Detail::Thin).await;
    let id = made.endpoint.id;
    assert!(made.secret.expose_secret().starts_with("whsec_"));
    let again = world.app.hooks.rotate(&home.owner.actor, id).await.unwrap();
    assert_ne!(again.secret.expose_secret(), made.secret.expose_secret());
    let signatures = async || {
        world.app.hooks.test(&home.owner.actor, id).await.unwrap();
        world.work().await;
        world.hooks.take().remove(0).signatures
    };
    let both = signatures().await;
    let each: Vec<_> = both.split(' ').collect();
    assert_eq!(each.len(), 2, "{both}");
    assert!(each.iter().all(|one| one.starts_with("v1,")) && each[0] != each[1]);
    world.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(signatures().await.split(' ').count(), 1);
    let bare = "SELECT count(*) FROM hook_endpoints WHERE octet_length(secret) <= 32 OR octet_length(old_secret) <= 32";
    assert_eq!(world.rows(bare).await, 0, "a secret lies sealed");
}

#[tokio::test]
async fn web_12_what_is_not_taken_is_tried_again_and_can_be_sent_again() {
    let world = World::new().await;
    let home = world.found("North").await;
    let id = make(&world, &home, "hooks.example.com", &[HookKind::Created], Detail::Thin).await.endpoint.id;
    world.hooks.answer("hooks.example.com", Answer::Status(500));
    lead(&world, &home).await;
    let log =
        async || world.app.hooks.deliveries(&home.owner.actor, id, None).await.unwrap().deliveries.items.remove(0);
    let first = log().await;
    assert_eq!((first.attempts, first.last), (1, Some(Answer::Status(500))));
    assert!(matches!(first.state, DeliveryState::Waiting(_)));
    world.work().await;
    assert_eq!(log().await.attempts, 1, "not before its time");
    world.clock.advance(SignedDuration::from_secs(6));
    world.hooks.answer("hooks.example.com", Answer::Status(202));
    world.work().await;
    let second = log().await;
    assert_eq!((second.attempts, matches!(second.state, DeliveryState::Taken(_))), (2, true));
    let ids: BTreeSet<_> = world.hooks.take().iter().map(|attempt| attempt.id).collect();
    assert_eq!(ids, BTreeSet::from([first.id]), "every attempt has one id");
    world.app.hooks.replay(&home.owner.actor, id, first.id).await.unwrap();
    world.work().await;
    assert_eq!(world.hooks.take().len(), 1);
}

#[tokio::test]
async fn web_12_410_and_five_days_of_failure_disable_with_a_notice() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.join(&home, "ada@example.com", &[Role::Admin]).await;
    world.join(&home, "vera@example.com", &[Role::Viewer]).await;
    let gone = make(&world, &home, "gone.example.com", &[HookKind::Created], Detail::Thin).await.endpoint.id;
    let failing = make(&world, &home, "down.example.com", &[HookKind::Created], Detail::Thin).await.endpoint.id;
    world.hooks.answer("gone.example.com", Answer::Status(410));
    world.hooks.answer("down.example.com", Answer::None(Obstacle::Unreachable));
    let (mailer, taken) = willing();
    let worker = world.worker(mailer);
    let stop = tokio_util::sync::CancellationToken::new();
    world.submit(home.form, from(ANNA)).await.unwrap();
    worker.drain(&stop).await.unwrap();
    assert_eq!(state(&world, &home, gone).await, EndpointState::Gone);
    assert_eq!(state(&world, &home, failing).await, EndpointState::On);
    world.clock.advance(SignedDuration::from_hours(5 * 24 - 1));
    worker.drain(&stop).await.unwrap();
    assert_eq!(state(&world, &home, failing).await, EndpointState::On, "not before");
    world.clock.advance(SignedDuration::from_hours(24));
    worker.drain(&stop).await.unwrap();
    assert_eq!(state(&world, &home, failing).await, EndpointState::Failing);
    for host in ["gone.example.com", "down.example.com"] {
        let mails = taken.lock().unwrap().clone();
        let to: BTreeSet<_> =
            mails.iter().filter(|mail| mail.subject.contains(host)).map(|mail| mail.to.normalized()).collect();
        assert_eq!(to.len(), 2, "its owner and its admin: {to:?}");
        assert!(!to.contains("vera@example.com"));
    }
    world.hooks.take();
    world.app.hooks.test(&home.owner.actor, failing).await.unwrap();
    worker.drain(&stop).await.unwrap();
    assert!(world.hooks.take().is_empty(), "nothing is sent to what is disabled");
    world.hooks.answer("down.example.com", Answer::Status(200));
    world.app.hooks.resume(&home.owner.actor, failing).await.unwrap();
    worker.drain(&stop).await.unwrap();
    assert_eq!(world.hooks.take().len(), 1);
}

#[tokio::test]
async fn dsr_12_who_was_told_of_a_lead_is_told_of_its_rectification_restriction_and_erasure_and_nobody_else() {
    let world = World::new().await;
    let home = world.found("North").await;
    make(&world, &home, "told.example.com", &[HookKind::Created], Detail::Full).await;
    make(&world, &home, "untold.example.com", &[HookKind::Moved], Detail::Full).await;
    make(&world, &home, "away.example.com", &[HookKind::Created], Detail::Full).await;
    world.hooks.answer("away.example.com", Answer::None(Obstacle::Unreachable));
    let lead = lead(&world, &home).await;
    world.hooks.answer("away.example.com", Answer::Status(200));
    world.hooks.take();
    let actor = &home.owner.actor;
    let version = world.app.leads.open(actor, lead).await.unwrap().lead.version;
    let person = PersonChange { company: Some("Marimba Ltd".to_owned()), ..PersonChange::default() };
    let change = ChangeLead { person, tags: None, seen: Seen::Version(version) };
    world.app.leads.change(actor, lead, change).await.unwrap();
    world.work().await;
    let notice = world.hooks.told().remove(0);
    assert_eq!(told(&world), pairs(&[("told.example.com", "lead.rectified")]));
    assert_eq!(json(&notice)["data"]["lead_id"].as_str(), Some(&*lead.to_string()));
    assert!(!notice.body.0.contains("Marimba"), "ids only");
    world.app.restrictions.restrict(actor, lead, restriction::Ground::Contested, false).await.unwrap();
    world.work().await;
    assert_eq!(told(&world), pairs(&[("told.example.com", "lead.restricted")]));
    world.app.leads.erase(actor, lead, Ground::Asked).await.unwrap();
    assert_eq!(world.rows("SELECT count(*) FROM hook_deliveries").await, 0, "what was told of it went with it");
    world.work().await;
    assert_eq!(told(&world), pairs(&[("told.example.com", "lead.erased")]));
    assert_eq!(world.rows("SELECT count(*) FROM hook_disclosures").await, 0, "who was told is forgotten");
    world.work().await;
    assert_eq!(told(&world), pairs(&[]));
}

#[tokio::test]
async fn dsr_9_dsr_10_nothing_that_waits_is_told_of_who_is_restricted_or_erased() {
    let world = World::new().await;
    let home = world.found("North").await;
    let id = make(&world, &home, "hooks.example.com", &[HookKind::Created], Detail::Full).await.endpoint.id;
    let actor = &home.owner.actor;
    world.app.hooks.pause(actor, id).await.unwrap();
    let lead = lead(&world, &home).await;
    world.app.restrictions.restrict(actor, lead, restriction::Ground::Contested, false).await.unwrap();
    let shown = world.app.hooks.deliveries(actor, id, None).await.unwrap().deliveries.items;
    assert!(shown.is_empty(), "hidden with its lead");
    world.app.hooks.resume(actor, id).await.unwrap();
    world.work().await;
    assert_eq!(told(&world), pairs(&[]));
    assert!(world.dump().await.contains("xylophone"));
    world.app.leads.erase(actor, lead, Ground::Asked).await.unwrap();
    world.work().await;
    assert_eq!(told(&world), pairs(&[]), "nobody was told before");
    assert_eq!(world.rows("SELECT count(*) FROM hook_deliveries").await, 0);
}

#[tokio::test]
async fn ret_7_a_closed_organization_delivers_nothing() {
    let world = World::new().await;
    let home = world.found("North").await;
    let id = make(&world, &home, "hooks.example.com", &[HookKind::Created], Detail::Thin).await.endpoint.id;
    world.app.hooks.test(&home.owner.actor, id).await.unwrap();
    world.sql("UPDATE organizations SET closed_at = created_at, purge_due_at = created_at + interval '30 days', ending = 'asked'").await;
    world.work().await;
    assert!(world.hooks.take().is_empty());
    world.sql("UPDATE organizations SET closed_at = NULL, purge_due_at = NULL, ending = NULL").await;
    world.work().await;
    assert_eq!(world.hooks.take().len(), 1);
}

#[tokio::test]
async fn ret_13_what_was_told_is_forgotten_after_seven_days() {
    let world = World::new().await;
    let home = world.found("North").await;
    let id = make(&world, &home, "hooks.example.com", &[HookKind::Created], Detail::Full).await.endpoint.id;
    lead(&world, &home).await;
    let delivery = world.app.hooks.deliveries(&home.owner.actor, id, None).await.unwrap().deliveries.items.remove(0);
    world.clock.advance(SignedDuration::from_hours(7 * 24 - 1));
    world.sweep().await;
    assert_eq!(world.rows("SELECT count(*) FROM hook_deliveries").await, 1, "not before");
    world.clock.advance(SignedDuration::from_hours(1));
    world.sweep().await;
    assert_eq!(world.rows("SELECT count(*) FROM hook_deliveries").await, 0);
    assert_eq!(world.rows("SELECT count(*) FROM hook_disclosures").await, 1, "who was told stays known");
    let replayed = world.app.hooks.replay(&home.owner.actor, id, delivery.id).await;
    assert!(matches!(replayed, Err(Error::NotFound("delivery"))));
}

#[tokio::test]
async fn one_slow_endpoint_holds_up_no_other() {
    let world = World::new().await;
    let (slow, quick) = (world.found("North").await, world.found("South").await);
    let tired = make(&world, &slow, "slow.example.com", &[HookKind::Created], Detail::Thin).await.endpoint.id;
    let brisk = make(&world, &quick, "quick.example.com", &[HookKind::Created], Detail::Thin).await.endpoint.id;
    world.hooks.slow_down("slow.example.com", Duration::from_secs(30));
    for _ in 0..20 {
        world.app.hooks.test(&slow.owner.actor, tired).await.unwrap();
    }
    world.app.hooks.test(&quick.owner.actor, brisk).await.unwrap();
    let (mailer, _) = willing();
    let (worker, stop) = (world.worker(mailer), tokio_util::sync::CancellationToken::new());
    let running = tokio::spawn(async move { worker.run(stop).await });
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while world.hooks.told().is_empty() {
        assert!(tokio::time::Instant::now() < deadline, "the quick one waits for the slow one");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(world.hooks.told()[0].url.host(), "quick.example.com");
    running.abort();
}

#[tokio::test]
async fn only_who_runs_an_organization_sets_webhooks_up_and_it_is_audited() {
    let world = World::new().await;
    let (home, other) = (world.found("North").await, world.found("South").await);
    let id = make(&world, &home, "hooks.example.com", &[HookKind::Created], Detail::Thin).await.endpoint.id;
    for role in [Role::Manager, Role::Agent, Role::Viewer, Role::PrivacyOfficer, Role::Billing] {
        let member = world.join(&home, &format!("{role}@example.com"), &[role]).await;
        let refused = world.app.hooks.list(&member.actor).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{role}");
    }
    let admin = world.join(&home, "ada@example.com", &[Role::Admin]).await;
    assert_eq!(world.app.hooks.list(&admin.actor).await.unwrap().endpoints.len(), 1);
    assert!(matches!(world.app.hooks.find(&other.owner.actor, id).await, Err(Error::NotFound("webhook"))));
    assert!(matches!(world.app.hooks.remove(&other.owner.actor, id).await, Err(Error::NotFound("webhook"))));
    world.app.hooks.remove(&admin.actor, id).await.unwrap();
    for entries in [
        "SELECT count(*) FROM audit_entries WHERE action = 'manage_webhooks'",
        "SELECT count(*) FROM audit_entries WHERE action = 'run_webhooks'",
    ] {
        assert_eq!(world.rows(entries).await, 1, "{entries}");
    }
    let nothing = world.app.hooks.make(&admin.actor, wish("hooks.example.com", &[], Detail::Thin)).await;
    assert!(matches!(nothing, Err(Error::Invalid(_))));
    let unchosen =
        world.app.hooks.make(&admin.actor, wish("hooks.example.com", &[HookKind::Erased], Detail::Thin)).await;
    assert!(matches!(unchosen, Err(Error::Invalid(_))));
}
