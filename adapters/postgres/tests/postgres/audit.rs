//! The audit trail: written by each unit of work, chained, and out of reach of whoever serves.

use qualify_domain::{
    access::{Duty, Permission, TenantScope},
    activity::{Activity, Author, What},
    audit::{Action, AuditActor, Break, Entry, EntryFilter, Mark, Target, Walk},
    id::{ActivityId, LeadId, OrganizationId, UserId},
    text::Message,
};
use qualify_ports::storage::{PlatformTask, Storage};
use qualify_postgres::testing::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use crate::world::{World, after, id, noon};

async fn superuser() -> PgConnection {
    PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap()
}

/// SHA-256 by the database's own function, of the text that the domain makes.
async fn digest(connection: &mut PgConnection, text: &str) -> [u8; 32] {
    let query = sqlx::query("SELECT sha256(convert_to($1, 'UTF8'))").bind(text);
    query.fetch_one(connection).await.unwrap().get::<Vec<u8>, _>(0).try_into().unwrap()
}

pub async fn trail(world: &World) -> Vec<Entry> {
    let mut tx = world.begin(Permission::VerifyAudit).await;
    tx.audit().chain(0, 1_000).await.unwrap()
}

pub async fn walked(world: &World) -> Result<u64, Break> {
    let mut tx = world.begin(Permission::VerifyAudit).await;
    let (anchor, head) = tx.audit().ends().await.unwrap();
    let mut walk = Walk::new(anchor, head);
    let mut connection = superuser().await;
    for entry in tx.audit().chain(anchor.sequence, 1_000).await.unwrap() {
        let hash = digest(&mut connection, &entry.text()).await;
        walk.step(&entry, |_| hash)?;
    }
    walk.end()
}

async fn note(world: &World, lead: LeadId, words: &str) {
    let mut tx = world.begin(Permission::NoteLead).await;
    let what = What::Noted(Message::parse(words).unwrap());
    let note = Activity { id: ActivityId(id()), lead, at: noon(), author: Some(Author::Member(world.user)), what };
    tx.activities().insert(&note).await.unwrap();
    tx.commit().await.unwrap();
}

/// An organization with some entries: its founding, and three notes.
async fn busy() -> World {
    let world = World::new().await;
    let lead = world.lead(noon(), "anna@example.com");
    world.keep_lead(&lead).await;
    for words in ["Called.", "Called again.", "Meets us on Monday."] {
        note(&world, lead.id, words).await;
    }
    world
}

#[tokio::test]
async fn log_3_each_command_of_a_member_leaves_who_did_what_to_what() {
    let world = World::new().await;
    let lead = world.lead(noon(), "anna@example.com");
    world.keep_lead(&lead).await;
    let before = trail(&world).await;
    let mut tx = world.begin(Permission::QualifyLead).await;
    let mut moved = tx.leads().find(lead.id).await.unwrap().unwrap();
    let to = world.pipeline.stages[1].id;
    moved.stage = to;
    tx.leads().update(&moved).await.unwrap();
    tx.commit().await.unwrap();
    let entries = trail(&world).await.split_off(before.len());
    let [entry] = &entries[..] else { panic!("one entry, not {entries:?}") };
    assert_eq!(entry.who(), Some(AuditActor::Member(world.user)));
    assert_eq!(entry.what(), Some(Action::Command(Permission::QualifyLead)));
    assert_eq!(entry.on(), Some(Target::Lead(lead.id)));
    assert_eq!(entry.changes, [format!("stage:{}>{to}", lead.stage)]);
    assert_eq!((entry.at, entry.times, entry.session.is_some()), (noon(), 1, true));
}

#[tokio::test]
async fn log_3_a_command_that_is_dropped_or_only_looks_leaves_nothing() {
    let world = busy().await;
    let before = trail(&world).await;
    let mut tx = world.begin(Permission::ManageForms).await;
    tx.forms().update(&world.form).await.unwrap();
    drop(tx);
    world.begin(Permission::ReadLeads).await.commit().await.unwrap();
    assert_eq!(trail(&world).await, before);
    world.begin(Permission::ManageForms).await.commit().await.unwrap();
    assert_eq!(trail(&world).await.len(), before.len() + 1, "a command that names nothing is told all the same");
}

#[tokio::test]
async fn log_3_visitors_and_the_worker_write_no_entry() {
    let world = World::new().await;
    let before = trail(&world).await;
    world.capture(world.submission(noon(), "anna@example.com"), 1).await.unwrap();
    let lead = world.lead(noon(), "anna@example.com");
    world.keep_lead(&lead).await;
    assert_eq!(trail(&world).await, before);
}

#[tokio::test]
async fn log_3_a_sensitive_look_is_kept_before_anything_is_shown() {
    let world = busy().await;
    let before = trail(&world).await.len();
    let tx = world.begin(Permission::ExportAudit).await;
    drop(tx);
    let entries = trail(&world).await;
    assert_eq!(entries.len(), before + 1, "even if the look is given up");
    assert_eq!(entries.last().unwrap().what(), Some(Action::Command(Permission::ExportAudit)));
}

#[tokio::test]
async fn log_3_a_founding_tells_who_was_made_what() {
    let world = World::new().await;
    let entries = trail(&world).await;
    assert!(
        entries.iter().all(|entry| entry.who() == Some(AuditActor::Product) && entry.action == "found_organization")
    );
    let of = |target| entries.iter().find(|entry| entry.on() == Some(target)).unwrap();
    assert_eq!(of(Target::Member(world.user)).changes, ["roles:>owner"]);
    assert_eq!(of(Target::Organization(world.organization)).changes, ["new"]);
}

#[tokio::test]
async fn ret_3_the_names_of_changed_fields_are_kept_and_nothing_that_was_in_them() {
    let world = World::new().await;
    let lead = world.lead(noon(), "canary@birdsong.example");
    world.keep_lead(&lead).await;
    note(&world, lead.id, "Canary note.").await;
    let mut tx = world.begin(Permission::QualifyLead).await;
    let mut edited = tx.leads().find(lead.id).await.unwrap().unwrap();
    edited.name = Some("Canary Birdsong".parse().unwrap());
    edited.email = Some("canary.other@birdsong.example".parse().unwrap());
    edited.owner = Some(world.user);
    tx.leads().update(&edited).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::ManageForms).await;
    let mut form = world.form.clone();
    form.settings.name = "Canary form".parse().unwrap();
    form.settings.notice.purpose = Message::parse("Canary notice.").unwrap();
    tx.forms().update(&form).await.unwrap();
    tx.commit().await.unwrap();
    let entries = trail(&world).await;
    let changes: Vec<_> = entries.iter().rev().take(2).rev().map(|entry| entry.changes.clone()).collect();
    assert_eq!(
        changes,
        [
            vec!["name".to_owned(), "email".to_owned(), format!("owner:>{}", world.user)],
            vec!["name".to_owned(), "notice".to_owned()]
        ]
    );
    let kept = format!("{entries:?}").to_lowercase();
    for mark in ["canary", "birdsong", "192.0.2", "dupont"] {
        assert!(!kept.contains(mark), "{mark}");
    }
}

#[tokio::test]
async fn ret_3_the_trail_refuses_whatever_could_be_somebodys_words() {
    let world = World::new().await;
    for words in ["anna@example.com", "Anna", "192.0.2.7", "line\nbreak", "+33", "é"] {
        let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.app()).await.unwrap();
        let mut tx = connection.begin().await.unwrap();
        let set = format!("SELECT set_config('qualify.organization_id', '{}', true)", world.organization);
        tx.execute(AssertSqlSafe(set)).await.unwrap();
        let append = "SELECT append_audit($1, 'member', NULL, NULL, 'note_lead', jsonb_build_array(
            jsonb_build_object('kind', 'lead', 'id', $2::uuid, 'changes', jsonb_build_array($3::text))))";
        let append =
            |words: &'static str| sqlx::query(append).bind(time::OffsetDateTime::UNIX_EPOCH).bind(id()).bind(words);
        append("note").execute(&mut *tx).await.unwrap();
        let refused = append(words).execute(&mut *tx).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "23514", "{words}");
    }
}

#[tokio::test]
async fn log_3_the_database_and_the_domain_agree_on_every_hash() {
    let world = busy().await;
    let entries = trail(&world).await;
    assert!(entries.len() > 5, "{entries:?}");
    assert_eq!(walked(&world).await, Ok(entries.len() as u64));
}

/// A statement about an entry, and what the walk then says of it.
type Forgery = (&'static str, fn(i64) -> Break);

#[tokio::test]
async fn log_3_cutting_changing_or_swapping_entries_by_hand_shows_and_names_the_first() {
    let forgeries: [Forgery; 9] = [
        ("DELETE FROM audit_entries WHERE organization_id = $1 AND sequence = $2", |at| Break::Missing(at + 1)),
        ("DELETE FROM audit_entries WHERE organization_id = $1 AND sequence >= $2", Break::Cut),
        ("UPDATE audit_entries SET action = 'read_leads' WHERE organization_id = $1 AND sequence = $2", Break::Changed),
        ("UPDATE audit_entries SET actor_id = NULL WHERE organization_id = $1 AND sequence = $2", Break::Changed),
        (
            "UPDATE audit_entries SET at = at - interval '1 us' WHERE organization_id = $1 AND sequence = $2",
            Break::Changed,
        ),
        ("UPDATE audit_entries SET changes = '{}' WHERE organization_id = $1 AND sequence = $2", Break::Changed),
        // Rehashed to look whole: the next one no longer follows.
        (
            "UPDATE audit_entries AS e SET times = 2, hash = sha256(convert_to(audit_text(ROW(e.organization_id,
                e.sequence, e.at, e.actor_kind, e.actor_id, e.session_id, e.action, e.target_kind, e.target_id, 2,
                e.changes, e.previous, e.hash)::audit_entries), 'UTF8'))
            WHERE organization_id = $1 AND sequence = $2",
            |at| Break::Unlinked(at + 1),
        ),
        // Swapped with the next one.
        (
            "UPDATE audit_entries AS e SET at = o.at, actor_id = o.actor_id, session_id = o.session_id,
                action = o.action, target_id = o.target_id, changes = o.changes, previous = o.previous, hash = o.hash
            FROM audit_entries AS o WHERE e.organization_id = $1 AND o.organization_id = $1
                AND e.sequence IN ($2, $2 + 1) AND o.sequence = 2 * $2 + 1 - e.sequence",
            Break::Unlinked,
        ),
        ("UPDATE audit_heads SET hash = sha256('x') WHERE organization_id = $1 AND $2 > 0", |at| {
            Break::Replaced(at + 2)
        }),
    ];
    for (forgery, expected) in forgeries {
        let world = busy().await;
        let last = i64::try_from(trail(&world).await.len()).unwrap();
        let at = last - 2;
        let mut connection = superuser().await;
        let query = sqlx::query(forgery).bind(world.organization.0).bind(at);
        query.execute(&mut connection).await.unwrap();
        assert_eq!(walked(&world).await, Err(expected(at)), "{forgery}");
    }
}

#[tokio::test]
async fn log_3_whoever_serves_can_neither_write_change_nor_delete_an_entry() {
    let world = busy().await;
    for statement in [
        "UPDATE audit_entries SET times = 2",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "INSERT INTO audit_entries SELECT * FROM audit_entries",
        "UPDATE audit_heads SET sequence = 0",
        "DELETE FROM audit_heads",
        "INSERT INTO audit_anchors SELECT organization_id, sequence, hash, to_timestamp(0) FROM audit_heads",
        "DELETE FROM security_tallies",
        "SELECT chain_audit(current_organization(), to_timestamp(0), 'member', NULL, NULL, 'x', 1, '[{}]')",
    ] {
        let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.app()).await.unwrap();
        let mut tx = connection.begin().await.unwrap();
        let set = format!("SELECT set_config('qualify.organization_id', '{}', true)", world.organization);
        tx.execute(AssertSqlSafe(set)).await.unwrap();
        let refused = tx.execute(statement).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501", "{statement}: {refused}");
    }
}

#[tokio::test]
async fn log_3_many_at_once_make_one_chain() {
    let world = World::new().await;
    let lead = world.lead(noon(), "anna@example.com");
    world.keep_lead(&lead).await;
    let before = trail(&world).await.len() as u64;
    futures::future::join_all((0..24).map(|_| note(&world, lead.id, "At once."))).await;
    assert_eq!(walked(&world).await, Ok(before + 24));
}

#[tokio::test]
async fn a_chain_whose_oldest_entries_are_gone_is_whole_from_its_anchor_on() {
    let world = busy().await;
    let entries = trail(&world).await;
    let (old, kept) = entries.split_at(3);
    let last = old.last().unwrap();
    let mut connection = superuser().await;
    let gone = sqlx::query("DELETE FROM audit_entries WHERE organization_id = $1 AND sequence <= $2");
    gone.bind(world.organization.0).bind(last.sequence).execute(&mut connection).await.unwrap();
    assert_eq!(walked(&world).await, Err(Break::Missing(last.sequence + 1)), "without an anchor it is a hole");
    let anchor = sqlx::query("INSERT INTO audit_anchors VALUES ($1, $2, $3, to_timestamp(0))");
    anchor.bind(world.organization.0).bind(last.sequence).bind(&last.hash[..]).execute(&mut connection).await.unwrap();
    assert_eq!(walked(&world).await, Ok(kept.len() as u64));
    note(&world, LeadId(kept.last().unwrap().target.unwrap()), "Goes on.").await;
    assert_eq!(walked(&world).await, Ok(kept.len() as u64 + 1));
}

#[tokio::test]
async fn a_trail_is_paged_newest_first_and_filtered() {
    let world = busy().await;
    let all = trail(&world).await;
    let mut tx = world.begin(Permission::ReadAudit).await;
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let part = tx.audit().page(&EntryFilter::default(), before, 2).await.unwrap();
        assert!(part.items.len() <= 2);
        seen.extend(part.items);
        before = part.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen.into_iter().rev().collect::<Vec<_>>(), all);
    let notes = Some(Action::Command(Permission::NoteLead));
    let lead = all.last().unwrap().target;
    for (filter, matching) in [
        (EntryFilter { actor: Some(world.user), ..EntryFilter::default() }, 3),
        (EntryFilter { actor: Some(UserId(id())), ..EntryFilter::default() }, 0),
        (EntryFilter { action: notes, ..EntryFilter::default() }, 3),
        (EntryFilter { target: lead, ..EntryFilter::default() }, 3),
        (EntryFilter { from: Some(noon()), ..EntryFilter::default() }, all.len()),
        (EntryFilter { until: Some(noon()), ..EntryFilter::default() }, 0),
        (EntryFilter { until: Some(after(1)), action: notes, target: lead, ..EntryFilter::default() }, 3),
    ] {
        assert_eq!(tx.audit().page(&filter, None, 100).await.unwrap().items.len(), matching, "{filter:?}");
    }
}

#[tokio::test]
async fn the_operators_walk_finds_every_organization_once() {
    let database = TestDatabase::fresh().await;
    let storage = crate::world::storage_of(&database);
    let mut expected = Vec::new();
    for _ in 0..5 {
        expected.push(World::found(storage.clone()).await.organization);
    }
    expected.sort();
    let mut found: Vec<OrganizationId> = Vec::new();
    loop {
        let mut tx = storage.platform(PlatformTask::VerifyAudit).await.unwrap();
        let part = tx.security().audited(found.last().copied(), 2).await.unwrap();
        if part.is_empty() {
            break;
        }
        found.extend(part);
    }
    assert_eq!(found, expected);
    let mut tx = storage.platform(PlatformTask::SignIn).await.unwrap();
    assert!(tx.security().audited(None, 2).await.is_err(), "no other task may");
}

#[tokio::test]
async fn a_chain_without_entries_has_no_ends() {
    let world = World::new().await;
    let nobody = World { organization: OrganizationId(id()), ..world };
    let scope: TenantScope = nobody.may(Permission::VerifyAudit);
    assert!(matches!(scope.who(), qualify_domain::access::Who::Product(Duty::VerifyAudit)));
    let mut tx = nobody.storage.tenant(&scope).await.unwrap();
    assert_eq!(tx.audit().ends().await.unwrap(), (Mark::START, Mark::START));
}
