//! Forms, for members.

use qualify_domain::{
    access::Role,
    form::{Form, FormSettings, LegalBasis},
    id::FormId,
    text::{Message, Name},
    violation::Rule,
};
use qualify_usecases::{CreateForm, Error};

use crate::world::{Home, World, from, nobody};

async fn first(world: &World, home: &Home) -> Form {
    world.app.forms.list(&home.owner.actor).await.unwrap().remove(0)
}

#[tokio::test]
async fn a_new_form_takes_submissions_at_its_own_address() {
    let world = World::new().await;
    let home = world.found("North").await;
    let settings = FormSettings { name: Name::parse("Fair").unwrap(), ..first(&world, &home).await.settings };
    let id = world.app.forms.create(&home.owner.actor, CreateForm { settings }).await.unwrap();
    let file = world.app.forms.open(&home.owner.actor, id).await.unwrap();
    world.submit(file.form.public_id, from("anna@example.com")).await.unwrap();
    let file = world.app.forms.open(&home.owner.actor, id).await.unwrap();
    assert_eq!((file.submissions.len(), &*file.form.settings.name), (1, "Fair"));
    assert_ne!(file.form.public_id, home.form);
}

#[tokio::test]
async fn prv_4_a_changed_notice_is_what_the_next_submission_keeps() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.submit(home.form, from("before@example.com")).await.unwrap();
    let form = first(&world, &home).await;
    let settings = FormSettings { notice: Message::parse("New words.").unwrap(), ..form.settings.clone() };
    world.app.forms.change(&home.owner.actor, form.id, form.version, settings).await.unwrap();
    world.submit(home.form, from("after@example.com")).await.unwrap();
    let file = world.app.forms.open(&home.owner.actor, form.id).await.unwrap();
    let kept = |email: &str| {
        let submission = file.submissions.iter().find(|s| s.answers.email.as_deref() == Some(email)).unwrap();
        (submission.form_version, submission.notice.to_string())
    };
    assert_eq!(kept("after@example.com"), (form.version + 1, "New words.".to_owned()));
    assert_eq!(kept("before@example.com"), (form.version, form.settings.notice.to_string()));
}

#[tokio::test]
async fn a_change_from_an_old_page_is_stale() {
    let world = World::new().await;
    let home = world.found("North").await;
    let Form { id, version, settings, .. } = first(&world, &home).await;
    world.app.forms.change(&home.owner.actor, id, version, settings.clone()).await.unwrap();
    let error = world.app.forms.change(&home.owner.actor, id, version, settings).await.unwrap_err();
    assert!(matches!(error, Error::Stale), "{error:?}");
}

#[tokio::test]
async fn prv_4_a_form_on_the_ground_of_consent_needs_the_words_of_its_box() {
    let world = World::new().await;
    let home = world.found("North").await;
    let settings = FormSettings { legal_basis: LegalBasis::Consent, ..first(&world, &home).await.settings };
    let error = world.app.forms.create(&home.owner.actor, CreateForm { settings }).await.unwrap_err();
    let Error::Invalid(faults) = error else { panic!("{error:?}") };
    assert_eq!(faults.iter().map(|v| (&*v.field, v.rule)).collect::<Vec<_>>(), [("consent_wording", Rule::Required)]);
}

#[tokio::test]
async fn rls_13_who_may_not_manage_forms_changes_none() {
    let world = World::new().await;
    let home = world.found("North").await;
    let Form { id, version, settings, .. } = first(&world, &home).await;
    for role in [Role::Manager, Role::Agent, Role::Viewer, Role::PrivacyOfficer, Role::Billing] {
        let actor = world.join(&home, &format!("{role}@north.example"), &[role]).await.actor;
        let refused = [
            world.app.forms.create(&actor, CreateForm { settings: settings.clone() }).await.map(|_| ()),
            world.app.forms.change(&actor, id, version, settings.clone()).await,
            world.app.forms.rotate(&actor, id).await.map(|_| ()),
        ];
        for refusal in refused {
            assert!(matches!(refusal, Err(Error::Forbidden(_))), "{role}: {refusal:?}");
        }
    }
    assert_eq!(first(&world, &home).await.version, version);
}

#[tokio::test]
async fn rls_10_a_form_of_another_organization_is_not_there() {
    let world = World::new().await;
    let (north, south) = (world.found("North").await, world.found("South").await);
    let Form { id, version, settings, .. } = first(&world, &north).await;
    let actor = &south.owner.actor;
    for id in [id, FormId(nobody().0.0)] {
        let refused = [
            world.app.forms.open(actor, id).await.map(|_| ()),
            world.app.forms.change(actor, id, version, settings.clone()).await,
            world.app.forms.rotate(actor, id).await.map(|_| ()),
        ];
        for refusal in refused {
            assert!(matches!(refusal, Err(Error::NotFound("form"))), "{refusal:?}");
        }
    }
    assert_eq!(first(&world, &north).await.public_id, north.form);
}
