//! Many leads that are erased at once: who goes, who is left and why, and that nobody goes twice.

use std::{collections::BTreeSet, time::Duration};

use jiff::{SignedDuration, ToSpan, tz::TimeZone};
use qualify_domain::{
    access::Role,
    erasure::Ground,
    hold::Held,
    id::{JobId, LeadId},
    job::{EraseLeads, Job, JobState, LeftOut, MOST_NAMED, Skipped},
    lead_filter::{LeadFilter, Search},
    restriction,
    text::Message,
    violation::{Rule, Violations},
};
use qualify_usecases::{Error, PlaceHold, SignedIn};
use tokio_util::sync::CancellationToken;

use crate::{
    jobs::copies,
    world::{Home, MockMailer, World, nobody},
};

async fn begin(world: &World, member: &SignedIn, leads: Vec<LeadId>) -> Result<JobId, Error> {
    world.app.jobs.erase_leads(&member.actor, EraseLeads { leads, ground: Ground::NotNeeded }).await
}

async fn found(world: &World, member: &SignedIn, id: JobId) -> Job {
    world.app.jobs.find(&member.actor, id).await.unwrap()
}

async fn left(world: &World, home: &Home) -> BTreeSet<LeadId> {
    world.leads(home).await.iter().map(|row| row.id).collect()
}

#[tokio::test]
async fn those_that_were_named_are_erased_each_with_its_certificate_and_the_others_are_told_with_why() {
    let world = World::new().await;
    let (home, south) = (world.found("North").await, world.found("South").await);
    let mut ids = Vec::new();
    for person in ["anna", "berta", "carl", "dora", "emil"] {
        ids.push(world.lead(&home, &format!("{person}@example.com")).await.id);
    }
    let theirs = world.lead(&south, "theirs@example.com").await.id;
    let [anna, berta, held, kept, stays] = ids[..] else { unreachable!("five") };
    let today = TimeZone::UTC.to_datetime(world.ports.clock.now()).date();
    let claim = PlaceHold {
        records: BTreeSet::from([Held::Lead(held)]),
        reason: Message::parse("A claim").unwrap(),
        review_on: today.saturating_add(3.months()),
    };
    world.app.holds.place(&home.owner.actor, claim).await.unwrap();
    world.app.restrictions.restrict(&home.owner.actor, kept, restriction::Ground::Claims, false).await.unwrap();
    let named = vec![anna, held, theirs, berta, kept, nobody().1, anna];
    let id = begin(&world, &home.owner, named).await.unwrap();
    world.work().await;
    let job = found(&world, &home.owner, id).await;
    assert_eq!((job.state, job.done, job.total), (JobState::Done, 6, Some(6)), "each once: {job:?}");
    let mut report: Vec<_> = job.report.iter().collect();
    report.sort_unstable();
    assert_eq!(report, [("erased", 2), ("skipped_gone", 2), ("skipped_held", 1), ("skipped_restricted", 1)]);
    let why: BTreeSet<_> = job.left_out.iter().map(|LeftOut { lead, why }| (*lead, why.code())).collect();
    assert!(why.contains(&(held, Skipped::Held.code())) && why.contains(&(kept, Skipped::Restricted.code())));
    assert_eq!(left(&world, &home).await, BTreeSet::from([held, stays]), "and the one that is hidden");
    assert_eq!(left(&world, &south).await, BTreeSet::from([theirs]), "RLS-10");
    let certificates = world.app.leads.certificates(&home.owner.actor, &[anna, berta, held]).await.unwrap();
    let shown: BTreeSet<_> = certificates.iter().map(|one| (one.lead, one.ground.code())).collect();
    assert_eq!(shown, BTreeSet::from([(anna, "not_needed"), (berta, "not_needed")]));
    let told = world.rows("SELECT count(*) FROM audit_entries WHERE changes = '{erased:>not_needed}'").await;
    assert_eq!(told, 2, "each is in the trail");
}

#[tokio::test]
async fn a_worker_that_dies_in_the_middle_erases_nobody_twice_and_leaves_nobody_out() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.lead(&home, "anna@example.com").await;
    assert!(world.rows(copies!(199)).await > 0);
    let leads = world.app.jobs.to_erase(&home.owner.actor, &LeadFilter::default(), None, TimeZone::UTC).await.unwrap();
    assert_eq!(leads.len(), 200);
    let id = begin(&world, &home.owner, leads).await.unwrap();
    let mut patience = Duration::from_millis(50);
    loop {
        let dying = world.worker(MockMailer::new());
        let death = tokio::time::timeout(patience, dying.drain(&CancellationToken::new())).await;
        let job = found(&world, &home.owner, id).await;
        world.clock.advance(SignedDuration::from_secs(16));
        if death.is_err() && job.done > 0 && !job.is_over() {
            // In one look: what the dying one committed may arrive at any moment.
            let differ = "SELECT (SELECT count(*) FROM erasures) - (SELECT sum(done)::bigint FROM jobs)";
            assert_eq!(world.rows(differ).await, 0, "what is told is what was done");
            break;
        }
        assert!(!job.is_over(), "it was too quick to be caught");
        patience += Duration::from_millis(10);
    }
    world.work().await;
    let job = found(&world, &home.owner, id).await;
    assert_eq!((job.state, job.done, job.report.of("erased")), (JobState::Done, 200, 200), "{job:?}");
    assert_eq!(world.rows("SELECT count(*) FROM erasures").await, 200);
    assert!(left(&world, &home).await.is_empty());
}

#[tokio::test]
async fn what_a_list_shows_is_named_at_the_beginning_and_what_comes_later_stays() {
    let world = World::new().await;
    let home = world.found("North").await;
    for person in ["eve@example.com", "evelyn@example.com", "anna@example.com"] {
        world.lead(&home, person).await;
    }
    let search = Search::parse("eve").unwrap();
    let utc = TimeZone::UTC;
    let actor = &home.owner.actor;
    let shown = world.app.jobs.to_erase(actor, &LeadFilter::default(), Some(&search), utc.clone()).await.unwrap();
    assert_eq!(shown.len(), 2);
    let id = begin(&world, &home.owner, shown).await.unwrap();
    let later = world.lead(&home, "eve2@example.com").await.id;
    world.work().await;
    assert_eq!(found(&world, &home.owner, id).await.report.of("erased"), 2);
    assert!(left(&world, &home).await.contains(&later));

    assert!(world.rows(copies!(1_000)).await > 0);
    let many = world.app.jobs.to_erase(actor, &LeadFilter::default(), None, utc).await;
    let Err(Error::Invalid(faults)) = many else { unreachable!("{many:?}") };
    assert_eq!(faults, Violations::one("leads", Rule::TooMany(MOST_NAMED)));
}

#[tokio::test]
async fn whoever_may_not_erase_begins_nothing_and_nobody_erases_nobody() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.lead(&home, "anna@example.com").await.id;
    for (role, email) in [(Role::Admin, "ada@north.example"), (Role::Agent, "al@north.example")] {
        let member = world.join(&home, email, &[role]).await;
        let refused = begin(&world, &member, vec![anna]).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{role}: {refused:?}");
        let shown = world.app.jobs.to_erase(&member.actor, &LeadFilter::default(), None, TimeZone::UTC).await;
        assert!(matches!(shown, Err(Error::Forbidden(_))), "{role}");
    }
    for (leads, rule) in [
        (vec![], Rule::Required),
        ((0..=MOST_NAMED as u128).map(|n| LeadId(uuid::Uuid::from_u128(n))).collect(), Rule::TooMany(MOST_NAMED)),
    ] {
        let Err(Error::Invalid(faults)) = begin(&world, &home.owner, leads).await else { unreachable!("{rule:?}") };
        assert_eq!(faults, Violations::one("leads", rule));
    }
    let officer = world.join(&home, "priya@north.example", &[Role::PrivacyOfficer]).await;
    let id = begin(&world, &officer, vec![anna]).await.unwrap();
    world.work().await;
    assert_eq!(found(&world, &officer, id).await.report.of("erased"), 1);
}

#[tokio::test]
async fn dsr_9_one_that_cannot_be_erased_keeps_no_other_from_going_and_is_told() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mut ids = Vec::new();
    for person in ["anna", "berta", "carl", "dora"] {
        ids.push(world.lead(&home, &format!("{person}@example.com")).await.id);
    }
    // The first and another: whatever comes after them goes.
    ids.sort_unstable();
    world.sql("CREATE TABLE broken AS SELECT id FROM leads ORDER BY id LIMIT 1").await;
    world.sql("INSERT INTO broken SELECT id FROM leads ORDER BY id OFFSET 2 LIMIT 1").await;
    let refuse = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
            IF EXISTS (SELECT FROM public.broken WHERE id = OLD.id) THEN
                RAISE EXCEPTION 'broken';
            END IF;
            RETURN OLD;
        END $$";
    world.sql(refuse).await;
    world.sql("CREATE TRIGGER refuse BEFORE DELETE ON leads FOR EACH ROW EXECUTE FUNCTION refuse()").await;
    let id = begin(&world, &home.owner, ids.clone()).await.unwrap();
    let mut job = found(&world, &home.owner, id).await;
    for _ in 0..12 {
        world.work().await;
        world.clock.advance(SignedDuration::from_mins(10));
        job = found(&world, &home.owner, id).await;
    }
    assert_eq!((job.state, job.done, job.fault), (JobState::Done, 4, None), "{job:?}");
    assert_eq!((job.report.of("erased"), job.report.of("skipped_failed")), (2, 2), "{job:?}");
    let why = |lead| LeftOut { lead, why: Skipped::Failed };
    assert_eq!(job.left_out, [why(ids[0]), why(ids[2])]);
    assert_eq!(left(&world, &home).await, BTreeSet::from([ids[0], ids[2]]));
    assert_eq!(world.rows("SELECT count(*) FROM erasures").await, 2, "nobody has a certificate who is still there");

    world.sql("DROP TRIGGER refuse ON leads").await;
    let again = begin(&world, &home.owner, job.left_out.iter().map(|left| left.lead).collect()).await.unwrap();
    world.work().await;
    assert_eq!(found(&world, &home.owner, again).await.report.of("erased"), 2);
    assert!(left(&world, &home).await.is_empty());
}
