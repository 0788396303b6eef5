//! Leads go so many months after the last contact, and the trail after twelve, to the second and by the calendar of Paris.

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::Permission,
    retention::{LEAD_MONTHS, LeadMonths, NOTICE, RetentionRule, months_after},
    text::Message,
};
use qualify_ports::storage::{PlatformTask, Storage};
use qualify_postgres::testing::TestDatabase;
use sqlx::{Connection, PgConnection};
use time::OffsetDateTime;

use crate::world::{World, noon, storage_of};

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

async fn alone() -> (TestDatabase, World) {
    let database = TestDatabase::fresh().await;
    let world = World::found(storage_of(&database)).await;
    (database, world)
}

async fn sweep(world: &World, code: &str, now: Timestamp, most: u16) -> u64 {
    let rule = RetentionRule::of_code(code).unwrap();
    let mut tx = world.storage.platform(PlatformTask::SweepRetention).await.unwrap();
    let gone = tx.retention().sweep(rule, rule.cutoff(now), now, most).await.unwrap();
    tx.commit().await.unwrap();
    gone
}

async fn due(world: &World, code: &str, now: Timestamp) -> u64 {
    let rule = RetentionRule::of_code(code).unwrap();
    let mut tx = world.storage.platform(PlatformTask::ReadRetention).await.unwrap();
    tx.retention().due(rule, rule.cutoff(now), 10).await.unwrap()
}

async fn warn(world: &World, now: Timestamp) -> u64 {
    let mut tx = world.storage.platform(PlatformTask::SweepRetention).await.unwrap();
    let warned = tx.retention().warn(now, now + NOTICE + DAY, now + NOTICE + DAY * 7).await.unwrap();
    tx.commit().await.unwrap();
    warned
}

async fn keep(world: &World, months: &LeadMonths) {
    let mut tx = world.begin(Permission::ManageRetention).await;
    tx.lead_months().keep(months).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn ret_12_leads_are_kept_for_as_many_months_as_the_domain_says() {
    let (database, world) = alone().await;
    let mut inside = PgConnection::connect_with(&database.superuser()).await.unwrap();
    for start in [
        "2026-11-23T12:00:00Z",
        "2024-02-29T23:30:00Z",
        "2026-08-31T10:00:00Z",
        "2023-03-29T00:30:00Z",
        "2023-10-25T00:30:00Z",
        "2024-03-28T01:30:00Z",
    ] {
        let stored = OffsetDateTime::from_unix_timestamp(at(start).as_second()).unwrap();
        let query = "SELECT lead_ends_at($1, $2)";
        let ends: OffsetDateTime =
            sqlx::query_scalar(query).bind(world.organization.0).bind(stored).fetch_one(&mut inside).await.unwrap();
        assert_eq!(ends.unix_timestamp(), months_after(at(start), LEAD_MONTHS).as_second(), "{start}");
    }
}

#[tokio::test]
async fn ret_12_clk_2_each_organization_keeps_its_leads_for_its_own_months() {
    let (database, world) = alone().await;
    let usual = World::found(storage_of(&database)).await;
    let user = world.user;
    let half = LeadMonths { months: 6, before: None, justification: None, said: Some((user, noon())) };
    keep(&world, &half).await;
    // Three days that all end on the last of February, and one that has a like.
    for (day, ends) in [
        ("2026-08-31T10:00:00Z", "2027-02-28T11:00:00Z"),
        ("2026-08-29T12:00:00Z", "2027-02-28T13:00:00Z"),
        ("2027-08-31T10:00:00Z", "2028-02-29T11:00:00Z"),
        ("2026-11-23T12:00:00Z", "2027-05-23T11:00:00Z"),
    ] {
        for place in [&world, &usual] {
            place.keep_lead(&place.lead(at(day), "anna@example.com")).await;
        }
        let left = async || database.count("SELECT count(*) FROM leads").await;
        assert_eq!((sweep(&world, "lead", at(ends) - SECOND, 10).await, left().await), (0, 2), "{day}");
        assert_eq!((sweep(&world, "lead", at(ends), 10).await, left().await), (1, 1), "{day}");
        assert_eq!(sweep(&world, "lead", at(ends), 10).await, 0, "{day}");
        let usual_end = months_after(at(day), LEAD_MONTHS);
        assert_eq!(sweep(&world, "lead", usual_end - SECOND, 10).await, 0, "{day}");
        assert_eq!((sweep(&world, "lead", usual_end, 10).await, left().await), (1, 0), "{day}");
    }
}

const SENT: &str = "SELECT count(*) FROM submissions";

#[tokio::test]
async fn ret_12_clk_2_what_became_no_lead_goes_when_a_lead_of_it_would_have_gone() {
    let (database, world) = alone().await;
    let usual = World::found(storage_of(&database)).await;
    let half = LeadMonths { months: 6, before: None, justification: None, said: Some((world.user, noon())) };
    keep(&world, &half).await;
    let day = at("2026-08-31T10:00:00Z");
    for place in [&world, &usual] {
        place.capture(place.submission(day, "anna@example.com"), 1).await.unwrap();
    }
    let (half_end, usual_end) = (months_after(day, 6), months_after(day, LEAD_MONTHS));
    for (end, before, left) in [(half_end, 2, 1), (usual_end, 1, 0)] {
        for (now, gone, stay) in [(end - SECOND, 0, before), (end, 1, left), (end, 0, left)] {
            assert_eq!(due(&world, "lead", now).await, gone, "{now}");
            assert_eq!((sweep(&world, "lead", now, 10).await, database.count(SENT).await), (gone, stay), "{now}");
        }
    }
}

#[tokio::test]
async fn ret_12_what_became_no_lead_goes_beside_leads_and_nothing_that_another_rule_or_a_lead_holds() {
    let (database, world) = alone().await;
    world.keep_lead(&world.lead(noon(), "anna@example.com")).await;
    for key in 1..=4 {
        world.capture(world.submission(noon(), "berta@example.com"), key).await.unwrap();
    }
    let later = world.lead(noon() + DAY, "carla@example.com");
    world.keep_lead(&later).await;
    let kept = "UPDATE submissions SET lead_id = (SELECT max(id::text)::uuid FROM leads WHERE last_submission_at > received_at)
        WHERE id = (SELECT min(id::text)::uuid FROM submissions)";
    database.sql(kept).await;
    let quarantined =
        "UPDATE submissions SET verdict = 'quarantined' WHERE id = (SELECT max(id::text)::uuid FROM submissions)";
    database.sql(quarantined).await;
    let end = months_after(noon(), LEAD_MONTHS);
    assert_eq!(due(&world, "lead", end).await, 3, "a lead, and two who became none");
    let mut gone = Vec::new();
    for _ in 0..3 {
        gone.push(sweep(&world, "lead", end, 2).await);
    }
    assert_eq!(gone, [2, 1, 0], "no more at a time than was said");
    let left = "SELECT count(*) FROM submissions WHERE verdict = 'quarantined' OR lead_id IS NOT NULL";
    assert_eq!((database.count(left).await, database.count(SENT).await), (2, 2));
}

#[tokio::test]
async fn ret_12_ret_18_what_became_no_lead_stays_as_long_as_it_is_held() {
    let (database, world) = alone().await;
    world.capture(world.submission(noon(), "anna@example.com"), 1).await.unwrap();
    let hold = "WITH placed AS (
            INSERT INTO holds (organization_id, id, reason, author_id, placed_at, review_on)
            SELECT organization_id, id, 'A claim', id, received_at, '2027-03-01' FROM submissions
            RETURNING organization_id, id
        ) INSERT INTO held_records (organization_id, hold_id, kind, record_id)
        SELECT organization_id, id, 'submission', id FROM placed";
    database.sql(hold).await;
    let end = months_after(noon(), LEAD_MONTHS);
    assert_eq!((due(&world, "lead", end).await, sweep(&world, "lead", end, 10).await), (0, 0), "held");
    assert_eq!(database.count(SENT).await, 1);
    database.sql("DELETE FROM holds").await;
    assert_eq!((due(&world, "lead", end).await, sweep(&world, "lead", end, 10).await), (1, 1), "the hold was lifted");
    assert_eq!(database.count(SENT).await, 0);
}

#[tokio::test]
async fn ret_12_fewer_months_begin_to_count_when_there_was_time_to_tell() {
    let (database, world) = alone().await;
    let contact = at("2025-06-15T10:00:00Z");
    for _ in 0..3 {
        world.keep_lead(&world.lead(contact, "anna@example.com")).await;
    }
    assert_eq!(warn(&world, noon()).await, 0, "nothing goes for a long time");
    keep(&world, &LeadMonths::default().change(12, None, world.user, noon()).unwrap()).await;
    assert_eq!((warn(&world, noon()).await, warn(&world, noon() + SECOND).await), (1, 0), "once");
    let told = "SELECT count(*) FROM outbox WHERE event ->> 'event' = 'leads_ending' AND event ->> 'leads' = '3'";
    assert_eq!(database.count(told).await, 1);
    assert_eq!(sweep(&world, "lead", noon() + NOTICE, 10).await, 0);
    let mut gone = Vec::new();
    for _ in 0..3 {
        gone.push(sweep(&world, "lead", noon() + NOTICE + DAY, 2).await);
    }
    assert_eq!(gone, [2, 1, 0], "no more at a time than was said");
}

#[tokio::test]
async fn ret_12_owners_are_told_thirty_days_before_and_not_day_by_day() {
    let (database, world) = alone().await;
    let ends = |day: i32| months_after(noon() + DAY * day, LEAD_MONTHS);
    for day in 0..10 {
        world.keep_lead(&world.lead(noon() + DAY * day, "anna@example.com")).await;
    }
    let mut told = Vec::new();
    for sixth in 0..4 * 60 {
        let now = ends(0) - DAY * 45 + SignedDuration::from_hours(6 * sixth);
        if warn(&world, now).await == 1 {
            told.push(now);
        }
    }
    // Of one, of six, of three.
    assert_eq!(told.len(), 3, "{told:?}");
    for (moment, day) in told.into_iter().zip([0, 1, 7]) {
        assert!(moment <= ends(day) - NOTICE, "{moment}");
    }
    let each = "SELECT count(*) FROM outbox WHERE (event ->> 'event', event ->> 'leads')
        IN (('leads_ending', '1'), ('leads_ending', '6'), ('leads_ending', '3'))";
    assert_eq!(database.count(each).await, 3);
}

#[tokio::test]
async fn ret_12_what_an_organization_says_comes_back() {
    let (_database, world) = alone().await;
    let find = async || world.begin(Permission::ReadRetention).await.lead_months().find().await.unwrap();
    assert_eq!(find().await, LeadMonths::default());
    let why = Message::parse("A building permit takes years.").ok();
    let longer = LeadMonths::default().change(60, why, world.user, noon()).unwrap();
    keep(&world, &longer).await;
    assert_eq!(find().await, longer);
    let shorter = longer.change(6, None, world.user, noon()).unwrap();
    keep(&world, &shorter).await;
    assert_eq!(find().await, shorter);
}

#[tokio::test]
async fn the_trail_goes_from_its_beginning_on_and_leaves_an_anchor() {
    let (database, world) = alone().await;
    database.sql("TRUNCATE audit_entries, audit_heads").await;
    database
        .sql(
            "WITH head AS (
                INSERT INTO audit_heads SELECT organization_id, 5, sha256('5') FROM organizations RETURNING organization_id
            ) INSERT INTO audit_entries (organization_id, sequence, at, actor_kind, action, times, changes, previous, hash)
            SELECT organization_id, n, timestamptz '2026-11-23T12:00:00Z' + make_interval(secs => late), 'product',
                'join_organization', 1, '{}', sha256(convert_to((n - 1)::text, 'UTF8')), sha256(convert_to(n::text, 'UTF8'))
            FROM head, (VALUES (1, 0), (2, 0), (3, 60), (4, 0), (5, 60)) AS written (n, late)",
        )
        .await;
    let end = RetentionRule::of_code("audit").unwrap().due_at(noon());
    let anchor = "SELECT max(sequence) FROM audit_anchors WHERE hash = sha256(convert_to(sequence::text, 'UTF8'))";
    assert_eq!(sweep(&world, "audit", end, 10).await, 2, "what comes after an entry that stays, stays");
    assert_eq!(database.count(anchor).await, 2);
    assert_eq!(sweep(&world, "audit", end + SECOND * 60, 2).await, 2);
    assert_eq!(database.count(anchor).await, 4);
    assert_eq!(sweep(&world, "audit", end + SECOND * 60, 2).await, 1);
    assert_eq!((database.count(anchor).await, database.count("SELECT count(*) FROM audit_anchors").await), (5, 1));
    assert_eq!(database.count("SELECT count(*) FROM audit_entries").await, 0);
}
