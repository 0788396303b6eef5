use qualify_domain::{
    access::Permission,
    form::{Form, FormField, FormSettings, KnownPerson, LegalBasis},
    id::PublicFormId,
    language::Language,
};
use qualify_ports::storage::{PlatformTask, Storage, StorageError, TenantTx};

use super::{
    StorageRig,
    tenant::{Tenant, at, form, id},
};

async fn manage(storage: &dyn Storage, tenant: &Tenant) -> Box<dyn TenantTx> {
    storage.tenant(&tenant.owner(Permission::ManageForms)).await.expect("work begins")
}

async fn find(storage: &dyn Storage, tenant: &Tenant, form: &Form) -> Form {
    let mut tx = storage.tenant(&tenant.owner(Permission::ReadForms)).await.expect("a look begins");
    tx.forms().find(form.id).await.expect("no error").expect("the form")
}

/// All settings of a form come back as they were kept; forms are listed, the oldest first.
pub async fn a_form_comes_back_as_it_was_kept(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let bare = Form {
        settings: FormSettings {
            language: Language::English,
            allowed_origins: vec![],
            thank_you: None,
            legal_basis: LegalBasis::LegitimateInterest,
            consent_wording: None,
            purposes: vec![],
            requires_token: false,
            requires_work: false,
            known_person: KnownPerson::Append,
            fields: FormField::usual(),
            ..form().settings
        },
        created_at: at(9),
        ..form()
    };
    let mut tx = manage(storage, &tenant).await;
    tx.forms().insert(&bare).await.expect("the form is kept");
    tx.commit().await.expect("the form is kept");
    for sent in [&tenant.form, &bare] {
        let kept = find(storage, &tenant, sent).await;
        assert_eq!((kept.public_id, kept.version, kept.created_at), (sent.public_id, 1, sent.created_at));
        assert_eq!(kept.settings, sent.settings);
    }
    let mut tx = storage.tenant(&tenant.owner(Permission::ReadForms)).await.expect("a look begins");
    let list = tx.forms().list().await.expect("the list");
    assert_eq!(list.iter().map(|form| form.id).collect::<Vec<_>>(), [tenant.form.id, bare.id]);
}

/// A change of a form that did not see the latest one is refused.
pub async fn a_stale_form_is_refused(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let mut changed = tenant.form.clone();
    changed.settings.name = "Devis".parse().expect("a name");
    let mut tx = manage(storage, &tenant).await;
    tx.forms().update(&changed).await.expect("the first change is kept");
    tx.commit().await.expect("the first change is kept");
    let second = manage(storage, &tenant).await.forms().update(&tenant.form).await;
    assert!(matches!(second, Err(StorageError::Stale)), "{second:?}");
    let kept = find(storage, &tenant, &changed).await;
    assert_eq!((kept.version, &kept.settings), (2, &changed.settings));
}

/// An address of a form ends when its time is over; the newest one goes on, and an unknown one leads nowhere.
pub async fn a_retired_form_address_ends(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let tenant = Tenant::found(storage).await;
    let (first, second, third) = (tenant.form.public_id, PublicFormId(id()), PublicFormId(id()));
    for (new, now, until) in [(second, 10, 100), (third, 20, 500)] {
        let mut tx = manage(storage, &tenant).await;
        tx.forms().rotate_address(tenant.form.id, new, at(now), at(until)).await.expect("the address changes");
        tx.commit().await.expect("the address changes");
        assert_eq!(find(storage, &tenant, &tenant.form).await.public_id, new, "the newest is shown");
    }
    let leads = |address, second: i64| async move {
        let mut tx = storage.platform(PlatformTask::ResolveForm).await.expect("a look-up begins");
        tx.directory().resolve_form(address, at(second)).await.expect("an answer")
    };
    for (address, end) in [(first, 100), (second, 500)] {
        let found = leads(address, end - 1).await.expect("it still leads there");
        assert_eq!((found.organization, found.form), (tenant.organization, tenant.form.id));
        assert_eq!(leads(address, end).await, None, "and no longer; a later rotation does not revive it");
    }
    assert!(leads(third, 1_000_000).await.is_some());
    assert_eq!(leads(PublicFormId(id()), 0).await, None);
}
