use futures::future::join_all;
use qualify_domain::{
    access::Permission,
    activity::{Activity, What},
    id::{ActivityId, PublicFormId},
    lead::Lead,
    lead_filter::LeadFilter,
    notification::{Choice, NotificationKind, Wishes},
    spam::{SpamReason, Verdict},
};
use qualify_ports::storage::{LeadQuery, PlatformTask, Received, Storage, StorageError};

use super::{
    StorageRig,
    tenant::{Tenant, account, at, eye, id},
};

/// Whether what was tried was refused.
fn refused<T>(result: &Result<T, StorageError>) -> bool {
    matches!(result, Err(StorageError::Failed(_) | StorageError::Conflict | StorageError::Stale))
}

async fn stored(storage: &dyn Storage, tenant: &Tenant, lead: &Lead) -> Option<Lead> {
    tenant.look(storage).await.leads().find(lead.id).await.expect("a lead can be looked for")
}

/// What one organization keeps, another cannot find, list or count, in any store.
pub async fn rls_10_hides_other_tenants(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let (ours, theirs) = (Tenant::found(storage).await, Tenant::found(storage).await);
    let lead = theirs.lead(0);
    theirs.keep(storage, std::slice::from_ref(&lead)).await;
    let submission = theirs.record(storage, theirs.intake(1)).await;
    let mut tx = theirs.work(storage).await;
    tx.submissions().assign(submission, lead.id).await.expect("it belongs to the lead");
    tx.activities().insert(&note(&lead)).await.expect("a note is kept");
    tx.commit().await.expect("all is kept");

    for scope in [ours.owner(Permission::ReadLeads), ours.reacting(Permission::ProcessSubmission)] {
        let mut tx = storage.tenant(&scope).await.expect("a look begins");
        assert!(tx.leads().find(lead.id).await.expect("no error").is_none());
        assert!(tx.leads().find_person(lead.email.as_ref(), None).await.expect("no error").is_none());
        let page = tx.leads().page(&LeadQuery::newest(&LeadFilter::default(), &eye(), 50)).await.expect("no error");
        assert!(page.items.is_empty() && page.next.is_none());
        assert!(tx.activities().of_lead(lead.id, 50).await.expect("no error").is_empty());
        assert!(tx.submissions().find(submission).await.expect("no error").is_none());
        assert!(tx.submissions().of_lead(lead.id, 50).await.expect("no error").is_empty());
        assert!(tx.submissions().asked_of(lead.id).await.expect("no error").is_empty());
        assert!(
            tx.submissions().of_form(theirs.form.id, Received::All, None, 50).await.expect("no error").items.is_empty()
        );
        assert!(tx.forms().find(theirs.form.id).await.expect("no error").is_none());
        assert!(tx.forms().undeclared(theirs.form.id).await.expect("no error").is_empty());
        let forms = tx.forms().list().await.expect("no error");
        assert_eq!(forms.iter().map(|form| form.id).collect::<Vec<_>>(), [ours.form.id]);
        assert!(tx.members().find(theirs.owner).await.expect("no error").is_none());
        let members = tx.members().list().await.expect("no error");
        assert_eq!(members.iter().map(|member| member.membership.user).collect::<Vec<_>>(), [ours.owner]);
        let pipeline = tx.pipelines().first().await.expect("no error").expect("a pipeline");
        assert_eq!(pipeline.id, ours.pipeline.id);
        assert_eq!(tx.organizations().own().await.expect("no error").id, ours.organization);
    }
    assert!(stored(storage, &theirs, &lead).await.is_some(), "it was there to be found");
}

/// Whatever one organization tries to change, another's rows stay as they are.
pub async fn rls_10_no_change_reaches_other_tenants(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let (ours, theirs) = (Tenant::found(storage).await, Tenant::found(storage).await);
    let lead = theirs.lead(0);
    theirs.keep(storage, std::slice::from_ref(&lead)).await;
    let mut spam = theirs.intake(1);
    (spam.submission.verdict, spam.event) = (Verdict::Quarantined(vec![SpamReason::Honeypot]), None);
    let submission = theirs.record(storage, spam).await;
    let mine = ours.lead(0);
    ours.keep(storage, std::slice::from_ref(&mine)).await;

    // Each in a unit of work of its own: a refusal may end one.
    let tx = || ours.work(storage);
    let stolen =
        Lead { name: Some("Eve".parse().expect("a name")), stage: mine.stage, form: mine.form, ..lead.clone() };
    assert!(matches!(tx().await.leads().update(&stolen).await, Err(StorageError::Stale)));
    assert!(matches!(tx().await.forms().update(&theirs.form).await, Err(StorageError::Stale)));
    let mut work = tx().await;
    assert!(!work.submissions().release(submission).await.expect("no error"));
    let _ = work.submissions().assign(submission, mine.id).await;
    let _ = work.commit().await;
    let mut work = tx().await;
    let off = Wishes::default().with(NotificationKind::NewLead, Choice::Off);
    let _ = work.notifications().choose(theirs.owner, &off).await;
    let _ = work.commit().await;
    let mut work = tx().await;
    let rotated = work.forms().rotate_address(theirs.form.id, PublicFormId(id()), at(0), at(0)).await;
    let _ = work.commit().await;

    let mut tx = theirs.look(storage).await;
    let same = tx.leads().find(lead.id).await.expect("no error").expect("the lead");
    assert_eq!((same.name, same.version), (lead.name, lead.version));
    let same = tx.submissions().find(submission).await.expect("no error").expect("the submission");
    assert_eq!((same.lead, same.verdict), (None, Verdict::Quarantined(vec![SpamReason::Honeypot])));
    assert_eq!(tx.notifications().wishes(theirs.owner).await.expect("no error"), Wishes::default());
    let form = tx.forms().find(theirs.form.id).await.expect("no error").expect("the form");
    assert_eq!(form.public_id, theirs.form.public_id, "{rotated:?}");
    let mut directory = storage.platform(PlatformTask::ResolveForm).await.expect("a look-up begins");
    let address = directory.directory().resolve_form(form.public_id, at(1)).await.expect("no error");
    assert_eq!(address.map(|address| address.form), Some(form.id), "it still leads to the form");
}

/// Two organizations may hold the same ids, people and keys without noticing.
pub async fn rls_5_tenants_do_not_collide(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let (ours, theirs) = (Tenant::found(storage).await, Tenant::found(storage).await);
    let theirs_lead = theirs.lead(0);
    let ours_lead = Lead { stage: ours.lead(0).stage, form: Some(ours.form.id), ..theirs_lead.clone() };
    theirs.keep(storage, std::slice::from_ref(&theirs_lead)).await;
    ours.keep(storage, std::slice::from_ref(&ours_lead)).await;
    let mut tx = ours.work(storage).await;
    let moved = Lead { stage: ours.pipeline.stages[1].id, ..ours_lead };
    tx.leads().update(&moved).await.expect("our lead changes");
    tx.commit().await.expect("our lead changes");
    let same = stored(storage, &theirs, &theirs_lead).await.expect("their lead");
    assert_eq!((same.stage, same.version), (theirs_lead.stage, theirs_lead.version));

    let (mut first, second) = (theirs.intake(1), ours.intake(1));
    (first.key, first.submission.id) = (second.key, second.submission.id);
    first.event = None;
    theirs.record(storage, first).await;
    ours.record(storage, second.clone()).await;
    let kept = ours.look(storage).await.submissions().find(second.submission.id).await.expect("no error");
    assert_eq!(kept.map(|kept| kept.form), Some(ours.form.id), "the same key is another one here");
}

/// A row cannot refer to a row of another organization.
pub async fn rls_5_no_row_refers_to_another_tenants(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let (ours, theirs) = (Tenant::found(storage).await, Tenant::found(storage).await);
    let (mine, lead) = (ours.lead(0), theirs.lead(0));
    ours.keep(storage, std::slice::from_ref(&mine)).await;
    theirs.keep(storage, std::slice::from_ref(&lead)).await;
    for crossed in [
        Lead { stage: lead.stage, ..ours.lead(0) },
        Lead { form: lead.form, ..ours.lead(0) },
        Lead { owner: Some(theirs.owner), ..ours.lead(0) },
    ] {
        assert!(refused(&ours.work(storage).await.leads().insert(&crossed).await));
        let mut tx = ours.work(storage).await;
        let _ = tx.leads().update(&Lead { id: mine.id, ..crossed }).await;
        let _ = tx.commit().await;
        let kept = stored(storage, &ours, &mine).await.expect("our lead");
        assert_eq!((kept.stage, kept.form, kept.owner), (mine.stage, mine.form, mine.owner));
    }
    assert!(refused(&ours.work(storage).await.activities().insert(&note(&lead)).await));
    let submission = ours.record(storage, ours.intake(0)).await;
    assert!(refused(&ours.work(storage).await.submissions().assign(submission, lead.id).await));
    let mut crossed = ours.intake(0);
    crossed.submission.form = theirs.form.id;
    assert!(refused(&storage.record(&ours.visiting(), crossed).await));
    assert!(ours.work(storage).await.activities().insert(&note(&mine)).await.is_ok(), "one's own is no crossing");
}

/// Connections that served one organization tell another nothing.
pub async fn rls_12_reused_connections_remember_no_tenant(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenants = join_all((0..4).map(|_| Tenant::found(storage))).await;
    for round in 0..50 {
        let looks = tenants.iter().map(|tenant| async {
            let mut tx = tenant.look(storage).await;
            assert_eq!(tx.organizations().own().await.expect("no error").id, tenant.organization);
            let forms = tx.forms().list().await.expect("no error");
            assert_eq!(forms.iter().map(|form| form.id).collect::<Vec<_>>(), [tenant.form.id]);
            // Some are committed, some dropped: neither leaves anything on its connection.
            if round % 2 == 0 {
                tx.commit().await.expect("a look ends");
            }
        });
        join_all(looks).await;
    }
}

/// Work that is dropped leaves no trace.
pub async fn drops_what_is_not_committed(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let lead = tenant.lead(0);
    let mut tx = tenant.work(storage).await;
    tx.leads().insert(&lead).await.expect("the lead is written");
    assert!(tx.leads().find(lead.id).await.expect("no error").is_some(), "inside it is there");
    drop(tx);
    assert!(stored(storage, &tenant, &lead).await.is_none());
    let account = account();
    let mut tx = storage.platform(PlatformTask::SignUp).await.expect("a sign-up begins");
    tx.accounts().insert(&account).await.expect("the account is written");
    drop(tx);
    let mut tx = storage.platform(PlatformTask::SignIn).await.expect("a sign-in begins");
    assert!(tx.accounts().find(&account.user.email).await.expect("no error").is_none());
}

/// A sign-up that is dropped leaves neither a user nor an organization.
pub async fn a_sign_up_is_all_or_nothing(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let (model, owner) = (Tenant::found(storage).await, account());
    let half = Tenant {
        organization: qualify_domain::id::OrganizationId(id()),
        owner: owner.user.id,
        form: super::tenant::form(),
        pipeline: model.pipeline,
    };
    drop(half.sign_up(storage, &owner).await);
    let mut tx = storage.platform(PlatformTask::SignIn).await.expect("a sign-in begins");
    assert!(tx.accounts().find(&owner.user.email).await.expect("no error").is_none());
    let mut tx = storage.platform(PlatformTask::ResolveForm).await.expect("a look-up begins");
    assert!(tx.directory().resolve_form(half.form.public_id, at(1)).await.expect("no error").is_none());
    assert!(half.look(storage).await.organizations().own().await.is_err());
}

/// Work under a permission that only reads cannot write, whatever it calls.
pub async fn a_read_scope_cannot_write(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let lead = tenant.lead(0);
    tenant.keep(storage, std::slice::from_ref(&lead)).await;
    for permission in [Permission::ReadLeads, Permission::ReadForms, Permission::ReadSubmissions] {
        let scope = tenant.owner(permission);
        let tx = || async { storage.tenant(&scope).await.expect("a look begins") };
        assert!(tx().await.leads().insert(&tenant.lead(1)).await.is_err(), "{permission:?}");
        assert!(tx().await.leads().update(&lead).await.is_err(), "{permission:?}");
        assert!(tx().await.activities().insert(&note(&lead)).await.is_err(), "{permission:?}");
        assert!(tx().await.forms().update(&tenant.form).await.is_err(), "{permission:?}");
    }
    assert_eq!(stored(storage, &tenant, &lead).await.expect("the lead").version, 1);
}

/// A look-up outside any organization cannot write.
pub async fn a_look_up_cannot_write(rig: &dyn StorageRig) {
    for task in [PlatformTask::Authenticate, PlatformTask::ResolveForm] {
        let mut tx = rig.storage().platform(task).await.expect("a look-up begins");
        assert!(tx.accounts().insert(&account()).await.is_err(), "{}", task.name());
    }
}

/// The storage says when it can be used.
pub async fn is_ready(rig: &dyn StorageRig) {
    rig.storage().ready().await.expect("it is ready");
}

fn note(lead: &Lead) -> Activity {
    let what = What::Noted("Appelée ce matin.".parse().expect("a note"));
    Activity { id: ActivityId(id()), lead: lead.id, at: at(5), author: None, what }
}
