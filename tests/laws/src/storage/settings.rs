use qualify_domain::{
    access::Permission,
    holiday::Holiday,
    language::Language,
    organization_settings::OrganizationSettings,
    text::Name,
    working_hours::{Span, WorkingHours},
    zone::Zone,
};
use qualify_ports::storage::{Storage, StorageError, TenantTx};

use super::{StorageRig, tenant::Tenant};

async fn manage(storage: &dyn Storage, tenant: &Tenant) -> Box<dyn TenantTx> {
    storage.tenant(&tenant.owner(Permission::ManageOrganization)).await.expect("work begins")
}

fn name(raw: &str) -> Name {
    Name::parse(raw).expect("a name")
}

/// What an organization says of itself is kept whole; a change to another version than it has is refused.
pub async fn an_organizations_settings_come_back_as_they_were_kept(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let (tenant, other) = (Tenant::found(storage).await, Tenant::found(storage).await);
    let mut tx = manage(storage, &tenant).await;
    let (before, version) = tx.settings().settings().await.expect("settings");
    assert_eq!((&*before.name, before.time_zone), ("Chez Zoë", None));
    let mut days = [None; 7];
    days[6] = Some("22:15-24:00".parse::<Span>().expect("a span"));
    let settings = OrganizationSettings {
        name: name("Zoë & Söhne"),
        language: Language::French,
        time_zone: Some(Zone::parse("Asia/Kathmandu").expect("a zone")),
        hours: WorkingHours(days),
    };
    tx.settings().change_settings(&settings, version).await.expect("a change");
    let stale = tx.settings().change_settings(&before, version).await;
    assert!(matches!(stale, Err(StorageError::Stale)), "{stale:?}");
    assert_eq!(tx.settings().settings().await.expect("settings"), (settings, version + 1));
    tx.commit().await.expect("a commit");
    let mut tx = manage(storage, &other).await;
    assert_eq!(tx.settings().settings().await.expect("settings").1, version, "another's are untouched");
}

/// A day is a holiday once, and of its organization only.
pub async fn a_holiday_is_kept_once_and_by_its_organization_only(rig: &dyn StorageRig) {
    let storage = rig.storage();
    let (tenant, other) = (Tenant::found(storage).await, Tenant::found(storage).await);
    let day = |raw: &str| Holiday::parse_day(raw).expect("a day");
    let [late, early] = ["2027-12-25", "2026-12-25"].map(|raw| Holiday { day: day(raw), name: name("Noël") });
    let mut tx = manage(storage, &tenant).await;
    tx.settings().add_holiday(&late).await.expect("a holiday");
    tx.settings().add_holiday(&early).await.expect("a holiday");
    assert_eq!(tx.settings().holidays().await.expect("holidays"), [early.clone(), late.clone()]);
    tx.commit().await.expect("a commit");
    let mut tx = manage(storage, &other).await;
    assert_eq!(tx.settings().holidays().await.expect("holidays"), []);
    assert!(!tx.settings().remove_holiday(early.day).await.expect("an answer"), "another's stays");
    tx.settings().add_holiday(&early).await.expect("the same day elsewhere");
    drop(tx);
    let mut tx = manage(storage, &tenant).await;
    assert!(tx.settings().remove_holiday(late.day).await.expect("an answer"));
    let twice = tx.settings().add_holiday(&early).await;
    assert!(matches!(twice, Err(StorageError::Conflict)), "{twice:?}");
}
