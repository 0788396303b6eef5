//! What comes twice, late, in any order or not at all; and what members and programs may do while nothing is paid.

use qualify_domain::{
    api_key::{KeyScope, KeyWish, USUAL_DAYS},
    closing::{Ending, UNDOABLE},
    hook::{Detail, EndpointWish, HookKind, HookUrl},
    id::JobId,
    job::{ExportLeads, JobKind, JobState, SheetForm},
    lead_column::LeadColumn,
    lead_filter::LeadFilter,
    retention::Swept,
    text::Name,
};
use qualify_usecases::ListLeads;
use secrecy::ExposeSecret;

use super::*;

/// How many organizations went.
fn gone(swept: &[Swept]) -> u64 {
    swept.iter().find(|swept| swept.rule.code == "organization").unwrap().rows
}

#[tokio::test]
async fn a_trial_counts_from_the_sign_up_which_waits_for_no_worker() {
    let (world, _) = billed().await;
    let home = world.found("North").await;
    assert_eq!(world.rows("SELECT count(*) FROM billing_records").await, 1);
    let founded_at = now(&world);
    world.clock.advance(HOUR);
    let overview = world.app.billing.overview(&home.owner.actor).await.unwrap();
    let late = overview.trial_ends_at.duration_since(founded_at + TRIAL);
    assert!(late.abs() < HOUR, "{late:?}");
    let told = "SELECT count(*) FROM outbox WHERE event->>'event' = 'billing_news_due'";
    let before = world.rows(told).await;
    assert_eq!(before, 3);
    world.work().await;
    assert_eq!(world.rows(told).await, before, "nobody is told of it twice");
}

#[tokio::test]
async fn bil_4_whatever_is_told_twice_late_in_any_order_or_never_comes_to_what_the_provider_says() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    let id = subscribed(&world, &provider, &home, PlanCode::Team).await;
    let mut bodies = Vec::new();
    for (number, status) in
        [Status::PastDue, Status::Unpaid, Status::Active, Status::Cancelled, Status::Active].into_iter().enumerate()
    {
        world.clock.advance(HOUR);
        provider.change(&id, now(&world), |sold| sold.is.status = Some(status));
        bodies.push(told(10 + u32::try_from(number).unwrap(), &id, ""));
    }
    // The second is lost; of the others the last comes first, and some come twice, while nobody answers now and then.
    bodies.remove(1);
    for (round, body) in bodies.iter().rev().chain(&bodies).enumerate() {
        hear(&world, body).await;
        provider.open().is_away = round % 3 == 0;
        world.work().await;
        world.clock.advance(HOUR / 2);
    }
    provider.open().is_away = false;
    world.clock.advance(DAY);
    world.work().await;
    assert_eq!(status(&world, &home).await, Some(Status::Active));
    assert_eq!(world.rows("SELECT count(*) FROM billing_hints WHERE settled_at IS NULL").await, 0);
    assert_eq!(world.app.billing.watched().await.unwrap().unfollowed, 0);
}

#[tokio::test]
async fn bil_3_what_nobody_began_here_is_left_and_what_waits_for_an_hour_is_told_to_who_watches() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    let (id, _) = pay(&world, &provider, &home, PlanCode::Team).await;
    hear(&world, &told(1, &ProviderId("nobodys".to_owned()), "nothing")).await;
    world.clock.advance(HOUR / 3);
    world.work().await;
    assert_eq!(world.rows("SELECT count(*) FROM billing_hints WHERE settled_at IS NOT NULL").await, 1);
    assert_eq!(status(&world, &home).await, Some(Status::Active), "it was found by asking");
    provider.open().is_away = true;
    provider.change(&id, now(&world), |sold| sold.is.status = Some(Status::PastDue));
    hear(&world, &told(2, &id, "")).await;
    world.work().await;
    assert_eq!(world.app.billing.watched().await.unwrap().unfollowed, 0);
    world.clock.advance(HOUR * 2);
    assert_eq!(world.app.billing.watched().await.unwrap().unfollowed, 1);
}

#[tokio::test]
async fn while_it_is_unpaid_members_programs_and_their_jobs_only_look() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    world.lead(&home, "anna@example.com").await;
    let id = subscribed(&world, &provider, &home, PlanCode::Team).await;
    let wish = KeyWish {
        name: Name::parse("Website").unwrap(),
        role: Role::Admin,
        scopes: KeyScope::ALL.to_vec(),
        days: USUAL_DAYS,
    };
    let key = world.app.api_keys.make(&home.owner.actor, wish).await.unwrap();
    provider.change(&id, now(&world), |sold| sold.is.status = Some(Status::Unpaid));
    hear(&world, &told(2, &id, "")).await;
    world.work().await;
    let owner = world.sign_in("owner@north.example").await;
    assert!(owner.actor.may(Permission::ReadLeads) && !owner.actor.may(Permission::ChangeLead));
    assert!(owner.actor.may(Permission::ManageBilling));
    let program = world.app.access.program(key.secret.expose_secret()).await.unwrap().unwrap();
    assert!(program.actor.may(Permission::ReadLeads) && !program.actor.may(Permission::CreateLead));
    provider.change(&id, now(&world), |sold| sold.is.status = Some(Status::Active));
    hear(&world, &told(3, &id, "")).await;
    world.work().await;
    let program = world.app.access.program(key.secret.expose_secret()).await.unwrap().unwrap();
    assert!(program.actor.may(Permission::CreateLead));
}

async fn expire(world: &World, provider: &Till, id: &ProviderId) {
    provider.change(id, now(world), |sold| sold.is.status = Some(Status::Expired));
    hear(world, &told(20, id, "")).await;
    world.work().await;
}

#[tokio::test]
async fn whose_subscription_has_ended_still_takes_their_leads_away() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    world.lead(&home, "anna@example.com").await;
    let id = subscribed(&world, &provider, &home, PlanCode::Team).await;
    expire(&world, &provider, &id).await;
    let owner = world.sign_in("owner@north.example").await.actor;
    let export = ExportLeads {
        filter: LeadFilter::default(),
        search: None,
        these: Vec::new(),
        zone: String::new(),
        form: SheetForm::Csv,
        columns: vec![LeadColumn::Email],
        header: vec!["E-mail".to_owned()],
    };
    let job: JobId = world.app.jobs.ask(&owner, JobKind::ExportLeads(export)).await.unwrap();
    world.work().await;
    let done = world.app.jobs.find(&owner, job).await.unwrap();
    assert_eq!((done.state, done.done), (JobState::Done, 1));
    assert!(world.app.jobs.file(&owner, job).await.is_ok());
    assert!(matches!(world.app.leads.list(&owner, &ListLeads::default()).await, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn whoever_pays_while_the_purge_holds_has_everything_back_but_nobody_can_begin_to_by_then() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    let id = subscribed(&world, &provider, &home, PlanCode::Team).await;
    expire(&world, &provider, &id).await;
    provider.open().is_away = true;
    world.clock.advance(UNDOABLE + HOUR);
    world.work().await;
    provider.open().is_away = false;
    let owner = world.sign_in("owner@north.example").await;
    let late = world.app.billing.check_out(&owner.actor, PlanCode::Team).await.unwrap_err();
    assert!(matches!(late, Error::Rule(Broken::Closed)), "{late:?}");
    provider.change(&id, now(&world), |sold| sold.is.status = Some(Status::Active));
    hear(&world, &told(30, &id, "")).await;
    world.work().await;
    assert_eq!(world.rows("SELECT count(*) FROM billing_hints WHERE settled_at IS NULL").await, 0);
    assert_eq!(world.rows("SELECT count(*) FROM billing_records WHERE status = 'active'").await, 1);
    // Nothing had gone yet, and nothing does.
    assert_eq!(world.rows("SELECT count(*) FROM organizations WHERE ending IS NULL AND purge_due_at IS NULL").await, 1);
    assert_eq!(gone(&world.sweep().await), 0);
    world.clock.advance(DAY * 2);
    world.work().await;
    assert_eq!(gone(&world.sweep().await), 0);
}

#[tokio::test]
async fn an_end_that_was_taken_back_is_told_no_more() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    let id = subscribed(&world, &provider, &home, PlanCode::Team).await;
    expire(&world, &provider, &id).await;
    let owner = world.sign_in("owner@north.example").await;
    assert_eq!(owner.closing.map(|closing| closing.ending), Some(Ending::Subscription));
    let home = Home { owner, ..home };
    assert_ne!(subscribed_again(&world, &provider, &home).await, id);
    let mut subjects = Vec::new();
    for _ in 0..30 {
        world.clock.advance(DAY);
        subjects.extend(world.work().await.into_iter().map(|mail| mail.subject));
    }
    assert!(!subjects.iter().any(|subject| subject.contains("deleted")), "{subjects:?}");
    assert_eq!(gone(&world.sweep().await), 0);
}

async fn subscribed_again(world: &World, provider: &Till, home: &Home) -> ProviderId {
    let (id, reference) = pay(world, provider, home, PlanCode::Solo).await;
    hear(world, &told(40, &id, &reference)).await;
    world.work().await;
    assert_eq!(status(world, home).await, Some(Status::Active));
    id
}

#[tokio::test]
async fn a_plan_without_room_for_endpoints_refuses_another() {
    let (world, provider) = billed().await;
    let home = world.found("North").await;
    subscribed(&world, &provider, &home, PlanCode::Solo).await;
    let wish = |host: &str| EndpointWish {
        url: HookUrl::parse(&format!("https://{host}/in")).unwrap(),
        kinds: vec![HookKind::Created],
        detail: Detail::Thin,
    };
    world.app.hooks.make(&home.owner.actor, wish("one.example.com")).await.unwrap();
    let full = world.app.hooks.make(&home.owner.actor, wish("two.example.com")).await.err().unwrap();
    assert!(matches!(full, Error::Rule(Broken::PlanFull(found)) if found.thing == Metered::Webhooks), "{full:?}");
}
