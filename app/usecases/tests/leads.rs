//! What members see of leads and do with them.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use qualify_domain::{
    access::{Actor, Permission, Role},
    activity::{Author, What},
    id::StageId,
    lead::StageError,
    pipeline::StageKind,
    text::Message,
};
use qualify_usecases::{Broken, Error, ListLeads, MoveLead, NoteKind, NoteLead};

use crate::world::{World, from, nobody};

fn note() -> NoteLead {
    NoteLead { text: Message::parse("Called, no answer.").unwrap(), kind: NoteKind::Note }
}

#[tokio::test]
async fn a_note_stands_in_the_timeline_with_its_author() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    world.clock.advance(SignedDuration::from_secs(1));
    world.app.leads.note(&home.owner.actor, lead.id, note()).await.unwrap();
    let file = world.app.leads.open(&home.owner.actor, lead.id).await.unwrap();
    let newest = &file.activities[0];
    assert_eq!(newest.author, Some(Author::Member(home.owner.user)));
    assert_eq!(newest.what, What::Noted(note().text));
    assert!(matches!(file.activities[1].what, What::Submitted(_)));
}

#[tokio::test]
async fn a_move_changes_the_stage_and_stands_in_the_timeline() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    let pipeline = world.app.leads.open(&home.owner.actor, lead.id).await.unwrap().pipelines.live.remove(0);
    let to = pipeline.stages[2].id;
    world.clock.advance(SignedDuration::from_secs(1));
    let command = MoveLead { stage: to, reason: None, note: None, beside: None, version: lead.version };
    world.app.leads.move_to(&home.owner.actor, lead.id, command).await.unwrap();
    let file = world.app.leads.open(&home.owner.actor, lead.id).await.unwrap();
    assert_eq!((file.lead.stage, file.lead.version), (to, lead.version + 1));
    assert!(matches!(&file.activities[0].what, What::Moved(moved) if moved.from == lead.stage && moved.to == to));
    world.work().await;
    assert_eq!(world.waiting().await, 0, "nothing is left of the event");
}

#[tokio::test]
async fn a_move_from_an_old_page_is_stale_and_changes_nothing() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    let stages = world.app.leads.open(&home.owner.actor, lead.id).await.unwrap().pipelines.live.remove(0).stages;
    let go = |stage: usize| MoveLead {
        stage: stages[stage].id,
        reason: None,
        note: None,
        beside: None,
        version: lead.version,
    };
    world.app.leads.move_to(&home.owner.actor, lead.id, go(1)).await.unwrap();
    let late = world.app.leads.move_to(&home.owner.actor, lead.id, go(2)).await.unwrap_err();
    assert!(matches!(late, Error::Stale), "{late:?}");
    let file = world.app.leads.open(&home.owner.actor, lead.id).await.unwrap();
    assert_eq!(file.lead.stage, stages[1].id);
    assert_eq!(file.activities.len(), 2, "the move that failed left no trace");
}

#[tokio::test]
async fn a_lead_moves_neither_nowhere_nor_to_an_unknown_stage_nor_to_one_of_another_organization() {
    let world = World::new().await;
    let (home, other) = (world.found("North").await, world.found("South").await);
    let lead = world.lead(&home, "anna@example.com").await;
    let foreign = world.lead(&other, "bert@example.com").await.stage;
    let unknown = StageId(nobody().1.0);
    let wrong = [(lead.stage, StageError::Same), (unknown, StageError::Unknown), (foreign, StageError::Unknown)];
    for (stage, rule) in wrong {
        let command = MoveLead { stage, reason: None, note: None, beside: None, version: lead.version };
        let error = world.app.leads.move_to(&home.owner.actor, lead.id, command).await.unwrap_err();
        assert!(matches!(error, Error::Rule(Broken::Stage(found)) if found == rule), "{error:?}");
    }
}

#[tokio::test]
async fn rls_10_a_lead_of_another_organization_is_not_there() {
    let world = World::new().await;
    let (home, other) = (world.found("North").await, world.found("South").await);
    let lead = world.lead(&home, "anna@example.com").await;
    let actor = &other.owner.actor;
    let stage = MoveLead { stage: lead.stage, reason: None, note: None, beside: None, version: lead.version };
    for error in [
        world.app.leads.open(actor, lead.id).await.map(|_| ()).unwrap_err(),
        world.app.leads.note(actor, lead.id, note()).await.unwrap_err(),
        world.app.leads.move_to(actor, lead.id, stage).await.unwrap_err(),
        world.app.leads.open(actor, nobody().1).await.map(|_| ()).unwrap_err(),
    ] {
        assert!(matches!(error, Error::NotFound("lead")), "{error:?}");
    }
    assert!(world.leads(&other).await.is_empty());
}

#[tokio::test]
async fn rls_13_an_agent_reaches_their_own_leads_and_those_of_nobody_only() {
    let world = World::new().await;
    let home = world.found("North").await;
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    let [mine, theirs, free] = ["mine@example.com", "theirs@example.com", "free@example.com"];
    let mine = world.lead(&home, mine).await;
    let theirs = world.lead(&home, theirs).await;
    let free = world.lead(&home, free).await;
    world.give(&home, mine.id, agent.user).await;
    world.give(&home, theirs.id, home.owner.user).await;
    let seen = world.app.leads.list(&agent.actor, &ListLeads::default()).await.unwrap().leads.items;
    let seen: BTreeSet<_> = seen.iter().map(|row| row.id).collect();
    assert_eq!(seen, BTreeSet::from([mine.id, free.id]));
    for lead in [mine.id, free.id] {
        world.app.leads.note(&agent.actor, lead, note()).await.unwrap();
    }
    for error in [
        world.app.leads.open(&agent.actor, theirs.id).await.map(|_| ()).unwrap_err(),
        world.app.leads.note(&agent.actor, theirs.id, note()).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::NotFound("lead")), "{error:?}");
    }
}

#[tokio::test]
async fn rls_13_who_may_only_look_changes_nothing() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await;
    for role in [Role::Viewer, Role::PrivacyOfficer] {
        let member = world.join(&home, &format!("{role}@north.example"), &[role]).await;
        world.app.leads.open(&member.actor, lead.id).await.unwrap();
        let error = world.app.leads.note(&member.actor, lead.id, note()).await.unwrap_err();
        assert!(matches!(error, Error::Forbidden(f) if f.0 == Permission::NoteLead), "{error:?}");
        let command = MoveLead { stage: lead.stage, reason: None, note: None, beside: None, version: lead.version };
        let error = world.app.leads.move_to(&member.actor, lead.id, command).await.unwrap_err();
        assert!(matches!(error, Error::Forbidden(f) if f.0 == Permission::QualifyLead), "{error:?}");
    }
}

#[tokio::test]
async fn the_list_goes_on_where_a_page_ended_and_shows_each_lead_once() {
    let world = World::new().await;
    let home = world.found("North").await;
    for n in 0..120 {
        world.submit(home.form, from(&format!("visitor{n}@example.com"))).await.unwrap();
    }
    world.work().await;
    let (mut wanted, mut seen) = (ListLeads::default(), Vec::new());
    loop {
        let part = world.app.leads.list(&home.owner.actor, &wanted).await.unwrap().leads;
        seen.extend(part.items.iter().map(|row| (row.created_at, row.id)));
        wanted.after = part.next;
        if wanted.after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 120);
    assert!(seen.is_sorted_by(|earlier, later| earlier > later), "newest first, each once");
}

#[tokio::test]
async fn a_member_counts_their_own_leads_until_these_are_closed() {
    let world = World::new().await;
    let (home, south) = (world.found("North").await, world.found("South").await);
    let agent = world.join(&home, "agent@north.example", &[Role::Agent]).await;
    let (anna, bert) = (world.lead(&home, "anna@example.com").await, world.lead(&home, "bert@example.com").await);
    world.lead(&home, "nobodys@example.com").await;
    let count = async |actor: &Actor| world.app.leads.count_mine(actor).await.unwrap();
    assert_eq!(count(&agent.actor).await, 0, "what waits for somebody is nobody's");
    world.give(&home, anna.id, agent.user).await;
    world.give(&home, bert.id, agent.user).await;
    assert_eq!((count(&agent.actor).await, count(&home.owner.actor).await), (2, 0));
    assert_eq!(count(&south.owner.actor).await, 0);
    let file = world.app.leads.open(&home.owner.actor, anna.id).await.unwrap();
    let stage = |kind| file.pipelines.live[0].stages.iter().find(|stage| stage.kind == kind).unwrap().id;
    for (version, (kind, left)) in (file.lead.version..).zip([(StageKind::Qualified, 2), (StageKind::Won, 1)]) {
        let command = MoveLead { stage: stage(kind), reason: None, note: None, beside: None, version };
        world.app.leads.move_to(&home.owner.actor, anna.id, command).await.unwrap();
        assert_eq!(count(&agent.actor).await, left, "{kind:?}");
    }
    let biller = world.join(&home, "billing@north.example", &[Role::Billing]).await;
    let refused = world.app.leads.count_mine(&biller.actor).await.unwrap_err();
    assert!(matches!(refused, Error::Forbidden(missing) if missing.0 == Permission::ReadLeads), "{refused:?}");
}
