//! How far a look at leads reaches: in the queries of the stores, and again in row security, which holds where a query
//! forgot.

use qualify_domain::{
    access::{Permission, Role},
    activity::{Activity, What},
    id::{ActivityId, LeadId, UserId},
    lead::Lead,
    lead_filter::LeadFilter,
    notification::Choice,
    team::Colleagues,
    text::Message,
};
use qualify_ports::storage::{LeadQuery, Received, Storage, StorageError, TenantTx};
use qualify_postgres::testing::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::world::{World, after, eye, id, noon, storage_of, team};

/// The leads of nobody, of oneself, of a colleague in one's team and of somebody else, in this order.
struct Four {
    world: World,
    colleague: UserId,
    leads: [Lead; 4],
}

impl Four {
    async fn new() -> Self {
        let world = World::new().await;
        let (colleague, other) = (world.join(Role::Agent).await, world.join(Role::Agent).await);
        let mut second = 0;
        let leads = [None, Some(world.user), Some(colleague), Some(other)].map(|owner| {
            second += 1;
            Lead { owner, ..world.lead(after(second), &format!("{}@example.com", id().simple())) }
        });
        for (place, lead) in (0..).zip(&leads) {
            world.keep_lead(lead).await;
            let sent = world.submission(noon(), "anna@example.com");
            world.capture(sent.clone(), place).await.unwrap();
            let mut tx = world.begin(Permission::ProcessSubmission).await;
            tx.submissions().assign(sent.id, lead.id).await.unwrap();
            tx.activities().insert(&note(lead.id)).await.unwrap();
            tx.notifications().insert(&world.notification(noon(), Some(lead.id)), Choice::AtOnce).await.unwrap();
            tx.commit().await.unwrap();
        }
        Self { world, colleague, leads }
    }

    async fn work(&self, role: Role, permission: Permission) -> Box<dyn TenantTx> {
        let team = Colleagues::Only(vec![self.world.user, self.colleague]);
        let scope = self.world.member_with(role, team).permit(permission).unwrap();
        self.world.storage.tenant(&scope).await.unwrap()
    }

    /// A connection in the runtime role, with the settings of that reach and no condition in its queries.
    async fn bare(&self, reach: &str) -> PgConnection {
        let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.app()).await.unwrap();
        let set = format!(
            "BEGIN; SELECT set_config('qualify.organization_id', '{}', true),
                set_config('qualify.reach', '{reach}', true), set_config('qualify.restricted', 'false', true), set_config('qualify.member', 'anybody', true)",
            self.world.organization
        );
        connection.execute(AssertSqlSafe(set)).await.unwrap();
        connection
    }
}

fn note(lead: LeadId) -> Activity {
    let what = What::Noted(Message::parse("Called.").unwrap());
    Activity { id: ActivityId(id()), lead, at: noon(), author: None, what }
}

#[tokio::test]
async fn rls_13_each_reach_sees_its_leads_their_timelines_and_submissions() {
    let four = Four::new().await;
    for (role, reached) in [(Role::Agent, 2), (Role::Manager, 3), (Role::Viewer, 3), (Role::Owner, 4)] {
        let mut tx = four.work(role, Permission::ReadLeads).await;
        let listed = tx.leads().page(&LeadQuery::newest(&LeadFilter::default(), &eye(), 50)).await.unwrap().items;
        let mut expected: Vec<LeadId> = four.leads[..reached].iter().map(|lead| lead.id).collect();
        expected.reverse();
        assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<_>>(), expected, "{role}: newest first");
        for (place, lead) in four.leads.iter().enumerate() {
            let within = place < reached;
            assert_eq!(tx.leads().find(lead.id).await.unwrap().is_some(), within, "{role}: {place}");
            assert_eq!(tx.activities().of_lead(lead.id, 9).await.unwrap().len(), usize::from(within), "{role}");
            assert_eq!(tx.submissions().of_lead(lead.id, 9).await.unwrap().len(), usize::from(within), "{role}");
        }
    }
}

#[tokio::test]
async fn rls_13_a_manager_sees_of_a_forms_submissions_those_of_the_leads_of_the_team() {
    let four = Four::new().await;
    let mut tx = four.work(Role::Manager, Permission::ReadSubmissions).await;
    assert_eq!(tx.submissions().of_form(four.world.form.id, Received::All, None, 50).await.unwrap().items.len(), 3);
    let mut tx = four.work(Role::PrivacyOfficer, Permission::ReadSubmissions).await;
    assert_eq!(tx.submissions().of_form(four.world.form.id, Received::All, None, 50).await.unwrap().items.len(), 4);
}

#[tokio::test]
async fn rls_13_what_is_beyond_reach_can_be_neither_changed_nor_given_away_nor_written_about() {
    let four = Four::new().await;
    let [queue, own, _, other] = &four.leads;
    let mut tx = four.work(Role::Manager, Permission::QualifyLead).await;
    assert!(matches!(tx.leads().update(other).await, Err(StorageError::Stale)));
    let mut tx = four.work(Role::Manager, Permission::QualifyLead).await;
    let away = Lead { owner: other.owner, ..own.clone() };
    assert!(matches!(tx.leads().update(&away).await, Err(StorageError::Failed(_))), "out of one's own sight");
    let mut tx = four.work(Role::Manager, Permission::NoteLead).await;
    assert!(matches!(tx.activities().insert(&note(other.id)).await, Err(StorageError::Failed(_))));
    let mut tx = four.work(Role::Manager, Permission::NoteLead).await;
    tx.activities().insert(&note(queue.id)).await.unwrap();
    tx.leads().update(&Lead { owner: Some(four.colleague), ..queue.clone() }).await.unwrap();
}

#[tokio::test]
async fn rls_13_a_query_that_forgot_the_reach_sees_nothing_beyond_it() {
    let four = Four::new().await;
    let team = format!("{{{},{}}}", four.world.user, four.colleague);
    for (reach, expected) in [("all".to_owned(), 4), (team, 3), (format!("{{{}}}", four.world.user), 2)] {
        let mut connection = four.bare(&reach).await;
        for table in ["leads", "activities", "submissions", "notifications"] {
            let sql = format!("SELECT count(*) FROM {table}");
            let seen: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection).await.unwrap();
            assert_eq!(seen, expected, "{table} within {reach}");
        }
        let changed = connection.execute("UPDATE leads SET version = version + 1").await.unwrap();
        assert_eq!(i64::try_from(changed.rows_affected()).unwrap(), expected, "{reach}");
    }
    let mut connection = four.bare("{}").await;
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM leads").fetch_one(&mut connection).await.unwrap();
    assert_eq!(seen, 1, "who reaches nobody's leads sees the queue");
}

#[tokio::test]
async fn rls_2_work_that_forgot_how_far_it_reaches_is_an_error() {
    let four = Four::new().await;
    for table in ["leads", "activities", "submissions"] {
        let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.app()).await.unwrap();
        let set = format!(
            "SELECT set_config('qualify.organization_id', '{}', true), set_config('qualify.restricted', 'false', true)",
            four.world.organization
        );
        let mut tx = connection.begin().await.unwrap();
        tx.execute(AssertSqlSafe(set.clone())).await.unwrap();
        let fresh = tx.execute(AssertSqlSafe(format!("SELECT FROM {table}"))).await.unwrap_err();
        assert!(fresh.to_string().contains("qualify.reach"), "{table}: {fresh}");
        drop(tx);
        let mut connection = four.bare("all").await;
        connection.execute("COMMIT").await.unwrap();
        let mut tx = connection.begin().await.unwrap();
        tx.execute(AssertSqlSafe(set)).await.unwrap();
        let used = tx.execute(AssertSqlSafe(format!("SELECT FROM {table}"))).await.unwrap_err();
        assert!(used.to_string().contains("malformed array literal"), "{table}: {used}");
    }
}

#[tokio::test]
async fn rls_13_what_a_member_is_told_is_theirs_alone_even_where_a_query_forgot_it() {
    let four = Four::new().await;
    let whose = |member: String| {
        format!(
            "SELECT set_config('qualify.reach', 'all', true), set_config('qualify.restricted', 'false', true), set_config('qualify.member', '{member}', true)"
        )
    };
    for (member, expected) in [(four.world.user, 4), (four.colleague, 0)] {
        let mut connection = four.bare("all").await;
        connection.execute(AssertSqlSafe(whose(member.to_string()))).await.unwrap();
        let seen: i64 =
            sqlx::query_scalar("SELECT count(*) FROM notifications").fetch_one(&mut connection).await.unwrap();
        assert_eq!(seen, expected);
        let changed = connection.execute("UPDATE notifications SET read_at = now()").await.unwrap();
        assert_eq!(i64::try_from(changed.rows_affected()).unwrap(), expected);
    }
    let mut connection = four.bare("all").await;
    connection.execute(AssertSqlSafe(whose(String::new()))).await.unwrap();
    let forgot = connection.execute("SELECT FROM notifications").await.unwrap_err();
    assert!(forgot.to_string().contains("invalid input syntax for type uuid"), "{forgot}");
}

#[tokio::test]
async fn teams_are_kept_renamed_filled_and_taken_away() {
    let world = World::new().await;
    let agent = world.join(Role::Agent).await;
    let mut north = team("North", &[world.user]);
    let mut tx = world.begin(Permission::ManageTeams).await;
    tx.teams().insert(&north, noon()).await.unwrap();
    tx.teams().insert(&team("South", &[]), noon()).await.unwrap();
    (north.members, north.leader) = (vec![agent], None);
    tx.teams().update(&north).await.unwrap();
    tx.teams().join(world.user, &[north.id]).await.unwrap();
    tx.teams().join(world.user, &[north.id]).await.unwrap();
    let mut members = vec![agent, world.user];
    members.sort_unstable();
    let teams = tx.teams().list().await.unwrap();
    assert_eq!(teams.iter().map(|team| &*team.name).collect::<Vec<_>>(), ["North", "South"]);
    assert_eq!((&teams[0].members, teams[0].leader), (&members, None));
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::ManageTeams).await;
    assert!(matches!(tx.teams().insert(&team("NORTH", &[]), noon()).await, Err(StorageError::Conflict)));
    let mut tx = world.begin(Permission::ManageTeams).await;
    assert!(tx.teams().remove(north.id).await.unwrap());
    assert!(!tx.teams().remove(north.id).await.unwrap());
    assert!(matches!(tx.teams().update(&north).await, Err(StorageError::Stale)));
}

/// The planner's choice for the list of somebody who reaches few owners' leads, as it is put together.
#[tokio::test]
async fn rls_8_the_list_of_a_narrow_reach_is_served_by_an_index() {
    let database = TestDatabase::fresh().await;
    let world = World::found(storage_of(&database)).await;
    let other = world.join(Role::Agent).await;
    let mut superuser = PgConnection::connect_with(&database.superuser()).await.unwrap();
    let seed = format!(
        "INSERT INTO leads (organization_id, id, version, name, stage_id, form_id, owner_id, legal_basis, first_touch,
            last_touch, created_at, last_submission_at, stage_entered_at, last_activity_at, rank)
        SELECT form.organization_id, gen_random_uuid(), 1, md5(n::text), stage.id, form.id,
            CASE n % 100 WHEN 0 THEN NULL WHEN 1 THEN '{}'::uuid ELSE '{other}' END, 'consent', '{{}}', '{{}}',
            now() - n * interval '1 minute', now(), now(), now(), '8'
        FROM forms AS form JOIN stages AS stage USING (organization_id), generate_series(10000, 16000) AS n;
        ANALYZE leads",
        world.user
    );
    superuser.execute(AssertSqlSafe(seed)).await.unwrap();
    let mut app = PgConnection::connect_with(&database.app()).await.unwrap();
    let set = format!(
        "BEGIN; SELECT set_config('qualify.organization_id', '{}', true), set_config('qualify.reach', '{{{}}}', true), set_config('qualify.restricted', 'false', true)",
        world.organization, world.user
    );
    app.execute(AssertSqlSafe(set)).await.unwrap();
    let newest = |whose: &str| {
        format!(
            "SELECT id, created_at FROM leads WHERE organization_id = '{}' AND {whose}
            ORDER BY created_at DESC, id DESC LIMIT 51",
            world.organization
        )
    };
    let sql = format!(
        "EXPLAIN SELECT id FROM (({}) UNION ALL SELECT own.* FROM unnest('{{{}}}'::uuid[]) AS reached (owner), LATERAL ({})
        AS own) AS within_reach ORDER BY created_at DESC, id DESC LIMIT 51",
        newest("owner_id IS NULL"),
        world.user,
        newest("owner_id = reached.owner")
    );
    let plan: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut app).await.unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("leads_newest_of_queue") && plan.contains("leads_newest_of_owner"), "{plan}");
    assert!(!plan.contains("Seq Scan"), "{plan}");
    let sql = format!("EXPLAIN {}", newest("true"));
    let plan: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut app).await.unwrap();
    assert!(plan.join("\n").contains("leads_newest"), "{plan:?}");
}
