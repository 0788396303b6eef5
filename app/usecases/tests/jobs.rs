//! Long work: done piece by piece with its asker's rights, followed and stopped by them, and by nobody else.

mod files;

use std::{collections::BTreeSet, time::Duration};

use futures::StreamExt;
use jiff::SignedDuration;
use qualify_domain::{
    access::{Permission, Role},
    audit::EntryFilter,
    id::JobId,
    job::{ExportLeads, Job, JobFault, JobKind, JobState, MOST_NAMED, MOST_UNFINISHED, SheetForm},
    lead_column::LeadColumn,
    lead_filter::{LeadFilter, Search},
    notification::NotificationKind,
    submission::Sent,
};
use qualify_usecases::{Error, LeadParts, ListLeads, SignedIn};
use tokio_util::sync::CancellationToken;

use crate::world::{Home, MockMailer, World, from, nobody, saying, willing};

fn export(filter: LeadFilter) -> ExportLeads {
    let columns = vec![LeadColumn::Email, LeadColumn::Name];
    ExportLeads {
        filter,
        search: None,
        these: Vec::new(),
        zone: String::new(),
        form: SheetForm::Csv,
        columns,
        header: vec!["E-mail".to_owned(), "Name".to_owned()],
    }
}

async fn ask(world: &World, member: &SignedIn) -> JobId {
    world.app.jobs.ask(&member.actor, JobKind::ExportLeads(export(LeadFilter::default()))).await.unwrap()
}

async fn found(world: &World, member: &SignedIn, id: JobId) -> Job {
    world.app.jobs.find(&member.actor, id).await.unwrap()
}

/// An organization with a lead that came by the form, and so many copies of it.
async fn crowded(world: &World, copies: &'static str) -> Home {
    let home = world.found("North").await;
    world.lead(&home, "anna@example.com").await;
    assert!(world.rows(copies).await > 0);
    home
}

/// Copies of the lead, past everybody.
macro_rules! copies {
    ($count:literal) => {
        concat!(
            "WITH made AS (
                INSERT INTO leads (organization_id, id, version, email, stage_id, form_id, legal_basis, first_touch,
                    last_touch, created_at, last_submission_at, stage_entered_at, last_activity_at, rank)
                SELECT organization_id, gen_random_uuid(), 1, 'copy' || n || '@example.com', stage_id, form_id, legal_basis,
                    first_touch, last_touch, created_at - n * interval '1 second', last_submission_at,
                    stage_entered_at, last_activity_at, rank
                FROM leads, generate_series(1, ",
            $count,
            ") AS n RETURNING 1
            ) SELECT count(*) FROM made"
        )
    };
}
pub(crate) use copies;

async fn text(parts: LeadParts) -> String {
    let parts: Vec<_> = parts.collect().await;
    String::from_utf8(parts.into_iter().flat_map(Result::unwrap).collect()).unwrap()
}

async fn file(world: &World, member: &SignedIn, id: JobId) -> String {
    text(world.app.jobs.file(&member.actor, id).await.unwrap().parts).await
}

/// The addresses in a file, each of which must stand there once.
fn addresses(file: &str) -> BTreeSet<&str> {
    let lines: Vec<_> = file.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    let once: BTreeSet<_> = lines.iter().copied().collect();
    assert_eq!(once.len(), lines.len(), "each lead once");
    once
}

/// An export that a worker began before it died, and that another one may take up.
async fn begun(world: &World, home: &Home) -> JobId {
    let id = ask(world, &home.owner).await;
    let mut patience = Duration::from_millis(20);
    loop {
        let dying = world.worker(MockMailer::new());
        let death = tokio::time::timeout(patience, dying.drain(&CancellationToken::new())).await;
        let job = found(world, &home.owner, id).await;
        world.clock.advance(SignedDuration::from_secs(16));
        if death.is_err() && job.done > 0 && !job.is_over() {
            return id;
        }
        assert!(!job.is_over(), "it was too quick to be caught");
        patience += Duration::from_millis(10);
    }
}

/// What the trail says of actions by their code, the oldest first.
async fn told(world: &World, home: &Home, action: &str) -> Vec<Vec<String>> {
    let page = world.app.audit.list(&home.owner.actor, &EntryFilter::default(), None).await.unwrap();
    let entries = page.entries.items.into_iter().rev().filter(|entry| entry.action == action);
    entries.map(|entry| entry.changes).collect()
}

#[tokio::test]
async fn a_job_is_done_piece_by_piece_and_tells_what_came_of_it() {
    let world = World::new().await;
    let home = crowded(&world, copies!(2_500)).await;
    let id = ask(&world, &home.owner).await;
    let waiting = found(&world, &home.owner, id).await;
    assert_eq!((waiting.state, waiting.done), (JobState::Waiting, 0));
    assert!(matches!(world.app.jobs.file(&home.owner.actor, id).await, Err(Error::NotFound("file"))));
    world.work().await;
    let done = found(&world, &home.owner, id).await;
    assert_eq!((done.state, done.done, done.report.of("written")), (JobState::Done, 2_501, 2_501));
    assert_eq!(done.version, 4, "three pieces");
    let file = file(&world, &home.owner, id).await;
    assert!(file.starts_with("E-mail,Name\r\n"), "{}", &file[..40]);
    assert_eq!(addresses(&file).len(), 2_501);
    assert_eq!(world.waiting().await, 0);
    assert_eq!(world.app.jobs.list(&home.owner.actor).await.unwrap().len(), 1);
    assert_eq!(told(&world, &home, "run_jobs").await, [["new", "export_leads"]]);
    let end = ["state:>done", "written:>2501"].map(str::to_owned).to_vec();
    let looks = told(&world, &home, "export_leads").await;
    assert_eq!(looks, [vec![], end, vec![]], "a look at no file, the end, and a look at the file");
}

#[tokio::test]
async fn a_worker_that_dies_in_the_middle_costs_time_and_nothing_else() {
    let world = World::new().await;
    let home = crowded(&world, copies!(20_000)).await;
    let id = begun(&world, &home).await;
    world.work().await;
    let job = found(&world, &home.owner, id).await;
    assert_eq!((job.state, job.done), (JobState::Done, 20_001));
    assert_eq!(addresses(&file(&world, &home.owner, id).await).len(), 20_001);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_job_goes_on_what_else_happens_has_its_turn() {
    let world = World::new().await;
    let home = crowded(&world, copies!(30_000)).await;
    let id = ask(&world, &home.owner).await;
    let (worker, stop) = (world.worker(willing().0), CancellationToken::new());
    let working = tokio::spawn({
        let (worker, stop) = (worker.clone(), stop.clone());
        async move { worker.drain(&stop).await.unwrap() }
    });
    while found(&world, &home.owner, id).await.done == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    world.submit(home.form, from("bert@example.com")).await.unwrap();
    let bert = ListLeads { search: Some(Search::parse("bert@").unwrap()), ..ListLeads::default() };
    while world.app.leads.list(&home.owner.actor, &bert).await.unwrap().leads.items.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!found(&world, &home.owner, id).await.is_over(), "the lead did not wait for the end of the job");
    stop.cancel();
    working.await.unwrap();
}

#[tokio::test]
async fn whoever_lost_the_right_stops_their_job_and_is_told_why() {
    let world = World::new().await;
    let home = crowded(&world, copies!(10)).await;
    let mia = world.join(&home, "mia@north.example", &[Role::Admin]).await;
    let id = ask(&world, &mia).await;
    world.app.members.change_roles(&home.owner.actor, mia.user, &[Role::Agent]).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(6));
    world.work().await;
    let mia = world.sign_in("mia@north.example").await;
    let job = found(&world, &mia, id).await;
    assert_eq!((job.state, job.fault, job.done), (JobState::Failed, Some(JobFault::Forbidden), 0));
    let bell = world.app.notifications.list(&mia.actor, None).await.unwrap().notifications.items;
    assert_eq!(bell[0].notification.kind, NotificationKind::JobOver);
    assert_eq!(bell[0].job, Some((job.kind, JobState::Failed)));
    let read = world.app.notifications.read(&mia.actor, bell[0].notification.id).await.unwrap();
    assert_eq!((read.job, read.lead), (Some(id), None));
}

#[tokio::test]
async fn the_job_of_somebody_who_is_gone_ends() {
    let world = World::new().await;
    let home = crowded(&world, copies!(10)).await;
    let mia = world.join(&home, "mia@north.example", &[Role::Admin]).await;
    ask(&world, &mia).await;
    world.app.members.remove(&home.owner.actor, mia.user, None).await.unwrap();
    world.clock.advance(SignedDuration::from_secs(6));
    world.work().await;
    assert_eq!(world.rows("SELECT count(*) FROM jobs WHERE fault = 'forbidden'").await, 1);
    assert_eq!(world.files.keys(), []);
    assert_eq!(world.waiting().await, 0);
}

#[tokio::test]
async fn a_job_reaches_as_far_as_its_asker_does_at_that_moment() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mia = world.join(&home, "mia@north.example", &[Role::Manager]).await;
    assert!(matches!(world.app.jobs.ask(&mia.actor, JobKind::ExportLeads(export(LeadFilter::default()))).await,
        Err(Error::Forbidden(missing)) if missing.0 == Permission::ExportLeads));
    world.app.members.grant(&home.owner.actor, mia.user, &[Permission::ExportLeads]).await.unwrap();
    let team = world.app.members.make_team(&home.owner.actor, "Field".parse().unwrap()).await.unwrap();
    world.app.members.fill_team(&home.owner.actor, team, mia.user, true).await.unwrap();
    let mia = world.sign_in("mia@north.example").await;
    let (hers, others) = (world.lead(&home, "hers@example.com").await, world.lead(&home, "others@example.com").await);
    world.lead(&home, "queue@example.com").await;
    world.give(&home, hers.id, mia.user).await;
    let id = ask(&world, &mia).await;
    world.give(&home, others.id, home.owner.user).await;
    world.work().await;
    let file = file(&world, &mia, id).await;
    assert_eq!(addresses(&file), BTreeSet::from(["hers@example.com", "queue@example.com"]));
    let streamed = world.app.leads.export(&mia.actor, export(LeadFilter::default())).await.unwrap();
    assert_eq!(text(streamed).await, file, "the file that comes at once is the same");
}

#[tokio::test]
async fn a_job_is_stopped_by_whoever_asked_for_it_and_by_nobody_else() {
    let world = World::new().await;
    let (home, south) = (crowded(&world, copies!(10)).await, world.found("South").await);
    let mia = world.join(&home, "mia@north.example", &[Role::Admin]).await;
    let id = ask(&world, &mia).await;
    for other in [&home.owner, &south.owner] {
        assert!(matches!(world.app.jobs.find(&other.actor, id).await, Err(Error::NotFound("job"))));
        assert!(matches!(world.app.jobs.call_off(&other.actor, id).await, Err(Error::NotFound("job"))));
        assert!(matches!(world.app.jobs.file(&other.actor, id).await, Err(Error::NotFound("job"))));
        assert!(world.app.jobs.list(&other.actor).await.unwrap().is_empty());
    }
    world.app.jobs.call_off(&mia.actor, id).await.unwrap();
    assert!(found(&world, &mia, id).await.is_called_off);
    world.work().await;
    let job = found(&world, &mia, id).await;
    assert_eq!((job.state, job.done), (JobState::Cancelled, 0));
    world.app.jobs.call_off(&mia.actor, id).await.unwrap();
    assert_eq!(found(&world, &mia, id).await, job, "what is over stays as it is");
}

#[tokio::test]
async fn nobody_has_more_unfinished_jobs_than_makes_sense() {
    let world = World::new().await;
    let home = world.found("North").await;
    let some = ExportLeads { these: vec![nobody().1], ..export(LeadFilter::default()) };
    let ask = || world.app.jobs.ask(&home.owner.actor, JobKind::ExportLeads(some.clone()));
    for _ in 0..MOST_UNFINISHED {
        ask().await.unwrap();
    }
    assert!(matches!(ask().await, Err(Error::Limit)));
    world.work().await;
    ask().await.unwrap();
}

#[tokio::test]
async fn an_export_is_streamed_guarded_and_told_with_its_rows() {
    let world = World::new().await;
    let home = world.found("North").await;
    let sent = Sent { name: "=cmd|' /C calc'!A0".to_owned(), email: "eve@example.com".to_owned(), ..Sent::default() };
    world.submit(home.form, saying(Sent { message: "Hello".to_owned(), ..sent })).await.unwrap();
    world.lead(&home, "anna@example.com").await;
    let all = || export(LeadFilter::default());
    let csv = text(world.app.leads.export(&home.owner.actor, all()).await.unwrap()).await;
    assert_eq!(csv, "E-mail,Name\r\nanna@example.com,\r\neve@example.com,'=cmd|' /C calc'!A0\r\n");
    let lines = ExportLeads { form: SheetForm::JsonLines, ..all() };
    let json = text(world.app.leads.export(&home.owner.actor, lines.clone()).await.unwrap()).await;
    let expected = "{\"email\":\"anna@example.com\",\"name\":null}\n\
                    {\"email\":\"eve@example.com\",\"name\":\"=cmd|' /C calc'!A0\"}\n";
    assert_eq!(json, expected, "what is not opened by a spreadsheet is as it is");
    let told_of_both = [vec![], vec!["rows:>2".to_owned()], vec![], vec!["rows:>2".to_owned()]];
    assert_eq!(told(&world, &home, "export_leads").await, told_of_both);
    let job = world.app.jobs.ask(&home.owner.actor, JobKind::ExportLeads(lines)).await.unwrap();
    world.work().await;
    assert_eq!(file(&world, &home.owner, job).await, json, "in the background it is the same");
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    assert!(matches!(world.app.leads.export(&agent.actor, all()).await, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn leads_that_were_chosen_are_taken_away_and_no_others() {
    let world = World::new().await;
    let (home, south) = (world.found("North").await, world.found("South").await);
    let [anna, berta] = [world.lead(&home, "anna@example.com").await, world.lead(&home, "berta@example.com").await];
    world.lead(&home, "carl@example.com").await;
    let theirs = world.lead(&south, "theirs@example.com").await;
    let chosen = ExportLeads { these: vec![berta.id, theirs.id, anna.id, berta.id], ..export(LeadFilter::default()) };
    let streamed = world.app.leads.export(&home.owner.actor, chosen.clone()).await.unwrap();
    let expected = "E-mail,Name\r\nberta@example.com,\r\nanna@example.com,\r\n";
    assert_eq!(text(streamed).await, expected, "RLS-10, as they were chosen");
    let job = world.app.jobs.ask(&home.owner.actor, JobKind::ExportLeads(chosen.clone())).await.unwrap();
    world.work().await;
    assert_eq!(file(&world, &home.owner, job).await, expected);
    assert_eq!(found(&world, &home.owner, job).await.kind, JobKind::ExportLeads(chosen.clone()));
    let many = ExportLeads { these: vec![anna.id; MOST_NAMED + 1], ..chosen };
    let refused = world.app.leads.export(&home.owner.actor, many.clone()).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
    let refused = world.app.jobs.ask(&home.owner.actor, JobKind::ExportLeads(many)).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_that_nobody_takes_any_more_ends_and_tells_what_was_taken() {
    let world = World::new().await;
    let home = crowded(&world, copies!(20_000)).await;
    let mut parts = world.app.leads.export(&home.owner.actor, export(LeadFilter::default())).await.unwrap();
    for _ in 0..3 {
        parts.next().await.unwrap().unwrap();
    }
    drop(parts);
    for _ in 0..200 {
        let told = told(&world, &home, "export_leads").await;
        if let [_, rows] = &*told {
            let rows: u64 = rows[0].strip_prefix("rows:>").unwrap().parse().unwrap();
            assert!((2_000..10_000).contains(&rows), "{rows} rows were on their way at most");
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the end is not in the trail");
}
