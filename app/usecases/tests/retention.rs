//! What was kept for its time goes by itself, and every sweep is proven.

mod alarm;
mod clocks;
mod files;
mod killed;
mod leftovers;
mod page;
mod rounds;

use std::{collections::BTreeSet, time::Duration};

use jiff::SignedDuration;
use qualify_crypto::sha256;
use qualify_domain::{
    audit::Break,
    retention::{BATCH, EVERY, GRACE, NOTICE, Outcome, RULES, RetentionRule, Swept},
    spam,
    submission::IP_KEPT,
    text::Message,
};
use qualify_ports::storage::PlatformTask;
use qualify_usecases::{Due, Error, NoteKind, NoteLead, RetentionWalk, Submit};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::world::{World, from, willing};

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// So many tries that expired long ago.
const TRIES: &str = "INSERT INTO throttles (key, failures, times, expires_at)
    SELECT sha256(int4send(n)), 1, '{}', to_timestamp(n) FROM generate_series(1, 2500) AS n";

async fn due(world: &World) -> Vec<Swept> {
    world.retention().sweep_due(&CancellationToken::new()).await
}

async fn verified(world: &World) -> Result<u64, Break> {
    RetentionWalk::new(world.ports.storage.clone(), sha256).verify().await.unwrap()
}

fn of<'s>(swept: &'s [Swept], code: &str) -> &'s Swept {
    swept.iter().find(|swept| swept.rule.code == code).unwrap()
}

fn counted(due: &[Due], code: &str) -> u64 {
    due.iter().find(|due| due.rule.code == code).unwrap().rows
}

#[tokio::test]
async fn ret_14_each_rule_is_swept_every_quarter_of_an_hour_and_recorded() {
    let world = World::new().await;
    world.sql(TRIES).await;
    let swept = due(&world).await;
    let codes: Vec<_> = swept.iter().map(|swept| swept.rule.code).collect();
    assert_eq!(codes, RULES.iter().map(|rule| rule.code).collect::<Vec<_>>());
    assert!(swept.iter().all(|swept| swept.outcome == Outcome::Done));
    assert_eq!(of(&swept, "throttle").rows, 2_500);
    world.clock.advance(EVERY - SECOND * 60);
    assert!(due(&world).await.is_empty(), "not yet");
    world.clock.advance(SECOND * 60);
    assert_eq!(due(&world).await.len(), RULES.len());
    let recorded = "SELECT count(*) FROM retention_runs WHERE rule = 'throttle' AND rows = 2500 AND outcome = 'done'
        AND cutoff <= began_at AND milliseconds >= 100";
    assert_eq!(world.rows(recorded).await, 1);
    assert_eq!(verified(&world).await, Ok(RULES.len() as u64 * 2));
}

#[tokio::test]
async fn ret_14_many_rows_go_in_pieces_with_room_for_others_in_between() {
    let world = World::new().await;
    world.found("North").await;
    let many =
        "INSERT INTO submissions (organization_id, id, form_id, form_version, received_at, consented, notice, ip,
            verdict, spam_reasons)
        SELECT organization_id, gen_random_uuid(), f.id, 1, o.created_at - make_interval(days => 40, secs => n), false, 'n',
            '192.0.2.7', 'accepted', '{}'
        FROM forms AS f JOIN organizations AS o USING (organization_id), generate_series(1, 2500) AS n";
    world.sql(many).await;
    let swept = due(&world).await;
    let addresses = of(&swept, "lead_ip");
    assert_eq!((addresses.rows, addresses.outcome), (2_500, Outcome::Done));
    assert!(addresses.took >= SignedDuration::from_millis(100), "two pauses");
    let pieces = "SELECT count(DISTINCT xmin::text) FROM submissions";
    assert_eq!(world.rows(pieces).await, 3, "each in a transaction of its own");
    let largest = "SELECT max(c) FROM (SELECT count(*) AS c FROM submissions GROUP BY xmin::text) AS pieces";
    assert_eq!(world.rows(largest).await, i64::from(BATCH));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ret_14_two_workers_at_once_sweep_each_rule_once() {
    let world = World::new().await;
    world.sql(TRIES).await;
    let (one, two) = tokio::join!(due(&world), due(&world));
    let codes: BTreeSet<_> = one.iter().chain(&two).map(|swept| swept.rule.code).collect();
    assert_eq!((codes.len(), one.len() + two.len()), (RULES.len(), RULES.len()));
    assert_eq!(verified(&world).await, Ok(RULES.len() as u64));
}

#[tokio::test]
async fn who_comes_in_the_middle_of_a_batch_does_not_wait_for_it() {
    let world = World::new().await;
    due(&world).await;
    let mut tx = world.ports.storage.platform(PlatformTask::SweepRetention).await.unwrap();
    let rule = RetentionRule::of_code("throttle").unwrap();
    tx.retention().hold(rule, world.ports.clock.now()).await.unwrap();
    let swept = world.sweep().await;
    assert_eq!(swept.len(), RULES.len() - 1);
    assert!(swept.iter().all(|swept| swept.rule != rule && swept.outcome == Outcome::Done));
}

#[tokio::test]
async fn a_clock_that_was_wrong_holds_up_no_sweep() {
    let world = World::new().await;
    let wrong = "INSERT INTO retention_turns SELECT 'throttle', to_timestamp(9000000000), to_timestamp(9000000000)";
    world.sql(wrong).await;
    assert_eq!(due(&world).await.len(), RULES.len());
}

#[tokio::test]
async fn ret_14_a_sweep_that_breaks_is_recorded_as_failed_and_keeps_no_other() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    let held = Submit { spam: [("website", "https://buy.example".to_owned())].into(), ..from("spam@example.com") };
    world.submit(home.form, held).await.unwrap();
    world.work().await;
    let parked = "INSERT INTO outbox (organization_id, event, due_at, parked_at, parked_reason)
        SELECT organization_id, '{}', created_at, created_at, 'broken' FROM organizations";
    world.sql(parked).await;
    // One kind comes before what breaks, one after it.
    let kinds = [
        "SELECT count(*) FROM submissions WHERE verdict = 'quarantined'",
        "SELECT count(*) FROM notifications",
        "SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL",
    ];
    let kept = async || {
        let mut kept = Vec::new();
        for kind in kinds {
            kept.push(world.rows(kind).await > 0);
        }
        kept
    };
    assert_eq!(kept().await, [true, true, true]);
    world.clock.advance(spam::MEMORY + SignedDuration::from_hours(48));
    world.sql("DROP FUNCTION sweep_notification(timestamptz, timestamptz, integer)").await;
    let swept = due(&world).await;
    let failed: Vec<_> = swept.iter().filter(|swept| swept.outcome != Outcome::Done).collect();
    assert_eq!(failed.iter().map(|failed| failed.rule.code).collect::<Vec<_>>(), ["notification"]);
    assert_eq!(kept().await, [false, true, false]);
    let recorded = "SELECT count(*) FROM retention_runs WHERE rule = 'notification' AND outcome = 'failed'";
    assert_eq!(world.rows(recorded).await, 1);
    assert_eq!(verified(&world).await, Ok(RULES.len() as u64), "failures are proven, too");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_that_is_told_to_stop_ends_with_its_piece_and_another_goes_on() {
    const MANY: u64 = 20_000;
    let world = World::new().await;
    let tries = "INSERT INTO throttles (key, failures, times, expires_at)
        SELECT sha256(int4send(n)), 1, '{}', to_timestamp(n) FROM generate_series(1, 20000) AS n";
    world.sql(tries).await;
    let stop = CancellationToken::new();
    let (retention, until) = (world.retention(), stop.clone());
    let sweeping = tokio::spawn(async move { retention.sweep_due(&until).await });
    let deadline = Instant::now() + Duration::from_secs(20);
    while world.rows("SELECT count(*) FROM throttles").await == 20_000 {
        assert!(Instant::now() < deadline, "it has begun");
    }
    stop.cancel();
    let swept = sweeping.await.unwrap();
    let stopped = swept.last().unwrap();
    assert_eq!((stopped.rule.code, stopped.outcome), ("throttle", Outcome::Stopped));
    assert!(stopped.rows < MANY && stopped.rows % u64::from(BATCH) == 0, "{}", stopped.rows);
    let rest = due(&world).await;
    assert_eq!(of(&rest, "throttle").rows, MANY - stopped.rows, "at once");
    assert_eq!(world.rows("SELECT count(*) FROM throttles").await, 0);
}

#[tokio::test]
async fn a_worker_sweeps_by_itself() {
    let world = World::new().await;
    let stop = CancellationToken::new();
    let (worker, until) = (world.worker(willing().0), stop.clone());
    let working = tokio::spawn(async move { worker.run(until).await });
    let deadline = Instant::now() + Duration::from_secs(20);
    let rules = i64::try_from(RULES.len()).unwrap();
    while world.rows("SELECT count(*) FROM retention_runs").await < rules {
        assert!(Instant::now() < deadline, "it has swept");
        sleep(Duration::from_millis(10)).await;
    }
    stop.cancel();
    working.await.unwrap();
}

#[tokio::test]
async fn ret_14_a_run_that_was_changed_cut_or_taken_out_is_found() {
    let forgeries = [
        ("UPDATE retention_runs SET rows = rows + 1 WHERE sequence = 5", Break::Changed(5)),
        ("UPDATE retention_runs SET outcome = 'failed' WHERE sequence = 2", Break::Changed(2)),
        ("UPDATE retention_runs SET cutoff = cutoff - interval '1 us' WHERE sequence = 15", Break::Changed(15)),
        ("DELETE FROM retention_runs WHERE sequence = 7", Break::Missing(8)),
        ("DELETE FROM retention_runs WHERE sequence > 12", Break::Cut(13)),
    ];
    for (forgery, expected) in forgeries {
        let world = World::new().await;
        assert_eq!(verified(&world).await, Ok(0));
        due(&world).await;
        assert_eq!(verified(&world).await, Ok(RULES.len() as u64));
        world.sql(forgery).await;
        assert_eq!(verified(&world).await, Err(expected), "{forgery}");
    }
}

#[tokio::test]
async fn ret_16_who_signs_in_leaves_nothing_behind_that_is_overdue() {
    let world = World::new().await;
    world.found("North").await;
    world.sign_in("owner@north.example").await;
    assert!(world.rows("SELECT count(*) FROM throttles").await > 0, "what was tried is counted");
    let overdue = world.retention().overdue().await.unwrap();
    assert_eq!(
        overdue.iter().filter(|due| due.rows > 0).map(|due| due.rule.code).collect::<Vec<_>>(),
        Vec::<&str>::new()
    );
}

#[tokio::test]
async fn ret_16_what_a_sweep_without_its_rights_leaves_behind_is_counted_as_overdue() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.submit(home.form, from("anna@example.com")).await.unwrap();
    let counts = async || {
        let retention = world.retention();
        let (plan, overdue) = (retention.plan().await.unwrap(), retention.overdue().await.unwrap());
        (counted(&plan, "lead_ip"), counted(&overdue, "lead_ip"))
    };
    world.clock.advance(IP_KEPT - SECOND * 60);
    assert_eq!(counts().await, (0, 0));
    world.sql("REVOKE UPDATE (ip, ip_anonymized_at) ON submissions FROM qualify_sweep_lead_ip").await;
    world.clock.advance(SECOND * 60);
    assert_eq!(of(&world.sweep().await, "lead_ip").outcome, Outcome::Failed);
    assert_eq!(counts().await, (1, 0), "due, and there is time");
    world.clock.advance(GRACE);
    assert_eq!(counts().await, (1, 1));
    assert_eq!(
        world.rows("SELECT count(*) FROM submissions WHERE ip IS NOT NULL").await,
        1,
        "counting changes nothing"
    );
    world.sql("GRANT UPDATE (ip, ip_anonymized_at) ON submissions TO qualify_sweep_lead_ip").await;
    assert_eq!(of(&world.sweep().await, "lead_ip").rows, 1);
    assert_eq!(counts().await, (0, 0));
}

#[tokio::test]
async fn what_cannot_be_counted_is_told() {
    let world = World::new().await;
    world.sql("DROP FUNCTION due_lead_ip(timestamptz, integer)").await;
    assert!(matches!(world.retention().overdue().await, Err(Error::Failed(_))));
}

#[tokio::test]
async fn ret_2_a_lead_shows_no_address_that_had_its_time_although_nothing_was_swept() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await.id;
    let shown = async || {
        let owner = world.sign_in("owner@north.example").await;
        let file = world.app.leads.open(&owner.actor, lead).await.unwrap();
        file.submissions.iter().map(|submission| submission.ip.is_some()).collect::<Vec<_>>()
    };
    world.clock.advance(IP_KEPT - SECOND * 60);
    assert_eq!(shown().await, [true]);
    let mut again = from("anna@example.com");
    again.sent.message = "Me again.".to_owned();
    world.submit(home.form, again).await.unwrap();
    world.work().await;
    world.clock.advance(SECOND * 60);
    assert_eq!(shown().await, [true, false], "another visit gives the first address no more time");
    assert_eq!(world.rows("SELECT count(*) FROM submissions WHERE ip IS NOT NULL").await, 2);
    world.sweep().await;
    assert_eq!(world.rows("SELECT count(*) FROM submissions WHERE ip IS NOT NULL").await, 1);
    assert_eq!(shown().await, [true, false]);
}

#[tokio::test]
async fn ret_12_a_lead_goes_with_all_that_hangs_on_it_and_its_owner_is_told_before() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await.id;
    let tables = ["leads", "submissions", "activities", "lead_scores"];
    let left = async || {
        let mut left = Vec::new();
        for table in tables {
            let rows = format!("SELECT count(*) FROM {table}");
            left.push(world.rows(rows.leak()).await > 0);
        }
        left
    };
    let months = RetentionRule::of_code("lead").unwrap();
    let end = months.due_at(world.ports.clock.now());
    let note = NoteLead { kind: NoteKind::Note, text: Message::parse("Call her in May.").unwrap() };
    world.app.leads.note(&home.owner.actor, lead, note).await.unwrap();
    world.work().await;
    let (mailer, sent) = willing();
    let worker = world.worker(mailer);
    world.clock.advance(end.duration_since(world.ports.clock.now()) - NOTICE - SECOND * 60 * 60);
    assert_eq!(of(&due(&world).await, "lead").rows, 0);
    worker.drain(&CancellationToken::new()).await.unwrap();
    let told: Vec<_> = sent.lock().unwrap().iter().map(|mail| mail.subject.clone()).collect();
    assert!(told.contains(&"One lead will be deleted soon".to_owned()), "{told:?}");
    assert_eq!(world.rows("SELECT count(*) FROM notifications WHERE kind = 'leads_end'").await, 1);
    world.clock.advance(end.duration_since(world.ports.clock.now()) - SECOND * 60);
    assert_eq!(of(&world.sweep().await, "lead").rows, 0);
    assert_eq!(left().await, [true; 4]);
    world.clock.advance(SECOND * 60);
    assert_eq!(of(&world.sweep().await, "lead").rows, 1);
    assert_eq!(left().await, [false; 4]);
}

#[tokio::test]
async fn ret_12_another_contact_gives_a_lead_its_time_anew_and_nothing_else_does() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await.id;
    let rule = RetentionRule::of_code("lead").unwrap();
    let first = rule.due_at(world.ports.clock.now());
    world.clock.advance(SignedDuration::from_hours(24 * 300));
    let mut again = from("anna@example.com");
    again.sent.message = "Me again.".to_owned();
    world.submit(home.form, again).await.unwrap();
    world.work().await;
    let second = rule.due_at(world.ports.clock.now());
    world.clock.advance(SignedDuration::from_hours(24));
    let owner = world.sign_in("owner@north.example").await;
    let note = NoteLead { kind: NoteKind::Note, text: Message::parse("Call her in May.").unwrap() };
    world.app.leads.note(&owner.actor, lead, note).await.unwrap();
    for (moment, gone) in [(first, 0), (second - SECOND * 60, 0), (second, 1)] {
        world.clock.advance(moment.duration_since(world.ports.clock.now()));
        assert_eq!(of(&world.sweep().await, "lead").rows, gone, "{moment}");
    }
}

#[tokio::test]
async fn ret_12_more_months_need_a_reason_and_who_says_so_a_permission() {
    let world = World::new().await;
    let home = world.found("North").await;
    let keep = async |months, why: &str| {
        world.app.retention.keep_leads(&home.owner.actor, months, Message::parse(why).ok()).await
    };
    assert!(matches!(keep(37, "").await, Err(Error::Invalid(_))));
    assert!(matches!(keep(0, "").await, Err(Error::Invalid(_))));
    keep(37, "A building permit takes years.").await.unwrap();
    let shown = world.app.retention.view(&home.owner.actor).await.unwrap();
    assert_eq!((shown.counting, shown.months.months, shown.rules.len()), (37, 37, RULES.len()));
    assert_eq!(shown.months.said.map(|(by, _)| Some(by)), Some(home.owner.actor.user()));
}
