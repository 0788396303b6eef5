//! What organizations subscribed to, what was heard of it, and the ledger.

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::{Actor, Permission, Role},
    closing::{Closing, Ending},
    id::{BillingSubjectId, SessionId},
    ledger::{Amounts, Bill, Entered, LedgerEntry, LedgerKind, retain_until},
    plan::PlanCode,
    subscription::{BillingRecord, Checkout, ProviderId, Status, Subscription},
    team::Colleagues,
};
use qualify_ports::{
    billing::Hint,
    storage::{PlatformTask, Storage, StorageError},
};
use qualify_postgres::testing::TestDatabase;
use sqlx::{Connection, Executor, PgConnection};

use crate::{
    stores::sign_in,
    world::{World, after, id, noon, storage_of},
};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// An invoice of 49 euros, of which so much was given back.
fn entry(document: &str, refunded: i64) -> LedgerEntry {
    let fiscal_year_end = "2026-12-31".parse().unwrap();
    LedgerEntry {
        kind: LedgerKind::Invoice,
        id: ProviderId(document.to_owned()),
        status: "paid".to_owned(),
        amounts: Amounts {
            currency: "EUR".to_owned(),
            currency_rate: "1.08".to_owned(),
            subtotal: 4_083,
            discount: 0,
            tax: 817,
            tax_name: Some("VAT".to_owned()),
            tax_rate: Some("20.00".to_owned()),
            tax_inclusive: true,
            total: 4_900,
            refunded,
        },
        issued_at: noon(),
        is_test: false,
        fiscal_year_end,
        retain_until: retain_until(fiscal_year_end),
    }
}

fn bill(kind: LedgerKind, document: &str) -> Bill {
    Bill {
        kind,
        id: ProviderId(document.to_owned()),
        subscription: None,
        customer: ProviderId("customer".to_owned()),
        status: "paid".to_owned(),
        amounts: entry(document, 0).amounts,
        issued_at: noon(),
        refunded_at: None,
        updated_at: noon(),
        is_test: false,
    }
}

fn subscription(now: Timestamp) -> Subscription {
    Subscription {
        id: ProviderId(id().to_string()),
        customer: ProviderId("customer".to_owned()),
        plan: PlanCode::Team,
        status: Status::Cancelled,
        since: now,
        trial_ends_at: Some(now - HOUR),
        renews_at: None,
        ends_at: Some(now + HOUR),
        created_at: now - HOUR,
        updated_at: now,
        confirmed_at: now + HOUR,
    }
}

fn record(subscription: Option<Subscription>) -> BillingRecord {
    BillingRecord {
        subject: BillingSubjectId(id()),
        trial_ends_at: noon(),
        subscription,
        earlier: vec![ProviderId("s0".to_owned())],
    }
}

async fn keep(world: &World, record: &BillingRecord) -> Result<(), StorageError> {
    let mut tx = world.begin(Permission::FollowBilling).await;
    tx.billing().keep(record, noon()).await?;
    tx.commit().await
}

/// Something subscribed to, what was paid for it, and what was heard of it.
pub async fn paid(world: &World) {
    let plan = PlanCode::Team;
    let checkout = Checkout { reference: id().to_string(), plan, by: Some(world.user), created_at: noon() };
    keep(world, &record(Some(subscription(noon())))).await.unwrap();
    let mut tx = world.begin(Permission::FollowBilling).await;
    tx.billing().insert_checkout(&checkout).await.unwrap();
    tx.billing().append(&[entry(&id().to_string(), 0)]).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.storage.platform(PlatformTask::HearBilling).await.unwrap();
    tx.payments().receive(&hint(), noon()).await.unwrap();
    tx.commit().await.unwrap();
}

fn hint() -> Hint {
    Hint {
        key: id().to_string(),
        event: "subscription_updated".to_owned(),
        subscription: Some(ProviderId(id().to_string())),
        order: None,
        invoice: None,
        reference: None,
        is_foreign: false,
        told: None,
    }
}

#[tokio::test]
async fn what_is_kept_is_read_as_it_was_and_by_nobody_else() {
    let (north, south) = (World::new().await, World::new().await);
    let kept = record(Some(subscription(noon())));
    keep(&north, &kept).await.unwrap();
    let read = north.begin(Permission::ReadBilling).await.billing().record().await.unwrap();
    assert_eq!(read, Some(kept.clone()));
    assert_eq!(south.begin(Permission::ReadBilling).await.billing().record().await.unwrap(), None);
    let stolen = keep(&south, &record(kept.subscription.clone())).await;
    assert!(matches!(stolen, Err(StorageError::Conflict)), "{stolen:?}");
    let mut tx = north.storage.platform(PlatformTask::FollowBilling).await.unwrap();
    let id = kept.subscription.unwrap().id;
    assert_eq!(tx.payments().of_subscription(&id).await.unwrap(), Some(north.organization));
    assert_eq!(tx.payments().of_reference("nobody's").await.unwrap(), None);
}

#[tokio::test]
async fn a_request_learns_on_what_grounds_its_organization_stands() {
    let world = World::new().await;
    let (session, _) = sign_in(&world, 0).await;
    let told = async || {
        let found =
            world.storage.authenticate(world.user, session.id, world.organization, noon()).await.unwrap().unwrap();
        (found.grounds, found.closing)
    };
    assert_eq!(told().await, (None, None), "nothing is kept of it yet");
    for kept in [record(None), record(Some(subscription(noon())))] {
        keep(&world, &kept).await.unwrap();
        assert_eq!(told().await, (Some(kept.grounds()), None));
    }
    let closing = Closing { closed_at: noon() - HOUR, ending: Ending::Subscription };
    let mut tx = world.begin(Permission::FollowBilling).await;
    tx.organizations().close(closing).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(told().await.1, Some(closing));
}

#[tokio::test]
async fn a_member_who_goes_leaves_the_checkout_that_they_began() {
    let world = World::new().await;
    let user = world.join(Role::Billing).await;
    let begun = Checkout { reference: id().to_string(), plan: PlanCode::Solo, by: Some(user), created_at: noon() };
    let mut tx = world.begin(Permission::ManageBilling).await;
    tx.billing().insert_checkout(&begun).await.unwrap();
    tx.commit().await.unwrap();
    let begun_since =
        async |since| world.begin(Permission::ReadBilling).await.billing().checkouts(since).await.unwrap();
    assert_eq!(begun_since(noon()).await, std::slice::from_ref(&begun));
    assert_eq!(begun_since(after(1)).await, []);
    let leaving = Actor::member(world.organization, user, SessionId(id()), &[Role::Billing], Colleagues::Everybody);
    let mut tx = world.storage.tenant(&leaving.permit(Permission::LeaveOrganization).unwrap()).await.unwrap();
    tx.members().remove(user, noon()).await.unwrap();
    assert!(tx.members().erase_own_account().await.unwrap(), "they belong nowhere any more");
    tx.commit().await.unwrap();
    assert_eq!(begun_since(noon()).await, [Checkout { by: None, ..begun.clone() }]);
    let mut tx = world.storage.platform(PlatformTask::FollowBilling).await.unwrap();
    assert_eq!(tx.payments().of_reference(&begun.reference).await.unwrap(), Some(world.organization));
    assert!(
        World::new().await.begin(Permission::ReadBilling).await.billing().checkouts(noon()).await.unwrap().is_empty()
    );
}

#[tokio::test]
async fn bil_9_the_ledger_takes_an_entry_once_and_shows_it_to_its_organization_alone() {
    let (north, south) = (World::new().await, World::new().await);
    for world in [&north, &south] {
        keep(world, &record(None)).await.unwrap();
    }
    let document = id().to_string();
    let back = |refunded: i64, more: i64| LedgerEntry {
        kind: LedgerKind::Refund,
        status: "refunded".to_owned(),
        amounts: Amounts { total: -more, ..entry(&document, refunded).amounts },
        ..entry(&document, refunded)
    };
    // An order may have the id of an invoice.
    let order = LedgerEntry { kind: LedgerKind::Order, ..entry(&document, 0) };
    let told =
        [entry(&document, 0), entry(&document, 0), order.clone(), back(900, 900), back(900, 900), back(1_000, 100)];
    let mut tx = north.begin(Permission::FollowBilling).await;
    for fresh in [4, 0] {
        assert_eq!(tx.billing().append(&told).await.unwrap(), fresh);
    }
    assert_eq!(tx.billing().append(&[entry(&document, 900)]).await.unwrap(), 0, "a document is one entry");
    let holds = |kind, refunded| Entered {
        kind,
        id: ProviderId(document.clone()),
        currency: "EUR".to_owned(),
        total: 4_900,
        refunded,
    };
    let mut entered = tx.billing().entered().await.unwrap();
    entered.sort_by_key(|entered| entered.kind);
    assert_eq!(entered, [holds(LedgerKind::Order, 0), holds(LedgerKind::Invoice, 1_000)]);
    tx.commit().await.unwrap();
    let mut tx = north.begin(Permission::ReadBilling).await;
    let first = tx.billing().ledger(None, 3).await.unwrap();
    let rest = tx.billing().ledger(first.next.as_ref(), 3).await.unwrap();
    assert_eq!((first.items.len(), rest.items.len(), rest.next), (3, 1, None));
    let mut all = [first.items, rest.items].concat();
    all.sort_by_key(|entry| (entry.kind, entry.amounts.refunded));
    assert_eq!(all, [order, entry(&document, 0), back(900, 900), back(1_000, 100)]);
    let mut tx = south.begin(Permission::FollowBilling).await;
    assert!(tx.billing().ledger(None, 10).await.unwrap().items.is_empty());
    assert!(tx.billing().entered().await.unwrap().is_empty());
}

#[tokio::test]
async fn bil_9_where_the_ledger_and_the_provider_differ_is_counted() {
    let database = TestDatabase::fresh().await;
    let world = World::found(storage_of(&database)).await;
    keep(&world, &record(None)).await.unwrap();
    let mark = async |looked_at: &[Bill], differing: &[&Bill]| {
        let mut tx = world.begin(Permission::FollowBilling).await;
        tx.billing().mark_differing(looked_at, differing).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = world.storage.platform(PlatformTask::FollowBilling).await.unwrap();
        tx.payments().differing().await.unwrap()
    };
    let invoice = bill(LedgerKind::Invoice, "1");
    let (order, other) = (bill(LedgerKind::Order, "1"), bill(LedgerKind::Invoice, "2"));
    let of_one = [invoice.clone(), order];
    assert_eq!(mark(&of_one, &[]).await, 0);
    assert_eq!([mark(&of_one, &[&invoice]).await, mark(&of_one, &[&invoice]).await], [1, 1]);
    // What is said of another subscription says nothing of this one.
    assert_eq!(mark(std::slice::from_ref(&other), &[]).await, 1);
    assert_eq!(mark(&of_one, &[]).await, 0);
}

#[tokio::test]
async fn bil_9_the_runtime_role_changes_deletes_and_forges_no_entry() {
    let mut connection = PgConnection::connect(&TestDatabase::shared().await.app_url()).await.unwrap();
    for statement in [
        "UPDATE ledger SET total = 0",
        "DELETE FROM ledger",
        "INSERT INTO ledger SELECT * FROM ledger",
        "SELECT total FROM ledger",
        "TRUNCATE ledger",
    ] {
        let mut tx = connection.begin().await.unwrap();
        tx.execute("SELECT set_config('qualify.platform_task', 'read_ledger', true)").await.unwrap();
        assert!(tx.execute(statement).await.is_err(), "{statement}");
        tx.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn bil_9_no_role_changes_an_entry_and_only_its_sweep_deletes_one() {
    let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap();
    let reaching: Vec<String> = sqlx::query_scalar(
        "SELECT role || ' ' || privilege
        FROM (SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'qualify\\_%' AND rolname <> 'qualify_owner') AS roles (role),
            unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
        WHERE has_table_privilege(role, 'ledger', privilege)
            OR privilege IN ('INSERT', 'UPDATE') AND has_any_column_privilege(role, 'ledger', privilege)
        ORDER BY role COLLATE \"C\", privilege COLLATE \"C\"",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    // Who locks a row must be allowed to change a column of it; the policy lets no changed row through.
    let sweep = ["qualify_sweep_ledger DELETE", "qualify_sweep_ledger UPDATE"];
    assert_eq!(reaching, ["qualify_ledger INSERT", sweep[0], sweep[1]]);
    let changing =
        "BEGIN; SET LOCAL ROLE qualify_sweep_ledger; SET LOCAL qualify.sweep_cutoff = '9999-01-01T00:00:00Z';
        UPDATE ledger SET retain_until = retain_until";
    paid(&World::new().await).await;
    let refused = connection.execute(changing).await.unwrap_err();
    assert_eq!(refused.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref(), Some("42501"));
}

#[tokio::test]
async fn all_of_the_ledger_is_read_for_that_reason_only() {
    let world = World::new().await;
    paid(&world).await;
    let mut tx = world.storage.platform(PlatformTask::ReadLedger).await.unwrap();
    let (mut after, mut found) = (None, 0);
    loop {
        let part = tx.payments().ledger(after, 2).await.unwrap();
        found += part.items.len();
        after = part.next;
        if after.is_none() {
            break;
        }
    }
    assert!(found >= 1);
    let mut tx = world.storage.platform(PlatformTask::FollowBilling).await.unwrap();
    assert!(tx.payments().ledger(None, 1).await.is_err());
}

#[tokio::test]
async fn bil_2_a_hint_is_kept_once_taken_up_by_one_and_left_when_it_was_followed() {
    let database = TestDatabase::fresh().await;
    let world = World::found(storage_of(&database)).await;
    let told = hint();
    let mut tx = world.storage.platform(PlatformTask::HearBilling).await.unwrap();
    assert!(tx.payments().receive(&told, noon()).await.unwrap());
    assert!(!tx.payments().receive(&told, noon()).await.unwrap());
    tx.commit().await.unwrap();
    let follow = async || world.storage.platform(PlatformTask::FollowBilling).await.unwrap();
    let mut tx = follow().await;
    let claimed = tx.payments().claim(noon(), noon() + HOUR, 10).await.unwrap();
    assert_eq!((claimed.len(), claimed[0].attempts, &claimed[0].hint), (1, 1, &told));
    tx.commit().await.unwrap();
    let mut tx = follow().await;
    assert!(tx.payments().claim(noon(), noon() + HOUR, 10).await.unwrap().is_empty(), "it is somebody's for an hour");
    assert_eq!(tx.payments().claim(noon() + HOUR, noon() + HOUR, 10).await.unwrap().len(), 1);
    assert_eq!(tx.payments().waiting_since(noon()).await.unwrap(), 1);
    tx.payments().settle(&told.key, noon()).await.unwrap();
    assert!(tx.payments().claim(noon() + HOUR * 2, noon(), 10).await.unwrap().is_empty());
    assert_eq!(tx.payments().waiting_since(noon()).await.unwrap(), 0);
}

#[tokio::test]
async fn bil_4_each_organization_has_its_turn_to_be_asked_about() {
    let database = TestDatabase::fresh().await;
    let world = World::found(storage_of(&database)).await;
    let ask = async |now| {
        let mut tx = world.storage.platform(PlatformTask::FollowBilling).await.unwrap();
        let homes = tx.payments().to_check(now, now + HOUR, 10).await.unwrap();
        tx.commit().await.unwrap();
        homes
    };
    assert_eq!(ask(noon()).await, [world.organization], "nothing is kept of it yet");
    keep(&world, &record(None)).await.unwrap();
    assert_eq!(ask(noon() - HOUR).await, []);
    assert_eq!(ask(noon()).await, [world.organization]);
    assert_eq!(ask(noon()).await, [], "somebody does");
}
