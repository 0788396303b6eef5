//! Two leads of one person, on the pages as a browser without scripts gets them, and in the API.

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::SignedDuration;
use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{Answer, House, Organization, ProgramClient};
use serde_json::{Value, json};

use crate::{
    api_calls::{errors, make},
    census::capture,
};

/// An organization with two leads of Anna, whose addresses differ; the older first.
async fn furnished(house: &House) -> (Organization, [String; 2]) {
    let mut north = house.found("North").await;
    for (email, message) in [("anna@berg.example", "A big oven"), ("a.berg@berg.example", "An oven, too")] {
        capture(house, &north.public_id, &json!({ "name": "Anna Berg", "email": email, "message": message })).await;
        house.settle().await;
        house.clock.advance(SignedDuration::from_hours(1));
    }
    let rows = north.wait_for_leads(2).await;
    let ids = [rows[1].id.clone(), rows[0].id.clone()];
    (north, ids)
}

/// The fields of the form that merges, as they stand on the page: what is chosen, and what is hidden.
fn fields(page: &Answer) -> Vec<(String, String)> {
    let text = page.text();
    let (_, form) = text.split_once("<form class=\"stack merge\"").unwrap();
    let form = form.split("</form>").next().unwrap();
    let attribute = |tag: &str, name: &str| {
        let (_, after) = tag.split_once(&format!("{name}=\""))?;
        after.split_once('"').map(|(value, _)| value.to_owned())
    };
    let inputs = form.split("<input").skip(1).map(|tag| tag.split('>').next().unwrap());
    let sent = inputs.filter(|tag| tag.contains("hidden") || tag.contains("checked"));
    sent.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?))).collect()
}

fn with<'a>(fields: &'a [(String, String)], field: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, was)| (name.as_str(), if name == field { value } else { was.as_str() })).collect()
}

/// A lead without its score, which comes by itself at any time, and without its consents, which only its own address tells.
fn unscored(lead: &Value) -> Value {
    let mut lead = lead.clone();
    for apart in ["score", "consents"] {
        lead.as_object_mut().unwrap().remove(apart);
    }
    lead
}

/// A merge of two leads that the program made, and which stays and which goes.
pub(crate) async fn merge(program: &ProgramClient) -> (String, [String; 2]) {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let emails = ["stays", "goes"].map(|name| format!("{name}{number}@example.com"));
    let leads = [make(program, &emails[0]).await, make(program, &emails[1]).await];
    let body = json!({ "other": leads[1], "version": 1, "other_version": 1 });
    let merged = program.post(&format!("/api/v1/leads/{}/merges", leads[0]), &body).await;
    assert_eq!(merged.status, 200, "{}", merged.text());
    (merged.json()["merge"].as_str().unwrap().to_owned(), leads)
}

#[tokio::test]
async fn two_leads_are_compared_merged_and_separated_again_on_their_pages() {
    let house = House::open().await;
    let (mut north, [anna, twin]) = furnished(&house).await;
    let client = &mut north.owner.client;
    let page = client.get(&format!("/leads/{anna}")).await.text();
    assert!(page.contains("Possible duplicates") && page.contains("same name and domain"), "{page}");
    assert!(page.contains(&format!("/leads/{anna}/merge?with={twin}")));

    let compare = client.get(&format!("/leads/{anna}/merge?with={twin}")).await;
    assert_eq!(compare.status, 200);
    for words in ["anna@berg.example", "a.berg@berg.example", "1 submission", "The same on both: name", "wrote last"] {
        assert!(compare.text().contains(words), "{words}: {}", compare.text());
    }
    let fields = fields(&compare);
    assert!(fields.contains(&("choices.email".to_owned(), "survivor".to_owned())), "{fields:?}");

    let action = format!("/leads/{anna}/merge");
    let wrong = client.post(&action, &with(&fields, "choices.email", "union")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("id=\"choices.email-fault\""), "{}", wrong.text());
    let stale = client.post(&action, &with(&fields, "other_version", "7")).await;
    assert_eq!(stale.status, 409);
    assert!(stale.text().contains("has changed since you looked"), "{}", stale.text());
    for (field, value) in [("choices.email", "nobody"), ("choices.email", "")] {
        assert_eq!(client.post(&action, &with(&fields, field, value)).await.status, 400, "{field}: {value}");
    }

    let merged = client.post(&action, &with(&fields, "choices.email", "other")).await;
    assert_eq!(merged.status, 303, "{}", merged.text());
    let page = client.get(merged.location()).await.text();
    for words in
        ["is merged into this lead", "a.berg@berg.example", "A big oven", "An oven, too", "merged “Anna Berg” into"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("Possible duplicates"));
    let undo = page.split("action=\"").find_map(|part| part.split('"').next().filter(|a| a.starts_with("/merges/")));
    let undo = undo.unwrap().to_owned();

    let old = client.get(&format!("/leads/{twin}")).await;
    assert_eq!((old.status, old.location()), (303, format!("/leads/{anna}?from={twin}").as_str()));
    let found = client.get(old.location()).await.text();
    assert!(found.contains("You came by the address of"), "{found}");
    let late = client.post(&format!("/leads/{twin}/notes"), &[("note", "Late"), ("kind", "note")]).await;
    assert_eq!(late.status, 410);
    assert!(late.text().contains(&format!("href=\"/leads/{anna}\"")), "{}", late.text());
    let twice = client.post(&action, &with(&fields, "choices.email", "other")).await;
    assert_eq!(twice.status, 409, "it was merged already");

    let undone = client.post(&undo, &[]).await;
    assert_eq!(undone.location(), format!("/leads/{anna}?separated={twin}&kept="), "{}", undone.text());
    let page = client.get(undone.location()).await.text();
    for words in ["The merge is undone", "anna@berg.example", "undid the merge", "undone since", "Possible duplicates"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains(&undo), "there is nothing to undo any more");
    assert!(client.get(&format!("/leads/{twin}")).await.text().contains("An oven, too"));
    assert_eq!(client.post(&undo, &[]).await.status, 409);
}

#[tokio::test]
async fn in_french_the_pages_say_the_same() {
    let house = House::open().await;
    let (mut north, [anna, twin]) = furnished(&house).await;
    let client = &mut north.owner.client;
    assert_eq!(client.post("/settings/profile/language", &[("language", "fr")]).await.status, 303);
    assert!(client.get(&format!("/leads/{anna}")).await.text().contains("Doublons possibles"));
    let compare = client.get(&format!("/leads/{anna}/merge?with={twin}")).await;
    for words in ["Fusionner deux leads", "Ce lead reste", "1 envoi", "a écrit en dernier"] {
        assert!(compare.text().contains(words), "{words}: {}", compare.text());
    }
}

#[tokio::test]
async fn programs_find_merge_and_separate_leads() {
    let house = House::open().await;
    let (north, [anna, twin]) = furnished(&house).await;
    let program = house.program(&north.owner, Role::Owner, KeyScope::ALL).await;
    let found = program.get(&format!("/api/v1/leads/{anna}/duplicates")).await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    let duplicate = &found["items"][0];
    assert_eq!((&duplicate["lead"]["id"], &duplicate["is_certain"]), (&json!(twin), &json!(false)));
    assert_eq!(duplicate["likeness"], json!(["name"]));

    let path = format!("/api/v1/leads/{anna}/merges");
    let wish = |dry: bool| {
        let choices = json!({ "email": "newest", "stage": "survivor" });
        json!({ "other": twin, "version": 1, "other_version": 1, "choices": choices, "dry_run": dry })
    };
    let tried = program.post(&path, &wish(true)).await;
    assert_eq!(tried.status, 200, "{}", tried.text());
    let tried = tried.json();
    assert_eq!((&tried["merge"], &tried["lead"]["email"]), (&Value::Null, &json!("a.berg@berg.example")));
    assert_eq!(tried["moves"], json!({ "submissions": 1, "activities": 1, "tasks": 0 }));
    let email = &tried["fields"][0];
    assert_eq!((&email["field"], &email["choice"]), (&json!("email"), &json!("newest")));
    assert_eq!((&email["survivor"], &email["other"]), (&json!("anna@berg.example"), &json!("a.berg@berg.example")));
    assert_eq!(program.get(&format!("/api/v1/leads/{twin}")).await.status, 200, "nothing has changed");

    let merged = program.post(&path, &wish(false)).await;
    assert_eq!(merged.status, 200, "{}", merged.text());
    let merged = merged.json();
    let now = program.get(&format!("/api/v1/leads/{anna}")).await.json();
    assert_eq!(now["version"], 2);
    assert_eq!(unscored(&merged["lead"]), unscored(&now), "what it says it made, it made");
    let old = program.get(&format!("/api/v1/leads/{twin}")).await;
    assert_eq!((old.status, &old.json()["merged_into"]), (410, &json!(anna)), "{}", old.text());

    let undo = format!("/api/v1/merges/{}/undo", merged["merge"].as_str().unwrap());
    let back = program.post(&undo, &json!({})).await;
    assert_eq!(back.status, 200, "{}", back.text());
    let back = back.json();
    assert_eq!((&back["restored"], &back["kept"]), (&json!(["email"]), &json!([])));
    for (lead, id) in [("merged", &twin), ("survivor", &anna)] {
        let now = program.get(&format!("/api/v1/leads/{id}")).await.json();
        assert_eq!(unscored(&back[lead]), unscored(&now), "{lead}");
    }
    assert_eq!(program.post(&undo, &json!({})).await.status, 409);
}

#[tokio::test]
async fn all_that_is_wrong_with_a_merge_is_told_at_once() {
    let house = House::open().await;
    let (north, [anna, twin]) = furnished(&house).await;
    let program = house.program(&north.owner, Role::Owner, KeyScope::ALL).await;
    let path = format!("/api/v1/leads/{anna}/merges");
    let wrong =
        json!({ "other": "nobody", "version": "1", "choices": { "email": "both", "score": "other" }, "dry_run": 1 });
    let told = program.post(&path, &wrong).await;
    assert_eq!(told.status, 422, "{}", told.text());
    let expected = [
        ("other", "not-a-choice"),
        ("version", "not-a-number"),
        ("other_version", "required"),
        ("choices.email", "not-a-choice"),
        ("choices.score", "not-a-choice"),
        ("dry_run", "not-a-choice"),
    ];
    let expected = expected.map(|(field, rule)| (field.to_owned(), rule.to_owned()));
    assert_eq!(errors(&told), std::collections::BTreeSet::from(expected));
    let ask = async |other: &str, versions: [i32; 2], dry: bool| {
        let body = json!({ "other": other, "version": versions[0], "other_version": versions[1], "dry_run": dry });
        program.post(&path, &body).await.status
    };
    for dry in [true, false] {
        assert_eq!(ask(&anna, [1, 1], dry).await, 422, "with itself");
        assert_eq!(ask(&twin, [1, 7], dry).await, 409, "as it never was");
        assert_eq!(ask(crate::api_calls::NOBODYS, [1, 1], dry).await, 422, "with nobody");
    }
    let third = make(&program, "third@example.com").await;
    assert_eq!(ask(&third, [1, 1], false).await, 200);
    assert_eq!(ask(&third, [2, 1], false).await, 409, "one that was merged already");
}

#[tokio::test]
async fn the_timeline_tells_until_when_a_merge_can_be_undone_and_when_it_was() {
    let house = House::open().await;
    let (north, [anna, twin]) = furnished(&house).await;
    let program = house.program(&north.owner, Role::Owner, KeyScope::ALL).await;
    let version = async |id: &str| program.get(&format!("/api/v1/leads/{id}")).await.json()["version"].clone();
    let merge = async || {
        let body = json!({ "other": twin, "version": version(&anna).await, "other_version": version(&twin).await });
        let merged = program.post(&format!("/api/v1/leads/{anna}/merges"), &body).await;
        assert_eq!(merged.status, 200, "{}", merged.text());
        merged.json()
    };
    // The entries of a kind, the newest first.
    let entries = async |kind: &str| {
        let timeline = program.get(&format!("/api/v1/leads/{anna}/timeline")).await.json();
        let items = timeline["items"].as_array().unwrap().clone();
        items.into_iter().filter(|entry| entry["kind"] == kind).collect::<Vec<_>>()
    };
    let merged = merge().await;
    let (id, told) = (&merged["merge"], entries("merged").await[0]["merge"].clone());
    let until = &told["undoable_until"];
    assert_eq!(told, json!({ "id": id, "other": twin, "undone_at": null, "undoable_until": until }));
    // The answer to the merge tells the same moment, before it was kept to the microsecond.
    let second = |until: &Value| until.as_str().unwrap().chars().take(19).collect::<String>();
    assert_eq!(second(until), second(&merged["undoable_until"]));

    house.clock.advance(SignedDuration::from_hours(24));
    let undo = format!("/api/v1/merges/{}/undo", id.as_str().unwrap());
    assert_eq!(program.post(&undo, &json!({})).await.status, 200);
    let separated = entries("separated").await;
    assert_eq!(separated.len(), 1);
    for entry in [&separated[0], &entries("merged").await[0]] {
        let told = json!({ "id": id, "other": twin, "undone_at": separated[0]["at"], "undoable_until": null });
        assert_eq!(entry["merge"], told, "{entry}");
    }

    let again = merge().await;
    house.clock.advance(SignedDuration::from_hours(30 * 24));
    let told = entries("merged").await[0]["merge"].clone();
    assert_eq!(told, json!({ "id": again["merge"], "other": twin, "undone_at": null, "undoable_until": null }));
}
