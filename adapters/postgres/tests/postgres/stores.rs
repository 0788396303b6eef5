//! Each store gives back what it was given, and says what it promised when it cannot.

use futures::future::join_all;
use qualify_domain::{
    access::{Permission, Role},
    activity::{Activity, Author, Move, What},
    event::Event,
    id::{ActivityId, OneTimeTokenId, OrganizationId, PropertyId, PublicFormId, RefreshId, SessionId, UserId},
    lead_field::LeadField,
    property::PropertyValue,
    session::{LIVE_SESSIONS, RefreshToken, Session},
    spam::{SpamReason, Verdict},
    text::{Message, Phone},
};
use qualify_ports::storage::{PlatformTask, Received, Storage, StorageError};

use crate::world::{World, account, after, email, id, name, noon, storage};

fn token(digest: [u8; 32], session: &Session) -> RefreshToken {
    let (issued_at, expires_at) = (session.created_at, session.refresh_expiry(session.created_at));
    RefreshToken {
        id: RefreshId(id()),
        digest,
        issued_at,
        expires_at,
        rotated_at: None,
        successor: None,
        revoked_at: None,
    }
}

pub fn digest() -> [u8; 32] {
    let half = id().into_bytes();
    std::array::from_fn(|n| half[n % 16])
}

/// A session of the world's owner, begun so many seconds after noon.
pub async fn sign_in(world: &World, seconds: i64) -> (Session, RefreshToken) {
    let session = Session::begin(SessionId(id()), world.user, world.organization, after(seconds));
    let first = token(digest(), &session);
    let mut tx = world.storage.platform(PlatformTask::SignIn).await.unwrap();
    tx.sessions().insert(&session, &first).await.unwrap();
    tx.commit().await.unwrap();
    (session, first)
}

async fn is_alive(world: &World, session: &Session, seconds: i64) -> bool {
    let found = world.storage.authenticate(world.user, session.id, world.organization, after(seconds)).await.unwrap();
    found.is_some()
}

#[tokio::test]
async fn an_account_is_found_however_its_address_is_written() {
    let world = World::new().await;
    let mut tx = world.storage.platform(PlatformTask::SignIn).await.unwrap();
    let found = tx.accounts().find(&email(&world.email.to_uppercase())).await.unwrap().unwrap();
    assert_eq!(found.user.id, world.user);
    assert_eq!(found.password.pepper, "2026");
    assert_eq!(tx.accounts().organizations(world.user).await.unwrap(), [world.organization]);
    assert!(tx.accounts().find(&email("nobody@example.com")).await.unwrap().is_none());
    assert_eq!(tx.accounts().user(world.user).await.unwrap().unwrap().email, world.email);
}

#[tokio::test]
async fn an_address_has_one_account() {
    let world = World::new().await;
    let mut tx = world.storage.platform(PlatformTask::SignUp).await.unwrap();
    let again = account(UserId(id()), email(&world.email.to_uppercase()));
    assert!(matches!(tx.accounts().insert(&again).await, Err(StorageError::Conflict)));
}

#[tokio::test]
async fn an_organization_keeps_its_members_pipeline_and_form() {
    let world = World::new().await;
    let colleague = world.join(Role::Agent).await;
    let mut tx = world.begin(Permission::ReadForms).await;
    assert_eq!(tx.organizations().own().await.unwrap().name, name("Bakery Dupont"));
    let members = tx.members().list().await.unwrap();
    assert_eq!(members.iter().map(|member| member.membership.user).collect::<Vec<_>>(), [world.user, colleague]);
    assert_eq!(members[0].email, world.email);
    assert_eq!(members[1].membership.roles, [Role::Agent]);
    let pipeline = tx.pipelines().first().await.unwrap().unwrap();
    let stages = |pipeline: &qualify_domain::pipeline::Pipeline| {
        pipeline.stages.iter().map(|stage| (stage.id, stage.name.clone(), stage.kind)).collect::<Vec<_>>()
    };
    assert_eq!(stages(&pipeline), stages(&world.pipeline));
    let form = tx.forms().find(world.form.id).await.unwrap().unwrap();
    assert_eq!((form.settings, form.version), (world.form.settings.clone(), 1));
    assert_eq!(form.public_id, world.form.public_id);
}

#[tokio::test]
async fn rls_10_members_of_others_are_not_there() {
    let (ours, theirs) = (World::new().await, World::new().await);
    let mut tx = ours.begin(Permission::ReadOrganization).await;
    assert!(tx.members().find(theirs.user).await.unwrap().is_none());
    assert_eq!(tx.members().list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn of_two_changes_to_a_form_at_once_the_second_is_stale() {
    let world = World::new().await;
    let mut changed = world.form.clone();
    changed.settings.name = name("Callback");
    let mut tx = world.begin(Permission::ManageForms).await;
    tx.forms().update(&changed).await.unwrap();
    assert!(matches!(tx.forms().update(&changed).await, Err(StorageError::Stale)));
    tx.commit().await.unwrap();
    let form = world.begin(Permission::ReadForms).await.forms().find(world.form.id).await.unwrap().unwrap();
    assert_eq!((form.version, form.settings.name), (2, name("Callback")));
}

#[tokio::test]
async fn a_rotated_address_works_until_it_retires() {
    let world = World::new().await;
    let new = PublicFormId(id());
    let mut tx = world.begin(Permission::ManageForms).await;
    tx.forms().rotate_address(world.form.id, new, after(10), after(100)).await.unwrap();
    assert_eq!(tx.forms().find(world.form.id).await.unwrap().unwrap().public_id, new);
    tx.commit().await.unwrap();
    let mut tx = world.storage.platform(PlatformTask::ResolveForm).await.unwrap();
    let mut resolves = async |id, at| tx.directory().resolve_form(id, after(at)).await.unwrap().is_some();
    assert!(resolves(world.form.public_id, 99).await);
    assert!(!resolves(world.form.public_id, 100).await);
    assert!(resolves(new, 100).await);
    assert!(!resolves(PublicFormId(id()), 0).await);
}

#[tokio::test]
async fn rotating_again_never_lengthens_a_former_address() {
    let world = World::new().await;
    let mut tx = world.begin(Permission::ManageForms).await;
    tx.forms().rotate_address(world.form.id, PublicFormId(id()), after(10), after(100)).await.unwrap();
    tx.forms().rotate_address(world.form.id, PublicFormId(id()), after(20), after(500)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.storage.platform(PlatformTask::ResolveForm).await.unwrap();
    assert!(tx.directory().resolve_form(world.form.public_id, after(100)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_submission_is_kept_whole() {
    let world = World::new().await;
    let mut sent = world.submission(noon(), "anna@example.com");
    sent.answers.phone = Some(Phone::restore("06 12 34 56 78".into(), Some("+33612345678".into())));
    sent.answers.consented = true;
    sent.consent_wording = world.form.settings.consent_wording.clone();
    sent.attribution.page = Some("https://www.example.com/contact".parse().unwrap());
    sent.attribution.gclid = Some("abc".parse().unwrap());
    sent.verdict = Verdict::Quarantined(vec![SpamReason::Honeypot, SpamReason::TooFast]);
    world.capture(sent.clone(), 1).await.unwrap();
    let mut tx = world.begin(Permission::ReadSubmissions).await;
    let kept = tx.submissions().find(sent.id).await.unwrap().unwrap();
    assert_eq!(format!("{kept:?}"), format!("{sent:?}"));
    assert_eq!((kept.answers, kept.attribution), (sent.answers, sent.attribution));
    assert_eq!(tx.submissions().of_form(world.form.id, Received::All, None, 10).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn evidence_cannot_be_changed() {
    let world = World::new().await;
    let sent = world.submission(noon(), "anna@example.com");
    world.capture(sent.clone(), 1).await.unwrap();
    let pool = world.storage.pool();
    for change in ["message = 'forged'", "received_at = now()", "ip = '10.0.0.1'", "spam_reasons = '{}'"] {
        let sql = format!(
            "BEGIN; SELECT set_config('qualify.reach', 'all', true), set_config('qualify.restricted', 'false', true), set_config('qualify.organization_id', '{}', true)",
            world.organization
        );
        let mut tx = pool.begin_with(sqlx::AssertSqlSafe(sql)).await.unwrap();
        let refused =
            sqlx::query(sqlx::AssertSqlSafe(format!("UPDATE submissions SET {change}"))).execute(&mut *tx).await;
        assert!(refused.unwrap_err().to_string().contains("permission denied"), "{change}");
    }
}

#[tokio::test]
async fn a_quarantined_submission_is_released_once() {
    let world = World::new().await;
    let mut sent = world.submission(noon(), "anna@example.com");
    sent.verdict = Verdict::Quarantined(vec![SpamReason::Honeypot]);
    world.capture(sent.clone(), 1).await.unwrap();
    let mut tx = world.begin(Permission::ReleaseSubmission).await;
    assert!(tx.submissions().release(sent.id).await.unwrap());
    assert!(!tx.submissions().release(sent.id).await.unwrap());
    assert_eq!(tx.submissions().find(sent.id).await.unwrap().unwrap().verdict, Verdict::Accepted);
}

#[tokio::test]
async fn a_lead_is_kept_whole_with_its_submissions_and_timeline() {
    let world = World::new().await;
    let sent = world.submission(noon(), "anna@example.com");
    world.capture(sent.clone(), 1).await.unwrap();
    let mut lead = world.lead(noon(), "anna@example.com");
    (lead.owner, lead.company) = (Some(world.user), Some("Lindqvist & Söner".parse().unwrap()));
    lead.tag(vec!["fair 2026".parse().unwrap()]);
    let own = [
        PropertyValue::Checked(true),
        PropertyValue::Number(0.1.try_into().unwrap()),
        PropertyValue::Several(["A".parse().unwrap(), "B".parse().unwrap()].into()),
        PropertyValue::Text("2026-11-26".parse().unwrap()),
    ];
    for value in own {
        lead.properties.set(PropertyId(id()), Some(value));
    }
    lead.last_activity_at = after(4);
    let mut tx = world.begin(Permission::ProcessSubmission).await;
    tx.leads().insert(&lead).await.unwrap();
    tx.submissions().assign(sent.id, lead.id).await.unwrap();
    let whats = [
        What::Submitted(sent.id),
        What::Noted(Message::parse("Called.\nBack on Monday.").unwrap()),
        What::Called(Message::parse("Wants a call on Monday.").unwrap()),
        What::Changed(vec![LeadField::Company, LeadField::Property(PropertyId(id()))]),
        What::Moved(Move {
            from: world.pipeline.stages[0].id,
            to: world.pipeline.stages[1].id,
            spent_seconds: Some(3_600),
            reason: None,
            note: None,
        }),
    ];
    for (second, what) in (0..).zip(&whats) {
        let author = Some(Author::Member(world.user));
        let entry = Activity { id: ActivityId(id()), lead: lead.id, at: after(second), author, what: what.clone() };
        tx.activities().insert(&entry).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = world.begin(Permission::ReadLeads).await;
    let kept = tx.leads().find(lead.id).await.unwrap().unwrap();
    assert_eq!(format!("{kept:?}"), format!("{lead:?}"));
    assert_eq!(tx.submissions().of_lead(lead.id, 10).await.unwrap()[0].id, sent.id);
    let timeline = tx.activities().of_lead(lead.id, 10).await.unwrap();
    assert_eq!(timeline.iter().map(|entry| entry.what.clone()).rev().collect::<Vec<_>>(), whats);
    assert_eq!(tx.activities().of_lead(lead.id, 1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_lead_that_changed_meanwhile_is_stale() {
    let world = World::new().await;
    let mut lead = world.lead(noon(), "anna@example.com");
    world.keep_lead(&lead).await;
    lead.stage = world.pipeline.stages[1].id;
    let mut tx = world.begin(Permission::QualifyLead).await;
    tx.leads().update(&lead).await.unwrap();
    assert!(matches!(tx.leads().update(&lead).await, Err(StorageError::Stale)));
    let kept = tx.leads().find(lead.id).await.unwrap().unwrap();
    assert_eq!((kept.version, kept.stage), (2, lead.stage));
}

#[tokio::test]
async fn a_person_is_found_by_address_or_number_and_the_oldest_lead_wins() {
    let world = World::new().await;
    let mut old = world.lead(noon(), "Anna@Example.com");
    let phone = Phone::restore("06 12 34 56 78".into(), Some("+33612345678".into()));
    old.phone = Some(phone.clone());
    let young = world.lead(after(60), "anna@example.com");
    for lead in [&young, &old] {
        world.keep_lead(lead).await;
    }
    let mut tx = world.begin(Permission::ProcessSubmission).await;
    let mut finds = async |mail: Option<&str>, number: Option<&Phone>| {
        let mail = mail.map(email);
        tx.leads().find_person(mail.as_ref(), number).await.unwrap().map(|lead| lead.id)
    };
    assert_eq!(finds(Some("ANNA@example.com"), None).await, Some(old.id));
    assert_eq!(finds(None, Some(&phone)).await, Some(old.id));
    assert_eq!(finds(Some("other@example.com"), Some(&phone)).await, Some(old.id));
    assert_eq!(finds(Some("other@example.com"), None).await, None);
    assert_eq!(finds(None, Some(&Phone::restore("612345".into(), None))).await, None);
    assert_eq!(finds(None, None).await, None);
}

#[tokio::test]
async fn two_submissions_by_one_person_at_once_open_one_lead() {
    let world = World::new().await;
    let phone = Phone::restore("06".into(), Some("+33612345678".into()));
    let opened = join_all((0..4).map(|n| {
        let (world, phone) = (world.clone(), phone.clone());
        async move {
            let mut tx = world.begin(Permission::ProcessSubmission).await;
            let mail = email("anna@example.com");
            // Half of them come by the number first.
            let (mail, phone) = if n % 2 == 0 { (Some(&mail), None) } else { (Some(&mail), Some(&phone)) };
            let found = tx.leads().find_person(mail, phone).await.unwrap();
            if found.is_none() {
                tx.leads().insert(&world.lead(noon(), "anna@example.com")).await.unwrap();
            }
            tx.commit().await.unwrap();
            found.is_none()
        }
    }))
    .await;
    assert_eq!(opened.iter().filter(|opened| **opened).count(), 1);
}

#[tokio::test]
async fn ses_4_a_session_is_alive_until_it_is_revoked_or_expires() {
    let world = World::new().await;
    let (session, _) = sign_in(&world, 0).await;
    assert!(is_alive(&world, &session, 60).await);
    let month = 30 * 24 * 3_600;
    assert!(!is_alive(&world, &session, month).await);
    let elsewhere = OrganizationId(id());
    assert!(world.storage.authenticate(world.user, session.id, elsewhere, noon()).await.unwrap().is_none());
    assert!(world.storage.authenticate(UserId(id()), session.id, world.organization, noon()).await.unwrap().is_none());
    let member = world.storage.authenticate(world.user, session.id, world.organization, noon()).await.unwrap().unwrap();
    assert_eq!((member.roles, member.organization), (vec![Role::Owner], name("Bakery Dupont")));
    let mut tx = world.storage.platform(PlatformTask::SignOut).await.unwrap();
    tx.sessions().revoke(session.id, after(30)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!is_alive(&world, &session, 60).await);
}

#[tokio::test]
async fn ses_5_of_many_rotations_at_once_one_wins() {
    let world = World::new().await;
    let (session, first) = sign_in(&world, 0).await;
    let won = join_all((0..8).map(|_| {
        let (storage, session, first) = (world.storage.clone(), session.clone(), first.clone());
        async move {
            let mut tx = storage.platform(PlatformTask::RefreshSession).await.unwrap();
            let won = tx.sessions().rotate(session.id, first.id, &token(digest(), &session), after(5)).await.unwrap();
            tx.commit().await.unwrap();
            won
        }
    }))
    .await;
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    let mut tx = world.storage.platform(PlatformTask::RefreshSession).await.unwrap();
    let (_, rotated) = tx.sessions().find(&first.digest, after(6)).await.unwrap().unwrap();
    assert_eq!(rotated.rotated_at, Some(after(5)));
}

#[tokio::test]
async fn ses_5_the_oldest_session_above_the_limit_ends() {
    let world = World::new().await;
    let mut sessions = vec![];
    for second in 0..=i64::from(LIVE_SESSIONS) {
        sessions.push(sign_in(&world, second).await);
    }
    assert!(!is_alive(&world, &sessions[0].0, 60).await);
    assert!(is_alive(&world, &sessions[1].0, 60).await);
    let mut tx = world.storage.platform(PlatformTask::RefreshSession).await.unwrap();
    assert!(tx.sessions().find(&sessions[0].1.digest, after(60)).await.unwrap().is_none());
    assert!(tx.sessions().find(&sessions[1].1.digest, after(60)).await.unwrap().is_some());
}

#[tokio::test]
async fn an_event_is_completed_once() {
    let world = World::new().await;
    let mut tx = world.begin(Permission::CompleteEvent).await;
    tx.outbox().append(&Event::TokenIssued { token: OneTimeTokenId(world.user.0) }, noon()).await.unwrap();
    tx.commit().await.unwrap();
    let own: Vec<uuid::Uuid> = {
        let sql = format!(
            "BEGIN; SELECT set_config('qualify.reach', 'all', true), set_config('qualify.restricted', 'false', true), set_config('qualify.organization_id', '{}', true)",
            world.organization
        );
        let mut tx = world.storage.pool().begin_with(sqlx::AssertSqlSafe(sql)).await.unwrap();
        sqlx::query_scalar("SELECT id FROM outbox").fetch_all(&mut *tx).await.unwrap()
    };
    let mut tx = world.begin(Permission::CompleteEvent).await;
    let event = qualify_domain::id::EventId(own[0]);
    assert!(tx.outbox().complete(event).await.unwrap());
    assert!(!tx.outbox().complete(event).await.unwrap());
}

#[tokio::test]
async fn the_storage_is_ready_when_its_schema_is_the_known_one() {
    storage().await.ready().await.unwrap();
}

#[tokio::test]
async fn log_2_an_error_tells_its_code_and_never_the_values() {
    let world = World::new().await;
    let mut lead = world.lead(noon(), "canary@example.com");
    lead.form = Some(qualify_domain::id::FormId(id()));
    let mut tx = world.begin(Permission::ProcessSubmission).await;
    let error = tx.leads().insert(&lead).await.unwrap_err();
    let told = format!("{error} {error:?} {:?}", std::error::Error::source(&error).map(ToString::to_string));
    assert!(told.contains("23503"), "{told}");
    assert!(!told.contains("canary") && !told.contains(&lead.id.to_string()), "{told}");
}
