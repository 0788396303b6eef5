//! Leads of one person become one, and two again.

mod by_hand;
mod meanwhile;
mod refused;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use qualify_domain::{
    access::Role,
    activity::What,
    duplicate::Likeness,
    id::LeadId,
    lead::Lead,
    lead_field::LeadField,
    merge::{Choice, Choices, MergeError, MergeField},
    person::PersonChange,
    submission::Sent,
    task::WrittenTask,
    text::Message,
};
use qualify_usecases::{
    AssignLead, Broken, ChangeLead, Error, MergeLeads, Merged, NoteKind, NoteLead, Seen, SeenPair, SignedIn,
};
use serde_json::Value;

use crate::world::{Home, World, from, saying};

const COMPANY: MergeField = MergeField::Known(LeadField::Company);
const EMAIL: MergeField = MergeField::Known(LeadField::Email);

fn into(other: &Lead) -> MergeLeads {
    MergeLeads { other: other.id, choices: Choices::new() }
}

fn seen(survivor: &Lead, other: &Lead) -> SeenPair {
    SeenPair { survivor: survivor.version, other: other.version }
}

async fn now(world: &World, home: &Home, lead: LeadId) -> Lead {
    world.app.leads.read(&home.owner.actor, lead).await.unwrap()
}

async fn merge(world: &World, home: &Home, survivor: LeadId, other: LeadId) -> Merged {
    world.clock.advance(SignedDuration::from_secs(1));
    let (survivor, other) = (now(world, home, survivor).await, now(world, home, other).await);
    let (wish, seen) = (into(&other), seen(&survivor, &other));
    world.app.leads.merge(&home.owner.actor, survivor.id, &wish, seen).await.unwrap()
}

async fn change(world: &World, home: &Home, lead: LeadId, person: PersonChange, tags: &[&str]) -> Lead {
    let version = now(world, home, lead).await.version;
    let tags = (!tags.is_empty()).then(|| tags.iter().map(|tag| (*tag).to_owned()).collect());
    let command = ChangeLead { person, tags, seen: Seen::Version(version) };
    world.app.leads.change(&home.owner.actor, lead, command).await.unwrap();
    now(world, home, lead).await
}

/// Two leads with something of everything that hangs on a lead.
async fn two(world: &World, home: &Home) -> (Lead, Lead) {
    let (anna, twin) = (world.lead(home, "anna@berg.example").await, world.lead(home, "a.berg@berg.example").await);
    let company = |company: &str| PersonChange { company: Some(company.to_owned()), ..PersonChange::default() };
    change(world, home, anna.id, company("Berg & Co"), &["Fair"]).await;
    let person = PersonChange { phone: Some("+33 6 12 34 56 78".to_owned()), ..company("Lindqvist") };
    change(world, home, twin.id, person, &["vip"]).await;
    for lead in [anna.id, twin.id] {
        let note = NoteLead { text: Message::parse("Called.").unwrap(), kind: NoteKind::Call };
        world.app.leads.note(&home.owner.actor, lead, note).await.unwrap();
        let task = WrittenTask { title: "Send the offer".to_owned(), ..WrittenTask::default() };
        world.app.tasks.make(&home.owner.actor, lead, &task).await.unwrap();
    }
    world.work().await;
    (now(world, home, anna.id).await, now(world, home, twin.id).await)
}

/// Every row that is a lead or hangs on one, by the lead, without what grows with each change.
async fn hanging(world: &World) -> BTreeMap<String, Vec<String>> {
    let dump = world.dump().await;
    let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in serde_json::Deserializer::from_str(&dump).into_iter::<Value>() {
        let Value::Object(mut row) = row.unwrap() else { continue };
        let is_lead = row.contains_key("first_touch");
        let lead = row.get(if is_lead { "id" } else { "lead_id" }).and_then(Value::as_str).map(str::to_owned);
        // Merges tell of themselves, and scores are counted anew.
        let is_own = row.contains_key("survivor_id") || row.contains_key("breakdown");
        let is_told = row.get("merge_id").is_some_and(|merge| !merge.is_null());
        let Some(lead) = lead.filter(|_| !is_own && !is_told) else { continue };
        if is_lead {
            for moving in ["version", "last_activity_at"] {
                row.remove(moving).unwrap();
            }
        }
        rows.entry(lead).or_default().push(Value::Object(row).to_string());
    }
    for rows in rows.values_mut() {
        rows.sort();
    }
    rows
}

#[tokio::test]
async fn a_merge_moves_all_that_hangs_on_a_lead_and_its_undoing_brings_every_field_and_child_back() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (anna, twin) = two(&world, &home).await;
    let before = hanging(&world).await;
    let (mine, theirs) = (&before[&anna.id.to_string()], &before[&twin.id.to_string()]);
    assert!(theirs.len() >= 6, "a lead, a submission, entries, a task, a notification: {theirs:?}");

    let merged = merge(&world, &home, anna.id, twin.id).await;
    let after = hanging(&world).await;
    assert!(!after.contains_key(&twin.id.to_string()), "nothing is left behind");
    assert_eq!(after[&anna.id.to_string()].len(), mine.len() + theirs.len() - 1, "one lead less");
    let file = world.app.leads.open(&home.owner.actor, anna.id).await.unwrap();
    assert_eq!((file.submissions.len(), file.tasks.len()), (2, 2));
    assert!(matches!(file.activities[0].what, What::Merged(id) if id == merged.merge.id));
    assert_eq!(file.lead.version, merged.lead.version);
    assert_eq!(file.lead.email, anna.email);
    assert_eq!(file.lead.company.as_deref(), Some("Berg & Co"), "the survivor's stays");
    assert_eq!(file.lead.phone, twin.phone, "what was unknown is known now");
    assert_eq!(file.lead.tags.len(), 2, "tags are put together");

    let back = world.app.leads.undo_merge(&home.owner.actor, merged.merge.id).await.unwrap();
    assert_eq!(back.kept, []);
    assert_eq!(hanging(&world).await, before, "every column of every row is as it was");
    assert_eq!(now(&world, &home, twin.id).await.version, back.merged.version);
    let file = world.app.leads.open(&home.owner.actor, anna.id).await.unwrap();
    assert!(matches!(file.activities[0].what, What::Separated(id) if id == merged.merge.id));
    let twice = world.app.leads.undo_merge(&home.owner.actor, merged.merge.id).await.unwrap_err();
    assert!(matches!(twice, Error::Rule(Broken::Merge(MergeError::Undone))), "{twice:?}");
    assert_eq!(world.rows("SELECT count(*) FROM lead_aliases").await, 0);
}

#[tokio::test]
async fn what_comes_after_a_merge_stays_with_the_survivor_when_it_is_undone() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (anna, twin) = two(&world, &home).await;
    let merged = merge(&world, &home, anna.id, twin.id).await;
    let note = NoteLead { text: Message::parse("Since then.").unwrap(), kind: NoteKind::Note };
    world.app.leads.note(&home.owner.actor, anna.id, note).await.unwrap();
    let phone = PersonChange { phone: Some("+33 6 99 99 99 99".to_owned()), ..PersonChange::default() };
    change(&world, &home, anna.id, phone, &["Fair", "Later", "vip"]).await;
    let back = world.app.leads.undo_merge(&home.owner.actor, merged.merge.id).await.unwrap();
    assert_eq!(back.kept, [MergeField::Known(LeadField::Phone)], "it was changed since");
    assert_eq!(back.restored, [MergeField::Known(LeadField::Tags)]);
    let file = world.app.leads.open(&home.owner.actor, anna.id).await.unwrap();
    assert_eq!(file.lead.phone.as_ref().and_then(|phone| phone.e164()), Some("+33699999999"));
    assert_eq!(file.lead.tags.iter().map(|tag| &**tag).collect::<Vec<_>>(), ["Fair", "Later"]);
    let noted = |what: &What| what.words().is_some_and(|words| &**words == "Since then.");
    assert!(file.activities.iter().any(|entry| noted(&entry.what)));
    let twin = world.app.leads.open(&home.owner.actor, twin.id).await.unwrap();
    assert!(!twin.activities.iter().any(|entry| noted(&entry.what)));
    assert_eq!((twin.submissions.len(), twin.tasks.len()), (1, 1));
}

#[tokio::test]
async fn what_is_chosen_is_taken_and_what_cannot_be_is_told_before_anything_changes() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (anna, twin) = two(&world, &home).await;
    let choices = Choices::from([(COMPANY, Choice::Other), (EMAIL, Choice::Other)]);
    let wish = MergeLeads { other: twin.id, choices };
    let preview = world.app.leads.preview_merge(&home.owner.actor, anna.id, &wish).await.unwrap();
    assert_eq!(preview.plan.lead.company, twin.company);
    assert_eq!((preview.moves.submissions, preview.moves.tasks), (1, 1));
    assert!(preview.faults.is_empty());
    assert_eq!(now(&world, &home, twin.id).await, twin, "a preview changes nothing");
    assert_eq!(world.rows("SELECT count(*) FROM merges").await, 0);

    let wrong = MergeLeads { other: twin.id, choices: Choices::from([(MergeField::Owner, Choice::Union)]) };
    let assigned = AssignLead { owner: Some(home.owner.user), version: twin.version };
    world.app.leads.assign(&home.owner.actor, twin.id, assigned).await.unwrap();
    let twin = now(&world, &home, twin.id).await;
    let refused = world.app.leads.merge(&home.owner.actor, anna.id, &wrong, seen(&anna, &twin)).await.unwrap_err();
    assert!(matches!(refused, Error::Invalid(_)), "{refused:?}");
    assert_eq!(now(&world, &home, twin.id).await, twin);

    world.app.leads.merge(&home.owner.actor, anna.id, &wish, seen(&anna, &twin)).await.unwrap();
    let survivor = now(&world, &home, anna.id).await;
    assert_eq!((survivor.company, survivor.email), (twin.company, twin.email));
    assert_eq!(survivor.owner, Some(home.owner.user), "nobody's lead becomes somebody's");
}

#[tokio::test]
async fn the_old_id_leads_to_the_survivor_whatever_is_asked_of_it() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (anna, twin) = two(&world, &home).await;
    merge(&world, &home, anna.id, twin.id).await;
    let (leads, owner) = (&world.app.leads, &home.owner.actor);
    let note = || NoteLead { text: Message::parse("Late.").unwrap(), kind: NoteKind::Note };
    let assigned = AssignLead { owner: None, version: twin.version };
    let task = WrittenTask { title: "Call".to_owned(), ..WrittenTask::default() };
    let answers = [
        leads.read(owner, twin.id).await.err(),
        leads.open(owner, twin.id).await.err(),
        leads.duplicates(owner, twin.id).await.err(),
        leads.note(owner, twin.id, note()).await.err(),
        leads.assign(owner, twin.id, assigned).await.err(),
        world.app.tasks.make(owner, twin.id, &task).await.err(),
        leads.merge(owner, twin.id, &into(&anna), seen(&twin, &anna)).await.err(),
    ];
    for answer in answers {
        assert!(matches!(answer, Some(Error::Merged(holder)) if holder == anna.id), "{answer:?}");
    }
    let south = world.found("South").await;
    let foreign = leads.read(&south.owner.actor, twin.id).await.unwrap_err();
    assert!(matches!(foreign, Error::NotFound("lead")), "another organization's old id is nothing: {foreign:?}");
}

#[tokio::test]
async fn what_a_person_writes_with_an_address_of_the_lead_that_went_goes_to_the_survivor() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (anna, twin) = two(&world, &home).await;
    merge(&world, &home, anna.id, twin.id).await;
    // What is sent twice within a minute is one submission.
    world.clock.advance(SignedDuration::from_mins(2));
    world.submit(home.form, from("A.Berg@berg.example")).await.unwrap();
    world.work().await;
    let by_phone = Sent { email: "new@berg.example".to_owned(), phone: "+33612345678".to_owned(), ..Sent::default() };
    world.submit(home.form, saying(by_phone)).await.unwrap();
    world.work().await;
    assert_eq!(world.leads(&home).await.len(), 1, "nobody new was opened");
    let file = world.app.leads.open(&home.owner.actor, anna.id).await.unwrap();
    assert_eq!(file.submissions.len(), 4);
    assert_eq!(file.lead.email, anna.email, "the address that was chosen stays");
}

#[tokio::test]
async fn news_of_a_lead_that_was_merged_before_it_was_told_is_told_of_the_survivor() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mika = world.join(&home, "mika@north.example", &[Role::Admin]).await;
    let (anna, twin) = two(&world, &home).await;
    let assigned = AssignLead { owner: Some(mika.user), version: twin.version };
    world.app.leads.assign(&home.owner.actor, twin.id, assigned).await.unwrap();
    merge(&world, &home, anna.id, twin.id).await;
    world.work().await;
    assert_eq!(world.waiting().await, 0, "nothing failed");
    let told = world.app.notifications.list(&mika.actor, None).await.unwrap().notifications.items;
    assert!(told.iter().all(|row| row.notification.lead == Some(anna.id)), "{told:?}");
    assert!(told.len() >= 3, "the two leads, and that it is theirs: {}", told.len());
}

#[tokio::test]
async fn merges_in_a_row_are_undone_from_the_last_to_the_first() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (anna, twin) = two(&world, &home).await;
    let third = world.lead(&home, "third@berg.example").await;
    let before = hanging(&world).await;
    let first = merge(&world, &home, anna.id, twin.id).await;
    let second = merge(&world, &home, third.id, anna.id).await;
    let old = world.app.leads.read(&home.owner.actor, twin.id).await.unwrap_err();
    assert!(matches!(old, Error::Merged(holder) if holder == third.id), "both old ids lead to the last: {old:?}");
    world.clock.advance(SignedDuration::from_mins(2));
    world.submit(home.form, from("a.berg@berg.example")).await.unwrap();
    world.work().await;
    assert_eq!(world.leads(&home).await.len(), 1);
    let early = world.app.leads.undo_merge(&home.owner.actor, first.merge.id).await.unwrap_err();
    assert!(matches!(early, Error::Rule(Broken::Merge(MergeError::Later))), "{early:?}");
    for merge in [second, first] {
        world.app.leads.undo_merge(&home.owner.actor, merge.merge.id).await.unwrap();
    }
    let after = hanging(&world).await;
    for lead in [anna.id, twin.id] {
        assert_eq!(after[&lead.to_string()], before[&lead.to_string()]);
    }
    let stayed = world.app.leads.open(&home.owner.actor, third.id).await.unwrap();
    assert_eq!(stayed.submissions.len(), 2, "what came later stays with the survivor");
}

#[tokio::test]
async fn thirty_days_later_nothing_can_be_undone_and_nothing_of_the_lead_is_kept_but_where_it_went() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (anna, twin) = two(&world, &home).await;
    let merged = merge(&world, &home, anna.id, twin.id).await;
    world.clock.advance(SignedDuration::from_hours(30 * 24));
    let home = Home { owner: world.sign_in("owner@north.example").await, ..home };
    let late = world.app.leads.undo_merge(&home.owner.actor, merged.merge.id).await.unwrap_err();
    assert!(matches!(late, Error::Rule(Broken::Merge(MergeError::Over))), "{late:?}");
    let kept = "SELECT count(*) FROM merges WHERE merged_before IS NOT NULL OR survivor_before IS NOT NULL
        OR survivor_after IS NOT NULL OR cardinality(activities || submissions || tasks || notifications) > 0";
    assert_eq!(world.rows(kept).await, 1);
    world.sweep().await;
    assert_eq!(world.rows(kept).await, 0);
    let old = world.app.leads.read(&home.owner.actor, twin.id).await.unwrap_err();
    assert!(matches!(old, Error::Merged(holder) if holder == anna.id), "{old:?}");
    let file = world.app.leads.open(&home.owner.actor, anna.id).await.unwrap();
    assert!(matches!(file.activities[0].what, What::Merged(_)), "the timeline still tells of it");
}

#[tokio::test]
async fn possible_duplicates_are_shown_as_far_as_one_may_see_and_never_merged_by_themselves() {
    let world = World::new().await;
    let home = world.found("North").await;
    let mika = world.join(&home, "mika@north.example", &[Role::Agent]).await;
    let named = |name: &str, email: &str| Sent { name: name.to_owned(), email: email.to_owned(), ..Sent::default() };
    for (name, email) in [("Anna Berg", "anna@berg.example"), ("ANNA BERG", "ab@berg.example"), ("Otto", "o@x.example")]
    {
        world.submit(home.form, saying(named(name, email))).await.unwrap();
        world.work().await;
    }
    let rows = world.leads(&home).await;
    assert_eq!(rows.len(), 3, "the same name at the same domain opens a lead of its own");
    let of = |email: &str| rows.iter().find(|row| row.email.as_deref() == Some(email)).unwrap().id;
    let (anna, twin, otto) = (of("anna@berg.example"), of("ab@berg.example"), of("o@x.example"));
    let alike = async |who: &SignedIn, lead: LeadId| -> Vec<(LeadId, Vec<Likeness>)> {
        let found = world.app.leads.duplicates(&who.actor, lead).await.unwrap();
        found.into_iter().map(|duplicate| (duplicate.lead.id, duplicate.likeness)).collect()
    };
    assert_eq!(alike(&home.owner, anna).await, [(twin, vec![Likeness::Name])]);
    assert_eq!(alike(&home.owner, otto).await, []);
    let number = || PersonChange { phone: Some("+33 6 12 34 56 78".to_owned()), ..PersonChange::default() };
    change(&world, &home, otto, number(), &[]).await;
    change(&world, &home, anna, number(), &[]).await;
    let expected = [(otto, vec![Likeness::Phone]), (twin, vec![Likeness::Name])];
    assert_eq!(alike(&home.owner, anna).await, expected, "the same person first");

    assert_eq!(alike(&mika, anna).await.len(), 2, "nobody's leads are within an agent's reach");
    world.give(&home, twin, home.owner.user).await;
    assert_eq!(alike(&mika, anna).await, [(otto, vec![Likeness::Phone])], "and others' are not");
    let (survivor, other) = (now(&world, &home, anna).await, now(&world, &home, twin).await);
    let beyond = world.app.leads.merge(&mika.actor, anna, &into(&other), seen(&survivor, &other)).await.unwrap_err();
    assert!(matches!(beyond, Error::Rule(Broken::Merge(MergeError::Unknown))), "{beyond:?}");
}

#[tokio::test]
async fn log_3_a_merge_and_its_undoing_stand_in_the_trail_without_a_word_of_the_person() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (anna, twin) = two(&world, &home).await;
    let merged = merge(&world, &home, anna.id, twin.id).await;
    world.app.leads.undo_merge(&home.owner.actor, merged.merge.id).await.unwrap();
    let told = "SELECT count(*) FROM audit_entries AS a WHERE a::text LIKE '%merged_into:%'";
    assert_eq!(world.rows(told).await, 2);
    let words = "SELECT count(*) FROM audit_entries AS a WHERE a::text LIKE '%berg%' OR a::text LIKE '%Lindqvist%'";
    assert_eq!(world.rows(words).await, 0);
}
