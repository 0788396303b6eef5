//! Whose a lead became and what was planned about it: on its page in both languages, and through the API.

use jiff::SignedDuration;
use qualify_domain::access::Role;
use qualify_integration::House;
use reqwest::Method;
use serde_json::{Value, json};

use crate::api_calls::{furnished, make};

const ENGLISH: [&str; 8] = [
    "</strong> gave it to Mika Member",
    "<strong>Odile Owner</strong> put it back into the queue, from Mika Member",
    "</strong> added a task for Mika Member · by 1 Dec 2026",
    "</strong> changed a task · another title · no day any more",
    "</strong> finished a task",
    "</strong> took a task up again",
    "</strong> removed a task",
    "Send the contract",
];
const FRENCH: [&str; 6] = [
    "</strong> l’a confié à Mika Member",
    "<strong>Odile Owner</strong> l’a repris à Mika Member et remis dans la file",
    "</strong> a ajouté une tâche pour Mika Member · pour le 1 déc. 2026",
    "</strong> a modifié une tâche · nouvel intitulé · plus de date",
    "</strong> a rouvert une tâche",
    "</strong> a supprimé une tâche",
];

#[tokio::test]
async fn the_page_and_the_api_tell_whose_a_lead_became_and_what_was_planned() {
    let house = House::open().await;
    let (north, program) = furnished(&house, "North").await;
    let (_, theirs) = furnished(&house, "South").await;
    let mika = house.join(&north, "mika@north.example", &[Role::Agent]).await.user.to_string();
    let lead = make(&program, "anna@example.com").await;
    let (path, api) = (format!("/leads/{lead}"), format!("/api/v1/leads/{lead}"));
    let mut owner = north.owner.client.clone();
    let tick = || house.clock.advance(SignedDuration::from_secs(60));

    let given = program.send_for(Method::POST, &format!("{api}/owner"), "\"1\"", &json!({ "owner": mika })).await;
    assert_eq!(given.status, 200, "{}", given.text());
    tick();
    let back = owner.post(&format!("{path}/owner"), &[("owner", ""), ("version", "2")]).await;
    assert_eq!(back.status, 303, "{}", back.text());
    tick();
    let task = json!({ "title": "Send the offer", "due_on": "2026-12-01", "owner": mika });
    let task = program.post(&format!("{api}/tasks"), &task).await.json();
    let task = format!("/api/v1/tasks/{}", task["id"].as_str().unwrap());
    tick();
    let change = json!({ "title": "Send the contract", "due_on": null });
    assert_eq!(program.send_for(Method::PATCH, &task, "\"1\"", &change).await.status, 200);
    for (verb, tag) in [("completion", "\"2\""), ("reopening", "\"3\"")] {
        tick();
        assert_eq!(program.send_for(Method::POST, &format!("{task}/{verb}"), tag, &json!({})).await.status, 200);
    }
    tick();
    assert_eq!(program.ask(program.request(Method::DELETE, &task)).await.status, 204);

    let told = program.get(&format!("{api}/timeline")).await.json();
    let is_meant = |entry: &&Value| entry["kind"] == "assigned" || entry["kind"].as_str().unwrap().starts_with("task_");
    let told: Vec<_> = told["items"].as_array().unwrap().iter().filter(is_meant).cloned().collect();
    let kinds: Vec<_> = told.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    let newest_first =
        ["task_removed", "task_reopened", "task_done", "task_changed", "task_made", "assigned", "assigned"];
    assert_eq!(kinds, newest_first);
    let key = program.get("/api/v1/me").await.json()["id"].clone();
    assert_eq!((&told[6]["assigned"], &told[6]["key"]), (&json!({ "from": null, "to": mika }), &key));
    let by = json!(north.owner.user.to_string());
    assert_eq!((&told[5]["assigned"], &told[5]["member"]), (&json!({ "from": mika, "to": null }), &by));
    assert_eq!(
        (&told[4]["text"], &told[4]["task"], &told[4]["fields"]),
        (&json!("Send the offer"), &json!({ "owner": mika, "due_on": "2026-12-01" }), &Value::Null)
    );
    assert_eq!(
        (&told[3]["text"], &told[3]["task"], &told[3]["fields"]),
        (&json!("Send the contract"), &json!({ "owner": mika, "due_on": null }), &json!(["title", "due_on"]))
    );
    for entry in &told[..3] {
        assert_eq!((&entry["text"], &entry["task"]), (&json!("Send the contract"), &Value::Null), "{entry}");
    }
    assert_eq!(theirs.get(&format!("{api}/timeline")).await.status, 404, "another organization's");

    let page = owner.get(&path).await.text();
    for words in ENGLISH {
        assert!(page.contains(words), "{words}: {page}");
    }
    let french = [("first_name", "Odile"), ("last_name", "Owner"), ("language", "fr"), ("theme", "system")];
    assert_eq!(owner.post("/settings/profile", &french).await.status, 303);
    let page = owner.get(&path).await.text();
    for words in FRENCH {
        assert!(page.contains(words), "{words}: {page}");
    }
}
