//! The list of leads shows what `LeadFilter::matches` says, in order, in parts of any size.

use jiff::SignedDuration;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use qualify_domain::{
    access::Permission,
    form::LegalBasis,
    id::{FormId, LeadId, StageId, UserId},
    lead::{Lead, Source},
    lead_filter::{LeadFilter, Search},
    submission::Attribution,
    text::{Email, Name, Phone},
};
use qualify_ports::storage::{LeadStore, Storage};
use qualify_postgres::testing::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::world::{World, form, id, noon, storage_of};

/// Few letters, so that prefixes meet; some that change their length or their bytes in lower case, and those that
/// `LIKE` would take for patterns.
const LETTERS: &str = "[aAbBéÉßİøØΣσ%_]{1,4}";

fn names() -> impl Strategy<Value = Option<Name>> {
    prop::option::weighted(0.8, LETTERS.prop_filter_map("a name", |raw| Name::parse(&raw).ok()))
}

fn emails() -> impl Strategy<Value = Option<Email>> {
    prop::option::weighted(0.8, "[aAbB]{1,3}@[ab]{1,2}\\.(com|FR)".prop_map(|raw| Email::parse(&raw).unwrap()))
}

fn phones() -> impl Strategy<Value = Option<Phone>> {
    prop::option::weighted(0.5, "\\+33[67][12]{1,4}".prop_map(|raw| Phone::restore(raw.clone(), Some(raw))))
}

fn searches() -> impl Strategy<Value = Option<Search>> {
    let written = prop_oneof![LETTERS, "[aAbB]{1,3}@[ab]?", "\\+33 ?[67]?[12]{0,2}"];
    prop::option::weighted(0.7, written.prop_filter_map("a search", |raw| Search::parse(&raw).ok()))
}

type Choices = (Vec<StageId>, Vec<FormId>, Vec<Option<UserId>>);

fn leads((stages, forms, owners): Choices) -> impl Strategy<Value = Vec<Lead>> {
    // Several leads share an instant: the order then goes by id.
    let lead = (names(), emails(), phones(), 0_i64..20, prop::sample::select(stages), prop::sample::select(forms));
    let lead =
        (lead, prop::sample::select(owners)).prop_map(|((name, email, phone, second, stage, form), owner)| Lead {
            id: LeadId(Uuid::nil()),
            name,
            email,
            phone,
            stage,
            owner,
            form: Some(form),
            source: Source::Form,
            legal_basis: LegalBasis::Consent,
            first_touch: Attribution::default(),
            last_touch: Attribution::default(),
            score: qualify_domain::score::Standing::default(),
            created_at: noon() + SignedDuration::from_secs(second),
            last_submission_at: noon(),
            version: 1,
        });
    prop::collection::vec(lead, 120)
}

async fn listed(store: &mut dyn LeadStore, filter: &LeadFilter, part: u16) -> Vec<LeadId> {
    let (mut ids, mut after) = (vec![], None);
    loop {
        let slice = store.page(filter, after, part).await.unwrap();
        assert!(slice.items.len() <= usize::from(part));
        ids.extend(slice.items.iter().map(|row| row.id));
        after = slice.next;
        if after.is_none() {
            return ids;
        }
    }
}

#[tokio::test]
async fn the_list_shows_what_the_filter_matches_newest_first_in_parts_of_any_size() {
    let world = World::new().await;
    let neighbour = World::new().await;
    let second_form = form();
    let mut tx = world.begin(Permission::ManageForms).await;
    tx.forms().insert(&second_form).await.unwrap();
    tx.commit().await.unwrap();
    let stages: Vec<_> = world.pipeline.stages.iter().map(|stage| stage.id).collect();
    let colleague = world.join(qualify_domain::access::Role::Agent).await;
    let owners = vec![None, Some(world.user), Some(colleague)];
    let mut runner = TestRunner::new(Config::default());
    let choices = (stages.clone(), vec![world.form.id, second_form.id], owners);
    let mut kept = leads(choices).new_tree(&mut runner).unwrap().current();
    let mut tx = world.begin(Permission::ProcessSubmission).await;
    for lead in &mut kept {
        lead.id = LeadId(id());
        tx.leads().insert(lead).await.unwrap();
    }
    tx.commit().await.unwrap();
    neighbour.keep_lead(&neighbour.lead(noon(), "aa@aa.com")).await;
    kept.sort_by_key(|lead| std::cmp::Reverse((lead.created_at, lead.id)));

    let filters = (
        prop::option::weighted(0.3, prop::sample::select(stages)),
        prop::option::weighted(0.3, prop::sample::select(vec![world.form.id, second_form.id])),
        searches(),
        1_u16..60,
        any::<bool>(),
    );
    let mut found = 0;
    for _ in 0..150 {
        let (stage, form, search, part, own) = filters.new_tree(&mut runner).unwrap().current();
        let filter = LeadFilter { stage, form, search };
        let role = if own { qualify_domain::access::Role::Agent } else { qualify_domain::access::Role::Owner };
        let scope = world.member(role).permit(Permission::ReadLeads).unwrap();
        let within_reach = |lead: &&Lead| !own || lead.owner.is_none_or(|owner| owner == world.user);
        let expected: Vec<_> =
            kept.iter().filter(within_reach).filter(|lead| filter.matches(lead)).map(|lead| lead.id).collect();
        found += usize::from(!expected.is_empty());
        let mut tx = world.storage.tenant(&scope).await.unwrap();
        assert_eq!(listed(tx.leads(), &filter, part).await, expected, "{filter:?}, in parts of {part}");
    }
    assert!(found > 30, "only {found} filters found anything");
}

/// The planner's choice, in the runtime role, under row security.
async fn plan(database: &TestDatabase, world: &World, condition: &str) -> String {
    let mut connection = PgConnection::connect_with(&database.app()).await.unwrap();
    let mut tx = connection.begin().await.unwrap();
    let set = format!(
        "SELECT set_config('qualify.reach', 'all', true), set_config('qualify.organization_id', '{}', true)",
        world.organization
    );
    tx.execute(AssertSqlSafe(set)).await.unwrap();
    let sql = format!("EXPLAIN SELECT id FROM leads WHERE organization_id = '{}' AND {condition}", world.organization);
    let lines: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut *tx).await.unwrap();
    lines.join("\n")
}

#[tokio::test]
async fn rls_8_every_condition_of_the_list_is_served_by_an_index() {
    let database = TestDatabase::fresh().await;
    let worlds = [World::found(storage_of(&database)).await, World::found(storage_of(&database)).await];
    let mut superuser = PgConnection::connect_with(&database.superuser()).await.unwrap();
    superuser
        .execute(
            "INSERT INTO leads (organization_id, id, version, name, email, phone, phone_e164, stage_id, form_id,
                legal_basis, first_touch, last_touch, created_at, last_submission_at)
            SELECT form.organization_id, gen_random_uuid(), 1, md5(n::text), md5(n::text) || '@example.com', '+336' || n,
                '+336' || n, stage.id, form.id, 'consent', '{}', '{}', now() - n * interval '1 minute', now()
            FROM forms AS form JOIN stages AS stage USING (organization_id), generate_series(10000, 13000) AS n;
            ANALYZE leads",
        )
        .await
        .unwrap();
    let world = &worlds[0];
    let (stage, form) = (world.pipeline.stages[0].id, world.form.id);
    let order = "ORDER BY created_at DESC, id DESC LIMIT 51";
    let cases = [
        (format!("true {order}"), "leads_newest", "organization_id ="),
        (format!("stage_id = '{stage}' {order}"), "leads_newest_of_stage", "stage_id ="),
        (format!("form_id = '{form}' {order}"), "leads_newest", "organization_id ="),
        (format!("name_norm ^@ 'abc' {order}"), "leads_by_name", "name_norm >="),
        (format!("email_norm ^@ 'abc' {order}"), "leads_by_email", "email_norm >="),
        (format!("(name_norm ^@ 'abc' OR email_norm ^@ 'abc') {order}"), "leads_by_email", "email_norm >="),
        ("email_norm = 'anna@example.com'".to_owned(), "leads_by_email", "email_norm ="),
        (format!("phone_e164 ^@ '+33610999' {order}"), "leads_by_phone", "phone_e164 >="),
    ];
    for (condition, index, served) in cases {
        let plan = plan(&database, world, &condition).await;
        let by_index = plan.lines().any(|line| line.contains("Index Cond") && line.contains(served));
        assert!(plan.contains(index) && by_index, "{condition}:\n{plan}");
    }
    // The check sees a condition that no index serves, because it must wait for row security.
    let plan = plan(&database, world, "email_norm LIKE 'abc%'").await;
    assert!(!plan.contains("email_norm >="), "{plan}");
}
