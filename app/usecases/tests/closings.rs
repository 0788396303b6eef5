//! The end of an organization: what stops at once, what goes on for 30 days, and what is left after that.

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::{Permission, Role},
    closing::{Closing, UNDOABLE},
    retention::{Outcome, RetentionRule, Swept},
};
use qualify_ports::{mailer::Message, storage::PlatformTask};
use qualify_usecases::{Broken, Error, SignedIn};

use crate::world::{Home, World, from};

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

async fn close(world: &World, home: &Home) -> Closing {
    world.app.closings.close(&home.owner.actor, "North").await.unwrap()
}

/// To whom mails about the end went.
fn told(mails: &[Message]) -> Vec<(String, String)> {
    let about = mails.iter().filter(|mail| mail.text.contains("/settings/organization/deletion"));
    let mut told: Vec<_> = about.map(|mail| (mail.to.to_string(), mail.subject.clone())).collect();
    told.sort();
    told
}

fn purged(swept: &[Swept]) -> u64 {
    let of = swept.iter().find(|swept| swept.rule.code == "organization").unwrap();
    assert_eq!(of.outcome, Outcome::Done);
    of.rows
}

#[tokio::test]
async fn only_an_owner_who_types_the_name_asks_for_the_end() {
    let world = World::new().await;
    let home = world.found("North").await;
    let admin = world.join(&home, "ada@north.example", &[Role::Admin]).await;
    let refused = world.app.closings.close(&admin.actor, "North").await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden(_)), "{refused:?}");
    let refused = world.app.closings.close(&home.owner.actor, "South").await.unwrap_err();
    assert!(matches!(refused, Error::Rule(Broken::NotConfirmed)), "{refused:?}");
    assert!(world.sign_in("owner@north.example").await.closing.is_none());
    let closing = close(&world, &home).await;
    assert_eq!(closing.purge_due_at(), closing.closed_at + UNDOABLE);
    let again = world.app.closings.close(&home.owner.actor, "North").await.unwrap_err();
    assert!(matches!(again, Error::Stale), "{again:?}");
}

#[tokio::test]
async fn ret_7_a_closed_organization_takes_nothing_in_until_it_is_opened_again() {
    let world = World::new().await;
    let (home, other) = (world.found("North").await, world.found("South").await);
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    close(&world, &home).await;
    let refused = world.submit(home.form, from("berta@example.com")).await.unwrap_err();
    assert!(matches!(refused, Error::Rule(Broken::Closed)), "{refused:?}");
    world.submit(other.form, from("carla@example.com")).await.unwrap();
    let owner = world.sign_in("owner@north.example").await;
    world.app.closings.reopen(&owner.actor).await.unwrap();
    world.submit(home.form, from("berta@example.com")).await.unwrap();
    let again = world.app.closings.reopen(&owner.actor).await.unwrap_err();
    assert!(matches!(again, Error::Stale), "{again:?}");
}

#[tokio::test]
async fn ret_7_in_a_closed_organization_every_role_looks_and_takes_away_and_changes_nothing() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    let mut before = Vec::new();
    for role in Role::ALL {
        let email = format!("one.{role}@north.example");
        before.push((role, email.clone(), world.join(&home, &email, &[role]).await));
    }
    close(&world, &home).await;
    for (role, email, was) in before {
        let now = world.sign_in(&email).await;
        for permission in Permission::ALL {
            let left = was.actor.may(*permission) && permission.outlasts_closing();
            assert_eq!(now.actor.may(*permission), left, "{role} {permission:?}");
        }
        let writes = [Permission::NoteLead, Permission::ManageMembers, Permission::ManageForms, Permission::CreateLead];
        assert!(writes.iter().all(|permission| !now.actor.may(*permission)), "{role}");
    }
    let owner = world.sign_in("owner@north.example").await;
    assert_eq!(world.app.leads.open(&owner.actor, lead.id).await.unwrap().lead.id, lead.id);
}

#[tokio::test]
async fn each_owner_is_told_once_on_the_first_day_and_a_week_and_a_day_before_the_end() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.join(&home, "olga@north.example", &[Role::Owner]).await;
    world.join(&home, "ada@north.example", &[Role::Admin]).await;
    close(&world, &home).await;
    let mut rounds = Vec::new();
    for days in [0, 22, 1, 0, 5, 1, 0] {
        world.clock.advance(DAY * days + SECOND);
        rounds.push(told(&world.work().await).len());
    }
    assert_eq!(rounds, [2, 0, 2, 0, 0, 2, 0]);
}

#[tokio::test]
async fn nobody_is_told_of_an_end_that_was_taken_back() {
    let world = World::new().await;
    let home = world.found("North").await;
    close(&world, &home).await;
    let mails = told(&world.work().await);
    assert_eq!(mails, [("owner@north.example".to_owned(), "North is closed and will be deleted".to_owned())]);
    world.app.closings.reopen(&home.owner.actor).await.unwrap();
    world.clock.advance(DAY * 29);
    assert_eq!(told(&world.work().await), []);
    world.clock.advance(DAY * 2);
    assert_eq!(purged(&world.sweep().await), 0);
    assert_eq!(world.rows("SELECT count(*) FROM organizations").await, 1);
}

/// Who belongs to North alone, and who to another organization too.
async fn people(world: &World, north: &Home, south: &Home) -> (SignedIn, SignedIn) {
    let gone = world.join(north, "zelda.gone@north.example", &[Role::Agent]).await;
    let stays = world.join(north, "bilbo.stays@north.example", &[Role::Agent]).await;
    world.make_member(south.id, stays.user, &[Role::Viewer]).await;
    (gone, stays)
}

#[tokio::test]
async fn clk_2_an_organization_goes_to_the_second_30_days_after_its_owner_asked() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    world.lead(&south, "carla@south.example").await;
    world.lead(&north, "canary.lead@example.com").await;
    people(&world, &north, &south).await;
    let closing = close(&world, &north).await;
    let end = closing.purge_due_at();
    world.clock.advance(end.duration_since(world.ports.clock.now()) - SECOND * 5);
    assert_eq!(purged(&world.sweep().await), 0);
    assert_eq!(world.rows("SELECT count(*) FROM organizations").await, 2);
    let rule = RetentionRule::of_code("organization").unwrap();
    for (now, some) in [(end - SECOND, false), (end, true), (end, false)] {
        let mut tx = world.ports.storage.platform(PlatformTask::SweepRetention).await.unwrap();
        let gone = tx.retention().sweep(rule, rule.cutoff(now), now, 1_000).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(gone > 0, some, "{now}: {gone}");
    }
    let dump = world.dump().await;
    for canary in ["canary.lead", "zelda.gone", "owner@north.example", &*north.form.to_string()] {
        assert!(!dump.contains(canary), "{canary}");
    }
    assert!(dump.contains("bilbo.stays") && dump.contains("carla@south.example"));
    let left = dump.matches(&north.id.to_string()).count();
    assert_eq!(left, 1, "the certificate alone names it");
    assert_eq!(world.rows("SELECT count(*) FROM organizations").await, 1);
    let stays = world.sign_in("bilbo.stays@north.example").await;
    assert_eq!(stays.actor.organization(), south.id);
    let certificates = world.retention().certificates().await.unwrap();
    assert_eq!(certificates.len(), 1);
    let certificate = &certificates[0];
    assert_eq!((certificate.organization, certificate.ended_at), (north.id, Some(kept(end))));
    assert_eq!(
        (certificate.counts["leads"], certificate.counts["users"], certificate.counts["memberships"]),
        (1, 2, 3)
    );
}

#[tokio::test]
async fn ret_9_whoever_belongs_to_another_living_organization_outlives_the_end_of_one() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let (gone, stays) = people(&world, &north, &south).await;
    close(&world, &north).await;
    world.clock.advance(UNDOABLE);
    assert!(purged(&world.sweep().await) > 0);
    let left = world.dump().await;
    assert!(!left.contains(&gone.user.to_string()) && left.contains(&stays.user.to_string()));
    let again = world.sign_in("bilbo.stays@north.example").await;
    assert_eq!((again.user, again.actor.organization()), (stays.user, south.id), "with the same password");
    // The other one ends, too: now they belong nowhere.
    let owner = world.sign_in("owner@south.example").await;
    world.app.closings.close(&owner.actor, "South").await.unwrap();
    world.clock.advance(UNDOABLE);
    assert!(purged(&world.sweep().await) > 0);
    assert_eq!(world.rows("SELECT count(*) FROM users").await, 0);
}

/// A moment as the database keeps it: to the microsecond.
fn kept(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap()
}

#[tokio::test]
async fn a_purge_that_was_killed_midway_is_gone_on_with() {
    let world = World::new().await;
    let north = world.found("North").await;
    world.lead(&north, "canary.lead@example.com").await;
    let end = close(&world, &north).await.purge_due_at();
    let rule = RetentionRule::of_code("organization").unwrap();
    let mut tx = world.ports.storage.platform(PlatformTask::SweepRetention).await.unwrap();
    assert_eq!(tx.retention().sweep(rule, end, end, 5).await.unwrap(), 5);
    tx.commit().await.unwrap();
    let mut tx = world.ports.storage.platform(PlatformTask::SweepRetention).await.unwrap();
    tx.retention().sweep(rule, end, end, 5).await.unwrap();
    drop(tx);
    assert_eq!(world.retention().certificates().await.unwrap()[0].ended_at, None);
    world.clock.advance(UNDOABLE);
    let late = world.app.closings.reopen(&north.owner.actor).await.unwrap_err();
    assert!(matches!(late, Error::Stale), "what is half gone does not come back: {late:?}");
    world.clock.advance(DAY);
    assert!(purged(&world.sweep().await) > 0);
    assert_eq!(world.rows("SELECT count(*) FROM organizations").await, 0);
    let certificate = world.retention().certificates().await.unwrap().remove(0);
    assert_eq!((certificate.began_at, certificate.counts["organizations"]), (kept(end), 1));
    assert!(certificate.ended_at > Some(end));
    assert!(!world.dump().await.contains("canary.lead"));
}
