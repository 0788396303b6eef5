//! People taken over from files: explained, tried, done, undone.

mod clearing;
mod undoing;

use std::fmt::Write;

use futures::TryStreamExt;
use jiff::SignedDuration;
use qualify_domain::{
    access::{Permission, Role},
    activity::What,
    csv::Reader,
    form::LegalBasis,
    id::ImportId,
    import::{Delimiter, Encoding, FileFault, ImportError, ImportField, ImportMode, ImportSettings, ImportState},
    job::{JobFault, JobState, Report},
    lead::{Lead, Source},
    lead_field::LeadField,
};
use qualify_usecases::{Broken, Error, ImportFile, ImportLimits, NewImport, SignedIn};

use crate::world::{Home, World};

const FEW: ImportLimits = ImportLimits { rows: 10, columns: 5 };

async fn upload(world: &World, member: &SignedIn, text: &str) -> ImportId {
    let name = NewImport::named("people.csv".parse().unwrap());
    world.app.imports.upload(&member.actor, name, text.into(), ImportLimits::default()).await.unwrap()
}

async fn open(world: &World, member: &SignedIn, id: ImportId) -> ImportFile {
    world.app.imports.open(&member.actor, id).await.unwrap()
}

/// Says what is missing before it can begin, and what else a test wants.
async fn settle(world: &World, member: &SignedIn, id: ImportId, say: impl FnOnce(&mut ImportSettings)) {
    let import = open(world, member, id).await.import;
    let mut settings = import.settings.clone();
    settings.legal_basis = Some(LegalBasis::Consent);
    settings.source = Some("Fair in Lyon".parse().unwrap());
    say(&mut settings);
    world.app.imports.settle(&member.actor, id, import.version, settings).await.unwrap();
}

fn counts(report: &Report) -> Vec<(String, u64)> {
    report.iter().map(|(outcome, times)| (outcome.to_owned(), times)).collect()
}

fn expected(outcomes: &[(&str, u64)]) -> Vec<(String, u64)> {
    outcomes.iter().map(|(outcome, times)| ((*outcome).to_owned(), *times)).collect()
}

/// Tries it, does it, and tells what came of it: the same.
async fn done(world: &World, member: &SignedIn, id: ImportId) -> Vec<(String, u64)> {
    let tried = counts(&world.app.imports.try_out(&member.actor, id).await.unwrap());
    world.app.imports.begin(&member.actor, id).await.unwrap();
    world.work().await;
    let file = open(world, member, id).await;
    assert_eq!(file.import.state, ImportState::Done);
    let done = counts(&file.job.unwrap().report);
    assert_eq!(done, tried, "what was tried is what happened");
    done
}

async fn import(world: &World, member: &SignedIn, text: &str) -> (ImportId, Vec<(String, u64)>) {
    let id = upload(world, member, text).await;
    settle(world, member, id, |_| ()).await;
    (id, done(world, member, id).await)
}

async fn undo(world: &World, member: &SignedIn, id: ImportId) -> Vec<(String, u64)> {
    world.app.imports.undo(&member.actor, id).await.unwrap();
    world.work().await;
    let file = open(world, member, id).await;
    assert_eq!(file.import.state, ImportState::Undone);
    counts(&file.job.unwrap().report)
}

async fn leads(world: &World, home: &Home) -> Vec<Lead> {
    let mut leads = Vec::new();
    for row in world.leads(home).await {
        leads.push(world.app.leads.read(&home.owner.actor, row.id).await.unwrap());
    }
    leads.sort_by_key(|lead| lead.email.as_deref().unwrap_or_default().to_owned());
    leads
}

const PEOPLE: &str = "Full name;E-mail;Phone;Stage;Created;Notes\n\
    Anna Berg;anna@example.com;+33 6 12 34 56 78;Qualified;2026-01-31;Met at the fair\n\
    Bert;bert@example.com;;;;\n\
    Anna B.;ANNA@example.com;;;;\n\
    Nobody;;;;;\n\
    Carl;carl example.com;12;Nowhere;31/01/2026;\n\
    \"Dora;dora@example.com;;;;\n\
    Emil;emil@example.com;;;;;more\n";

#[tokio::test]
async fn rows_become_leads_each_for_itself_and_what_is_wrong_is_told_row_by_row() {
    let world = World::new().await;
    let home = world.found("North").await;
    let known_before = world.lead(&home, "bert@example.com").await;
    let (id, outcome) = import(&world, &home.owner, PEOPLE).await;
    assert_eq!(outcome, expected(&[("changed", 2), ("created", 1), ("faulty", 4)]));
    let all = leads(&world, &home).await;
    assert_eq!(all.len(), 2);
    let anna = &all[0];
    assert_eq!(anna.name.as_deref(), Some("Anna B."), "two rows of one person are one person, the later one counts");
    assert_eq!(anna.phone.as_ref().and_then(|phone| phone.e164()), Some("+33612345678"));
    assert_eq!((anna.source, anna.legal_basis), (Source::Import(id), LegalBasis::Consent));
    assert_eq!(anna.created_at.to_string(), "2026-01-31T00:00:00Z");
    let file = world.app.leads.open(&home.owner.actor, anna.id).await.unwrap();
    let stage = file.pipelines.stage(anna.stage).unwrap();
    assert_eq!(&*stage.name, "Qualified");
    assert_eq!(file.activities.len(), 2, "made, and the note");
    assert_eq!((all[1].id, all[1].name.as_deref()), (known_before.id, Some("Bert")));
    assert_eq!(all[1].source, Source::Form, "who was known came from where they came");
    let problems = world.app.imports.problems(&home.owner.actor, id).await.unwrap();
    assert_eq!(problems.header.len(), 6);
    let rows: Vec<_> = problems.parts.try_concat().await.unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|(cells, problem)| {
            let faults = problem.faults.iter().map(|fault| format!("{}:{}", fault.column, fault.rule));
            (problem.line, cells[0].as_str(), faults.collect::<Vec<_>>().join(" "))
        })
        .collect();
    let expected = [
        (5, "Nobody", "2:one-of-required"),
        (6, "Carl", "2:not-an-email 3:not-a-phone 4:unknown-stage 5:not-a-day-iso"),
        (7, "\"Dora", "0:unclosed-quote"),
        (8, "Emil", "0:more-cells"),
    ];
    assert_eq!(told, expected.map(|(line, cell, faults)| (line, cell, faults.to_owned())));
    assert_eq!(world.waiting().await, 0, "nobody is mailed of what they imported themselves");
}

#[tokio::test]
async fn the_same_file_again_makes_nobody_and_changes_nothing() {
    let world = World::new().await;
    let home = world.found("North").await;
    let file = "name,email\nAnna,anna@example.com\nBert,bert@example.com\n";
    assert_eq!(import(&world, &home.owner, file).await.1, expected(&[("created", 2)]));
    let before = leads(&world, &home).await;
    assert_eq!(import(&world, &home.owner, file).await.1, expected(&[("unchanged", 2)]));
    let after = leads(&world, &home).await;
    assert_eq!(
        before.iter().map(|lead| lead.version).collect::<Vec<_>>(),
        after.iter().map(|lead| lead.version).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_mode_says_what_happens_to_whom() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.lead(&home, "anna@example.com").await;
    let file = "name,email\nAnna,anna@example.com\nBert,bert@example.com\n";
    for (mode, outcome, left_out) in [
        (ImportMode::Update, [("changed", 1), ("skipped_not_there", 1)], (3, "not-there")),
        (ImportMode::Create, [("created", 1), ("skipped_already_there", 1)], (2, "already-there")),
    ] {
        let id = upload(&world, &home.owner, file).await;
        settle(&world, &home.owner, id, |settings| settings.mode = mode).await;
        assert_eq!(done(&world, &home.owner, id).await, expected(&outcome), "{mode:?}");
        let problems = world.app.imports.problems(&home.owner.actor, id).await.unwrap();
        let rows: Vec<_> = problems.parts.try_concat().await.unwrap();
        let told: Vec<_> = rows.iter().map(|(_, row)| (row.line, row.faults[0].rule.as_str())).collect();
        assert_eq!(told, [left_out], "what is left out can be fetched, and says why");
    }
}

#[tokio::test]
async fn an_owner_is_found_by_a_name_of_their_own_and_who_was_given_up_has_a_reason() {
    let world = World::new().await;
    let home = world.found("North").await;
    let text = "email,owner,stage,reason\n\
        a@example.com,odile OWNER,Not a fit,No budget\n\
        b@example.com,owner@north.example,,No budget\n\
        c@example.com,Nobody,Not a fit,\n";
    let (id, outcome) = import(&world, &home.owner, text).await;
    assert_eq!(outcome, expected(&[("created", 2), ("faulty", 1)]));
    let all = leads(&world, &home).await;
    assert_eq!(all.iter().map(|lead| lead.owner).collect::<Vec<_>>(), [Some(home.owner.user); 2]);
    let reasons = world.app.leads.reasons(&home.owner.actor).await.unwrap();
    let no_budget = reasons.iter().find(|reason| &*reason.name == "No budget").map(|reason| reason.id);
    assert_eq!((all[0].reason, all[1].reason), (no_budget, None), "where a lead is not given up there is no reason");
    let problems = world.app.imports.problems(&home.owner.actor, id).await.unwrap();
    let rows: Vec<_> = problems.parts.try_concat().await.unwrap();
    let faults: Vec<_> = rows[0].1.faults.iter().map(|fault| (fault.column, fault.rule.as_str())).collect();
    assert_eq!(faults, [(2, "unknown-member"), (4, "reason-needed")]);
    let of = world.app.leads.open(&home.owner.actor, all[0].id).await.unwrap();
    assert_eq!(&*of.pipelines.stage(all[0].stage).unwrap().name, "Not a fit");
    for (email, outcome) in [("mika@north.example", "created"), ("twin@north.example", "faulty")] {
        world.join(&home, email, &[Role::Agent]).await;
        let (_, done) = import(&world, &home.owner, &format!("email,owner\n{email},Mika Member\n")).await;
        assert_eq!(done, expected(&[(outcome, 1)]), "a name that two bear is nobody's");
    }
}

#[tokio::test]
async fn one_bad_row_stops_all_only_where_that_was_chosen() {
    let world = World::new().await;
    let home = world.found("North").await;
    let id = upload(&world, &home.owner, PEOPLE).await;
    settle(&world, &home.owner, id, |settings| settings.all_or_nothing = true).await;
    let job = world.app.imports.begin(&home.owner.actor, id).await.unwrap();
    world.work().await;
    let job = world.app.jobs.find(&home.owner.actor, job).await.unwrap();
    assert_eq!((job.state, job.fault), (JobState::Failed, Some(JobFault::Refused)));
    assert_eq!(counts(&job.report), expected(&[("faulty", 4)]));
    assert!(leads(&world, &home).await.is_empty());
    let rows: Vec<_> =
        world.app.imports.problems(&home.owner.actor, id).await.unwrap().parts.try_concat().await.unwrap();
    assert_eq!(rows.len(), 4, "they can be mended");
    let file = open(&world, &home.owner, id).await;
    assert_eq!((file.import.state, file.import.undo_until()), (ImportState::Done, None), "there is nothing to undo");
}

#[tokio::test]
async fn company_and_tags_are_taken_over_told_and_brought_back() {
    let world = World::new().await;
    let home = world.found("North").await;
    import(&world, &home.owner, "email,company,tags\nanna@example.com,Berg,fair\n").await;
    let (id, outcome) =
        import(&world, &home.owner, "email,company,tags\nanna@example.com,Berg & Co,\"hot, Fair\"\n").await;
    assert_eq!(outcome, expected(&[("changed", 1)]));
    let words = |lead: &Lead| {
        let tags = lead.tags.iter().map(ToString::to_string).collect::<Vec<_>>();
        (lead.company.as_deref().map(str::to_owned), tags)
    };
    let anna = leads(&world, &home).await.remove(0);
    assert_eq!(words(&anna), (Some("Berg & Co".to_owned()), vec!["fair".to_owned(), "hot".to_owned()]));
    let file = world.app.leads.open(&home.owner.actor, anna.id).await.unwrap();
    assert_eq!(file.activities[0].what, What::Changed(vec![LeadField::Company, LeadField::Tags]));
    assert_eq!(undo(&world, &home.owner, id).await, expected(&[("restored", 1)]));
    let anna = leads(&world, &home).await.remove(0);
    assert_eq!(words(&anna), (Some("Berg".to_owned()), vec!["fair".to_owned()]));
}

#[tokio::test]
async fn nothing_is_imported_without_its_ground_its_source_and_a_way_to_know_people() {
    let world = World::new().await;
    let home = world.found("North").await;
    let id = upload(&world, &home.owner, "colour,size\nred,large\n").await;
    let Err(Error::Invalid(faults)) = world.app.imports.begin(&home.owner.actor, id).await else {
        unreachable!("it lacks everything")
    };
    let fields: Vec<_> = faults.iter().map(|fault| fault.field.to_string()).collect();
    assert_eq!(fields, ["legal_basis", "source", "columns"]);
    settle(&world, &home.owner, id, |settings| settings.columns = vec![Some(ImportField::Email)]).await;
    world.app.imports.begin(&home.owner.actor, id).await.unwrap();
    assert!(
        matches!(
            world.app.imports.begin(&home.owner.actor, id).await,
            Err(Error::Rule(Broken::Import(ImportError::Begun)))
        ),
        "once"
    );
}

#[tokio::test]
async fn a_file_is_announced_as_what_it_was_taken_for_and_can_be_read_otherwise() {
    let world = World::new().await;
    let home = world.found("North").await;
    let text = "Pr\u{e9}nom;Courriel\nZo\u{e9};zoe@example.com\n";
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let name = || NewImport::named("people.csv".parse().unwrap());
    let id = world.app.imports.upload(&home.owner.actor, name(), latin, ImportLimits::default()).await.unwrap();
    let file = open(&world, &home.owner, id).await;
    assert_eq!(file.import.settings.encoding, Encoding::Windows1252);
    assert_eq!(file.header, ["Pr\u{e9}nom", "Courriel"]);
    assert_eq!(file.preview[0].row.as_ref().unwrap().name.over(None).as_deref(), Some("Zo\u{e9}"));
    settle(&world, &home.owner, id, |settings| settings.encoding = Encoding::Utf8).await;
    let file = open(&world, &home.owner, id).await;
    assert!(file.has_broken_signs);
    settle(&world, &home.owner, id, |settings| settings.encoding = Encoding::Windows1252).await;
    assert_eq!(done(&world, &home.owner, id).await, expected(&[("created", 1)]));
    for (bytes, fault) in [
        (&b""[..], FileFault::Empty),
        (b"name,email\n", FileFault::Empty),
        (b"PK\x03\x04xl/workbook.xml", FileFault::Spreadsheet),
        ("a,b\n".repeat(12).as_bytes(), FileFault::TooManyRows(10)),
        ("a,".repeat(300).as_bytes(), FileFault::TooManyColumns(5)),
    ] {
        let refused = world.app.imports.upload(&home.owner.actor, name(), bytes.to_vec(), FEW).await;
        assert!(matches!(refused, Err(Error::Rule(Broken::File(found))) if found == fault), "{fault}: {refused:?}");
    }
}

#[tokio::test]
async fn rls_13_imports_reach_as_far_as_whoever_does_them() {
    let world = World::new().await;
    let (home, south) = (world.found("North").await, world.found("South").await);
    let mia = world.join(&home, "mia@north.example", &[Role::Manager]).await;
    let refused = world.app.imports.list(&mia.actor).await;
    assert!(matches!(refused, Err(Error::Forbidden(missing)) if missing.0 == Permission::ImportLeads));
    world.app.members.grant(&home.owner.actor, mia.user, &[Permission::ImportLeads]).await.unwrap();
    let team = world.app.members.make_team(&home.owner.actor, "Field".parse().unwrap()).await.unwrap();
    world.app.members.fill_team(&home.owner.actor, team, mia.user, true).await.unwrap();
    let mia = world.sign_in("mia@north.example").await;
    let beyond = world.lead(&home, "beyond@example.com").await;
    world.give(&home, beyond.id, home.owner.user).await;
    let text = "name,email,owner\nNew,beyond@example.com,mia@north.example\nX,x@example.com,owner@north.example\n";
    let (id, outcome) = import(&world, &mia, text).await;
    assert_eq!(outcome, expected(&[("created", 1), ("faulty", 1)]), "a lead beyond reach is not there, nor its owner");
    assert_eq!(world.app.leads.read(&home.owner.actor, beyond.id).await.unwrap().name, None);
    assert!(open(&world, &home.owner, id).await.job.is_none(), "a job is its asker's");
    let theirs = upload(&world, &home.owner, "email\na@example.com\n").await;
    assert!(matches!(world.app.imports.open(&mia.actor, theirs).await, Err(Error::NotFound("import"))));
    assert!(matches!(world.app.imports.open(&south.owner.actor, id).await, Err(Error::NotFound("import"))));
    assert_eq!(world.app.imports.list(&mia.actor).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_large_file_is_taken_over_in_parts_also_when_the_worker_dies() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mut text = "name,email\n".to_owned();
    for n in 0..6_000 {
        writeln!(text, "Person {n},person{n}@example.com").unwrap();
    }
    let id = upload(&world, &home.owner, &text).await;
    assert!(Reader::new(&text, ',').count() > 6_000);
    settle(&world, &home.owner, id, |_| ()).await;
    world.app.imports.begin(&home.owner.actor, id).await.unwrap();
    let dying = world.worker(crate::world::MockMailer::new());
    let stop = tokio_util::sync::CancellationToken::new();
    let death = tokio::time::timeout(std::time::Duration::from_millis(250), dying.drain(&stop)).await;
    assert!(death.is_err(), "it was too quick to be caught");
    world.clock.advance(SignedDuration::from_secs(16));
    world.work().await;
    assert_eq!(world.rows("SELECT count(*) FROM leads").await, 6_000);
    assert_eq!(world.rows("SELECT count(DISTINCT email_norm) FROM leads").await, 6_000);
    assert_eq!(world.rows("SELECT count(*) FROM activities WHERE kind = 'created'").await, 6_000);
    assert_eq!(undo(&world, &home.owner, id).await, expected(&[("removed", 6_000)]));
    assert_eq!(world.rows("SELECT count(*) FROM leads").await, 0);
    assert_eq!(world.rows("SELECT count(*) FROM activities").await, 0);
}

#[tokio::test]
async fn people_are_the_same_in_whichever_letters_they_are_written() {
    let world = World::new().await;
    let text = "Name;E-mail\nZo\u{e9} L\u{e9}ger;zoe@example.com\n";
    let utf16 = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(order).collect()
    };
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let with_mark = format!("\u{feff}{text}").into_bytes();
    for (place, bytes) in [text.as_bytes().to_vec(), with_mark, latin, utf16(u16::to_le_bytes), utf16(u16::to_be_bytes)]
        .into_iter()
        .enumerate()
    {
        let home = world.found(&format!("North{place}")).await;
        let new = NewImport::named("people.csv".parse().unwrap());
        let id = world.app.imports.upload(&home.owner.actor, new, bytes, ImportLimits::default()).await.unwrap();
        settle(&world, &home.owner, id, |_| ()).await;
        assert_eq!(done(&world, &home.owner, id).await, expected(&[("created", 1)]));
        assert_eq!(leads(&world, &home).await[0].name.as_deref(), Some("Zo\u{e9} L\u{e9}ger"), "{place}");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_not_kept_and_another_reading_has_the_same_limits() {
    let world = World::new().await;
    let home = world.found("North").await;
    let new = NewImport::named("people.csv".parse().unwrap());
    let bytes = b"Name,E-mail\nZo\xe9,zoe@example.com\nAnna,anna@example.com\n";
    let id = world.app.imports.upload(&home.owner.actor, new, bytes.to_vec(), ImportLimits::default()).await.unwrap();
    settle(&world, &home.owner, id, |settings| settings.encoding = Encoding::Utf8).await;
    assert_eq!(done(&world, &home.owner, id).await, expected(&[("created", 1), ("faulty", 1)]));
    let text = format!("Name,E-mail\nAnna,anna@example.com\n{}", ";x".repeat(200));
    let id = upload(&world, &home.owner, &text).await;
    let import = open(&world, &home.owner, id).await.import;
    let settings = ImportSettings { has_header: false, delimiter: Delimiter::Semicolon, ..import.settings };
    let refused = world.app.imports.settle(&home.owner.actor, id, import.version, settings.clone()).await;
    assert!(matches!(refused, Err(Error::Rule(Broken::File(FileFault::TooManyColumns(100))))), "{refused:?}");
    let twice = ImportSettings { delimiter: Delimiter::Comma, has_header: true, ..settings };
    let twice = ImportSettings { columns: vec![Some(ImportField::Email); 2], ..twice };
    let refused = world.app.imports.settle(&home.owner.actor, id, import.version, twice).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
}
