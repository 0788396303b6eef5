//! What is held does not go, whatever else is asked.

mod meanwhile;

use std::collections::BTreeSet;

use jiff::{SignedDuration, ToSpan, civil::Date, tz::TimeZone};
use qualify_domain::{
    access::{Permission, Role},
    erasure::{ErasureError, Ground},
    hold::{Held, HoldError},
    id::{HoldId, LeadId},
    precedence::{Claim, Data, Fate, deciding},
    text::Message,
};
use qualify_usecases::{Broken, Error, PlaceHold, SignedIn, Submit};

use crate::world::{Home, World, from, nobody};

const ADDRESSES: &str = "SELECT count(*) FROM submissions WHERE ip IS NOT NULL";
const DAY: SignedDuration = SignedDuration::from_hours(24);

fn today(world: &World) -> Date {
    TimeZone::UTC.to_datetime(world.ports.clock.now()).date()
}

async fn place(world: &World, member: &SignedIn, record: Held) -> Result<HoldId, Error> {
    let reason = Message::parse("A claim before the commercial court").unwrap();
    let review_on = today(world).saturating_add(3.months());
    world.app.holds.place(&member.actor, PlaceHold { records: BTreeSet::from([record]), reason, review_on }).await
}

async fn claims(world: &World, home: &Home, lead: LeadId) -> Vec<Claim> {
    let scope = home.owner.actor.permit(Permission::EraseLead).unwrap();
    world.ports.storage.tenant(&scope).await.unwrap().holds().claims_on(lead).await.unwrap()
}

async fn overdue(world: &World) -> u64 {
    world.retention().overdue().await.unwrap().iter().map(|due| due.rows).sum()
}

#[tokio::test]
async fn ret_18_sweeps_leave_what_is_held_and_take_it_when_the_hold_is_lifted() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await.id;
    world.lead(&home, "berta@example.com").await;
    let spam = Submit { spam: [("website", "https://buy.example".to_owned())].into(), ..from("spam@example.com") };
    let quarantined = world.submit(home.form, spam).await.unwrap().id;
    let of_lead = place(&world, &home.owner, Held::Lead(lead)).await.unwrap();
    let of_spam = place(&world, &home.owner, Held::Submission(quarantined)).await.unwrap();
    world.clock.advance(DAY * 32);
    world.sweep().await;
    assert_eq!(world.rows(ADDRESSES).await, 2, "Anna's and the spam's, and not Berta's");
    assert_eq!(world.rows("SELECT count(*) FROM submissions").await, 3);
    assert_eq!(overdue(&world).await, 0, "what is held is not overdue (RET-16)");

    world.app.holds.lift(&home.owner.actor, of_lead).await.unwrap();
    assert_eq!(overdue(&world).await, 1);
    world.app.holds.lift(&home.owner.actor, of_spam).await.unwrap();
    world.sweep().await;
    assert_eq!(world.rows(ADDRESSES).await, 0);
    assert_eq!(world.rows("SELECT count(*) FROM submissions").await, 2);
    let twice = world.app.holds.lift(&home.owner.actor, of_lead).await.unwrap_err();
    assert!(matches!(twice, Error::NotFound("hold")), "{twice:?}");
}

#[tokio::test]
async fn ret_18_a_hold_outweighs_an_erasure_of_the_lead_or_of_what_was_sent_for_it() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await.id;
    let sent = world.app.leads.open(&home.owner.actor, lead).await.unwrap().submissions[0].id;
    assert!(claims(&world, &home, lead).await.is_empty());
    for record in [Held::Lead(lead), Held::Submission(sent)] {
        let hold = place(&world, &home.owner, record).await.unwrap();
        let all = claims(&world, &home, lead).await.into_iter().chain([Claim::ErasureOrObjection]);
        assert_eq!(deciding(Data::Other, all).map(Claim::fate), Some(Fate::Keep), "{record:?}");
        let refused = world.app.leads.erase(&home.owner.actor, lead, Ground::Asked).await;
        assert!(matches!(refused, Err(Error::Rule(Broken::Erasure(ErasureError::Held)))), "{refused:?}");
        world.app.holds.lift(&home.owner.actor, hold).await.unwrap();
        assert!(claims(&world, &home, lead).await.is_empty());
    }
}

#[tokio::test]
async fn ret_18_the_database_refuses_to_delete_what_is_held() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await.id;
    let sent = world.app.leads.open(&home.owner.actor, lead).await.unwrap().submissions[0].id;
    for record in [Held::Lead(lead), Held::Submission(sent), Held::Account(home.owner.user)] {
        place(&world, &home.owner, record).await.unwrap();
    }
    world.sql("UPDATE submissions SET lead_id = NULL").await;
    world.sql("DELETE FROM activities").await;
    for delete in [
        "DO $$ BEGIN DELETE FROM submissions; RAISE 'gone'; EXCEPTION WHEN restrict_violation THEN NULL; END $$",
        "DO $$ BEGIN DELETE FROM leads; RAISE 'gone'; EXCEPTION WHEN restrict_violation THEN NULL; END $$",
        "DO $$ BEGIN DELETE FROM users; RAISE 'gone'; EXCEPTION WHEN restrict_violation THEN NULL; END $$",
    ] {
        world.sql(delete).await;
    }
    let left =
        "SELECT (SELECT count(*) FROM submissions) + (SELECT count(*) FROM leads) + (SELECT count(*) FROM users)";
    assert_eq!(world.rows(left).await, 3);
}

#[tokio::test]
async fn ret_18_a_hold_names_records_of_the_organization_a_reason_and_a_review_within_six_months() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await.id;
    let stranger = place(&world, &home.owner, Held::Lead(nobody().1)).await.unwrap_err();
    assert!(matches!(stranger, Error::NotFound("record")), "{stranger:?}");
    let south = world.found("South").await;
    let theirs = place(&world, &south.owner, Held::Lead(lead)).await.unwrap_err();
    assert!(matches!(theirs, Error::NotFound("record")), "{theirs:?}");

    let hold = place(&world, &home.owner, Held::Lead(lead)).await.unwrap();
    let late = world.app.holds.confirm(&home.owner.actor, hold, today(&world).saturating_add(7.months())).await;
    assert!(matches!(late, Err(Error::Rule(Broken::Hold(HoldError::ReviewTooLate)))));
    world.clock.advance(DAY * 100);
    let owner = world.sign_in("owner@north.example").await;
    let list = world.app.holds.list(&owner.actor).await.unwrap();
    let [one] = &list.holds[..] else { unreachable!("one") };
    assert!(one.is_review_due(list.now));
    assert_eq!((one.author, &*one.reason), (owner.user, "A claim before the commercial court"));
    let next = today(&world).saturating_add(6.months());
    world.app.holds.confirm(&owner.actor, hold, next).await.unwrap();
    assert_eq!(world.app.holds.list(&owner.actor).await.unwrap().holds[0].review_on, next);
}

#[tokio::test]
async fn ret_18_owner_and_privacy_officer_hold_and_nobody_else() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await.id;
    let officer = world.join(&home, "officer@north.example", &[Role::PrivacyOfficer]).await;
    place(&world, &officer, Held::Lead(lead)).await.unwrap();
    for role in [Role::Admin, Role::Manager, Role::Agent, Role::Viewer, Role::Billing] {
        let other = world.join(&home, &format!("{role}@north.example"), &[role]).await;
        assert!(matches!(place(&world, &other, Held::Lead(lead)).await, Err(Error::Forbidden(_))), "{role}");
        assert!(matches!(world.app.holds.list(&other.actor).await, Err(Error::Forbidden(_))), "{role}");
    }
}
