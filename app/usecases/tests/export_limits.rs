//! How often and by how many at once what is kept is taken away (DSR-13).

use futures::{StreamExt, future::join_all};
use jiff::SignedDuration;
use qualify_domain::{
    access::Role,
    export_run::{Exported, HELD, HELD_BY_JOB},
    id::{JobId, LeadId},
    job::{ExportLeads, JobKind, JobState, SheetForm},
    lead_column::LeadColumn,
    lead_filter::LeadFilter,
};
use qualify_usecases::{Broken, Error, LeadParts, SignedIn};

use crate::{
    jobs::copies,
    world::{Home, World},
};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const SECOND: SignedDuration = SignedDuration::from_secs(1);

fn everything() -> ExportLeads {
    ExportLeads {
        filter: LeadFilter::default(),
        search: None,
        these: Vec::new(),
        zone: String::new(),
        form: SheetForm::Csv,
        columns: vec![LeadColumn::Email],
        header: vec!["E-mail".to_owned()],
    }
}

async fn copy(world: &World, member: &SignedIn, lead: LeadId) -> Result<(), Error> {
    world.app.person_copy.of_leads(&member.actor, &[lead]).await.map(drop)
}

async fn ask(world: &World, home: &Home) -> Result<JobId, Error> {
    world.app.jobs.ask(&home.owner.actor, JobKind::ExportLeads(everything())).await
}

async fn state(world: &World, home: &Home, job: JobId) -> JobState {
    world.app.jobs.find(&home.owner.actor, job).await.unwrap().state
}

/// An organization with so many leads that an export of them waits for whoever takes it.
async fn crowded(world: &World) -> (Home, LeadId) {
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    assert!(world.rows(copies!(6_000)).await > 0);
    (home, lead.id)
}

/// What runs already, and for how many seconds at most.
#[track_caller]
fn assert_runs<T>(outcome: Result<T, Error>, what: Exported, most: u64) {
    let refused = outcome.err();
    assert!(
        matches!(refused, Some(Error::Rule(Broken::ExportRuns(other, seconds))) if other == what && (1..=most).contains(&seconds)),
        "{refused:?}"
    );
}

#[track_caller]
fn assert_often<T>(outcome: Result<T, Error>) {
    let refused = outcome.err();
    assert!(matches!(refused, Some(Error::TooOften(1..=86_400))), "{refused:?}");
}

/// Takes all of it. The end comes when its place is free.
async fn taken(parts: LeadParts) -> usize {
    let parts: Vec<_> = parts.collect().await;
    parts.into_iter().map(|part| part.unwrap().len()).sum()
}

#[tokio::test]
async fn dsr_13_of_one_person_whoever_asks_gets_three_copies_a_day_and_of_many_people_one_each() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.lead(&home, "anna@example.com").await;
    let officer = world.join(&home, "priya@north.example", &[Role::PrivacyOfficer]).await;
    for _ in 0..3 {
        copy(&world, &home.owner, anna.id).await.unwrap();
    }
    assert_often(copy(&world, &home.owner, anna.id).await);
    copy(&world, &officer, anna.id).await.unwrap();
    for person in ["bert", "carl", "dora", "emil", "fritz"] {
        let other = world.lead(&home, &format!("{person}@example.com")).await;
        copy(&world, &home.owner, other.id).await.unwrap();
    }
    let copied = world.rows("SELECT count(*) FROM audit_entries WHERE action = 'copy_person'").await;
    assert_eq!(copied, 9, "what was refused was not made");
    world.clock.advance(DAY);
    copy(&world, &home.owner, anna.id).await.unwrap();
}

#[tokio::test]
async fn dsr_13_a_copy_that_comes_to_nothing_is_not_counted() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.lead(&home, "anna@example.com").await;
    world.sql("ALTER TABLE merges RENAME TO elsewhere").await;
    for _ in 0..4 {
        let broken = copy(&world, &home.owner, anna.id).await;
        assert!(matches!(broken, Err(Error::Failed(_))), "{broken:?}");
    }
    world.sql("ALTER TABLE elsewhere RENAME TO merges").await;
    copy(&world, &home.owner, anna.id).await.unwrap();
}

#[tokio::test]
async fn dsr_13_a_member_gets_the_copy_of_their_account_three_times_a_day() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mia = world.join(&home, "mia@north.example", &[Role::Agent]).await;
    for _ in 0..3 {
        world.app.person_copy.of_user(&mia).await.unwrap();
    }
    assert_often(world.app.person_copy.of_user(&mia).await);
    world.app.person_copy.of_user(&home.owner).await.unwrap();
    world.clock.advance(DAY);
    world.app.person_copy.of_user(&mia).await.unwrap();
}

#[tokio::test]
async fn dsr_13_all_leads_of_an_organization_are_exported_three_times_a_day_at_once_or_later() {
    let world = World::new().await;
    let (home, south) = (world.found("North").await, world.found("South").await);
    let anna = world.lead(&home, "anna@example.com").await;
    let admin = world.join(&home, "ada@north.example", &[Role::Admin]).await;
    for member in [&home.owner, &admin] {
        assert!(taken(world.app.leads.export(&member.actor, everything()).await.unwrap()).await > 0);
    }
    ask(&world, &home).await.unwrap();
    world.work().await;
    assert_often(ask(&world, &home).await);
    assert_often(world.app.leads.export(&admin.actor, everything()).await);
    let some = ExportLeads { these: vec![anna.id], ..everything() };
    assert!(taken(world.app.leads.export(&home.owner.actor, some).await.unwrap()).await > 0, "what was picked out");
    taken(world.app.leads.export(&south.owner.actor, everything()).await.unwrap()).await;
    world.clock.advance(DAY);
    ask(&world, &home).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn dsr_13_of_many_exports_at_the_same_moment_exactly_one_is_let_in() {
    let world = World::new().await;
    let (home, _) = crowded(&world).await;
    let tries = (0..8).map(|_| {
        let (leads, actor) = (world.app.leads.clone(), home.owner.actor.clone());
        tokio::spawn(async move { leads.export(&actor, everything()).await })
    });
    let (let_in, refused): (Vec<_>, Vec<_>) =
        join_all(tries).await.into_iter().map(Result::unwrap).partition(Result::is_ok);
    assert_eq!((let_in.len(), refused.len()), (1, 7));
    for refused in refused {
        assert_runs(refused, Exported::Organization, HELD.as_secs().unsigned_abs());
    }
    for parts in let_in {
        taken(parts.unwrap()).await;
    }
    for _ in 0..2 {
        taken(world.app.leads.export(&home.owner.actor, everything()).await.unwrap()).await;
    }
    assert_often(world.app.leads.export(&home.owner.actor, everything()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dsr_13_while_an_export_runs_no_other_of_the_organization_is_let_in_and_is_told_which() {
    let world = World::new().await;
    let (home, anna) = crowded(&world).await;
    let south = world.found("South").await;
    let theirs = world.lead(&south, "theirs@example.com").await;
    let running = world.app.leads.export(&home.owner.actor, everything()).await.unwrap();
    let most = HELD.as_secs().unsigned_abs();
    assert_runs(copy(&world, &home.owner, anna).await, Exported::Organization, most);
    assert_runs(world.app.person_copy.of_user(&home.owner).await, Exported::Organization, most);
    assert_runs(ask(&world, &home).await, Exported::Organization, most);
    copy(&world, &south.owner, theirs.id).await.unwrap();
    taken(running).await;
    for _ in 0..3 {
        copy(&world, &home.owner, anna).await.unwrap();
    }
    ask(&world, &home).await.unwrap();
    let most = HELD_BY_JOB.as_secs().unsigned_abs();
    assert_runs(copy(&world, &home.owner, anna).await, Exported::Organization, most);
    world.work().await;
    world.app.person_copy.of_user(&home.owner).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dsr_13_an_export_that_broke_lets_others_in_when_its_time_is_over() {
    let world = World::new().await;
    let (home, anna) = crowded(&world).await;
    // Nobody takes it, and nobody ends it.
    std::mem::forget(world.app.leads.export(&home.owner.actor, everything()).await.unwrap());
    assert_runs(copy(&world, &home.owner, anna).await, Exported::Organization, HELD.as_secs().unsigned_abs());
    world.clock.advance(HELD + SECOND);
    copy(&world, &home.owner, anna).await.unwrap();

    let job = ask(&world, &home).await.unwrap();
    assert_runs(copy(&world, &home.owner, anna).await, Exported::Organization, HELD_BY_JOB.as_secs().unsigned_abs());
    world.clock.advance(HELD_BY_JOB + SECOND);
    let other = world.app.leads.export(&home.owner.actor, everything()).await.unwrap();
    world.work().await;
    assert_eq!(state(&world, &home, job).await, JobState::Waiting, "it comes to its turn after the other");
    taken(other).await;
    world.clock.advance(SignedDuration::from_secs(11));
    world.work().await;
    assert_eq!(state(&world, &home, job).await, JobState::Done);
}
