//! How an organization shapes where its leads stand, and what it asks of them.

use qualify_domain::{
    access::{Permission, Role},
    activity::What,
    lead::StageError,
    lead_field::LeadField,
    person::PersonChange,
    pipeline::{Pipeline, PipelineError, StageKind},
    property::{Property, PropertyValue},
};
use qualify_usecases::{
    Broken, ChangeLead, ChangeProperty, Error, MakeProperty, MoveLead, PipelinePlace, Seen, TransferLead, WrittenStage,
};

use crate::world::{Home, World};

async fn first(world: &World, home: &Home) -> Pipeline {
    world.app.pipelines.view(&home.owner.actor).await.unwrap().pipelines.live.remove(0)
}

fn of(pipeline: &Pipeline) -> PipelinePlace {
    PipelinePlace { id: pipeline.id, version: pipeline.version }
}

fn stage(name: &str, kind: &str) -> WrittenStage {
    WrittenStage { name: name.to_owned(), kind: kind.to_owned(), stale_after_days: String::new() }
}

#[tokio::test]
async fn the_leads_of_a_stage_that_is_taken_out_go_where_they_are_sent_and_tell_of_it() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    let pipeline = first(&world, &home).await;
    let (from, to) = (lead.stage, pipeline.stages[1].id);
    let moved = world.app.pipelines.retire_stage(&home.owner.actor, of(&pipeline), from, to).await.unwrap();
    assert_eq!(moved, 1);
    let file = world.app.leads.open(&home.owner.actor, lead.id).await.unwrap();
    assert_eq!((file.lead.stage, file.lead.version), (to, lead.version + 1));
    assert!(
        matches!(&file.activities[0].what, What::Moved(moved) if moved.from == from && moved.spent_seconds.is_some())
    );
    assert!(file.pipelines.stage(from).is_some(), "its name stays for the timeline");
    let late = world.app.pipelines.rename(&home.owner.actor, of(&pipeline), "Sales").await.unwrap_err();
    assert!(matches!(late, Error::Stale), "{late:?}");
}

#[tokio::test]
async fn no_shape_of_a_pipeline_gives_a_lead_up_for_no_reason() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (pipelines, owner) = (&world.app.pipelines, &home.owner.actor);
    let lead = world.lead(&home, "anna@example.com").await;
    let present = first(&world, &home).await;
    let lost: Vec<_> =
        present.stages.iter().filter(|one| one.kind == StageKind::Disqualified).map(|one| one.id).collect();
    let (new, working, lost) = (lead.stage, present.stages[1].id, lost[0]);
    let refused = pipelines.retire_stage(owner, of(&present), new, lost).await.unwrap_err();
    assert!(matches!(refused, Error::Rule(Broken::Pipeline(PipelineError::NoReason))), "{refused:?}");
    pipelines.change_stage(owner, of(&present), working, &stage("Talking", "open")).await.unwrap();
    let command = MoveLead { stage: working, reason: None, note: None, beside: None, version: lead.version };
    world.app.leads.move_to(owner, lead.id, command).await.unwrap();
    let out = stage("Out", "disqualified");
    let given_up = pipelines.change_stage(owner, of(&first(&world, &home).await), working, &out).await;
    let refused = given_up.unwrap_err();
    assert!(matches!(refused, Error::Rule(Broken::Pipeline(PipelineError::NoReason))), "{refused:?}");

    // Who is given up already keeps the reason.
    let also_lost =
        pipelines.add_stage(owner, of(&first(&world, &home).await), &stage("Elsewhere", "disqualified")).await;
    let also_lost = also_lost.unwrap();
    let reason = world.app.pipelines.view(owner).await.unwrap().reasons[0].id;
    let command = MoveLead { stage: lost, reason: Some(reason), note: None, beside: None, version: lead.version + 1 };
    world.app.leads.move_to(owner, lead.id, command).await.unwrap();
    pipelines.retire_stage(owner, of(&first(&world, &home).await), lost, also_lost).await.unwrap();
    let file = world.app.leads.open(owner, lead.id).await.unwrap();
    assert_eq!((file.lead.stage, file.lead.reason), (also_lost, Some(reason)));
    // A stage in which nobody stands may go anywhere, or become anything.
    let working = pipelines.retire_stage(owner, of(&first(&world, &home).await), working, also_lost).await.unwrap();
    assert_eq!(working, 0);
}

#[tokio::test]
async fn a_pipeline_is_shaped_stage_by_stage_and_refuses_what_would_lock_leads_out() {
    let world = World::new().await;
    let home = world.found("North").await;
    let owner = &home.owner.actor;
    let id = world.app.pipelines.make(owner, "Partners").await.unwrap();
    let place = |version| PipelinePlace { id, version };
    let added = world.app.pipelines.add_stage(owner, place(1), &stage("Signed", "won")).await.unwrap();
    let days = WrittenStage { stale_after_days: "7".to_owned(), ..stage("Talking", "open") };
    world.app.pipelines.add_stage(owner, place(2), &days).await.unwrap();
    let all = world.app.pipelines.view(owner).await.unwrap().pipelines;
    let names: Vec<_> = all.live[1].stages.iter().map(|stage| (&*stage.name, stage.stale_after_days)).collect();
    assert_eq!(names, [("Partners", None), ("Talking", Some(7)), ("Signed", None)]);
    world.app.pipelines.shift_stage(owner, place(3), added, true).await.unwrap();

    let all = world.app.pipelines.view(owner).await.unwrap().pipelines;
    let foreign = all.live[0].stages[0].id;
    let error = world.app.pipelines.shift_stage(owner, place(4), foreign, true).await.unwrap_err();
    assert!(matches!(error, Error::Rule(Broken::Pipeline(PipelineError::UnknownStage))), "{error:?}");
    for days in ["0", "366", "soon"] {
        let wrong = WrittenStage { stale_after_days: days.to_owned(), ..stage("Late", "open") };
        let error = world.app.pipelines.add_stage(owner, place(4), &wrong).await.unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{days}: {error:?}");
    }
    world.app.pipelines.shift(owner, id, true).await.unwrap();
    assert_eq!(world.app.pipelines.view(owner).await.unwrap().pipelines.live[0].id, id);
    world.app.pipelines.retire(owner, id).await.unwrap();
    let last = world.app.pipelines.retire(owner, all.live[0].id).await.unwrap_err();
    assert!(matches!(last, Error::Rule(Broken::Pipeline(PipelineError::Last))), "{last:?}");
}

#[tokio::test]
async fn a_lead_goes_over_to_another_pipeline_and_holds_it_in_use() {
    let world = World::new().await;
    let home = world.found("North").await;
    let owner = &home.owner.actor;
    let lead = world.lead(&home, "anna@example.com").await;
    let pipeline = world.app.pipelines.make(owner, "Partners").await.unwrap();
    let stage = world.app.pipelines.view(owner).await.unwrap().pipelines.live[1].stages[0].id;
    let command = MoveLead { stage, reason: None, note: None, beside: None, version: lead.version };
    let error = world.app.leads.move_to(owner, lead.id, command).await.unwrap_err();
    assert!(matches!(error, Error::Rule(Broken::Stage(StageError::Unknown))), "a stage of another pipeline: {error:?}");
    let go = || TransferLead { pipeline, version: lead.version };
    world.app.leads.transfer(owner, lead.id, go()).await.unwrap();
    assert_eq!(world.app.leads.open(owner, lead.id).await.unwrap().lead.stage, stage);
    let again = world.app.leads.transfer(owner, lead.id, go()).await.unwrap_err();
    assert!(matches!(again, Error::Rule(Broken::Stage(StageError::Same))), "{again:?}");
    let error = world.app.pipelines.retire(owner, pipeline).await.unwrap_err();
    assert!(matches!(error, Error::Rule(Broken::Pipeline(PipelineError::InUse))), "{error:?}");
}

#[tokio::test]
async fn giving_a_lead_up_takes_a_reason_of_the_list() {
    let world = World::new().await;
    let home = world.found("North").await;
    let owner = &home.owner.actor;
    let lead = world.lead(&home, "anna@example.com").await;
    let file = world.app.pipelines.view(owner).await.unwrap();
    let (stage, reason) = (file.pipelines.live[0].stages[4].id, file.reasons[0].id);
    let go = |reason| MoveLead { stage, reason, note: None, beside: None, version: lead.version };
    let error = world.app.leads.move_to(owner, lead.id, go(None)).await.unwrap_err();
    assert!(matches!(error, Error::Rule(Broken::Stage(StageError::NoReason))), "{error:?}");
    world.app.pipelines.retire_reason(owner, reason).await.unwrap();
    let error = world.app.leads.move_to(owner, lead.id, go(Some(reason))).await.unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "one that is off the list: {error:?}");
    let back = world.app.pipelines.add_reason(owner, "NO BUDGET").await;
    assert!(back.is_ok(), "the same word brings it back");
    world.app.leads.move_to(owner, lead.id, go(Some(reason))).await.unwrap();
    assert_eq!(world.app.leads.open(owner, lead.id).await.unwrap().lead.reason, Some(reason));
    let twice = world.app.pipelines.add_reason(owner, "No budget").await.unwrap_err();
    assert!(matches!(twice, Error::Conflict("reason")), "{twice:?}");
}

async fn property(world: &World, home: &Home, name: &str, kind: &str, choices: &str) -> Property {
    let [name, kind, purpose] = [name, kind, "To size the offer"].map(str::to_owned);
    let choices = choices.lines().map(str::to_owned).collect();
    let command = MakeProperty { name, purpose, kind, choices, key: String::new() };
    world.app.properties.make(&home.owner.actor, command).await.unwrap()
}

fn set(property: &Property, value: &str) -> PersonChange {
    PersonChange { properties: [(property.key.to_string(), vec![value.to_owned()])].into(), ..PersonChange::default() }
}

#[tokio::test]
async fn a_property_is_asked_kept_and_taken_out_of_use() {
    let world = World::new().await;
    let home = world.found("North").await;
    let owner = &home.owner.actor;
    let lead = world.lead(&home, "anna@example.com").await;
    let size = property(&world, &home, "Size", "choice", "Small\nLarge").await;
    let change = |value: &str, seen: &str| ChangeLead {
        person: set(&size, value),
        tags: None,
        seen: Seen::Field(LeadField::Property(size.id), seen.to_owned()),
    };
    world.app.leads.change(owner, lead.id, change("large", "")).await.unwrap();
    let error = world.app.leads.change(owner, lead.id, change("huge", "Large")).await.unwrap_err();
    assert!(matches!(&error, Error::Invalid(faults) if faults.iter().any(|fault| fault.field == "properties.size")));
    let kept = world.app.leads.open(owner, lead.id).await.unwrap().lead;
    assert_eq!(kept.properties.get(size.id).map(PropertyValue::written).as_deref(), Some("Large"));

    let out = ChangeProperty {
        name: "Size".to_owned(),
        purpose: "To size the offer".to_owned(),
        choices: vec!["Small".to_owned()],
        is_archived: true,
        version: size.version,
    };
    world.app.properties.change(owner, size.id, out).await.unwrap();
    let error = world.app.leads.change(owner, lead.id, change("Small", "Large")).await.unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error:?}");
    let kept = world.app.leads.open(owner, lead.id).await.unwrap().lead;
    assert_eq!(
        kept.properties.get(size.id).map(PropertyValue::written).as_deref(),
        Some("Large"),
        "what is known stays"
    );
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    let error = world.app.properties.make(&agent.actor, MakeProperty::default()).await.unwrap_err();
    assert!(matches!(error, Error::Forbidden(f) if f.0 == Permission::ShapeLeads), "{error:?}");
}

#[tokio::test]
async fn two_who_change_different_fields_both_have_their_way_and_of_one_field_the_second_is_asked() {
    let world = World::new().await;
    let home = world.found("North").await;
    let owner = &home.owner.actor;
    let lead = world.lead(&home, "anna@example.com").await;
    let change = |field: LeadField, value: &str, seen: &str| {
        let value = Some(value.to_owned());
        let person = match field {
            LeadField::Name => PersonChange { name: value, ..PersonChange::default() },
            _ => PersonChange { company: value, ..PersonChange::default() },
        };
        ChangeLead { person, tags: None, seen: Seen::Field(field, seen.to_owned()) }
    };
    world.app.leads.change(owner, lead.id, change(LeadField::Company, "Berg", "")).await.unwrap();
    world.app.leads.change(owner, lead.id, change(LeadField::Name, "Anna", "")).await.unwrap();
    let late = world.app.leads.change(owner, lead.id, change(LeadField::Company, "Lind", "")).await.unwrap_err();
    assert!(matches!(late, Error::Stale), "{late:?}");
    world.app.leads.change(owner, lead.id, change(LeadField::Company, "Lind", "Berg")).await.unwrap();
    let file = world.app.leads.open(owner, lead.id).await.unwrap();
    assert_eq!((file.lead.name.as_deref(), file.lead.company.as_deref()), (Some("Anna"), Some("Lind")));
    let tags = |seen: &str, tags: &[&str]| ChangeLead {
        person: PersonChange::default(),
        tags: Some(tags.iter().map(|tag| (*tag).to_owned()).collect()),
        seen: Seen::Field(LeadField::Tags, seen.to_owned()),
    };
    world.app.leads.change(owner, lead.id, tags("", &["vip", "Fair"])).await.unwrap();
    let error = world.app.leads.change(owner, lead.id, tags("Fair\nvip", &["x"; 21])).await.unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error:?}");
}
