use std::{collections::BTreeSet, time::Duration};

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::Permission,
    event::Event,
    id::{EventId, LeadId, SubmissionId},
    retention::RetentionRule,
    spam::{self, SpamReason, Verdict},
};
use qualify_ports::storage::{Claimed, PlatformTask, PlatformTx, Storage};
use tokio::time::timeout;

use super::{
    StorageRig,
    tenant::{Tenant, at, id},
};

fn event() -> Event {
    Event::LeadCaptured { lead: LeadId(id()), submission: SubmissionId(id()), first: true }
}

/// Appends an event that is due at that second.
async fn append(storage: &dyn Storage, tenant: &Tenant, due: i64) -> Event {
    let event = event();
    let mut tx = tenant.work(storage).await;
    tx.outbox().append(&event, at(due)).await.expect("the event is kept");
    tx.commit().await.expect("the event is kept");
    event
}

async fn relay(storage: &dyn Storage) -> Box<dyn PlatformTx> {
    storage.platform(PlatformTask::RelayOutbox).await.expect("a relay begins")
}

/// Claims up to ten events at that second, for ten seconds.
async fn claim(storage: &dyn Storage, now: i64) -> Vec<Claimed> {
    let mut tx = relay(storage).await;
    let claimed = tx.queue().claim(at(now), at(now + 10), 10).await.expect("events can be claimed");
    tx.commit().await.expect("the claim is kept");
    claimed
}

/// Sweeps up to that many rows of a rule, as at `now`; tells how many went.
pub(super) async fn sweep(storage: &dyn Storage, code: &str, now: Timestamp, most: u16) -> u64 {
    let rule = RetentionRule::of_code(code).expect("a rule");
    let mut tx = storage.platform(PlatformTask::SweepRetention).await.expect("a sweep begins");
    let gone = tx.retention().sweep(rule, rule.cutoff(now), now, most).await.expect("a number");
    tx.commit().await.expect("they are gone");
    gone
}

async fn complete(storage: &dyn Storage, tenant: &Tenant, id: EventId) -> bool {
    let scope = tenant.reacting(Permission::CompleteEvent);
    let mut tx = storage.tenant(&scope).await.expect("work begins");
    let completed = tx.outbox().complete(id).await.expect("an answer");
    tx.commit().await.expect("the work ends");
    completed
}

async fn waiting(storage: &dyn Storage) -> i64 {
    relay(storage).await.queue().waiting().await.expect("a number")
}

/// However many claim at once, each event is claimed by one, with all that is known of it.
pub async fn one_claim_per_event(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenants = [Tenant::found(storage).await, Tenant::found(storage).await];
    let mut expected = Vec::new();
    for n in 0..30 {
        let tenant = &tenants[n % 2];
        expected.push((tenant.organization, append(storage, tenant, 0).await));
    }
    let claims: Vec<Claimed> = join_all((0..5).map(|_| claim(storage, 1))).await.into_iter().flatten().collect();
    assert_eq!(claims.iter().map(|claimed| claimed.id).collect::<BTreeSet<_>>().len(), 30);
    assert_eq!(claims.len(), 30);
    assert!(claims.iter().all(|claimed| claimed.attempts == 0));
    for (organization, event) in expected {
        assert!(claims.iter().any(|claimed| claimed.organization == organization && claimed.event == event));
    }
}

/// A worker that dies gives its events back when its lease ends.
pub async fn a_lease_that_ends_is_claimed_again(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    append(storage, &tenant, 0).await;
    let first = claim(storage, 0).await.remove(0);
    assert!(claim(storage, 9).await.is_empty(), "the lease holds");
    let second = claim(storage, 10).await.remove(0);
    assert_eq!((second.id, second.attempts), (first.id, first.attempts + 1));
    assert_eq!(waiting(storage).await, 1, "nobody has dealt with it");
}

/// An event whose time has not come is left alone; the oldest goes first.
pub async fn an_event_is_not_claimed_before_its_time(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let (late, early) = (append(storage, &tenant, 20).await, append(storage, &tenant, 10).await);
    assert!(claim(storage, 9).await.is_empty());
    let mut tx = relay(storage).await;
    let first = tx.queue().claim(at(30), at(40), 1).await.expect("an event");
    assert_eq!(first.iter().map(|claimed| claimed.event).collect::<Vec<_>>(), [early]);
    tx.commit().await.expect("the claim is kept");
    assert_eq!(claim(storage, 30).await.iter().map(|claimed| claimed.event).collect::<Vec<_>>(), [late]);
}

/// An event that failed waits until it is due again.
pub async fn a_postponed_event_waits(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    append(storage, &tenant, 0).await;
    let claimed = claim(storage, 0).await.remove(0);
    let mut tx = relay(storage).await;
    assert!(tx.queue().postpone(&claimed, at(60)).await.expect("an answer"));
    tx.commit().await.expect("it waits");
    assert!(claim(storage, 59).await.is_empty());
    let again = claim(storage, 60).await.remove(0);
    assert_eq!((again.id, again.attempts), (claimed.id, 1));
}

/// A worker that was too slow does not decide about an event that another has claimed meanwhile.
pub async fn an_ended_lease_decides_nothing(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    append(storage, &tenant, 0).await;
    let slow = claim(storage, 0).await.remove(0);
    let quick = claim(storage, 10).await.remove(0);
    let mut tx = relay(storage).await;
    assert!(!tx.queue().postpone(&slow, at(60)).await.expect("an answer"));
    assert!(!tx.queue().park(&slow, at(11), "too slow").await.expect("an answer"));
    assert!(tx.queue().postpone(&quick, at(30)).await.expect("an answer"));
    tx.commit().await.expect("it waits");
    assert_eq!(claim(storage, 30).await.remove(0).id, quick.id);
}

/// An event is dealt with once, and only inside the organization in which it happened.
pub async fn an_event_is_completed_once_and_by_its_tenant_only(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let (tenant, other) = (Tenant::found(storage).await, Tenant::found(storage).await);
    append(storage, &tenant, 0).await;
    let claimed = claim(storage, 0).await.remove(0);
    assert!(!complete(storage, &other, claimed.id).await, "another tenant");
    assert!(complete(storage, &tenant, claimed.id).await);
    assert!(!complete(storage, &tenant, claimed.id).await, "a second time");
    assert!(claim(storage, 1_000).await.is_empty());
    assert_eq!(waiting(storage).await, 0);
}

/// An event that is given up is shown with its reason, and begins anew when it is replayed.
pub async fn a_parked_event_waits_for_its_replay(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let event = append(storage, &tenant, 0).await;
    let claimed = claim(storage, 0).await.remove(0);
    let mut tx = relay(storage).await;
    assert!(tx.queue().park(&claimed, at(5), "refusé pour de bon").await.expect("an answer"));
    tx.commit().await.expect("it is parked");
    assert!(claim(storage, 1_000).await.is_empty());
    assert_eq!(waiting(storage).await, 0, "what is parked does not wait");
    let parked = relay(storage).await.queue().parked(10).await.expect("the list").remove(0);
    assert_eq!((parked.id, parked.organization, parked.event), (claimed.id, tenant.organization, event));
    assert_eq!((parked.attempts, parked.parked_at, parked.reason.as_str()), (1, at(5), "refusé pour de bon"));

    let mut told = Vec::new();
    for one in [EventId(id()), claimed.id, claimed.id] {
        let mut tx = relay(storage).await;
        told.push(tx.queue().replay(one, at(50)).await.expect("an answer"));
        tx.commit().await.expect("the work ends");
    }
    assert_eq!(told, [false, true, false]);
    let again = claim(storage, 50).await.remove(0);
    assert_eq!((again.id, again.attempts), (claimed.id, 0), "as if it had never been tried");
}

/// What did not happen has no event.
pub async fn an_event_that_is_not_committed_is_not_claimed(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let mut tx = tenant.work(storage).await;
    tx.outbox().append(&event(), at(0)).await.expect("the event is written");
    assert!(claim(storage, 1).await.is_empty(), "not yet");
    drop(tx);
    assert!(claim(storage, 1).await.is_empty(), "never");
}

/// A submission comes with its event, a second try with none, a quarantined one with none.
pub async fn quarantined_submission_has_no_event(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let mut spam = tenant.intake(0);
    (spam.submission.verdict, spam.event) = (Verdict::Quarantined(vec![SpamReason::Honeypot]), None);
    tenant.record(storage, spam).await;
    assert!(claim(storage, 1_000).await.is_empty());
    let accepted = tenant.intake(0);
    for _ in 0..2 {
        tenant.record(storage, accepted.clone()).await;
    }
    let events: Vec<Event> = claim(storage, 1_000).await.iter().map(|claimed| claimed.event).collect();
    assert_eq!(events, [accepted.event.expect("it has one")]);
}

/// Keys whose time is over are swept away, a few at a time; the others stay.
pub async fn expired_keys_are_swept(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    for second in [0, 1, 2, 100] {
        tenant.record(storage, tenant.intake(second)).await;
    }
    let mut swept = Vec::new();
    for _ in 0..3 {
        swept.push(sweep(storage, "submission_key", at(3_650), 2).await);
    }
    assert_eq!(swept, [2, 1, 0]);
}

/// Records a submission that came at that second and is held back.
async fn hold_back(storage: &dyn Storage, tenant: &Tenant, second: i64) -> SubmissionId {
    let mut spam = tenant.intake(second);
    (spam.submission.verdict, spam.event) = (Verdict::Quarantined(vec![SpamReason::Honeypot]), None);
    tenant.record(storage, spam).await
}

/// What is held back is forgotten in every organization once its time is over, a few at a time, and not a second before;
/// what was accepted or let out is not, however old.
pub async fn what_is_held_back_is_forgotten_in_its_time(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let (north, south) = (Tenant::found(storage).await, Tenant::found(storage).await);
    let mut held = Vec::new();
    for (tenant, second) in [(&north, 0), (&south, 1), (&north, 2), (&south, 3)] {
        held.push((tenant, hold_back(storage, tenant, second).await));
    }
    let accepted = north.record(storage, north.intake(0)).await;
    let let_out = hold_back(storage, &south, 0).await;
    let mut tx = storage.tenant(&south.owner(Permission::ReleaseSubmission)).await.expect("work begins");
    assert!(tx.submissions().release(let_out).await.expect("an answer"));
    tx.commit().await.expect("it is let out");

    let now = at(2) + spam::MEMORY;
    let second = SignedDuration::from_secs(1);
    let sweeps = [(now - second * 3, 10, 0), (now, 2, 2), (now, 2, 1), (now, 2, 0), (now + second, 10, 1)];
    let mut left = Vec::new();
    for (now, most, forgotten) in sweeps {
        assert_eq!(sweep(storage, "quarantine", now, most).await, forgotten);
        let mut there = 0;
        for (tenant, id) in &held {
            let found = tenant.look(storage).await.submissions().find(*id).await.expect("no error");
            there += usize::from(found.is_some());
        }
        left.push(there);
    }
    assert_eq!(left, [4, 2, 1, 1, 0]);
    for (tenant, id) in [(&north, accepted), (&south, let_out)] {
        let found = tenant.look(storage).await.submissions().find(id).await.expect("no error");
        assert_eq!(found.expect("the submission").verdict, Verdict::Accepted);
    }
}

/// Whoever waits for work wakes when there is some.
pub async fn an_event_wakes_the_worker(rig: &dyn StorageRig) {
    let (storage, live) = (rig.storage(), rig.live());
    let tenant = Tenant::found(storage).await;
    // It may still be connecting when the first event is written, but hears one of the next.
    for _ in 0..100 {
        let woken = timeout(Duration::from_millis(200), live.work());
        let (woken, _) = tokio::join!(woken, append(storage, &tenant, 0));
        if woken.is_ok() {
            return;
        }
    }
    panic!("nobody woke");
}
