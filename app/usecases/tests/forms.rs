//! Forms, for members.

use qualify_domain::{
    access::Role,
    form::{
        Asks, FieldEdit, Form, FormChange, FormField, FormSettings, KnownPerson, LegalBasis, Limits, Notice, OwnField,
        Words, changes,
    },
    id::FormId,
    language::Language,
    lead_field::LeadField,
    pipeline::StageKind,
    property::{Property, PropertyValue},
    submission::{Sent, Submission},
    text::{Message, Name},
    violation::Rule,
};
use qualify_ports::storage::Received;
use qualify_usecases::{ChangeProperty, CreateForm, Error, FormHistory, MakeProperty, MoveLead, Submit};

use crate::world::{Home, World, from, nobody, saying};

/// Publishes the draft as it is.
async fn publish(world: &World, home: &Home, id: FormId, version: i32) -> Result<(), Error> {
    let draft = world.app.forms.fields(&home.owner.actor, id).await.unwrap().draft;
    world
        .app
        .forms
        .publish_draft(&home.owner.actor, id, version, draft.map(|draft| draft.version).unwrap_or_default())
        .await
}

async fn first(world: &World, home: &Home) -> Form {
    world.app.forms.list(&home.owner.actor).await.unwrap().remove(0)
}

async fn received(world: &World, home: &Home, form: FormId) -> Vec<Submission> {
    let list = world.app.submissions.of_form(&home.owner.actor, form, Received::All, None, 25).await;
    list.unwrap().items
}

#[tokio::test]
async fn a_new_form_takes_submissions_at_its_own_address() {
    let world = World::new().await;
    let home = world.found("North").await;
    let settings = FormSettings { name: Name::parse("Fair").unwrap(), ..first(&world, &home).await.settings };
    let id = world.app.forms.create(&home.owner.actor, CreateForm { settings }).await.unwrap();
    let file = world.app.forms.open(&home.owner.actor, id).await.unwrap();
    world.submit(file.form.public_id, from("anna@example.com")).await.unwrap();
    assert_eq!((received(&world, &home, id).await.len(), &*file.form.settings.name), (1, "Fair"));
    assert_ne!(file.form.public_id, home.form);
}

/// The form's notice with another purpose.
fn told(form: &Form, purpose: &str) -> Notice {
    Notice { purpose: Message::parse(purpose).unwrap(), ..form.settings.notice.clone() }
}

#[tokio::test]
async fn prv_4_a_form_is_published_with_a_complete_notice_only() {
    let world = World::new().await;
    let home = world.found("North").await;
    let form = first(&world, &home).await;
    let settings = FormSettings { notice: Notice { retention: None, ..form.settings.notice }, ..form.settings };
    let changed = world.app.forms.change(&home.owner.actor, form.id, form.version, settings.clone()).await;
    let made = world.app.forms.create(&home.owner.actor, CreateForm { settings }).await.map(|_| ());
    for refused in [changed, made] {
        let Err(Error::Invalid(faults)) = refused else { panic!("{refused:?}") };
        assert_eq!(
            faults.iter().map(|v| (&*v.field, v.rule)).collect::<Vec<_>>(),
            [("notice.retention", Rule::Required)]
        );
    }
}

#[tokio::test]
async fn prv_4_a_changed_notice_is_what_the_next_submission_keeps() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.submit(home.form, from("before@example.com")).await.unwrap();
    let form = first(&world, &home).await;
    let settings = FormSettings { notice: told(&form, "New words."), ..form.settings.clone() };
    world.app.forms.change(&home.owner.actor, form.id, form.version, settings).await.unwrap();
    world.submit(home.form, from("after@example.com")).await.unwrap();
    let received = received(&world, &home, form.id).await;
    let kept = |email: &str| {
        let submission = received.iter().find(|s| s.answers.email.as_deref() == Some(email)).unwrap();
        (submission.form_version, submission.notice.to_string())
    };
    assert_eq!(kept("after@example.com"), (form.version + 1, told(&form, "New words.").written().to_string()));
    assert_eq!(kept("before@example.com"), (form.version, form.settings.notice.written().to_string()));
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

fn own(property: &Property) -> FormField {
    let own = OwnField {
        limits: Limits::default(),
        key: property.key.clone(),
        kind: property.kind.clone(),
        is_hidden: false,
        purpose: property.purpose.clone(),
        tells: Some(LeadField::Property(property.id)),
    };
    let label = Words::of([(Language::English, Some("Seats".parse().unwrap()))]);
    FormField { label, ..FormField::plain(Asks::Own(own)) }
}

async fn seats(world: &World, home: &Home) -> Property {
    let [name, purpose, kind] = ["Seats", "To size the offer", "number"].map(str::to_owned);
    let command = MakeProperty { name, purpose, kind, choices: vec![], key: String::new() };
    world.app.properties.make(&home.owner.actor, command).await.unwrap()
}

fn wanting(email: &str, seats: &str) -> Submit {
    let own = [("seats".to_owned(), vec![seats.to_owned()])].into();
    saying(Sent { email: email.to_owned(), own, ..Sent::default() })
}

#[tokio::test]
async fn a_field_is_asked_once_it_is_published_and_fills_what_is_unknown_of_the_lead() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (forms, owner) = (&world.app.forms, &home.owner.actor);
    let (form, property) = (first(&world, &home).await, seats(&world, &home).await);
    forms.edit_fields(owner, form.id, FieldEdit::Add(own(&property))).await.unwrap();
    world.submit(home.form, wanting("early@example.com", "3")).await.unwrap();
    assert!(forms.fields(owner, form.id).await.unwrap().draft.is_some(), "visitors see nothing of it");
    publish(&world, &home, form.id, form.version).await.unwrap();
    assert!(forms.fields(owner, form.id).await.unwrap().draft.is_none());
    let wrong = world.submit(home.form, wanting("anna@example.com", "many")).await.unwrap_err();
    assert!(matches!(&wrong, Error::Invalid(faults) if faults.iter().any(|fault| fault.rule == Rule::NotANumber)));
    for (email, seats) in [("anna@example.com", "3"), ("anna@example.com", "4")] {
        world.submit(home.form, wanting(email, seats)).await.unwrap();
        world.work().await;
    }
    let lead = world.leads(&home).await.into_iter().find(|row| row.email.as_deref() == Some("anna@example.com"));
    let file = world.app.leads.open(owner, lead.unwrap().id).await.unwrap();
    let known = file.lead.properties.get(property.id).map(PropertyValue::written);
    assert_eq!(known.as_deref(), Some("3"), "what is known is not overwritten");
    let answered = |seats: &str| {
        let of =
            |submission: &Submission| submission.answers.own.values().map(PropertyValue::written).collect::<Vec<_>>();
        file.submissions.iter().any(|submission| of(submission) == [seats])
    };
    assert!(answered("3") && answered("4"), "each submission keeps its own answer");
    let early = world.leads(&home).await.into_iter().find(|row| row.email.as_deref() == Some("early@example.com"));
    let early = world.app.leads.open(owner, early.unwrap().id).await.unwrap();
    assert!(early.submissions[0].answers.own.is_empty(), "what was not asked is not kept");
}

#[tokio::test]
async fn a_draft_is_worked_on_discarded_and_never_published_over_somebody_elses() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (forms, owner) = (&world.app.forms, &home.owner.actor);
    let form = first(&world, &home).await;
    let mika = world.join(&home, "mika@north.example", &[Role::Agent]).await;
    let refused = forms.edit_fields(&mika.actor, form.id, FieldEdit::Remove("name".to_owned())).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    forms.edit_fields(owner, form.id, FieldEdit::Remove("name".to_owned())).await.unwrap();
    forms.discard_fields(owner, form.id).await.unwrap();
    assert!(forms.fields(owner, form.id).await.unwrap().draft.is_none());
    for key in ["email", "phone"] {
        forms.edit_fields(owner, form.id, FieldEdit::Remove(key.to_owned())).await.unwrap();
    }
    let nobody = publish(&world, &home, form.id, form.version).await.unwrap_err();
    assert!(matches!(&nobody, Error::Invalid(_)), "somebody who sends it could not be answered: {nobody:?}");
    forms.edit_fields(owner, form.id, FieldEdit::Add(FormField::plain(Asks::Email))).await.unwrap();
    let stale = publish(&world, &home, form.id, form.version - 1).await.unwrap_err();
    assert!(matches!(stale, Error::Stale), "{stale:?}");
    let seen = forms.fields(owner, form.id).await.unwrap().draft.unwrap().version;
    forms.edit_fields(owner, form.id, FieldEdit::Shift("email".to_owned(), true)).await.unwrap();
    let stale = forms.publish_draft(owner, form.id, form.version, seen).await.unwrap_err();
    assert!(matches!(stale, Error::Stale), "what somebody added meanwhile was not seen: {stale:?}");
    publish(&world, &home, form.id, form.version).await.unwrap();
    let unknown = forms.edit_fields(owner, form.id, FieldEdit::Remove("phone".to_owned())).await.unwrap_err();
    assert!(matches!(unknown, Error::NotFound("field")), "{unknown:?}");
}

#[tokio::test]
async fn every_edition_stays_and_any_is_published_again() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (forms, owner) = (&world.app.forms, &home.owner.actor);
    let form = first(&world, &home).await;
    forms.edit_fields(owner, form.id, FieldEdit::Remove("phone".to_owned())).await.unwrap();
    publish(&world, &home, form.id, 1).await.unwrap();
    let file = forms.open(owner, form.id).await.unwrap();
    assert_eq!(file.editions.iter().map(|edition| edition.version).collect::<Vec<_>>(), [2, 1]);
    let new = changes(&file.editions[1].settings, &file.editions[0].settings);
    assert_eq!(new, [FormChange::Removed("phone".to_owned())]);
    forms.restore(owner, form.id, 2, 1).await.unwrap();
    let file = forms.open(owner, form.id).await.unwrap();
    assert_eq!((file.form.version, &file.form.settings.fields), (3, &form.settings.fields));
    let missing = forms.restore(owner, form.id, 3, 77).await.unwrap_err();
    assert!(matches!(missing, Error::NotFound("edition")), "{missing:?}");
}

#[tokio::test]
async fn an_edition_is_opened_beside_the_one_before_it_and_the_older_ones_come_in_parts() {
    let world = World::new().await;
    let (home, other) = (world.found("North").await, world.found("South").await);
    let (forms, owner) = (&world.app.forms, &home.owner.actor);
    let form = first(&world, &home).await;
    for version in 1..=3 {
        let settings = FormSettings { requires_work: version % 2 == 1, ..form.settings.clone() };
        forms.change(owner, form.id, version, settings).await.unwrap();
    }
    let versions = |history: &FormHistory| {
        history.rows().map(|(edition, former)| (edition.version, former.map(|one| one.version))).collect::<Vec<_>>()
    };
    let newest = forms.history(owner, form.id, None, 2).await.unwrap();
    assert_eq!((versions(&newest), newest.older()), (vec![(4, Some(3)), (3, Some(2))], Some(3)));
    let oldest = forms.history(owner, form.id, newest.older(), 2).await.unwrap();
    assert_eq!((versions(&oldest), oldest.older()), (vec![(2, Some(1)), (1, None)], None));
    let none = forms.history(owner, form.id, Some(1), 2).await.unwrap();
    assert_eq!((versions(&none), none.older()), (Vec::new(), None));

    let file = forms.edition(owner, form.id, 2).await.unwrap();
    assert_eq!((file.edition.version, file.former.unwrap().version, file.form.version), (2, 1, 4));
    assert!(file.edition.settings.requires_work);
    assert!(forms.edition(owner, form.id, 1).await.unwrap().former.is_none());
    for version in [0, -1, 5, i32::MIN, i32::MAX] {
        let gone = forms.edition(owner, form.id, version).await.unwrap_err();
        assert!(matches!(gone, Error::NotFound("edition")), "{version}: {gone:?}");
    }
    let foreign = forms.edition(&other.owner.actor, form.id, 2).await.unwrap_err();
    assert!(matches!(foreign, Error::NotFound("form")), "{foreign:?}");
    let foreign = forms.history(&other.owner.actor, form.id, None, 2).await.unwrap_err();
    assert!(matches!(foreign, Error::NotFound("form")), "{foreign:?}");
}

#[tokio::test]
async fn what_becomes_of_a_known_person_is_up_to_the_form() {
    let world = World::new().await;
    let home = world.found("North").await;
    let owner = &home.owner.actor;
    let policy = async |known_person: KnownPerson| {
        let form = first(&world, &home).await;
        let settings = FormSettings { known_person, ..form.settings };
        world.app.forms.change(owner, form.id, form.version, settings).await.unwrap();
    };
    let write = async || {
        world.clock.advance(jiff::SignedDuration::from_mins(2));
        world.submit(home.form, from("anna@example.com")).await.unwrap();
        world.work().await;
        world.leads(&home).await.len()
    };
    assert_eq!((write().await, write().await), (1, 1), "it goes to their lead");
    policy(KnownPerson::NewIfClosed).await;
    assert_eq!(write().await, 1, "their lead is open");
    let lead = world.leads(&home).await.remove(0);
    let file = world.app.leads.open(owner, lead.id).await.unwrap();
    let won = file.pipelines.live[0].stages.iter().find(|stage| stage.kind == StageKind::Won).unwrap().id;
    let go = MoveLead { stage: won, reason: None, note: None, beside: None, version: file.lead.version };
    world.app.leads.move_to(owner, lead.id, go).await.unwrap();
    assert_eq!((write().await, write().await), (2, 2), "another is opened once, and taken from then on");
    policy(KnownPerson::AlwaysNew).await;
    assert_eq!((write().await, write().await), (3, 4));
    policy(KnownPerson::Append).await;
    assert_eq!(write().await, 4);
    let closed = world.app.leads.open(owner, lead.id).await.unwrap();
    assert_eq!(closed.submissions.len(), 3, "nothing more came to the lead that was won");
}

#[tokio::test]
async fn no_field_is_called_as_what_a_spam_check_adds() {
    let world = World::new().await;
    let home = world.found("North").await;
    let form = first(&world, &home).await;
    let property = seats(&world, &home).await;
    for added in world.app.submissions.spam_fields() {
        // What no field can be called needs no further guard.
        let Ok(key) = added.name.parse() else { continue };
        let Asks::Own(field) = own(&property).asks else { unreachable!("it is declared") };
        let field = FormField { asks: Asks::Own(OwnField { key, ..field }), ..own(&property) };
        let refused = world.app.forms.edit_fields(&home.owner.actor, form.id, FieldEdit::Add(field)).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{}", added.name);
    }
}

#[tokio::test]
async fn a_form_goes_on_asking_for_a_property_that_is_archived_and_its_answers_stay_with_the_submission() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (forms, owner) = (&world.app.forms, &home.owner.actor);
    let (form, property) = (first(&world, &home).await, seats(&world, &home).await);
    forms.edit_fields(owner, form.id, FieldEdit::Add(own(&property))).await.unwrap();
    publish(&world, &home, form.id, 1).await.unwrap();
    let [name, purpose] = ["Seats", "To size the offer"].map(str::to_owned);
    let archived = ChangeProperty { name, purpose, choices: vec![], is_archived: true, version: property.version };
    world.app.properties.change(owner, property.id, archived).await.unwrap();
    let now = first(&world, &home).await;
    let settings = FormSettings { notice: told(&now, "New words."), ..now.settings };
    forms.change(owner, form.id, now.version, settings).await.unwrap();
    world.submit(home.form, wanting("anna@example.com", "3")).await.unwrap();
    world.work().await;
    let lead = world.leads(&home).await.remove(0).id;
    let file = world.app.leads.open(owner, lead).await.unwrap();
    assert_eq!(file.lead.properties.get(property.id), None);
    assert_eq!(file.submissions[0].answers.own.len(), 1);
    let field = FormField { is_required: true, ..own(&property) };
    let again = FieldEdit::Change { key: "seats".to_owned(), seen: None, field };
    forms.edit_fields(owner, form.id, again).await.unwrap();
    let refused = publish(&world, &home, form.id, now.version + 1).await.unwrap_err();
    assert!(matches!(refused, Error::Invalid(_)), "what is changed is checked: {refused:?}");
}

#[tokio::test]
async fn a_lead_learns_what_was_asked_when_it_was_sent() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (forms, owner) = (&world.app.forms, &home.owner.actor);
    let (form, property) = (first(&world, &home).await, seats(&world, &home).await);
    forms.edit_fields(owner, form.id, FieldEdit::Add(own(&property))).await.unwrap();
    publish(&world, &home, form.id, 1).await.unwrap();
    world.submit(home.form, wanting("anna@example.com", "3")).await.unwrap();
    // The field is gone before the worker comes by.
    forms.edit_fields(owner, form.id, FieldEdit::Remove("seats".to_owned())).await.unwrap();
    publish(&world, &home, form.id, 2).await.unwrap();
    world.work().await;
    let lead = world.leads(&home).await.remove(0).id;
    let file = world.app.leads.open(owner, lead).await.unwrap();
    assert_eq!(file.lead.properties.get(property.id).map(PropertyValue::written).as_deref(), Some("3"));
}
