//! Somebody is erased: nothing of them is left, and nothing brings them back but themselves.

mod files;
mod imports;
mod meanwhile;

use std::collections::{BTreeMap, BTreeSet};

use futures::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::Role,
    circumstances::Circumstances,
    erasure::{Certificate, Ground, Tombstone},
    hook::{Detail, EndpointWish, HookKind, HookUrl},
    id::{JobId, LeadId},
    import::ImportSettings,
    inventory::{Category, Column, Erase, Subject, columns, tables},
    job::{ChangeLeads, ExportLeads, JobFault, JobKind, JobState, LeadAct, SheetForm, Which},
    language::Language,
    lead::Lead,
    lead_column::LeadColumn,
    lead_filter::{LeadFilter, Search},
    merge::Choices,
    rights_request::Right,
    submission::Sent,
    suppression,
    task::WrittenTask,
    text::Message,
};
use qualify_usecases::{AskRight, Error, ImportLimits, MergeLeads, NewImport, NoteKind, NoteLead, SeenPair, Submit};
use serde_json::Value;

use crate::world::{Home, World, from, saying};

/// Stands in everything that is known of the person, and in nothing else.
pub const CANARY: &str = "canarella";
const ADDRESS: &str = "anna@canarella.example";

async fn erase(world: &World, home: &Home, lead: LeadId) -> Certificate {
    world.app.leads.erase(&home.owner.actor, lead, Ground::Asked).await.unwrap()
}

async fn upload(world: &World, home: &Home, text: &str) -> qualify_domain::id::ImportId {
    let name = NewImport::named("people.csv".parse().unwrap());
    world.app.imports.upload(&home.owner.actor, name, text.into(), ImportLimits::default()).await.unwrap()
}

async fn settle(world: &World, home: &Home, id: qualify_domain::id::ImportId) {
    let import = world.app.imports.open(&home.owner.actor, id).await.unwrap().import;
    let settings = ImportSettings {
        legal_basis: Some(qualify_domain::form::LegalBasis::Consent),
        source: Some("Fair".parse().unwrap()),
        ..import.settings
    };
    world.app.imports.settle(&home.owner.actor, id, import.version, settings).await.unwrap();
}

async fn export(world: &World, home: &Home, search: Option<&str>) -> JobId {
    let export = ExportLeads {
        filter: LeadFilter::default(),
        search: search.map(|words| Search::parse(words).unwrap()),
        these: Vec::new(),
        zone: String::new(),
        form: SheetForm::Csv,
        columns: vec![LeadColumn::Email],
        header: vec!["E-mail".to_owned()],
    };
    world.app.jobs.ask(&home.owner.actor, JobKind::ExportLeads(export)).await.unwrap()
}

/// The rows of a dump with the tables they are of, which their columns tell.
pub fn rows(dump: &str) -> Vec<(&'static str, BTreeMap<String, Value>)> {
    let named = |row: &BTreeMap<String, Value>| {
        let has = |table: &&qualify_domain::inventory::Table| {
            table.columns().map(|column| column.name.to_owned()).collect::<BTreeSet<_>>()
                == row.keys().cloned().collect()
        };
        tables().find(has).map_or_else(|| unreachable!("{:?}", row.keys()), |table| table.name)
    };
    let rows = serde_json::Deserializer::from_str(dump).into_iter::<BTreeMap<String, Value>>();
    rows.map(Result::unwrap).map(|row| (named(&row), row)).collect()
}

/// Whether a word stands in a value, in whichever letters, or in bytes.
pub fn holds(value: &Value, word: &str) -> bool {
    let text = value.to_string().to_lowercase();
    let bytes = word.bytes().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    text.contains(word) || text.contains(&bytes)
}

/// The columns in which a word stands.
pub async fn holding(world: &World, said: &str) -> BTreeSet<String> {
    let rows = rows(&world.dump().await);
    let cells = rows.iter().flat_map(|(table, row)| row.iter().map(move |(name, value)| (table, name, value)));
    cells.filter(|(.., value)| holds(value, said)).map(|(table, name, _)| format!("{table}.{name}")).collect()
}

/// What is known of people that is a number, a choice or a moment: no word can stand there. It goes with its row.
const WORDLESS: [&str; 16] = [
    "leads.fit",
    "leads.engagement",
    "leads.grade",
    "leads.standing",
    "leads.marked",
    "leads.phone_e164",
    "submissions.consented",
    "submissions.purposes",
    "submissions.phone_e164",
    "submissions.ip",
    "activities.from_grade",
    "activities.to_grade",
    "lead_scores.breakdown",
    "leads.channel",
    "submissions.channel",
    "merges.imports",
];

/// Fills what the use cases did not.
const FILL: &[&str] = &[
    "UPDATE submissions SET page = 'https://canarella.example', referrer = 'https://canarella.example',
        gclid = 'canarella', fbclid = 'canarella', msclkid = 'canarella', utm_source = 'canarella',
        utm_medium = 'canarella', utm_campaign = 'canarella', utm_term = 'canarella', utm_content = 'canarella',
        phone = 'canarella', own = '{\"canarella\": [\"canarella\"]}' WHERE email LIKE '%canarella%'",
    "UPDATE submissions SET landing_page = 'https://canarella.example' WHERE email LIKE '%canarella%'",
    "UPDATE leads SET company = 'Canarella', phone = 'canarella', tags = '{canarella}',
        properties = '{\"01939c5e-0000-7000-8000-000000000001\": \"canarella\"}',
        first_touch = '{\"source\": \"canarella\"}', last_touch = '{\"source\": \"canarella\"}' WHERE email LIKE '%canarella%'",
    "INSERT INTO import_problems SELECT organization_id, id, 900, 'x;anna@canarella.example', '[]' FROM imports LIMIT 1",
    "INSERT INTO import_changes SELECT i.organization_id, i.id, l.id, '{\"name\": \"canarella\"}', 1, i.created_at
        FROM imports AS i, leads AS l WHERE l.email LIKE '%canarella%' LIMIT 1",
    "UPDATE rights_requests SET wish = '{\"name\": \"Canarella\"}'",
    "UPDATE merges SET survivor_before = survivor_before || '{\"tags\": [\"canarella\"]}'",
];

/// A person of whom something stands in every column in which something can, and somebody else.
pub async fn filled(world: &World, home: &Home) -> (Lead, Lead) {
    let (url, kinds) = (HookUrl::parse("https://hooks.example.com/").unwrap(), vec![HookKind::Created]);
    world.app.hooks.make(&home.owner.actor, EndpointWish { url, kinds, detail: Detail::Full }).await.unwrap();
    let bert = world.lead(home, "bert@example.com").await;
    let sent = |email: &str| Sent {
        name: "Anna Canarella".to_owned(),
        email: email.to_owned(),
        message: "Canarella here.".to_owned(),
        ..Sent::default()
    };
    for email in [ADDRESS, "twin@canarella.example"] {
        world.submit(home.form, saying(sent(email))).await.unwrap();
    }
    let again = Sent { message: "Canarella again.".to_owned(), ..sent(ADDRESS) };
    let held = Submit { spam: [("website", "https://buy.example".to_owned())].into(), ..saying(again) };
    world.submit(home.form, held).await.unwrap();
    world.work().await;
    let found = world.leads(home).await;
    let id = |email: &str| found.iter().find(|row| row.email.as_deref() == Some(email)).unwrap().id;
    let (anna, twin) = (id(ADDRESS), id("twin@canarella.example"));
    let actor = &home.owner.actor;
    let note = NoteLead { text: Message::parse("Canarella called.").unwrap(), kind: NoteKind::Call };
    world.app.leads.note(actor, anna, note).await.unwrap();
    let task = WrittenTask { title: "Call Canarella".to_owned(), ..WrittenTask::default() };
    world.app.tasks.make(actor, anna, &task).await.unwrap();
    let of = async |id| world.app.leads.read(actor, id).await.unwrap();
    let seen = SeenPair { survivor: of(anna).await.version, other: of(twin).await.version };
    world.app.leads.merge(actor, anna, &MergeLeads { other: twin, choices: Choices::new() }, seen).await.unwrap();
    export(world, home, Some("Anna Canarella")).await;
    let which =
        Which::All { filter: LeadFilter::default(), search: Search::parse("Anna Canarella").ok(), zone: String::new() };
    let change = ChangeLeads { which, act: LeadAct::Tag("Canarella".parse().unwrap()) };
    world.app.jobs.change_leads(actor, change).await.unwrap();
    upload(world, home, &format!("Name;E-mail\nAnna;{ADDRESS}\nBert;bert@example.com\n")).await;
    let door = world.app.rights.door("north").await.unwrap();
    let words = Message::parse_optional("Canarella asks.").unwrap();
    let (address, from) = (ADDRESS.parse().unwrap(), Circumstances::default());
    let ask = AskRight { address, right: Right::Access, words, language: Language::French, from };
    world.app.rights.ask(&door.actor, ask).await.unwrap();
    world.work().await;
    for statement in FILL {
        world.sql(statement).await;
    }
    (of(anna).await, bert)
}

/// The columns that go, by the inventory: what is known of people.
fn going() -> BTreeSet<String> {
    let goes = |column: &Column| {
        let tag = column.tag;
        tag.category == Category::Lead && tag.subject == Subject::Lead && !matches!(tag.erase, Erase::KeepLegal)
    };
    // What a hold says goes with the hold, and while there is one its lead is not erased.
    // What the operator has is emptied when it stands in a register.
    let is_kept = |name: &String| name == "holds.reason" || name.starts_with("operator_requests.");
    let is_word = |name: &String| !WORDLESS.contains(&name.as_str()) && !is_kept(name);
    columns().filter(goes).map(|column| column.to_string()).filter(is_word).collect()
}

#[tokio::test]
async fn dsr_9_erasure_leaves_nothing_of_a_person_in_any_column_of_the_inventory() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (anna, bert) = filled(&world, &home).await;
    let before = holding(&world, CANARY).await;
    assert_eq!(going().difference(&before).collect::<Vec<_>>(), Vec::<&String>::new(), "the person is everywhere");
    assert!(!world.files.keys().is_empty(), "and in a file");
    erase(&world, &home, anna.id).await;
    assert_eq!(holding(&world, CANARY).await, BTreeSet::new());
    // Her number stands where it is said that she was erased, and in what was done while she was there.
    let left = holding(&world, &anna.id.to_string()).await;
    let told = [
        "hook_disclosures.told_id",
        "tombstones.id",
        "erasures.id",
        "outbox.event",
        "audit_entries.target_id",
        "audit_entries.changes",
    ];
    let elsewhere: Vec<_> = left.iter().filter(|column| !told.contains(&column.as_str())).collect();
    assert_eq!(elsewhere, Vec::<&String>::new());
    world.work().await;
    assert_eq!(world.files.keys(), [], "the files are removed");
    assert_eq!(holding(&world, CANARY).await, BTreeSet::new());
    assert_eq!(world.leads(&home).await.iter().map(|row| row.id).collect::<Vec<_>>(), [bert.id], "nobody else went");
    assert!(!holding(&world, "bert@example.com").await.is_empty());
}

#[tokio::test]
async fn a_certificate_counts_what_went_and_names_nobody() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (anna, _) = filled(&world, &home).await;
    let certificate = erase(&world, &home, anna.id).await;
    let count = |table: &str| certificate.counts.get(table).copied();
    assert_eq!((count("leads"), count("submissions"), count("tasks")), (Some(1), Some(3), Some(1)));
    assert_eq!((count("merges"), count("import_rows"), count("files")), (Some(1), Some(1), Some(1)));
    let kept = world.app.leads.certificate(&home.owner.actor, anna.id).await.unwrap();
    assert_eq!((kept.ground, &kept.counts), (Ground::Asked, &certificate.counts));
    assert!(!format!("{kept:?}").to_lowercase().contains(CANARY));
    for (role, email) in [(Role::Admin, "admin@north.example"), (Role::Manager, "manager@north.example")] {
        let member = world.join(&home, email, &[role]).await;
        let refused = world.app.leads.certificate(&member.actor, anna.id).await.unwrap_err();
        assert!(matches!(refused, Error::Forbidden(_)), "{role}");
        let refused = world.app.leads.erase(&member.actor, anna.id, Ground::Asked).await.unwrap_err();
        assert!(matches!(refused, Error::Forbidden(_)), "{role}");
    }
    let again = world.app.leads.erase(&home.owner.actor, anna.id, Ground::Asked).await.unwrap_err();
    assert!(matches!(again, Error::NotFound("lead")), "{again:?}");
}

#[tokio::test]
async fn dsr_9_a_tombstone_and_a_suppression_are_left_and_the_trail_tells_of_it() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.lead(&home, ADDRESS).await;
    let certificate = erase(&world, &home, anna.id).await;
    let scope = home.owner.actor.permit(qualify_domain::access::Permission::EraseLead).unwrap();
    let mut tx = world.ports.storage.tenant(&scope).await.unwrap();
    let at = Timestamp::from_microsecond(certificate.at.as_microsecond()).unwrap();
    let tombstone = Tombstone { at, ..certificate.tombstone() };
    assert_eq!(tx.tombstones().since(certificate.at).await.unwrap(), [tombstone]);
    let later = at + SignedDuration::from_secs(1);
    assert_eq!(tx.tombstones().since(later).await.unwrap(), []);
    let address = world.ports.tokens.address_hash(home.id, &ADDRESS.parse().unwrap());
    let kept = tx.suppressions().find(address).await.unwrap().unwrap();
    assert_eq!((kept.ground, kept.since), (suppression::Ground::Erasure, at));
    let objection = suppression::Suppression { ground: suppression::Ground::Objection, since: later, ..kept };
    tx.suppressions().keep(&objection).await.unwrap();
    let kept = tx.suppressions().find(address).await.unwrap().unwrap();
    assert_eq!((kept.ground, kept.since), (suppression::Ground::Erasure, later), "that somebody was erased stays");
    drop(tx);
    let trail = world.app.audit.list(&home.owner.actor, &qualify_domain::audit::EntryFilter::default(), None).await;
    let entries = trail.unwrap().entries.items;
    let erased = entries.iter().find(|entry| entry.action == "erase_lead").unwrap();
    assert_eq!((erased.target, &*erased.changes), (Some(anna.id.0), &["erased:>asked".to_owned()][..]));
}

#[tokio::test]
async fn a_file_that_may_hold_the_person_is_removed_and_its_job_says_why() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.lead(&home, "bert@example.com").await;
    let anna = world.lead(&home, ADDRESS).await;
    let made = export(&world, &home, None).await;
    world.work().await;
    let parts = world.app.jobs.file(&home.owner.actor, made).await.unwrap().parts;
    let text: Vec<_> = parts.try_concat().await.unwrap();
    assert!(String::from_utf8(text).unwrap().contains(ADDRESS));
    let waiting = export(&world, &home, None).await;
    erase(&world, &home, anna.id).await;
    let job = world.app.jobs.find(&home.owner.actor, made).await.unwrap();
    assert_eq!((job.state, job.fault), (JobState::Failed, Some(JobFault::Erased)));
    let gone = world.app.jobs.file(&home.owner.actor, made).await.err();
    assert!(matches!(gone, Some(Error::NotFound("file"))), "nobody fetches it, even before it is removed");
    world.work().await;
    let parts = world.app.jobs.file(&home.owner.actor, waiting).await.unwrap().parts;
    let text: Vec<_> = parts.try_concat().await.unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), "E-mail\r\nbert@example.com\r\n", "what waited is made without her");
    assert_eq!(world.files.keys().len(), 1);
}

#[tokio::test]
async fn who_writes_again_is_somebody_new() {
    let world = World::new().await;
    let home = world.found("North").await;
    let anna = world.lead(&home, ADDRESS).await;
    erase(&world, &home, anna.id).await;
    assert!(world.leads(&home).await.is_empty());
    let again = world.lead(&home, ADDRESS).await;
    assert_ne!(again.id, anna.id);
    let file = world.app.leads.open(&home.owner.actor, again.id).await.unwrap();
    assert_eq!((file.submissions.len(), file.activities.len()), (1, 1));
    // What they sent and what no worker had taken in by then goes, too.
    world.submit(home.form, from(ADDRESS)).await.unwrap();
    erase(&world, &home, again.id).await;
    world.work().await;
    assert!(world.leads(&home).await.is_empty());
    assert_eq!(world.rows("SELECT count(*) FROM submissions").await, 0);
}
