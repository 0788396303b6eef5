//! What came while an organization might not receive: kept, counted, unseen; let out when there is room, or gone in its time.

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::{Actor, Duty, Permission, Role, TenantScope},
    id::{OrganizationId, SubmissionId},
    retention::RetentionRule,
    spam::{SpamReason, Verdict},
    submission::SEALED_KEPT,
};
use qualify_ports::storage::{PlatformTask, Received, Storage, TenantTx, Unsealed};
use qualify_postgres::testing::TestDatabase;

use crate::world::{World, after, email, noon, storage_of};

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// Whoever has that permission.
fn may(world: &World, permission: Permission) -> TenantScope {
    let home = world.organization;
    let duties = [
        Duty::SignUp,
        Duty::Join,
        Duty::React,
        Duty::ServeRights,
        Duty::Watch,
        Duty::VerifyAudit,
        Duty::Consent,
        Duty::Support,
        Duty::Bill,
    ];
    let mut actors = vec![world.member(Role::Owner), Actor::visitor(home, world.form.id), Actor::asker(home)];
    actors.extend(duties.map(|duty| Actor::product(home, duty)));
    actors.iter().find_map(|actor| actor.permit(permission).ok()).expect("somebody may")
}

async fn begin(world: &World, permission: Permission) -> Box<dyn TenantTx> {
    world.storage.tenant(&may(world, permission)).await.unwrap()
}

async fn seal(world: &World, at: Timestamp, mail: &str, key: u8, reasons: Vec<SpamReason>) -> SubmissionId {
    let mut sent = world.submission(at, mail);
    sent.verdict = Verdict::Sealed(reasons);
    let mut intake = world.intake(sent.clone(), key);
    intake.event = None;
    world.storage.record(&world.may(Permission::CaptureLead), intake).await.unwrap();
    sent.id
}

async fn alone() -> (TestDatabase, World) {
    let database = TestDatabase::fresh().await;
    let world = World::found(storage_of(&database)).await;
    (database, world)
}

async fn release(world: &World, most: u16, now: Timestamp) -> Vec<Unsealed> {
    let mut tx = begin(world, Permission::FollowBilling).await;
    let unsealed = tx.submissions().release_sealed(most, now).await.unwrap();
    tx.commit().await.unwrap();
    unsealed
}

#[tokio::test]
async fn what_is_sealed_is_there_for_its_person_and_whoever_lets_it_out_and_for_nobody_else() {
    let world = World::new().await;
    let sealed = seal(&world, noon(), "anna@example.com", 1, vec![]).await;
    world.capture(world.submission(noon(), "bert@example.com"), 2).await.unwrap();
    let mut seen_by = Vec::new();
    for permission in Permission::ALL {
        let mut tx = begin(&world, *permission).await;
        let found = tx.submissions().find(sealed).await.unwrap().is_some();
        let among = !tx.submissions().all(&[sealed]).await.unwrap().is_empty();
        let loose = !tx.rights().loose_of(&email("anna@example.com"), &[]).await.unwrap().is_empty();
        let held = tx.people().of_leads(&[], Some(&email("anna@example.com"))).await.unwrap();
        let copied = held.iter().any(|row| row.table == "submissions");
        let marked = tx.erasures().loose_marks(sealed).await.unwrap().is_some();
        assert_eq!([among, loose, copied, marked], [found; 4], "{permission:?}");
        let listed = tx.submissions().of_form(world.form.id, Received::All, None, 10).await.unwrap().items;
        assert_eq!(listed.len(), if found { 2 } else { 1 }, "{permission:?}");
        let held_back = tx.submissions().of_form(world.form.id, Received::Quarantined, None, 10).await.unwrap();
        assert!(held_back.items.is_empty(), "{permission:?}");
        assert_eq!(tx.submissions().sealed_count().await.unwrap(), 1, "{permission:?}");
        let again = tx.submissions().find(sealed).await.unwrap().is_some();
        assert_eq!(again, found, "to count is not to see: {permission:?}");
        if found {
            seen_by.push(*permission);
        }
    }
    let expected = [Permission::EraseLead, Permission::CopyPerson, Permission::ServeRights, Permission::FollowBilling];
    assert_eq!(seen_by, expected);
    assert!(Permission::ALL.iter().all(|one| one.sees_sealed() == expected.contains(one)));
}

#[tokio::test]
async fn nobody_in_the_organization_releases_discards_reports_or_is_told_of_what_is_sealed() {
    let (database, world) = alone().await;
    let sealed = seal(&world, noon(), "anna@example.com", 1, vec![SpamReason::Honeypot]).await;
    for permission in [Permission::ReleaseSubmission, Permission::EraseLead] {
        let mut tx = begin(&world, permission).await;
        assert!(!tx.submissions().release(sealed).await.unwrap(), "{permission:?}");
        assert!(!tx.submissions().discard(sealed).await.unwrap(), "{permission:?}");
        tx.commit().await.unwrap();
    }
    let mut tx = begin(&world, Permission::ReadLeads).await;
    assert!(tx.reports().funnel(noon() - SECOND, after(10)).await.unwrap().is_empty());
    drop(tx);
    assert_eq!(database.count("SELECT count(*) FROM outbox").await, 0, "nothing follows from it");
    assert_eq!(database.count("SELECT count(*) FROM submissions WHERE verdict = 'sealed'").await, 1);
}

#[tokio::test]
async fn work_that_forgot_whether_it_sees_what_is_sealed_stops() {
    let (database, world) = alone().await;
    seal(&world, noon(), "anna@example.com", 1, vec![]).await;
    let begin = format!(
        "BEGIN; SELECT set_config('qualify.reach', 'all', true), set_config('qualify.restricted', 'false', true),
            set_config('qualify.organization_id', '{}', true)",
        world.organization
    );
    let mut tx = storage_of(&database).pool().begin_with(sqlx::AssertSqlSafe(begin)).await.unwrap();
    let refused = sqlx::query("SELECT id FROM submissions").fetch_all(&mut *tx).await.unwrap_err();
    assert!(refused.to_string().contains("qualify.sealed"), "{refused}");
}

#[tokio::test]
async fn work_that_was_done_before_is_found_in_what_is_sealed_and_it_stays_sealed() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for (key, verdict) in [(1, Verdict::Accepted), (2, Verdict::Sealed(vec![]))] {
        let mut sent = world.submission(noon(), "anna@example.com");
        sent.verdict = verdict;
        ids.push(sent.id);
        let mut intake = world.intake(sent, key);
        (intake.event, intake.mark) = (None, Some([9; 32]));
        world.storage.record(&world.may(Permission::CaptureLead), intake).await.unwrap();
    }
    let mut tx = begin(&world, Permission::FollowBilling).await;
    let kept = tx.submissions().find(ids[1]).await.unwrap().unwrap();
    assert_eq!(kept.verdict, Verdict::Sealed(vec![SpamReason::WorkReused]));
}

#[tokio::test]
async fn the_oldest_are_let_out_first_each_once_and_as_what_they_would_have_been() {
    let world = World::new().await;
    let last = seal(&world, after(3), "c@example.com", 3, vec![]).await;
    let first = seal(&world, after(1), "a@example.com", 1, vec![]).await;
    let spam = seal(&world, after(2), "b@example.com", 2, vec![SpamReason::TooFast]).await;
    let form = world.form.id;
    let out = |submission, is_accepted| Unsealed { submission, form, is_accepted };
    assert_eq!(release(&world, 2, after(60)).await, [out(first, true), out(spam, false)]);
    assert_eq!(release(&world, 2, after(61)).await, [out(last, true)]);
    assert_eq!(release(&world, 2, after(62)).await, []);
    let mut tx = begin(&world, Permission::ReadSubmissions).await;
    for (id, verdict, at) in [
        (first, Verdict::Accepted, after(1)),
        (spam, Verdict::Quarantined(vec![SpamReason::TooFast]), after(2)),
        (last, Verdict::Accepted, after(3)),
    ] {
        let seen = tx.submissions().find(id).await.unwrap().unwrap();
        assert_eq!((seen.verdict, seen.received_at), (verdict, at));
    }
    assert_eq!(tx.submissions().sealed_count().await.unwrap(), 0);
}

#[tokio::test]
async fn what_had_its_time_is_not_let_out_whether_or_not_it_was_swept() {
    let world = World::new().await;
    let sealed = seal(&world, noon(), "anna@example.com", 1, vec![]).await;
    assert_eq!(release(&world, 5, noon() + SEALED_KEPT).await, []);
    let out = release(&world, 5, noon() + SEALED_KEPT - SECOND).await;
    assert_eq!(out.iter().map(|one| one.submission).collect::<Vec<_>>(), [sealed]);
}

#[tokio::test]
async fn what_was_let_out_counts_once_in_the_month_in_which_it_was() {
    let world = World::new().await;
    let usage = async |month: Timestamp| {
        let mut tx = begin(&world, Permission::FollowBilling).await;
        tx.billing().usage(month).await.unwrap().submissions
    };
    let (november, december) = ("2026-10-31T23:00:00Z".parse().unwrap(), "2026-11-30T23:00:00Z".parse().unwrap());
    world.capture(world.submission(noon(), "bert@example.com"), 9).await.unwrap();
    for (second, key) in [(1, 1), (2, 2)] {
        seal(&world, after(second), "anna@example.com", key, vec![]).await;
    }
    seal(&world, after(3), "spam@example.com", 3, vec![SpamReason::Honeypot]).await;
    assert_eq!((usage(november).await, usage(december).await), (1, 0), "what is sealed does not count");
    release(&world, 1, after(60)).await;
    assert_eq!((usage(november).await, usage(december).await), (2, 0), "let out in its own month");
    release(&world, 2, december + SECOND).await;
    assert_eq!(usage(december).await, 1, "let out in the next, without what is in quarantine");
}

#[tokio::test]
async fn the_worker_learns_where_something_waits_and_no_more() {
    let (_database, north) = alone().await;
    let mut homes: Vec<OrganizationId> = Vec::new();
    for _ in 0..3 {
        let world = World::found(north.storage.clone()).await;
        for key in [1, 2] {
            seal(&world, noon(), "anna@example.com", key, vec![]).await;
        }
        homes.push(world.organization);
    }
    north.capture(north.submission(noon(), "bert@example.com"), 1).await.unwrap();
    homes.sort_unstable();
    let mut tx = north.storage.platform(PlatformTask::RelayOutbox).await.unwrap();
    assert_eq!(tx.queue().with_sealed(None, 2).await.unwrap(), homes[..2]);
    assert_eq!(tx.queue().with_sealed(Some(homes[1]), 2).await.unwrap(), homes[2..]);
    assert_eq!(tx.queue().with_sealed(Some(homes[2]), 2).await.unwrap(), []);
    let mut tx = north.storage.platform(PlatformTask::Throttle).await.unwrap();
    assert!(tx.queue().with_sealed(None, 2).await.is_err(), "for that reason only");
}

#[tokio::test]
async fn clk_2_what_is_sealed_goes_to_the_second_and_its_address_with_it() {
    let (database, world) = alone().await;
    seal(&world, noon(), "anna@example.com", 1, vec![SpamReason::Honeypot]).await;
    world.capture(world.submission(noon() - SECOND, "bert@example.com"), 2).await.unwrap();
    let end = noon() + SEALED_KEPT;
    let mut left = Vec::new();
    for now in [end - SECOND, end, end] {
        let mut tx = world.storage.platform(PlatformTask::SweepRetention).await.unwrap();
        let mut gone = Vec::new();
        for code in ["sealed", "quarantine", "lead_ip"] {
            let rule = RetentionRule::of_code(code).unwrap();
            gone.push(tx.retention().sweep(rule, rule.cutoff(now), now, 10).await.unwrap());
        }
        tx.commit().await.unwrap();
        left.push((gone, database.count("SELECT count(*) FROM submissions").await));
    }
    assert_eq!(left, [(vec![0, 0, 1], 2), (vec![1, 0, 0], 1), (vec![0, 0, 0], 1)]);
    assert_eq!(database.count("SELECT count(*) FROM submissions WHERE ip IS NOT NULL").await, 0);
}
