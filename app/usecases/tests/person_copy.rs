//! The copy that somebody gets of what is kept of them, as they unpack it.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
    path::Path,
};

use qualify_domain::{
    access::{Permission, Role},
    audit::{Action, EntryFilter, Target},
    id::LeadId,
    inventory::Subject,
    person::PersonChange,
    person_copy::parts,
    submission::Sent,
    task::WrittenTask,
    text::{Email, Message},
};
use qualify_usecases::{ChangeLead, Error, NoteKind, NoteLead, Seen};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::world::{Home, World, from, saying};

/// What is in a ZIP.
pub fn unpacked(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut files = BTreeMap::new();
    for place in 0..zip.len() {
        let (mut file, mut text) = (zip.by_index(place).unwrap(), String::new());
        file.read_to_string(&mut text).unwrap();
        files.insert(file.name().unwrap().into_owned(), text);
    }
    files
}

fn json(files: &BTreeMap<String, String>, name: &str) -> Value {
    serde_json::from_str(&files[name]).unwrap()
}

async fn note(world: &World, home: &Home, lead: LeadId, text: &str) {
    let note = NoteLead { text: Message::parse(text).unwrap(), kind: NoteKind::Note };
    world.app.leads.note(&home.owner.actor, lead, note).await.unwrap();
}

/// A person with something of everything, among others; everything of theirs says `canary`.
async fn anna(world: &World, home: &Home) -> LeadId {
    let sent = Sent {
        name: "=canary-name, Anna; Berg".to_owned(),
        email: "canary@example.com".to_owned(),
        phone: "+33 6 12 34 56 78".to_owned(),
        message: "canary-message\nPlease call.".to_owned(),
        ..Sent::default()
    };
    world.submit(home.form, saying(sent)).await.unwrap();
    let lead = world.lead(home, "canary@example.com").await;
    let person = PersonChange { company: Some("canary-company".to_owned()), ..PersonChange::default() };
    let tags = Some(vec!["canary-tag".to_owned()]);
    let version = world.app.leads.read(&home.owner.actor, lead.id).await.unwrap().version;
    let change = ChangeLead { person, tags, seen: Seen::Version(version) };
    world.app.leads.change(&home.owner.actor, lead.id, change).await.unwrap();
    note(world, home, lead.id, "canary-note of Odile Owner (owner@north.example) about eve@other.example").await;
    let task = WrittenTask { title: "canary-task".to_owned(), ..WrittenTask::default() };
    world.app.tasks.make(&home.owner.actor, lead.id, &task).await.unwrap();
    world.work().await;
    lead.id
}

#[tokio::test]
async fn dsr_13_a_copy_is_a_zip_whose_manifest_is_true() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = anna(&world, &home).await;
    let bytes = world.app.person_copy.of_leads(&home.owner.actor, &[lead]).await.unwrap();
    let files = unpacked(&bytes);
    let manifest = json(&files, "manifest.json");
    assert_eq!(
        (&manifest["schema_version"], &manifest["authoritative"]),
        (&Value::from(1), &Value::from("person.json"))
    );
    let listed = manifest["files"].as_array().unwrap();
    let mut names: Vec<&str> = listed.iter().map(|file| file["name"].as_str().unwrap()).collect();
    names.push("manifest.json");
    names.sort_unstable();
    assert_eq!(names, files.keys().map(String::as_str).collect::<Vec<_>>());
    for name in
        ["person.json", "leads.csv", "submissions.csv", "activities.csv", "tasks.csv", "contact.vcf", "README.txt"]
    {
        assert!(files.contains_key(name), "{name}: {names:?}");
    }
    for file in listed {
        let text = &files[file["name"].as_str().unwrap()];
        let digest = Sha256::digest(text).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        assert_eq!((file["sha256"].as_str().unwrap(), file["bytes"].as_u64()), (&*digest, Some(text.len() as u64)));
    }
    let data = &json(&files, "person.json")["data"];
    let count = |name: &str| listed.iter().find(|file| file["name"] == name).unwrap()["count"].as_u64().unwrap();
    let all: usize = data.as_object().unwrap().values().map(|rows| rows.as_array().unwrap().len()).sum();
    assert_eq!(count("person.json"), all as u64);
    assert_eq!(count("submissions.csv"), data["submissions"].as_array().unwrap().len() as u64);
    let again = world.app.person_copy.of_leads(&home.owner.actor, &[lead]).await.unwrap();
    assert_eq!(unpacked(&again)["contact.vcf"], files["contact.vcf"]);
}

#[tokio::test]
async fn dsr_8_a_copy_holds_all_of_the_person_and_nobody_else() {
    let world = World::new().await;
    let (home, south) = (world.found("North").await, world.found("South").await);
    let (others, theirs) =
        (world.lead(&home, "bob@other.example").await, world.lead(&south, "canary@example.com").await);
    note(&world, &home, others.id, "foreign-note").await;
    note(&world, &south, theirs.id, "foreign-note").await;
    let lead = anna(&world, &home).await;
    let files = unpacked(&world.app.person_copy.of_leads(&home.owner.actor, &[lead]).await.unwrap());
    let person = json(&files, "person.json");
    let keys: Vec<&str> = person["data"].as_object().unwrap().keys().map(String::as_str).collect();
    for part in parts(Subject::Lead) {
        assert!(keys.contains(&part.table), "{}", part.table);
        for row in person["data"][part.table].as_array().unwrap() {
            let gone: Vec<_> = part.columns.iter().filter(|column| row.get(**column).is_none()).collect();
            assert!(gone.is_empty(), "{}: {gone:?}", part.table);
        }
    }
    for canary in ["name", "message", "company", "tag", "note", "task"].map(|what| format!("canary-{what}")) {
        assert!(files["person.json"].contains(&canary), "{canary}");
        assert!(
            files
                .iter()
                .any(|(name, text)| Path::new(name).extension().is_some_and(|kind| kind == "csv")
                    && text.contains(&canary)),
            "{canary}"
        );
    }
    for foreign in ["foreign-note", "bob@other.example", "eve@other.example", "Odile"] {
        let told: Vec<_> = files.iter().filter(|(_, text)| text.contains(foreign)).map(|(name, _)| name).collect();
        assert!(told.is_empty(), "{foreign}: {told:?}");
    }
    assert!(!files["person.json"].contains(&home.owner.user.to_string()), "members are told by role and initials");
    let notes = person["data"]["activities"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "noted");
    let notes: Vec<_> = notes.map(|entry| (entry["by"].as_str().unwrap(), entry["note"].to_string())).collect();
    assert_eq!(notes, [("owner O. O.", "\"canary-note of owner O. O. (owner O. O.) about […]\"".to_owned())]);
    assert!(person["meanings"]["score_rules"].as_object().is_some_and(|rules| !rules.is_empty()), "{person:#}");
    assert!(
        person["data"]["lead_scores"][0]["breakdown"].is_object()
            || person["data"]["lead_scores"][0]["breakdown"].is_array()
    );
    let notice = person["data"]["submissions"][0]["notice"].as_str().unwrap();
    assert!(!notice.is_empty());
    for words in ["CNIL", "36 months after", "36 mois après", "Copie de vos données", "Copy of your data", "North"] {
        assert!(files["README.txt"].contains(words), "{words}");
    }
}

#[tokio::test]
async fn web_9_a_formula_is_guarded_in_tables_and_raw_in_the_document_and_on_the_card() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = anna(&world, &home).await;
    let files = unpacked(&world.app.person_copy.of_leads(&home.owner.actor, &[lead]).await.unwrap());
    assert!(files["leads.csv"].contains("\"'=canary-name, Anna; Berg\""), "{}", files["leads.csv"]);
    assert_eq!(json(&files, "person.json")["data"]["leads"][0]["name"], "=canary-name, Anna; Berg");
    assert!(files["contact.vcf"].contains("\r\nFN:=canary-name\\, Anna\\; Berg\r\n"), "{}", files["contact.vcf"]);
}

#[tokio::test]
async fn log_3_a_copy_is_for_those_who_may_and_stands_in_the_trail_with_its_lead() {
    let world = World::new().await;
    let home = world.found("North").await;
    let lead = world.lead(&home, "anna@example.com").await.id;
    for role in Role::ALL {
        let email = format!("a-{role}@north.example");
        let member = world.join(&home, &email, &[role]).await;
        let outcome = world.app.person_copy.of_leads(&member.actor, &[lead]).await;
        if [Role::Owner, Role::Admin, Role::PrivacyOfficer].contains(&role) {
            assert!(outcome.is_ok(), "{role}: {outcome:?}");
        } else {
            let refused = outcome.unwrap_err();
            assert!(matches!(refused, Error::Forbidden(of) if of.0 == Permission::CopyPerson), "{role}: {refused:?}");
        }
    }
    let nobody = world.app.person_copy.of_leads(&home.owner.actor, &[crate::world::nobody().1]).await;
    assert!(matches!(nobody, Err(Error::NotFound("lead"))), "{nobody:?}");
    let action = Some(Action::Command(Permission::CopyPerson));
    let filter = EntryFilter { action, ..EntryFilter::default() };
    let entries = world.app.audit.list(&home.owner.actor, &filter, None).await.unwrap().entries.items;
    let targets: Vec<_> = entries.iter().map(|entry| (entry.target_kind.as_deref(), entry.target)).collect();
    assert_eq!(targets, [(Some(Target::Lead(lead).kind()), Some(lead.0)); 3]);
}

#[tokio::test]
async fn dsr_8_whoever_has_proven_an_address_gets_what_is_kept_of_it() {
    let world = World::new().await;
    let (home, south) = (world.found("North").await, world.found("South").await);
    let lead = anna(&world, &home).await;
    let visitor = world.app.access.visitor(home.form).await.unwrap().actor.clone();
    let address = Email::parse("CANARY@example.com").unwrap();
    let files = unpacked(&world.app.person_copy.of_address(&visitor, &address).await.unwrap());
    let own = unpacked(&world.app.person_copy.of_leads(&home.owner.actor, &[lead]).await.unwrap());
    assert_eq!(files["submissions.csv"], own["submissions.csv"]);
    let elsewhere = world.app.access.visitor(south.form).await.unwrap().actor.clone();
    let nothing = world.app.person_copy.of_address(&elsewhere, &address).await;
    assert!(matches!(nothing, Err(Error::NotFound("lead"))), "{nothing:?}");
    world.sql("UPDATE submissions SET lead_id = NULL, verdict = 'quarantined'").await;
    world.sql("DELETE FROM activities").await;
    world.sql("DELETE FROM tasks").await;
    world.sql("DELETE FROM leads").await;
    let held_back = unpacked(&world.app.person_copy.of_address(&visitor, &address).await.unwrap());
    assert!(held_back["person.json"].contains("canary-message"), "what became no lead is theirs, too");
}

#[tokio::test]
async fn dsr_8_a_member_gets_what_is_kept_of_them_in_all_their_organizations() {
    let world = World::new().await;
    let (home, south) = (world.found("North").await, world.found("South").await);
    let mika = world.join(&home, "mika@north.example", &[Role::Agent]).await;
    world.make_member(south.id, mika.user, &[Role::Viewer]).await;
    let mika = world.sign_in("mika@north.example").await;
    world.app.leads.read(&mika.actor, world.lead(&home, "anna@example.com").await.id).await.unwrap();
    let files = unpacked(&world.app.person_copy.of_user(&mika).await.unwrap());
    let data = json(&files, "person.json")["data"].clone();
    for part in parts(Subject::User) {
        for row in data[part.table].as_array().unwrap() {
            let gone: Vec<_> = part.columns.iter().filter(|column| row.get(**column).is_none()).collect();
            assert!(gone.is_empty(), "{}: {gone:?}", part.table);
        }
    }
    assert_eq!(data["users"][0]["email"], "mika@north.example");
    assert_eq!(data["memberships"].as_array().unwrap().len(), 2);
    assert!(!data["connection_events"].as_array().unwrap().is_empty());
    assert!(!data["sessions"].as_array().unwrap().is_empty());
    assert!(
        files["contact.vcf"].contains("\r\nFN:Mika Member\r\nEMAIL:mika@north.example\r\n"),
        "{}",
        files["contact.vcf"]
    );
    for foreign in ["owner@north.example", "anna@example.com", "Odile", &home.owner.user.to_string()] {
        assert!(files.values().all(|text| !text.contains(foreign)), "{foreign}");
    }
    let action = Some(Action::Command(Permission::CopyPerson));
    for owner in [&home.owner, &south.owner] {
        let filter = EntryFilter { action, ..EntryFilter::default() };
        let entries = world.app.audit.list(&owner.actor, &filter, None).await.unwrap().entries.items;
        assert_eq!(entries.iter().map(|entry| entry.target).collect::<Vec<_>>(), [Some(mika.user.0)]);
    }
}

#[tokio::test]
async fn a_copy_of_ten_submissions_and_five_hundred_entries_is_whole() {
    let world = World::new().await;
    let home = world.found("North").await;
    for number in 0..10 {
        let mut sent = from("anna@example.com");
        sent.sent.message = format!("Number {number}.");
        world.submit(home.form, sent).await.unwrap();
    }
    let lead = world.lead(&home, "anna@example.com").await.id;
    for entry in 0..500 {
        note(&world, &home, lead, &format!("Note {entry} about eve@other.example.")).await;
    }
    let bytes = world.app.person_copy.of_leads(&home.owner.actor, &[lead]).await.unwrap();
    let data = json(&unpacked(&bytes), "person.json")["data"].clone();
    assert!(data["submissions"].as_array().unwrap().len() >= 10);
    assert!(data["activities"].as_array().unwrap().len() >= 500);
}
