//! One change of many leads: what is done to which, and what is left out and why.

use qualify_domain::{
    access::Role,
    activity::What,
    id::{LeadId, StageId},
    job::{ChangeLeads, JobKind, JobState, LeadAct, LeftOut, MOST_NAMED, Report, Skipped, Which},
    lead::Lead,
    lead_filter::{Condition, LeadFilter, OwnerIs},
};
use qualify_usecases::{Broken, Error, PipelinePlace, SignedIn, WrittenStage};

use crate::world::{Home, World, nobody};

async fn change(world: &World, asker: &SignedIn, which: Which, act: LeadAct) -> Report {
    let id = world.app.jobs.change_leads(&asker.actor, ChangeLeads { which, act }).await.unwrap();
    world.work().await;
    let job = world.app.jobs.find(&asker.actor, id).await.unwrap();
    assert_eq!(job.state, JobState::Done, "{job:?}");
    job.report
}

async fn lead(world: &World, home: &Home, id: LeadId) -> Lead {
    world.app.leads.open(&home.owner.actor, id).await.unwrap().lead
}

async fn stages(world: &World, home: &Home) -> Vec<StageId> {
    let pipelines = world.app.leads.stages(&home.owner.actor).await.unwrap();
    pipelines.live[0].stages.iter().map(|stage| stage.id).collect()
}

fn everything() -> Which {
    Which::All { filter: LeadFilter::default(), search: None, zone: String::new() }
}

#[tokio::test]
async fn those_that_were_named_are_changed_and_the_others_are_counted_with_why() {
    let world = World::new().await;
    let (home, other) = (world.found("North").await, world.found("South").await);
    let anna = world.lead(&home, "anna@example.com").await;
    let berta = world.lead(&home, "berta@example.com").await;
    let foreign = world.lead(&other, "foreign@example.com").await;
    let named = || Which::These(vec![anna.id, berta.id, foreign.id, nobody().1]);
    let to = stages(&world, &home).await[1];
    let report = change(&world, &home.owner, named(), LeadAct::Move { stage: to, reason: None }).await;
    assert_eq!((report.of("changed"), report.of(Skipped::Gone.code())), (2, 2), "RLS-10: {report:?}");
    let file = world.app.leads.open(&home.owner.actor, anna.id).await.unwrap();
    assert!(file.lead.stage == to && file.activities.iter().any(|entry| matches!(entry.what, What::Moved(_))));
    assert_eq!(world.leads(&other).await[0].stage, foreign.stage);
    let report = change(&world, &home.owner, named(), LeadAct::Move { stage: to, reason: None }).await;
    assert_eq!((report.of("changed"), report.of(Skipped::Same.code())), (0, 2), "{report:?}");

    let vip = || "VIP".parse().unwrap();
    let only = |lead: &Lead| Which::These(vec![lead.id]);
    assert_eq!(change(&world, &home.owner, only(&anna), LeadAct::Tag(vip())).await.of("changed"), 1);
    assert_eq!(change(&world, &home.owner, everything(), LeadAct::Tag("vip".parse().unwrap())).await.of("changed"), 1);
    assert_eq!(lead(&world, &home, anna.id).await.tags, [vip()]);
    let report = change(&world, &home.owner, everything(), LeadAct::Untag("viP".parse().unwrap())).await;
    assert_eq!(report.of("changed"), 2);
    assert!(lead(&world, &home, anna.id).await.tags.is_empty());
}

#[tokio::test]
async fn leads_that_are_left_as_they_are_are_named_with_why() {
    let world = World::new().await;
    let (home, other) = (world.found("North").await, world.found("South").await);
    let [anna, berta] = [world.lead(&home, "anna@example.com").await, world.lead(&home, "berta@example.com").await];
    let foreign = world.lead(&other, "foreign@example.com").await;
    let vip = || LeadAct::Tag("VIP".parse().unwrap());
    change(&world, &home.owner, Which::These(vec![anna.id]), vip()).await;
    let which = Which::These(vec![anna.id, foreign.id, berta.id]);
    let id = world.app.jobs.change_leads(&home.owner.actor, ChangeLeads { which, act: vip() }).await.unwrap();
    world.work().await;
    let job = world.app.jobs.find(&home.owner.actor, id).await.unwrap();
    let expected = [(anna.id, Skipped::Same), (foreign.id, Skipped::Gone)].map(|(lead, why)| LeftOut { lead, why });
    assert_eq!(job.left_out, expected);
    let named = world.app.jobs.left_out(&home.owner.actor, &job).await.unwrap();
    let titles: Vec<_> = named.iter().map(|(_, lead)| lead.as_ref().map(|lead| lead.title().to_owned())).collect();
    assert_eq!(titles, [Some("anna@example.com".to_owned()), None], "RLS-10: who is not theirs has no name");
    assert_eq!(world.rows("SELECT count(*) FROM jobs WHERE left_out::text LIKE '%@%'").await, 0, "only ids are kept");
}

#[tokio::test]
async fn leads_go_into_another_pipeline_and_those_that_stand_there_already_are_named() {
    let world = World::new().await;
    let home = world.found("North").await;
    let owner = &home.owner.actor;
    let [anna, berta] = [world.lead(&home, "anna@example.com").await, world.lead(&home, "berta@example.com").await];
    let pipeline = world.app.pipelines.make(owner, "Partners").await.unwrap();
    let lost =
        WrittenStage { name: "Lost".to_owned(), kind: "disqualified".to_owned(), stale_after_days: String::new() };
    let place = PipelinePlace { id: pipeline, version: 1 };
    let lost = world.app.pipelines.add_stage(owner, place, &lost).await.unwrap();
    let shaped = world.app.pipelines.view(owner).await.unwrap();
    let (entry, reason) = (shaped.pipelines.live[1].stages[0].id, shaped.reasons[0].id);

    // A plain move stays within a pipeline.
    let report = change(&world, &home.owner, everything(), LeadAct::Move { stage: entry, reason: None }).await;
    assert_eq!(report.iter().collect::<Vec<_>>(), [(Skipped::OtherPipeline.code(), 2)]);

    let go = || LeadAct::Transfer { pipeline, stage: None, reason: None };
    let report = change(&world, &home.owner, Which::These(vec![anna.id, nobody().1]), go()).await;
    assert_eq!((report.of("changed"), report.of(Skipped::Gone.code())), (1, 1), "{report:?}");
    let kind = ChangeLeads { which: everything(), act: go() };
    let id = world.app.jobs.change_leads(owner, kind).await.unwrap();
    world.work().await;
    let job = world.app.jobs.find(owner, id).await.unwrap();
    assert_eq!((job.report.of("changed"), job.report.of(Skipped::InPipeline.code())), (1, 1), "{:?}", job.report);
    assert_eq!(job.left_out, [LeftOut { lead: anna.id, why: Skipped::InPipeline }]);
    for before in [&anna, &berta] {
        let file = world.app.leads.open(owner, before.id).await.unwrap();
        assert_eq!(file.lead.stage, entry);
        let moves = file.activities.iter().filter_map(|entry| match &entry.what {
            What::Moved(moved) => Some((moved.from, moved.to, moved.spent_seconds.is_some())),
            _ => None,
        });
        assert_eq!(moves.collect::<Vec<_>>(), [(before.stage, entry, true)], "its history tells of it once");
    }

    let clara = world.lead(&home, "clara@example.com").await;
    let give_up = LeadAct::Transfer { pipeline, stage: Some(lost), reason: Some(reason) };
    assert_eq!(change(&world, &home.owner, Which::These(vec![clara.id]), give_up).await.of("changed"), 1);
    let clara = lead(&world, &home, clara.id).await;
    assert_eq!((clara.stage, clara.reason), (lost, Some(reason)));
}

#[tokio::test]
async fn all_that_a_filter_shows_are_changed_though_they_leave_it_meanwhile() {
    let world = World::new().await;
    let home = world.found("North").await;
    for n in 0..230 {
        world.submit(home.form, crate::world::from(&format!("lead{n}@example.com"))).await.unwrap();
    }
    world.work().await;
    let nobodys = || LeadFilter::only(Condition::Owner(vec![OwnerIs::Nobody]));
    let which = Which::All { filter: nobodys(), search: None, zone: String::new() };
    let report = change(&world, &home.owner, which, LeadAct::Assign(Some(home.owner.user))).await;
    assert_eq!(report.iter().collect::<Vec<_>>(), [("changed", 230)], "more than one piece");
    let back = change(&world, &home.owner, everything(), LeadAct::Assign(None)).await;
    assert_eq!(back.of("changed"), 230);
    let told = "SELECT count(*) FROM activities WHERE kind = 'assigned'";
    assert_eq!(world.rows(told).await, 460, "there and back");
}

#[tokio::test]
async fn rls_13_an_agent_changes_what_they_reach_and_gives_to_nobody_beyond() {
    let world = World::new().await;
    let home = world.found("North").await;
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    let [anna, berta] = [world.lead(&home, "anna@example.com").await, world.lead(&home, "berta@example.com").await];
    world.give(&home, anna.id, home.owner.user).await;
    let named = || Which::These(vec![anna.id, berta.id]);
    let report = change(&world, &agent, named(), LeadAct::Assign(Some(agent.user))).await;
    assert_eq!((report.of("changed"), report.of(Skipped::Gone.code())), (1, 1), "{report:?}");
    let beyond = ChangeLeads { which: named(), act: LeadAct::Assign(Some(home.owner.user)) };
    let error = world.app.jobs.change_leads(&agent.actor, beyond).await.unwrap_err();
    assert!(matches!(error, Error::Rule(Broken::Assignment)), "{error:?}");
    let viewer = world.join(&home, "viewer@north.example", &[Role::Viewer]).await;
    let act = ChangeLeads { which: named(), act: LeadAct::Tag("x".parse().unwrap()) };
    let error = world.app.jobs.change_leads(&viewer.actor, act).await.unwrap_err();
    assert!(matches!(error, Error::Forbidden(_)), "{error:?}");
}

#[tokio::test]
async fn what_can_be_done_to_no_lead_is_told_before_anything_begins() {
    let world = World::new().await;
    let (home, other) = (world.found("North").await, world.found("South").await);
    let anna = world.lead(&home, "anna@example.com").await;
    let foreign = world.lead(&other, "foreign@example.com").await.stage;
    let given_up = stages(&world, &home).await[4];
    let pipeline = async |home: &Home| world.app.leads.stages(&home.owner.actor).await.unwrap().live[0].id;
    let (own, theirs) = (pipeline(&home).await, pipeline(&other).await);
    let cases = [
        (vec![], LeadAct::Assign(None)),
        (vec![anna.id; MOST_NAMED + 1], LeadAct::Assign(None)),
        (vec![anna.id], LeadAct::Assign(Some(other.owner.user))),
        (vec![anna.id], LeadAct::Move { stage: foreign, reason: None }),
        (vec![anna.id], LeadAct::Move { stage: given_up, reason: None }),
        (vec![anna.id], LeadAct::Transfer { pipeline: theirs, stage: None, reason: None }),
        (vec![anna.id], LeadAct::Transfer { pipeline: own, stage: Some(foreign), reason: None }),
        (vec![anna.id], LeadAct::Transfer { pipeline: own, stage: Some(given_up), reason: None }),
    ];
    for (leads, act) in cases {
        let command = ChangeLeads { which: Which::These(leads), act };
        let kind = JobKind::ChangeLeads(command.clone());
        assert_eq!(serde_json::from_value::<JobKind>(serde_json::to_value(&kind).unwrap()).unwrap(), kind);
        let error = world.app.jobs.change_leads(&home.owner.actor, command).await.unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error:?}");
    }
    assert_eq!(lead(&world, &home, anna.id).await.version, anna.version);
}
