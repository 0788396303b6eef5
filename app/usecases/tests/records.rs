//! The registers of processing (GDPR Art. 30): of an organization for itself, and of the operator for all of them.

use std::collections::BTreeSet;

use qualify_domain::{access::Role, language::Language, processing::What, text::Line};
use qualify_usecases::{Error, ProcessorRecords};

use crate::world::World;

#[tokio::test]
async fn the_register_follows_from_the_forms_as_they_are_and_is_for_who_looks_after_privacy() {
    let world = World::new().await;
    let home = world.found("North").await;
    let officer = world.join(&home, "officer@north.example", &[Role::PrivacyOfficer]).await.actor;
    let file = world.app.records.view(&officer, Language::English).await.unwrap();
    let what: Vec<_> = file.activities.iter().map(|one| &one.what).collect();
    assert!(matches!(what[..], [What::Form(_), What::Leads, What::Members]), "{what:?}");
    assert_eq!(file.activities[1].contacts, BTreeSet::from(["owner@north.example".to_owned()]));
    let form = world.app.forms.list(&home.owner.actor).await.unwrap().remove(0);
    let mut settings = form.settings;
    settings.notice.contact = Some(Line::parse("dpo@north.example").unwrap());
    world.app.forms.change(&home.owner.actor, form.id, form.version, settings).await.unwrap();
    let file = world.app.records.view(&officer, Language::English).await.unwrap();
    for activity in &file.activities {
        assert_eq!(activity.contacts, BTreeSet::from(["dpo@north.example".to_owned()]), "{:?}", activity.what);
    }
    for role in [Role::Admin, Role::Agent] {
        let other = world.join(&home, &format!("{role}@north.example"), &[role]).await.actor;
        let refused = world.app.records.view(&other, Language::English).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{role}");
    }
}

#[tokio::test]
async fn prv_7_the_register_of_the_operator_names_every_organization_and_how_it_is_reached() {
    let world = World::new().await;
    let homes = [world.found("North").await, world.found("South").await];
    let told = ProcessorRecords::new(world.ports.storage.clone()).controllers().await.unwrap();
    let ids: BTreeSet<_> = told.iter().map(|one| one.organization).collect();
    assert_eq!(ids, homes.iter().map(|home| home.id).collect::<BTreeSet<_>>());
    let north = told.iter().find(|one| one.organization == homes[0].id).unwrap();
    assert_eq!((&*north.name, &north.controllers), ("North", &BTreeSet::from(["North".to_owned()])));
    assert_eq!(north.contacts, BTreeSet::from(["owner@north.example".to_owned()]));
}
