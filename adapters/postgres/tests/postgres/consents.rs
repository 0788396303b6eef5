//! The ledger of consent in the database: whoever serves adds to it and changes nothing.

use qualify_domain::{
    access::Permission,
    consent::{About, Kind, LinkUse, Matter, Method},
    form::Purpose,
    submission::{PurposeAnswer, Submission},
    text::Message,
};
use qualify_ports::storage::{PlatformTask, Storage};
use qualify_postgres::testing::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{
    filled::filled,
    stores::digest,
    world::{World, noon},
};

#[tokio::test]
async fn prv_5_whoever_serves_can_neither_change_nor_delete_an_entry() {
    let world = filled().await;
    for statement in [
        "UPDATE consent_events SET kind = 'given'",
        "UPDATE consent_events SET at = to_timestamp(0)",
        "UPDATE consent_events SET submission_id = NULL",
        "DELETE FROM consent_events",
        "TRUNCATE consent_events",
    ] {
        let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.app()).await.unwrap();
        let mut tx = connection.begin().await.unwrap();
        let set = format!("SELECT set_config('qualify.organization_id', '{}', true)", world.organization);
        tx.execute(AssertSqlSafe(set)).await.unwrap();
        let refused = tx.execute(statement).await.unwrap_err();
        assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501", "{statement}: {refused}");
    }
}

/// A submission in which two of three boxes were ticked.
fn ticked(world: &World) -> Submission {
    let asked = |purpose, agreed, is_confirmed| PurposeAnswer {
        purpose,
        wording: Message::parse("Oui, à bientôt.").unwrap(),
        agreed,
        is_confirmed,
    };
    let mut submission = world.submission(noon(), "anna@example.com");
    submission.consent_wording = Message::parse("Yes.").ok();
    submission.answers.consented = true;
    submission.answers.purposes =
        vec![asked(Purpose::EmailMarketing, true, true), asked(Purpose::Sharing, false, false)];
    submission
}

#[tokio::test]
async fn prv_5_what_is_ticked_stands_in_the_ledger_with_the_submission_and_goes_with_it() {
    let world = World::new().await;
    let submission = ticked(&world);
    world.capture(submission.clone(), 1).await.unwrap();
    let mut tx = world.begin(Permission::ProcessSubmission).await;
    let events = tx.consents().of_submission(submission.id).await.unwrap();
    let told: Vec<_> = events.iter().map(|one| (one.matter, one.awaits_confirmation)).collect();
    assert_eq!(told.len(), 2);
    assert!(told.contains(&(Matter::Request, false)));
    assert!(told.contains(&(Matter::Further(Purpose::EmailMarketing), true)));
    for event in &events {
        assert_eq!((event.about, event.kind), (About::Submission(submission.id), Kind::Given));
        assert_eq!((event.method, event.at), (Method::Form, noon()));
        assert!(event.wording.is_some() && event.notice.is_some());
    }
    assert_ne!(events[0].wording, events[1].wording);
    drop(tx);
    let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap();
    let erased = sqlx::query("DELETE FROM submissions WHERE id = $1").bind(submission.id.0);
    erased.execute(&mut connection).await.unwrap();
    let mut tx = world.begin(Permission::ProcessSubmission).await;
    assert_eq!(tx.consents().of_submission(submission.id).await.unwrap(), []);
}

#[tokio::test]
async fn prv_5_a_link_names_its_organization_and_no_other_finds_it() {
    let (world, other) = (World::new().await, World::new().await);
    let submission = ticked(&world);
    world.capture(submission.clone(), 1).await.unwrap();
    let secret = sha(&submission);
    let id = qualify_domain::id::ConsentLinkId(submission.id.0);
    let link =
        qualify_domain::consent::ConsentLink::issue(id, submission.id, Matter::Request, LinkUse::Confirm, noon());
    let mut tx = world.begin(Permission::ProcessSubmission).await;
    tx.consents().insert_link(&link, &secret).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.storage.platform(PlatformTask::ResolveLink).await.unwrap();
    assert_eq!(tx.directory().resolve_consent_link(&secret).await.unwrap(), Some(world.organization));
    assert_eq!(tx.directory().resolve_consent_link(&[0; 32]).await.unwrap(), None);
    drop(tx);
    let mut tx = world.storage.platform(PlatformTask::SignIn).await.unwrap();
    assert!(tx.directory().resolve_consent_link(&secret).await.is_err(), "for no other task");
    drop(tx);
    let mut tx = other.begin(Permission::HearConsent).await;
    assert_eq!(tx.consents().find_link(&secret).await.unwrap(), None);
    drop(tx);
    let mut tx = world.begin(Permission::HearConsent).await;
    assert_eq!(tx.consents().find_link(&secret).await.unwrap(), Some(link.clone()));
    assert!(tx.consents().use_link(&link).await.unwrap());
    assert!(!tx.consents().use_link(&link).await.unwrap(), "once");
}

/// A digest of its own for each submission.
fn sha(submission: &Submission) -> [u8; 32] {
    let mut secret = digest();
    secret[..16].copy_from_slice(submission.id.0.as_bytes());
    secret
}
