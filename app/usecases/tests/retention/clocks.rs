//! Whatever members and programs do with a lead, its time and that of the network addresses on it go on.

use futures::TryStreamExt;
use jiff::SignedDuration;
use qualify_domain::{
    form::LegalBasis,
    id::{JobId, LeadId},
    import::{ImportSettings, ImportState},
    job::{ExportLeads, JobKind, SheetForm},
    lead_column::LeadColumn,
    lead_filter::LeadFilter,
    merge::Choices,
    person::PersonChange,
    retention::{LEADS, RetentionRule},
    submission::IP_KEPT,
    text::Message,
};
use qualify_usecases::{ChangeLead, ImportLimits, MergeLeads, NewImport, NoteKind, NoteLead, Seen, SeenPair, SignedIn};

use super::of;
use crate::world::World;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const ANNA: &str = "anna@example.com";

/// The owner, signed in just now.
async fn owner(world: &World) -> SignedIn {
    world.sign_in("owner@north.example").await
}

async fn edit(world: &World, lead: LeadId) {
    let owner = owner(world).await;
    let version = world.app.leads.read(&owner.actor, lead).await.unwrap().version;
    let person = PersonChange { company: Some("Berg Ltd".to_owned()), ..PersonChange::default() };
    let change = ChangeLead { person, tags: None, seen: Seen::Version(version) };
    world.app.leads.change(&owner.actor, lead, change).await.unwrap();
    let note = NoteLead { text: Message::parse("Called her.").unwrap(), kind: NoteKind::Call };
    world.app.leads.note(&owner.actor, lead, note).await.unwrap();
}

async fn merge(world: &World, survivor: LeadId, other: LeadId) {
    let owner = owner(world).await;
    let version = async |id| world.app.leads.read(&owner.actor, id).await.unwrap().version;
    let seen = SeenPair { survivor: version(survivor).await, other: version(other).await };
    world.app.leads.merge(&owner.actor, survivor, &MergeLeads { other, choices: Choices::new() }, seen).await.unwrap();
}

/// Somebody brings a file in which she stands, and it changes her.
async fn import(world: &World) {
    let (owner, imports) = (owner(world).await, &world.app.imports);
    let text = format!("Name;E-mail\nAnna Berg;{ANNA}\n");
    let name = NewImport::named("people.csv".parse().unwrap());
    let id = imports.upload(&owner.actor, name, text.into(), ImportLimits::default()).await.unwrap();
    let import = imports.open(&owner.actor, id).await.unwrap().import;
    let (legal_basis, source) = (Some(LegalBasis::Consent), Some("Fair".parse().unwrap()));
    let settings = ImportSettings { legal_basis, source, ..import.settings };
    imports.settle(&owner.actor, id, import.version, settings).await.unwrap();
    imports.begin(&owner.actor, id).await.unwrap();
    world.work().await;
    let done = imports.open(&owner.actor, id).await.unwrap();
    assert_eq!(done.import.state, ImportState::Done);
    let outcomes: Vec<_> =
        done.job.unwrap().report.iter().map(|(outcome, times)| (outcome.to_owned(), times)).collect();
    assert_eq!(outcomes, [("changed".to_owned(), 1)]);
}

async fn export(world: &World) -> JobId {
    let export = ExportLeads {
        filter: LeadFilter::default(),
        search: None,
        these: Vec::new(),
        zone: String::new(),
        form: SheetForm::Csv,
        columns: LeadColumn::ALL.to_vec(),
        header: LeadColumn::ALL.iter().map(ToString::to_string).collect(),
    };
    let job = world.app.jobs.ask(&owner(world).await.actor, JobKind::ExportLeads(export)).await.unwrap();
    world.work().await;
    job
}

/// What the file of an export says.
async fn file(world: &World, job: JobId) -> String {
    let parts = world.app.jobs.file(&owner(world).await.actor, job).await.unwrap().parts;
    let bytes: Vec<u8> = parts.try_concat().await.unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Two leads of one person with an address each; tells whose they are. Then all that members do with leads.
async fn worked_on(world: &World, wait: SignedDuration) -> LeadId {
    let home = world.found("North").await;
    let twin = world.lead(&home, "a.berg@example.com").await.id;
    let anna = world.lead(&home, ANNA).await.id;
    world.clock.advance(wait);
    edit(world, anna).await;
    merge(world, anna, twin).await;
    import(world).await;
    let file = file(world, export(world).await).await;
    assert!(file.contains(ANNA) && !file.contains("192.0.2.7"), "{file}");
    anna
}

#[tokio::test]
async fn ret_2_editing_merging_importing_and_exporting_give_no_address_more_time() {
    let world = World::new().await;
    let anna = worked_on(&world, IP_KEPT - MINUTE * 2).await;
    let shown = async || {
        let file = world.app.leads.open(&owner(&world).await.actor, anna).await.unwrap();
        file.submissions.iter().filter(|submission| submission.ip.is_some()).count()
    };
    assert_eq!(shown().await, 2);
    world.clock.advance(MINUTE * 2);
    assert_eq!(world.rows("SELECT count(*) FROM submissions WHERE ip IS NOT NULL").await, 2, "nothing was swept");
    assert_eq!(shown().await, 0);
    edit(&world, anna).await;
    let sheet = file(&world, export(&world).await).await;
    assert!(sheet.contains(ANNA) && !sheet.contains("192.0.2.7"), "{sheet}");
    assert_eq!(shown().await, 0);
    assert_eq!(of(&world.sweep().await, "lead_ip").rows, 2);
    assert_eq!(world.rows("SELECT count(*) FROM submissions WHERE ip IS NOT NULL").await, 0);
}

#[tokio::test]
async fn ret_12_editing_merging_importing_and_exporting_give_no_lead_more_time() {
    let world = World::new().await;
    let end = RetentionRule::of_code(LEADS).unwrap().due_at(world.ports.clock.now());
    let anna = worked_on(&world, SignedDuration::from_hours(24 * 400)).await;
    world.clock.advance(end.duration_since(world.ports.clock.now()) - MINUTE * 3);
    assert_eq!(of(&world.sweep().await, LEADS).rows, 0);
    edit(&world, anna).await;
    // It came a little after the moment from which `end` was counted.
    world.clock.advance(MINUTE * 5);
    assert_eq!(of(&world.sweep().await, LEADS).rows, 1);
    assert_eq!(world.rows("SELECT count(*) FROM leads").await, 0);
}
