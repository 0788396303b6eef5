//! What was written about a lead is found by its words: within the organization, within reach, and nothing else of it.

use qualify_domain::{
    access::{Permission, Role},
    activity::{Activity, What},
    id::{ActivityId, LeadId},
    text::Message,
};
use qualify_ports::storage::Storage;
use qualify_postgres::testing::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::world::{World, after, id, noon, storage_of};

async fn write(world: &World, lead: LeadId, note: &str) {
    let what = What::Noted(Message::parse(note).unwrap());
    let mut tx = world.begin(Permission::NoteLead).await;
    let note = Activity { id: ActivityId(id()), lead, at: noon(), author: None, what };
    tx.activities().insert(&note).await.unwrap();
    tx.commit().await.unwrap();
}

async fn found(world: &World, role: Role, words: &str) -> Vec<LeadId> {
    let scope = world.member(role).permit(Permission::ReadLeads).unwrap();
    let mut tx = world.storage.tenant(&scope).await.unwrap();
    let found = tx.leads().find_words(words, 10).await.unwrap();
    assert!(!found.more, "{words}");
    // The look leaves the unit of work as it was.
    assert!(tx.leads().find(LeadId(id())).await.unwrap().is_none());
    found.leads.into_iter().collect()
}

#[tokio::test]
async fn rls_6_words_are_found_in_the_organization_and_within_reach_only() {
    let (world, neighbour) = (World::new().await, World::new().await);
    let colleague = world.join(Role::Agent).await;
    let mut leads = [1, 2, 3].map(|second| world.lead(after(second), &format!("lead{second}@example.com")));
    leads[1].owner = Some(world.user);
    leads[2].owner = Some(colleague);
    for lead in &leads {
        world.keep_lead(lead).await;
        write(&world, lead.id, "Wants the big oven, before Noël. Écrivez à Zoé!").await;
    }
    write(&world, leads[0].id, "Second call about the croissant machine").await;
    let theirs = neighbour.lead(noon(), "neighbour@example.com");
    neighbour.keep_lead(&theirs).await;
    write(&neighbour, theirs.id, "Wants the big oven").await;

    let all: Vec<_> = leads.iter().map(|lead| lead.id).collect();
    for words in ["oven", "OVEN big", "!oven & |", "ove", "noël", "écriv", "zoé"] {
        assert_eq!(found(&world, Role::Owner, words).await, all, "{words}");
        assert_eq!(found(&world, Role::Agent, words).await, all[..2], "{words}: own and nobody's");
    }
    assert_eq!(found(&world, Role::Owner, "call croiss").await, all[..1], "all of the words, in one text");
    for nothing in ["croissant oven", "pizza", "'", "\\", ":*", "%", ".*", "( ", "oven:*B | zzz"] {
        assert_eq!(found(&world, Role::Owner, nothing).await, [], "{nothing}");
    }
    assert_eq!(found(&neighbour, Role::Owner, "oven").await, [theirs.id]);
}

#[tokio::test]
async fn rls_6_what_a_submission_says_is_found_but_not_from_where_it_came_ret_3() {
    let world = World::new().await;
    let mut submission = world.submission(noon(), "anna@example.com");
    submission.answers.message = Some(Message::parse("We bake four hundred baguettes").unwrap());
    submission.ip = Some("192.0.2.44".parse().unwrap());
    let lead = world.lead(noon(), "anna@example.com");
    let id_of = submission.id;
    world.storage.record(&world.may(Permission::CaptureLead), world.intake(submission, 1)).await.unwrap();
    world.keep_lead(&lead).await;
    let mut tx = world.begin(Permission::ProcessSubmission).await;
    tx.submissions().assign(id_of, lead.id).await.unwrap();
    let what = What::Submitted(id_of);
    let entry = Activity { id: ActivityId(id()), lead: lead.id, at: noon(), author: None, what };
    tx.activities().insert(&entry).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(found(&world, Role::Owner, "baguettes").await, [lead.id]);
    for hidden in ["192.0.2.44", "192", "anna@example.com"] {
        assert_eq!(found(&world, Role::Owner, hidden).await, [], "{hidden}");
    }
}

#[tokio::test]
async fn a_broad_look_tells_that_there_is_more_and_an_index_serves_each() {
    let database = TestDatabase::fresh().await;
    let world = World::found(storage_of(&database)).await;
    let lead = world.lead(noon(), "anna@example.com");
    world.keep_lead(&lead).await;
    let mut superuser = PgConnection::connect_with(&database.superuser()).await.unwrap();
    let fill = format!(
        "INSERT INTO leads (organization_id, id, version, stage_id, legal_basis, first_touch, last_touch, created_at,
            last_submission_at, stage_entered_at, last_activity_at, rank)
        SELECT organization_id, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 1, stage_id, legal_basis,
            first_touch, last_touch, created_at, last_submission_at, stage_entered_at, last_activity_at, rank
        FROM leads, generate_series(1, 3000) AS n WHERE id = '{}';
        INSERT INTO activities (organization_id, id, lead_id, at, kind, note)
        SELECT organization_id, gen_random_uuid(), id, created_at, 'noted', 'hello ' || md5(id::text) FROM leads;
        ANALYZE leads, activities",
        lead.id
    );
    superuser.execute(AssertSqlSafe(fill)).await.unwrap();
    let mut tx = world.begin(Permission::ReadLeads).await;
    let broad = tx.leads().find_words("hello", 100).await.unwrap();
    assert_eq!((broad.leads.len(), broad.more), (100, true));
    let lines: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
        "EXPLAIN SELECT lead_id FROM activities WHERE words @@ ('''' || left(md5('{}'), 8) || 'abc'':*')::tsquery",
        world.organization
    )))
    .fetch_all(&mut superuser)
    .await
    .unwrap();
    assert!(lines.join("\n").contains("activities_by_words"), "{lines:?}");
}
