//! What a member has to do, on its pages, by a browser without scripts.

use qualify_domain::access::Role;
use qualify_integration::{Answer, Client, House, Organization, Person, Plan, ids_after};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{api_calls::NOBODYS, census::capture};

/// Days that are over, and far ahead, whenever the tests run.
const OVER: &str = "2020-01-02";
const AHEAD: &str = "2199-05-06";

/// An organization with a lead and a colleague.
async fn furnished() -> (House, Organization, Person, String) {
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    let mut north = house.found("North").await;
    let mika = house.join(&north, "mika@north.example", &[Role::Admin]).await;
    capture(&house, &north.public_id, &json!({ "name": "Vera", "email": "vera@example.com" })).await;
    house.worker.drain(&CancellationToken::new()).await.unwrap();
    let lead = north.wait_for_leads(1).await.remove(0).id;
    (house, north, mika, lead)
}

fn task<'a>(title: &'a str, due_on: &'a str, reminder: &'a str, owner: &'a str) -> [(&'a str, &'a str); 4] {
    [("title", title), ("due_on", due_on), ("reminder", reminder), ("task_owner", owner)]
}

/// Adds a task to the lead, and tells its id.
async fn made(client: &mut Client, lead: &str, title: &str, due_on: &str) -> String {
    let added = client.post(&format!("/leads/{lead}/tasks"), &task(title, due_on, "none", "")).await;
    assert_eq!((added.status, added.location()), (303, format!("/leads/{lead}").as_str()), "{}", added.text());
    let page = client.get(&format!("/leads/{lead}")).await.text();
    let row = page.split("<li class=\"task").find(|row| row.contains(&format!(">{title}</a>"))).unwrap();
    ids_after(row, "id=\"task-").remove(0)
}

/// The groups of the list, with the titles in each.
async fn listed(client: &mut Client) -> Vec<(String, Vec<String>)> {
    let page = client.get("/tasks").await;
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    let groups = text.split("<section class=\"tasks\" aria-label=\"").skip(1).map(|group| {
        let rows = group.split("data-row>").skip(1).map(|row| row.split('<').next().unwrap().to_owned());
        (group.split('"').next().unwrap().to_owned(), rows.collect())
    });
    groups.collect()
}

fn groups(groups: &[(&str, &str)]) -> Vec<(String, Vec<String>)> {
    groups.iter().map(|&(group, title)| (group.to_owned(), vec![title.to_owned()])).collect()
}

/// Sends a task's page with these fields as the page is now.
async fn save(client: &mut Client, id: &str, fields: [(&str, &str); 4]) -> Answer {
    let version = client.get(&format!("/tasks/{id}")).await.hidden("version").unwrap();
    client.post(&format!("/tasks/{id}"), &[&fields[..], &[("version", version.as_str())]].concat()).await
}

#[tokio::test]
async fn the_list_goes_by_the_day_and_the_mark_counts_what_is_due() {
    let (_house, mut north, mut mika, lead) = furnished().await;
    let client = &mut north.owner.client;
    let empty = client.get("/tasks").await.text();
    assert!(empty.contains("Nothing to do") && listed(client).await.is_empty(), "{empty}");
    let mark = client.get("/tasks/count").await.text();
    assert!(mark.contains("id=\"tasks-due\"") && mark.contains(" hidden>"), "{mark}");

    made(client, &lead, "Someday", "").await;
    made(client, &lead, "Some year", AHEAD).await;
    made(client, &lead, "Long ago", OVER).await;
    let expected = groups(&[("Overdue", "Long ago"), ("Later", "Some year"), ("Without a date", "Someday")]);
    assert_eq!(listed(client).await, expected);
    let page = client.get("/tasks").await.text();
    assert!(page.contains("class=\"due overdue\" datetime=\"2020-01-02\">2 Jan 2020<"), "{page}");
    assert!(page.contains(&format!("href=\"/leads/{lead}\" data-row>Long ago<span class=\"quiet\"> · Vera</span>")));
    let mark = client.get("/tasks/count").await.text();
    assert!(mark.contains("one task due") && mark.contains(">1</span>") && !mark.contains(" hidden>"), "{mark}");
    made(client, &lead, "Longer ago", "2019-01-02").await;
    let mark = client.get("/tasks/count").await.text();
    assert!(mark.contains("2 tasks due"), "{mark}");
    assert!(listed(&mut mika.client).await.is_empty(), "a colleague has other things to do");
}

#[tokio::test]
async fn a_task_is_changed_on_its_page_and_goes_to_whom_it_is_given() {
    let (_house, mut north, mut mika, lead) = furnished().await;
    let client = &mut north.owner.client;
    let id = made(client, &lead, "Call", OVER).await;
    let page = client.get(&format!("/tasks/{id}")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    let (odile, mikas) = (north.owner.user.to_string(), mika.user.to_string());
    for part in [
        "name=\"title\" type=\"text\" value=\"Call\"",
        "name=\"due_on\" type=\"date\" value=\"2020-01-02\"",
        "<option value=\"none\" selected>None</option>",
        &format!("<option value=\"{odile}\" selected>Odile Owner</option>"),
        &format!("<option value=\"{mikas}\">Mika Member</option>"),
        &format!("href=\"/leads/{lead}\""),
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }

    for (fields, field) in [
        (task("", AHEAD, "none", &odile), "title"),
        (task("Call back", "soon", "none", &odile), "due_on"),
        (task("Call back", AHEAD, "weekly", &odile), "reminder"),
        (task("Call back", AHEAD, "none", NOBODYS), "task_owner"),
        (task("Call back", AHEAD, "none", "Mika"), "task_owner"),
    ] {
        let told = save(client, &id, fields).await;
        assert_eq!(told.status, 422, "{field}: {}", told.text());
        let text = told.text();
        assert!(text.contains(&format!("id=\"{field}-fault\"")), "{field}: {text}");
        for (_, typed) in fields.iter().filter(|(name, typed)| ["title", "due_on"].contains(name) && !typed.is_empty())
        {
            assert!(text.contains(&format!("value=\"{typed}\"")), "{field}: {typed} is lost: {text}");
        }
    }
    assert_eq!(listed(client).await, groups(&[("Overdue", "Call")]), "nothing wrong is kept");

    let changed = save(client, &id, task("Call back", AHEAD, "day_before", &mikas)).await;
    assert_eq!((changed.status, changed.location()), (303, format!("/leads/{lead}").as_str()), "{}", changed.text());
    assert!(listed(client).await.is_empty(), "it is a colleague's now");
    assert_eq!(listed(&mut mika.client).await, groups(&[("Later", "Call back")]));
    let text = client.get(&format!("/tasks/{id}")).await.text();
    assert!(text.contains("<option value=\"day_before\" selected>"), "{text}");
    let file = client.get(&format!("/leads/{lead}")).await.text();
    let entry = "changed a task · another title · by 6 May 2199 · another reminder · for Mika Member";
    assert!(file.contains(entry), "{file}");
}

#[tokio::test]
async fn whoever_saw_an_older_task_is_told_and_nothing_typed_is_lost() {
    let (_house, mut north, mut mika, lead) = furnished().await;
    let client = &mut north.owner.client;
    let id = made(client, &lead, "Call", "").await;
    let (path, odile) = (format!("/tasks/{id}"), north.owner.user.to_string());
    let seen = client.get(&path).await.hidden("version").unwrap();
    assert_eq!(save(&mut mika.client, &id, task("Write", "", "none", &odile)).await.status, 303);

    let mine = task("Visit", AHEAD, "day_before", &odile);
    let told = client.post(&path, &[&mine[..], &[("version", seen.as_str())]].concat()).await;
    assert_eq!(told.status, 409, "{}", told.text());
    let text = told.text();
    let kept = ["has changed meanwhile", "value=\"Visit\"", "value=\"2199-05-06\"", "value=\"day_before\" selected"];
    for part in kept {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(listed(client).await, groups(&[("Without a date", "Write")]), "nothing is written over it");
    let version = told.hidden("version").unwrap();
    assert_ne!(version, seen);
    let again = client.post(&path, &[&mine[..], &[("version", version.as_str())]].concat()).await;
    assert_eq!(again.status, 303, "whoever looked again may: {}", again.text());
    assert_eq!(listed(client).await, groups(&[("Later", "Visit")]));

    for verb in ["completion", "reopening"] {
        let late = client.post(&format!("{path}/{verb}"), &[("version", seen.as_str()), ("list", "1")]).await;
        assert_eq!(late.status, 409, "{verb}: {}", late.text());
        assert!(late.text().contains("has changed meanwhile"), "{verb}: {}", late.text());
    }
    assert_eq!(listed(client).await, groups(&[("Later", "Visit")]), "it is as it was");
}

#[tokio::test]
async fn a_task_is_done_taken_up_again_and_removed() {
    let (_house, mut north, _mika, lead) = furnished().await;
    let client = &mut north.owner.client;
    let id = made(client, &lead, "Call", OVER).await;
    let (path, here) = (format!("/tasks/{id}"), format!("/leads/{lead}"));
    let page = client.get("/tasks").await;
    assert!(page.text().contains(&format!("action=\"{path}/completion\"")), "{}", page.text());
    let version = page.hidden("version").unwrap();
    let ticked = client.post(&format!("{path}/completion"), &[("version", version.as_str()), ("list", "1")]).await;
    assert_eq!((ticked.status, ticked.location()), (303, "/tasks"), "{}", ticked.text());
    assert!(listed(client).await.is_empty());
    assert!(client.get("/tasks/count").await.text().contains(" hidden>"), "nothing is due any more");
    let twice = client.post(&format!("{path}/completion"), &[("version", version.as_str()), ("list", "1")]).await;
    assert_eq!(twice.status, 303, "twice is once");
    let file = client.get(&here).await.text();
    assert_eq!(file.matches("finished a task").count(), 1, "{file}");
    assert!(file.contains(&format!("<li class=\"task done\" id=\"task-{id}\">")), "{file}");
    assert!(file.contains(&format!("action=\"{path}/reopening\"")) && file.contains("Not done after all: Call"));

    let row = file.split(&format!("id=\"task-{id}\"")).nth(1).unwrap();
    let version = row.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let reopened = client.post(&format!("{path}/reopening"), &[("version", version), ("list", "")]).await;
    assert_eq!((reopened.status, reopened.location()), (303, here.as_str()), "{}", reopened.text());
    assert_eq!(listed(client).await, groups(&[("Overdue", "Call")]));
    assert!(client.get("/tasks/count").await.text().contains("one task due"));
    assert!(client.get(&here).await.text().contains("took a task up again"));

    let removed = client.post(&format!("{path}/removal"), &[]).await;
    assert_eq!((removed.status, removed.location()), (303, here.as_str()), "{}", removed.text());
    assert!(listed(client).await.is_empty());
    assert_eq!(client.get(&path).await.status, 404);
    assert!(client.get(&here).await.text().contains("removed a task"));
}
